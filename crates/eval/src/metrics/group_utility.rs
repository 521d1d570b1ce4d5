//! eq.tstr, eq.eo: does what is learned on synthetic people serve every group alike?

use crate::card::{GroupReading, Reading};
use crate::groups::{Group, SUPPRESSED, gaps, groups};
use crate::kept::{Kept, Skill, against_chance, jackknife, kept};
use crate::metric::Pass;
use crate::prognosis::{Outcome, risks};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Range, Schema, Score, Seeded,
};
use verosim_data::Table;
use verosim_math::learn::auc;
use verosim_math::stats::student_reach;

/// A comparison, group by group, of models learned on synthetic and on training rows.
pub(super) struct GroupUtility {
    info: &'static MetricInfo,
    is_odds: bool,
}

/// Loss of AUC of the worst group.
pub(super) static TSTR: GroupUtility = GroupUtility { info: &TSTR_INFO, is_odds: false };
/// Equalised-odds gap beyond that of real rows.
pub(super) static ODDS: GroupUtility = GroupUtility { info: &ODDS_INFO, is_odds: true };

static TSTR_INFO: MetricInfo = MetricInfo {
    id: "eq.tstr",
    name: "Utility for groups",
    question: "Does a model learned on synthetic people work for every group of real ones?",
    page: "For each outcome named with `--target` (the rarer of two levels, the commonest of more against the rest, numbers \
           above the training median), boosted trees are learned on synthetic rows and, beside it, on as many training rows; \
           both give risks to the holdout rows of each group (see `eq.rep`), and the AUC within the group is compared. Groups \
           with fewer than 10 people with or without the outcome are left out. The value is the loss of AUC of the worst \
           group, real minus synthetic; 0 is right. The gap is the difference between the losses of the worst and the best group \
           of a column; beside it stands the gap of real people, which is that of models learned on the two halves of the \
           training rows: its mean over nine splits, and the bound that one more stays below, at 95 % for all columns and \
           outcomes (Bonferroni). The column that is furthest beyond its bound is told, and the verdict passes a gap below it. What a group keeps is its AUC above 0.5, synthetic over real; the verdict fails where the worst \
           group keeps for certain less than four fifths of what the best one keeps. The interval leaves out tenths of the \
           holdout with the models fixed and is widened for the number of groups (Bonferroni): in small groups a loss of 0.05 \
           is chance.",
    family: Family::Equity,
    direction: Direction::Lower,
    range: Range { low: -1.0, high: 1.0 },
    unit: "AUC lost",
    sources: &[Citation("esteban2017"), Citation("bhanot2021"), Citation("eeoc1978")],
    maturity: Maturity::Checked,
};

static ODDS_INFO: MetricInfo = MetricInfo {
    id: "eq.eo",
    name: "Equalised odds",
    question: "Does a model learned on synthetic people err more unevenly between groups?",
    page: "The models of `eq.tstr`, each flagging the share of holdout people that has the outcome in the training rows. The \
           equalised-odds gap of a column is the greater of the differences, between its groups, of the share flagged among \
           those with and among those without the outcome (fairlearn's `equalized_odds_difference`; groups with fewer than 10 \
           people on either side are left out). The value is the greatest gap of the model learned on synthetic rows minus \
           that of the model learned on training rows, over columns and outcomes: 0 is right, above 0 the synthetic rows make \
           errors more uneven. SDMetrics' EqualizedOddsImprovement is 1/2 minus half of this value, with other models. \
           Definitions of fairness exclude each other, and labels of the source are copied with their bias.",
    unit: "difference of shares",
    sources: &[Citation("hardt2016"), Citation("weerts2023")],
    ..TSTR_INFO
};

const MOST_ROWS: usize = 8_000;
const MOST_TARGETS: usize = 2;
/// People with, and without, the outcome in a group.
const LEAST: usize = 10;
const TENTHS: usize = 10;
/// Splits of the training rows that show what chance does.
const SPLITS: u64 = 9;

