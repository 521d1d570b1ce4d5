//! Which row is whose child?

use super::keys::{Keys, NONE, Reference};
use super::sheet::Sheet;

/// The rows of a table that hang on the rows of one other, or on the person alone.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) sheet: usize,
    /// The node of the rows that these hang on; that of persons is the first.
    pub(super) parent: usize,
    /// The own column that names the parent, and the parent's key.
    pub(super) link: Option<(usize, usize)>,
    /// Rows of the table by person, parent and time.
    pub(super) rows: Vec<u32>,
    /// Per row the position of its parent among the parent's rows.
    pub(super) above: Vec<u32>,
}

/// Finds the nodes, parents before children. Rows of a table that name no row of the other are a node of their own.
/// Nodes of fewer rows or people than that are left out, and with them their rows.
pub(super) fn nodes(sheets: &[Sheet], keys: &Keys, least_rows: usize, least_people: usize) -> Vec<Node> {
    let is_enough = |node: &Node| {
        let people = node.rows.chunk_by(|a, b| {
            sheets[node.sheet].person[*a as usize] == sheets[node.sheet].person[*b as usize]
        });
        node.rows.len() >= least_rows && people.count() >= least_people
    };
    let n = sheets[0].len() as u32;
    let persons = Node { sheet: 0, parent: 0, link: None, rows: (0..n).collect(), above: (0..n).collect() };
    let mut nodes = vec![persons];
    for (sheet, link) in order(sheets, keys) {
        let mut is_taken = vec![false; sheets[sheet].len()];
        if let Some(link) = link {
            for parent in 0..nodes.len() {
                if nodes[parent].sheet != link.to.0 {
                    continue;
                }
                let mut place = vec![NONE; sheets[link.to.0].len()];
                for (at, &row) in nodes[parent].rows.iter().enumerate() {
                    place[row as usize] = at as u32;
                }
                let above = |row: usize| match link.rows[row] {
                    NONE => NONE,
                    named => place[named as usize],
                };
                let node = node(sheets, sheet, parent, Some((link.column, link.to.1)), &above);
                node.rows.iter().for_each(|&row| is_taken[row as usize] = true);
                if is_enough(&node) {
                    nodes.push(node);
                }
            }
        }
        let person = |row: usize| if is_taken[row] { NONE } else { sheets[sheet].person[row] };
        let loose = node(sheets, sheet, 0, None, &person);
        if is_enough(&loose) {
            nodes.push(loose);
        }
    }
    nodes
}

fn node(
    sheets: &[Sheet],
    sheet: usize,
    parent: usize,
    link: Option<(usize, usize)>,
    above: &dyn Fn(usize) -> u32,
) -> Node {
    let mut rows: Vec<(u32, u32, u32)> = (0..sheets[sheet].len())
        .map(|row| (sheets[sheet].person[row], above(row), row as u32))
        .filter(|(_, above, _)| *above != NONE)
        .collect();
    rows.sort_unstable();
    Node {
        sheet,
        parent,
        link,
        rows: rows.iter().map(|&(_, _, row)| row).collect(),
        above: rows.iter().map(|&(_, above, _)| above).collect(),
    }
}

/// Tables in an order in which each stands behind the one that its rows hang on, and what they hang on by.
///
/// Of several tables that a row names it hangs on the deepest: a line of a bill on the bill, which hangs on the visit. Where
/// tables name each other in a circle the first of them stands alone.
fn order<'a>(sheets: &[Sheet], keys: &'a Keys) -> Vec<(usize, Option<&'a Reference>)> {
    let mut level: Vec<Option<usize>> = vec![None; sheets.len()];
    level[0] = Some(0);
    let of = |sheet: usize| keys.references[sheet].iter().filter(move |to| to.to.0 != 0 && to.to.0 != sheet);
    let mut order = Vec::new();
    while order.len() + 1 < sheets.len() {
        let open = || (1..sheets.len()).filter(|&sheet| level[sheet].is_none());
        let ready = open().find(|&sheet| of(sheet).all(|link| level[link.to.0].is_some()));
        let Some(sheet) = ready.or_else(|| open().next()) else { break };
        let known = of(sheet).filter_map(|link| Some((level[link.to.0]?, link.filled, link)));
        let best = known.max_by_key(|&(level, filled, link)| (level, filled, std::cmp::Reverse(link.column)));
        level[sheet] = Some(best.map_or(1, |(level, ..)| level + 1));
        order.push((sheet, best.map(|(_, _, link)| link)));
    }
    order
}
