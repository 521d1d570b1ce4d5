//! Are dependencies justified, licences present and the standing documents there?

use crate::source::root;
use std::fs;

/// Documents that the project promises, each with a phrase that it must contain.
const DOCUMENTS: &[(&str, &str)] = &[
    ("README.md", "Who should not use"),
    ("ARCHITECTURE.md", "Invariants"),
    ("CONTRIBUTING.md", "cargo run -p xtask -- tidy"),
    ("STYLE.md", "One room per idea"),
    ("GLOSSARY.md", "subject"),
    ("CHANGELOG.md", "### Values"),
    ("LICENSE-MIT", "Permission is hereby granted"),
    ("LICENSE-APACHE", "Apache License"),
];

pub(crate) fn check() -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, phrase) in DOCUMENTS {
        match fs::read_to_string(root().join(name)) {
            Ok(text) if text.contains(phrase) => {}
            Ok(_) => breaches.push(format!("{name}: lost its `{phrase}`")),
            Err(_) => breaches.push(format!("{name}: missing")),
        }
    }
    let reasons = fs::read_to_string(root().join("docs/dependencies.md")).unwrap_or_default();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap_or_default();
    let table = manifest.split("[workspace.dependencies]").nth(1).unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    for line in table.lines() {
        let Some((name, _)) = line.split_once(" = ") else { continue };
        if !name.starts_with("verosim") && !reasons.contains(&format!("| `{name}` |")) {
            breaches.push(format!("docs/dependencies.md: no line for `{name}`"));
        }
    }
    if fs::read_dir(root().join("docs/decisions")).map_or(0, Iterator::count) == 0 {
        breaches.push("docs/decisions: empty".into());
    }
    breaches
}
