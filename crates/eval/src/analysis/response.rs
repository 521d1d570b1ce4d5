//! What is explained: a number, a count, an event, or the time to one?

use super::terms::is_present;
use crate::Trio;
use verosim_core::Kind;
use verosim_data::Table;
use verosim_data::frame::Cells;
use verosim_math::regress::Law;

/// What a model explains, the same for every table.
pub(crate) struct Response {
    name: String,
    column: usize,
    part: Part,
}

enum Part {
    /// In deviations of the training rows.
    Number {
        mean: f64,
        deviation: f64,
    },
    Count,
    /// This level against the others.
    Level(u32),
    /// This number against the others.
    Value(f64),
    /// Time to an event told by another column.
    Time {
        event: usize,
        mark: Mark,
    },
}

/// Which cells of a column mean an event.
#[derive(Clone, Copy)]
enum Mark {
    Level(u32),
    AboveZero,
}

/// Levels that mean that the event happened; otherwise it is the last of two levels in their order.
const YES: [&str; 10] = ["1", "yes", "true", "dead", "died", "death", "event", "deceased", "y", "t"];
/// Levels that mean that it did not.
const NO: [&str; 8] = ["0", "no", "false", "alive", "censored", "none", "n", "f"];
/// Share of training rows that must be 0 before a count is modelled as one.
const LEAST_ZEROS: f64 = 0.01;
/// Rows of training and of holdout on either side of an event.
const LEAST_ROWS: usize = 11;

