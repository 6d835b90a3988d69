//! `segl verify`: judges the signatures of a document, and the evidence in it.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use segl_sealing::{Change, Coverage, Distrust, Limits, SignatureKind, SignatureReport, Trust, verify};
use serde::Serialize;

use crate::arguments::EXIT_CODES;
use crate::error::Error;
use crate::evidence::{self, EvidenceView};
use crate::files;
use crate::output::Plain;
use crate::pem;
use crate::token::{self, TokenView};

/// Judge the signatures of a PDF document, or a workflow token
///
/// Three questions are answered apart for each signature: intact (the bytes that it covers are those that were signed), valid (it was
/// made with the key of its certificate), trusted (the certificate leads to one that you trust, and was valid at the time that the
/// signer claims). What was changed after a signature is listed, and whether the signature permits it. Where the document holds the
/// evidence of a Segl order, its chain of events is checked as well, and so is the workflow token: both must tell the same. A file that
/// is a workflow token by itself is judged by the service's key set (--keys) or by the certificate in it (--trust). Revocation and
/// time-stamps are not looked at. Memory does not grow with the document.
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct VerifyArguments {
    /// The document, or a workflow token
    file: PathBuf,
    /// Certificates that you trust, in PEM; can be given several times. Without it no signature is trusted
    #[arg(long, value_name = "PEM")]
    trust: Vec<PathBuf>,
    /// The service's key set, as it is at /.well-known/jwks.json: by it workflow tokens are judged
    #[arg(long, value_name = "JSON")]
    keys: Option<PathBuf>,
    /// A workflow token of the same order, which must tell of this very document
    #[arg(long, value_name = "JWT")]
    token: Option<PathBuf>,
}

impl VerifyArguments {
    /// Judges the document.
    ///
    /// # Errors
    /// [`Error`] when it cannot be read, or a certificate cannot. A document without signatures is no error but not good.
    pub fn run(&self) -> Result<Judgement, Error> {
        let mut anchors = Vec::new();
        for path in &self.trust {
            anchors.extend(pem::read_certificates(path)?);
        }
        let keys = self.keys.as_deref().map(token::read_keys).transpose()?;
        if let Some(text) = token::read(&self.file)? {
            return Ok(Judgement::of_token(self.file.display().to_string(), token::judge("the file", &text, keys.as_ref(), &anchors).0));
        }
        let file = files::open(&self.file)?;
        let limits = Limits::default();
        let report = verify(&file, &anchors, &limits).map_err(|refusal| Error::Document { path: self.file.clone(), refusal })?;
        let (evidence, evidence_problem) = match evidence::check(&file, &limits) {
            Ok(evidence) => (evidence, None),
            Err(problem) => (Vec::new(), Some(problem.to_string())),
        };
        let (evidence, stories): (Vec<_>, Vec<_>) = evidence.into_iter().unzip();
        let stories: Vec<_> = stories.into_iter().flatten().collect();
        let mut tokens = token::attached(&file, &limits, &stories, keys.as_ref(), &anchors);
        if let Some(path) = &self.token {
            tokens.push(token::beside(path, &file, &stories, keys.as_ref(), &anchors)?);
        }
        Ok(Judgement {
            file: self.file.display().to_string(),
            good: report.is_good() && evidence.iter().all(|evidence| evidence.good) && tokens.iter().all(|token| token.good != Some(false)),
            signatures: report.signatures.iter().map(SignatureView::from).collect(),
            not_judged: report.not_judged,
            evidence,
            evidence_problem,
            tokens,
        })
    }
}

/// What is known of a document's signatures.
#[derive(Debug, Serialize)]
pub struct Judgement {
    file: String,
    /// Every signature is good, one covers the whole file, and the evidence holds where there is some.
    pub good: bool,
    signatures: Vec<SignatureView>,
    /// Signatures beyond the first hundred, which were not judged.
    not_judged: usize,
    evidence: Vec<EvidenceView>,
    /// Why nothing is known of evidence. What the signatures are worth does not depend on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_problem: Option<String>,
    /// The workflow tokens in it and beside it.
    tokens: Vec<TokenView>,
}

