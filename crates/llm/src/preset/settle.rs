//! Which values of a row are drawn by us before a model is asked for the rest?

use super::ask::State;
use crate::card::{Card, CardColumn};
use rand::RngExt as _;
use verosim_core::PrivacyClass;
use verosim_data::constrain::Allowed;

/// Values of the conditioning columns among those at `order`, by their place there, and what they tell.
///
/// Levels are drawn by their shares and numbers between their protected quantiles where statistics may be told, else
/// evenly over what is declared: a value of a patient is never the source of one. Columns in `but` are left out.
pub(super) fn settled(
    state: &State,
    card: &Card,
    order: &[usize],
    but: Option<usize>,
    rng: &mut impl rand::Rng,
) -> (Vec<(usize, String)>, PrivacyClass) {
    let mut class = PrivacyClass::Metadata;
    let may_tell = state.disclosure.allows(PrivacyClass::Aggregate);
    let mut given = Vec::new();
    for (place, &at) in order.iter().enumerate() {
        let column = &card.columns()[at];
        if but == Some(at) || !state.style.condition.iter().any(|name| name == column.name()) {
            continue;
        }
        let u: f64 = rng.random();
        if let Some((value, of_patients)) = drawn(column, may_tell, u) {
            if of_patients {
                class = PrivacyClass::Aggregate;
            }
            given.push((place, value));
        }
    }
    (given, class)
}

/// The value at `u` of a column's law, and whether the law is a statistic of patients; `None` when nothing is known.
fn drawn(column: &CardColumn, may_tell: bool, u: f64) -> Option<(String, bool)> {
    match &column.allowance.values {
        Allowed::Levels { texts, shares } => {
            let known = shares.len() == texts.len() && may_tell;
            let mut left = u * if known { shares.iter().sum() } else { texts.len() as f64 };
            let level = (0..texts.len()).find(|&level| {
                left -= if known { shares[level] } else { 1.0 };
                left < 0.0
            });
            Some((column.shown.get(level.unwrap_or(0))?.clone(), known))
        }
        Allowed::Number { range: Some(range), .. } => {
            let (low, high) = column.range?;
            Some(match range.quantiles.filter(|_| may_tell) {
                Some(quantiles) => (column.number_text(between(low, high, &quantiles, u)), true),
                None => (column.number_text(low + (high - low) * u), false),
            })
        }
        _ => None,
    }
}

/// The value at `u` of a law that is straight between the bounds and the 10, 25, 50, 75 and 90 % quantiles.
fn between(low: f64, high: f64, quantiles: &[f64; 5], u: f64) -> f64 {
    let shares = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0];
    let mut values = vec![low.min(quantiles[0])];
    values.extend(quantiles);
    values.push(high.max(quantiles[4]));
    let at = shares.windows(2).position(|pair| u < pair[1]).unwrap_or(5);
    let share = (u - shares[at]) / (shares[at + 1] - shares[at]);
    values[at] + share * (values[at + 1] - values[at])
}
