//! How are rows drawn from a fitted forest?

use super::boosted::BoostedLaw;
use super::given::Drawer;
use super::model::{ColumnModel, FittedTrees, TokenLaw};
use crate::masks::{Masks, is_forbidden};
use crate::view::View;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{ColumnDomain, Encoded, EncodedColumn};
use verosim_math::forest::{ClassTree, Strata};

/// Rows per block. A block is a pure function of (model, seed, block number), and draws are spread evenly within it:
/// large enough that a leaf meets many rows.
const BLOCK: usize = 16_384;

pub(super) fn sample(
    model: &FittedTrees,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    let drawer = Drawer::new(model);
    let blocks = n.div_ceil(BLOCK).max(1);
    let done = AtomicUsize::new(0);
    let drawn: Vec<Vec<EncodedColumn>> = (0..blocks)
        .into_par_iter()
        .map(|block| {
            let rows = BLOCK.min(n - block * BLOCK);
            let columns = drawer.draw(Vec::new(), rows, seed.split_at(block as u64), ctx)?;
            ctx.progress.step(done.fetch_add(1, Ordering::Relaxed) + 1, blocks, "blocks");
            Ok(columns)
        })
        .collect::<Result<_, Interrupted>>()?;
    let mut columns = vec![EncodedColumn::default(); model.columns.len()];
    for block in drawn {
        for (column, part) in columns.iter_mut().zip(block) {
            column.tokens.extend(part.tokens);
            column.ranks.extend(part.ranks);
        }
    }
    Encoded::new(Arc::clone(&model.domain), columns, n, None)
        .ok_or_else(|| SampleError::BrokenModel { what: "drawn tokens do not fit the domain".into() })
}

/// Buffers that are kept between columns.
#[derive(Default)]
pub(super) struct Painter {
    strata: Strata,
    keys: Vec<u32>,
    uniforms: Vec<f64>,
}

impl Painter {
    #[allow(clippy::too_many_arguments, reason = "the state of one block, passed once")]
    /// Tokens of `n` rows of which the columns before are drawn; none of the tokens whose bits are in `never`, which is
    /// empty when all may be drawn.
    pub(super) fn tokens(
        &mut self,
        law: &ColumnModel,
        domain: &ColumnDomain,
        views: &[View],
        masks: &Masks,
        never: &[u64],
        drawn: &[EncodedColumn],
        seen: &[&[u8]],
        n: usize,
        backoff: f64,
        rng: &mut ChaCha8Rng,
    ) -> Vec<u32> {
        let masks = Bans { masks, column: law.column, never, drawn };
        let masked = masks.apply();
        let mut active = Vec::new();
        let mut tokens = vec![0; n];
        match &law.tokens {
            TokenLaw::Constant(token) => tokens.fill(*token),
            TokenLaw::Flat(trees) => {
                let rows: Vec<u32> = (0..n as u32).collect();
                let leaves = self.leaves(trees, &rows, seen, rng);
                for (row, &(tree, leaf)) in leaves.iter().enumerate() {
                    if masked {
                        masks.active(row, &mut active);
                    }
                    let forbidden = |class: u16| is_forbidden(&active, u32::from(class));
                    tokens[row] =
                        u32::from(draw(&trees[tree], leaf, self.uniforms[row], backoff, forbidden, rng));
                }
            }
            TokenLaw::Boosted(boosted) => {
                let views = law.predictors.iter().map(|&view| &views[view]);
                let chances = boosted.chances(views.zip(seen.iter().copied()));
                let width = boosted.tokens.len();
                boosted.spread(&chances, &mut self.keys);
                self.strata.fill(&self.keys, n.div_ceil(BoostedLaw::SPREAD), &mut self.uniforms, rng);
                for (row, chances) in chances.chunks_exact(width).enumerate() {
                    if masked {
                        masks.active(row, &mut active);
                    }
                    tokens[row] =
                        boosted.draw(chances, self.uniforms[row], |token| is_forbidden(&active, token));
                }
            }
            TokenLaw::Grouped { members, groups, within } => {
                let rows: Vec<u32> = (0..n as u32).collect();
                let leaves = self.leaves(groups, &rows, seen, rng);
                let mut of_group: Vec<Vec<u32>> = vec![Vec::new(); members.len()];
                for (row, &(tree, leaf)) in leaves.iter().enumerate() {
                    if masked {
                        masks.active(row, &mut active);
                    }
                    // A group is impossible when all its members are.
                    let forbidden = |group: u16| {
                        !active.is_empty()
                            && members[usize::from(group)].iter().all(|&token| is_forbidden(&active, token))
                    };
                    let group = draw(&groups[tree], leaf, self.uniforms[row], backoff, forbidden, rng);
                    of_group[usize::from(group)].push(row as u32);
                }
                for ((rows, members), trees) in of_group.iter().zip(members).zip(within) {
                    if trees.is_empty() {
                        rows.iter().for_each(|&row| tokens[row as usize] = members[0]);
                        continue;
                    }
                    let leaves = self.leaves(trees, rows, seen, rng);
                    for (at, &(tree, leaf)) in leaves.iter().enumerate() {
                        let row = rows[at] as usize;
                        if masked {
                            masks.active(row, &mut active);
                        }
                        let forbidden = |class: u16| is_forbidden(&active, members[usize::from(class)]);
                        let class = draw(&trees[tree], leaf, self.uniforms[at], backoff, forbidden, rng);
                        tokens[row] = members[usize::from(class)];
                    }
                }
            }
        }
        debug_assert!(tokens.iter().all(|&token| (token as usize) < domain.tokens.len()));
        tokens
    }