impl Judgement {
    /// Of a token by itself.
    fn of_token(file: String, token: TokenView) -> Self {
        Self {
            file,
            good: token.good == Some(true),
            signatures: Vec::new(),
            not_judged: 0,
            evidence: Vec::new(),
            evidence_problem: None,
            tokens: vec![token],
        }
    }

    fn is_token(&self) -> bool {
        self.signatures.is_empty() && self.not_judged == 0 && self.evidence.is_empty() && !self.tokens.is_empty()
    }
}

/// What is known of one signature.
#[derive(Debug, Serialize)]
struct SignatureView {
    field: String,
    kind: &'static str,
    /// DocMDP's `/P` of a certification.
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<i64>,
    intact: bool,
    valid: bool,
    trusted: bool,
    /// The certificate that was trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distrust: Option<&'static str>,
    coverage: &'static str,
    bytes_after: u64,
    changes: Vec<&'static str>,
    changes_permitted: bool,
    /// The PAdES level as far as the form tells; time-stamps and validation data are not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<CertificateView>,
    /// The time that the signer claims; nothing proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Why it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct CertificateView {
    subject: String,
    issuer: String,
    valid_from: Timestamp,
    valid_until: Timestamp,
}

impl From<&SignatureReport> for SignatureView {
    fn from(report: &SignatureReport) -> Self {
        let (kind, permission) = match report.kind {
            SignatureKind::Certification { level } => ("certification", Some(level)),
            SignatureKind::Approval => ("approval", None),
            SignatureKind::DocumentTimeStamp => ("document-time-stamp", None),
        };
        let (anchor, distrust) = match &report.trusted {
            Trust::Trusted { anchor } => (Some(anchor.clone()), None),
            Trust::Untrusted(why) => (None, Some(distrust_code(*why))),
        };
        let (coverage, bytes_after) = match report.coverage {
            Coverage::WholeFile => ("whole-file", 0),
            Coverage::Revision { bytes_after } => ("revision", bytes_after),
            Coverage::Broken => ("broken", 0),
        };
        Self {
            field: report.field.clone(),
            kind,
            permission,
            intact: report.intact,
            valid: report.valid,
            trusted: anchor.is_some(),
            anchor,
            distrust,
            coverage,
            bytes_after,
            changes: report.changes.iter().copied().map(change_code).collect(),
            changes_permitted: report.permits_changes(),
            level: report.is_baseline.then_some("B-B"),
            signer: report.certificate.as_ref().map(|certificate| {
                let (valid_from, valid_until) = certificate.validity();
                CertificateView { subject: certificate.subject(), issuer: certificate.issuer(), valid_from, valid_until }
            }),
            claimed_time: report.claimed_time,
            name: report.name.clone(),
            reason: report.reason.clone(),
            problem: report.problem.as_ref().map(ToString::to_string),
        }
    }
}

fn distrust_code(why: Distrust) -> &'static str {
    match why {
        Distrust::NotJudged => "not-judged",
        Distrust::NoPath => "no-path",
        Distrust::NotValidThen => "not-valid-then",
        Distrust::NoTime => "no-time",
        Distrust::KeyUsage => "key-usage",
        _ => "other",
    }
}

/// The same for people.
fn distrust_text(code: &str) -> &'static str {
    match code {
        "not-judged" => "it could not be judged",
        "no-path" => "its certificate does not lead to one that you trust (see --trust)",
        "not-valid-then" => "a certificate on the way was not valid at the claimed time",
        "no-time" => "it claims no time at which to judge its certificate",
        "key-usage" => "its certificate is not for signatures",
        _ => "its certificate cannot be used",
    }
}

fn change_code(change: Change) -> &'static str {
    match change {
        Change::SignatureAdded => "signature-added",
        Change::ValidationData => "validation-data",
        Change::Metadata => "metadata",
        Change::FormFilled => "form-filled",
        Change::Annotations => "annotations",
        Change::Pages => "pages",
        Change::Content => "content",
        Change::Catalog => "catalog",
        Change::LooseBytes => "loose-bytes",
        _ => "other",
    }
}