/// Risks of the holdout people by either model.
struct Told {
    words: String,
    yes: Vec<bool>,
    /// Rows whose outcome is known.
    known: Vec<bool>,
    /// Learned on synthetic rows, then on training rows.
    risks: [Vec<f64>; 2],
    /// Learned on either half of the training rows, split by split.
    splits: Vec<[Vec<f64>; 2]>,
    /// Share of training rows with the outcome.
    prevalence: f64,
}

/// AUC within a group by two models.
struct Areas<'a> {
    group: &'a Group,
    words: &'a str,
    two: [f64; 2],
}

/// What the two models give for a group or a column.
struct Pair {
    name: String,
    made: f64,
    real: f64,
}

impl Metric for GroupUtility {
    fn info(&self) -> &'static MetricInfo {
        self.info
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        if data.targets.is_empty() {
            let reason = "no outcome was named: use `--target COLUMN`".into();
            return Err(NotApplicable { reason }.into());
        }
        let groups = groups(data)?;
        let mut told = Vec::new();
        for &target in data.targets.iter().take(MOST_TARGETS) {
            ctx.ctx.stop.check()?;
            let n_splits = if ctx.pass == Pass::Synthetic && !self.is_odds { SPLITS } else { 0 };
            told.extend(learned(data, target, n_splits, seed.split_at(target as u64), ctx.row_limit));
        }
        if told.is_empty() {
            return Err(MetricError::Undefined { why: "no outcome has two sides in every table".into() });
        }
        let all: Vec<bool> = vec![true; data.holdout.n_rows()];
        let pairs = self.pairs(&told, &groups.told, &all);
        let loss = |pair: &Pair| if self.is_odds { pair.made - pair.real } else { pair.real - pair.made };
        let worst = (0..pairs.len()).max_by(|&a, &b| loss(&pairs[a]).total_cmp(&loss(&pairs[b])));
        let few = MetricError::TooFew { unit: "people of a group with an outcome", needed: LEAST, found: 0 };
        let worst = &pairs[worst.ok_or(few)?];
        if ctx.pass == Pass::Synthetic && !self.is_odds {
            self.leave(&told, &groups.told, ctx);
        }
        let mut rng = seed.split("tenths").rng();
        let tenth: Vec<usize> = all.iter().map(|_| rng.random_range(0..TENTHS)).collect();
        let without: Vec<Vec<bool>> =
            (0..TENTHS).map(|out| tenth.iter().map(|tenth| *tenth != out).collect()).collect();
        let values: Vec<f64> = without
            .iter()
            .filter_map(|kept| {
                let pairs = self.pairs(&told, &groups.told, kept);
                pairs.iter().find(|pair| pair.name == worst.name).map(loss)
            })
            .collect();
        let reach = student_reach(0.95, values.len().saturating_sub(1), pairs.len());
        let half = reach * jackknife(&values).sqrt();
        let mut parts = vec![(SUPPRESSED.to_owned(), groups.suppressed as f64)];
        if !self.is_odds {
            parts.extend(gate_parts(&told, &groups.told, &without));
        }
        for pair in &pairs {
            parts.push((format!("{}, learned on synthetic rows", pair.name), pair.made));
            parts.push((format!("{}, learned on real rows", pair.name), pair.real));
        }
        let value = loss(worst);
        let undefined = |_| MetricError::Undefined { why: "no finite value".into() };
        let score = Score::new(value, data.holdout.n_rows()).map_err(undefined)?;
        let method = "delete-a-group jackknife over holdout rows, models fixed, for the worst of all";
        Ok(score.with_interval(value - half, value + half, 0.95, method).with_parts(parts))
    }
}

