//! Do synthetic rows of small groups serve them better than ordinary ways do?

use super::mean::{Repeats, mean, mean_area, paired};
use super::{Arm, Figures};
use crate::card::{Reading, Remedy};
use crate::remedy::{WAYS, Way};
use serde::{Deserialize, Serialize};

/// All levers on one protocol: what each brings to the group that is served worst.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Equity {
    /// Data set.
    pub dataset: String,
    /// Repeats.
    pub repeats: usize,
    /// Training rows, on average.
    pub rows: f64,
    /// Holdout rows, on average.
    pub holdout: f64,
    /// One table for each outcome and column of groups.
    pub tables: Vec<Subgroups>,
    /// What follows, in words.
    pub advice: Vec<String>,
    /// Fits that did not end: engine and reason.
    pub failed: Vec<(String, String)>,
}

/// All levers for one outcome and the groups of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subgroups {
    /// The outcome.
    pub target: String,
    /// Column that makes the groups, or two of them.
    pub attribute: String,
    /// Ways without synthetic rows first, then each engine's.
    pub levers: Vec<Lever>,
}

/// One lever; figures are means over repeats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lever {
    /// Way in words.
    pub way: String,
    /// Engine whose rows are learned from; `None` for ways that need none.
    pub engine: Option<String>,
    /// AUC of the group with the lowest.
    pub worst: Option<Reading>,
    /// The group that this most often is.
    pub group: String,
    /// Gain of that AUC over training rows as they are, repeat by repeat.
    pub gain: Option<Reading>,
    /// Gain over the ordinary way that is best on average; for synthetic rows only.
    pub beyond: Option<Reading>,
    /// Equalised-odds gap between groups.
    pub odds_gap: Option<Reading>,
    /// Share with the outcome minus mean risk of the group furthest off, without its sign.
    pub calibration: Option<Reading>,
    /// Log loss of everybody.
    pub log_loss: Option<Reading>,
}

/// What one lever brought in one repeat.
type Brought<'a> = (usize, &'a Remedy);

