//! `segl verify`: judges the signatures of a document, the evidence in it, and workflow tokens in it, beside it or alone.

mod text;
mod view;

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use segl_sealing::{Certificate, Policy, verify};

use crate::arguments::EXIT_CODES;
use crate::bundle::{self, Archive};
use crate::checkpoint;
use crate::error::Error;
use crate::evidence::{self, Story};
use crate::files;
use crate::inclusion::{self, Grounds};
use crate::pem;
use crate::token;

pub use view::Judgement;

/// The long help text.
pub(crate) const ABOUT: &str = "\
Judge the signatures of a PDF document, or a workflow token

Three questions are answered apart for each signature: intact (the bytes that
it covers are those that were signed), valid (it was made with the key of its
certificate), trusted (the certificate leads to one that you trust, is valid,
and is not known to be revoked). A signature is judged at the time that a
time-stamp proves for it, so that its certificate may have lapsed since;
without a proof it is judged now, or at --at. An older time-stamp is judged at
the time that the next one proves. The level (PAdES B-B, B-T, B-LT, B-LTA) is
that of what is in the file and holds.

What was changed after a signature is listed, and whether the signature
permits it. Revocation is judged by the data in the file; nothing is fetched.
Where they tell nothing, the signature is not bad for it. Certificate policies
are left aside: a qualified certificate is not told from another. Where the
document holds the evidence of a Segl order, its chain of events is checked as
well, and so is the workflow token: both must tell the same. A file of
evidence, PDF or archive, is checked against its own chain of events: every
person, claim and document that it names must be one that the events commit to.
With --checkpoint, the events must be those that stood there on that day; a
checkpoint without its leaves is enough where there is a proof of inclusion, in
the archive or by --inclusion. A file that is a workflow token by itself is
judged by the service's key set (--keys) or by the certificate in it (--trust).
Memory does not grow with the document.";

/// What `segl verify` is given.
#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub struct VerifyArguments {
    /// The document, an archive of evidence, or a workflow token
    file: PathBuf,
    /// Certificates that you trust, in PEM; can be given several times. Without it no signature is trusted
    #[arg(long, value_name = "PEM")]
    trust: Vec<PathBuf>,
    /// Certificates that you trust for time-stamps, in PEM; can be given several times. Without it those of --trust
    #[arg(long, value_name = "PEM")]
    tsa_trust: Vec<PathBuf>,
    /// The moment at which to judge, such as 2032-01-31T12:00:00Z. Without it now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// The service's key set, as it is at /.well-known/jwks.json: by it workflow tokens are judged
    #[arg(long, value_name = "JSON")]
    keys: Option<PathBuf>,
    /// A workflow token of the same order, which must tell of this very document
    #[arg(long, value_name = "JWT")]
    token: Option<PathBuf>,
    /// A checkpoint of the service's audit trails, as it is at /v1/checkpoints/DAY: the trails in the document must be those that stood
    /// there on its day; can be given several times, needs --keys
    #[arg(long, value_name = "JSON", requires = "keys")]
    checkpoint: Vec<PathBuf>,
    /// A proof that the trail in the document is in a checkpoint, as it is at /v1/orders/ID/inclusion; can be given several times, needs
    /// --keys
    #[arg(long, value_name = "JSON", requires = "keys")]
    inclusion: Vec<PathBuf>,
}

impl VerifyArguments {
    /// Judges the document. `now` counts where no moment was given.
    ///
    /// # Errors
    /// [`Error`] when it cannot be read, or a certificate cannot. A document without signatures is no error but not good.
    pub fn run(&self, now: Timestamp) -> Result<Judgement, Error> {
        let anchors = read_anchors(&self.trust)?;
        let authorities = read_anchors(&self.tsa_trust)?;
        let authorities = (!self.tsa_trust.is_empty()).then_some(authorities.as_slice());
        let policy = Policy { authorities, ..Policy::new(self.at.unwrap_or(now), &anchors) };
        let keys = self.keys.as_deref().map(token::read_keys).transpose()?;
        if let Some(text) = token::read(&self.file)? {
            let (view, _) = token::judge("the file", &text, keys.as_ref(), &anchors);
            return Ok(Judgement::of_token(&self.file, policy.at, view));
        }
        let archive = bundle::is_archive(&self.file).then(|| Archive::open(&self.file)).transpose()?;
        let path = archive.as_ref().map_or(self.file.as_path(), |archive| archive.pdf.path());
        let file = files::open(path)?;
        let report = verify(&file, &policy).map_err(|refusal| Error::Document { path: self.file.clone(), refusal })?;
        let (evidence, stories): (Result<Vec<_>, _>, Vec<_>) = match evidence::check(&file, &policy.limits) {
            Ok(found) => {
                let (views, stories): (Vec<_>, Vec<_>) = found.into_iter().unzip();
                (Ok(views), stories.into_iter().flatten().collect())
            }
            Err(problem) => (Err(problem), Vec::new()),
        };
        let (bundle_views, bundles): (Vec<_>, Vec<_>) = bundle::attached(&file, &policy.limits).into_iter().unzip();
        let bundles: Vec<_> = bundles.into_iter().flatten().collect();
        let mut tokens = token::attached(&file, &policy.limits, &stories, keys.as_ref(), &anchors);
        if let Some(path) = &self.token {
            tokens.push(token::beside(path, &file, &stories, keys.as_ref(), &anchors)?);
        }
        let trails: Vec<_> = stories.into_iter().map(Story::into_trail).chain(bundles.iter().map(bundle::trail)).collect();
        let kept = checkpoint::judge_files(&self.checkpoint, keys.as_ref(), &trails)?;
        let (mut checkpoints, kept): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
        let kept: Vec<_> = kept.into_iter().flatten().collect();
        let grounds = Grounds { keys: keys.as_ref(), trails: &trails, kept: &kept };
        let mut inclusions = inclusion::judge_files(&self.inclusion, &grounds)?;
        let mut files = Vec::new();
        if let Some(archive) = &archive {
            let judged = archive.checkpoints.iter().map(|(name, bytes)| checkpoint::judge(name.clone(), bytes, keys.as_ref(), &trails).0);
            checkpoints.extend(judged);
            let name = segl_core::inclusion::FILE_NAME;
            inclusions.extend(archive.inclusion.iter().map(|bytes| inclusion::judge(name.to_owned(), bytes, &grounds)));
            files = archive.compare(bundles.first());
        }
        let judgement = Judgement::new(&self.file, policy.at, &report, evidence, tokens);
        Ok(judgement.with_bundles(bundle_views, files).with_checkpoints(checkpoints).with_inclusions(inclusions))
    }
}

fn read_anchors(paths: &[PathBuf]) -> Result<Vec<Certificate>, Error> {
    let all = paths.iter().map(|path: &PathBuf| pem::read_certificates(Path::new(path))).collect::<Result<Vec<_>, _>>()?;
    Ok(all.concat())
}
