//! lo.c2st: can a strong classifier tell synthetic lives from real ones?

use crate::MetricError;
use crate::card::Giveaway;
use crate::metric::Pass;
use crate::metrics::learner;
use crate::timeline::features::{Features, features};
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use crate::trio::some_rows;
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Score, Seeded};
use verosim_math::learn::{Auc, Binned, Boosted, Feature, Sample, Target, auc};

/// Cross-fitted AUC of boosted trees between holdout and synthetic people.
pub(super) struct C2st;

static INFO: MetricInfo = MetricInfo {
    id: "lo.c2st",
    name: "Classifier test of lives",
    question: "Can a strong classifier tell synthetic lives from those of real people nobody trained on?",
    page: "Boosted trees learn to tell synthetic from holdout people, as many of each, at most 4,000, in five folds, each person in one fold; \
           the score is the AUC on people that a model did not see. It sees sex, age, numbers of events, visits and codes, \
           follow-up, death, the calendar year, gaps, how often each of the commonest codes of either side occurs, when \
           first and last, and the mean of its numbers. 0.5 is perfect. Give-aways are the columns without which the AUC \
           falls most (their cells moved to other people of the fold), with the AUC of each column alone. It does not see \
           the order of codes in between; lo.ng, lo.trans and lo.order do.",
    family: Family::Realism,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("lopezpaz2017"), Citation("friedman2001")],
    maturity: Maturity::Draft,
};

const FOLDS: usize = 5;
/// People of either side: the error of an AUC of so many is 0.006.
const MOST_PEOPLE: usize = 4_000;
/// Columns whose importance is measured, by the loss that their cuts saved.
const MEASURED: usize = 15;

impl TimelineMetric for C2st {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let n = data.holdout.n_people().min(data.synthetic.n_people()).min(MOST_PEOPLE);
        if n < 4 * FOLDS {
            return Err(MetricError::TooFew { unit: "people", needed: 4 * FOLDS, found: n });
        }
        let real = some_rows(data.holdout.n_people(), n, seed.split("real"));
        let made = some_rows(data.synthetic.n_people(), n, seed.split("made"));
        let features = features(data, [(data.holdout, &real), (data.synthetic, &made)]);
        ctx.ctx.stop.check()?;
        let columns: Vec<Feature<'_>> =
            features.columns.iter().map(|column| Feature::Number(column)).collect();
        let binned = Binned::new(&columns);
        let is_synthetic: Vec<bool> = (0..2 * n).map(|row| row >= n).collect();
        let folds = folds(n, seed.split("folds"));
        let fitted = Fitted::of(&binned, &is_synthetic, &folds)?;
        let area = area(&fitted.scores, &is_synthetic)?;
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.giveaways.lock()
        {
            *found = giveaways(&features, &binned, &is_synthetic, &fitted, &folds, area.value);
        }
        let (low, high) = area.interval(0.95);
        let score = Score::new(area.value, n).map_err(|_| undefined())?;
        Ok(score.with_interval(low, high, 0.95, "DeLong on cross-fitted scores, a person in one fold"))
    }
}

/// Five equal parts of either side.
fn folds(n: usize, seed: Seeded) -> Vec<u8> {
    ["real", "synthetic"]
        .iter()
        .flat_map(|side| {
            let mut dealt: Vec<u8> = (0..n).map(|at| (at % FOLDS) as u8).collect();
            let mut rng = seed.split(side).rng();
            (1..n).rev().for_each(|at| dealt.swap(at, rng.random_range(0..=at)));
            dealt
        })
        .collect()
}

/// Models of all folds, and the scores of people whom each did not see.
struct Fitted {
    scores: Vec<f64>,
    models: Vec<Boosted>,
}

