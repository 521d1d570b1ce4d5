//! re.fd: do synthetic rows follow the rules that real rows follow and nobody wrote?

use super::ks::mean;
use super::table_utility::needs_columns;
use crate::card::OfferedRule;
use crate::jackknife::{GROUPS, Groups};
use crate::metric::Pass;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Kind, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_data::frame::{Cells, Column, NO_LEVEL};

/// Mean share of synthetic rows that break a rule found in real rows.
pub(super) struct Dependency;

static INFO: MetricInfo = MetricInfo {
    id: "re.fd",
    name: "Rules that nobody wrote",
    question: "Do synthetic rows follow the rules that all real rows follow?",
    page: "Rules are looked for that at least 999 of 1,000 training rows and of 1,000 holdout rows follow, each on 100 rows or \
           more: one number is never above another (where chance would break it in at least 2 % of rows); a level decides \
           another column's level (where the commonest level has at most 95 %, and levels have 20 rows on average); where one \
           cell is missing another is (for each column the nearest such one). The score is the share of the synthetic rows \
           that each rule applies to and that break it, averaged over rules. The rules are offered in the report for a person to \
           review, by the names of columns, with no cell. Training rows in the place of synthetic ones break at most 0.1 %. \
           Levels that training rows do not have are not judged. Order: of numbers as they are, so that columns in different \
           units may give a rule that means nothing.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of rows",
    sources: &[Citation("huhtala1999")],
    maturity: Maturity::Draft,
};

/// Share of real rows that follow a rule.
const CONFIDENCE: f64 = 0.999;
/// Real rows of either table that a rule applies to.
const LEAST_ROWS: usize = 100;
/// Levels of a column that may decide another.
const MOST_LEVELS: usize = 200;
/// Rules in the report.
const MOST_OFFERED: usize = 50;

impl Metric for Dependency {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_columns(schema, 2)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let mut rules = orders(data);
        rules.extend(decisions(data));
        rules.extend(missing_together(data));
        if rules.is_empty() {
            return Err(MetricError::Undefined {
                why: "real rows follow no rule that was looked for".into(),
            });
        }
        let groups = Groups::new(data.holdout.n_rows(), data.synthetic.n_rows(), seed);
        // For each rule, by group: rows it applies to, rows that break it.
        let counts: Vec<[[u32; 2]; GROUPS]> = rules
            .par_iter()
            .map(|rule| {
                let mut counts = [[0; 2]; GROUPS];
                for (row, &group) in groups.synthetic.iter().enumerate() {
                    if let Some(kept) = rule.holds(data.synthetic, row) {
                        counts[usize::from(group)][0] += 1;
                        counts[usize::from(group)][1] += u32::from(!kept);
                    }
                }
                counts
            })
            .collect();
        let broken = |counts: &[[u32; 2]; GROUPS], out: usize| {
            let sum = |side: usize| -> u32 {
                (0..GROUPS).filter(|&group| group != out).map(|group| counts[group][side]).sum()
            };
            (sum(0) > 0).then(|| (f64::from(sum(1)) / f64::from(sum(0)), sum(0) as usize))
        };
        let score =
            groups.score(|out| mean(counts.iter().map(|own| broken(own, out).map(|found| found.0))))?;
        let mut offered: Vec<OfferedRule> = rules
            .iter()
            .zip(&counts)
            .map(|(rule, own)| {
                let (broken, n) = broken(own, GROUPS).unwrap_or((0.0, 0));
                OfferedRule { kind: rule.kind().into(), words: rule.words(data.schema), broken, n }
            })
            .collect();
        offered.sort_by(|a, b| b.broken.total_cmp(&a.broken).then_with(|| a.words.cmp(&b.words)));
        let parts: Vec<(String, f64)> =
            offered.iter().filter(|rule| rule.n > 0).map(|rule| (rule.words.clone(), rule.broken)).collect();
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.relations.lock()
        {
            offered.truncate(MOST_OFFERED);
            found.offered = offered;
        }
        Ok(score.with_parts(parts))
    }
}

/// What was found; columns by position.
enum Rule {
    /// The first is never above the second.
    Order(usize, usize),
    /// Level of the second for each level of the first.
    Decides(usize, usize, Vec<u32>),
    /// Where the first is missing the second is.
    Missing(usize, usize),
}

