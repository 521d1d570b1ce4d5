//! How is every exchange kept, so that a run can go on after a kill and be repeated without the model?

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Mutex;
use verosim_core::{
    Cleared, Context, Contract, Disclosure, LanguageModel, Mode, ModelError, Place, PrivacyClass, Reply,
    Request, RowForm,
};

/// Version of the file's shape: JSON lines, the first one a header.
pub const TRANSCRIPT_VERSION: u32 = 1;

/// First line of a transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Header {
    verosim_transcript: u32,
    model: String,
    place: Place,
    disclosure: Disclosure,
}

/// One exchange. Prompts are kept as hashes of their sections: they may hold rows. Replies are kept whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Exchange {
    /// SHA-256 of the whole request: what a replay looks for.
    key: String,
    sections: Vec<Kept>,
    real_rows: usize,
    contract: String,
    mode: Mode,
    temperature: f64,
    top_p: f64,
    max_tokens: u32,
    seed: u64,
    n: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<Reply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

/// A section of a prompt as the transcript names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    id: String,
    class: PrivacyClass,
    sha256: String,
    chars: usize,
}

/// A model whose exchanges are written down as they happen. What the file holds already is answered from it, so that a
/// run that was stopped goes on without asking (and paying) twice.
pub struct Recorder {
    inner: Box<dyn LanguageModel>,
    file: Mutex<File>,
    known: HashMap<String, Reply>,
}

impl Recorder {
    /// Writes to `path`; goes on with what is there when it was recorded with the same model and disclosure, and begins
    /// anew otherwise.
    ///
    /// # Errors
    /// [`ModelError::Unusable`] when the file cannot be written.
    pub fn open(
        inner: Box<dyn LanguageModel>,
        disclosure: Disclosure,
        path: &Path,
    ) -> Result<Self, ModelError> {
        let header = Header {
            verosim_transcript: TRANSCRIPT_VERSION,
            model: inner.name(),
            place: inner.place(),
            disclosure,
        };
        let before = read(path).ok().filter(|before| before.header == header);
        let refuse = |error: std::io::Error| ModelError::Unusable { why: format!("its transcript: {error}") };
        let mut file =
            OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(refuse)?;
        // A kill may have left half a line.
        file.set_len(before.as_ref().map_or(0, |before| before.whole_bytes)).map_err(refuse)?;
        file.seek(SeekFrom::End(0)).map_err(refuse)?;
        if before.is_none() {
            writeln!(file, "{}", line(&header)).map_err(refuse)?;
        }
        let known = before.map(|before| answered(before.exchanges).0).unwrap_or_default();
        Ok(Self { inner, file: Mutex::new(file), known })
    }
}

/// Whether a [`Recorder`] of this model and disclosure would go on with what is at `path`, or begin anew over it; `None`
/// when nothing is there.
#[must_use]
pub fn goes_on(model: &dyn LanguageModel, disclosure: Disclosure, path: &Path) -> Option<bool> {
    let same = |header: &Header| {
        header.model == model.name() && header.place == model.place() && header.disclosure == disclosure
    };
    path.exists().then(|| read(path).is_ok_and(|before| same(&before.header)))
}

impl LanguageModel for Recorder {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn place(&self) -> Place {
        self.inner.place()
    }

    fn complete_all(&self, requests: &[Request], ctx: Context<'_>) -> Vec<Result<Reply, ModelError>> {
        let keys: Vec<String> = requests.iter().map(key).collect();
        let new: Vec<Request> = requests
            .iter()
            .zip(&keys)
            .filter(|(_, key)| !self.known.contains_key(*key))
            .map(|(request, _)| request.clone())
            .collect();
        let mut fresh =
            if new.is_empty() { Vec::new() } else { self.inner.complete_all(&new, ctx) }.into_iter();
        let mut lines = String::new();
        let answers: Vec<_> = requests
            .iter()
            .zip(keys)
            .map(|(request, key)| {
                if let Some(reply) = self.known.get(&key) {
                    return Ok(reply.clone());
                }
                let answer =
                    fresh.next().unwrap_or_else(|| Err(ModelError::BadReply { why: "no reply".into() }));
                // A run that was stopped got no answer: it will ask again.
                if !matches!(answer, Err(ModelError::Interrupted(_))) {
                    lines.push_str(&line(&exchange(request, key, &answer)));
                    lines.push('\n');
                }
                answer
            })
            .collect();
        let written =
            self.file.lock().map(|mut file| file.write_all(lines.as_bytes()).and_then(|()| file.flush()));
        if matches!(written, Ok(Ok(()))) {
            return answers;
        }
        // What cannot be kept must not be used: the run could not be repeated.
        let why = "its transcript cannot be written (is the disk full?)".to_owned();
        requests.iter().map(|_| Err(ModelError::Unusable { why: why.clone() })).collect()
    }
}

