//! Which parts of a condition must all hold, and which numbers can meet one?

use super::{Condition, Node, Operator};

/// No number.
const NOTHING: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);
/// Any number.
const ANYTHING: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

impl Condition {
    /// The conditions that `and` joins, all of which a row must meet.
    #[must_use]
    pub fn parts(&self) -> Vec<Self> {
        match &self.node {
            Node::All(nodes) => nodes.iter().flat_map(|node| Self { node: node.clone() }.parts()).collect(),
            _ => vec![self.clone()],
        }
    }

    /// The least and the greatest number that can meet a condition on one column of numbers; more than that where it is
    /// not made of plain comparisons. The first is above the second where no number can.
    #[must_use]
    pub fn reach(&self) -> (f64, f64) {
        reach(&self.node)
    }
}

fn reach(node: &Node) -> (f64, f64) {
    match node {
        Node::All(nodes) => nodes.iter().map(reach).fold(ANYTHING, |a, b| (a.0.max(b.0), a.1.min(b.1))),
        Node::Any(nodes) => nodes
            .iter()
            .map(reach)
            .filter(|(low, high)| low <= high)
            .fold(NOTHING, |a, b| (a.0.min(b.0), a.1.max(b.1))),
        Node::Missing(_) => NOTHING,
        Node::Number { operator, value, .. } => match operator {
            Operator::Equal => (*value, *value),
            Operator::Less | Operator::AtMost => (f64::NEG_INFINITY, *value),
            Operator::Greater | Operator::AtLeast => (*value, f64::INFINITY),
            Operator::Unequal => ANYTHING,
        },
        Node::Not(_)
        | Node::OneOf { .. }
        | Node::Order { .. }
        | Node::Columns { .. }
        | Node::Terms { .. }
        | Node::Codes { .. } => ANYTHING,
    }
}
