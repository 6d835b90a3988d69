//! A write-back and its notification, driven against the registers in memory the way a function drives them: a journal that outlives the
//! process, and faults on demand.

// Each test program uses a part of this.
#![allow(dead_code)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::date;
use segl_core::id::Sha256;
use segl_registers::{
    Claims, Content, Delivery, Encoding, EvidenceDocument, Journal, Method, NewerVersion, NoAnswer, Notification, Outcome, Pause, Plan,
    Received, RegisterTerms, Request, Response, Source, Step, Target, TokenForm, Wanted, WriteBack,
};
use segl_testkit::registers::{Asked, CASES, CLIENT, DOCUMENTS, EVIDENCE_TYPE, NOTIFICATIONS, Registers, SECRET, Told};

/// How one request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It never arrives, and nobody answers.
    Unheard,
    /// It takes effect, and its answer is lost.
    Lost,
    /// It has no effect and is answered so.
    Refused(u16),
    /// It takes effect and is answered as if it had not.
    Denied(u16),
    /// Its token is refused.
    Token,
    /// The process dies before it is sent.
    KilledBefore,
    /// The process dies when it has taken effect.
    KilledAfter,
}

pub const WAYS: [Way; 11] = [
    Way::Unheard,
    Way::Lost,
    Way::Refused(500),
    Way::Refused(503),
    Way::Refused(409),
    Way::Refused(429),
    Way::Denied(500),
    Way::Denied(409),
    Way::Token,
    Way::KilledBefore,
    Way::KilledAfter,
];

/// Registers with a case, and what is to be written back.
pub struct World {
    pub registers: Registers,
    pub plan: Plan,
    pub sealed: Vec<Vec<u8>>,
    pub evidence: Vec<u8>,
    /// Every request that was sent, and what it was answered.
    pub sent: Vec<(Asked, Told)>,
    /// What is stored: the journal as text, and the notification.
    journal: Option<String>,
    notification: Option<Notification>,
    /// Pauses, in turn.
    pub pauses: Vec<Pause>,
    /// The request that fails, counted from 1, and how.
    pub fault: Option<(usize, Way)>,
    /// A second one.
    pub fault_after: Option<(usize, Way)>,
    /// From this request on, every write is answered 500 without effect.
    pub broken_from: Option<usize>,
    /// What happens right before the request of this number.
    pub interlude: Option<(usize, Interlude)>,
}

/// What somebody else does.
pub type Interlude = fn(&Registers, &Plan);

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It was done, and the case system was told.
    Told(Outcome),
    /// It still paused after this many pauses.
    Waits,
}

/// Only a process that was killed ends like this.
struct Killed;

