//! Is a condition true, false or unknown of each row?

use super::code::{bare, lies_in};
use super::term::Span;
use super::{Node, Operator};
use crate::Table;
use crate::frame::Cells;
use std::cmp::Ordering;

/// Kleene's strong three-valued logic, `None` for unknown.
///
/// # Cost
/// O(rows) for each comparison, and O(levels) texts compared.
pub(super) fn truth(node: &Node, table: &Table) -> Vec<Option<bool>> {
    let n = table.n_rows();
    let unknown = || vec![None; n];
    match node {
        Node::All(nodes) => fold(nodes, table, true),
        Node::Any(nodes) => fold(nodes, table, false),
        Node::Not(node) => truth(node, table).into_iter().map(|met| met.map(|met| !met)).collect(),
        Node::Missing(name) => match table.column(name) {
            Some(column) => column.missing.iter().map(|&marker| Some(marker != 0)).collect(),
            None => unknown(),
        },
        Node::Number { column, operator, value } => match table.column(column).map(|column| &column.cells) {
            Some(Cells::Number(cells)) => {
                cells.iter().map(|cell| operator.holds(cell.partial_cmp(value))).collect()
            }
            _ => unknown(),
        },
        Node::OneOf { column, levels, accept } => {
            by_level(table, column, |level| Some(levels.iter().any(|wanted| wanted == level) == *accept))
        }
        Node::Order { column, operator, place, order } => by_level(table, column, |level| {
            operator.holds(order.iter().position(|known| known == level).map(|at| at.cmp(place)))
        }),
        Node::Columns { column, operator, other } => compare(table, column, *operator, other),
        Node::Terms { left, operator, right } => {
            let pairs = left.values(table).into_iter().zip(right.values(table));
            pairs.map(|(left, right)| operator.holds_of_spans(left, right)).collect()
        }
        Node::Codes { column, system, ranges } => by_level(table, column, |level| {
            let code = bare(*system, level)?;
            let mut known = Some(false);
            for range in ranges {
                match lies_in(&code, range) {
                    Some(true) => return Some(true),
                    None => known = None,
                    Some(false) => {}
                }
            }
            known
        }),
    }
}

/// `and` when `start` is true, `or` when it is false: the other value decides alone.
fn fold(nodes: &[Node], table: &Table, start: bool) -> Vec<Option<bool>> {
    nodes.iter().fold(vec![Some(start); table.n_rows()], |mut met, node| {
        for (met, more) in met.iter_mut().zip(truth(node, table)) {
            *met = match (*met, more) {
                (Some(a), _) if a != start => Some(a),
                (_, Some(b)) if b != start => Some(b),
                (Some(_), Some(_)) => Some(start),
                _ => None,
            };
        }
        met
    })
}

/// Each level is asked once.
fn by_level(table: &Table, name: &str, holds: impl Fn(&str) -> Option<bool>) -> Vec<Option<bool>> {
    let Some((codes, levels)) = table.column(name).and_then(|column| column.levels()) else {
        return vec![None; table.n_rows()];
    };
    let known: Vec<Option<bool>> = levels.iter().map(|level| holds(level)).collect();
    codes.iter().map(|&code| known.get(code as usize).copied().flatten()).collect()
}

fn compare(table: &Table, column: &str, operator: Operator, other: &str) -> Vec<Option<bool>> {
    let (Some(left), Some(right)) = (table.column(column), table.column(other)) else {
        return vec![None; table.n_rows()];
    };
    match (&left.cells, &right.cells) {
        (Cells::Number(left), Cells::Number(right)) => {
            left.iter().zip(right).map(|(a, b)| operator.holds(a.partial_cmp(b))).collect()
        }
        (
            Cells::Level { codes: left, levels: left_names },
            Cells::Level { codes: right, levels: right_names },
        ) => {
            let pairs = left.iter().zip(right);
            pairs
                .map(|(&a, &b)| {
                    let names = left_names.get(a as usize).zip(right_names.get(b as usize));
                    operator.holds(names.map(|(a, b)| a.cmp(b)))
                })
                .collect()
        }
        _ => vec![None; table.n_rows()],
    }
}

impl Operator {
    /// Of two numbers that lie in these spans: known when it is the same wherever they lie.
    fn holds_of_spans(self, left: Span, right: Span) -> Option<bool> {
        if left.iter().chain(&right).any(|end| end.is_nan()) {
            return None;
        }
        let known = |yes: bool, no: bool| yes.then_some(true).or(no.then_some(false));
        let (below, not_below) = (left[1] < right[0], left[0] >= right[1]);
        let (above, not_above) = (left[0] > right[1], left[1] <= right[0]);
        let is_one = left[0] == left[1] && left == right;
        match self {
            Self::Less => known(below, not_below),
            Self::AtMost => known(not_above, above),
            Self::Greater => known(above, not_above),
            Self::AtLeast => known(not_below, below),
            Self::Equal => known(is_one, below || above),
            Self::Unequal => known(below || above, is_one),
        }
    }

    fn holds(self, ordering: Option<Ordering>) -> Option<bool> {
        let ordering = ordering?;
        Some(match self {
            Self::Equal => ordering.is_eq(),
            Self::Unequal => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
        })
    }
}
