//! How are words put on standard error, and results on standard output?

use std::io::Write as _;

/// What went wrong.
pub(crate) fn error(message: &str) {
    line(&format!("error: {message}"));
}

/// What to do about it.
pub(crate) fn hint(message: &str) {
    line(&format!("hint: {message}"));
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
