//! How is one question asked until it is answered or cannot be?

use super::ability::Ability;
use super::address::Address;
use super::body::{Body, body, has_schema};
use super::pace::{Pace, asked_for, backoff, may_pass};
use super::reply::Incoming;
use crate::backend::Access;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Response};
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout_at};
use verosim_core::{Enforced, Finish, ModelError, Place, Reply, Request};

/// A line to a server.
pub(super) struct Line {
    pub(super) address: Address,
    client: Client,
    access: Access,
    slots: Semaphore,
    pace: Pace,
    ability: Mutex<Ability>,
    /// Whose turn it is, at a server that answers one request at a time.
    turn: tokio::sync::Mutex<()>,
    listed: OnceCell<String>,
}

/// How a try ended that brought no answer.
enum Failed {
    /// It may work later, after so long where the server says it.
    Later(ModelError, Option<Duration>),
    /// Asked otherwise it may work at once.
    Otherwise,
    /// It will not work.
    Never(ModelError),
}

/// Bytes of a stream for each token that is allowed (an event holds a token and some 300 bytes of frame), and of text.
const BYTES_PER_TOKEN: usize = 2_048;
const CHARS_PER_TOKEN: usize = 32;
/// Most bytes of an error that are read.
const MOST_OF_ERROR: usize = 64 << 10;

impl Line {
    pub(super) fn new(address: Address, access: Access) -> Result<Self, ModelError> {
        // A second installation is refused and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        if let Some(key) = &access.key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.trim())).map_err(|_| {
                ModelError::Unusable { why: "the key holds characters that no header may hold".into() }
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let mut builder = Client::builder()
            .default_headers(headers)
            // Whoever was named is asked, and nobody else.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(20))
            .user_agent(concat!("verosim/", env!("CARGO_PKG_VERSION")));
        if matches!(address.place, Place::Loopback { .. }) {
            builder = builder.no_proxy();
        }
        let client =
            builder.build().map_err(|_| ModelError::Unusable { why: "no client for its address".into() })?;
        Ok(Self {
            client,
            slots: Semaphore::new(access.concurrency.max(1)),
            pace: Pace::new(access.per_minute),
            ability: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            listed: OnceCell::new(),
            address,
            access,
        })
    }