impl GroupUtility {
    fn pairs(&self, told: &[Told], groups: &[Group], kept: &[bool]) -> Vec<Pair> {
        if self.is_odds {
            return told.iter().flat_map(|told| odds(told, groups, kept)).collect();
        }
        let areas = areas(told, groups, kept, |told| Some(&told.risks));
        let pair = |Areas { group, words, two: [made, real] }: Areas<'_>| Pair {
            name: format!("{}, {words}", group.name()),
            made,
            real,
        };
        areas.into_iter().map(pair).collect()
    }

    /// Leaves the areas of each group, with DeLong's intervals, for the report.
    #[allow(clippy::unused_self, reason = "reads beside its siblings")]
    fn leave(&self, told: &[Told], groups: &[Group], ctx: &EvalContext<'_>) {
        let Ok(mut found) = ctx.findings.equity.lock() else { return };
        let everybody = vec![true; told.first().map_or(0, |told| told.yes.len())];
        for told in told {
            for group in groups {
                let rows = told.rows(group, &everybody);
                for (risks, of) in told.risks.iter().zip(["synthetic", "real"]) {
                    let side = |yes: bool| -> Vec<f64> {
                        rows.iter().filter(|&&row| told.yes[row] == yes).map(|&row| risks[row]).collect()
                    };
                    let (positive, negative) = (side(true), side(false));
                    if positive.len() < LEAST.max(11) || negative.len() < LEAST.max(11) {
                        continue;
                    }
                    let Ok(area) = auc(&positive, &negative) else { continue };
                    let (low, high) = area.interval(0.95);
                    found.push(GroupReading {
                        id: TSTR_INFO.id.to_owned(),
                        measure: format!("AUC for {}, learned on {of} rows", told.words),
                        attribute: group.attribute.clone(),
                        group: group.label.clone(),
                        reading: Reading {
                            value: area.value,
                            interval: Some(Interval { low, high, level: 0.95 }),
                            n: rows.len(),
                        },
                    });
                }
            }
        }
    }
}

/// AUC within each group, outcome by outcome, by the two models that `risks` picks.
fn areas<'a>(
    told: &'a [Told],
    groups: &'a [Group],
    kept: &[bool],
    risks: impl Fn(&'a Told) -> Option<&'a [Vec<f64>; 2]>,
) -> Vec<Areas<'a>> {
    let each = told.iter().flat_map(|told| groups.iter().map(move |group| (told, group)));
    each.filter_map(|(told, group)| {
        let rows = told.rows(group, kept);
        let side = |risks: &[f64], yes: bool| -> Vec<f64> {
            rows.iter().filter(|&&row| told.yes[row] == yes).map(|&row| risks[row]).collect()
        };
        let area = |risks: &[f64]| {
            let (positive, negative) = (side(risks, true), side(risks, false));
            let is_told = positive.len() >= LEAST && negative.len() >= LEAST;
            is_told.then(|| auc(&positive, &negative).ok()).flatten().map(|area| area.value)
        };
        let [first, second] = risks(told)?;
        Some(Areas { group, words: told.words.as_str(), two: [area(first)?, area(second)?] })
    })
    .collect()
}

