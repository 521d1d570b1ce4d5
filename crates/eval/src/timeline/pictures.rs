//! What does the report draw of lives?
//!
//! Single people are synthetic ones only. Of real people there are shares, rounded to half a percent, of at least 11.

use super::{Life, LifeTrio, Lives, Vocabulary};
use crate::card::{CodeShare, DrawnLane, DrawnLife, ShareCurve};
use verosim_math::stats::quantile_sorted;
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::DAY;
use verosim_timeline::{Kind, Sex};

/// Fewer real people than this are not told.
const LEAST_TOLD: u32 = 11;
/// Codes of the picture of prevalence.
const MOST_CODES: usize = 300;
/// Points of a curve.
const POINTS: usize = 24;
/// Synthetic people who are drawn.
const DRAWN: usize = 4;
/// Events that are drawn of one person.
const MOST_EVENTS: usize = 400;

/// To half a percent: no single person is seen in a share of real people.
pub(crate) fn rounded(share: f64) -> f64 {
    (share * 200.0).round() / 200.0
}

/// Shares of people with each code that at least 11 training and 11 holdout people have.
pub(crate) fn prevalence(data: &LifeTrio<'_>) -> Vec<CodeShare> {
    let n_codes = data.vocabulary.len();
    let sides = [data.train, data.holdout, data.synthetic];
    let counts = sides.map(|lives| lives.people_per_code(n_codes));
    let mut codes: Vec<usize> =
        (0..n_codes).filter(|&code| counts[0][code] >= LEAST_TOLD && counts[1][code] >= LEAST_TOLD).collect();
    codes.sort_by_key(|&code| (std::cmp::Reverse(counts[1][code]), code));
    codes.truncate(MOST_CODES);
    let share =
        |side: usize, code: usize| f64::from(counts[side][code]) / sides[side].n_people().max(1) as f64;
    // Two digits: half a percent is too coarse for rare codes, and 11 people are enough not to be single ones.
    let coarse = |share: f64| {
        let unit = 10_f64.powf(share.log10().floor() - 1.0);
        (share / unit).round() * unit
    };
    let told = |&code: &usize| CodeShare {
        code: data.vocabulary.text(code as u32).to_owned(),
        real: coarse(share(1, code)),
        synthetic: share(2, code),
        train: coarse(share(0, code)),
    };
    codes.iter().map(told).collect()
}

/// Distribution functions at quantiles of real values; `None` with fewer than 200 real values or without synthetic ones.
pub(crate) fn curve(name: &str, unit: &str, real: &[f64], synthetic: &[f64]) -> Option<ShareCurve> {
    if real.len() < 200 || synthetic.is_empty() {
        return None;
    }
    let sorted = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    let (real, synthetic) = (sorted(real), sorted(synthetic));
    let mut at: Vec<f64> = (1..POINTS)
        .filter_map(|step| quantile_sorted(&real, step as f64 / POINTS as f64))
        // Two digits, so that no single value is told.
        .map(two_digits)
        .collect();
    at.dedup();
    let share =
        |values: &[f64], at: f64| values.partition_point(|&value| value <= at) as f64 / values.len() as f64;
    Some(ShareCurve {
        name: name.to_owned(),
        unit: unit.to_owned(),
        real: at.iter().map(|&at| rounded(share(&real, at))).collect(),
        synthetic: at.iter().map(|&at| share(&synthetic, at)).collect(),
        at,
    })
}

fn two_digits(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powf(value.abs().log10().floor() - 1.0);
    (value / unit).round() * unit
}

/// A few synthetic people: those whose number of events is at a fifth, two fifths and so on of all.
pub(crate) fn drawn(synthetic: &Lives, vocabulary: &Vocabulary) -> Vec<DrawnLife> {
    let mut order: Vec<usize> =
        (0..synthetic.n_people()).filter(|&at| !synthetic.people[at].events.is_empty()).collect();
    order.sort_by_key(|&at| (synthetic.people[at].events.len(), at));
    let mut chosen: Vec<usize> = (1..=DRAWN)
        .filter_map(|step| order.get((order.len() * step / (DRAWN + 1)).min(order.len().saturating_sub(1))))
        .copied()
        .collect();
    chosen.dedup();
    chosen.into_iter().filter_map(|at| draw(synthetic, &synthetic.people[at], vocabulary)).collect()
}

fn draw(lives: &Lives, life: &Life, vocabulary: &Vocabulary) -> Option<DrawnLife> {
    let (first, last) = lives.span(life)?;
    let days = |time: i64| (time - first) as f64 / DAY as f64;
    let sex = match life.sex {
        Sex::Female => "woman",
        Sex::Male => "man",
        Sex::Other => "person",
    };
    let who = match life.age_at(first) {
        Some(age) => format!("{sex}, {age:.0} years at the first event"),
        None => sex.to_owned(),
    };
    let mut lanes: Vec<(Kind, DrawnLane)> = Vec::new();
    for at in life.events.clone().take(MOST_EVENTS) {
        let kind = vocabulary.kind(lives.codes[at]);
        if kind == Kind::Death {
            continue;
        }
        let end = lives.ends[at];
        let end = (end != STATIC && end > lives.times[at]).then(|| days(end));
        let event = (days(lives.times[at]), end, vocabulary.text(lives.codes[at]).to_owned());
        if let Some((_, lane)) = lanes.iter_mut().find(|(of, _)| *of == kind) {
            lane.events.push(event);
        } else {
            let name = kind.word().to_lowercase().replace('_', " ");
            lanes.push((kind, DrawnLane { kind: name, events: vec![event] }));
        }
    }
    lanes.sort_by_key(|(kind, _)| *kind);
    Some(DrawnLife {
        who,
        days: days(last),
        lanes: lanes.into_iter().map(|(_, lane)| lane).collect(),
        death: life.death.map(days),
        left_out: life.events.len().saturating_sub(MOST_EVENTS),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_rounded_shares() {
        let real: Vec<f64> = (0..1_000).map(f64::from).collect();
        let found = curve("x", "days", &real, &[2_000.0]).unwrap();
        assert!(found.real.iter().all(|share| (share * 200.0 - (share * 200.0).round()).abs() < 1e-9));
        assert!(found.synthetic.iter().all(|&share| share == 0.0));
        assert_eq!(two_digits(1_234.5), 1_200.0);
        assert!(curve("x", "days", &real[..10], &real).is_none(), "too few to tell");
    }
}