/// A recording in place of a model: the same questions get the same answers, and nothing is asked of anybody.
pub struct Replay {
    header: Header,
    known: HashMap<String, Reply>,
    failed: HashMap<String, String>,
    asked: Mutex<usize>,
}

impl Replay {
    /// Reads a transcript.
    ///
    /// # Errors
    /// [`ModelError::Unusable`] when it does not read.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let Contents { header, exchanges, .. } = read(path)?;
        let (known, failed) = answered(exchanges);
        Ok(Self { header, known, failed, asked: Mutex::new(0) })
    }

    /// What the recorded run allowed to be seen.
    #[must_use]
    pub fn disclosure(&self) -> Disclosure {
        self.header.disclosure
    }
}

impl LanguageModel for Replay {
    fn name(&self) -> String {
        self.header.model.clone()
    }

    /// Nothing leaves this process, wherever the model ran.
    fn place(&self) -> Place {
        Place::Process
    }

    fn complete_all(&self, requests: &[Request], _: Context<'_>) -> Vec<Result<Reply, ModelError>> {
        let before = self.asked.lock().map_or(0, |mut asked| {
            let before = *asked;
            *asked += requests.len();
            before
        });
        requests
            .iter()
            .enumerate()
            .map(|(at, request)| {
                let key = key(request);
                match (self.known.get(&key), self.failed.get(&key)) {
                    (Some(reply), _) => Ok(reply.clone()),
                    (None, Some(why)) => Err(ModelError::BadReply { why: why.clone() }),
                    (None, None) => Err(ModelError::NotRecorded { number: before + at + 1 }),
                }
            })
            .collect()
    }
}

struct Contents {
    header: Header,
    exchanges: Vec<Exchange>,
    /// Bytes of all lines that end with a line end.
    whole_bytes: u64,
}

fn read(path: &Path) -> Result<Contents, ModelError> {
    let refuse = |why: String| ModelError::Unusable { why };
    let file = File::open(path).map_err(|error| {
        refuse(format!("the transcript `{}` does not open ({})", path.display(), error.kind()))
    })?;
    let mut file = BufReader::new(file);
    let mut first = Vec::new();
    file.by_ref()
        .take(1 << 20)
        .read_until(b'\n', &mut first)
        .map_err(|error| refuse(error.kind().to_string()))?;
    let header: Header = serde_json::from_slice(&first)
        .map_err(|_| refuse(format!("`{}` is no transcript of verosim", path.display())))?;
    if header.verosim_transcript != TRANSCRIPT_VERSION {
        return Err(refuse(format!(
            "the transcript has version {}, this build reads {TRANSCRIPT_VERSION}",
            header.verosim_transcript
        )));
    }
    let mut contents = Contents { header, exchanges: Vec::new(), whole_bytes: first.len() as u64 };
    let mut text = Vec::new();
    for number in 2.. {
        text.clear();
        let bytes = file.read_until(b'\n', &mut text).map_err(|error| refuse(error.kind().to_string()))?;
        if bytes == 0 || text.last() != Some(&b'\n') {
            break; // The rest was cut off by a kill.
        }
        let exchange = serde_json::from_slice(&text)
            .map_err(|_| refuse(format!("line {number} of the transcript is damaged")))?;
        contents.exchanges.push(exchange);
        contents.whole_bytes += bytes as u64;
    }
    Ok(contents)
}

/// Replies and failures by key; a later answer to the same question replaces an earlier failure.
fn answered(exchanges: Vec<Exchange>) -> (HashMap<String, Reply>, HashMap<String, String>) {
    let (mut known, mut failed) = (HashMap::new(), HashMap::new());
    for exchange in exchanges {
        match (exchange.reply, exchange.failure) {
            (Some(reply), _) => drop(known.insert(exchange.key, reply)),
            (None, Some(why)) => drop(failed.insert(exchange.key, why)),
            (None, None) => {}
        }
    }
    (known, failed)
}

