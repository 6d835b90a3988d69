//! `segl seal`: seals a document with a key in a file.

use std::fmt;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use segl_core::id::Sha256;
use segl_outbound::{BadAddress, Client, PrivateHosts, Target};
use segl_sealing::{
    Appearance, Examined, Finding, Goal, KeyKind, Level, Limits, LocalKey, Outcome, PageLabels, Position, SealCertificate, SealError,
    SealRequest, Session, Shortfall, SignatureAlgorithm, SignaturePage, SignedDocument, Stamp, StampPage, Step, TimeStampAuthority,
    inspect_or_repair,
};
use serde::Serialize;

use crate::arguments::EXIT_CODES;
use crate::error::Error;
use crate::files::{self, Unfinished};
use crate::output::Plain;
use crate::pem;

/// How long one authority may take, from the look-up of its name to the last byte.
const PATIENCE: Duration = Duration::from_secs(20);

/// Seal a PDF document with a key in a file
///
/// Appends an electronic seal of the form PAdES (ETSI EN 319 142-1). Levels above B-B ask the authorities of --tsa, and those that the
/// certificates name; where they fail, OUT has the level that was reached, and the exit code is 5. The first signature of a document
/// certifies it; later ones approve it. A document whose list of objects is broken is repaired first, and the answer says so. The bytes of IN stay as they are at the beginning of OUT. Memory does not grow with the document. OUT is complete or is
/// not written at all, and takes the place of a file that is there.
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct SealArguments {
    /// The document
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Where to write the sealed document; may be IN
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Private key: unencrypted PKCS #8 in PEM; RSA of 2048 bits or more, P-256 or P-384
    #[arg(long, value_name = "PEM")]
    key: PathBuf,
    /// The key's certificate in PEM, first, then its issuers
    #[arg(long, value_name = "PEM")]
    cert: PathBuf,
    /// Level of the seal; above B-B with --tsa
    #[arg(long, value_enum, default_value_t = Wanted::BB, requires_ifs = [("B-T", "tsa"), ("B-LT", "tsa"), ("B-LTA", "tsa")])]
    level: Wanted,
    /// Time-stamp authority (RFC 3161), an http or https address; can be given several times, the first that answers is taken.
    ///
    /// Its host may have a private address, since you name it. By https it needs a certificate that this machine trusts; SSL_CERT_FILE
    /// names others.
    #[arg(long, value_name = "URL", value_parser = address)]
    tsa: Vec<TypedAddress>,
    /// Host of a revocation service that may be asked although its address is private; can be given several times.
    ///
    /// Certificates name those services, also certificates of others: without this flag, only public addresses are called.
    #[arg(long, value_name = "HOST", requires = "tsa")]
    private_host: Vec<String>,
    /// Certificates to which those of the authorities must lead, in PEM; can be given several times. Without it any authority is taken
    #[arg(long, value_name = "PEM", requires = "tsa")]
    tsa_trust: Vec<PathBuf>,
    /// Sign by RSASSA-PSS; for RSA keys
    #[arg(long)]
    pss: bool,
    /// What a reader of the document sees
    #[arg(long, value_enum, default_value_t = Look::None)]
    appearance: Look,
    /// Title on the page that `--appearance page` adds; the name of IN where left out
    #[arg(long)]
    title: Option<String>,
    /// Corner for `--appearance stamp`, as a reader sees the page; what stands there is covered
    #[arg(long, value_enum, required_if_eq("appearance", "stamp"))]
    stamp_at: Option<Corner>,
    /// Page for `--appearance stamp`
    #[arg(long, value_enum, default_value_t = Which::First)]
    stamp_page: Which,
}

/// An address as it was typed, and what was understood.
#[derive(Debug, Clone)]
struct TypedAddress {
    url: String,
    target: Target,
}

fn address(raw: &str) -> Result<TypedAddress, BadAddress> {
    Ok(TypedAddress { url: raw.to_owned(), target: raw.parse()? })
}

/// What a reader of the document sees of the seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Look {
    /// A page behind the document that names who sealed it, when, and the document's SHA-256
    Page,
    /// A frame on a page of the document that names who sealed it and when
    Stamp,
    /// Nothing on any page
    None,
}

