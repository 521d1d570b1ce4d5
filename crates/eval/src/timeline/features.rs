//! What would a classifier look at in a whole life?

use super::counts::{NONE, commonest, slots};
use super::{Life, LifeTrio, Lives};
use verosim_timeline::Sex;
use verosim_timeline::event::instant::DAY;

/// Codes that are counted, that are timed, and whose numbers are averaged.
const MOST: [usize; 3] = [100, 30, 30];

/// Named columns of numbers, NaN where a life does not say.
pub(crate) struct Features {
    pub(crate) names: Vec<String>,
    /// The code that a column is about, or its name.
    pub(crate) about: Vec<String>,
    pub(crate) columns: Vec<Vec<f64>>,
}

/// Features of the people `picked` of each of `sides`, one below the other.
pub(crate) fn features(data: &LifeTrio<'_>, sides: [(&Lives, &[usize]); 2]) -> Features {
    let n_codes = data.vocabulary.len();
    // Codes of either side: what only synthetic people have gives them away too.
    let mut chosen = commonest(sides[0].0, data.vocabulary, MOST[0], |_| true);
    chosen.extend(commonest(sides[1].0, data.vocabulary, MOST[0], |_| true).iter().take(MOST[0] / 2));
    let mut seen = vec![false; n_codes];
    chosen.retain(|&code| !std::mem::replace(&mut seen[code as usize], true));
    let places = slots(&chosen, n_codes);
    let mut found = Features { names: Vec::new(), about: Vec::new(), columns: Vec::new() };
    let mut name = |name: String, about: &str| {
        found.names.push(name);
        found.about.push(about.to_owned());
    };
    for of in WHOLE {
        name(of.to_owned(), of);
    }
    let text = |code: &u32| data.vocabulary.text(*code).to_owned();
    let [timed, numbered] = [1, 2].map(|at: usize| chosen.len().min(MOST[at]));
    chosen.iter().for_each(|code| name(format!("{}: how often", text(code)), &text(code)));
    chosen[..timed].iter().for_each(|code| name(format!("{}: when first", text(code)), &text(code)));
    chosen[..timed].iter().for_each(|code| name(format!("{}: when last", text(code)), &text(code)));
    chosen[..numbered].iter().for_each(|code| name(format!("{}: mean number", text(code)), &text(code)));
    let rows: Vec<Vec<f64>> = sides
        .iter()
        .flat_map(|(lives, picked)| {
            picked.iter().map(|&at| row(lives, &lives.people[at], &places, [chosen.len(), timed, numbered]))
        })
        .collect();
    found.columns = (0..found.names.len()).map(|at| rows.iter().map(|row| row[at]).collect()).collect();
    found
}

/// What is said of a life as a whole.
const WHOLE: [&str; 10] = [
    "sex",
    "age at the first event",
    "events",
    "visits",
    "days of follow-up",
    "different codes",
    "died",
    "year of the first event",
    "median gap between visits",
    "events with a number",
];

fn row(lives: &Lives, life: &Life, places: &[u32], [n, timed, numbered]: [usize; 3]) -> Vec<f64> {
    let (mut count, mut first, mut last) = (vec![0.0; n], vec![f64::NAN; timed], vec![f64::NAN; timed]);
    let mut numbers = vec![(0.0, 0.0); numbered];
    let (begin, end) = lives.span(life).unwrap_or((0, 0));
    let days = |time: i64| time as f64 / DAY as f64;
    life.statics.iter().for_each(|&code| {
        if places[code as usize] != NONE {
            count[places[code as usize] as usize] += 1.0;
        }
    });
    let mut with_number = 0.0;
    for at in life.events.clone() {
        let has = lives.numbers[at].is_finite();
        with_number += f64::from(u8::from(has));
        let slot = places[lives.codes[at] as usize];
        if slot == NONE {
            continue;
        }
        let slot = slot as usize;
        count[slot] += 1.0;
        if slot < timed {
            if first[slot].is_nan() {
                first[slot] = days(lives.times[at] - begin);
            }
            last[slot] = days(end - lives.times[at]);
        }
        if slot < numbered && has {
            numbers[slot].0 += f64::from(lives.numbers[at]);
            numbers[slot].1 += 1.0;
        }
    }
    let mut gaps: Vec<f64> =
        lives.visits_of(life).windows(2).map(|pair| days(pair[1].start - pair[0].start)).collect();
    gaps.sort_by(f64::total_cmp);
    let mut row = vec![
        match life.sex {
            Sex::Female => 0.0,
            Sex::Male => 1.0,
            Sex::Other => f64::NAN,
        },
        life.age_at(begin).filter(|_| !life.events.is_empty()).unwrap_or(f64::NAN),
        life.events.len() as f64,
        life.visits.len() as f64,
        days(end - begin),
        lives.distinct(life).len() as f64,
        f64::from(u8::from(life.death.is_some())),
        if life.events.is_empty() { f64::NAN } else { (days(begin) / 365.25).floor() },
        gaps.get(gaps.len() / 2).copied().unwrap_or(f64::NAN),
        with_number,
    ];
    row.extend(count);
    row.extend(first);
    row.extend(last);
    row.extend(numbers.into_iter().map(|(sum, n)| if n > 0.0 { sum / n } else { f64::NAN }));
    row
}
