//! How far do figures stray between several synthetic tables of one generator?

use crate::Card;
use crate::card::{DrawnTable, Draws, Reading, Spread};
use verosim_core::Interval;
use verosim_math::stats::{normal_quantile, student_reach};

/// What the cards of several tables say together; `names` in the same order. Nothing for fewer than two.
///
/// The variance of a figure is (1 + 1/m) times that between the m tables plus the mean of those within (Rubin 1987, eq.
/// 3.1.5), these read off each figure's interval as if it were normal; degrees of freedom after eq. 3.1.6.
#[must_use]
pub fn across(cards: &[&Card], names: &[String]) -> Draws {
    let [first, _, ..] = cards else { return Draws::default() };
    let tables = cards.iter().zip(names).map(|(card, name)| DrawnTable {
        name: name.clone(),
        rows: card.about.n_synthetic,
        verdicts: card.verdicts.iter().map(|one| (one.question.clone(), one.outcome)).collect(),
        policy: card.policy.as_ref().map(|policy| policy.outcome),
    });
    let spreads = first.entries.iter().filter_map(|entry| {
        let of = |card: &&Card| card.entries.iter().find(|other| other.id == entry.id)?.reading;
        let readings: Option<Vec<Reading>> = cards.iter().map(of).collect();
        Some(spread(&entry.id, &readings?))
    });
    Draws { tables: tables.collect(), spreads: spreads.collect() }
}

fn spread(id: &str, readings: &[Reading]) -> Spread {
    let m = readings.len() as f64;
    let mean = readings.iter().map(|one| one.value).sum::<f64>() / m;
    let variance = readings.iter().map(|one| (one.value - mean).powi(2)).sum::<f64>() / (m - 1.0);
    let squares: Option<Vec<f64>> = readings.iter().map(|one| one.interval.map(square)).collect();
    let least = readings.iter().map(|one| one.value).fold(f64::INFINITY, f64::min);
    let most = readings.iter().map(|one| one.value).fold(f64::NEG_INFINITY, f64::max);
    let combined = squares.map(|squares| {
        let (within, between) = (squares.iter().sum::<f64>() / m, (1.0 + 1.0 / m) * variance);
        let whole = within + between;
        let ratio = if between > 0.0 { whole / between } else { f64::INFINITY };
        let degrees = ((m - 1.0) * ratio.powi(2)) as usize;
        let reach = student_reach(0.95, degrees, 1) * whole.sqrt();
        let share = if whole > 0.0 { between / whole } else { 0.0 };
        (Interval { low: mean - reach, high: mean + reach, level: 0.95 }, share)
    });
    Spread {
        id: id.to_owned(),
        mean,
        interval: combined.map(|(interval, _)| interval),
        deviation: variance.sqrt(),
        between: combined.map(|(_, share)| share),
        range: [least, most],
    }
}

/// Variance of a figure whose interval this is.
fn square(interval: Interval) -> f64 {
    let reach = normal_quantile(0.5 + interval.level / 2.0);
    ((interval.high - interval.low) / (2.0 * reach)).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(value: f64, error: f64) -> Reading {
        let reach = 1.959_963_984_540_054 * error;
        Reading {
            value,
            interval: Some(Interval { low: value - reach, high: value + reach, level: 0.95 }),
            n: 9,
        }
    }

    #[test]
    fn tables_are_pooled_by_rubins_rules() {
        // By hand: 1.0, 1.2, 1.4 with variances 0.04, 0.05, 0.06 have the total variance 0.05 + 4/3 * 0.04 = 0.10333 and
        // (m - 1) (1 + 0.05 / 0.05333)^2 = 7.508 degrees of freedom, cut to 7: scipy.stats.t.ppf(0.975, 7) = 2.364624.
        let readings = [reading(1.0, 0.2), reading(1.2, 0.05_f64.sqrt()), reading(1.4, 0.06_f64.sqrt())];
        let found = spread("x", &readings);
        assert!((found.mean - 1.2).abs() < 1e-12 && (found.deviation - 0.2).abs() < 1e-12);
        let interval = found.interval.unwrap();
        let reach = 2.364_624_252 * (0.05_f64 + 4.0 / 3.0 * 0.04).sqrt();
        assert!((interval.high - 1.2 - reach).abs() < 1e-6, "{interval:?}, wanted {reach}");
        assert!((found.between.unwrap() - 0.053_333_333 / 0.103_333_333).abs() < 1e-6);
        assert_eq!(found.range, [1.0, 1.4]);
    }

    #[test]
    fn equal_tables_leave_what_is_within() {
        let found = spread("x", &[reading(0.5, 0.1); 4]);
        let interval = found.interval.unwrap();
        assert!((interval.high - 0.5 - 0.195_996).abs() < 1e-4);
        assert_eq!((found.deviation, found.between), (0.0, Some(0.0)));
    }
}
