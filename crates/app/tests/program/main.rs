//! Does the program as a whole do what its help says? Each test runs the binary as a person would.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod canary;
mod feature;
mod garbage;
mod help;
mod language;
#[cfg(feature = "local")]
mod local;
mod precedence;
#[cfg(feature = "http")]
mod proxy;
mod regression;
mod resume;
#[cfg(all(feature = "http", feature = "local"))]
mod servers;
mod session;
mod threads;
mod wording;
