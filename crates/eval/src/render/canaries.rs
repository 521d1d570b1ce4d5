//! How is it told what canaries show?

use super::words::{number, reading};
use crate::card::CanaryAudit;

/// What and how much, for a table of two columns.
pub(super) fn canary_lines(audit: &CanaryAudit) -> Vec<(String, String)> {
    let mut lines = vec![
        (
            "learned from".to_owned(),
            format!("{} canaries; {} controls stayed out", audit.planted, audit.controls),
        ),
        ("AUC (0.5 is safe)".into(), audit.auc.as_ref().map_or("not assessable".into(), reading)),
        ("found".into(), format!("{} of those learned from", reading(&audit.found))),
        ("false alarms".into(), format!("{} of controls", reading(&audit.alarms))),
        (
            "epsilon is at least".into(),
            format!(
                "{} (95 %, one run; {} guesses prove at most {})",
                number(audit.epsilon),
                audit.guesses,
                number(audit.epsilon_at_most)
            ),
        ),
        (
            "from the two rates".into(),
            format!("{}, as if each canary were a run of its own", number(audit.epsilon_of_rates)),
        ),
    ];
    for kind in &audit.kinds {
        lines.push((
            kind.kind.clone(),
            format!(
                "{} of {} found, {} of {} controls",
                kind.found, kind.planted, kind.alarms, kind.controls
            ),
        ));
    }
    lines
}

/// What the figures mean and what not.
pub(super) const WHAT_CANARIES_MEAN: &str = "\
Canaries are rows of the table with an end that nobody has. A fair coin decided which were learned from; the attacker sees \
the synthetic rows alone and guesses one quarter. No echo is no proof of safety: a stronger attacker or more canaries may \
find more. This model learned from rows that are no patients: it must not be released.";
