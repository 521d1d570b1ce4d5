//! How is any OpenAI-compatible server asked: Ollama, llama.cpp, vLLM, transformers, hosted services?
//!
//! One client for all. What a server cannot do is found out by its refusals and remembered; nothing is trusted that it
//! answers, because every reply is checked again by whoever asked.

mod ability;
mod address;
mod body;
mod pace;
mod reply;
#[cfg(test)]
mod scripted;
mod talk;
#[cfg(test)]
mod tests;

use super::Access;
use address::Address;
use std::sync::Arc;
use std::time::Duration;
use talk::Line;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use verosim_core::{Context, LanguageModel, ModelError, Place, Reply, Request};

/// How often a person's wish to stop is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// A model behind an address.
pub struct HttpModel {
    runtime: Runtime,
    line: Arc<Line>,
}

impl HttpModel {
    /// A model at `http://host:port/v1#name`; without a name, the first that the server lists. Nothing is sent here.
    ///
    /// # Errors
    /// [`ModelError::Unknown`] when the address does not read.
    pub fn open(address: &str, access: &Access) -> Result<Self, ModelError> {
        let address = Address::parse(address)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| ModelError::Unusable { why: format!("no sockets here ({})", error.kind()) })?;
        Ok(Self { runtime, line: Arc::new(Line::new(address, access.clone())?) })
    }
}

impl std::fmt::Debug for HttpModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpModel").field("host", &self.line.address.place.host()).finish_non_exhaustive()
    }
}

impl LanguageModel for HttpModel {
    fn name(&self) -> String {
        self.line.address.model.clone().unwrap_or_else(|| self.line.address.place.host().to_owned())
    }

    fn place(&self) -> Place {
        self.line.address.place.clone()
    }

    fn complete_all(&self, requests: &[Request], ctx: Context<'_>) -> Vec<Result<Reply, ModelError>> {
        let mut answers: Vec<Option<Result<Reply, ModelError>>> = requests.iter().map(|_| None).collect();
        let stopped = self.runtime.block_on(async {
            let mut work = JoinSet::new();
            for (at, request) in requests.iter().enumerate() {
                let (line, request) = (Arc::clone(&self.line), request.clone());
                work.spawn(async move { (at, line.ask(&request).await) });
            }
            loop {
                if let Err(reason) = ctx.stop.check() {
                    work.abort_all();
                    return Some(reason);
                }
                match tokio::time::timeout(LOOK, work.join_next()).await {
                    Ok(Some(Ok((at, answer)))) => answers[at] = Some(answer),
                    Ok(Some(Err(_))) | Err(_) => {}
                    Ok(None) => return None,
                }
            }
        });
        let unanswered = || match stopped {
            Some(reason) => Err(ModelError::Interrupted(reason)),
            None => Err(ModelError::BadReply { why: "the client failed".into() }),
        };
        answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect()
    }
}
