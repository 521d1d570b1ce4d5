//! Which chores does the workspace check by itself?
//!
//! `cargo run -p xtask -- tidy` checks what the compiler cannot; `tidy --sizes` prints the largest files.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a developer's command line tool")]

mod source;
mod tidy;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tidy"] => tidy::run(),
        ["tidy", "--sizes"] => tidy::sizes(),
        _ => {
            eprintln!("usage: cargo run -p xtask -- tidy [--sizes]");
            ExitCode::from(2)
        }
    }
}
