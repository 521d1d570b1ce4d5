//! Does each gate read what it says, and does nonsense go nowhere?

use super::*;
use crate::card::{Reading, Verdict};
use verosim_core::Interval;

/// A card with one figure, 0.9 (0.8 to 0.95) under a ceiling of 1, and a verdict on privacy.
fn card(privacy: Outcome) -> Card {
    let interval = Some(Interval { low: 0.8, high: 0.95, level: 0.95 });
    let reading = |value: f64, interval| Some(Reading { value, interval, n: 100 });
    let entry = Entry {
        id: "re.acc1".into(),
        name: String::new(),
        family: String::new(),
        question: String::new(),
        direction: "higher".into(),
        unit: String::new(),
        status: Status::Ok,
        reason: None,
        reading: reading(0.9, interval),
        ceiling: reading(1.0, None),
        floor: None,
        position: Some(0.7),
        method: String::new(),
        parts: vec![("worst".into(), 0.5)],
        seconds: 0.0,
    };
    let verdict =
        Verdict { question: "privacy".into(), outcome: privacy, sentence: "s".into(), gates: Vec::new() };
    Card { entries: vec![entry], verdicts: vec![verdict], ..Card::default() }
}

fn policy(lines: &str) -> Result<Policy, PolicyError> {
    Policy::from_toml(&format!(
        "version = 1\nid = 'p'\nwords = 'w'\n[[gate]]\norigin = 'ours'\nmetric = 're.acc1'\n{lines}"
    ))
}

#[test]
fn each_end_of_a_figure_is_held_against_its_own_threshold() {
    let outcome = |lines: &str| policy(lines).unwrap().judge(&card(Outcome::Pass)).outcome;
    assert_eq!(outcome("at_least = 0.9"), Outcome::Pass);
    assert_eq!(outcome("at_least = 0.91"), Outcome::Fail);
    assert_eq!(outcome("at_least = 0.91\nwarn = 0.85"), Outcome::Warn);
    assert_eq!(outcome("read = 'low'\nat_least = 0.85"), Outcome::Fail);
    assert_eq!(outcome("read = 'high'\nat_most = 0.95"), Outcome::Pass);
    assert_eq!(outcome("read = 'high'\nat_most = 0.9\nwarn = 0.96"), Outcome::Warn);
    assert_eq!(outcome("read = 'position'\nat_least = 0.8"), Outcome::Fail);
    assert_eq!(outcome("read = 'of-ceiling'\nat_least = 0.9"), Outcome::Pass);
    assert_eq!(outcome("part = 'worst'\nat_least = 0.6"), Outcome::Fail);
    assert_eq!(outcome("part = 'nowhere'\nat_least = 0.6"), Outcome::NotAssessable);
    assert_eq!(outcome("part = 'nowhere'\nat_least = 0.6\nmust_know = true"), Outcome::Fail);
}

#[test]
fn a_question_that_nobody_answered_fails_where_it_must_be_known() {
    let asked = |must_know: &str| {
        let text = format!("version = 1\nid = 'p'\nwords = 'w'\nquestions = ['privacy']\n{must_know}");
        Policy::from_toml(&text).unwrap()
    };
    let (strict, lenient) = (asked("must_know = ['privacy']"), asked(""));
    let outcome = |policy: &Policy, privacy| policy.judge(&card(privacy)).outcome;
    assert_eq!(outcome(&strict, Outcome::Pass), Outcome::Pass);
    assert_eq!(outcome(&strict, Outcome::NotAssessable), Outcome::Fail);
    assert_eq!(outcome(&lenient, Outcome::NotAssessable), Outcome::NotAssessable);
    assert_eq!(outcome(&lenient, Outcome::Fail), Outcome::Fail);
}

#[test]
fn policies_that_make_no_sense_are_refused() {
    assert_eq!(policy(""), Err(PolicyError::Threshold { metric: "re.acc1".into() }));
    assert_eq!(policy("at_least = 1\nat_most = 2"), Err(PolicyError::Threshold { metric: "re.acc1".into() }));
    assert_eq!(policy("at_least = 0.9\nwarn = 0.95"), Err(PolicyError::Order { metric: "re.acc1".into() }));
    assert_eq!(policy("at_most = nan"), Err(PolicyError::Order { metric: "re.acc1".into() }));
    let partial = policy("part = 'worst'\nread = 'low'\nat_most = 1");
    assert_eq!(partial, Err(PolicyError::PartEnd { metric: "re.acc1".into() }));
    assert!(matches!(policy("least = 0.9"), Err(PolicyError::Unread { .. })));
    let question = "version = 1\nid = 'p'\nwords = 'w'\nquestions = ['privicy']";
    let error = Policy::from_toml(question).unwrap_err();
    assert_eq!(verosim_core::Hint::hint(&error).as_deref(), Some("did you mean `privacy`?"));
}

#[test]
fn every_purpose_has_a_policy_that_reads_and_bears_its_name() {
    for (id, _) in PURPOSES {
        assert_eq!(Policy::of_purpose(id).unwrap().id, id);
    }
    let error = Policy::of_purpose("open-relaese").unwrap_err();
    assert_eq!(verosim_core::Hint::hint(&error).as_deref(), Some("did you mean `open-release`?"));
}

/// Of a policy with gates of both kinds, each card meets those of its own.
#[test]
fn gates_of_tables_and_of_records_do_not_mix() {
    let both =
        policy("at_least = 0.91\n[[gate]]\norigin = 'ours'\nmetric = 'lo.uni'\nat_least = 0.5").unwrap();
    let tables = card(Outcome::Pass);
    let mut records = card(Outcome::Pass);
    records.entries[0].id = "lo.uni".into();
    assert_eq!((both.judge(&tables).outcome, both.judge(&records).outcome), (Outcome::Fail, Outcome::Pass));
    assert_eq!(both.judge(&records).gates.len(), 1);
}