/// Summarises the arms of one data set; `None` where none was judged by groups.
#[must_use]
pub fn equity(arms: &[Arm]) -> Option<Equity> {
    let done: Vec<(&Arm, &Figures)> = arms
        .iter()
        .filter_map(|arm| Some((arm, arm.figures()?)))
        .filter(|(_, own)| !own.remedies.is_empty())
        .collect();
    let (first, _) = done.first()?;
    let average = |of: fn(&Figures) -> usize| {
        done.iter().map(|(_, figures)| of(figures) as f64).sum::<f64>() / done.len() as f64
    };
    let (rows, holdout) = (average(|own| own.rows), average(|own| own.holdout));
    let repeats = Repeats { overlap: holdout / rows.max(1.0) };
    let mut names: Vec<(&str, &str)> = Vec::new();
    for remedies in done.iter().flat_map(|(_, figures)| &figures.remedies) {
        let name = (remedies.target.as_str(), remedies.attribute.as_str());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let tables: Vec<Subgroups> = names.into_iter().map(|name| subgroups(&done, name, repeats)).collect();
    let failed = arms.iter().filter_map(|arm| match &arm.outcome {
        super::Outcome::Failed { why } => Some((arm.engine.clone(), why.clone())),
        super::Outcome::Done(_) => None,
    });
    Some(Equity {
        dataset: first.dataset.clone(),
        repeats: arms.iter().map(|arm| arm.repeat + 1).max().unwrap_or(0),
        rows,
        holdout,
        advice: tables.iter().map(advice).collect(),
        tables,
        failed: failed.collect(),
    })
}

fn subgroups(done: &[(&Arm, &Figures)], (target, attribute): (&str, &str), repeats: Repeats) -> Subgroups {
    let brought = |way: Way, engine: Option<&str>| -> Vec<Brought<'_>> {
        let mut found: Vec<Brought<'_>> = Vec::new();
        for (arm, figures) in done.iter().filter(|(arm, _)| engine.is_none_or(|engine| engine == arm.engine))
        {
            let own =
                figures.remedies.iter().filter(|own| own.target == target && own.attribute == attribute);
            let own = own.flat_map(|own| &own.ways).find(|remedy| remedy.way == way.words());
            // Ways without synthetic rows come out alike in every arm of a repeat.
            if let Some(remedy) = own.filter(|_| found.iter().all(|(repeat, _)| *repeat != arm.repeat)) {
                found.push((arm.repeat, remedy));
            }
        }
        found
    };
    let nothing = brought(Way::Nothing, None);
    // Thresholds move no rank.
    let ordinary = WAYS.into_iter().filter(|way| way.is_ordinary() && *way != Way::Thresholds);
    let best = ordinary.map(|way| brought(way, None)).max_by(|a, b| average(a).total_cmp(&average(b)));
    let best = best.unwrap_or_default();
    let mut engines: Vec<&str> = done.iter().map(|(arm, _)| arm.engine.as_str()).collect();
    engines.dedup();
    let mut known = Vec::new();
    engines.retain(|engine| {
        !known.contains(engine) && {
            known.push(*engine);
            true
        }
    });
    let plain = WAYS.into_iter().filter(|way| way.is_ordinary()).map(|way| (way, None));
    let made = engines.iter().flat_map(|engine| {
        WAYS.into_iter().filter(|way| !way.is_ordinary()).map(move |way| (way, Some(*engine)))
    });
    let levers = plain.chain(made).filter_map(|(way, engine)| {
        let own = brought(way, engine);
        let of = |value: fn(&Remedy) -> Option<f64>| {
            mean(&own.iter().filter_map(|(_, remedy)| value(remedy)).collect::<Vec<_>>(), repeats)
        };
        let over = |other: &[Brought<'_>]| {
            let pairs: Vec<(Option<f64>, Option<f64>)> = own
                .iter()
                .map(|(repeat, remedy)| {
                    let other = other.iter().find(|(of, _)| of == repeat);
                    (Some(remedy.auc.value), other.map(|(_, remedy)| remedy.auc.value))
                })
                .collect();
            paired(&pairs, repeats)
        };
        (!own.is_empty()).then(|| Lever {
            way: way.words().to_owned(),
            engine: engine.map(str::to_owned),
            worst: mean_area(&own.iter().map(|(_, remedy)| remedy.auc.value).collect::<Vec<_>>(), repeats),
            group: commonest(&own),
            gain: if way == Way::Nothing { None } else { over(&nothing) },
            beyond: engine.and_then(|_| over(&best)),
            odds_gap: of(|remedy| remedy.odds_gap),
            calibration: of(|remedy| Some(remedy.calibration.abs())),
            log_loss: of(|remedy| Some(remedy.log_loss)),
        })
    });
    Subgroups { target: target.to_owned(), attribute: attribute.to_owned(), levers: levers.collect() }
}

