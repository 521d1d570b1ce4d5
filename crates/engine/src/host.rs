//! What does a run know about the machine, told by whoever may ask it?

/// The clock and the machine. Libraries read neither; the program hands them in.
pub struct Host<'a> {
    /// Seconds since any fixed moment.
    pub clock: &'a (dyn Fn() -> f64 + Sync),
    /// The day, as `2026-11-23`.
    pub today: String,
    /// Cores that may be used.
    pub threads: usize,
    /// Release of the program.
    pub version: &'static str,
}

impl Host<'static> {
    /// A machine whose clock stands still: for tests and for output that must not depend on time.
    #[must_use]
    pub fn still() -> Self {
        Self { clock: &|| 0.0, today: "1970-01-01".into(), threads: 1, version: env!("CARGO_PKG_VERSION") }
    }
}
