//! What is the law of the missing cells of a row, given those that are known, and how are they drawn from it?

use super::FittedNet;
use super::net::Net;
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
        let net = Net::new(&stated.laws, stated.views);
        in_blocks(table, seed.split_at(draw as u64), ctx, |part, rng| {
            ctx.stop.check()?;
            let mut drawn = stated.begin(part, rng);
            // Places of the network that each row lacks, parents first.
            let mut hidden: Vec<Vec<usize>> = vec![Vec::new(); part.n_rows];
            for (place, law) in stated.laws.iter().enumerate() {
                part.holes[law.column].iter().for_each(|&row| hidden[row as usize].push(place));
            }
            for (row, hidden) in hidden.iter().enumerate().filter(|(_, hidden)| !hidden.is_empty()) {
                draw_row(&net, hidden, row, &mut drawn, rng);
            }
            let again = |place: usize, row: usize, drawn: &mut [Vec<u16>], rng: &mut _| {
                by_chance(&net.conditional(place, row, drawn), rng)
            };
            stated.settle(part, drawn, again, rng);
            Ok(())
        })
    }
}

/// Draws the columns at the places `hidden` of a row from their joint law given all others.
fn draw_row(net: &Net<'_>, hidden: &[usize], row: usize, drawn: &mut [Vec<u16>], rng: &mut ChaCha8Rng) {
    // Missing columns on which nothing hangs that is known sum to one: they are drawn from their parents in the end.
    let mut is_idle = vec![false; net.laws.len()];
    for &place in hidden.iter().rev() {
        is_idle[place] = net.children[place].iter().all(|&child| is_idle[child]);
    }
    let (idle, told): (Vec<usize>, Vec<usize>) = hidden.iter().partition(|&&place| is_idle[place]);
    let mut speaking: Vec<usize> = told
        .iter()
        .flat_map(|&place| std::iter::once(place).chain(net.children[place].iter().copied()))
        .filter(|&place| !is_idle[place])
        .collect();
    speaking.sort_unstable();
    speaking.dedup();
    match net.eliminated((&told, &speaking), (row, drawn), Vec::new(), MOST_CELLS) {
        Some((kept, _)) => {
            for (factor, &place) in kept.iter().zip(&told) {
                let chances = factor.last_given(|place| drawn[net.laws[place].column][row]);
                put(net, place, row, &chances, drawn, rng);
            }
        }
        None => {
            for _ in 0..SWEEPS {
                for &place in &told {
                    let chances = net.conditional(place, row, drawn);
                    put(net, place, row, &chances, drawn, rng);
                }
            }
        }
    }
    for place in idle {
        let law = &net.laws[place];
        let given = law.given_in(net.views, drawn, row);
        put(net, place, row, law.row(given), drawn, rng);
    }
}

/// A state by its chance; from the parents alone where known cells leave no chance at all.
fn put(
    net: &Net<'_>,
    place: usize,
    row: usize,
    chances: &[f32],
    drawn: &mut [Vec<u16>],
    rng: &mut ChaCha8Rng,
) {
    let law = &net.laws[place];
    let has_chance = chances.iter().any(|chance| *chance > 0.0);
    let given = law.given_in(net.views, drawn, row);
    drawn[law.column][row] = by_chance(if has_chance { chances } else { law.row(given) }, rng);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bayesnet::Net as Settings;
    use crate::planted::world;
    use verosim_core::Synthesizer as _;

    /// What is missing is drawn by its joint law, found by enumerating all rows that agree with the known states. In the
    /// second case nothing is known of `c` and `e`, which hang on others that are missing.
    #[test]
    fn elimination_gives_the_joint_law_by_enumeration() {
        let settings = Settings::new(&serde_json::Map::new()).unwrap();
        let model = settings.fit(&world(3000), Seeded::new(1), Context::silent()).unwrap();
        let stated = Stated::new(&model.domain, &model.counts, &model.states, &model.views, &model.laws);
        let net = Net::new(&stated.laws, stated.views);
        for (missing, known) in
            [(vec![0, 1, 3], vec![(2, 1), (4, 1), (5, 7)]), (vec![1, 2, 3, 4], vec![(0, 1), (5, 7)])]
        {
            let mut drawn = vec![vec![0_u16]; 6];
            known.iter().for_each(|&(column, state)| drawn[column][0] = state);
            let joint = |drawn: &[Vec<u16>]| -> f64 {
                let chance = |law: &crate::law::Law| {
                    let row = law.row(law.given_in(stated.views, drawn, 0));
                    f64::from(row[usize::from(drawn[law.column][0])])
                };
                stated.laws.iter().map(chance).product()
            };
            let sizes: Vec<usize> =
                missing.iter().map(|&column: &usize| net.laws[net.place_of[column]].size).collect();
            let mut wanted = vec![0.0; sizes.iter().product()];
            for (at, chance) in wanted.iter_mut().enumerate() {
                let mut left = at;
                for (&column, &size) in missing.iter().zip(&sizes) {
                    drawn[column][0] = (left % size) as u16;
                    left /= size;
                }
                *chance = joint(&drawn);
            }
            let all: f64 = wanted.iter().sum();
            let mut hidden: Vec<usize> = missing.iter().map(|&column| net.place_of[column]).collect();
            hidden.sort_unstable();
            let mut rng = Seeded::new(2).rng();
            let mut counts = vec![0.0; wanted.len()];
            let n = 40_000.0;
            for _ in 0..40_000 {
                // What stands in a hole before it is filled must not matter.
                missing.iter().for_each(|&column| drawn[column][0] = 0);
                draw_row(&net, &hidden, 0, &mut drawn, &mut rng);
                let (mut at, mut stride) = (0, 1);
                for (&column, &size) in missing.iter().zip(&sizes) {
                    at += usize::from(drawn[column][0]) * stride;
                    stride *= size;
                }
                counts[at] += 1.0;
            }
            for (count, wanted) in counts.iter().zip(wanted) {
                let share = wanted / all;
                // Five standard errors for each of some dozen shares: a false alarm in 100,000 runs.
                let error = (share * (1.0 - share) / n).sqrt().max(1.0 / n);
                assert!((count / n - share).abs() <= 5.0 * error, "{missing:?}: {counts:?}");
            }
            assert!(known.iter().all(|&(column, state)| drawn[column][0] == state), "known states stay");
        }
    }
}