/// A level of PAdES.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wanted {
    /// The signature alone
    #[value(name = "B-B")]
    BB,
    /// With a time-stamp
    #[value(name = "B-T")]
    BT,
    /// With all that is needed to validate it
    #[value(name = "B-LT")]
    Blt,
    /// With a time-stamp over that, too
    #[value(name = "B-LTA")]
    Blta,
}

/// A corner of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Corner {
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

/// A page that can be stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    First,
    Last,
}

impl SealArguments {
    /// Seals at the time `now`.
    ///
    /// # Errors
    /// [`Error`]; nothing is written then.
    pub async fn run(&self, now: Timestamp) -> Result<Report, Error> {
        // PDF and CMS tell seconds.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        if self.title.is_some() && self.appearance != Look::Page {
            return Err(Error::Usage("--title is for --appearance page".to_owned()));
        }
        if self.stamp_at.is_some() && self.appearance != Look::Stamp {
            return Err(Error::Usage("--stamp-at is for --appearance stamp".to_owned()));
        }
        let certificate = pem::read_chain(&self.cert)?;
        let key = files::read_text(&self.key)?;
        let key = LocalKey::from_pem(&key).map_err(|source| Error::Key { path: self.key.clone(), source })?;
        if key.kind() != certificate.key_kind() {
            return Err(Error::OtherKey);
        }
        if self.pss && key.kind() != KeyKind::Rsa {
            return Err(Error::Usage("--pss is for RSA keys".to_owned()));
        }
        let goal = self.goal(&certificate)?;
        certificate.check_at(now).map_err(|source| Error::Certificate { path: self.cert.clone(), source })?;