fn exchange(request: &Request, key: String, answer: &Result<Reply, ModelError>) -> Exchange {
    Exchange {
        key,
        sections: kept(&request.prompt),
        real_rows: request.prompt.real_rows(),
        contract: match &request.contract {
            Contract::Rows(rows) => match rows.form {
                RowForm::Json => "rows as json",
                RowForm::Csv => "rows as csv",
                RowForm::Sentence => "rows as sentences",
            },
            Contract::Json(_) => "json",
            Contract::Text => "text",
        }
        .to_owned(),
        mode: request.mode,
        temperature: request.temperature,
        top_p: request.top_p,
        max_tokens: request.max_tokens,
        seed: request.seed,
        n: request.n,
        reply: answer.as_ref().ok().cloned(),
        failure: answer.as_ref().err().map(ToString::to_string),
    }
}

fn kept(prompt: &Cleared) -> Vec<Kept> {
    let of = |section: &verosim_core::Section| Kept {
        id: section.id().to_owned(),
        class: section.class(),
        sha256: hex(section.text().as_bytes()),
        chars: section.text().chars().count(),
    };
    prompt.sections().iter().map(of).collect()
}

/// The name of a question in a transcript.
fn key(request: &Request) -> String {
    hex(line(request).as_bytes())
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("finite numbers and text are always JSON")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::{Choice, Enforced, Finish, Prompt, Section, Silent, Speaker, Usage};

    struct Counting(Mutex<usize>);

    impl LanguageModel for Counting {
        fn name(&self) -> String {
            "counting".into()
        }
        fn place(&self) -> Place {
            Place::Remote { host: "far.example:443".into() }
        }
        fn complete_all(&self, requests: &[Request], _: Context<'_>) -> Vec<Result<Reply, ModelError>> {
            requests
                .iter()
                .map(|request| {
                    let mut asked = self.0.lock().unwrap();
                    *asked += 1;
                    if request.seed == 99 {
                        return Err(ModelError::BadReply { why: "nothing".into() });
                    }
                    let text = format!("answer {} to {}", *asked, request.seed);
                    let choices = vec![Choice { text, finish: Finish::Stop, logprob: None }];
                    let enforced = Enforced::Nothing;
                    Ok(Reply { choices, usage: Usage::default(), seconds: 1.5, enforced, masked: None })
                })
                .collect()
        }
    }

    fn question(seed: u64) -> Request {
        let secret = Section::rows("examples", 1, "Mrs Zanzibar".into());
        let section = Section::new("role", Speaker::System, PrivacyClass::Public, "You write rows.".into());
        Request {
            prompt: Prompt::new(vec![section, secret]).clear(Disclosure::Rows).unwrap(),
            contract: Contract::Text,
            mode: Mode::Chat,
            temperature: 1.0,
            top_p: 1.0,
            max_tokens: 10,
            stop: Vec::new(),
            seed,
            n: 1,
        }
    }

    fn ctx() -> Context<'static> {
        Context { progress: &Silent, stop: &Silent }
    }

    #[test]
    fn a_recording_goes_on_after_a_kill_and_replays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transcript.jsonl");
        let open = || Recorder::open(Box::new(Counting(Mutex::new(0))), Disclosure::Rows, &path).unwrap();
        let first = open().complete_all(&[question(1), question(2)], ctx());
        assert!(!std::fs::read_to_string(&path).unwrap().contains("Zanzibar"), "prompts are kept as hashes");
        // A kill in the middle of a line.
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"key\":\"half").unwrap();
        let second = open().complete_all(&[question(1), question(3), question(99)], ctx());
        assert_eq!(second[0], first[0], "not asked again");
        assert_eq!(second[1].as_ref().unwrap().choices[0].text, "answer 1 to 3");
        let replay = Replay::open(&path).unwrap();
        assert_eq!((replay.name().as_str(), replay.place()), ("counting", Place::Process));
        let again = replay.complete_all(&[question(2), question(3), question(99), question(4)], ctx());
        assert_eq!(again[0], first[1]);
        assert_eq!(again[1], second[1]);
        assert!(matches!(&again[2], Err(ModelError::BadReply { .. })));
        assert_eq!(again[3], Err(ModelError::NotRecorded { number: 4 }));
        // Another model begins anew.
        drop(Recorder::open(Box::new(Counting(Mutex::new(0))), Disclosure::Metadata, &path).unwrap());
        assert_eq!(Replay::open(&path).unwrap().known.len(), 0);
    }

    #[test]
    fn what_is_no_transcript_is_refused_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.jsonl");
        std::fs::write(&path, "age,sex\n63,CANARY\n").unwrap();
        let error = Replay::open(&path).err().unwrap().to_string();
        assert!(error.contains("is no transcript") && !error.contains("CANARY"), "{error}");
    }
}
