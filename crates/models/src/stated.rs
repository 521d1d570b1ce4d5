//! How are rows with holes seen and completed by engines that know finitely many states of each column?

use crate::coded::Views;
use crate::filler::Part;
use crate::law::{Law, by_chance};
use crate::masks::{Masks, is_forbidden};
use crate::states::States;
use rand_chacha::ChaCha8Rng;
use verosim_data::{Domain, Token};

/// The conditional tables of an engine where every cell has a value.
pub(crate) struct Stated<'a> {
    domain: &'a Domain,
    states: &'a [States],
    pub(crate) views: &'a [Views],
    /// In the engine's order.
    pub(crate) laws: Vec<Law>,
    /// How common the states are that have a value, by column; all 0 where none has.
    margins: Vec<Vec<f32>>,
    masks: Masks,
}

/// Times that a cell is drawn again: an impossible one given all others, then by how common it is; a kind of missing that
/// shares the state of a value.
const MOST_TRIES: usize = 50;

impl<'a> Stated<'a> {
    pub(crate) fn new(
        domain: &'a Domain,
        counts: &[Vec<u64>],
        states: &'a [States],
        views: &'a [Views],
        laws: &[Law],
    ) -> Self {
        let values: Vec<Vec<bool>> =
            (0..states.len()).map(|at| states[at].have_value(&domain.columns[at], &counts[at])).collect();
        let margin = |at: usize| {
            let all = states[at].margin(&counts[at]).into_iter().zip(&values[at]);
            let shares: Vec<f32> = all.map(|(share, has)| if *has { share } else { 0.0 }).collect();
            let sum: f32 = shares.iter().sum();
            if sum > 0.0 { shares.iter().map(|share| share / sum).collect() } else { shares }
        };
        let margins: Vec<Vec<f32>> = (0..states.len()).map(margin).collect();
        let laws = laws
            .iter()
            .map(|law| {
                let (values, margin) = (&values[law.column], &margins[law.column]);
                if values.contains(&true) { law.within(values, margin) } else { law.clone() }
            })
            .collect();
        Self { domain, states, views, laws, margins, masks: Masks::mutual(domain) }
    }

    /// The states of all cells; holes begin by how common states are.
    pub(crate) fn begin(&self, part: &Part, rng: &mut ChaCha8Rng) -> Vec<Vec<u16>> {
        let mut drawn: Vec<Vec<u16>> =
            self.states.iter().zip(&part.cells).map(|(states, cells)| states.of(cells)).collect();
        for ((own, holes), margin) in drawn.iter_mut().zip(&part.holes).zip(&self.margins) {
            holes.iter().for_each(|&row| own[row as usize] = by_chance(margin, rng));
        }
        drawn
    }

    /// A cell for each hole, by its state. Where it is impossible beside other cells, `again` draws another state of the
    /// column at a place among the laws, given all others.
    pub(crate) fn settle(
        &self,
        part: &mut Part,
        mut drawn: Vec<Vec<u16>>,
        again: impl Fn(usize, usize, &mut [Vec<u16>], &mut ChaCha8Rng) -> u16,
        rng: &mut ChaCha8Rng,
    ) {
        for place in 0..self.laws.len() {
            let at = self.laws[place].column;
            for row in part.holes[at].clone() {
                self.put(part, at, row as usize, drawn[at][row as usize], rng);
            }
        }
        let mut banned = Vec::new();
        for place in 0..self.laws.len() {
            let at = self.laws[place].column;
            if !self.masks.applies(at) {
                continue;
            }
            for row in part.holes[at].clone().into_iter().map(|row| row as usize) {
                for attempt in 0..MOST_TRIES * MOST_TRIES {
                    self.masks.active(at, &part.cells, row, &mut banned);
                    if !is_forbidden(&banned, part.cells[at].tokens[row]) {
                        break;
                    }
                    drawn[at][row] = if attempt < MOST_TRIES {
                        again(place, row, &mut drawn, rng)
                    } else {
                        by_chance(&self.margins[at], rng)
                    };
                    self.put(part, at, row, drawn[at][row], rng);
                }
            }
        }
    }

    fn put(&self, part: &mut Part, at: usize, row: usize, state: u16, rng: &mut ChaCha8Rng) {
        let mut cell = self.states[at].cell(state, rng);
        for _ in 0..MOST_TRIES {
            if !matches!(self.domain.columns[at].tokens[cell.0 as usize], Token::Missing(_)) {
                break;
            }
            cell = self.states[at].cell(state, rng);
        }
        let cells = &mut part.cells[at];
        cells.tokens[row] = cell.0;
        if let Some(own) = cells.ranks.get_mut(row) {
            *own = cell.1;
        }
    }
}
