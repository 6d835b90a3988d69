//! What `segl verify` found, for people: a block for each signature.

use std::fmt;

use crate::output::Plain;
use crate::verify::view::{CertificateView, Judgement, RevocationView, SignatureView, TimeStampView, TrustView};

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, signature) in self.signatures.iter().enumerate() {
            writeln!(f, "Signature {} of {}: {signature}", index + 1, self.signatures.len() + self.not_judged)?;
        }
        self.evidence.iter().try_for_each(|evidence| writeln!(f, "{evidence}"))?;
        self.bundles.iter().try_for_each(|bundle| writeln!(f, "{bundle}"))?;
        self.files.iter().try_for_each(|file| writeln!(f, "{file}"))?;
        self.tokens.iter().try_for_each(|token| writeln!(f, "{token}"))?;
        self.checkpoints.iter().try_for_each(|checkpoint| writeln!(f, "{checkpoint}"))?;
        self.inclusions.iter().try_for_each(|inclusion| writeln!(f, "{inclusion}"))?;
        if self.is_token() {
            return f.write_str(if self.good { "Good: the token is valid and trusted." } else { "NOT GOOD: see above." });
        }
        if let Some(problem) = &self.evidence_problem {
            writeln!(f, "Evidence: nothing is known, {}", Plain(problem))?;
        }
        if self.not_judged > 0 {
            writeln!(f, "{} more signatures were not judged.", self.not_judged)?;
        }
        if self.unusable_data > 0 {
            writeln!(f, "{} certificates, revocation lists or responses in the file could not be used.", self.unusable_data)?;
        }
        if let Some(until) = self.judgeable_until {
            writeln!(f, "Judged at {}; can be judged like this until {until}.", self.judged_at)?;
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
        write!(f, "\n  trusted    {}", self.trust)?;
        write!(f, "\n  revoked    {}", self.revocation)?;
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
        if self.kind == "document-time-stamp" {
            return self.time_stamps.iter().try_for_each(|stamp| stamp.write_time(f));
        }
        match self.claimed_time {
            Some(time) => write!(f, "\n  time       {time} (claimed)")?,
            None => write!(f, "\n  time       none claimed")?,
        }
        match &self.proven_time {
            Some(proven) => write!(f, "\n  proven     {} by {}", proven.time, Plain(&proven.authority))?,
            None => write!(f, "\n  proven     by nobody; the certificate is judged at {}", self.certificate_judged_at)?,
        }
        self.time_stamps.iter().try_for_each(|stamp| write!(f, "\n  time-stamp {stamp}"))?;
        match self.level {
            Some(level) => write!(f, "\n  level      PAdES {level}"),
            None => write!(f, "\n  level      not of the form PAdES B-B"),
        }
    }
}

impl TimeStampView {
    fn write_time(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(problem) = &self.problem {
            write!(f, "\n  problem    {}", Plain(problem))?;
        }
        if let Some(time) = self.time {
            write!(f, "\n  time       {time}")?;
        }
        match self.expires {
            Some(expires) => write!(f, "\n  lapses     {expires}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TimeStampView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.time, &self.authority) {
            (Some(time), Some(authority)) => write!(f, "{time} by {}", Plain(&authority.subject))?,
            _ => write!(f, "cannot be read")?,
        }
        if let Some(problem) = &self.problem {
            write!(f, "\n    problem  {}", Plain(problem))?;
        }
        write!(f, "\n    intact   {}", answer(self.intact))?;
        write!(f, "\n    valid    {}", answer(self.valid))?;
        write!(f, "\n    trusted  {}", self.trust)?;
        write!(f, "\n    revoked  {}", self.revocation)?;
        match self.expires {
            Some(expires) => write!(f, "\n    lapses   {expires}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TrustView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.anchor, self.distrust) {
            (Some(anchor), _) => write!(f, "yes, by {}", Plain(anchor)),
            (None, why) => write!(f, "NO: {}", distrust_text(why.unwrap_or_default())),
        }
    }
}

impl fmt::Display for RevocationView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status, self.at) {
            ("good", _) => f.write_str("no, by the data in the file")?,
            ("revoked", Some(at)) => write!(f, "YES, since {at}")?,
            ("revoked-later", Some(at)) => write!(f, "not then; since {at}, which does not matter")?,
            _ => f.write_str("unknown: the file has no data that tell")?,
        }
        match self.reason {
            Some(reason) => write!(f, " ({reason})"),
            None => Ok(()),
        }
    }
}

fn answer(yes: bool) -> &'static str {
    if yes { "yes" } else { "NO" }
}

fn distrust_text(code: &str) -> &'static str {
    match code {
        "not-judged" => "it could not be judged",
        "no-path" => "its certificate does not lead to one that you trust (see --trust and --tsa-trust)",
        "not-valid-then" => "a certificate on the way was not valid then",
        "revoked" => "a certificate on the way was revoked by then",
        "key-usage" => "its certificate is not for signatures",
        "constraint" => "a certificate on the way forbids it, or demands what is not known",
        "algorithm" => "a certificate on the way is signed with SHA-1 or another algorithm that is not trusted",
        "future" => "it is of the future",
        _ => "its certificate cannot be used",
    }
}

fn change_text(code: &str) -> &'static str {
    match code {
        "signature-added" => "a further signature",
        "time-stamp-added" => "a document time-stamp",
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
