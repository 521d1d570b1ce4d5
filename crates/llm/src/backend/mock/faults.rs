//! How does the stand-in fail, when a person asks it to fail like real servers do?

use super::Texts;
use rand::RngExt as _;
use verosim_core::{ModelError, RowContract, Values};

/// Shares of what goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    /// Of rows with a cell that cannot be.
    pub(super) garbage: f64,
    /// Of replies that refuse.
    pub(super) refuse: f64,
    /// Of requests that fail.
    pub(super) fail: f64,
    /// Of replies that are cut off in the middle.
    pub(super) cut: f64,
    /// Of replies in code fences with prose around.
    pub(super) fence: f64,
    /// Of rows whose given values are ignored.
    pub(super) ignore: f64,
    /// Of rows, and stretches of the file, that are recalled as they were learned, where what is given names one.
    pub(super) recall: f64,
    /// Whether all rows of a reply are one and the same.
    pub(super) repeat: bool,
}

impl Faults {
    /// `garbage=0.5&repeat=1`.
    pub(super) fn parse(settings: &str) -> Result<Self, ModelError> {
        let mut faults = Self::default();
        for pair in settings.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let share = value.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
            let refuse = || {
                ModelError::Unusable {
                why: "the mock knows garbage, refuse, fail, cut, fence, ignore, recall and repeat, each from 0 to 1"
                    .into(),
            }
            };
            let share = share.ok_or_else(refuse)?;
            match name {
                "garbage" => faults.garbage = share,
                "refuse" => faults.refuse = share,
                "fail" => faults.fail = share,
                "cut" => faults.cut = share,
                "fence" => faults.fence = share,
                "ignore" => faults.ignore = share,
                "recall" => faults.recall = share,
                "repeat" => faults.repeat = share > 0.0,
                _ => return Err(refuse()),
            }
        }
        Ok(faults)
    }

    pub(super) fn is_well(self) -> bool {
        self.garbage == 0.0 && self.cut == 0.0 && self.fence == 0.0 && self.ignore == 0.0
    }

    /// Puts something that cannot be into a cell.
    pub(super) fn spoil_rows(self, contract: &RowContract, rows: &mut [Texts], rng: &mut impl rand::Rng) {
        for row in rows.iter_mut().filter(|row| !row.is_empty()) {
            if rng.random::<f64>() < self.garbage {
                let at = rng.random_range(0..row.len());
                row[at] = Some(match &contract.columns[at].values {
                    Values::Number { .. } => "NaN".into(),
                    _ => "\u{1f9a0} no such value".into(),
                });
            }
        }
    }

    pub(super) fn spoil_text(self, mut text: String, rng: &mut impl rand::Rng) -> String {
        if rng.random::<f64>() < self.cut {
            let mut half = text.len() / 2;
            while !text.is_char_boundary(half) {
                half -= 1;
            }
            text.truncate(half);
        }
        if rng.random::<f64>() < self.fence {
            text = format!("Here are the rows you asked for:\n```\n{text}\n```\nI hope this helps!");
        }
        text
    }
}
