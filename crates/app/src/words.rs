//! How are words put on standard error, and results on standard output?

use crate::exit::Exit;
use std::io::Write as _;

/// How a command failed.
pub(crate) struct Failure {
    /// What, where and how many.
    pub(crate) message: String,
    /// The next step.
    pub(crate) hint: Option<String>,
    /// How the program ends.
    pub(crate) exit: Exit,
}

/// Tells a failure: two lines for people, one JSON object for machines.
pub(crate) fn failure(failure: &Failure, json: bool) -> Exit {
    let Failure { message, hint, exit } = failure;
    if json {
        let object = serde_json::json!({ "error": message, "hint": hint, "exit": *exit as u8 });
        line(&object.to_string());
    } else {
        line(&format!("error: {message}"));
        if let Some(hint) = hint {
            line(&format!("hint: {hint}"));
        }
    }
    *exit
}

/// Something a person may want to know.
pub(crate) fn note(message: &str) {
    line(message);
}

/// A result, on standard output. A reader that went away is no error.
pub(crate) fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
}

fn line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
