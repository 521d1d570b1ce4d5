//! What do keys tell of a sensitive column?

use crate::classes::Classes;

/// What synthetic rows tell of a column by classes of keys, and how often that is right. Shares of real rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// Rows whose class is of one level among real rows themselves.
    pub(crate) by_real: f64,
    /// Rows whose class is found among synthetic rows.
    pub(crate) found: f64,
    /// Of these, those whose synthetic class is of one level.
    pub(crate) of_one: f64,
    /// Of these, those where it is the true one.
    pub(crate) right: Vec<bool>,
    /// The same without what everybody could guess.
    pub(crate) right_beyond: Vec<bool>,
}

/// How alone people are by their keys. Shares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Alone {
    /// Real rows that are alone among real rows.
    pub(crate) real: f64,
    /// Synthetic rows that are alone among synthetic rows.
    pub(crate) synthetic: f64,
    /// Real rows that are alone among real rows and found among synthetic ones.
    pub(crate) found: f64,
    /// Real rows that are alone among real rows and alone among synthetic ones.
    pub(crate) both: f64,
}

/// Rows of one level above which it may be what everybody could guess,
const DOMINANT_ROWS: usize = 50;
/// when it makes up more than this share of all that is told.
const DOMINANT_SHARE: f64 = 0.9;
/// Rows of one class and level above which a level may follow from a single key,
const FOLLOWS_ROWS: usize = 4;
/// when more than this share of the real rows with that key have it.
const FOLLOWS_SHARE: f64 = 0.8;

/// Levels, and levels with a single key, that everybody could guess.
pub(crate) struct Inevitable {
    levels: Vec<u32>,
    /// Column of keys, its code, level.
    pairs: Vec<(usize, u32, u32)>,
}

impl Inevitable {
    /// Found where the keys of training rows tell `right`.
    ///
    /// # Source
    /// The checks of one and of two ways of synthpop's `disclosure` (`raab2024`), which prints them.
    pub(crate) fn of(right: &[bool], classes: &[u32], levels: &[u32], keys: &[&[u32]]) -> Self {
        let told: Vec<usize> = (0..right.len()).filter(|&row| right[row]).collect();
        let mut by_level: Vec<u32> = told.iter().map(|&row| levels[row]).collect();
        by_level.sort_unstable();
        let dominant = by_level
            .chunk_by(|a, b| a == b)
            .filter(|same| {
                same.len() > DOMINANT_ROWS && same.len() as f64 > DOMINANT_SHARE * told.len() as f64
            })
            .map(|same| same[0]);
        // Cells of class and level with many rows, then the pairs of one key and the level in them.
        let mut cells: Vec<(u32, u32, usize)> =
            told.iter().map(|&row| (classes[row], levels[row], row)).collect();
        cells.sort_unstable();
        let heavy = cells.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|same| same.len() > FOLLOWS_ROWS);
        let mut candidates: Vec<(usize, u32, u32)> = heavy
            .flat_map(|same| keys.iter().enumerate().map(|(at, codes)| (at, codes[same[0].2], same[0].1)))
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates.retain(|&(at, code, level)| {
            let with_key = keys[at].iter().filter(|&&other| other == code).count();
            let with_both =
                keys[at].iter().zip(levels).filter(|&(other, own)| *other == code && *own == level).count();
            with_both as f64 > FOLLOWS_SHARE * with_key as f64
        });
        Self { levels: dominant.collect(), pairs: candidates }
    }

    fn covers(&self, level: u32, keys: &[&[u32]], row: usize) -> bool {
        self.levels.contains(&level)
            || keys
                .iter()
                .enumerate()
                .any(|(at, codes)| self.pairs.binary_search(&(at, codes[row], level)).is_ok())
    }
}

/// What the rows of table `made` tell of the rows of table `real`.
///
/// # Source
/// Dorig, iS, DiS and DiSCO of synthpop's `disclosure` (`raab2024`).
pub(crate) fn told(classes: &Classes, levels: &[Vec<u32>], real: usize, made: usize) -> Told {
    let only = only_level(&classes.of[made], &levels[made], classes.n);
    let own = only_level(&classes.of[real], &levels[real], classes.n);
    let n = levels[real].len().max(1) as f64;
    let share = |meets: &dyn Fn(u32) -> bool| {
        classes.of[real].iter().filter(|&&class| meets(class)).count() as f64 / n
    };
    let right: Vec<bool> = classes.of[real]
        .iter()
        .zip(&levels[real])
        .map(|(&class, &level)| only[class as usize] == Level::One(level))
        .collect();
    Told {
        by_real: share(&|class| matches!(own[class as usize], Level::One(_))),
        found: share(&|class| only[class as usize] != Level::Nobody),
        of_one: share(&|class| matches!(only[class as usize], Level::One(_))),
        right_beyond: right.clone(),
        right,
    }
}

