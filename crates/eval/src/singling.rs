//! Which predicates does an attacker read off synthetic rows, and whom do they single out?

use crate::coded::counts;
use crate::predicate::{Atom, Match, Predicate, Test, key, matches};
use crate::risk::{LEVEL, Tally};
use crate::trio::some_rows;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_data::frame::{Cells, NO_LEVEL};
use verosim_math::stats::Success;

/// Predicates that are asked.
pub(crate) const ATTEMPTS: usize = 1_000;
/// Candidates that are looked at for each predicate wanted.
const CANDIDATES: usize = 10;
/// Columns of a conjunction of rare cells.
const MOST_RARE: usize = 5;

/// Predicates about one column that one synthetic row alone meets: greatest, least, the only missing, unrepeated values.
pub(crate) fn of_one_column(made: &Table, wanted: usize, seed: Seeded) -> Vec<Predicate> {
    let mut candidates: Vec<Predicate> = Vec::new();
    for (at, column) in made.columns().iter().enumerate() {
        let atom = |test| vec![Atom { column: at, test }];
        candidates.push(atom(Test::Missing));
        match &column.cells {
            Cells::Number(values) => {
                let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
                sorted.sort_by(f64::total_cmp);
                if let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) {
                    candidates.extend([atom(Test::AtMost(least)), atom(Test::AtLeast(most))]);
                }
                let alone = |at: &usize| {
                    let differs = |other: Option<&f64>| other.is_none_or(|other| *other != sorted[*at]);
                    differs(at.checked_sub(1).and_then(|before| sorted.get(before)))
                        && differs(sorted.get(at + 1))
                };
                candidates.extend((0..sorted.len()).filter(alone).map(|at| atom(Test::Equals(sorted[at]))));
            }
            Cells::Level { codes, levels } => {
                let counts = counts(codes, levels.len());
                let alone = (0..levels.len()).filter(|&level| counts[level] == 1);
                candidates.extend(alone.map(|level| atom(Test::Is(level as u32))));
            }
        }
    }
    candidates.shuffle(&mut seed.rng());
    candidates.truncate(CANDIDATES * wanted);
    unique(candidates, made, wanted)
}

/// Predicates about `n_columns` columns of a synthetic row, chosen at random, that no other synthetic row meets. Numbers
/// are at least as far from the median.
pub(crate) fn of_random_columns(
    made: &Table,
    n_columns: usize,
    wanted: usize,
    seed: Seeded,
) -> Vec<Predicate> {
    let (n_rows, all) = (made.n_rows(), made.columns().len());
    if n_rows == 0 || all == 0 {
        return Vec::new();
    }
    let medians = medians(made);
    let mut rng = seed.rng();
    let mut found = Vec::new();
    let mut known = HashSet::new();
    // Batches, because most tables give enough long before the last candidate.
    for _ in 0..CANDIDATES {
        let mut candidates = Vec::with_capacity(wanted);
        for _ in 0..wanted {
            let row = rng.random_range(0..n_rows);
            let mut columns: Vec<usize> = Vec::new();
            while columns.len() < n_columns.min(all) {
                let at = rng.random_range(0..all);
                if !columns.contains(&at) {
                    columns.push(at);
                }
            }
            columns.sort_unstable();
            let predicate: Predicate =
                columns.iter().map(|&at| extreme(made, at, row, medians[at])).collect();
            if known.insert(key(&predicate)) {
                candidates.push(predicate);
            }
        }
        found.extend(unique(candidates, made, wanted - found.len()));
        if found.len() >= wanted {
            break;
        }
    }
    found
}

/// Predicates of an intruder who looks for the rare: the cells of a synthetic row that fewest of `known` people have, but
/// one at least, because what nobody has is the generator's invention; until no other synthetic row has them all. The
/// rarest such conjunctions first.
pub(crate) fn of_rare_cells(made: &Table, known: &Table, wanted: usize, seed: Seeded) -> Vec<Predicate> {
    let medians = medians(made);
    let rarity = Rarity::of(known);
    let rows = some_rows(made.n_rows(), 2 * wanted, seed);
    let ranked: Vec<Vec<(f64, Atom)>> = rows
        .into_iter()
        .map(|row| {
            let mut atoms: Vec<(f64, Atom)> = (0..made.columns().len())
                .map(|at| extreme(made, at, row, medians[at]))
                .filter_map(|atom| Some((rarity.share(atom)?, atom)))
                .collect();
            atoms.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.column.cmp(&b.1.column)));
            atoms.truncate(MOST_RARE);
            atoms
        })
        .collect();
    let mut found: BTreeMap<(u64, usize), Predicate> = BTreeMap::new();
    let mut open: Vec<usize> = (0..ranked.len()).collect();
    for length in 1..=MOST_RARE {
        let predicates: Vec<Predicate> = open
            .iter()
            .map(|&at| {
                let mut predicate: Predicate =
                    ranked[at].iter().take(length).map(|(_, atom)| *atom).collect();
                predicate.sort_by_key(|atom| atom.column);
                predicate
            })
            .collect();
        let met = matches(&predicates, made);
        let mut left = Vec::new();
        for ((at, predicate), met) in open.into_iter().zip(predicates).zip(met) {
            if matches!(met, Match::One(_)) {
                let share: f64 = ranked[at].iter().take(length).map(|(share, _)| share).product();
                // Shares are in (0, 1]: their bits are in their order.
                found.insert((share.to_bits(), at), predicate);
            } else {
                left.push(at);
            }
        }
        open = left;
    }
    let mut known = HashSet::new();
    found.into_values().filter(|predicate| known.insert(key(predicate))).take(wanted).collect()
}