impl World {
    /// A case with documents that were signed; `sizes` are those of the sealed documents.
    pub fn new(sizes: &[usize]) -> Self {
        let registers = Registers::default();
        let sealed: Vec<Vec<u8>> = (1u8..).zip(sizes).map(|(n, size)| bytes(n, *size)).collect();
        let originals: Vec<Vec<u8>> = sealed.iter().map(|sealed| sealed[..sealed.len() / 2].to_vec()).collect();
        let (case_url, urls) = registers.state().arrange(&originals.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let evidence = bytes(200, 900);
        let documents = (0..).zip(urls.into_iter().zip(&sealed)).map(|(n, (url, sealed))| Target {
            url,
            title: format!("Besluit {n}"),
            file_name: format!("besluit-{n}.pdf"),
            version: 1,
            content: content(sealed),
        });
        let plan = Plan {
            terms: RegisterTerms {
                documents: DOCUMENTS.to_owned(),
                cases: CASES.to_owned(),
                notifications: NOTIFICATIONS.to_owned(),
                version: "1.4.2".parse().expect("a version"),
                newer_version: NewerVersion::Refuse,
                parts_above: 8000,
            },
            case_url,
            documents: documents.collect(),
            evidence: Some(EvidenceDocument {
                document_type: EVIDENCE_TYPE.to_owned(),
                identification: "segl-01a20268-8353-70de-97f0-79d7b8f0".to_owned(),
                title: "Bewijs van ondertekening".to_owned(),
                author: "Segl".to_owned(),
                file_name: "bewijs.pdf".to_owned(),
                media_type: "application/pdf",
                content: content(&evidence),
            }),
            signed_on: date(2026, 11, 25),
        };
        Self {
            registers,
            plan,
            sealed,
            evidence,
            sent: Vec::new(),
            journal: None,
            notification: None,
            pauses: Vec::new(),
            fault: None,
            fault_after: None,
            broken_from: None,
            interlude: None,
        }
    }

    /// Runs it to its end, at most this many pauses and deaths long; then, where it may give up, as long again to release its locks.
    pub fn run(&mut self, patience: usize, gives_up: bool) -> End {
        let mut tries = 0;
        loop {
            tries += 1;
            let give_up = gives_up && tries > patience;
            if tries > if gives_up { 2 * patience } else { patience } + 1 {
                return End::Waits;
            }
            if let Ok(Some(outcome)) = self.life(give_up) {
                return End::Told(outcome);
            }
        }
    }

    /// One life of a process: from the stored journal to the next pause, or to the end.
    fn life(&mut self, give_up: bool) -> Result<Option<Outcome>, Killed> {
        let plan = self.plan.clone();
        let journal = match &self.journal {
            Some(stored) => serde_json::from_str(stored).expect("a journal is read back"),
            None => Journal::new(plan.documents.len(), plan.evidence.is_some()),
        };
        let mut write_back = WriteBack::resume(&plan, journal);
        let mut gave_up = 0;
        let outcome = loop {
            match write_back.step() {
                Step::Request(request) => {
                    if request.changes_something() {
                        self.store(&write_back);
                    }
                    write_back.answered(self.send(&request)?);
                }
                // The last try: once to end it, once more where even the locks cannot be released.
                Step::Pause(_) if give_up && gave_up < 2 => {
                    gave_up += 1;
                    write_back.give_up();
                }
                Step::Pause(pause) => {
                    self.pauses.push(pause);
                    self.store(&write_back);
                    return Ok(None);
                }
                Step::Done(outcome) => {
                    self.store(&write_back);
                    break outcome;
                }
            }
        };
        let notification = self.notification.get_or_insert_with(|| {
            let (transaction, case) = ("2opbDxqSB8BX3137ulqdw2q9_Mw=".to_owned(), plan.case_url.clone());
            let now = "2026-11-25T12:00:00Z".parse().expect("a moment");
            match &outcome {
                Outcome::Written => Notification::completed(transaction, case, now),
                Outcome::Ended(reason) => Notification::broken_off(transaction, case, reason, now),
            }
        });
        let request = notification.request(&plan.terms);
        match Delivery::of(self.send(&request)?) {
            Delivery::Accepted => Ok(Some(outcome)),
            Delivery::Again(pause) => {
                self.pauses.push(pause);
                Ok(None)
            }
        }
    }

    /// One request that is no write-back's.
    pub fn exchange(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.send(request).unwrap_or(Err(NoAnswer::Silent))
    }

    fn store(&mut self, write_back: &WriteBack<'_>) {
        self.journal = Some(serde_json::to_string(write_back.journal()).expect("a journal is written"));
    }

    fn send(&mut self, request: &Request) -> Result<Result<Response, NoAnswer>, Killed> {
        let number = self.sent.len() + 1;
        if let Some((at, interlude)) = self.interlude
            && at == number
        {
            interlude(&self.registers, &self.plan);
        }
        let asked = self.asked(request);
        let way = [self.fault, self.fault_after].into_iter().flatten().find(|(step, _)| *step == number).map(|(_, way)| way);
        let write = matches!(request.method, Method::Patch | Method::Put);
        let way = way.or_else(|| self.broken_from.filter(|from| number >= *from && write).map(|_| Way::Refused(500)));
        let told = match way {
            None | Some(Way::Lost | Way::Denied(_) | Way::KilledAfter) => self.registers.ask(&asked),
            Some(Way::Token) => Told::fault(403, "jwt-expired"),
            Some(Way::Refused(status)) => Told::fault(status, "error"),
            Some(Way::Unheard | Way::KilledBefore) => Told::fault(599, "unheard"),
        };
        self.sent.push((asked, told.clone()));
        Ok(match way {
            Some(Way::KilledBefore | Way::KilledAfter) => return Err(Killed),
            Some(Way::Unheard | Way::Lost) => Err(NoAnswer::Silent),
            Some(Way::Denied(status)) => Ok(response(&Told::fault(status, "error"), request.wanted)),
            _ => Ok(response(&told, request.wanted)),
        })
    }

    fn asked(&self, request: &Request) -> Asked {
        let fields = fields(request, self.registers.state().now);
        let mut body = Vec::new();
        if let Some(sent) = &request.body {
            body.extend_from_slice(&sent.before);
            if let Some(piece) = &sent.content {
                let whole = match piece.source {
                    Source::Sealed(index) => &self.sealed[index.as_usize()],
                    Source::Evidence => &self.evidence,
                };
                let content = &whole[piece.range.start as usize..piece.range.end as usize];
                match piece.encoding {
                    Encoding::Binary => body.extend_from_slice(content),
                    Encoding::Base64 => body.extend_from_slice(STANDARD.encode(content).as_bytes()),
                }
            }
            body.extend_from_slice(&sent.after);
            assert_eq!(sent.len(), body.len() as u64, "the length that is announced");
        }
        assert!(request.method != Method::Get || body.is_empty());
        Asked { method: request.method.as_str().to_owned(), url: request.url.clone(), fields, body }
    }

    /// Which notifications the case system got, each once however often it was sent.
    pub fn notifications(&self) -> Vec<(String, Option<String>)> {
        let mut found: Vec<_> = self.registers.state().notifications.clone();
        found.dedup();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        found.iter().map(|told| (text(&told["actie"]).unwrap_or_default(), text(&told["kenmerken"]["reden"]))).collect()
    }

    /// How many documents there are that are the evidence.
    pub fn evidence_documents(&self) -> usize {
        let identification = self.plan.evidence.as_ref().map(|evidence| evidence.identification.clone());
        self.registers.state().documents.iter().filter(|document| Some(&document.identification) == identification.as_ref()).count()
    }

    /// Which documents are locked.
    pub fn locked(&self) -> usize {
        self.registers.state().documents.iter().filter(|document| document.lock.is_some()).count()
    }

    /// How many versions each document of the plan has.
    pub fn versions(&self) -> Vec<usize> {
        let mut state = self.registers.state();
        self.plan.documents.iter().map(|target| state.document_at(&target.url).map_or(0, |document| document.versions.len())).collect()
    }

    /// Asserts that all is where it belongs, once.
    pub fn assert_written(&self) {
        let mut state = self.registers.state();
        for (target, sealed) in self.plan.documents.iter().zip(&self.sealed) {
            let document = state.document_at(&target.url).expect("the document");
            assert_eq!(document.versions.len(), 2, "one new version of {}", target.title);
            assert_eq!(document.newest().content.as_deref(), Some(sealed.as_slice()), "{} is what was sealed", target.title);
            let members = &document.newest().members;
            assert_eq!(members["status"], "definitief");
            assert_eq!(members["bestandsnaam"], target.file_name.as_str());
            assert_eq!(members["integriteit"]["waarde"], target.content.sha256.to_string().as_str());
        }
        let relations: Vec<_> = state.relations.iter().filter(|(case, _)| *case == self.plan.case_url).cloned().collect();
        drop(state);
        assert_eq!((self.locked(), self.evidence_documents()), (0, 1));
        assert_eq!(relations.len(), self.plan.documents.len() + 1, "the evidence belongs to the case, once");
        assert_eq!(self.notifications(), [("OndertekenenVoltooid".to_owned(), None)]);
    }
}

/// The fields of a request, with a token of now.
pub fn fields(request: &Request, now: Timestamp) -> Vec<(String, String)> {
    let claims = Claims {
        client_id: CLIENT.to_owned(),
        user_id: CLIENT.to_owned(),
        user_representation: "Ondertekendienst".to_owned(),
        form: TokenForm::default(),
    };
    let mut fields = vec![("authorization".to_owned(), format!("Bearer {}", claims.sign(SECRET, now, [0; 16])))];
    fields.push(("accept".to_owned(), request.wanted.accept().to_owned()));
    fields.extend(request.fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields.extend(request.body.as_ref().map(|body| ("content-type".to_owned(), body.media_type.clone())));
    fields
}

/// The answer as the machine takes it.
pub fn response(told: &Told, wanted: Wanted) -> Response {
    let body = match wanted {
        Wanted::Json => Received::Bytes(told.body.clone()),
        Wanted::Digest => Received::Digest { sha256: Sha256::of(&told.body), size: told.body.len() as u64 },
    };
    Response { status: told.status, retry_after: None, api_version: None, body }
}

fn content(bytes: &[u8]) -> Content {
    Content { sha256: Sha256::of(bytes), size: bytes.len() as u64 }
}

/// Bytes that look like nothing in particular.
fn bytes(seed: u8, size: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    (0..size)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}
