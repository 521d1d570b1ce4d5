//! re.c2st: can a strong classifier tell synthetic patients from real ones?

use crate::card::Giveaway;
use crate::features::Stacked;
use crate::metric::Pass;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::learn::{Auc, Binned, Boosting, Sample, Target, auc};
use verosim_math::stats::ks_distance;

/// Cross-fitted AUC of boosted trees between holdout and synthetic rows.
pub(super) struct C2st;

static INFO: MetricInfo = MetricInfo {
    id: "re.c2st",
    name: "Classifier two-sample test",
    question: "Can a strong classifier tell synthetic patients from real ones nobody trained on?",
    page: "Boosted trees learn to tell synthetic from holdout rows, as many of each, in five folds (holdout persons stay \
           together); the score is the AUC on rows that each model did not see. 0.5 is perfect. Values well below 0.5 \
           in small tables mean that rows were drawn evenly or copied, not that data are better than real; the two-draw \
           form (part `two draws`: learned on one synthetic draw, tested on another) is free of that. AUC saturates for \
           formatting slips: the give-aways name the columns. Drops of AUC when a column is permuted, and the AUC of the \
           column alone, are measured on unseen rows.",
    family: Family::Realism,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("lopezpaz2017"), Citation("friedman2001")],
    maturity: Maturity::Checked,
};

const FOLDS: usize = 5;
/// Columns whose give-away words are worth writing.
const MOST_GIVEAWAYS: usize = 12;

impl Metric for C2st {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let n = data.holdout.n_rows().min(data.synthetic.n_rows()).min(ctx.row_limit);
        if n < 2 * FOLDS {
            return Err(MetricError::TooFew { unit: "rows", needed: 2 * FOLDS, found: n });
        }
        let rows = some_rows(data.holdout.n_rows(), n, seed.split("real"));
        let made = some_rows(data.synthetic.n_rows(), n, seed.split("made"));
        let (real, synthetic) = (data.holdout.take(&rows), data.synthetic.take(&made));
        let people: Option<Vec<u32>> =
            data.holdout_subjects.map(|s| rows.iter().map(|&row| s[row]).collect());
        let stacked = Stacked::new(&[&real, &synthetic], &[]);
        let binned = stacked.binned();
        let is_synthetic: Vec<bool> = (0..2 * n).map(|row| row >= n).collect();
        let folds = folds(n, people.as_deref(), seed.split("folds"));
        ctx.ctx.stop.check()?;
        let fitted = cross_fit(&binned, &is_synthetic, &folds)?;
        let area = area(&fitted.scores, &is_synthetic)?;
        let (low, high) = area.interval(0.95);
        let mut parts = Vec::new();
        if ctx.pass == Pass::Synthetic {
            if let Some(second) = data.second {
                parts.push(("two draws".to_owned(), two_draws(data, second, n, seed)?));
            }
            let giveaways =
                giveaways(data, &stacked, &binned, &is_synthetic, &fitted, &folds, &real, &synthetic);
            if let Ok(mut found) = ctx.findings.giveaways.lock() {
                *found = giveaways;
            }
        }
        let score = Score::new(area.value, n).map_err(|_| undefined())?;
        Ok(score.with_interval(low, high, 0.95, "DeLong on cross-fitted scores").with_parts(parts))
    }
}

/// The learner of all classifier metrics: fixed, so that values are comparable across releases.
pub(crate) fn learner(n_rows: usize) -> Boosting {
    Boosting {
        rounds: 60,
        learning_rate: 0.1,
        max_leaves: 16,
        min_rows: (n_rows / 100).clamp(3, 20),
        ..Boosting::default()
    }
}

struct Fitted {
    scores: Vec<f64>,
    models: Vec<verosim_math::learn::Boosted>,
}

