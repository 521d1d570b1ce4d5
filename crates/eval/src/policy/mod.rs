//! Is it good enough for this purpose?
//!
//! A policy says before anything is drawn which questions of the verdict strip must not fail and which figures must reach
//! which threshold, each with the origin of the threshold.

mod error;
#[cfg(test)]
mod tests;
mod written;

pub use error::PolicyError;
pub use written::{End, GateText, POLICY_VERSION, Policy};

use crate::METRICS;
use crate::card::{Card, Entry, GateResult, Outcome, PolicyResult, Status};
use crate::timeline::TIMELINE_METRICS;

/// Questions of the verdict strip.
pub const QUESTIONS: [&str; 6] = ["realism", "utility", "privacy", "diversity", "equity", "clinical sense"];

/// Policies by purpose: id and file.
pub const PURPOSES: [(&str, &str); 6] = [
    ("software-test", include_str!("purposes/software-test.toml")),
    ("education", include_str!("purposes/education.toml")),
    ("method-development", include_str!("purposes/method-development.toml")),
    ("augmentation", include_str!("purposes/augmentation.toml")),
    ("pre-study", include_str!("purposes/pre-study.toml")),
    ("open-release", include_str!("purposes/open-release.toml")),
];

impl Policy {
    /// The policy of a purpose.
    ///
    /// # Errors
    /// [`PolicyError::Unknown`].
    pub fn of_purpose(id: &str) -> Result<Self, PolicyError> {
        let known = PURPOSES.iter().find(|(known, _)| *known == id);
        let (_, text) = known.ok_or_else(|| PolicyError::Unknown { found: id.to_owned() })?;
        Self::from_toml(text)
    }

    /// Holds a card against the policy.
    #[must_use]
    pub fn judge(&self, card: &Card) -> PolicyResult {
        let questions = self.questions.iter().map(|question| {
            let found = card.verdicts.iter().find(|verdict| verdict.question == *question);
            let outcome = found.map_or(Outcome::NotAssessable, |verdict| verdict.outcome);
            let sentence = found.map_or("no metric of it was computed".to_owned(), |v| v.sentence.clone());
            GateResult {
                what: question.clone(),
                outcome,
                fails: fails(outcome, self.must_know.contains(question)),
                rule: "the verdict is no failure".into(),
                found: sentence,
            }
        });
        // A policy speaks of tables and of records; a card has the figures of one of them.
        let of_records = card.entries.iter().any(|entry| is_of_records(&entry.id));
        let gates = self.gates.iter().filter(|gate| is_of_records(&gate.metric) == of_records);
        let gates = gates.map(|gate| result(gate, card));
        let gates: Vec<GateResult> = questions.chain(gates).collect();
        let any = |wanted: &dyn Fn(&GateResult) -> bool| gates.iter().any(wanted);
        let outcome = if any(&|gate| gate.fails) {
            Outcome::Fail
        } else if any(&|gate| gate.outcome == Outcome::Warn) {
            Outcome::Warn
        } else if gates.iter().all(|gate| gate.outcome == Outcome::NotAssessable) {
            Outcome::NotAssessable
        } else {
            Outcome::Pass
        };
        PolicyResult { id: self.id.clone(), words: self.words.clone(), outcome, gates }
    }
}

/// Ids of all metrics.
fn metrics() -> impl Iterator<Item = &'static str> {
    let of_records = TIMELINE_METRICS.iter().map(|metric| metric.info().id);
    METRICS.iter().map(|metric| metric.info().id).chain(of_records)
}

/// Whether a metric is of patient records and not of tables.
fn is_of_records(metric: &str) -> bool {
    TIMELINE_METRICS.iter().any(|known| known.info().id == metric)
}

fn fails(outcome: Outcome, must_know: bool) -> bool {
    outcome == Outcome::Fail || must_know && outcome == Outcome::NotAssessable
}

fn result(gate: &GateText, card: &Card) -> GateResult {
    let entry = card.entries.iter().find(|entry| entry.id == gate.metric);
    let value = entry.and_then(|entry| read(gate, entry));
    let outcome = value.map_or(Outcome::NotAssessable, |value| outcome(gate, value));
    let found = match (value, entry) {
        (Some(value), _) => format!("{value:.4}"),
        (None, Some(Entry { reason: Some(reason), status: Status::NotApplicable | Status::Failed, .. })) => {
            reason.clone()
        }
        (None, Some(_)) => "this figure has no such end or part here".into(),
        (None, None) => "not computed at this preset".into(),
    };
    GateResult {
        what: gate.part.as_ref().map_or(gate.metric.clone(), |part| format!("{} {part}", gate.metric)),
        outcome,
        fails: fails(outcome, gate.must_know),
        rule: gate.rule(),
        found,
    }
}

fn read(gate: &GateText, entry: &Entry) -> Option<f64> {
    if let Some(part) = &gate.part {
        return entry.parts.iter().find(|(name, _)| name == part).map(|(_, value)| *value);
    }
    let reading = entry.reading?;
    match gate.read {
        End::Value => Some(reading.value),
        End::Low => reading.interval.map(|interval| interval.low),
        End::High => reading.interval.map(|interval| interval.high),
        End::Position => entry.position,
        End::OfCeiling => {
            let ceiling = entry.ceiling?.value;
            (ceiling.abs() > 1e-9).then(|| reading.value / ceiling)
        }
    }
}

fn outcome(gate: &GateText, value: f64) -> Outcome {
    let (threshold, sign) = match (gate.at_most, gate.at_least) {
        (Some(most), _) => (most, 1.0),
        (None, least) => (least.unwrap_or(f64::INFINITY), -1.0),
    };
    let beyond = |limit: f64| sign * (value - limit) > 0.0;
    match gate.warn {
        _ if !beyond(threshold) => Outcome::Pass,
        Some(warn) if !beyond(warn) => Outcome::Warn,
        _ => Outcome::Fail,
    }
}