impl Told {
    /// Leaves out what everybody could guess.
    pub(crate) fn beyond(mut self, inevitable: &Inevitable, levels: &[u32], keys: &[&[u32]]) -> Self {
        for (row, right) in self.right_beyond.iter_mut().enumerate() {
            *right &= !inevitable.covers(levels[row], keys, row);
        }
        self
    }
}

/// How alone the rows of tables `real` and `made` are.
///
/// # Source
/// UiO, UiS, UiOiS and repU of synthpop's `disclosure` (`raab2024`).
pub(crate) fn alone(classes: &Classes, real: usize, made: usize) -> Alone {
    let (own, others) = (classes.sizes(real), classes.sizes(made));
    let share = |table: usize, meets: &dyn Fn(usize) -> bool| {
        let rows = &classes.of[table];
        rows.iter().filter(|&&class| meets(class as usize)).count() as f64 / rows.len().max(1) as f64
    };
    Alone {
        real: share(real, &|class| own[class] == 1),
        synthetic: share(made, &|class| others[class] == 1),
        found: share(real, &|class| own[class] == 1 && others[class] > 0),
        both: share(real, &|class| own[class] == 1 && others[class] == 1),
    }
}

/// The levels of a class.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Nobody,
    One(u32),
    Several,
}

fn only_level(classes: &[u32], levels: &[u32], n: usize) -> Vec<Level> {
    let mut only = vec![Level::Nobody; n];
    for (&class, &level) in classes.iter().zip(levels) {
        let known = &mut only[class as usize];
        *known = match *known {
            Level::Nobody => Level::One(level),
            Level::One(other) if other == level => Level::One(level),
            _ => Level::Several,
        };
    }
    only
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Classes and levels of two tables, written as letters and digits.
    fn two(real: &str, made: &str) -> (Classes, Vec<Vec<u32>>) {
        let cells = |text: &str| -> Vec<(u32, u32)> {
            text.split(' ')
                .map(|cell| {
                    let mut letters = cell.bytes();
                    (u32::from(letters.next().unwrap() - b'a'), u32::from(letters.next().unwrap() - b'0'))
                })
                .collect()
        };
        let (real, made) = (cells(real), cells(made));
        let of = [&real, &made].map(|rows| rows.iter().map(|row| row.0).collect()).to_vec();
        let levels = [&real, &made].map(|rows| rows.iter().map(|row| row.1).collect()).to_vec();
        (Classes { of, n: 26 }, levels)
    }

    #[test]
    fn shares_are_those_by_hand() {
        let (classes, levels) = two("a1 a1 b1 b2 c1 d2 e1 e1 f1 g2", "a1 a2 b1 b1 c1 d1 e1 h1");
        let found = told(&classes, &levels, 0, 1);
        // By hand after synthpop: Dorig: a, c, d, e, f, g are of one level: 8 of 10. iS: a, b, c, d, e: 8 rows. DiS: b, c,
        // d, e: 6 rows. DiSCO: b1, c1, e1, e1: 4 rows.
        assert_eq!((found.by_real, found.found, found.of_one), (0.8, 0.8, 0.6));
        assert_eq!(found.right.iter().filter(|&&right| right).count(), 4);
        // UiO: c, d, f, g. UiS: c, d, e, h of 8. UiOiS: c, d. repU: c, d.
        let alone = alone(&classes, 0, 1);
        assert_eq!((alone.real, alone.synthetic, alone.found, alone.both), (0.4, 0.5, 0.2, 0.2));
    }

    #[test]
    fn what_everybody_could_guess_is_left_out() {
        // 60 rows of level 1 in one class, 3 of level 2 in another: the first is dominant (more than 50 rows, more than
        // 90 %), and follows from its key.
        let real = ["a1"; 60].into_iter().chain(["b2"; 3]).collect::<Vec<_>>().join(" ");
        let (classes, levels) = two(&real, "a1 b2");
        let found = told(&classes, &levels, 0, 1);
        let keys: Vec<u32> = classes.of[0].clone();
        let inevitable = Inevitable::of(&found.right, &classes.of[0], &levels[0], &[&keys]);
        assert_eq!((inevitable.levels.as_slice(), inevitable.pairs.as_slice()), (&[1][..], &[(0, 0, 1)][..]));
        let beyond = found.beyond(&inevitable, &levels[0], &[&keys]);
        assert_eq!(beyond.right.iter().filter(|&&right| right).count(), 63);
        assert_eq!(beyond.right_beyond.iter().filter(|&&right| right).count(), 3);
    }
}