/// What somebody asks who has seen no synthetic row but knows which values there are.
pub(crate) fn guessed(made: &Table, n_columns: usize, wanted: usize, seed: Seeded) -> Vec<Predicate> {
    let (n_rows, all) = (made.n_rows(), made.columns().len());
    let mut rng = seed.rng();
    let mut guesses = Vec::new();
    if n_rows == 0 || all == 0 {
        return guesses;
    }
    let values: Vec<Vec<f64>> = made
        .columns()
        .iter()
        .map(|column| {
            let mut values: Vec<f64> = match &column.cells {
                Cells::Number(values) => values.iter().copied().filter(|value| !value.is_nan()).collect(),
                Cells::Level { codes, .. } => {
                    codes.iter().filter(|&&code| code != NO_LEVEL).map(|&code| f64::from(code)).collect()
                }
            };
            values.sort_by(f64::total_cmp);
            values.dedup();
            values
        })
        .collect();
    for _ in 0..wanted {
        let mut columns: Vec<usize> = (0..all).collect();
        columns.shuffle(&mut rng);
        columns.truncate(n_columns);
        columns.sort_unstable();
        let predicate = columns.into_iter().map(|at| {
            let column = &made.columns()[at];
            let missing = usize::from(column.missing.iter().any(|&code| code != 0));
            let choices = values[at].len() + missing;
            let chosen = rng.random_range(0..choices.max(1));
            let test = match (values[at].get(chosen), column.numbers()) {
                (None, _) if rng.random_bool(0.5) => Test::Missing,
                (None, _) => Test::Present,
                (Some(&code), None) if rng.random_bool(0.5) => Test::Is(code as u32),
                (Some(&code), None) => Test::Not(code as u32),
                (Some(&value), Some(_)) => match rng.random_range(0..6) {
                    0 => Test::Equals(value),
                    1 => Test::Differs(value),
                    2 => Test::Above(value),
                    3 => Test::Below(value),
                    4 => Test::AtLeast(value),
                    _ => Test::AtMost(value),
                },
            };
            Atom { column: at, test }
        });
        guesses.push(predicate.collect());
    }
    guesses
}

/// Whom predicates single out among all real people, `train` and `control` together: a person is singled out when nobody
/// else of either table meets one of the predicates, and counts once, however many do. Where nothing was learned of
/// persons, the share of them that were learned from is the share of `train` in both, whatever the predicates are: no
/// model of how often larger populations hold several is needed, and chance decides on persons.
pub(crate) fn tally(
    kind: &'static str,
    (asked, guesses): (&[Predicate], &[Predicate]),
    train: &Table,
    control: &Table,
) -> Option<Tally> {
    let tries = asked.len() as f64;
    // How many control people stand for as many as were learned from.
    let scale = train.n_rows() as f64 / control.n_rows().max(1) as f64;
    let [of_train, of_control] = alone(asked, train, control).map(|people| people.len() as f64);
    let [guessed, _] = alone(guesses, train, control).map(|people| people.len() as f64);
    let counted = Success::of(of_control, tries, LEVEL)?;
    let scaled = Success::of((scale * of_control).min(tries), tries, LEVEL)?;
    Some(Tally {
        kind,
        tries: asked.len(),
        own: Success::of(of_train, tries, LEVEL)?,
        control: Success { rate: scaled.rate, half: scale.max(1.0) * counted.half },
        counted: (of_train / tries, guessed / guesses.len().max(1) as f64),
    })
}

/// People who alone of both tables meet predicates: of `train`, of `control`.
fn alone(predicates: &[Predicate], train: &Table, control: &Table) -> [BTreeSet<usize>; 2] {
    let (mut of_train, mut of_control) = (BTreeSet::new(), BTreeSet::new());
    for met in matches(predicates, train).into_iter().zip(matches(predicates, control)) {
        match met {
            (Match::One(row), Match::Nobody) => of_train.insert(row),
            (Match::Nobody, Match::One(row)) => of_control.insert(row),
            _ => false,
        };
    }
    [of_train, of_control]
}

/// Those that one row alone meets.
fn unique(candidates: Vec<Predicate>, made: &Table, wanted: usize) -> Vec<Predicate> {
    let met = matches(&candidates, made);
    let single = candidates.into_iter().zip(met).filter(|(_, met)| matches!(met, Match::One(_)));
    single.map(|(predicate, _)| predicate).take(wanted).collect()
}

