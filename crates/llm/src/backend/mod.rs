//! Where do language models come from: a server, a file, a recording, or a small statistical stand-in?

mod mock;
mod open;
mod transcript;

pub use mock::Mock;
pub use open::{Opened, open};
pub use transcript::{Recorder, Replay, TRANSCRIPT_VERSION};

/// How a model is reached, beyond its name.
#[derive(Clone, Debug)]
pub struct Access {
    /// Key of the service; comes from the environment, and goes nowhere but into the request's header.
    pub key: Option<String>,
    /// Most seconds that one request may take.
    pub timeout_s: u64,
    /// Requests in flight at once.
    pub concurrency: usize,
    /// Most requests per minute; no limit when `None`.
    pub per_minute: Option<u32>,
    /// Further tries after a failure that may pass.
    pub retries: u32,
}

impl Default for Access {
    fn default() -> Self {
        Self { key: None, timeout_s: 300, concurrency: 8, per_minute: None, retries: 5 }
    }
}