impl Response {
    /// How an outcome column is explained: numbers as they are, counts that may be 0 as counts, two levels by the one that
    /// says yes or else the rarer, several by the commonest.
    pub(crate) fn of(data: &Trio<'_>, column: usize) -> Option<Self> {
        let cells = &data.train.columns()[column];
        let name = cells.name.clone();
        let (part, name) = match &cells.cells {
            Cells::Level { codes, levels } => {
                let mut counts = vec![0_usize; levels.len()];
                codes.iter().filter(|&&c| (c as usize) < levels.len()).for_each(|&c| counts[c as usize] += 1);
                let mut common: Vec<usize> = (0..levels.len()).filter(|&level| counts[level] > 0).collect();
                common.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
                let event = match common.len() {
                    0 | 1 => return None,
                    2 => named(levels, &common).unwrap_or(common[1]),
                    _ => common[0],
                };
                (Part::Level(event as u32), format!("{name} = {}", levels[event]))
            }
            Cells::Number(values) => {
                let own: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
                let n = own.len() as f64;
                let (low, high) = own.iter().fold((f64::MAX, f64::MIN), |(l, h), &x| (l.min(x), h.max(x)));
                let zeros = own.iter().filter(|&&x| x == 0.0).count() as f64;
                let mean = own.iter().sum::<f64>() / n;
                let deviation = (own.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
                if own.is_empty() || !deviation.is_finite() || deviation <= 0.0 {
                    return None;
                } else if own.iter().all(|&x| x == low || x == high) {
                    (Part::Value(high), name)
                } else if cells.kind == Kind::Count && low == 0.0 && zeros >= LEAST_ZEROS * n {
                    (Part::Count, name)
                } else {
                    (Part::Number { mean, deviation }, name)
                }
            }
        };
        let response = Self { name, column, part };
        let told = |table: &Table| {
            let rows: Vec<usize> = (0..table.n_rows()).filter(|&row| response.is_known(table, row)).collect();
            let some = response.values(table, &rows).iter().filter(|&&y| y == 1.0).count();
            some.min(rows.len() - some) >= LEAST_ROWS
        };
        (!response.is_event() || (told(data.train) && told(data.holdout))).then_some(response)
    }

    /// Time in one column until the event in another.
    pub(super) fn survival(data: &Trio<'_>, time: usize, event: usize) -> Option<Self> {
        let columns = data.train.columns();
        columns[time].numbers()?;
        let mark = match &columns[event].cells {
            Cells::Number(_) => Mark::AboveZero,
            Cells::Level { levels, .. } => {
                let named = levels.iter().position(|level| YES.contains(&level.to_lowercase().as_str()));
                let last = || {
                    let order = levels.iter().enumerate().max_by(|a, b| a.1.cmp(b.1));
                    order.map(|(at, _)| at)
                };
                Mark::Level(named.or_else(last)? as u32)
            }
        };
        let name = format!("time to {}", columns[event].name);
        Some(Self { name, column: time, part: Part::Time { event, mark } })
    }

    /// Whether it is an event that happens or not.
    pub(crate) fn is_event(&self) -> bool {
        matches!(self.part, Part::Level(_) | Part::Value(_))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn scale(&self) -> &'static str {
        match self.part {
            Part::Number { .. } => "difference in deviations",
            Part::Count => "log rate ratio",
            Part::Level(_) | Part::Value(_) => "log odds ratio",
            Part::Time { .. } => "log hazard ratio",
        }
    }

    pub(super) fn law(&self) -> Option<Law> {
        match self.part {
            Part::Number { .. } => Some(Law::Normal),
            Part::Count => Some(Law::Overdispersed),
            Part::Level(_) | Part::Value(_) => Some(Law::Binomial),
            Part::Time { .. } => None,
        }
    }

    pub(super) fn columns(&self) -> Vec<usize> {
        match self.part {
            Part::Time { event, .. } => vec![self.column, event],
            _ => vec![self.column],
        }
    }

    /// Whether a row has the outcome.
    pub(crate) fn is_known(&self, table: &Table, row: usize) -> bool {
        self.columns().iter().all(|&at| is_present(&table.columns()[at], row))
            && match (&self.part, &table.columns()[self.column].cells) {
                // A generator may write a count or a time below 0; no model has a place for it.
                (Part::Count | Part::Time { .. }, Cells::Number(values)) => values[row] >= 0.0,
                _ => true,
            }
    }

    /// The outcome of rows as a model takes it.
    pub(crate) fn values(&self, table: &Table, rows: &[usize]) -> Vec<f64> {
        let cells = &table.columns()[self.column].cells;
        rows.iter()
            .map(|&row| match (&self.part, cells) {
                (Part::Number { mean, deviation }, Cells::Number(values)) => (values[row] - mean) / deviation,
                (Part::Count | Part::Time { .. }, Cells::Number(values)) => values[row],
                (Part::Value(event), Cells::Number(values)) => f64::from(u8::from(values[row] == *event)),
                (Part::Level(event), Cells::Level { codes, .. }) => f64::from(u8::from(codes[row] == *event)),
                // Tables of a trio have the same kinds of column.
                _ => 0.0,
            })
            .collect()
    }

    /// Times and events of rows, for survival.
    pub(super) fn times(&self, table: &Table, rows: &[usize]) -> Option<(Vec<f64>, Vec<bool>)> {
        let Part::Time { event, mark } = self.part else { return None };
        let cells = &table.columns()[event].cells;
        let events = rows.iter().map(|&row| match (mark, cells) {
            (Mark::Level(level), Cells::Level { codes, .. }) => codes[row] == level,
            (Mark::AboveZero, Cells::Number(values)) => values[row] > 0.0,
            _ => false,
        });
        Some((self.values(table, rows), events.collect()))
    }

    /// Rows with the outcome and what covariates should go with: the outcome, or for survival the events beyond those
    /// that the time at risk promises (martingale residuals of the null model).
    pub(super) fn strength(&self, table: &Table) -> (Vec<usize>, Vec<f64>) {
        let rows: Vec<usize> = (0..table.n_rows()).filter(|&row| self.is_known(table, row)).collect();
        let Some((times, events)) = self.times(table, &rows) else {
            let values = self.values(table, &rows);
            return (rows, values);
        };
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|&a, &b| times[a].total_cmp(&times[b]).then(a.cmp(&b)));
        let (mut hazard, mut start, mut residuals) = (0.0, 0, vec![0.0; rows.len()]);
        while start < order.len() {
            let time = times[order[start]];
            let tied = order[start..].iter().take_while(|&&at| times[at] == time).count();
            let dying = order[start..start + tied].iter().filter(|&&at| events[at]).count();
            hazard += dying as f64 / (order.len() - start) as f64;
            for &at in &order[start..start + tied] {
                residuals[at] = f64::from(u8::from(events[at])) - hazard;
            }
            start += tied;
        }
        (rows, residuals)
    }
}

/// The one of two levels that means yes, where the other means no.
fn named(levels: &[String], two: &[usize]) -> Option<usize> {
    let is = |at: usize, words: &[&str]| words.contains(&levels[at].to_lowercase().as_str());
    let pairs = [(two[0], two[1]), (two[1], two[0])];
    pairs.into_iter().find(|&(yes, no)| is(yes, &YES) && is(no, &NO)).map(|(yes, _)| yes)
}

/// Times and events of the rows of `table` that have both.
pub(crate) fn survival_of(data: &Trio<'_>, table: &Table) -> Option<(Vec<f64>, Vec<bool>)> {
    let (time, event) = data.survival?;
    let response = Response::survival(data, time, event)?;
    let rows: Vec<usize> = (0..table.n_rows()).filter(|&row| response.is_known(table, row)).collect();
    response.times(table, &rows)
}