fn cross_fit(binned: &Binned, is_synthetic: &[bool], folds: &[u8]) -> Result<Fitted, MetricError> {
    let of = |fold: usize, inside: bool| -> Vec<u32> {
        (0..folds.len() as u32).filter(|&row| (usize::from(folds[row as usize]) == fold) == inside).collect()
    };
    let parts = (0..FOLDS)
        .into_par_iter()
        .map(|fold| {
            let (learn, test) = (of(fold, false), of(fold, true));
            let sample = Sample::of(binned, Target::Binary(is_synthetic), &learn);
            let model = learner(learn.len()).fit(&sample).map_err(failed)?;
            let scores = model.scores(binned, &test);
            Ok((model, test, scores))
        })
        .collect::<Result<Vec<_>, MetricError>>()?;
    let mut fitted = Fitted { scores: vec![0.0; folds.len()], models: Vec::new() };
    for (model, test, scores) in parts {
        test.iter().zip(scores).for_each(|(&row, score)| fitted.scores[row as usize] = score);
        fitted.models.push(model);
    }
    Ok(fitted)
}

/// Folds of holdout rows (by person) and of synthetic rows, each in equal parts.
fn folds(n: usize, people: Option<&[u32]>, seed: Seeded) -> Vec<u8> {
    let deal = |units: usize, name: &str| -> Vec<u8> {
        let mut dealt: Vec<u8> = (0..units).map(|at| (at % FOLDS) as u8).collect();
        let mut rng = seed.split(name).rng();
        for at in (1..units).rev() {
            dealt.swap(at, rng.random_range(0..=at));
        }
        dealt
    };
    let mut folds = match people {
        None => deal(n, "real"),
        Some(people) => {
            let most = people.iter().max().map_or(0, |&most| most as usize + 1);
            let dealt = deal(most, "people");
            people.iter().map(|&person| dealt[person as usize]).collect()
        }
    };
    folds.extend(deal(n, "synthetic"));
    folds
}

/// Learned on holdout half and first draw, tested on the other half and the second draw.
fn two_draws(data: &Trio<'_>, second: &Table, n: usize, seed: Seeded) -> Result<f64, MetricError> {
    let half = n / 2;
    let order = folds(n, None, seed.split("two draws"));
    let rows = some_rows(data.holdout.n_rows(), n, seed.split("real"));
    let (mut learn_rows, mut test_rows) = (Vec::new(), Vec::new());
    for (at, &row) in rows.iter().enumerate() {
        // Two and a half folds of five on either side.
        let first = order[at] < 2 || order[at] == 2 && at % 2 == 0;
        if first { learn_rows.push(row) } else { test_rows.push(row) }
    }
    let learn_real = data.holdout.take(&learn_rows);
    let test_real = data.holdout.take(&test_rows);
    let made = some_rows(data.synthetic.n_rows(), half, seed.split("first draw"));
    let learn_made = data.synthetic.take(&made);
    let made = some_rows(second.n_rows(), half, seed.split("second draw"));
    let test_made = second.take(&made);
    let stacked = Stacked::new(&[&learn_real, &learn_made, &test_real, &test_made], &[]);
    let binned = stacked.binned();
    let (a, b, c) = (learn_real.n_rows(), learn_made.n_rows(), test_real.n_rows());
    let is_synthetic: Vec<bool> =
        (0..binned.n_rows()).map(|row| (a..a + b).contains(&row) || row >= a + b + c).collect();
    let learn: Vec<u32> = (0..(a + b) as u32).collect();
    let test: Vec<u32> = ((a + b) as u32..binned.n_rows() as u32).collect();
    let sample = Sample::of(&binned, Target::Binary(&is_synthetic), &learn);
    let model = learner(learn.len()).fit(&sample).map_err(failed)?;
    let scores = model.scores(&binned, &test);
    let labels: Vec<bool> = test.iter().map(|&row| is_synthetic[row as usize]).collect();
    Ok(area(&scores, &labels)?.value)
}

