//! Which model does a text such as `http://localhost:8080/v1#llama` or `mock:` name?

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
