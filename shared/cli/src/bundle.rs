//! Evidence bundles: in a sealed PDF, or in an archive beside it and the documents that they tell of.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use segl_core::bundle::{ActEvidence, Bundle, FILE_NAME};
use segl_core::id::{OrderId, Sha256};
use segl_core::inclusion;
use segl_sealing::{Limits, embedded_files};
use serde::Serialize;
use tempfile::NamedTempFile;
use zip::ZipArchive;

use crate::checkpoint::Trail;
use crate::error::Error;
use crate::evidence::write_heading;
use crate::output::Plain;

/// The greatest file of an archive that is looked at.
const MAX_FILE: u64 = 256 * 1024 * 1024;
/// How many files of an archive are looked at.
const MAX_FILES: usize = 200;

/// What was found out about one bundle.
#[derive(Debug, Serialize)]
pub(crate) struct BundleView {
    /// It holds: the chain is whole, and what the bundle tells is what the chain tells.
    pub(crate) good: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// How many events there are.
    events: usize,
    /// The hash of the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Sha256>,
    /// Who signed or declined; people whose data was removed are not told of.
    acts: Vec<ActView>,
    /// Why it does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct ActView {
    signer: u16,
    act: &'static str,
    at: jiff::Timestamp,
    /// Whether the bundle opens the trail's commitment to who it is.
    named: bool,
}

/// Checks each bundle that is attached to a document.
pub(crate) fn attached(file: &File, limits: &Limits) -> Vec<(BundleView, Option<Bundle>)> {
    // Attachments that cannot be read were told of with the evidence.
    let attached = embedded_files(file, FILE_NAME, limits).unwrap_or_default();
    attached.iter().map(|bytes| judge(bytes)).collect()
}

fn judge(bytes: &[u8]) -> (BundleView, Option<Bundle>) {
    let nothing = |problem: String| BundleView {
        good: false,
        order: None,
        organization: None,
        state: None,
        events: 0,
        head: None,
        acts: Vec::new(),
        problem: Some(problem),
    };
    let bundle: Bundle = match serde_json::from_slice(bytes) {
        Ok(bundle) => bundle,
        Err(error) => return (nothing(format!("it cannot be read: {error}")), None),
    };
    let problem = bundle.check().err().map(|bad| bad.to_string());
    let acts = bundle.signers().filter_map(|(index, signer)| {
        let (act, at) = match &signer.act {
            ActEvidence::Undecided => return None,
            ActEvidence::Signed { at, .. } => ("signed", *at),
            ActEvidence::Declined { at, .. } => ("declined", *at),
        };
        Some(ActView { signer: index.0, act, at, named: signer.party.is_some() })
    });
    let view = BundleView {
        good: problem.is_none(),
        order: Some(bundle.order),
        organization: Some(bundle.organization.to_string()),
        state: Some(bundle.state.clone()),
        events: bundle.audit_trail.events.len(),
        head: Some(bundle.audit_trail.head),
        acts: acts.collect(),
        problem,
    };
    let holds = view.good;
    (view, Some(bundle).filter(|_| holds))
}

/// The trail of which a bundle tells.
pub(crate) fn trail(bundle: &Bundle) -> Trail {
    Trail { order: bundle.order, events: bundle.audit_trail.events.clone() }
}

/// An archive of evidence, taken apart.
pub(crate) struct Archive {
    /// The sealed PDF.
    pub(crate) pdf: NamedTempFile,
    /// The bundle that lies beside it.
    bundle: Option<Vec<u8>>,
    /// Checkpoints, by name.
    pub(crate) checkpoints: Vec<(String, Vec<u8>)>,
    /// The proof that the trail is in one.
    pub(crate) inclusion: Option<Vec<u8>>,
    /// The digests of the other files, by name.
    files: Vec<(String, Sha256)>,
}

/// One file of an archive.
#[derive(Debug, Serialize)]
pub(crate) struct FileView {
    name: String,
    /// Whether it is what the bundle names.
    pub(crate) good: bool,
}

