//! How do a forest and its imitations play against each other?

use super::Arf;
use crate::view::View;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, Seeded};
use verosim_data::Encoded;
use verosim_math::forest::{Bag, GrowSettings, Predictor, Rule, Tree, grow_contrast};

/// Most decisions between root and leaf.
const DEPTH: usize = 40;

/// The leaves of one tree, by the rows of the table in them; leaves without a row are left out.
pub(super) type Leaves = Vec<Vec<u32>>;

/// A forest, and how well the next one told rows drawn from its leaves from real rows.
pub(super) struct Forest {
    pub(super) trees: Vec<Leaves>,
    /// Share of rows that were told right by trees that had not seen them; a half is chance.
    pub(super) accuracy: f64,
}

/// The forest whose imitation is hardest to tell. The first imitation is independent columns.
pub(super) fn play(
    settings: &Arf,
    train: &Encoded,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Forest, Interrupted> {
    let views: Vec<(View, Vec<u8>)> = train
        .columns()
        .par_iter()
        .zip(&train.domain().columns)
        .enumerate()
        .flat_map(|(at, (column, domain))| {
            let of = View::of(at, domain, column);
            of.into_par_iter().map(|view| {
                let bins = view.bins(column, domain.continuous());
                (view, bins)
            })
        })
        .filter(|(view, _)| view.n_bins > 1)
        .collect();
    let game = Game { settings, train, views: &views };
    let mut best: Option<Forest> = None;
    let mut imitation = game.independent(seed.split("independent"));
    for round in 0..=settings.rounds as u64 {
        ctx.progress.step(round as usize, settings.rounds + 1, "rounds");
        let (trees, accuracy) = game.forest(&imitation, seed.split("forest").split_at(round), ctx)?;
        if let Some(before) = &mut best {
            if accuracy >= before.accuracy {
                break;
            }
            before.accuracy = accuracy;
            if accuracy <= 0.5 + settings.delta {
                break;
            }
        }
        if round == settings.rounds as u64 && best.is_some() {
            break;
        }
        imitation = game.imitate(&trees, seed.split("imitation").split_at(round));
        best = Some(Forest { trees, accuracy: best.map_or(1.0, |before| before.accuracy) });
    }
    Ok(best.unwrap_or(Forest { trees: Vec::new(), accuracy: 1.0 }))
}

struct Game<'a> {
    settings: &'a Arf,
    train: &'a Encoded,
    views: &'a [(View, Vec<u8>)],
}

/// Whose cell each cell is, column by column.
type Sources = Vec<Vec<u32>>;

impl Game<'_> {
    /// Every column in an order of its own.
    fn independent(&self, seed: Seeded) -> Sources {
        let n = self.train.n_rows() as u32;
        (0..self.train.columns().len() as u64)
            .into_par_iter()
            .map(|column| {
                let mut rows: Vec<u32> = (0..n).collect();
                rows.shuffle(&mut seed.split_at(column).rng());
                rows
            })
            .collect()
    }

    /// As many rows as there are: a tree by chance, a leaf by the rows in it, each cell of any row in the leaf.
    fn imitate(&self, trees: &[Leaves], seed: Seeded) -> Sources {
        let n = self.train.n_rows();
        let (width, blocks) = (self.train.columns().len(), n.div_ceil(BLOCK));
        // A leaf is drawn by the rows in it when a row is drawn evenly.
        let leaf_of: Vec<Vec<u32>> = trees
            .iter()
            .map(|leaves| {
                let mut of = vec![0; n];
                let numbered = leaves.iter().enumerate();
                numbered.for_each(|(at, rows)| rows.iter().for_each(|&row| of[row as usize] = at as u32));
                of
            })
            .collect();
        let drawn: Vec<Sources> = (0..blocks)
            .into_par_iter()
            .map(|block| {
                let mut rng = seed.split_at(block as u64).rng();
                let mut sources = vec![Vec::new(); width];
                for _ in block * BLOCK..((block + 1) * BLOCK).min(n) {
                    let tree = rng.random_range(0..trees.len());
                    let leaf = leaf_of[tree][rng.random_range(0..n)] as usize;
                    let rows = &trees[tree][leaf];
                    sources.iter_mut().for_each(|column| column.push(rows[rng.random_range(0..rows.len())]));
                }
                sources
            })
            .collect();
        (0..width)
            .map(|column| drawn.iter().flat_map(|part| part[column].iter().copied()).collect())
            .collect()
    }

    /// Trees that tell the table from `imitation`, and how often they are right.
    fn forest(
        &self,
        imitation: &Sources,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<(Vec<Leaves>, f64), Interrupted> {
        let n = self.train.n_rows();
        let bins: Vec<Vec<u8>> = self
            .views
            .par_iter()
            .map(|(view, bins)| {
                let others = imitation[view.column].iter().map(|&row| bins[row as usize]);
                bins.iter().copied().chain(others).collect()
            })
            .collect();
        let predictors: Vec<Predictor<'_>> = self
            .views
            .iter()
            .zip(&bins)
            .map(|((view, _), bins)| {
                let &View { n_bins, n_missing, ordered, .. } = view;
                Predictor { bins, n_bins, n_missing, ordered }
            })
            .collect();
        // Rows of the imitation are people of their own.
        let people: Option<Vec<u32>> = self.train.subjects().map(|subjects| {
            let first = subjects.iter().max().map_or(0, |most| most + 1);
            subjects.iter().copied().chain((0..n as u32).map(|row| first + row)).collect()
        });
        let p = predictors.len().max(1) as f64;
        let grow = GrowSettings {
            leaf_rows: self.settings.leaf_rows,
            leaf_subjects: 1,
            depth: DEPTH,
            predictor_share: (p.sqrt().floor().max(1.0) / p).min(1.0),
            least_gain: 0.0,
        };
        let grown: Vec<(Leaves, Vec<f32>)> = (0..self.settings.trees as u64)
            .into_par_iter()
            .map(|at| {
                ctx.stop.check()?;
                let mut rng = seed.split_at(at).rng();
                let bag = Bag::bootstrap(2 * n, people.as_deref(), &mut rng);
                let tree = grow_contrast(&predictors, n, &bag, people.as_deref(), &grow, &mut rng);
                Ok(leaves_and_votes(&tree, &bins, &bag, people.as_deref(), self.settings.leaf_rows))
            })
            .collect::<Result<_, Interrupted>>()?;
        let right: Vec<f64> = (0..2 * n)
            .into_par_iter()
            .filter_map(|row| {
                let votes = grown.iter().map(|(_, votes)| votes[row]).filter(|vote| !vote.is_nan());
                let (sum, n_votes) =
                    votes.fold((0.0, 0.0), |(sum, n), vote| (sum + f64::from(vote), n + 1.0));
                let says_real = sum / n_votes;
                match says_real.partial_cmp(&0.5)? {
                    std::cmp::Ordering::Equal => Some(0.5),
                    more => Some(f64::from(u8::from((more == std::cmp::Ordering::Greater) == (row < n)))),
                }
            })
            .collect();
        let accuracy = right.iter().sum::<f64>() / right.len().max(1) as f64;
        Ok((grown.into_iter().map(|(leaves, _)| leaves).collect(), accuracy))
    }
}

