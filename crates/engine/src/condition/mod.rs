//! Which rows does a person ask for: `age >= 80 and sex = F`?

mod error;
mod read;
mod scan;
#[cfg(test)]
mod tests;

pub use error::ConditionError;

use verosim_core::Schema;
use verosim_data::Table;
use verosim_data::frame::Cells;

/// A checked condition on rows.
///
/// Grammar: comparisons (`= != < <= > >=`), `in (a, b)`, `is missing`, `is not missing`, joined by `and`, `or`, `not`
/// and parentheses; `and` binds tighter than `or`. Names and values with spaces stand in quotes. A comparison with a
/// missing cell is false.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    node: Node,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Missing(String),
    Number {
        column: String,
        operator: Operator,
        value: f64,
    },
    /// Level columns: the texts that are accepted (or refused).
    OneOf {
        column: String,
        levels: Vec<String>,
        accept: bool,
    },
    /// Ordinal columns: place in the order compared.
    Order {
        column: String,
        operator: Operator,
        place: usize,
        order: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Condition {
    /// Reads `text` against the columns of `schema`; `sample` is any table of the model, whose levels are known.
    ///
    /// # Errors
    /// [`ConditionError`] with the position, or with the nearest column or level.
    pub fn parse(text: &str, schema: &Schema, sample: &Table) -> Result<Self, ConditionError> {
        Ok(Self { node: read::read(text, schema, sample)? })
    }

    /// Whether each row of `table` meets the condition.
    #[must_use]
    pub fn mask(&self, table: &Table) -> Vec<bool> {
        mask(&self.node, table)
    }
}

fn mask(node: &Node, table: &Table) -> Vec<bool> {
    let n = table.n_rows();
    let column = |name: &str| table.column(name);
    let fold = |nodes: &[Node], start: bool, join: fn(bool, bool) -> bool| {
        nodes.iter().fold(vec![start; n], |mut met, node| {
            met.iter_mut().zip(mask(node, table)).for_each(|(met, more)| *met = join(*met, more));
            met
        })
    };
    let levels = |name: &str, accept: &dyn Fn(&str) -> bool| {
        let Some((codes, levels)) = column(name).and_then(|column| column.levels()) else {
            return vec![false; n];
        };
        let accepted: Vec<bool> = levels.iter().map(|level| accept(level)).collect();
        codes.iter().map(|&code| accepted.get(code as usize).copied().unwrap_or(false)).collect()
    };
    match node {
        Node::All(nodes) => fold(nodes, true, |a, b| a && b),
        Node::Any(nodes) => fold(nodes, false, |a, b| a || b),
        Node::Not(node) => mask(node, table).into_iter().map(|met| !met).collect(),
        Node::Missing(name) => {
            column(name).map_or(vec![false; n], |c| c.missing.iter().map(|&m| m != 0).collect())
        }
        Node::Number { column: name, operator, value } => match column(name).map(|column| &column.cells) {
            Some(Cells::Number(values)) => {
                values.iter().map(|cell| operator.holds(cell.partial_cmp(value))).collect()
            }
            _ => vec![false; n],
        },
        Node::OneOf { column, levels: wanted, accept } => {
            levels(column, &|level| wanted.iter().any(|want| want == level) == *accept)
        }
        Node::Order { column, operator, place, order } => levels(column, &|level| {
            operator.holds(order.iter().position(|o| o == level).map(|at| at.cmp(place)))
        }),
    }
}

impl Operator {
    fn holds(self, ordering: Option<std::cmp::Ordering>) -> bool {
        let Some(ordering) = ordering else { return false };
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Unequal => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
        }
    }
}
