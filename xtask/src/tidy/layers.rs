//! Do crates import lower levels only?

use crate::source::root;
use serde_json::Value;
use std::process::Command;

/// Who may import whom; the table of `ARCHITECTURE.md`. Dev-dependencies count too.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("verosim-core", &[]),
    ("verosim-math", &[]),
    ("verosim-privacy", &["verosim-core", "verosim-math"]),
    ("verosim-data", &["verosim-core", "verosim-math"]),
    ("verosim-timeline", &["verosim-core", "verosim-math", "verosim-data"]),
    (
        "verosim-models",
        &["verosim-core", "verosim-math", "verosim-privacy", "verosim-data", "verosim-timeline"],
    ),
    (
        "verosim-neural",
        &["verosim-core", "verosim-math", "verosim-privacy", "verosim-data", "verosim-timeline"],
    ),
    ("verosim-nano", &[]),
    // Nano models are for its tests.
    ("verosim-llm", &["verosim-core", "verosim-math", "verosim-privacy", "verosim-data", "verosim-nano"]),
    ("verosim-eval", &["verosim-core", "verosim-math", "verosim-data", "verosim-timeline"]),
    (
        "verosim-engine",
        &[
            "verosim-core",
            "verosim-math",
            "verosim-privacy",
            "verosim-data",
            "verosim-timeline",
            "verosim-models",
            "verosim-neural",
            "verosim-llm",
            "verosim-eval",
        ],
    ),
    ("verosim", &["verosim-core", "verosim-engine", "verosim-nano"]),
    ("xtask", &[]),
];

/// Crates that only the named rooms may use.
const RESERVED: &[(&str, &[&str])] = &[
    ("arrow", &["verosim-data", "verosim-timeline"]),
    ("parquet", &["verosim-data", "verosim-timeline"]),
    ("clap", &["verosim"]),
    ("indicatif", &["verosim"]),
    ("candle-core", &["verosim-llm", "verosim-nano"]),
    ("candle-nn", &["verosim-llm", "verosim-nano"]),
    ("minijinja", &["verosim-llm"]),
    ("safetensors", &["verosim-llm", "verosim-models", "verosim-neural"]),
    ("reqwest", &["verosim-llm"]),
    ("tokio", &["verosim-llm"]),
    ("toml", &["verosim-data", "verosim-timeline", "verosim-engine", "verosim-eval"]),
];

pub(crate) fn check() -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output();
    let Some(metadata) = output.ok().and_then(|out| serde_json::from_slice::<Value>(&out.stdout).ok()) else {
        return vec!["`cargo metadata` gave nothing to check".into()];
    };
    let mut breaches = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(of, _)| *of == name) else {
            breaches.push(format!("crate `{name}` has no row in the layer table"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let on = dependency["name"].as_str().unwrap_or_default();
            let ours = MAY_IMPORT.iter().any(|(crate_name, _)| *crate_name == on);
            if ours && !allowed.contains(&on) {
                breaches.push(format!("`{name}` must not import `{on}`: arrows point to lower levels only"));
            }
            let reserved = RESERVED.iter().find(|(crate_name, _)| *crate_name == on);
            if reserved.is_some_and(|(_, rooms)| !rooms.contains(&name)) {
                breaches.push(format!("`{name}` must not import `{on}`: it is reserved to other rooms"));
            }
        }
    }
    breaches
}
