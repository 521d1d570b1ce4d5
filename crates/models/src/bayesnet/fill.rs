//! What is the law of the missing cells of a row, given those that are known, and how are they drawn from it?

use super::FittedNet;
use crate::filler::{Filler, in_blocks};
use crate::law::by_chance;
use crate::stated::Stated;
use rand_chacha::ChaCha8Rng;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{Encoded, Incomplete};

/// Most cells of a table over columns that are missing together; rows that need more are drawn by sweeps.
const MOST_CELLS: usize = 1 << 16;
/// Sweeps of such rows.
const SWEEPS: usize = 50;

impl Filler for FittedNet {
    fn fill(
        &self,
        table: &Incomplete,
        draw: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Encoded, SampleError> {
        let stated = Stated::new(&self.domain, &self.counts, &self.states, &self.views, &self.laws);
        let net = Net::new(&stated);
        in_blocks(table, seed.split_at(draw as u64), ctx, |part, rng| {
            ctx.stop.check()?;
            let mut drawn = stated.begin(part, rng);
            // Places of the network that each row lacks, parents first.
            let mut hidden: Vec<Vec<usize>> = vec![Vec::new(); part.n_rows];
            for (place, law) in stated.laws.iter().enumerate() {
                part.holes[law.column].iter().for_each(|&row| hidden[row as usize].push(place));
            }
            for (row, hidden) in hidden.iter().enumerate().filter(|(_, hidden)| !hidden.is_empty()) {
                net.draw(hidden, row, &mut drawn, rng);
            }
            let again = |place: usize, row: usize, drawn: &mut [Vec<u16>], rng: &mut _| {
                by_chance(&net.conditional(place, row, drawn), rng)
            };
            stated.settle(part, drawn, again, rng);
            Ok(())
        })
    }
}

/// The network as it is walked: who hangs on whom, by places.
struct Net<'a> {
    stated: &'a Stated<'a>,
    place_of: Vec<usize>,
    /// Places of the columns that hang on each.
    children: Vec<Vec<usize>>,
}

/// Numbers for each combination of states of some columns, the first of which counts fastest.
struct Factor {
    /// Places, ascending.
    over: Vec<usize>,
    cells: Vec<f64>,
}

impl<'a> Net<'a> {
    fn new(stated: &'a Stated<'a>) -> Self {
        let mut place_of = vec![0; stated.laws.len()];
        stated.laws.iter().enumerate().for_each(|(place, law)| place_of[law.column] = place);
        let mut children = vec![Vec::new(); stated.laws.len()];
        for (place, law) in stated.laws.iter().enumerate() {
            law.parents.iter().for_each(|parent| children[place_of[parent.column]].push(place));
        }
        Self { stated, place_of, children }
    }

    /// Draws the columns at the places `hidden` of a row from their joint law given all others.
    ///
    /// # Source
    /// Variable elimination, Zhang and Poole 1994 (`zhang1994`): from the last column to the first, all that speaks of it is
    /// multiplied, kept, and summed over it; then columns are drawn from the first to the last. In a network that was grown as
    /// a k-tree that order makes no table wider than a clique.
    fn draw(&self, hidden: &[usize], row: usize, drawn: &mut [Vec<u16>], rng: &mut ChaCha8Rng) {
        // Missing columns on which nothing hangs that is known sum to one: they are drawn from their parents in the end.
        let mut is_idle = vec![false; self.stated.laws.len()];
        for &place in hidden.iter().rev() {
            is_idle[place] = self.children[place].iter().all(|&child| is_idle[child]);
        }
        let (idle, told): (Vec<usize>, Vec<usize>) = hidden.iter().partition(|&&place| is_idle[place]);
        match self.eliminated(&told, row, drawn) {
            Some(kept) => {
                for (factor, &place) in kept.iter().zip(&told) {
                    let chances = self.chances(factor, place, row, drawn);
                    self.put(place, row, &chances, drawn, rng);
                }
            }
            None => {
                for _ in 0..SWEEPS {
                    for &place in &told {
                        let chances = self.conditional(place, row, drawn);
                        self.put(place, row, &chances, drawn, rng);
                    }
                }
            }
        }
        for place in idle {
            let law = &self.stated.laws[place];
            let given = law.given_in(self.stated.views, drawn, row);
            self.put(place, row, law.row(given), drawn, rng);
        }
    }

