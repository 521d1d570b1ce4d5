//! How is it told how often rules are broken?

use super::words::reading;
use crate::card::RuleCount;

/// Columns of the table of rules.
pub(super) const HEADER: [&str; 6] =
    ["rule", "severity", "what it says", "real, per 1,000", "synthetic, per 1,000", "refused"];

/// What the rates are.
pub(super) fn what_rates_mean() -> &'static str {
    "Rows that break a rule, per 1,000 that it applies to (a row in which a missing cell leaves it open is none), with \
     exact 95 % intervals. Real records break rules too; what counts is what synthetic rows have beyond them. Refusing \
     rows bends what is left: a rule that real rows break should not be enforced."
}

/// A rule as cells of [`HEADER`].
pub(super) fn rule_cells(rule: &RuleCount) -> [String; 6] {
    let source = rule.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
    let holdout = rule.holdout.as_ref().map_or("fewer than 11 rows, or none apply".into(), reading);
    [
        rule.id.clone(),
        rule.severity.clone(),
        format!("{}{source}", rule.words),
        holdout,
        rule.synthetic.as_ref().map_or("none apply".into(), reading),
        rule.refused.map_or("–".into(), |n| n.to_string()),
    ]
}