    /// Asks, again after failures that may pass, within the time of one request.
    pub(super) async fn ask(&self, request: &Request) -> Result<Reply, ModelError> {
        let _slot = self.slots.acquire().await;
        let deadline = Instant::now() + Duration::from_secs(self.access.timeout_s.max(1));
        let mut tries = 0;
        loop {
            self.pace.turn().await;
            let ability = self.ability.lock().map(|ability| ability.clone()).unwrap_or_default();
            let _turn = if ability.one_at_a_time { Some(self.turn.lock().await) } else { None };
            let begun = Instant::now();
            let failed = match self.once(request, &ability, deadline).await {
                Ok(mut reply) => {
                    reply.seconds = begun.elapsed().as_secs_f64();
                    return Ok(reply);
                }
                Err(failed) => failed,
            };
            let (error, wait) = match failed {
                Failed::Otherwise => continue,
                Failed::Never(error) => return Err(error),
                Failed::Later(error, wait) => (error, wait),
            };
            tries += 1;
            let wait = wait.unwrap_or_else(|| backoff(tries, request.seed, self.access.first_wait));
            if tries > self.access.retries || Instant::now() + wait >= deadline {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, request: &Request, ability: &Ability, deadline: Instant) -> Result<Reply, Failed> {
        let model = self.model(deadline).await?;
        let body = body(request, &model, ability);
        let sent = self
            .client
            .post(self.address.url(body.end))
            .header(CONTENT_TYPE, "application/json")
            .body(body.json.to_string())
            .send();
        let response = match timeout_at(deadline, sent).await {
            Err(_) => return Err(Failed::Never(self.timed_out())),
            Ok(Err(error)) => return Err(Failed::Later(self.unreachable(&error), None)),
            Ok(Ok(response)) => response,
        };
        if !response.status().is_success() {
            return Err(self.refused(response, &body, ability, deadline).await);
        }
        let (incoming, open) = self.receive(response, request, deadline).await?;
        let prompt_chars: usize =
            request.prompt.sections().iter().map(|section| section.text().chars().count()).sum();
        let enforced = if has_schema(request) { ability.format.enforced() } else { Enforced::Nothing };
        // llama-cpp-python ends an answer, without saying why, when another request comes in.
        if incoming.was_interrupted() && !ability.one_at_a_time && self.access.concurrency > 1 {
            if let Ok(mut ability) = self.ability.lock() {
                ability.one_at_a_time = true;
            }
            return Err(Failed::Otherwise);
        }
        let (choices, usage) = incoming.finish(open, prompt_chars);
        Ok(Reply { choices, usage, seconds: 0.0, enforced, masked: None })
    }

    /// Reads an answer to its end, to the limit of its length, or to where the connection breaks: what came is kept.
    async fn receive(
        &self,
        mut response: Response,
        request: &Request,
        deadline: Instant,
    ) -> Result<(Incoming, Finish), Failed> {
        let streamed = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.contains("event-stream"));
        let tokens = request.max_tokens as usize * request.n.max(1) as usize;
        let (most_bytes, most_chars) =
            (tokens * BYTES_PER_TOKEN + (1 << 20), tokens * CHARS_PER_TOKEN + 65_536);
        let mut incoming = Incoming::default();
        let (mut body, mut bytes) = (Vec::new(), 0);
        loop {
            let next = timeout_at(deadline, response.chunk()).await;
            let broken = match next {
                Ok(Ok(Some(chunk))) => {
                    bytes += chunk.len();
                    if streamed {
                        incoming.stream(&chunk);
                    } else {
                        body.extend_from_slice(&chunk);
                    }
                    if incoming.said_done() {
                        return Ok((incoming, Finish::Stop));
                    }
                    if bytes > most_bytes || incoming.chars() > most_chars {
                        return if streamed {
                            Ok((incoming, Finish::Length))
                        } else {
                            Err(Failed::Never(bad("longer than it may be")))
                        };
                    }
                    continue;
                }
                Ok(Ok(None)) => None,
                Ok(Err(error)) => Some(self.unreachable(&error)),
                Err(_) => Some(self.timed_out()),
            };
            if let Some(status) = incoming.failed.filter(|_| incoming.chars() == 0) {
                let error = self.status(status, None);
                return Err(if may_pass(status) { Failed::Later(error, None) } else { Failed::Never(error) });
            }
            return match broken {
                None if streamed && incoming.is_done() => Ok((incoming, Finish::Stop)),
                None if streamed && incoming.chars() > 0 => Ok((incoming, Finish::Broken)),
                None if streamed => Err(Failed::Later(bad("an empty stream"), None)),
                None => match incoming.whole(&body) {
                    Ok(()) => Ok((incoming, Finish::Stop)),
                    Err(error) => Err(Failed::Later(error, None)),
                },
                Some(_) if incoming.chars() > 0 => Ok((incoming, Finish::Broken)),
                Some(error @ ModelError::TimedOut { .. }) => Err(Failed::Never(error)),
                Some(error) => Err(Failed::Later(error, None)),
            };
        }
    }

    /// What a refusal teaches: to ask otherwise, to come back later, or that it is final.
    async fn refused(
        &self,
        mut response: Response,
        body: &Body,
        asked_with: &Ability,
        deadline: Instant,
    ) -> Failed {
        let status = response.status().as_u16();
        let wait = asked_for(response.headers());
        let mut text = Vec::new();
        while let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await {
            text.extend_from_slice(&chunk);
            if text.len() > MOST_OF_ERROR {
                break;
            }
        }
        let text = String::from_utf8_lossy(&text);
        let mut otherwise = asked_with.clone();
        if otherwise.learn(status, &text, body.formatted, body.completions) {
            if let Ok(mut ability) = self.ability.lock() {
                *ability = otherwise;
            }
            return Failed::Otherwise;
        }
        let error = self.status(status, code(&text));
        if may_pass(status) { Failed::Later(error, wait) } else { Failed::Never(error) }
    }

    /// The model that was named, or the first that the server lists.
    async fn model(&self, deadline: Instant) -> Result<String, Failed> {
        if let Some(name) = &self.address.model {
            return Ok(name.clone());
        }
        let list = || async {
            let sent = timeout_at(deadline, self.client.get(self.address.url("models")).send()).await;
            let response = match sent {
                Err(_) => return Err(Failed::Never(self.timed_out())),
                Ok(Err(error)) => return Err(Failed::Later(self.unreachable(&error), None)),
                Ok(Ok(response)) => response,
            };
            let status = response.status().as_u16();
            if status != 200 {
                let error = self.status(status, None);
                return Err(if may_pass(status) { Failed::Later(error, None) } else { Failed::Never(error) });
            }
            let Ok(Ok(bytes)) = timeout_at(deadline, response.bytes()).await else {
                return Err(Failed::Later(bad("its list of models does not come"), None));
            };
            let list: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let first = list["data"][0]["id"].as_str().map(str::to_owned);
            first.ok_or_else(|| {
                Failed::Never(bad("it lists no model; name one after the address, as in `…/v1#NAME`"))
            })
        };
        self.listed.get_or_try_init(list).await.cloned()
    }

    fn host(&self) -> String {
        self.address.place.host().to_owned()
    }

    fn timed_out(&self) -> ModelError {
        ModelError::TimedOut { host: self.host(), seconds: self.access.timeout_s }
    }

    fn status(&self, status: u16, code: Option<String>) -> ModelError {
        ModelError::Status { host: self.host(), status, code }
    }

    /// What failed, in our words: the client's own may quote addresses.
    fn unreachable(&self, error: &reqwest::Error) -> ModelError {
        let why = match () {
            () if error.is_connect() => "no connection",
            () if error.is_timeout() => "no connection in time",
            () => "the connection was lost",
        };
        ModelError::Unreachable { host: self.host(), why: why.into() }
    }
}

fn bad(why: &str) -> ModelError {
    ModelError::BadReply { why: why.into() }
}

/// The server's own code of an error when it is a plain word: anything else may quote the prompt.
fn code(body: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(body).ok()?;
    let code = value["error"]["code"].as_str().or_else(|| value["error"]["type"].as_str())?;
    let plain =
        code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    plain.then(|| code.to_owned())
}
