//! What does a run know about the machine, told by whoever may ask it?

use serde::{Deserialize, Serialize};

/// The clock and the machine. Libraries read neither; the program hands them in.
pub struct Host<'a> {
    /// Seconds since any fixed moment.
    pub clock: &'a (dyn Fn() -> f64 + Sync),
    /// The day, as `2026-11-23`.
    pub today: String,
    /// Release of the program.
    pub version: &'static str,
    /// What the manifest says about the machine.
    pub machine: Machine,
}

/// A machine in a few words; nothing that names its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system: `linux`.
    pub system: String,
    /// Processor family: `x86_64`.
    pub architecture: String,
    /// Cores that may be used.
    pub threads: usize,
}

impl Host<'static> {
    /// A machine whose clock stands still: for tests and for output that must not depend on time.
    #[must_use]
    pub fn still() -> Self {
        Self {
            clock: &|| 0.0,
            today: "1970-01-01".into(),
            version: env!("CARGO_PKG_VERSION"),
            machine: Machine { threads: 1, ..Machine::default() },
        }
    }
}
