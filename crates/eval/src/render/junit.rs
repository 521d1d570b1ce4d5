//! How do pipelines hear what passed?

use super::words::escaped;
use crate::Card;
use crate::card::Outcome;
use std::fmt::Write as _;

/// Gates as JUnit XML: one suite for each question of the verdict and one for the policy, one case for each gate. A
/// gate that fails is a failure, one that could not be assessed is skipped, a warning passes and says so.
#[must_use]
pub fn junit(card: &Card) -> String {
    let mut suites: Vec<(String, Vec<Case>)> = Vec::new();
    for verdict in &card.verdicts {
        let gates = verdict.gates.iter();
        let cases = gates.map(|(id, outcome, rule)| Case::new(id, *outcome, rule, &verdict.sentence));
        suites.push((verdict.question.clone(), cases.collect()));
    }
    if let Some(policy) = &card.policy {
        let cases = policy.gates.iter().map(|gate| {
            let outcome = if gate.fails { Outcome::Fail } else { gate.outcome };
            Case::new(&gate.what, outcome, &gate.rule, &gate.found)
        });
        suites.push((format!("policy {}", policy.id), cases.collect()));
    }
    let count = |cases: &[Case], outcome| cases.iter().filter(|case| case.outcome == outcome).count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"verosim\">\n");
    for (name, cases) in &suites {
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
            escaped(name),
            cases.len(),
            count(cases, Outcome::Fail),
            count(cases, Outcome::NotAssessable)
        );
        for case in cases {
            case.write(&mut xml, name);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

struct Case {
    name: String,
    outcome: Outcome,
    rule: String,
    found: String,
}

impl Case {
    fn new(name: &str, outcome: Outcome, rule: &str, found: &str) -> Self {
        Self { name: name.to_owned(), outcome, rule: rule.to_owned(), found: found.to_owned() }
    }

    fn write(&self, xml: &mut String, suite: &str) {
        let (rule, found) = (escaped(&self.rule), escaped(&self.found));
        let inside = match self.outcome {
            Outcome::Pass => format!("<system-out>{found}</system-out>"),
            Outcome::Warn => format!("<system-out>warning: {rule}: {found}</system-out>"),
            Outcome::Fail => format!("<failure message=\"{rule}\">{found}</failure>"),
            Outcome::NotAssessable => format!("<skipped message=\"{found}\"/>"),
        };
        let _ = writeln!(
            xml,
            "    <testcase classname=\"{}\" name=\"{}: {rule}\">{inside}</testcase>",
            escaped(suite),
            escaped(&self.name)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Verdict;

    #[test]
    fn each_outcome_has_its_element_and_hostile_text_is_escaped() {
        let gate = |outcome| ("re.x".to_owned(), outcome, "a < b & \"c\"".to_owned());
        let gates =
            vec![gate(Outcome::Pass), gate(Outcome::Warn), gate(Outcome::Fail), gate(Outcome::NotAssessable)];
        let verdict =
            Verdict { question: "realism".into(), outcome: Outcome::Fail, sentence: "s<1>".into(), gates };
        let xml = junit(&Card { verdicts: vec![verdict], ..Card::default() });
        assert!(
            xml.contains("<testsuite name=\"realism\" tests=\"4\" failures=\"1\" skipped=\"1\">"),
            "{xml}"
        );
        assert_eq!(xml.matches("<failure ").count(), 1);
        assert_eq!(xml.matches("<skipped ").count(), 1);
        assert!(!xml.contains("a < b") && xml.contains("a &lt; b &amp; &quot;c&quot;"));
    }
}
