//! How often is a secret right among the synthetic rows with a person's keys?

use crate::classes::{Classes, Codes};

/// Correct attribution of one sensitive column, from classes of keys.
pub(crate) struct Attribution<'a> {
    classes: &'a Classes,
    levels: &'a Codes,
    made: usize,
    /// Class and level of each synthetic row, ascending.
    sorted: Vec<(u32, u32)>,
}

impl<'a> Attribution<'a> {
    /// The rows of table `made` attribute.
    ///
    /// # Cost
    /// One sort of the synthetic rows.
    pub(crate) fn new(classes: &'a Classes, levels: &'a Codes, made: usize) -> Self {
        let mut sorted: Vec<(u32, u32)> =
            classes.of[made].iter().copied().zip(levels.of[made].iter().copied()).collect();
        sorted.sort_unstable();
        Self { classes, levels, made, sorted }
    }

    fn count(&self, low: (u32, u32), high: (u32, u32)) -> usize {
        let first = self.sorted.partition_point(|pair| *pair < low);
        self.sorted.partition_point(|pair| *pair <= high) - first
    }

    /// For each row of table `real`, the share of synthetic rows with equal keys that have the true level; `None` where
    /// there are none.
    ///
    /// # Source
    /// CAP: `taub2018`.
    pub(crate) fn of(&self, real: usize) -> Vec<Option<f64>> {
        let rows = self.classes.of[real].iter().zip(&self.levels.of[real]);
        rows.map(|(&class, &level)| {
            let all = self.count((class, 0), (class, u32::MAX));
            (all > 0).then(|| self.count((class, level), (class, level)) as f64 / all as f64)
        })
        .collect()
    }

    /// The same among the synthetic rows of the nearest keys, by the number of keys that differ, for `rows` of table
    /// `real`.
    ///
    /// # Cost
    /// O(rows · classes of synthetic rows · keys).
    pub(crate) fn of_nearest(&self, real: usize, rows: &[usize], keys: &[Codes]) -> Vec<f64> {
        use rayon::prelude::*;
        // One synthetic row stands for its class.
        let mut known = vec![None; self.classes.n];
        for (row, &class) in self.classes.of[self.made].iter().enumerate() {
            known[class as usize].get_or_insert(row);
        }
        let classes: Vec<(u32, usize)> =
            known.into_iter().enumerate().filter_map(|(class, row)| Some((class as u32, row?))).collect();
        rows.par_iter()
            .map(|&row| {
                let (mut least, mut right, mut all) = (usize::MAX, 0, 0);
                let level = self.levels.of[real][row];
                for &(class, at) in &classes {
                    let differs = |codes: &&Codes| codes.of[real][row] != codes.of[self.made][at];
                    let distance = keys.iter().filter(differs).count();
                    if distance > least {
                        continue;
                    }
                    if distance < least {
                        (least, right, all) = (distance, 0, 0);
                    }
                    right += self.count((class, level), (class, level));
                    all += self.count((class, 0), (class, u32::MAX));
                }
                if all == 0 { 0.0 } else { right as f64 / all as f64 }
            })
            .collect()
    }
}

/// Mean of those that there are; 0 when there are none.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) = values.into_iter().fold((0.0, 0_usize), |(sum, n), value| (sum + value, n + 1));
    sum / n.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::{KNOWN, coded};
    use crate::metrics::tests::Three;

    #[test]
    fn attributions_are_those_of_sdmetrics() {
        // Ten real and ten synthetic rows; the secret of 1 to 10 in three bins of equal width of the real ones.
        let table = |c: &str, d: &str, b: &str| -> Vec<[String; 3]> {
            let cells = |text: &str| -> Vec<String> {
                text.split(' ').map(|cell| if cell == "-" { String::new() } else { cell.into() }).collect()
            };
            let bin = |value: &String| {
                format!("b{}", (value.parse::<f64>().unwrap() / 3.0 - 1.0 / 3.0).ceil().max(1.0))
            };
            let (c, d, b) = (cells(c), cells(d), cells(b));
            (0..10).map(|at| [c[at].clone(), d[at].clone(), bin(&b[at])]).collect()
        };
        let real = table("a a b b b c c a - d", "x x y y x y x y x y", "10 9 8 7 6 5 4 3 2 1");
        let made = table("a b b b c c e a a -", "x y y y y x x x y y", "9 9 7 8 5 6 3 4 1 2");
        let three = Three::new(&["c", "d", "b"], [&real, &real, &made]);
        let tables = crate::classes::everybody(&three.trio());
        let keys: Vec<Codes> = (0..2).map(|at| coded(&tables, at, KNOWN)).collect();
        let classes = Classes::of(&tables, &keys);
        let levels = coded(&tables, 2, KNOWN);
        let cap = Attribution::new(&classes, &levels, 2);
        let each = cap.of(0);
        // sdmetrics 0.32.0 DisclosureProtection.compute_breakdown: 1 - CAP of the three methods.
        assert!((1.0 - mean(each.iter().flatten().copied()) - 0.428_571_428_6).abs() < 1e-9);
        assert!((1.0 - mean(each.iter().map(|share| share.unwrap_or(0.0))) - 0.6).abs() < 1e-9);
        let all: Vec<usize> = (0..10).collect();
        assert!((1.0 - mean(cap.of_nearest(0, &all, &keys)) - 0.478_095_238_1).abs() < 1e-9);
    }
}