/// Rows of an imitation that share a stream of chance.
const BLOCK: usize = 4_096;

/// The real rows of each leaf, and the share of real rows in the leaf of each row outside the bag (`NaN` inside).
fn leaves_and_votes(
    tree: &Tree,
    bins: &[Vec<u8>],
    bag: &Bag,
    people: Option<&[u32]>,
    least: usize,
) -> (Leaves, Vec<f32>) {
    let seen: Vec<&[u8]> = bins.iter().map(Vec::as_slice).collect();
    let n = bag.weights.len() / 2;
    let leaf_of: Vec<u32> = (0..2 * n).map(|row| tree.leaf(&seen, row)).collect();
    let mut counts = vec![(0_u32, 0_u32); tree.nodes.len()];
    for (row, &leaf) in leaf_of.iter().enumerate() {
        let weight = u32::from(bag.weights[row]);
        let count = &mut counts[leaf as usize];
        count.1 += weight;
        count.0 += if row < n { weight } else { 0 };
    }
    let vote = |row: usize| {
        let (real, all) = counts[leaf_of[row] as usize];
        if bag.weights[row] > 0 || all == 0 { f32::NAN } else { real as f32 / all as f32 }
    };
    let votes = (0..2 * n).map(vote).collect();
    (leaves(tree, &leaf_of[..n], people, least), votes)
}

/// Real rows by leaf, where a leaf that only few people of the whole table fall into, all of them outside the bag, hands
/// them to its sibling.
fn leaves(tree: &Tree, leaf_of: &[u32], people: Option<&[u32]>, least: usize) -> Leaves {
    let parents = tree.parents();
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    let mut support = vec![0_usize; tree.nodes.len()];
    for (row, &leaf) in leaf_of.iter().enumerate() {
        let mut at = leaf;
        loop {
            match people {
                None => support[at as usize] += 1,
                Some(people) => pairs.push((at, people[row])),
            }
            if at == 0 {
                break;
            }
            at = parents[at as usize];
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs.iter().for_each(|(at, _)| support[*at as usize] += 1);
    let mut rows = vec![Vec::new(); tree.nodes.len()];
    for (row, &leaf) in leaf_of.iter().enumerate() {
        // The topmost thin node on the way turns the row to the other side, whose own way down follows most rows.
        let (mut at, mut turn) = (leaf, None);
        while at != 0 {
            if support[at as usize] < least {
                turn = Some(at);
            }
            at = parents[at as usize];
        }
        let mut to = leaf;
        if let Some(thin) = turn {
            to = parents[thin as usize];
            while tree.nodes[to as usize].rule != Rule::Leaf {
                let left = tree.nodes[to as usize].left;
                let (a, b) = (support[left as usize], support[left as usize + 1]);
                if a.max(b) < least {
                    break;
                }
                to = if a >= b { left } else { left + 1 };
            }
        }
        rows[to as usize].push(row as u32);
    }
    rows.retain(|rows: &Vec<u32>| !rows.is_empty());
    rows
}