impl Fitted {
    fn of(binned: &Binned, is_synthetic: &[bool], folds: &[u8]) -> Result<Self, MetricError> {
        let parts = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let (test, learn) = split(folds, fold);
                let sample = Sample::of(binned, Target::Binary(is_synthetic), &learn);
                let model = learner(learn.len()).fit(&sample).map_err(|_| undefined())?;
                let scores = model.scores(binned, &test);
                Ok((model, test, scores))
            })
            .collect::<Result<Vec<_>, MetricError>>()?;
        let mut fitted = Self { scores: vec![0.0; folds.len()], models: Vec::new() };
        for (model, test, scores) in parts {
            test.iter().zip(scores).for_each(|(&row, score)| fitted.scores[row as usize] = score);
            fitted.models.push(model);
        }
        Ok(fitted)
    }
}

/// Rows of a fold, and the others.
fn split(folds: &[u8], fold: usize) -> (Vec<u32>, Vec<u32>) {
    (0..folds.len() as u32).partition(|&row| usize::from(folds[row as usize]) == fold)
}

fn giveaways(
    features: &Features,
    binned: &Binned,
    is_synthetic: &[bool],
    fitted: &Fitted,
    folds: &[u8],
    whole: f64,
) -> Vec<Giveaway> {
    let gain = |at: usize| fitted.models.iter().map(|model| model.gain()[at]).sum::<f64>();
    let mut used: Vec<usize> = (0..features.names.len()).filter(|&at| gain(at) > 0.0).collect();
    used.sort_by(|&a, &b| gain(b).total_cmp(&gain(a)).then(a.cmp(&b)));
    used.truncate(MEASURED);
    let mut found: Vec<Giveaway> = used
        .into_par_iter()
        .filter_map(|at| {
            let mut scores = fitted.scores.clone();
            for (fold, model) in fitted.models.iter().enumerate() {
                let (test, _) = split(folds, fold);
                let mut codes = binned.codes(at).to_vec();
                // People of a fold have no order but their side: a rotation by half mixes the sides.
                let step = test.len() / 2 + 1;
                for (i, &row) in test.iter().enumerate() {
                    codes[row as usize] = binned.codes(at)[test[(i + step) % test.len()] as usize];
                }
                let moved = model.scores(&binned.with_codes(at, codes), &test);
                test.iter().zip(moved).for_each(|(&row, score)| scores[row as usize] = score);
            }
            let importance = whole - area(&scores, is_synthetic).ok()?.value;
            let column = &features.columns[at];
            let alone = Binned::new(&[Feature::Number(column)]);
            let solo = Fitted::of(&alone, is_synthetic, folds).ok()?;
            let solo_auc = area(&solo.scores, is_synthetic).ok()?.value;
            let words = words(&features.names[at], column, is_synthetic);
            Some(Giveaway { column: features.about[at].clone(), importance, solo_auc, words })
        })
        .collect();
    found.sort_by(|a, b| {
        let weight = |one: &Giveaway| one.importance.max(one.solo_auc - 0.5);
        weight(b).total_cmp(&weight(a)).then(a.words.cmp(&b.words))
    });
    found
}

/// What differs most about one column, in words.
fn words(name: &str, column: &[f64], is_synthetic: &[bool]) -> String {
    let side = |wanted: bool| -> Vec<f64> {
        column.iter().zip(is_synthetic).filter(|(_, is)| **is == wanted).map(|(value, _)| *value).collect()
    };
    let mean = |values: &[f64]| {
        let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        (
            known.iter().sum::<f64>() / known.len().max(1) as f64,
            known.len() as f64 / values.len().max(1) as f64,
        )
    };
    let ((real, known), (made, told)) = (mean(&side(false)), mean(&side(true)));
    if (known - told).abs() > 0.03 {
        return format!(
            "{name}: said of {:.0} % of synthetic people, of {:.0} % of real ones",
            100.0 * told,
            100.0 * known
        );
    }
    format!("{name}: mean {made:.3} of synthetic people, {real:.3} of real ones")
}

fn area(scores: &[f64], is_synthetic: &[bool]) -> Result<Auc, MetricError> {
    let side = |wanted: bool| -> Vec<f64> {
        scores.iter().zip(is_synthetic).filter(|(_, is)| **is == wanted).map(|(score, _)| *score).collect()
    };
    auc(&side(true), &side(false)).map_err(|_| undefined())
}

fn undefined() -> MetricError {
    MetricError::Undefined { why: "the classifier could not be learned".into() }
}