/// Whether a file begins as archives do (APPNOTE 4.3.7).
pub(crate) fn is_archive(path: &Path) -> bool {
    let mut start = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok_and(|()| start == *b"PK\x03\x04")
}

impl Archive {
    /// Reads an archive. Nothing is unpacked but the PDF, into a file without a name of its own.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        Self::read(path).map_err(Error::file("read", path))
    }

    fn read(path: &Path) -> io::Result<Self> {
        let mut archive = ZipArchive::new(File::open(path)?)?;
        if archive.len() > MAX_FILES {
            return Err(io::Error::other(format!("it has more than {MAX_FILES} files")));
        }
        let (mut pdf, mut bundle, mut inclusion) = (None, None, None);
        let (mut checkpoints, mut files) = (Vec::new(), Vec::new());
        for index in 0..archive.len() {
            let file = archive.by_index(index)?;
            let name = file.name()?.into_owned();
            if file.is_dir() {
                continue;
            }
            let mut bytes = Vec::new();
            file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > MAX_FILE {
                return Err(io::Error::other(format!("{name} is too large")));
            }
            match name.as_str() {
                "evidence.pdf" => {
                    let file = NamedTempFile::new()?;
                    std::fs::write(file.path(), &bytes)?;
                    pdf = Some(file);
                }
                FILE_NAME => bundle = Some(bytes),
                inclusion::FILE_NAME => inclusion = Some(bytes),
                _ if name.starts_with("checkpoint-") => checkpoints.push((name, bytes)),
                _ => files.push((name, Sha256::of(&bytes))),
            }
        }
        let pdf = pdf.ok_or_else(|| io::Error::other("it has no evidence.pdf: it is no archive of evidence"))?;
        Ok(Self { pdf, bundle, checkpoints, inclusion, files })
    }

    /// Whether the files are those of which the bundle in the PDF tells.
    pub(crate) fn compare(&self, sealed: Option<&Bundle>) -> Vec<FileView> {
        let beside = self.bundle.as_ref().map(|bytes| {
            let same = serde_json::from_slice::<Bundle>(bytes).ok().is_some_and(|bundle| Some(&bundle) == sealed);
            FileView { name: FILE_NAME.to_owned(), good: same }
        });
        let documents = self
            .files
            .iter()
            .map(|(name, digest)| FileView { name: name.clone(), good: sealed.is_some_and(|bundle| told(bundle, name) == Some(*digest)) });
        beside.into_iter().chain(documents).collect()
    }
}

/// The digest that a bundle tells for `documents/0-signed.pdf` and `documents/0-sealed.pdf`.
fn told(bundle: &Bundle, name: &str) -> Option<Sha256> {
    let (index, which) = name.strip_prefix("documents/")?.strip_suffix(".pdf")?.split_once('-')?;
    let document = bundle.documents.get(index.parse::<usize>().ok()?)?;
    match which {
        "signed" => document.sha256,
        "sealed" => document.sealed.map(|sealed| sealed.sha256),
        _ => None,
    }
}

impl fmt::Display for BundleView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_heading(f, "Evidence bundle", self.order, self.organization.as_deref())?;
        match &self.problem {
            Some(problem) => write!(f, "\n  DOES NOT HOLD: {}", Plain(problem))?,
            None => write!(f, "\n  holds: {} events in an unbroken chain, and what the bundle tells is what they tell", self.events)?,
        }
        if let Some(state) = &self.state {
            write!(f, "\n  state      {}", Plain(state))?;
        }
        for ActView { signer, act, at, named } in &self.acts {
            let who = if *named { "who is named" } else { "whose personal data was removed" };
            write!(f, "\n  {act:<10} {at} by signer {signer}, {who}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FileView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let says = if self.good { "is what the bundle names" } else { "IS NOT WHAT THE BUNDLE NAMES" };
        write!(f, "File {} {says}", Plain(&self.name))
    }
}
