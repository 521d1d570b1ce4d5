//! Which rules are built in?
//!
//! They are data: `rules/*.toml`, each with its version and its sources.

use crate::constrain::{RuleText, Severity};
use serde::Deserialize;
use std::sync::OnceLock;

/// A rule that speaks of concepts, and the version of its file.
#[derive(Clone, Debug)]
pub struct Template {
    /// The rule.
    pub rule: RuleText,
    /// Day of the file it stands in.
    pub version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    #[serde(default)]
    rule: Vec<RuleText>,
    #[serde(default)]
    bounds: Vec<Bounds>,
}

/// Between which values a number lies; outside of the outermost bounds no person is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    concept: String,
    impossible: Option<[f64; 2]>,
    implausible: Option<[f64; 2]>,
    unusual: Option<[f64; 2]>,
    source: String,
}

/// The rules that are built in, by file and in the order of the file.
#[must_use]
pub fn library() -> &'static [Template] {
    static RULES: OnceLock<Vec<Template>> = OnceLock::new();
    RULES.get_or_init(|| {
        let files = [
            include_str!("../../../rules/codes.toml"),
            include_str!("../../../rules/body.toml"),
            include_str!("../../../rules/course.toml"),
        ];
        let mut templates = Vec::new();
        for text in files {
            let file: File = toml::from_str(text).expect("the files are constants that the tests read");
            let rules = file.bounds.iter().flat_map(Bounds::rules).chain(file.rule);
            templates.extend(rules.map(|rule| Template { rule, version: file.version.clone() }));
        }
        templates
    })
}

impl Bounds {
    fn rules(&self) -> impl Iterator<Item = RuleText> + '_ {
        let each = [
            (Severity::Impossible, self.impossible),
            (Severity::Implausible, self.implausible),
            (Severity::Unusual, self.unusual),
        ];
        each.into_iter().filter_map(|(severity, bounds)| {
            let [low, high] = bounds?;
            let concept = super::Concept::named(&self.concept)?;
            let unit = concept.units.first().filter(|unit| !["1", "points"].contains(&unit.name.as_str()));
            let unit = unit.map_or_else(String::new, |unit| format!(" {}", unit.name));
            Some(RuleText {
                id: format!("range.{}-{}", self.concept.replace('_', "-"), severity.word()),
                severity,
                words: format!("{} lies between {low} and {high}{unit}", concept.words),
                source: Some(self.source.clone()),
                never: Some(format!("{0} < {low} or {0} > {high}", self.concept)),
                when: None,
                then: None,
            })
        })
    }
}
