//! Is each file one idea, with a question at its top and a name from the domain?

use crate::source::Source;

/// Longest file, in lines before its tests, that needs no reason.
const GAUGE: usize = 600;
/// How a longer file gives its reason in its opening comment.
const REASON: &str = "One idea over the gauge:";
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "helper", "common", "misc"];

pub(crate) fn check(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources {
        let path = &source.path;
        if !source.text.starts_with("//!") {
            breaches.push(format!("{path}: opens without a `//!` line that says which question it answers"));
        }
        let lines = source.impl_lines();
        let opening = || source.text.lines().take_while(|line| line.starts_with("//!"));
        if lines > GAUGE && !source.is_test() && !opening().any(|line| line.contains(REASON)) {
            breaches
                .push(format!("{path}: {lines} lines, over {GAUGE}; split it or write `//! {REASON} ...`"));
        }
        let parts = path.trim_end_matches(".rs").split('/');
        for part in parts {
            if EMPTY_NAMES.contains(&part) {
                breaches.push(format!("{path}: `{part}` names nothing of the domain"));
            }
        }
        for (at, line) in source.text.lines().enumerate() {
            let own_rule = path == "xtask/src/tidy/files.rs";
            if !own_rule && ["/work/", "/root/", "/home/"].iter().any(|folder| line.contains(folder)) {
                breaches.push(format!("{path}:{}: a path of somebody's machine", at + 1));
            }
        }
    }
    breaches
}
