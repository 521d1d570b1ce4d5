//! What is the verdict, and which rule decided?

use super::{clinical::clinical, equity::equity};
use crate::card::{Attack, Entry, Outcome, Verdict};
use crate::copying::CHANCE;
use crate::metrics::{ADJUSTED_P, TPR_HIGH, TPR_LOW, excess_chance};
use std::fmt::Write as _;

/// The verdict strip: realism, utility, privacy, diversity, clinical sense, equity.
pub(super) fn verdicts(entries: &[Entry], attacks: &[Attack], n_holdout: usize) -> Vec<Verdict> {
    let find = |id: &str| entries.iter().find(|entry| entry.id == id);
    [
        realism(find("re.c2st"), find("re.acc2")),
        utility(find("ut.tstr")),
        privacy(
            find("pd.dcr"),
            [find("pd.copy"), find("pd.shown")],
            Suite {
                strongest: find("pm.max"),
                blind: find("pm.blind"),
                f1: find("pm.f1"),
                subspace: find("pd.sub"),
                attacks,
            },
            n_holdout,
        ),
        diversity(find("di.cov"), find("di.unique"), find("di.entropy")),
        clinical(find("cl.excess")),
        equity(["eq.rep", "eq.real", "eq.tstr"].map(find)),
    ]
    .into_iter()
    .flatten()
    .map(|verdict| super::disclosure::with_gates(verdict, entries, n_holdout))
    .collect()
}

/// Holdout persons below which membership cannot be judged.
const LEAST_PEOPLE: usize = 200;
/// A chance below this is no accident.
const NO_ACCIDENT: f64 = 1e-3;

fn realism(c2st: Option<&Entry>, pairs: Option<&Entry>) -> Option<Verdict> {
    let c2st = c2st?;
    let mut gates = Vec::new();
    let value = c2st.reading?.value;
    // What real people score by chance widens the gates in small tables.
    let allowed = c2st.ceiling.and_then(|c| c.interval).map_or(0.5, |interval| interval.high).max(0.5);
    let low = c2st.reading?.interval.map_or(value, |interval| interval.low);
    let outcome = if value <= 0.60 || value <= allowed {
        Outcome::Pass
    } else if value <= 0.75 || low <= allowed {
        Outcome::Warn
    } else {
        Outcome::Fail
    };
    gates.push((
        "re.c2st".to_owned(),
        outcome,
        "pass up to 0.60 or what real people score, warn up to 0.75 (our threshold)".to_owned(),
    ));
    if let Some(position) = pairs.and_then(|entry| entry.position) {
        let outcome = at_least(position, 0.85, 0.6);
        gates.push((
            "re.acc2".to_owned(),
            outcome,
            "pass from 0.85 of the way from shuffled columns to real people, warn from 0.6 (our threshold)"
                .to_owned(),
        ));
    }
    let ceiling = c2st.ceiling.map_or(String::new(), |c| format!("; real people score {:.2}", c.value));
    let words = match outcome {
        Outcome::Pass => "a strong classifier can hardly tell synthetic from real patients",
        Outcome::Warn => "a strong classifier often tells synthetic from real patients",
        _ => "a strong classifier tells synthetic from real patients",
    };
    // The sentence says what decided, also when that was the other gate.
    let pairs_fall_short = match (gates.get(1), pairs.and_then(|entry| entry.position)) {
        (Some((_, outcome, _)), Some(position)) if *outcome != Outcome::Pass => {
            format!(
                ", but pairs of columns come only {:.0} % of the way from shuffled columns to real people",
                100.0 * position.max(0.0)
            )
        }
        _ => String::new(),
    };
    Some(verdict("realism", gates, format!("{words} (AUC {value:.2}{ceiling}){pairs_fall_short}")))
}

fn utility(tstr: Option<&Entry>) -> Option<Verdict> {
    let tstr = tstr?;
    let rule = "pass from 0.90 recovered, warn from 0.75 (our threshold)".to_owned();
    let Some(reading) = tstr.reading else {
        let reason = tstr.reason.clone().unwrap_or_default();
        let gates = vec![("ut.tstr".to_owned(), Outcome::NotAssessable, rule)];
        return Some(verdict("utility", gates, format!("not assessed: {reason}")));
    };
    let high = reading.interval.map_or(reading.value, |interval| interval.high);
    let outcome = if reading.value >= 0.9 {
        Outcome::Pass
    } else if reading.value >= 0.75 || high >= 0.9 {
        Outcome::Warn
    } else {
        Outcome::Fail
    };
    let words = format!(
        "models learned on synthetic patients recover {:.0} % of what real data teach",
        100.0 * reading.value
    );
    Some(verdict("utility", vec![("ut.tstr".into(), outcome, rule)], words))
}

