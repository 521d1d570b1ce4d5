//! How are the cells of a block drawn, each row in an order of its own?

use super::FittedBoosted;
use crate::masks::{Masks, is_forbidden};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use verosim_core::{Context, Interrupted};
use verosim_data::EncodedColumn;
use verosim_math::learn::Binned;

/// Times that an impossible cell is drawn again given what is seen, and then by how common cells are, before rules give way.
const MOST_TRIES: usize = 30;

/// Rows of which some cells are seen.
pub(super) struct Canvas<'a> {
    model: &'a FittedBoosted,
    masks: &'a Masks,
    pub(super) columns: Vec<EncodedColumn>,
    /// Whether a cell is seen, by column.
    is_seen: Vec<Vec<bool>>,
    /// How cells look to trees, by view.
    codes: Vec<Vec<u8>>,
}

impl<'a> Canvas<'a> {
    /// `n` rows of which nothing is seen.
    pub(super) fn empty(model: &'a FittedBoosted, masks: &'a Masks, n: usize) -> Self {
        let columns = model
            .domain
            .columns
            .iter()
            .map(|domain| EncodedColumn {
                tokens: vec![0; n],
                ranks: vec![0.0; if domain.continuous().is_some() { n } else { 0 }],
            })
            .collect();
        let codes = (0..model.looks.views.len()).map(|view| vec![model.looks.unseen(view); n]).collect();
        Self { model, masks, columns, is_seen: vec![vec![false; n]; model.laws.len()], codes }
    }

    /// The rows of `cells`, of which all is seen but `holes`.
    pub(super) fn with_holes(
        model: &'a FittedBoosted,
        masks: &'a Masks,
        cells: Vec<EncodedColumn>,
        holes: &[Vec<u32>],
        n: usize,
    ) -> Self {
        let mut canvas = Self::empty(model, masks, n);
        for (is_seen, holes) in canvas.is_seen.iter_mut().zip(holes) {
            is_seen.fill(true);
            holes.iter().for_each(|&row| is_seen[row as usize] = false);
        }
        for (view, codes) in canvas.codes.iter_mut().enumerate() {
            let column = model.looks.views[view].column;
            *codes = model.looks.codes(view, &cells[column], &model.domain);
            holes[column].iter().for_each(|&row| codes[row as usize] = model.looks.unseen(view));
        }
        canvas.columns = cells;
        canvas
    }

    /// Draws the columns in `turns`, which are those of each row in its own order; each given what is seen of the row by
    /// then.
    ///
    /// Rows that draw the same column in the same turn are drawn together.
    pub(super) fn draw(
        &mut self,
        turns: &[Vec<u16>],
        must_have_value: bool,
        ctx: Context<'_>,
        rng: &mut ChaCha8Rng,
    ) -> Result<(), Interrupted> {
        let longest = turns.iter().map(Vec::len).max().unwrap_or(0);
        let mut together: Vec<Vec<u32>> = vec![Vec::new(); self.columns.len()];
        for turn in 0..longest {
            together.iter_mut().for_each(Vec::clear);
            for (row, turns) in turns.iter().enumerate() {
                if let Some(&column) = turns.get(turn) {
                    together[usize::from(column)].push(row as u32);
                }
            }
            for (column, rows) in together.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
                ctx.stop.check()?;
                self.draw_together(column, rows, must_have_value, rng);
            }
        }
        Ok(())
    }

    fn draw_together(&mut self, column: usize, rows: &[u32], must_have_value: bool, rng: &mut ChaCha8Rng) {
        let looks = &self.model.looks;
        let law = &self.model.laws[column];
        let gathered = self.codes.iter().map(|codes| rows.iter().map(|&row| codes[row as usize]).collect());
        let seen = Binned::coded(&looks.binning, gathered.collect());
        let mut states = vec![0; rows.len()];
        let mut left: Vec<u32> = (0..rows.len() as u32).collect();
        let mut banned = Vec::new();
        for attempt in 0..=2 * MOST_TRIES {
            if attempt <= MOST_TRIES {
                law.draw(&seen, &left, must_have_value, &mut states, rng);
            } else {
                left.iter().for_each(|&at| states[at as usize] = law.common(must_have_value, rng.random()));
            }
            for &at in &left {
                let cell = law.states.cell(states[at as usize], rng);
                let (row, own) = (rows[at as usize] as usize, &mut self.columns[column]);
                own.tokens[row] = cell.0;
                if let Some(rank) = own.ranks.get_mut(row) {
                    *rank = cell.1;
                }
            }
            if !self.masks.applies(column) {
                break;
            }
            left.retain(|&at| {
                let row = rows[at as usize] as usize;
                let is_there = |other: usize| self.is_seen[other][row];
                self.masks.active_beside(column, &self.columns, row, is_there, &mut banned);
                is_forbidden(&banned, self.columns[column].tokens[row])
            });
            if left.is_empty() {
                break;
            }
        }
        self.show(column, rows);
    }

    /// What was drawn is seen from now on.
    fn show(&mut self, column: usize, rows: &[u32]) {
        let Self { model, columns, is_seen, codes, .. } = self;
        let own = &columns[column];
        let pick = |row: &u32| own.ranks.get(*row as usize).copied();
        let cells = EncodedColumn {
            tokens: rows.iter().map(|&row| own.tokens[row as usize]).collect(),
            ranks: rows.iter().filter_map(pick).collect(),
        };
        for (view, codes) in codes.iter_mut().enumerate() {
            if model.looks.views[view].column == column {
                let drawn = model.looks.codes(view, &cells, &model.domain);
                rows.iter().zip(drawn).for_each(|(&row, code)| codes[row as usize] = code);
            }
        }
        rows.iter().for_each(|&row| is_seen[column][row as usize] = true);
    }
}
