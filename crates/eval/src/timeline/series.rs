//! Which codes carry numbers, and what are the numbers of each person?

use super::counts::{LEAST_PEOPLE, NONE, slots};
use super::{Lives, Vocabulary};
use verosim_math::stats::quantile_sorted;

/// Codes with numbers that are looked at.
const MOST_CODES: usize = 100;

/// Numbers of one person and code, with their times.
pub(crate) struct Series {
    /// Position of the person.
    pub(crate) person: usize,
    pub(crate) times: Vec<i64>,
    pub(crate) values: Vec<f64>,
}

/// The codes for which at least [`LEAST_PEOPLE`] people of both sides have a number, commonest in `real` first.
pub(crate) fn numeric_codes(real: &Lives, made: &Lives, vocabulary: &Vocabulary) -> Vec<u32> {
    let (a, b) = (people_with_number(real, vocabulary.len()), people_with_number(made, vocabulary.len()));
    let mut codes: Vec<u32> = (0..vocabulary.len() as u32)
        .filter(|&code| a[code as usize].min(b[code as usize]) >= LEAST_PEOPLE)
        .collect();
    codes.sort_by_key(|&code| (std::cmp::Reverse(a[code as usize]), code));
    codes.truncate(MOST_CODES);
    codes
}

fn people_with_number(lives: &Lives, n_codes: usize) -> Vec<u32> {
    let (mut people, mut last) = (vec![0; n_codes], vec![usize::MAX; n_codes]);
    for (person, life) in lives.people.iter().enumerate() {
        for at in life.events.clone().filter(|&at| lives.numbers[at].is_finite()) {
            let code = lives.codes[at] as usize;
            if last[code] != person {
                last[code] = person;
                people[code] += 1;
            }
        }
    }
    people
}

/// Numbers of each of `codes`, person by person, in order of time.
pub(crate) fn series(lives: &Lives, codes: &[u32], n_codes: usize) -> Vec<Vec<Series>> {
    let slots = slots(codes, n_codes);
    let mut all: Vec<Vec<Series>> = codes.iter().map(|_| Vec::new()).collect();
    for (person, life) in lives.people.iter().enumerate() {
        for at in life.events.clone().filter(|&at| lives.numbers[at].is_finite()) {
            let slot = slots[lives.codes[at] as usize];
            if slot == NONE {
                continue;
            }
            let of_code = &mut all[slot as usize];
            if of_code.last().is_none_or(|series| series.person != person) {
                of_code.push(Series { person, times: Vec::new(), values: Vec::new() });
            }
            if let Some(series) = of_code.last_mut() {
                series.times.push(lives.times[at]);
                series.values.push(f64::from(lives.numbers[at]));
            }
        }
    }
    all
}

/// Cuts values to the middle 98 % of real ones, so that one slip of a unit does not decide, and gives the variance of the
/// real ones after that; `None` where real values do not vary.
pub(crate) fn tamed(real: &mut [Series], made: &mut [Series]) -> Option<f64> {
    let mut sorted: Vec<f64> = real.iter().flat_map(|series| series.values.iter().copied()).collect();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (quantile_sorted(&sorted, 0.01)?, quantile_sorted(&sorted, 0.99)?);
    for series in real.iter_mut().chain(made) {
        series.values.iter_mut().for_each(|value| *value = value.clamp(low, high));
    }
    let n = sorted.len() as f64;
    let mean = sorted.iter().map(|value| value.clamp(low, high)).sum::<f64>() / n;
    let variance = sorted.iter().map(|value| (value.clamp(low, high) - mean).powi(2)).sum::<f64>() / n;
    (variance > 0.0).then_some(variance)
}