fn average(own: &[Brought<'_>]) -> f64 {
    own.iter().map(|(_, remedy)| remedy.auc.value).sum::<f64>() / own.len() as f64
}

/// The group that is served worst in most repeats.
fn commonest(own: &[Brought<'_>]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for (_, remedy) in own {
        match counts.iter_mut().find(|(group, _)| *group == remedy.worst) {
            Some((_, n)) => *n += 1,
            None => counts.push((&remedy.worst, 1)),
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, n)| *n);
    most.map(|(group, _)| (*group).to_owned()).unwrap_or_default()
}

/// What an analyst can take from one table, in a sentence; that nothing helps is a result.
fn advice(table: &Subgroups) -> String {
    let about = format!("{}, groups by {}", table.target, table.attribute);
    let plain = table.levers.iter().find(|lever| lever.way == Way::Nothing.words());
    let Some((group, auc)) = plain.and_then(|lever| Some((&lever.group, lever.worst?.value))) else {
        return format!("{about}: nothing could be compared.");
    };
    let is_augmented = |lever: &&Lever| {
        WAYS.into_iter().any(|way| way.is_augmented() && way.words() == lever.way) && lever.beyond.is_some()
    };
    let value = |lever: &Lever| lever.beyond.map_or(f64::NEG_INFINITY, |beyond| beyond.value);
    let best = table.levers.iter().filter(is_augmented).max_by(|a, b| value(a).total_cmp(&value(b)));
    let start = format!(
        "{about}: the worst group, most often {group}, has AUC {auc:.3} with training rows as they are"
    );
    let Some((lever, beyond)) = best.and_then(|lever| Some((lever, lever.beyond?))) else {
        return format!("{start}; no synthetic row is of a small group.");
    };
    let interval =
        beyond.interval.map_or(String::new(), |own| format!(" ({:+.3} to {:+.3})", own.low, own.high));
    let way = format!("`{}`, {}", lever.engine.as_deref().unwrap_or(""), lever.way);
    let judged = match beyond.interval {
        Some(own) if own.low > 0.0 => "synthetic rows help beyond ordinary ways",
        Some(own) if own.high < 0.0 => "ordinary ways serve better",
        _ => "no gain beyond chance, which is a result",
    };
    format!(
        "{start}; the best synthetic rows ({way}) change it by {:+.3}{interval} against the best ordinary way: {judged}.",
        beyond.value
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Remedies;
    use crate::study::Outcome;

    fn arm(engine: &str, repeat: usize, gain: f64) -> Arm {
        let remedy = |way: Way, auc: f64| Remedy {
            way: way.words().into(),
            n_learned: 100,
            worst: if repeat == 0 { "M" } else { "F" }.into(),
            auc: Reading { value: auc, interval: None, n: 40 },
            off: "F".into(),
            calibration: -0.02,
            odds_gap: Some(0.125),
            log_loss: 0.5,
        };
        let shift = repeat as f64 * 0.01;
        let ways = vec![
            remedy(Way::Nothing, 0.7 + shift),
            remedy(Way::Reweighed, 0.72 + shift),
            remedy(Way::Thresholds, 0.9),
            remedy(Way::Equal, 0.72 + gain + shift),
        ];
        let remedies = vec![Remedies { target: "died = yes".into(), attribute: "sex".into(), ways }];
        let figures = Figures { rows: 200, holdout: 100, remedies, ..Figures::default() };
        Arm {
            dataset: "clinic".into(),
            engine: engine.into(),
            size: None,
            repeat,
            outcome: Outcome::Done(figures),
        }
    }

    #[test]
    fn gains_are_over_rows_as_they_are_and_over_the_best_ordinary_way() {
        let arms: Vec<Arm> =
            (0..3).flat_map(|repeat| [arm("trees", repeat, 0.05), arm("arf", repeat, -0.05)]).collect();
        let found = equity(&arms).unwrap();
        let table = &found.tables[0];
        let names: Vec<(&str, Option<&str>)> =
            table.levers.iter().map(|lever| (lever.way.as_str(), lever.engine.as_deref())).collect();
        assert_eq!(
            names,
            [
                ("training rows as they are", None),
                ("reweighed", None),
                ("a threshold for each group", None),
                ("synthetic rows added, equal sizes", Some("trees")),
                ("synthetic rows added, equal sizes", Some("arf")),
            ]
        );
        let made = &table.levers[3];
        assert!(
            (made.gain.unwrap().value - 0.07).abs() < 1e-12
                && (made.beyond.unwrap().value - 0.05).abs() < 1e-12
        );
        assert_eq!((made.group.as_str(), table.levers[0].gain), ("F", None));
        assert_eq!(table.levers[1].beyond, None);
        assert!(
            found.advice[0].contains("(`trees`, synthetic rows added, equal sizes) change it by +0.050"),
            "{:?}",
            found.advice
        );
        assert!(found.advice[0].ends_with("synthetic rows help beyond ordinary ways."), "{:?}", found.advice);
        assert_eq!((found.repeats, found.rows, found.holdout), (3, 200.0, 100.0));
    }

    #[test]
    fn a_null_result_is_said_to_be_one() {
        let arms: Vec<Arm> =
            [0.03, -0.03, 0.0].iter().enumerate().map(|(at, gain)| arm("trees", at, *gain)).collect();
        assert!(equity(&arms).unwrap().advice[0].contains("no gain beyond chance"));
        assert_eq!(equity(&[]), None);
    }
}