    /// What stands before each column is summed over, in the order of `hidden`; `None` when a table is too large.
    fn eliminated(&self, hidden: &[usize], row: usize, drawn: &mut [Vec<u16>]) -> Option<Vec<Factor>> {
        let mut speaking: Vec<usize> = hidden
            .iter()
            .flat_map(|&place| std::iter::once(place).chain(self.children[place].iter().copied()))
            .collect();
        speaking.sort_unstable();
        speaking.dedup();
        let mut factors = speaking
            .into_iter()
            .map(|place| self.factor(place, hidden, row, drawn))
            .collect::<Option<Vec<_>>>()?;
        let mut kept = Vec::with_capacity(hidden.len());
        for &place in hidden.iter().rev() {
            let (own, others): (Vec<Factor>, Vec<Factor>) =
                factors.into_iter().partition(|factor| factor.over.contains(&place));
            factors = others;
            let product = self.product(&own)?;
            factors.push(self.summed(&product, place));
            kept.push(product);
        }
        kept.reverse();
        Some(kept)
    }

    /// The table of a column, as far as columns of it are hidden.
    fn factor(&self, place: usize, hidden: &[usize], row: usize, drawn: &mut [Vec<u16>]) -> Option<Factor> {
        let law = &self.stated.laws[place];
        let places = law.parents.iter().map(|parent| self.place_of[parent.column]).chain([place]);
        let mut over: Vec<usize> = places.filter(|place| hidden.binary_search(place).is_ok()).collect();
        over.sort_unstable();
        let columns: Vec<usize> = over.iter().map(|&place| self.stated.laws[place].column).collect();
        let n = self.n_cells(&over)?;
        // What stands in the row is put back when all combinations were tried.
        let before: Vec<u16> = columns.iter().map(|&column| drawn[column][row]).collect();
        let mut cells = Vec::with_capacity(n);
        for cell in 0..n {
            let mut left = cell;
            for (&place, &column) in over.iter().zip(&columns) {
                let size = self.stated.laws[place].size;
                drawn[column][row] = (left % size) as u16;
                left /= size;
            }
            let chances = law.row(law.given_in(self.stated.views, drawn, row));
            cells.push(f64::from(chances[usize::from(drawn[law.column][row])]));
        }
        columns.iter().zip(before).for_each(|(&column, state)| drawn[column][row] = state);
        Some(Factor { over, cells })
    }

    fn n_cells(&self, over: &[usize]) -> Option<usize> {
        let sizes = over.iter().map(|&place| self.stated.laws[place].size);
        Some(sizes.fold(1, usize::saturating_mul)).filter(|&cells| cells <= MOST_CELLS)
    }

    fn product(&self, factors: &[Factor]) -> Option<Factor> {
        let mut over: Vec<usize> = factors.iter().flat_map(|factor| factor.over.iter().copied()).collect();
        over.sort_unstable();
        over.dedup();
        let mut cells = vec![1.0; self.n_cells(&over)?];
        for factor in factors {
            // How far a step in each column of the product leads in the factor.
            let mut strides = vec![0; over.len()];
            let mut stride = 1;
            for place in &factor.over {
                let at = over.binary_search(place).unwrap_or(0);
                strides[at] = stride;
                stride *= self.stated.laws[*place].size;
            }
            for (cell, value) in cells.iter_mut().enumerate() {
                let (mut left, mut from) = (cell, 0);
                for (place, stride) in over.iter().zip(&strides) {
                    let size = self.stated.laws[*place].size;
                    from += left % size * stride;
                    left /= size;
                }
                *value *= factor.cells[from];
            }
        }
        // Products of many chances would vanish; only proportions matter.
        let most = cells.iter().copied().fold(0.0, f64::max);
        if most > 0.0 {
            cells.iter_mut().for_each(|value| *value /= most);
        }
        Some(Factor { over, cells })
    }

    /// Summed over the column at `place`, which is the last of the factor and counts slowest.
    fn summed(&self, factor: &Factor, place: usize) -> Factor {
        let stride = factor.cells.len() / self.stated.laws[place].size;
        let mut cells = vec![0.0; stride];
        for (at, value) in factor.cells.iter().enumerate() {
            cells[at % stride] += value;
        }
        Factor { over: factor.over[..factor.over.len() - 1].to_vec(), cells }
    }