/// The same for people.
fn change_text(code: &str) -> &'static str {
    match code {
        "signature-added" => "a further signature",
        "validation-data" => "data for validation",
        "metadata" => "metadata",
        "form-filled" => "a form filled in",
        "annotations" => "annotations",
        "pages" => "pages added or removed",
        "content" => "content changed",
        "catalog" => "layers, actions, attachments or the like",
        "loose-bytes" => "bytes that belong to no revision",
        _ => "something else",
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, signature) in self.signatures.iter().enumerate() {
            writeln!(f, "Signature {} of {}: {signature}", index + 1, self.signatures.len() + self.not_judged)?;
        }
        self.evidence.iter().try_for_each(|evidence| writeln!(f, "{evidence}"))?;
        self.tokens.iter().try_for_each(|token| writeln!(f, "{token}"))?;
        if self.is_token() {
            return f.write_str(if self.good { "Good: the token is valid and trusted." } else { "NOT GOOD: see above." });
        }
        if let Some(problem) = &self.evidence_problem {
            writeln!(f, "Evidence: nothing is known, {}", Plain(problem))?;
        }
        if self.not_judged > 0 {
            writeln!(f, "{} more signatures were not judged.", self.not_judged)?;
        }
        f.write_str(match (self.good, self.signatures.is_empty()) {
            (true, _) => "Good: every signature is intact, valid and trusted, and the whole file is covered.",
            (false, true) => "Not good: the document has no signature.",
            (false, false) => "NOT GOOD: see above.",
        })
    }
}

impl fmt::Display for SignatureView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = |yes: bool| if yes { "yes" } else { "NO" };
        let kind = match (self.kind, self.permission) {
            (_, Some(1)) => "certification, nothing may follow",
            (_, Some(2)) => "certification, form filling and signatures may follow",
            (_, Some(_)) => "certification, form filling, signatures and annotations may follow",
            ("document-time-stamp", _) => "document time-stamp",
            _ => "approval",
        };
        write!(f, "field {}, {kind}", Plain(&self.field))?;
        if let Some(problem) = &self.problem {
            write!(f, "\n  problem    {}", Plain(problem))?;
        }
        write!(f, "\n  intact     {}", answer(self.intact))?;
        write!(f, "\n  valid      {}", answer(self.valid))?;
        match (&self.anchor, self.distrust) {
            (Some(anchor), _) => write!(f, "\n  trusted    yes, by {}", Plain(anchor))?,
            (None, why) => write!(f, "\n  trusted    NO: {}", distrust_text(why.unwrap_or_default()))?,
        }
        match self.coverage {
            "whole-file" => write!(f, "\n  covers     the whole file")?,
            "revision" => write!(f, "\n  covers     an earlier revision; {} bytes follow", self.bytes_after)?,
            _ => write!(f, "\n  covers     NOTHING: its byte range is not that of a revision")?,
        }
        if !self.changes.is_empty() {
            let changes: Vec<_> = self.changes.iter().copied().map(change_text).collect();
            let judged = if self.changes_permitted { "permitted" } else { "NOT PERMITTED" };
            write!(f, "\n  after it   {} ({judged})", changes.join(", "))?;
        }
        if let Some(CertificateView { subject, issuer, valid_from, valid_until }) = &self.signer {
            write!(f, "\n  signer     {}", Plain(subject))?;
            write!(f, "\n  issuer     {}", Plain(issuer))?;
            write!(f, "\n  valid from {valid_from} to {valid_until}")?;
        }
        if let Some(name) = &self.name {
            write!(f, "\n  name       {} (claimed)", Plain(name))?;
        }
        if let Some(reason) = &self.reason {
            write!(f, "\n  reason     {} (claimed)", Plain(reason))?;
        }
        match self.claimed_time {
            Some(time) => write!(f, "\n  time       {time} (claimed)")?,
            None => write!(f, "\n  time       none claimed")?,
        }
        write!(f, "\n  level      {}", self.level.map_or("not of the form PAdES B-B", |_| "PAdES B-B"))
    }
}