#[allow(clippy::too_many_arguments, reason = "the pieces of one cross-fit, passed once")]
fn giveaways(
    data: &Trio<'_>,
    stacked: &Stacked,
    binned: &Binned,
    is_synthetic: &[bool],
    fitted: &Fitted,
    folds: &[u8],
    real: &Table,
    synthetic: &Table,
) -> Vec<Giveaway> {
    let Ok(whole) = area(&fitted.scores, is_synthetic) else { return Vec::new() };
    let mut found: Vec<Giveaway> = (0..stacked.of.len())
        .into_par_iter()
        .filter_map(|at| {
            // Importance: scores with this column's cells moved to other rows of the fold. Columns that no tree uses
            // cannot matter.
            let used = fitted.models.iter().any(|model| model.gain().get(at).is_some_and(|&gain| gain > 0.0));
            let mut scores = fitted.scores.clone();
            if used {
                for (fold, model) in fitted.models.iter().enumerate() {
                    let test: Vec<u32> = (0..folds.len() as u32)
                        .filter(|&row| usize::from(folds[row as usize]) == fold)
                        .collect();
                    let mut codes = binned.codes(at).to_vec();
                    // A rotation by a prime step is as good as a shuffle here: rows of a fold have no order.
                    let step = test.len() / 2 + 1;
                    for (i, &row) in test.iter().enumerate() {
                        let other = test[(i + step) % test.len()];
                        codes[row as usize] = binned.codes(at)[other as usize];
                    }
                    let moved = model.scores(&binned.with_codes(at, codes), &test);
                    test.iter().zip(moved).for_each(|(&row, score)| scores[row as usize] = score);
                }
            }
            let importance = whole.value - area(&scores, is_synthetic).ok()?.value;
            let alone = Binned::new(&[stacked.column_feature(at)]);
            let solo = cross_fit(&alone, is_synthetic, folds).ok()?;
            let solo_auc = area(&solo.scores, is_synthetic).ok()?.value;
            let column = stacked.of[at];
            let words = words(real, synthetic, column, solo_auc);
            Some(Giveaway { column: data.schema.columns[column].name.clone(), importance, solo_auc, words })
        })
        .collect();
    found.sort_by(|a, b| {
        let weight = |g: &Giveaway| g.importance.max(g.solo_auc - 0.5);
        weight(b).total_cmp(&weight(a)).then(a.column.cmp(&b.column))
    });
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|giveaway| seen.insert(giveaway.column.clone()));
    for giveaway in found.iter_mut().skip(MOST_GIVEAWAYS) {
        giveaway.words.clear();
    }
    found
}

/// What differs most about one column, in words.
fn words(real: &Table, synthetic: &Table, at: usize, solo_auc: f64) -> String {
    let (r, s) = (&real.columns()[at], &synthetic.columns()[at]);
    let share = |codes: &[u8]| codes.iter().filter(|&&m| m != 0).count() as f64 / codes.len().max(1) as f64;
    let (missing_r, missing_s) = (share(&r.missing), share(&s.missing));
    if (missing_r - missing_s).abs() > 0.03 {
        return format!(
            "missing in {:.0} % of synthetic rows, in {:.0} % of real ones",
            100.0 * missing_s,
            100.0 * missing_r
        );
    }
    if solo_auc < 0.53 {
        return "alone it tells little; its relation to other columns differs".into();
    }
    match (r.numbers(), s.numbers()) {
        (Some(a), Some(b)) => {
            let distinct = |values: &[f64]| {
                let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
                sorted.sort_by(f64::total_cmp);
                sorted.dedup();
                sorted.len()
            };
            let (x, y) = (distinct(a), distinct(b));
            if y * 10 > x * 13 {
                format!("too many different values ({y} against {x}): rounding is lost")
            } else if x * 10 > y * 13 {
                format!("too few different values ({y} against {x})")
            } else {
                format!(
                    "its distribution differs (Kolmogorov–Smirnov distance {:.2})",
                    ks_distance(a, b).unwrap_or(0.0)
                )
            }
        }
        _ => "its levels have other shares".into(),
    }
}

pub(super) fn area(scores: &[f64], is_positive: &[bool]) -> Result<Auc, MetricError> {
    let pick = |wanted: bool| -> Vec<f64> {
        scores.iter().zip(is_positive).filter(|(_, is)| **is == wanted).map(|(score, _)| *score).collect()
    };
    auc(&pick(true), &pick(false)).map_err(|_| undefined())
}

fn failed(error: verosim_math::learn::FitError) -> MetricError {
    MetricError::Undefined { why: error.to_string() }
}

fn undefined() -> MetricError {
    MetricError::Undefined { why: "no classifier could be fitted".into() }
}