/// What the cell says: its level, or a number at least as far from the median.
fn extreme(made: &Table, at: usize, row: usize, median: f64) -> Atom {
    let column = &made.columns()[at];
    let test = match &column.cells {
        _ if column.missing[row] != 0 => Test::Missing,
        Cells::Level { codes, .. } => Test::Is(codes[row]),
        Cells::Number(values) if values[row] > median => Test::AtLeast(values[row]),
        Cells::Number(values) => Test::AtMost(values[row]),
    };
    Atom { column: at, test }
}

/// Medians of numbers; 0 elsewhere.
fn medians(table: &Table) -> Vec<f64> {
    let median = |values: &[f64]| {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        verosim_math::stats::quantile_sorted(&sorted, 0.5).unwrap_or(0.0)
    };
    table.columns().iter().map(|column| column.numbers().map_or(0.0, median)).collect()
}

/// How many of some people meet tests.
struct Rarity {
    n_rows: f64,
    columns: Vec<(Vec<f64>, Vec<usize>, usize)>,
}

impl Rarity {
    fn of(known: &Table) -> Self {
        let columns = known
            .columns()
            .iter()
            .map(|column| {
                let missing = column.missing.iter().filter(|&&code| code != 0).count();
                match &column.cells {
                    Cells::Number(values) => {
                        let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
                        sorted.sort_by(f64::total_cmp);
                        (sorted, Vec::new(), missing)
                    }
                    Cells::Level { codes, levels } => (Vec::new(), counts(codes, levels.len()), missing),
                }
            })
            .collect();
        Self { n_rows: known.n_rows() as f64, columns }
    }

    /// Share of people; `None` where nobody meets it.
    fn share(&self, atom: Atom) -> Option<f64> {
        let (sorted, counts, missing) = self.columns.get(atom.column)?;
        let count = match atom.test {
            Test::Missing => *missing,
            Test::Is(code) => counts.get(code as usize).copied().unwrap_or(0),
            Test::AtLeast(value) => sorted.len() - sorted.partition_point(|other| *other < value),
            Test::AtMost(value) => sorted.partition_point(|other| *other <= value),
            _ => self.n_rows as usize,
        };
        (count > 0).then(|| count as f64 / self.n_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::Three;

    fn three() -> Three {
        let rows = |shift: usize| -> Vec<[String; 3]> {
            (0..200)
                .map(|at| {
                    let value = (at * 7919 + shift * 31) % 1009;
                    [value.to_string(), format!("l{}", value % 5), format!("m{}", (at + shift) % 3)]
                })
                .collect()
        };
        Three::new(&["value", "group", "other"], [&rows(0), &rows(500), &rows(1000)])
    }

    #[test]
    fn predicates_are_met_by_one_synthetic_row_alone_and_repeat_not() {
        let three = three();
        let made = &three.synthetic;
        for predicates in [
            of_one_column(made, 50, Seeded::new(3)),
            of_random_columns(made, 3, 50, Seeded::new(3)),
            of_rare_cells(made, &three.holdout, 50, Seeded::new(3)),
        ] {
            assert!(predicates.len() > 10, "{}", predicates.len());
            assert!(matches(&predicates, made).iter().all(|met| matches!(met, Match::One(_))));
            let keys: HashSet<_> = predicates.iter().map(key).collect();
            assert_eq!(keys.len(), predicates.len());
        }
        assert_eq!(guessed(made, 2, 30, Seeded::new(3)).len(), 30);
    }

    #[test]
    fn a_copy_is_singled_out_and_a_stranger_is_not() {
        let three = three();
        let of = |train: &Table, control: &Table| {
            let asked = of_random_columns(&three.train, 3, 100, Seeded::new(3));
            tally("test", (&asked, &[]), train, control).unwrap()
        };
        // Predicates of the training rows themselves: each singles out the row it was read off, where no other person
        // of the control meets it.
        let leaking = of(&three.train, &three.holdout);
        assert!(leaking.counted.0 > 0.2 && leaking.control.rate < 0.1, "{}", leaking.counted.0);
        assert!(leaking.score().unwrap().interval().unwrap().low > 0.0);
        let fair = of(&three.holdout, &three.synthetic);
        assert!(fair.score().map_or(0.0, |score| score.interval().unwrap().low) <= 0.0);
    }

    #[test]
    fn empty_tables_give_no_predicates() {
        let none = three().train.take(&[]);
        assert!(of_one_column(&none, 5, Seeded::new(1)).is_empty());
        assert!(of_random_columns(&none, 3, 5, Seeded::new(1)).is_empty());
        assert!(of_rare_cells(&none, &none, 5, Seeded::new(1)).is_empty());
        assert!(guessed(&none, 3, 5, Seeded::new(1)).is_empty());
        assert!(tally("test", (&[], &[]), &none, &none).is_none());
    }
}