fn privacy(
    dcr: Option<&Entry>,
    copies: [Option<&Entry>; 2],
    suite: Suite<'_>,
    n_holdout: usize,
) -> Option<Verdict> {
    let attacks = suite.attacks;
    let dcr = dcr?;
    let mut gates = Vec::new();
    let part = |name: &str| dcr.parts.iter().find(|(part, _)| part == name).map_or(0.0, |(_, value)| *value);
    let mut sentence = Vec::new();
    if dcr.reading.is_some() {
        let (copies, chance) = (part("exact copies"), part("exact copies of holdout"));
        let p = excess_chance(copies, chance, part("training rows"), part("holdout rows"));
        let outcome = if p < NO_ACCIDENT && copies >= 3.0 { Outcome::Fail } else { Outcome::Pass };
        gates.push((
            "pd.dcr".into(),
            outcome,
            "no more copies of unique training rows than of holdout rows (exact test, 0.001)".to_owned(),
        ));
        sentence.push(format!("{copies:.0} rows copy a unique training row, {chance:.0} a holdout row"));
        let (near, by_chance) = (part("near copies"), part("near copies of holdout"));
        let p = excess_chance(near, by_chance, 1.0, 1.0);
        let excess = (near - by_chance) / part("synthetic rows").clamp(1.0, 4_000.0);
        let outcome = if p < NO_ACCIDENT && excess > 0.02 {
            Outcome::Fail
        } else if p < NO_ACCIDENT && excess > 0.01 {
            Outcome::Warn
        } else {
            Outcome::Pass
        };
        gates.push(("pd.dcr".into(), outcome, "near copies of training rows exceed those of holdout rows by at most 1 % of rows (warn), 2 % (fail)".to_owned()));
        if let Some(reading) = dcr.reading {
            let low = reading.interval.map_or(reading.value, |interval| interval.low);
            let outcome = if low <= 0.55 {
                Outcome::Pass
            } else if low <= 0.60 {
                Outcome::Warn
            } else {
                Outcome::Fail
            };
            gates.push(("pd.dcr".into(), outcome, "the lower bound of the share nearer to training is at most 0.55 (warn above, fail above 0.60)".to_owned()));
        }
    }
    for entry in copies.into_iter().flatten() {
        gates.extend(copying(entry).map(|outcome| (entry.id.clone(), outcome, COPYING.to_owned())));
    }
    if let Some((outcome, words)) = suite.strongest.and_then(|entry| strongest(entry, suite.blind, n_holdout))
    {
        gates.push(("pm.max".into(), outcome, STRONGEST.to_owned()));
        sentence.push(words);
    } else if let Some(attack) = attacks.iter().max_by(|a, b| a.auc.value.total_cmp(&b.auc.value)) {
        let (low, high) =
            attack.auc.interval.map_or((attack.auc.value, attack.auc.value), |i| (i.low, i.high));
        let outcome = if low > 0.60 {
            Outcome::Fail
        } else if n_holdout < LEAST_PEOPLE {
            Outcome::NotAssessable
        } else if high <= 0.56 {
            Outcome::Pass
        } else if low > 0.56 {
            Outcome::Fail
        } else {
            Outcome::Warn
        };
        gates.push((attack.id.clone(), outcome, "upper bound of the strongest membership attack at most 0.56; fail when the lower bound is above (our threshold)".to_owned()));
        sentence.push(format!(
            "the strongest membership attack reaches AUC {:.2} ({low:.2} to {high:.2})",
            attack.auc.value
        ));
    }
    if let Some((outcome, share)) = suite.subspace.and_then(subspace) {
        gates.push(("pd.sub".into(), outcome, SUBSPACE.to_owned()));
        if outcome != Outcome::Pass {
            sentence.push(format!(
                "in some of their columns {:.0} % of rows are nearer to training",
                100.0 * share
            ));
        }
    }
    if let Some(relative) = suite.f1.and_then(|entry| entry.reading) {
        let outcome = match relative.interval {
            _ if relative.value <= MOST_F1 => Outcome::Pass,
            Some(interval) if interval.low <= MOST_F1 => Outcome::Warn,
            _ => Outcome::Fail,
        };
        gates.push(("pm.f1".into(), outcome, F1.to_owned()));
    }
    if gates.is_empty() {
        let reason = dcr.reason.clone().unwrap_or_else(|| "no attack could be made".into());
        gates.push(("pd.dcr".into(), Outcome::NotAssessable, "needs training and holdout rows".into()));
        sentence.push(format!("not assessed: {reason}"));
    }
    let tail = at_low_fpr(attacks, suite.strongest);
    if tail == Outcome::NotAssessable {
        sentence.push(
            "no attack at 1 % false alarms could be made, so that nothing here shows that they are private"
                .into(),
        );
    }
    gates.push((tail_of(attacks), tail, AT_LOW_FPR.to_owned()));
    Some(verdict("privacy", gates, sentence.join("; ")))
}

