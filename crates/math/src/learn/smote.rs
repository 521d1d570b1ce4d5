//! How are more rows of a small group made between those that there are?

use crate::neighbours::{Points, neighbours};
use rand::{Rng, RngExt as _};

/// Rows between neighbours, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Between {
    /// Number columns.
    pub numbers: Vec<Vec<f64>>,
    /// Level columns.
    pub levels: Vec<Vec<u32>>,
}

/// Draws `n` rows: a row of the group by chance, one of its `k` nearest in the group, a point on the line between them;
/// levels are those that most of the nearest have. Nothing when the group is empty; a group of one is repeated.
///
/// A number that either of the two lacks (`NaN`) is that of the first. Distances are those of [`Points`]: numbers by their
/// range in the group, levels 0 or 1.
///
/// # Shapes
/// All columns as long as the group: pass only the rows of the group.
///
/// # Cost
/// O(group² · columns) and O(n · k · columns).
///
/// # Source
/// SMOTE-NC of Chawla et al. 2002 (`chawla2002`); there the difference of levels weighs the median deviation of the
/// numbers, here one full range.
///
/// # Example
/// ```
/// use rand::SeedableRng;
/// use verosim_math::learn::smote;
/// let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let made = smote(&[vec![0.0, 1.0]], &[vec![3, 3]], 5, 10, &mut rng);
/// assert!(made.numbers[0].iter().all(|x| (0.0..=1.0).contains(x)) && made.levels[0] == [3; 10]);
/// ```
#[must_use]
pub fn smote(numbers: &[Vec<f64>], levels: &[Vec<u32>], k: usize, n: usize, rng: &mut impl Rng) -> Between {
    let group = numbers.first().map(Vec::len).or(levels.first().map(Vec::len)).unwrap_or(0);
    let fits = numbers.iter().all(|c| c.len() == group) && levels.iter().all(|c| c.len() == group);
    let mut made =
        Between { numbers: vec![Vec::new(); numbers.len()], levels: vec![Vec::new(); levels.len()] };
    if group == 0 || !fits {
        return made;
    }
    let ranged: Vec<Vec<f32>> = numbers.iter().map(|column| ranged(column)).collect();
    let near = near_rows(&ranged, levels, k);
    for _ in 0..n {
        let Step { row, other, share } = Step::draw(&near, rng);
        let others = &near[row];
        for (column, out) in numbers.iter().zip(&mut made.numbers) {
            let between = column[row] + share * (column[other] - column[row]);
            out.push(if between.is_finite() { between } else { column[row] });
        }
        for (column, out) in levels.iter().zip(&mut made.levels) {
            out.push(commonest(others.iter().map(|&other| column[other as usize]), column[row]));
        }
    }
    made
}

/// For each row of a group its `k` nearest others (at least one is asked for), nearest first; fewer when there are fewer.
///
/// # Shapes
/// `numbers` in `[0, 1]`, `NaN` missing; all columns as long as the group.
///
/// # Cost
/// O(group² · columns).
#[must_use]
pub fn near_rows(numbers: &[Vec<f32>], levels: &[Vec<u32>], k: usize) -> Vec<Vec<u32>> {
    let points = Points::new(numbers, &levels.iter().map(|column| short(column)).collect::<Vec<_>>());
    // The nearest of a row is as a rule the row itself.
    neighbours(&points, &points, k.max(1) + 1)
        .into_iter()
        .enumerate()
        .map(|(row, found)| {
            let others = found.iter().map(|other| other.row).filter(|&other| other as usize != row);
            others.take(k.max(1)).collect()
        })
        .collect()
}

/// A point on the way from a row to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Where the way begins.
    pub row: usize,
    /// Where it ends: `row` itself when it has no neighbour.
    pub other: usize,
    /// How far along, in `[0, 1)`.
    pub share: f64,
}

impl Step {
    /// A row by chance, one of its neighbours, a share of the way. `near` is not empty.
    #[must_use]
    pub fn draw(near: &[Vec<u32>], rng: &mut impl Rng) -> Self {
        let row = rng.random_range(0..near.len());
        let (share, pick) = (rng.random::<f64>(), rng.random::<f64>());
        let others = &near[row];
        let other = others.get((pick * others.len() as f64) as usize).map_or(row, |&other| other as usize);
        Self { row, other, share }
    }
}

/// A column in shares of its range.
fn ranged(column: &[f64]) -> Vec<f32> {
    let own = column.iter().copied().filter(|x| x.is_finite());
    let (low, high) = own.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
    let width = if high > low { high - low } else { 1.0 };
    column.iter().map(|x| if x.is_finite() { ((x - low) / width) as f32 } else { f32::NAN }).collect()
}

/// Codes in two bytes; those beyond share one.
fn short(column: &[u32]) -> Vec<u16> {
    column.iter().map(|&code| u16::try_from(code).unwrap_or(u16::MAX)).collect()
}

/// The code that occurs most, the lower of equals; `otherwise` when there is none.
///
/// # Cost
/// O(codes · log codes).
#[must_use]
pub fn commonest(codes: impl Iterator<Item = u32>, otherwise: u32) -> u32 {
    let mut counts = std::collections::BTreeMap::new();
    codes.for_each(|code| *counts.entry(code).or_insert(0_usize) += 1);
    let most = counts.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
    most.map_or(otherwise, |(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    /// Two clusters far apart: with two neighbours each, no row is made between the clusters.
    #[test]
    fn rows_lie_between_neighbours_and_levels_are_those_of_most() {
        let x = vec![0.0, 1.0, 2.0, 100.0, 101.0, 102.0];
        let level = vec![7, 7, 8, 9, 9, 9];
        let made = smote(&[x], &[level], 2, 500, &mut ChaCha8Rng::seed_from_u64(3));
        let inside = |x: &f64| (0.0..=2.0).contains(x) || (100.0..=102.0).contains(x);
        assert!(made.numbers[0].len() == 500 && made.numbers[0].iter().all(inside));
        assert!(made.numbers[0].iter().any(|x| x.fract() > 0.01), "between, not copied");
        for (x, level) in made.numbers[0].iter().zip(&made.levels[0]) {
            assert!(if *x > 50.0 { *level == 9 } else { *level == 7 || *level == 8 });
        }
    }

    #[test]
    fn odd_groups_are_no_trouble() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        assert_eq!(smote(&[vec![]], &[], 5, 3, &mut rng).numbers, [Vec::<f64>::new()]);
        assert_eq!(
            smote(&[vec![4.0]], &[vec![2]], 5, 2, &mut rng).numbers,
            [[4.0, 4.0]],
            "one row is repeated"
        );
        let holes = smote(&[vec![f64::NAN, 1.0]], &[], 1, 20, &mut rng);
        assert!(holes.numbers[0].iter().all(|x| x.is_nan() || *x == 1.0));
        assert_eq!(smote(&[], &[], 5, 3, &mut rng), Between::default());
    }
}
