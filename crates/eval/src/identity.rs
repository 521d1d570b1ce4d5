//! How easily is a person identified by keys, and does that teach anything?

use crate::classes::Classes;
use verosim_data::Table;
use verosim_data::frame::{Cells, NO_LEVEL};
use verosim_math::stats::quantile_sorted;

/// Risk of being identified at which health data are published, about 1 in 11: European Medicines Agency (Policy 0070)
/// and Health Canada (public release of clinical information).
pub(crate) const THRESHOLD: f64 = 0.09;
/// Share of sensitive columns that must be learned for a match to matter.
const LEAST_LEARNED: f64 = 0.05;
/// A level that more people than this share have is no news.
const NO_NEWS: f64 = 0.5;
/// Matching synthetic rows that are looked at.
const MOST_MATCHES: usize = 64;
/// Deviations of a normal law per median absolute deviation.
const PER_MAD: f64 = 1.482_602_218_505_602;

/// What a match teaches of one sensitive column.
enum News {
    /// Share of people with each level.
    Level(Vec<f64>),
    /// Middle of the numbers and what counts as near.
    Number { middle: f64, near: f64 },
}

impl News {
    fn of(train: &Table, column: usize) -> Self {
        match &train.columns()[column].cells {
            Cells::Level { codes, levels } => {
                let counts = crate::coded::counts(codes, levels.len());
                let n = counts.iter().sum::<usize>().max(1) as f64;
                Self::Level(counts.into_iter().map(|count| count as f64 / n).collect())
            }
            Cells::Number(values) => {
                let middle = median(values.iter().copied());
                let near = PER_MAD * median(values.iter().map(|value| (value - middle).abs()));
                Self::Number { middle, near }
            }
        }
    }

    /// Whether the synthetic cell tells the real one, and everybody's guess would not.
    fn is_learned(&self, real: &Cells, row: usize, made: &Cells, at: usize) -> bool {
        match (self, real, made) {
            (Self::Level(shares), Cells::Level { codes, .. }, Cells::Level { codes: made, .. }) => {
                codes[row] != NO_LEVEL
                    && codes[row] == made[at]
                    && shares.get(codes[row] as usize).is_some_and(|share| *share <= NO_NEWS)
            }
            (Self::Number { middle, near }, Cells::Number(values), Cells::Number(made)) => {
                (made[at] - values[row]).abs() <= *near && (values[row] - middle).abs() > *near
            }
            _ => false,
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    quantile_sorted(&sorted, 0.5).unwrap_or(0.0)
}

/// The risk of each row of table `of` (0 for those learned from, 1 for others): share of matching synthetic rows that
/// teach something, over the number of people with the same keys in the population. Others are counted as if they had
/// been learned from as well.
pub(crate) fn risks(
    tables: &[&Table; 3],
    classes: &Classes,
    of: usize,
    secrets: &[usize],
    population: f64,
) -> Vec<f64> {
    use rayon::prelude::*;
    let news: Vec<News> = secrets.iter().map(|&at| News::of(tables[0], at)).collect();
    let known = classes.sizes(0);
    let mut matching: Vec<Vec<usize>> = vec![Vec::new(); classes.n];
    for (row, &class) in classes.of[2].iter().enumerate() {
        let rows = &mut matching[class as usize];
        if rows.len() < MOST_MATCHES {
            rows.push(row);
        }
    }
    // As many people stand behind each real row.
    let weight = (population / tables[0].n_rows().max(1) as f64).max(1.0);
    let needed = LEAST_LEARNED * secrets.len() as f64;
    let learned = |row: usize, at: usize| {
        let cells = |table: usize, column: usize| &tables[table].columns()[column].cells;
        let count = secrets
            .iter()
            .zip(&news)
            .filter(|&(&column, news)| news.is_learned(cells(of, column), row, cells(2, column), at))
            .count();
        count > 0 && count as f64 >= needed
    };
    (0..tables[of].n_rows())
        .into_par_iter()
        .map(|row| {
            let class = classes.of[of][row] as usize;
            let rows = &matching[class];
            if rows.is_empty() {
                return 0.0;
            }
            let teaching = rows.iter().filter(|&&at| learned(row, at)).count() as f64 / rows.len() as f64;
            let people = known[class] + usize::from(of != 0);
            teaching / (people as f64 * weight)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::{KNOWN, coded, everybody};
    use crate::metrics::tests::Three;

    #[test]
    fn risks_are_those_by_hand() {
        let cell = |text: &str| -> Vec<[String; 2]> {
            text.split(' ').map(|pair| [pair[..1].to_owned(), pair[1..].to_owned()]).collect()
        };
        // Keys a to d; levels 1 (half of people), 2 and 3.
        let three = Three::new(
            &["sex", "illness"],
            [&cell("ax ax ax by by cz dx dw"), &cell("by cx"), &cell("ax by by bx cz dz")],
        );
        let tables = everybody(&three.trio());
        let classes = Classes::of(&tables, &[coded(&tables, 0, KNOWN)]);
        let risk = risks(&tables, &classes, 0, &[1], 8.0);
        // ax: right, but half of people have x: 4 of 8 is no more than one half, so that it is news: 1 / 3 people.
        // by: two of three matching rows are right: 2/3 over 2 people. cz: alone: 1. d: no matching row is right.
        let want = [1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 1.0, 0.0, 0.0];
        assert!(risk.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-12), "{risk:?}");
        // A tenth of the population: a tenth of the risk.
        let rarer = risks(&tables, &classes, 0, &[1], 80.0);
        assert!(rarer.iter().zip(want).all(|(got, want)| (got - want / 10.0).abs() < 1e-12));
        // A stranger with key b joins two people: 2/3 over 3.
        let others = risks(&tables, &classes, 1, &[1], 8.0);
        assert!((others[0] - 2.0 / 9.0).abs() < 1e-12 && others[1].abs() < 1e-12, "{others:?}");
    }

    #[test]
    fn numbers_near_the_middle_are_no_news() {
        let values = Cells::Number(vec![0.0, 5.0, 10.0, 30.0]);
        let news = News::Number { middle: 5.0, near: 6.0 };
        let made = Cells::Number(vec![28.0, 6.0, f64::NAN]);
        assert!(news.is_learned(&values, 3, &made, 0), "28 tells 30, and 5 would not");
        assert!(!news.is_learned(&values, 2, &made, 1), "10 is as near to the middle");
        assert!(!news.is_learned(&values, 3, &made, 2));
    }
}
