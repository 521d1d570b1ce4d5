//! Does the program as a whole do what its help says? Each test runs the binary as a person would.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod canaries;
mod canary;
mod engines;
#[cfg(feature = "http")]
mod faults;
mod feature;
mod formal;
mod garbage;
mod help;
mod impute;
mod judging;
mod language;
mod lives;
#[cfg(feature = "local")]
mod local;
mod precedence;
mod probe;
#[cfg(feature = "http")]
mod proxy;
mod records;
mod regression;
mod resume;
mod rules;
#[cfg(all(feature = "http", feature = "local"))]
mod servers;
mod session;
mod steering;
mod studies;
mod tables;
mod threads;
mod wording;