/// What is known of membership.
#[derive(Clone, Copy)]
struct Suite<'a> {
    /// All attacks under one test.
    strongest: Option<&'a Entry>,
    /// Whether training and holdout people differ by themselves.
    blind: Option<&'a Entry>,
    /// Relative membership F1.
    f1: Option<&'a Entry>,
    /// Nearness to training in some columns.
    subspace: Option<&'a Entry>,
    attacks: &'a [Attack],
}

const STRONGEST: &str = "the strongest membership attack is no stronger than chance (adjusted p above 0.05), its AUC at most 0.55 \
                         and its members found at 1 % false alarms at most 0.05, where that gate fails, at their upper ends (our threshold); fails \
                         when the adjusted lower end of the AUC is above 0.56, or the AUC above 0.60 and no accident; does not \
                         count where training and holdout people differ as much by themselves (pm.blind)";

/// The family of attacks under one test, and what to say of it; `None` where it gave no number.
fn strongest(entry: &Entry, blind: Option<&Entry>, n_holdout: usize) -> Option<(Outcome, String)> {
    let reading = entry.reading?;
    let (low, high) = reading.interval.map_or((reading.value, reading.value), |i| (i.low, i.high));
    let p = part(entry, ADJUSTED_P)?;
    let words = format!(
        "the strongest membership attack reaches AUC {:.2} ({low:.2} to {high:.2}, adjusted p {})",
        reading.value,
        if p < 0.001 { "below 0.001".to_owned() } else { format!("{p:.3}") }
    );
    let blind = blind.and_then(|entry| entry.reading?.interval).filter(|interval| interval.low > 0.5);
    if let Some(blind) = blind
        && low <= blind.high
    {
        let words = format!(
            "{words}, but training and holdout people can be told apart without synthetic rows, so that no attack counts"
        );
        return Some((Outcome::NotAssessable, words));
    }
    let outcome = if low > 0.60 {
        Outcome::Fail
    } else if n_holdout < LEAST_PEOPLE {
        Outcome::NotAssessable
    } else if low > 0.56 || reading.value > 0.60 && p <= 0.05 {
        Outcome::Fail
    } else if p > 0.05 && high <= 0.55 && part(entry, TPR_HIGH).is_none_or(|high| high <= 0.05) {
        Outcome::Pass
    } else {
        Outcome::Warn
    };
    Some((outcome, words))
}

/// A named part of an entry.
fn part(entry: &Entry, name: &str) -> Option<f64> {
    entry.parts.iter().find(|(part, _)| part == name).map(|(_, value)| *value)
}

const SUBSPACE: &str = "no block of columns in which rows are nearer to training than chance: warns where the share is above 0.52 and the \
                        adjusted p below 0.01, fails where it is above 0.60 and p below 0.001 (our threshold; other people \
                        score one half, glued halves of training rows 1)";

fn subspace(entry: &Entry) -> Option<(Outcome, f64)> {
    let (share, p) = (entry.reading?.value, part(entry, ADJUSTED_P)?);
    let outcome = if share > 0.60 && p < NO_ACCIDENT {
        Outcome::Fail
    } else if share > 0.52 && p < 0.01 {
        Outcome::Warn
    } else {
        Outcome::Pass
    };
    Some((outcome, share))
}

/// Habitual limit of the relative membership F1.
const MOST_F1: f64 = 0.2;
const F1: &str = "the relative membership F1 is at most 0.2 (the habitual limit of El Emam and others; a warning where its lower \
                  end is below)";

const COPYING: &str = "no excess of exact copies: the lower bound of the share that comes out again of the people seen, \
                       minus that of as many not seen, is at most 0 (any excess is copying; a warning where different \
                       people often have equal rows)";
/// Above this share of equal rows of different people, an equal row is no sign of a copy.
const OFTEN_EQUAL: f64 = 0.01;