        // Everything is read from the copy, so that a document which changes meanwhile cannot end up under a seal that is not for it.
        let mut input = files::open(&self.input)?;
        let mut output = Unfinished::create(&self.output)?;
        io::copy(&mut input, output.file()).map_err(Error::file("copy", &self.input))?;
        let hasher = files::hash(output.file(), key.kind()).map_err(Error::file("read", &self.input))?;
        let original = hasher.clone().finish();
        let Examined { inspection, repair, .. } = inspect_or_repair(&*output.file(), hasher, &Limits::default())
            .map_err(|refusal| Error::Document { path: self.input.clone(), refusal })?;
        if let Some(suffix) = &repair {
            let append = |file: &mut File| file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(suffix));
            append(output.file()).map_err(Error::file("write", &self.output))?;
        }

        let request = SealRequest {
            time: now,
            reason: None,
            name: certificate.leaf().common_name(),
            appearance: match (self.appearance, self.stamp_at) {
                (Look::Page, _) => Appearance::Page(Box::new(self.page(Sha256(inspection.plan.document_sha256())))),
                (Look::Stamp, Some(corner)) => Appearance::Stamp(Box::new(self.stamp(corner))),
                (Look::Stamp, None) => return Err(Error::Usage("--appearance stamp needs --stamp-at".to_owned())),
                (Look::None, _) => Appearance::Invisible,
            },
            marks: Vec::new(),
            attachments: Vec::new(),
            algorithm: if self.pss { SignatureAlgorithm::RsaPssSha256 } else { algorithm(certificate.key_kind()) },
            certificate,
        };
        let outcome = self.drive(Session::seal(inspection.plan, request, goal)?, &key).await?;
        output.finish(&outcome.increment)?;
        Ok(Report {
            input: self.input.display().to_string(),
            output: self.output.display().to_string(),
            sealed_at: now,
            original_sha256: Sha256(original.sha256),
            original_size: original.len,
            repaired: repair.is_some(),
            sha256: Sha256(outcome.sha256),
            size: outcome.total_len,
            level: outcome.level.name(),
            shortfall: outcome.shortfall.as_ref().map(Short::from),
            findings: inspection.findings.iter().map(Found::from).collect(),
        })
    }

    /// The level, and whom to ask.
    fn goal(&self, certificate: &SealCertificate) -> Result<Goal, Error> {
        let anchors = self.tsa_trust.iter().map(|path| pem::read_certificates(path)).collect::<Result<Vec<_>, _>>()?.concat();
        let authority = |tsa: &TypedAddress| TimeStampAuthority { url: tsa.url.clone(), policy: None, anchors: anchors.clone() };
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy)?;
        Ok(Goal {
            level: match self.level {
                Wanted::BB => Level::BB,
                Wanted::BT => Level::BT,
                Wanted::Blt => Level::BLT,
                Wanted::Blta => Level::BLTA,
            },
            authorities: self.tsa.iter().map(authority).collect(),
            entropy,
            issuers: [certificate.roots(), &anchors].concat(),
        })
    }

    /// Does what the session asks for.
    async fn drive(&self, mut session: Session, key: &LocalKey) -> Result<Outcome, Error> {
        let named = self.tsa.iter().map(|tsa| tsa.target.host());
        let client = Client::new(named.chain(self.private_host.iter().map(String::as_str)).collect::<PrivateHosts>());
        loop {
            match session.step() {
                Step::Sign(to_be_signed) => {
                    let signed = key.sign(&to_be_signed).map_err(|source| Error::Key { path: self.key.clone(), source })?;
                    session.signed(&signed).map_err(|error| match error {
                        SealError::WrongSignature => Error::OtherKey,
                        other => other.into(),
                    })?;
                }
                Step::Fetch(fetch) => session.fetched(client.fetch(&fetch, PATIENCE).await, Timestamp::now())?,
                Step::Done(outcome) => return Ok(*outcome),
            }
        }
    }

    fn stamp(&self, corner: Corner) -> Stamp {
        Stamp {
            page: match self.stamp_page {
                Which::First => StampPage::First,
                Which::Last => StampPage::Last,
            },
            position: match corner {
                Corner::TopLeft => Position::TopLeft,
                Corner::TopRight => Position::TopRight,
                Corner::BottomLeft => Position::BottomLeft,
                Corner::BottomRight => Position::BottomRight,
            },
            organization: None,
            time_zone: "UTC".to_owned(),
            language: "en".to_owned(),
            labels: PageLabels::default(),
        }
    }

    fn page(&self, sha256: Sha256) -> SignaturePage {
        let name = file_name(&self.input);
        SignaturePage {
            title: self.title.clone().unwrap_or_else(|| name.clone()),
            order: name.clone(),
            organization: None,
            documents: vec![SignedDocument { title: name, sha256: sha256.0 }],
            signers: Vec::new(),
            decisions: Vec::new(),
            link: None,
            language: "en".to_owned(),
            labels: PageLabels { heading: "Electronic seal".to_owned(), order: "File".to_owned(), ..PageLabels::default() },
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

pub(crate) fn algorithm(kind: KeyKind) -> SignatureAlgorithm {
    match kind {
        KeyKind::Rsa => SignatureAlgorithm::RsaPkcs1Sha256,
        KeyKind::P256 => SignatureAlgorithm::EcdsaP256Sha256,
        KeyKind::P384 => SignatureAlgorithm::EcdsaP384Sha384,
    }
}

/// What was sealed.
#[derive(Debug, Serialize)]
pub struct Report {
    input: String,
    output: String,
    sealed_at: Timestamp,
    original_sha256: Sha256,
    original_size: u64,
    /// The list of objects of the document was broken, and was mended before the seal.
    repaired: bool,
    sha256: Sha256,
    size: u64,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shortfall: Option<Short>,
    findings: Vec<Found>,
}

/// Why the level is less than was asked for.
#[derive(Debug, Serialize)]
struct Short {
    code: &'static str,
    text: String,
}

impl From<&Shortfall> for Short {
    fn from(shortfall: &Shortfall) -> Self {
        Self { code: shortfall.code(), text: shortfall.to_string() }
    }
}

impl Report {
    /// Why the level is less than was asked for, fit for a terminal.
    pub(crate) fn shortfall(&self) -> Option<String> {
        self.shortfall.as_ref().map(|short| format!("level {} only: {}", self.level, Plain(&short.text)))
    }
}

/// Something in the document that its readers should know.
#[derive(Debug, Serialize)]
struct Found {
    code: &'static str,
    text: String,
}

impl From<&Finding> for Found {
    fn from(finding: &Finding) -> Self {
        Self { code: finding.code(), text: finding.to_string() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "sealed    {} at {}, PAdES {}", self.output, self.sealed_at, self.level)?;
        writeln!(f, "SHA-256   {} ({} bytes)", self.sha256, self.size)?;
        write!(f, "original  {} ({} bytes)", self.original_sha256, self.original_size)?;
        self.findings.iter().try_for_each(|finding| write!(f, "\nnote      {}", Plain(&finding.text)))
    }
}
