//! Do files, sockets, the clock and the environment stay behind their named doors?

use crate::source::Source;

/// What is watched, and the rooms (or single files) that may use it.
const DOORS: &[(&str, &[&str])] = &[
    (
        "std::fs",
        &[
            "crates/data/src/io/",
            "crates/timeline/src/shape/",
            "crates/timeline/src/store/",
            "crates/llm/src/backend/",
            "crates/engine/",
            "crates/app/",
            "crates/nano/",
            "xtask/",
        ],
    ),
    ("std::net", &["crates/llm/src/backend/"]),
    ("std::env", &["crates/app/", "crates/nano/", "xtask/"]),
    ("std::process", &["crates/app/", "crates/engine/src/study/peer.rs", "crates/nano/", "xtask/"]),
    ("SystemTime", &["crates/app/"]),
    ("thread_rng", &[]),
    ("rand::rng()", &[]),
    ("Instant::now", &["crates/app/", "crates/eval/src/judge/clock.rs", "crates/llm/src/backend/"]),
];

pub(crate) fn check(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        if source.path == "xtask/src/tidy/doors.rs" {
            continue;
        }
        for (at, line) in source.text.lines().take(source.impl_lines()).enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for (word, rooms) in DOORS {
                if code.contains(word) && !rooms.iter().any(|room| source.path.starts_with(room)) {
                    breaches.push(format!("{}:{}: `{word}` outside its door", source.path, at + 1));
                }
            }
        }
    }
    for room in ["core", "math"] {
        for source in sources.iter().filter(|source| source.room() == room && !source.is_test()) {
            if source.text.contains("std::io") {
                breaches.push(format!("{}: `{room}` does no input or output", source.path));
            }
        }
    }
    breaches
}
