//! What do the rows that hang on one row have in common?

use super::node::Node;
use super::sheet::{Field, Sheet};
use super::spell::Spelling;
use std::collections::{BTreeMap, BTreeSet};
use verosim_data::RawColumn;

/// Columns that are known of the rows that hang on a row, at most, and of those that hang on these: those in which they agree most.
const MOST: [usize; 2] = [2, 1];
/// Agreement beyond chance from which a column is known of.
const AGREE: f64 = 0.02;
/// Levels of a column, at most.
const LEVELS: usize = 1_000;
/// Rows of a family, in the mean, from which a second and a third mark tell more.
const LARGE: [usize; 2] = [4, 10];

/// Tells each row of a node how many rows of each other node hang on it and their mean number, and of all rows below it by which
/// texts they stand out: columns of the row, drawn with it, so that a family is alike.
///
/// The marks of a family are the texts that it has most oftener than all families, in standard errors; of texts of at least
/// `k` people. Gives the nodes that hang on this one with the columns of how many.
pub(super) fn families(
    at: usize,
    nodes: &[Node],
    sheets: &[Sheet],
    k: usize,
    spelling: &mut Spelling,
) -> Vec<(usize, String)> {
    let parents = nodes[at].rows.len();
    let mut children = Vec::new();
    for (below, node) in nodes.iter().enumerate().skip(at + 1) {
        let Some(above) = places(nodes, below, at) else { continue };
        let (sheet, is_child) = (&sheets[node.sheet], node.parent == at);
        let mut counts = vec![0.0; parents];
        above.iter().for_each(|&parent| counts[parent as usize] += 1.0);
        let families = counts.iter().filter(|&&count| count > 0.0).count().max(1);
        let marks = 1 + LARGE.iter().filter(|&&large| above.len() >= large * families).count();
        let mut telling: Vec<(f64, &Field, Shares<'_>)> = sheet
            .columns
            .iter()
            .filter(|(field, _)| !matches!(field, Field::Number | Field::Visit))
            .filter_map(|(field, cells)| {
                let shares = Shares::of(cells, (&node.rows, &above), sheet, k)?;
                Some((shares.agreement(), field, shares))
            })
            .filter(|(agreement, ..)| *agreement > AGREE)
            .collect();
        telling.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        for (_, field, shares) in telling.into_iter().take(MOST[usize::from(!is_child)]) {
            for (nth, texts) in shares.marks(parents, marks).into_iter().enumerate() {
                spelling.level(&format!("mark {nth} of {below} {}", field.name()), &texts);
            }
        }
        if is_child {
            if let Some(means) = means(sheet, node, parents) {
                spelling.mean(&format!("mean of {below}"), means);
            }
            children.push((below, spelling.count(&format!("rows of {below}"), counts)));
        }
    }
    children
}

/// Per row of a node the position of the row of `at` that it hangs on, over however many levels; `None` where it hangs on none.
fn places(nodes: &[Node], below: usize, at: usize) -> Option<Vec<u32>> {
    let (mut places, mut node) = (nodes[below].above.clone(), nodes[below].parent);
    while node != at {
        if node == 0 {
            return None;
        }
        places.iter_mut().for_each(|place| *place = nodes[node].above[*place as usize]);
        node = nodes[node].parent;
    }
    Some(places)
}

/// How often the rows of each family have each text.
struct Shares<'a> {
    cells: &'a RawColumn,
    /// Per family the rows of each level.
    families: BTreeMap<u32, BTreeMap<u32, usize>>,
    /// Rows of each level, and whether enough people have it.
    rows: Vec<usize>,
    is_shared: Vec<bool>,
    all: usize,
}

impl<'a> Shares<'a> {
    /// `None` for columns that have one level, very many, or hardly one that people share.
    fn of(cells: &'a RawColumn, (of, above): (&[u32], &[u32]), sheet: &Sheet, k: usize) -> Option<Self> {
        let n = cells.levels().len();
        if n > LEVELS.min(of.len() / 2) {
            return None;
        }
        let mut people: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); n];
        let mut rows = vec![0; n];
        let mut families: BTreeMap<u32, BTreeMap<u32, usize>> = BTreeMap::new();
        for (&row, &above) in of.iter().zip(above) {
            let code = cells.codes()[row as usize];
            if people[code as usize].len() < k {
                people[code as usize].insert(sheet.person[row as usize]);
            }
            rows[code as usize] += 1;
            *families.entry(above).or_default().entry(code).or_default() += 1;
        }
        let is_shared: Vec<bool> = people.iter().map(|people| people.len() >= k).collect();
        let held: usize = rows.iter().zip(&is_shared).filter(|(_, shared)| **shared).map(|(n, _)| n).sum();
        let differs = rows.iter().filter(|&&n| n > 0).count() > 1;
        let all = of.len();
        (differs && held * 2 >= all).then_some(Self { cells, families, rows, is_shared, all })
    }

    /// How much oftener two rows of one family have the same text than two rows of anybody: 0 as often, 1 always.
    fn agreement(&self) -> f64 {
        let share = |n: usize| (n as f64 / self.all as f64).powi(2);
        let anybody: f64 = self.rows.iter().map(|&n| share(n)).sum();
        let (mut within, mut families) = (0.0, 0.0);
        for levels in self.families.values() {
            let n: usize = levels.values().sum();
            if n > 1 {
                let same: usize = levels.values().map(|&n| n * (n - 1)).sum();
                within += same as f64 / (n * (n - 1)) as f64;
                families += 1.0;
            }
        }
        if families < 1.0 || anybody >= 1.0 { 0.0 } else { (within / families - anybody) / (1.0 - anybody) }
    }

    /// Per rank, per parent the text; empty where there is none.
    fn marks(&self, parents: usize, ranks: usize) -> Vec<Vec<&'a str>> {
        let mut marks = vec![vec![""; parents]; ranks];
        for (&parent, levels) in &self.families {
            let n: usize = levels.values().sum();
            let excess = |code: u32, own: usize| {
                let share = self.rows[code as usize] as f64 / self.all as f64;
                (own as f64 - n as f64 * share) / (n as f64 * share * (1.0 - share)).max(1e-9).sqrt()
            };
            let shared = levels.iter().filter(|(code, _)| self.is_shared[**code as usize]);
            let mut found: Vec<(f64, &str)> = shared
                .map(|(&code, &own)| (excess(code, own), &*self.cells.levels()[code as usize]))
                .collect();
            found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
            for (rank, (_, text)) in found.into_iter().take(ranks).enumerate() {
                marks[rank][parent as usize] = text;
            }
        }
        marks
    }
}

/// The mean number of each family; `None` where few rows have one.
fn means(sheet: &Sheet, node: &Node, parents: usize) -> Option<Vec<f64>> {
    let numbers = &sheet.columns[sheet.column(&Field::Number)?].1;
    let read: Vec<f64> = numbers.levels().iter().map(|level| level.parse().unwrap_or(f64::NAN)).collect();
    let mut sums = vec![(0.0, 0.0); parents];
    let mut there = 0;
    for (&row, &above) in node.rows.iter().zip(&node.above) {
        let number = read[numbers.codes()[row as usize] as usize];
        if number.is_finite() {
            there += 1;
            let (sum, n) = &mut sums[above as usize];
            (*sum, *n) = (*sum + number, *n + 1.0);
        }
    }
    (there * 5 >= node.rows.len()).then(|| sums.into_iter().map(|(sum, n)| sum / n).collect())
}
