//! How many rows break the built-in clinical rules?

use crate::{MetricError, NotApplicable, Trio};
use verosim_data::Table;
use verosim_data::constrain::clinical::{Clinical, Given};
use verosim_data::constrain::{Broken, Rules, Severity};

/// Severities, worst first.
pub(crate) const SEVERITIES: [Severity; 3] = [Severity::Impossible, Severity::Implausible, Severity::Unusual];

/// Rows that rules apply to, and those of them that break one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) broken: usize,
    pub(crate) applicable: usize,
}

/// What became of the rows of a table.
pub(crate) struct Census {
    /// Rule by rule.
    pub(crate) rules: Vec<Broken>,
    /// Rows that break any rule of a severity, of those that any applies to, in the order of [`SEVERITIES`].
    pub(crate) any: [Tally; 3],
}

/// The built-in rules that the columns of the trio are spoken of by, if there are any. Units and levels are read off the
/// training rows.
pub(crate) fn bound(data: &Trio<'_>) -> Clinical {
    let nothing = Given::default();
    Clinical::bind(data.schema, data.train, data.concepts.unwrap_or(&nothing))
}

/// The same, where there are.
pub(crate) fn applicable(data: &Trio<'_>) -> Result<Clinical, MetricError> {
    let bound = bound(data);
    if bound.rules.is_empty() {
        return Err(NotApplicable { reason: bound.why_none() }.into());
    }
    Ok(bound)
}

/// Counts the rows of `table`.
///
/// # Cost
/// O(rows · comparisons).
pub(crate) fn census(rules: &Rules, table: &Table) -> Census {
    use rayon::prelude::*;
    let n = table.n_rows();
    let listed: Vec<_> = rules.iter().collect();
    let sides: Vec<(Severity, Vec<bool>, Vec<bool>)> = listed
        .par_iter()
        .map(|rule| {
            let (given, faults) = rule.sides(table);
            let applies: Vec<bool> = given
                .iter()
                .zip(&faults)
                .map(|(given, fault)| *given == Some(true) && fault.is_some())
                .collect();
            let broken = applies.iter().zip(&faults).map(|(applies, fault)| *applies && *fault == Some(true));
            let broken = broken.collect();
            (rule.text.severity, applies, broken)
        })
        .collect();
    let count = |rows: &[bool]| rows.iter().filter(|row| **row).count();
    let any = SEVERITIES.map(|severity| {
        let (mut applies, mut broken) = (vec![false; n], vec![false; n]);
        for (_, some, bad) in sides.iter().filter(|(of, ..)| *of == severity) {
            applies.iter_mut().zip(some).for_each(|(any, one)| *any |= one);
            broken.iter_mut().zip(bad).for_each(|(any, one)| *any |= one);
        }
        Tally { broken: count(&broken), applicable: count(&applies) }
    });
    let rules =
        sides.into_iter().map(|(_, applies, rows)| Broken { applicable: count(&applies), rows }).collect();
    Census { rules, any }
}