    pub(super) fn ranks(
        &mut self,
        law: &ColumnModel,
        domain: &ColumnDomain,
        tokens: &[u32],
        seen: &[&[u8]],
        rng: &mut ChaCha8Rng,
    ) -> Vec<f32> {
        let Some(continuous) = domain.continuous() else { return Vec::new() };
        let rows: Vec<u32> =
            (0..tokens.len() as u32).filter(|&row| tokens[row as usize] == continuous).collect();
        let mut ranks = vec![0.0; tokens.len()];
        let trees: Vec<_> = law.ranks.iter().map(verosim_math::forest::RankTree::tree).collect();
        let leaves = self.walk(&trees, &rows, seen, rng);
        let last = (domain.n_ranks as f32).next_down();
        for (at, &(tree, leaf)) in leaves.iter().enumerate() {
            ranks[rows[at] as usize] = law.ranks[tree].quantile(leaf, self.uniforms[at]).clamp(0.0, last);
        }
        ranks
    }

    fn leaves(
        &mut self,
        trees: &[ClassTree],
        rows: &[u32],
        seen: &[&[u8]],
        rng: &mut ChaCha8Rng,
    ) -> Vec<(usize, u32)> {
        let trees: Vec<_> = trees.iter().map(ClassTree::tree).collect();
        self.walk(&trees, rows, seen, rng)
    }

    /// Gives each row a random tree, walks it to a leaf, and spreads uniforms evenly over the rows of each leaf.
    fn walk(
        &mut self,
        trees: &[&verosim_math::forest::Tree],
        rows: &[u32],
        seen: &[&[u8]],
        rng: &mut ChaCha8Rng,
    ) -> Vec<(usize, u32)> {
        let mut starts = Vec::with_capacity(trees.len());
        let mut n_keys = 0;
        for tree in trees {
            starts.push(n_keys as u32);
            n_keys += tree.nodes.len();
        }
        self.keys.clear();
        let leaves: Vec<(usize, u32)> = rows
            .iter()
            .map(|&row| {
                let tree = rng.random_range(0..trees.len());
                let leaf = trees[tree].leaf(seen, row as usize);
                self.keys.push(starts[tree] + leaf);
                (tree, leaf)
            })
            .collect();
        self.strata.fill(&self.keys, n_keys, &mut self.uniforms, rng);
        leaves
    }
}

/// What is forbidden in a column: beside other cells of a row, or at all.
struct Bans<'a> {
    masks: &'a Masks,
    column: usize,
    never: &'a [u64],
    drawn: &'a [EncodedColumn],
}

impl<'a> Bans<'a> {
    fn apply(&self) -> bool {
        self.masks.applies(self.column) || !self.never.is_empty()
    }

    fn active(&self, row: usize, active: &mut Vec<&'a [u64]>) {
        self.masks.active(self.column, self.drawn, row, active);
        if !self.never.is_empty() {
            active.push(self.never);
        }
    }
}

/// Draws a class; where everything is forbidden (two rules contradict each other) the rules give way.
fn draw(
    tree: &ClassTree,
    leaf: u32,
    u: f64,
    backoff: f64,
    forbidden: impl Fn(u16) -> bool,
    rng: &mut ChaCha8Rng,
) -> u16 {
    tree.draw(leaf, u, backoff, forbidden, rng)
        .or_else(|| tree.draw(leaf, u, backoff, |_| false, rng))
        .unwrap_or_default()
}