/// Whether people who were seen come out again more often; `None` where nobody looked.
fn copying(entry: &Entry) -> Option<Outcome> {
    let low = entry.reading?.interval?.low;
    let by_chance = entry.parts.iter().find(|(part, _)| part == CHANCE).map_or(0.0, |(_, share)| *share);
    Some(match low {
        ..=0.0 => Outcome::Pass,
        // A fair generator of short rows returns to those it saw: the excess alone does not tell that from copying.
        _ if by_chance > OFTEN_EQUAL => Outcome::Warn,
        _ => Outcome::Fail,
    })
}

const AT_LOW_FPR: &str = "lower bound of the people that the strongest attack finds at 1 % false alarms at most 0.02 (warn \
                          above, fail above 0.05; chance is 0.01); without such an attack nothing passes (our threshold)";

/// Averages hide the few who are harmed, and a distance is no attack: privacy passes only where the strongest attack was
/// also looked at where it raises few false alarms.
fn at_low_fpr(attacks: &[Attack], strongest: Option<&Entry>) -> Outcome {
    // Where the family was tested together, its lower end is adjusted for the choice of the strongest.
    let low = match strongest.and_then(|entry| part(entry, TPR_LOW)) {
        Some(low) => Some(low),
        None => strongest_at_low_fpr(attacks).map(|(_, low)| low),
    };
    match low {
        None => Outcome::NotAssessable,
        Some(low) if low > 0.05 => Outcome::Fail,
        Some(low) if low > 0.02 => Outcome::Warn,
        Some(_) => Outcome::Pass,
    }
}

/// The attack that finds most people for certain at 1 % false alarms, and how many.
fn strongest_at_low_fpr(attacks: &[Attack]) -> Option<(&Attack, f64)> {
    let found = attacks.iter().filter_map(|attack| {
        let rate = attack.tpr_at_1?;
        Some((attack, rate.interval.map_or(rate.value, |interval| interval.low)))
    });
    found.max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The id under which the gate at low false alarms stands.
fn tail_of(attacks: &[Attack]) -> String {
    let strongest = strongest_at_low_fpr(attacks).map(|(attack, _)| attack).or_else(|| attacks.first());
    strongest.map_or("pm.*", |attack| attack.id.as_str()).to_owned()
}

fn diversity(coverage: Option<&Entry>, unique: Option<&Entry>, entropy: Option<&Entry>) -> Option<Verdict> {
    let coverage = coverage?;
    let value = coverage.reading?.value;
    let ceiling = coverage.ceiling.map_or(1.0, |ceiling| ceiling.value);
    let rule = "pass from 97 % of what real people cover, warn from 90 % (our threshold)".to_owned();
    let mut gates = vec![("di.cov".to_owned(), at_least(value / ceiling, 0.97, 0.9), rule)];
    let mut words = format!(
        "synthetic patients show {:.1} % of the combinations of real ones; other real people show {:.1} %",
        100.0 * value,
        100.0 * ceiling
    );
    for (entry, what) in [(unique, "different rows"), (entropy, "entropy of columns")] {
        let Some((entry, reading)) = entry.and_then(|entry| Some((entry, entry.reading?))) else { continue };
        let share = reading.value / entry.ceiling.map_or(1.0, |ceiling| ceiling.value).max(1e-9);
        let outcome = at_least(share, 0.95, 0.85);
        let rule = format!("pass from 95 % of the {what} of real people, warn from 85 % (our threshold)");
        gates.push((entry.id.clone(), outcome, rule));
        if outcome != Outcome::Pass {
            let _ = write!(words, "; they have {:.0} % of the {what}", 100.0 * share);
        }
    }
    Some(verdict("diversity", gates, words))
}

fn at_least(value: f64, pass: f64, warn: f64) -> Outcome {
    if value >= pass {
        Outcome::Pass
    } else if value >= warn {
        Outcome::Warn
    } else {
        Outcome::Fail
    }
}

/// The worst gate decides; gates that could not be assessed matter only where nothing else warns or fails.
pub(super) fn verdict(question: &str, gates: Vec<(String, Outcome, String)>, sentence: String) -> Verdict {
    let rank = |outcome: Outcome| match outcome {
        Outcome::Pass => 0,
        Outcome::NotAssessable => 1,
        Outcome::Warn => 2,
        Outcome::Fail => 3,
    };
    let outcome = gates
        .iter()
        .map(|gate| gate.1)
        .max_by_key(|&outcome| rank(outcome))
        .unwrap_or(Outcome::NotAssessable);
    Verdict { question: question.to_owned(), outcome, sentence, gates }
}
