//! Where do language models come from: a server, a file, a recording, or a small statistical stand-in?

#[cfg(feature = "http")]
mod http;
#[cfg(feature = "local")]
mod local;
mod mock;
mod open;
mod transcript;
#[cfg(any(feature = "http", feature = "local"))]
mod wording;

#[cfg(feature = "http")]
pub use http::HttpModel;
pub use mock::Mock;
pub use open::{Opened, open};
pub use transcript::{Recorder, Replay, TRANSCRIPT_VERSION, goes_on};

/// How a model is reached, beyond its name.
#[derive(Clone)]
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
    /// Wait before the first of them, where the server names none.
    pub first_wait: std::time::Duration,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            key: None,
            timeout_s: 300,
            concurrency: 8,
            per_minute: None,
            retries: 5,
            first_wait: std::time::Duration::from_millis(500),
        }
    }
}

impl std::fmt::Debug for Access {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("has_key", &self.key.is_some())
            .field("timeout_s", &self.timeout_s)
            .field("concurrency", &self.concurrency)
            .field("per_minute", &self.per_minute)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}