impl Rule {
    /// Whether a row keeps the rule; `None` where it does not apply.
    fn holds(&self, table: &Table, row: usize) -> Option<bool> {
        let column = |at: usize| &table.columns()[at];
        match self {
            Self::Order(a, b) => {
                let (a, b) = (column(*a).numbers()?[row], column(*b).numbers()?[row]);
                (!a.is_nan() && !b.is_nan()).then_some(a <= b)
            }
            Self::Decides(a, b, of) => {
                let (a, b) = (column(*a).levels()?.0[row], column(*b).levels()?.0[row]);
                let want = *of.get(a as usize)?;
                (want != NO_LEVEL && b != NO_LEVEL).then_some(b == want)
            }
            Self::Missing(a, b) => (column(*a).missing[row] != 0).then(|| column(*b).missing[row] != 0),
        }
    }

    /// Whether enough rows of a real table keep it.
    fn kept_by(&self, table: &Table) -> bool {
        let (mut applies, mut kept) = (0_usize, 0_usize);
        for holds in (0..table.n_rows()).filter_map(|row| self.holds(table, row)) {
            applies += 1;
            kept += usize::from(holds);
        }
        applies >= LEAST_ROWS && kept as f64 >= CONFIDENCE * applies as f64
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Order(..) => "order",
            Self::Decides(..) => "dependency",
            Self::Missing(..) => "missing together",
        }
    }

    fn words(&self, schema: &Schema) -> String {
        let name = |at: &usize| &schema.columns[*at].name;
        match self {
            Self::Order(a, b) => format!("`{}` is never above `{}`", name(a), name(b)),
            Self::Decides(a, b, _) => format!("`{}` decides `{}`", name(a), name(b)),
            Self::Missing(a, b) => format!("where `{}` is missing, `{}` is", name(a), name(b)),
        }
    }
}

/// All ordered pairs of different positions for which a rule is found.
fn search(n: usize, find: impl Fn(usize, usize) -> Option<Rule> + Sync) -> Vec<Rule> {
    let pairs: Vec<(usize, usize)> =
        (0..n).flat_map(|a| (0..n).filter(move |&b| b != a).map(move |b| (a, b))).collect();
    pairs.par_iter().filter_map(|&(a, b)| find(a, b)).collect()
}

fn orders(data: &Trio<'_>) -> Vec<Rule> {
    let columns = &data.schema.columns;
    // Dates are not compared with amounts.
    let sort = |kind: Kind| match kind {
        Kind::Continuous | Kind::Count => 0,
        other => other as usize + 1,
    };
    let sorted: Vec<Vec<f64>> = data
        .train
        .columns()
        .iter()
        .map(|column| {
            let mut values: Vec<f64> =
                column.numbers().unwrap_or_default().iter().copied().filter(|x| !x.is_nan()).collect();
            values.sort_by(f64::total_cmp);
            values
        })
        .collect();
    search(columns.len(), |a, b| {
        let (first, second) = (&sorted[a], &sorted[b]);
        if first.len() < LEAST_ROWS
            || second.len() < LEAST_ROWS
            || sort(columns[a].kind) != sort(columns[b].kind)
        {
            return None;
        }
        // Share of pairs of rows in which chance breaks the order.
        let broken: usize = first.iter().map(|x| second.partition_point(|y| y < x)).sum();
        let by_chance = broken as f64 / (first.len() as f64 * second.len() as f64);
        let rule = Rule::Order(a, b);
        (by_chance >= 0.02 && rule.kept_by(data.train) && rule.kept_by(data.holdout)).then_some(rule)
    })
}

