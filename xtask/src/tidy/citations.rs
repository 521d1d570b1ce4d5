//! Does every citation in code and pages resolve in `REFERENCES.bib`?

use crate::source::{Source, root};
use std::collections::BTreeSet;
use std::fs;

pub(crate) fn check(sources: &[Source]) -> Vec<String> {
    let bibliography = fs::read_to_string(root().join("REFERENCES.bib")).unwrap_or_default();
    let known: BTreeSet<&str> = bibliography
        .lines()
        .filter_map(|line| line.strip_prefix('@')?.split_once('{')?.1.strip_suffix(','))
        .collect();
    let mut breaches = Vec::new();
    if known.is_empty() {
        breaches.push("REFERENCES.bib: no entry".into());
    }
    for source in sources.iter().filter(|source| source.room() != "xtask") {
        for (at, key) in cited(&source.text) {
            if !known.contains(key) {
                breaches.push(format!("{}:{at}: `{key}` is not in REFERENCES.bib", source.path));
            }
        }
    }
    breaches
}

/// Keys inside `Citation("key")`, and the strings of the lists of an engine page's `sources: &[...]`.
fn cited(text: &str) -> Vec<(usize, &str)> {
    let mut keys = Vec::new();
    let mut in_sources = false;
    for (at, line) in text.lines().enumerate() {
        for piece in line.split("Citation(\"").skip(1) {
            keys.extend(piece.split_once('"').map(|(key, _)| (at + 1, key)));
        }
        in_sources |= line.contains("sources: &[") && !line.contains("Citation");
        if in_sources && !line.contains("Citation(") {
            keys.extend(line.split('"').skip(1).step_by(2).map(|key| (at + 1, key)));
        }
        if line.contains(']') {
            in_sources = false;
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::cited;

    #[test]
    fn both_shapes_of_citation_are_seen() {
        let text =
            "a: &[Citation(\"x2001\"), Citation(\"y2002\")],\nsources: &[\n    \"z2003\",\n],\nb: \"no\"";
        assert_eq!(cited(text), [(1, "x2001"), (1, "y2002"), (3, "z2003")]);
    }
}