    /// The chances of the last column of a factor, the others being drawn.
    fn chances(&self, factor: &Factor, place: usize, row: usize, drawn: &[Vec<u16>]) -> Vec<f32> {
        let (mut first, mut stride) = (0, 1);
        for earlier in &factor.over[..factor.over.len() - 1] {
            let law = &self.stated.laws[*earlier];
            first += usize::from(drawn[law.column][row]) * stride;
            stride *= law.size;
        }
        (0..self.stated.laws[place].size).map(|state| factor.cells[first + state * stride] as f32).collect()
    }

    /// The chances of a column given all others: its own table times those of the columns that hang on it.
    fn conditional(&self, place: usize, row: usize, drawn: &mut [Vec<u16>]) -> Vec<f32> {
        let own = &self.stated.laws[place];
        let before = drawn[own.column][row];
        let mut chances = own.row(own.given_in(self.stated.views, drawn, row)).to_vec();
        for (state, chance) in chances.iter_mut().enumerate() {
            drawn[own.column][row] = state as u16;
            for &child in &self.children[place] {
                let law = &self.stated.laws[child];
                let told = law.row(law.given_in(self.stated.views, drawn, row));
                *chance *= told[usize::from(drawn[law.column][row])];
            }
        }
        drawn[own.column][row] = before;
        chances
    }

    /// A state by its chance; from the parents alone where known cells leave no chance at all.
    fn put(&self, place: usize, row: usize, chances: &[f32], drawn: &mut [Vec<u16>], rng: &mut ChaCha8Rng) {
        let law = &self.stated.laws[place];
        let has_chance = chances.iter().any(|chance| *chance > 0.0);
        let given = law.given_in(self.stated.views, drawn, row);
        drawn[law.column][row] = by_chance(if has_chance { chances } else { law.row(given) }, rng);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bayesnet::Net as Settings;
    use crate::planted::world;
    use verosim_core::Synthesizer as _;

    /// All rows of a network of the planted columns that agree with the known states, by enumeration.
    #[test]
    fn elimination_gives_the_joint_law_by_enumeration() {
        let settings = Settings::new(&serde_json::Map::new()).unwrap();
        let model = settings.fit(&world(3000), Seeded::new(1), Context::silent()).unwrap();
        let stated = Stated::new(&model.domain, &model.counts, &model.states, &model.views, &model.laws);
        let net = Net::new(&stated);
        // The columns a, b and d are missing; c, e and x are known.
        let (missing, known) = ([0, 1, 3], [(2, 1), (4, 1), (5, 7)]);
        let mut drawn = vec![vec![0_u16]; 6];
        known.iter().for_each(|&(column, state)| drawn[column][0] = state);
        let joint = |drawn: &[Vec<u16>]| -> f64 {
            let chance = |law: &crate::law::Law| {
                f64::from(law.row(law.given_in(stated.views, drawn, 0))[usize::from(drawn[law.column][0])])
            };
            stated.laws.iter().map(chance).product()
        };
        let mut wanted = [0.0; 8];
        for (at, chance) in wanted.iter_mut().enumerate() {
            missing.iter().enumerate().for_each(|(bit, &column)| drawn[column][0] = (at >> bit & 1) as u16);
            *chance = joint(&drawn);
        }
        let all: f64 = wanted.iter().sum();
        let mut hidden: Vec<usize> = missing.iter().map(|&column| net.place_of[column]).collect();
        hidden.sort_unstable();
        let mut rng = Seeded::new(2).rng();
        let mut counts = [0.0; 8];
        let n = 40_000.0;
        for _ in 0..40_000 {
            net.draw(&hidden, 0, &mut drawn, &mut rng);
            let at = missing.iter().enumerate().map(|(bit, &column)| usize::from(drawn[column][0]) << bit);
            counts[at.sum::<usize>()] += 1.0;
        }
        for (count, wanted) in counts.iter().zip(wanted) {
            let share = wanted / all;
            // Five standard errors for each of eight shares: a false alarm in 200,000 runs.
            assert!((count / n - share).abs() <= 5.0 * (share * (1.0 - share) / n).sqrt(), "{counts:?}");
        }
        assert!(known.iter().all(|&(column, state)| drawn[column][0] == state), "known states stay");
    }
}