fn decisions(data: &Trio<'_>) -> Vec<Rule> {
    let n_levels: Vec<usize> = data
        .train
        .columns()
        .iter()
        .map(|column| match &column.cells {
            Cells::Level { levels, .. } if levels.len() <= MOST_LEVELS => levels.len(),
            _ => 0,
        })
        .collect();
    search(n_levels.len(), |a, b| {
        let (rows, columns) = (n_levels[a], n_levels[b]);
        if rows < 2 || columns < 2 {
            return None;
        }
        let codes = |column: &Column| column.levels().map_or_else(Vec::new, |(codes, _)| codes.to_vec());
        let (first, second) = (codes(&data.train.columns()[a]), codes(&data.train.columns()[b]));
        let mut counts = vec![0_usize; rows * columns];
        for (&x, &y) in first.iter().zip(&second).filter(|(x, y)| **x != NO_LEVEL && **y != NO_LEVEL) {
            counts[x as usize * columns + y as usize] += 1;
        }
        let n: usize = counts.iter().sum();
        let commonest = (0..columns)
            .map(|y| (0..rows).map(|x| counts[x * columns + y]).sum::<usize>())
            .max()
            .unwrap_or(0);
        let lines = || counts.chunks(columns);
        let used = lines().filter(|line| line.iter().any(|&count| count > 0)).count();
        if commonest as f64 > 0.95 * n as f64 || used * 20 > n {
            return None;
        }
        let of = lines()
            .map(|line| {
                // The commonest level, the first of equally common ones.
                let best = line.iter().enumerate().max_by_key(|&(at, &count)| (count, std::cmp::Reverse(at)));
                best.filter(|(_, count)| **count > 0).map_or(NO_LEVEL, |(at, _)| at as u32)
            })
            .collect();
        let rule = Rule::Decides(a, b, of);
        (rule.kept_by(data.train) && rule.kept_by(data.holdout)).then_some(rule)
    })
}

/// For each column at most one other: the one that lacks least often beyond it, the next one in order of equals.
fn missing_together(data: &Trio<'_>) -> Vec<Rule> {
    let lacking: Vec<usize> = data
        .train
        .columns()
        .iter()
        .map(|column| column.missing.iter().filter(|&&kind| kind != 0).count())
        .collect();
    let (n, rows) = (lacking.len(), data.train.n_rows());
    let found = search(n, |a, b| {
        let often = lacking[a] >= LEAST_ROWS && lacking[b] as f64 <= 0.95 * rows as f64;
        let rule = Rule::Missing(a, b);
        (often && rule.kept_by(data.train) && rule.kept_by(data.holdout)).then_some(rule)
    });
    let mut best: Vec<Option<usize>> = vec![None; n];
    for rule in &found {
        if let Rule::Missing(a, b) = *rule {
            let rank = |b: usize| (lacking[b], (b + n - a) % n);
            if best[a].is_none_or(|old| rank(b) < rank(old)) {
                best[a] = Some(b);
            }
        }
    }
    best.into_iter().enumerate().filter_map(|(a, b)| Some(Rule::Missing(a, b?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    const NAMES: [&str; 4] = ["dbp", "sbp", "ward", "site"];

    fn rows(every: usize) -> Vec<[String; 4]> {
        (0..400)
            .map(|at| {
                let low = 60 + at * 37 % 50;
                let broken = every > 0 && at % every == 0;
                let high = if broken { low - 1 } else { low + at * 11 % 70 };
                let ward = at % 5;
                let site = if broken { 1 - ward / 3 } else { ward / 3 };
                [low.to_string(), high.to_string(), format!("w{ward}"), format!("s{site}")]
            })
            .collect()
    }

    #[test]
    fn rules_are_found_and_breaches_counted() {
        let score = measured(&Dependency, &Three::new(&NAMES, [&rows(0), &rows(0), &rows(20)]));
        let mut words: Vec<&str> = score.parts().iter().map(|part| part.0.as_str()).collect();
        words.sort_unstable();
        assert_eq!(words, ["`dbp` is never above `sbp`", "`ward` decides `site`"]);
        assert!((score.value() - 0.05).abs() < 1e-12, "one in twenty, by hand: {}", score.value());
        let clean = measured(&Dependency, &Three::new(&NAMES, [&rows(0), &rows(0), &rows(0)]));
        assert_eq!(clean.value(), 0.0);
    }

    #[test]
    fn a_rule_that_the_holdout_breaks_is_none() {
        let error = refused(&Dependency, &Three::new(&NAMES, [&rows(0), &rows(20), &rows(0)]));
        assert!(error.to_string().contains("no rule"), "{error}");
    }
}