/// The gap of losses, that of models of real people, and what the worst group keeps.
fn gate_parts(told: &[Told], groups: &[Group], without: &[Vec<bool>]) -> Vec<(String, f64)> {
    let everybody = vec![true; told.first().map_or(0, |told| told.yes.len())];
    let now = areas(told, groups, &everybody, |told| Some(&told.risks));
    let splits: Vec<Vec<Areas<'_>>> = (0..SPLITS as usize)
        .map(|split| areas(told, groups, &everybody, |told| told.splits.get(split)))
        .filter(|areas| !areas.is_empty())
        .collect();
    let chance: Vec<_> = splits.iter().map(|areas| by_column(areas)).collect();
    let mut parts = against_chance(&by_column(&now), &chance);
    let left: Vec<Vec<Areas<'_>>> =
        without.iter().map(|kept| areas(told, groups, kept, |told| Some(&told.risks))).collect();
    let same = |areas: &[Areas<'_>], of: &Areas<'_>| {
        let found = areas.iter().find(|own| own.group.name() == of.group.name() && own.words == of.words);
        found.map(|found| found.two)
    };
    let skills: Vec<Skill<'_>> = now
        .iter()
        .map(|own| {
            let luck: Vec<f64> =
                splits.iter().filter_map(|areas| same(areas, own)).map(|[one, other]| one - other).collect();
            Skill {
                group: own.group,
                of: own.words,
                made: own.two[0] - 0.5,
                real: own.two[1] - 0.5,
                without: left
                    .iter()
                    .filter_map(|areas| same(areas, own))
                    .map(|two| two.map(|area| area - 0.5))
                    .collect(),
                // Models of halves differ more than models of all rows do.
                variance: luck.iter().map(|gap| gap * gap).sum::<f64>() / luck.len().max(1) as f64,
            }
        })
        .collect();
    parts.extend(kept(&skills).into_iter().flat_map(Kept::parts));
    parts
}

impl Told {
    /// Holdout rows of a group whose outcome is known.
    fn rows(&self, group: &Group, kept: &[bool]) -> Vec<usize> {
        group.holdout.iter().copied().filter(|&row| self.known[row] && kept[row]).collect()
    }
}

/// Risks of the holdout people from models learned on equally many synthetic and training rows.
fn learned(data: &Trio<'_>, target: usize, n_splits: u64, seed: Seeded, row_limit: usize) -> Option<Told> {
    let outcome = Outcome::of(data.train, target)?;
    let n = data.train.n_rows().min(data.synthetic.n_rows()).min(row_limit).min(MOST_ROWS);
    let pick = |table: &Table, name: &str| table.take(&some_rows(table.n_rows(), n, seed.split(name)));
    let (made, real) = rayon::join(
        || risks(&pick(data.synthetic, "made"), data.holdout, outcome),
        || risks(&pick(data.train, "train"), data.holdout, outcome),
    );
    let splits: Vec<[Vec<f64>; 2]> = (0..n_splits)
        .into_par_iter()
        .filter_map(|split| {
            let (one, other) = halves(data, n, seed.split("halves").split_at(split));
            let learn = |rows: &[usize]| risks(&data.train.take(rows), data.holdout, outcome);
            Some([learn(&one)?, learn(&other)?])
        })
        .collect();
    let yes =
        |table: &Table| -> Vec<bool> { (0..table.n_rows()).map(|row| outcome.is_yes(table, row)).collect() };
    let known = |table: &Table| -> Vec<bool> {
        table.columns()[target].missing.iter().map(|missing| *missing == 0).collect()
    };
    let n_yes = yes(data.train).into_iter().filter(|yes| *yes).count();
    let n_known = known(data.train).into_iter().filter(|known| *known).count();
    Some(Told {
        words: outcome.words(data.schema, data.train),
        yes: yes(data.holdout),
        known: known(data.holdout),
        risks: [made?, real?],
        splits,
        prevalence: n_yes as f64 / n_known.max(1) as f64,
    })
}

/// The people of `n` training rows in two halves, as rows.
fn halves(data: &Trio<'_>, n: usize, seed: Seeded) -> (Vec<usize>, Vec<usize>) {
    let rows = some_rows(data.train.n_rows(), n, seed.split("rows"));
    let person = |row: usize| data.train_subjects.map_or(row, |subjects| subjects[row] as usize);
    let n_people = rows.iter().map(|&row| person(row) + 1).max().unwrap_or(0);
    let mut is_first = vec![false; n_people];
    let mut rng = seed.split("people").rng();
    is_first.iter_mut().for_each(|first| *first = rng.random_bool(0.5));
    rows.into_iter().partition(|&row| is_first[person(row)])
}

/// Equalised-odds gap of each column that makes groups.
fn odds(told: &Told, groups: &[Group], kept: &[bool]) -> Vec<Pair> {
    let flagged: [Vec<bool>; 2] = [0, 1].map(|at| flags(&told.risks[at], &told.known, told.prevalence));
    let rates: Vec<(&Group, [[f64; 2]; 2])> = groups
        .iter()
        .filter_map(|group| {
            let rows = told.rows(group, kept);
            let rate = |flagged: &[bool], yes: bool| {
                let of: Vec<usize> = rows.iter().copied().filter(|&row| told.yes[row] == yes).collect();
                let hits = of.iter().filter(|&&row| flagged[row]).count();
                (of.len() >= LEAST).then(|| hits as f64 / of.len() as f64)
            };
            let both = |flagged: &[bool]| Some([rate(flagged, true)?, rate(flagged, false)?]);
            Some((group, [both(&flagged[0])?, both(&flagged[1])?]))
        })
        .collect();
    let gap = |model: usize, side: usize| -> Vec<(String, f64)> {
        gaps(&rates.iter().map(|(group, rates)| (*group, rates[model][side])).collect::<Vec<_>>())
    };
    let greater = |model: usize| -> Vec<(String, f64)> {
        let sides = gap(model, 0).into_iter().zip(gap(model, 1));
        sides.map(|((name, yes), (_, no))| (name, yes.max(no))).collect()
    };
    let pairs = greater(0).into_iter().zip(greater(1));
    pairs
        .map(|((name, made), (_, real))| Pair { name: format!("{name}, {}", told.words), made, real })
        .collect()
}

/// The `share` of known people with the highest risks, ties to the first.
fn flags(risks: &[f64], known: &[bool], share: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..risks.len()).filter(|&row| known[row]).collect();
    order.sort_by(|&a, &b| risks[b].total_cmp(&risks[a]).then(a.cmp(&b)));
    let n = (share * order.len() as f64).round() as usize;
    let mut flags = vec![false; risks.len()];
    order.into_iter().take(n).for_each(|row| flags[row] = true);
    flags
}

