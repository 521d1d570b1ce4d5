//! What is the verdict on lives, and which rule decided?

use super::metrics::{COPIES, EXCESS};
use crate::card::{Attack, Entry, Outcome, Reading, Verdict};

/// Holdout people below which membership cannot be judged.
const LEAST_PEOPLE: usize = 200;

/// The verdict strip: realism, utility, privacy, clinical sense.
pub(super) fn verdicts(entries: &[Entry], attacks: &[Attack], n_holdout: usize) -> Vec<Verdict> {
    let find = |id: &str| entries.iter().find(|entry| entry.id == id);
    [
        realism(find("lo.c2st"), [find("lo.bi"), find("lo.seqbi")]),
        utility(find("lo.next")),
        Some(privacy([find("pd.life"), find("pd.run")], attacks, n_holdout)),
        clinical([find("cl.codes"), find("cl.times")]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn verdict(question: &str, gates: Vec<(String, Outcome, String)>, sentence: String) -> Verdict {
    let outcome = gates.iter().map(|gate| gate.1).filter(|outcome| *outcome != Outcome::NotAssessable).max();
    Verdict { question: question.into(), outcome: outcome.unwrap_or(Outcome::NotAssessable), sentence, gates }
}

fn ends(reading: Reading) -> (f64, f64) {
    reading.interval.map_or((reading.value, reading.value), |interval| (interval.low, interval.high))
}

fn realism(c2st: Option<&Entry>, pairs: [Option<&Entry>; 2]) -> Option<Verdict> {
    let mut gates = Vec::new();
    let mut words = Vec::new();
    if let Some((entry, reading)) = c2st.and_then(|entry| Some((entry, entry.reading?))) {
        let allowed = entry.ceiling.map_or(0.5, |ceiling| ends(ceiling).1).max(0.5);
        let outcome = match reading.value {
            value if value <= 0.60 || value <= allowed => Outcome::Pass,
            value if value <= 0.75 || ends(reading).0 <= allowed => Outcome::Warn,
            _ => Outcome::Fail,
        };
        let rule = "pass up to 0.60 or what real people score, warn up to 0.75 (our threshold)";
        gates.push((entry.id.clone(), outcome, rule.to_owned()));
        words.push(format!("a classifier tells synthetic from real lives with AUC {:.2}", reading.value));
    }
    for (entry, position) in pairs.into_iter().flatten().filter_map(|entry| Some((entry, entry.position?))) {
        let outcome = at_least(position, 0.85, 0.6);
        let rule = "pass from 0.85 of the way from codes dealt out anew to real people, warn from 0.6 (our threshold)";
        gates.push((entry.id.clone(), outcome, rule.to_owned()));
        words.push(format!(
            "{} come {:.0} % of the way from chance to real people",
            entry.name.to_lowercase(),
            100.0 * position.clamp(0.0, 1.0)
        ));
    }
    (!gates.is_empty()).then(|| verdict("realism", gates, words.join("; ")))
}

fn at_least(value: f64, pass: f64, warn: f64) -> Outcome {
    match value {
        value if value >= pass => Outcome::Pass,
        value if value >= warn => Outcome::Warn,
        _ => Outcome::Fail,
    }
}

fn utility(next: Option<&Entry>) -> Option<Verdict> {
    let next = next?;
    let rule = "pass from 0.90 recovered, warn from 0.75 (our threshold)".to_owned();
    let Some(reading) = next.reading else {
        let reason = next.reason.clone().unwrap_or_default();
        let gates = vec![(next.id.clone(), Outcome::NotAssessable, rule)];
        return Some(verdict("utility", gates, format!("not assessed: {reason}")));
    };
    let outcome = match reading.value {
        value if value >= 0.9 => Outcome::Pass,
        value if value >= 0.75 || ends(reading).1 >= 0.9 => Outcome::Warn,
        _ => Outcome::Fail,
    };
    let words = format!(
        "models learned on synthetic lives recover {:.0} % of what real lives teach of the next visit",
        100.0 * reading.value
    );
    Some(verdict("utility", vec![(next.id.clone(), outcome, rule)], words))
}

fn privacy([nearer, runs]: [Option<&Entry>; 2], attacks: &[Attack], n_holdout: usize) -> Verdict {
    let mut gates = Vec::new();
    let mut words = Vec::new();
    for (entry, reading) in
        [nearer, runs].into_iter().flatten().filter_map(|entry| Some((entry, entry.reading?)))
    {
        let outcome = at_least(-ends(reading).0, -0.55, -0.60);
        let rule = "the lower end of the share nearer to training people is at most 0.55 (warn above, fail above 0.60)";
        gates.push((entry.id.clone(), outcome, rule.to_owned()));
    }
    let part = |name: &str| {
        let parts = runs.map(|entry| &entry.parts[..]).unwrap_or_default();
        parts.iter().find(|(part, _)| part == name).map(|(_, value)| *value)
    };
    if let (Some(copies), Some(excess)) = (part(COPIES), part(EXCESS)) {
        let outcome = if excess > 0.0 { Outcome::Fail } else { Outcome::Pass };
        let rule = "no excess of copied lives: the lower end of the share of training lives that come out again, minus that of \
                    holdout lives, is at most 0";
        gates.push(("pd.run".into(), outcome, rule.to_owned()));
        words.push(format!("{copies:.0} training lives come out again whole"));
    }
    let strongest = attacks.iter().max_by(|a, b| a.auc.value.total_cmp(&b.auc.value));
    if let Some(attack) = strongest {
        let (low, high) = ends(attack.auc);
        let outcome = match () {
            () if low > 0.60 => Outcome::Fail,
            () if n_holdout < LEAST_PEOPLE => Outcome::NotAssessable,
            () if low > 0.56 => Outcome::Fail,
            () if high <= 0.56 => Outcome::Pass,
            () => Outcome::Warn,
        };
        let rule = "upper end of the strongest membership attack at most 0.56; fail when the lower end is above (our threshold)";
        gates.push((attack.id.clone(), outcome, rule.to_owned()));
        words.push(format!(
            "the strongest membership attack reaches AUC {:.2} ({low:.2} to {high:.2})",
            attack.auc.value
        ));
    }
    let at_low = attacks.iter().filter_map(|attack| Some((attack, ends(attack.tpr_at_1?).0)));
    let (id, outcome) = match at_low.max_by(|a, b| a.1.total_cmp(&b.1)) {
        None => ("pm.life".to_owned(), Outcome::NotAssessable),
        Some((attack, low)) => (attack.id.clone(), at_least(-low, -0.02, -0.05)),
    };
    let rule = "lower end of the people that the strongest attack finds at 1 % false alarms at most 0.02 (warn above, fail above \
                0.05; chance is 0.01); without such an attack nothing passes (our threshold)";
    let unseen = outcome == Outcome::NotAssessable;
    gates.push((id, outcome, rule.to_owned()));
    if unseen {
        words.push(
            "no attack at 1 % false alarms could be made, so that nothing here shows that lives are private"
                .into(),
        );
    }
    let mut found = verdict("privacy", gates, words.join("; "));
    // Averages hide the few who are harmed: privacy passes only where attacks were looked at where alarms are rare.
    if unseen && found.outcome == Outcome::Pass {
        found.outcome = Outcome::NotAssessable;
    }
    found
}

fn clinical(entries: [Option<&Entry>; 2]) -> Option<Verdict> {
    let mut gates = Vec::new();
    let mut words = Vec::new();
    for (entry, reading) in entries.into_iter().flatten().filter_map(|entry| Some((entry, entry.reading?))) {
        let outcome = match ends(reading) {
            (_, high) if high <= 10.0 => Outcome::Pass,
            (low, _) if low <= 10.0 => Outcome::Warn,
            _ => Outcome::Fail,
        };
        let rule = "at most 10 more people per 1,000 than in the holdout, at the upper end (warn where the lower end is below, \
                    our threshold)";
        gates.push((entry.id.clone(), outcome, rule.to_owned()));
        words.push(format!(
            "{}: {:+.1} people per 1,000 beside the holdout",
            entry.name.to_lowercase(),
            reading.value
        ));
    }
    (!gates.is_empty()).then(|| verdict("clinical sense", gates, words.join("; ")))
}