/// The gap between the losses of the groups of each column, outcome by outcome.
fn by_column(areas: &[Areas<'_>]) -> Vec<(String, f64)> {
    let mut outcomes: Vec<&str> = areas.iter().map(|own| own.words).collect();
    outcomes.dedup();
    let each = outcomes.into_iter().flat_map(|outcome| {
        let own = areas.iter().filter(|own| own.words == outcome);
        let gaps = gaps(&own.map(|own| (own.group, own.two[1] - own.two[0])).collect::<Vec<_>>());
        gaps.into_iter().map(move |(column, gap)| (format!("{column}, {outcome}"), gap))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(label: &str, holdout: Vec<usize>) -> Group {
        Group {
            columns: vec![0],
            attribute: "sex".into(),
            label: label.into(),
            train: Vec::new(),
            holdout,
            synthetic: Vec::new(),
        }
    }

    #[test]
    fn equalised_odds_are_those_of_fairlearn() {
        // 80 people: even ones are women, two of five have the outcome; risks fall with a stride of 37.
        let n = 80;
        let yes: Vec<bool> = (0..n).map(|at| at % 5 < 2).collect();
        let risks: Vec<f64> =
            (0..n).map(|at| ((at * 37) % 80) as f64 + if yes[at] { 25.0 } else { 0.0 }).collect();
        let other: Vec<f64> =
            (0..n).map(|at| ((at * 23) % 80) as f64 + if at % 2 == 0 { 20.0 } else { 0.0 }).collect();
        let told = Told {
            words: "died".into(),
            yes,
            known: vec![true; n],
            risks: [other, risks],
            splits: Vec::new(),
            prevalence: 0.4,
        };
        let groups = [
            group("F", (0..n).filter(|at| at % 2 == 0).collect()),
            group("M", (0..n).filter(|at| at % 2 == 1).collect()),
        ];
        let found = odds(&told, &groups, &vec![true; n]);
        // fairlearn.metrics.equalized_odds_difference(yes, flagged, sensitive_features=sex) of the same risks.
        assert!((found[0].made - 0.312_500_000_000).abs() < 1e-9, "{}", found[0].made);
        assert!((found[0].real - 0.125_000_000_000).abs() < 1e-9, "{}", found[0].real);
    }

    #[test]
    fn as_many_are_flagged_as_have_the_outcome() {
        let flags = flags(&[0.1, 0.9, 0.5, 0.7], &[true, true, true, false], 0.67);
        assert_eq!(flags, [false, true, true, false], "two of the three whose outcome is known");
    }
}
