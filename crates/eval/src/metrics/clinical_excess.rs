//! cl.excess: do synthetic people break clinical rules more often than real ones?

use crate::card::{BoundConcept, ClinicalSense, RuleCount};
use crate::clinical::{SEVERITIES, Tally, applicable, census};
use crate::metric::Pass;
use crate::rules::count;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::constrain::clinical::library;
use verosim_math::learn::Difference;

/// Excess of rows that break built-in clinical rules, weighted by severity.
pub(super) struct ClinicalExcess;

static INFO: MetricInfo = MetricInfo {
    id: "cl.excess",
    name: "Excess of clinical faults",
    question: "Do synthetic people break clinical rules more often than real ones?",
    page: "Rules are built in, as data: diagnoses of the other sex or of another age (whole ranges of ICD-9-CM and ICD-10), \
           bounds of the body's numbers, numbers that follow from others (body mass index, mean pressure, parts of \
           cholesterol, anion gap), the order of a life and of a stay, states that exclude each other. They speak of concepts; \
           a dictionary finds the columns by name, kind, vocabulary and, for units, the median, and the report lists what was \
           taken for what (a rule file's `[concepts]` says otherwise). For each severity, the share of rows that break any \
           rule among those that any applies to; a missing cell leaves a rule open. The value is the excess of synthetic over \
           holdout rows per 1,000, impossible faults counted whole, implausible ones a quarter and unusual ones a twentieth; \
           Newcombe's intervals are combined by squares (MOVER), severities taken as independent. 0 is right: real records \
           break rules too, by slips of the pen, by old ages written as 80, by sex recorded as it is lived. Negative values \
           are tidier than real, which is no merit. Parts are the severities and the worst rules. Shuffled columns break \
           derived numbers in most rows and so show that the rules bite. Rules that hold because an engine refuses rows \
           (`--rules clinical`) cost realism: look at what was refused.",
    family: Family::Clinical,
    direction: Direction::Lower,
    range: Range { low: -1_300.0, high: 1_300.0 },
    unit: "per 1,000 rows",
    sources: &[Citation("yan2022"), Citation("newcombe1998"), Citation("zou2008")],
    maturity: Maturity::Checked,
};

/// What a fault of each severity counts.
const WEIGHTS: [f64; 3] = [1.0, 0.25, 0.05];
/// Rules among the parts.
const WORST: usize = 5;

impl Metric for ClinicalExcess {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        // Only what a person says of columns, which the schema does not hold, may make rules apply.
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let bound = applicable(data)?;
        let whole = data.whole.filter(|_| ctx.pass == Pass::Synthetic);
        let [train, holdout, synthetic] = whole.map_or([data.train, data.holdout, data.synthetic], |whole| {
            [whole.train, whole.holdout, whole.synthetic]
        });
        let (real, made) = (census(&bound.rules, holdout), census(&bound.rules, synthetic));
        let n = holdout.n_rows().min(synthetic.n_rows());
        let excess = |made: &[Tally; 3]| -> [Difference; 3] {
            std::array::from_fn(|at| {
                let (made, real) = (made[at], real.any[at]);
                Difference::newcombe((made.broken, real.broken), (made.applicable, real.applicable), 0.95)
            })
        };
        let found = excess(&made.any);
        let (value, low, high) = weighted(&found);
        let mut parts = vec![("rules that apply".to_owned(), bound.rules.len() as f64)];
        for (severity, excess) in SEVERITIES.iter().zip(&found) {
            let word = severity.word();
            parts.push((format!("{word}, excess"), 1000.0 * excess.value));
            parts.push((format!("{word}, excess at least"), 1000.0 * excess.low));
            parts.push((format!("{word}, excess at most"), 1000.0 * excess.high));
        }
        if ctx.pass == Pass::Synthetic {
            let own = census(&bound.rules, train);
            let chance = excess(&own.any)[0];
            parts.push((REAL.to_owned(), 1000.0 * chance.high));
            let each = bound.rules.iter().zip(&own.rules).zip(real.rules.iter().zip(&made.rules));
            let mut rules: Vec<RuleCount> =
                each.map(|((rule, own), (real, made))| count(rule, Some(own), real, made)).collect();
            let size = |rule: &RuleCount| {
                let bottom =
                    |reading: crate::card::Reading| reading.interval.map_or(reading.value, |i| i.low);
                let weight = SEVERITIES.iter().position(|severity| severity.word() == rule.severity);
                let weight = weight.map_or(0.0, |at| WEIGHTS[at]);
                rule.excess.or(rule.synthetic).map_or(f64::NEG_INFINITY, |reading| weight * bottom(reading))
            };
            rules.sort_by(|a, b| size(b).total_cmp(&size(a)));
            let name = |rule: &RuleCount| format!("{} {}", rule.severity, rule.id);
            let worst = rules.iter().filter_map(|rule| Some((name(rule), rule.excess?.value)));
            parts.extend(worst.filter(|(_, excess)| *excess > 0.0).take(WORST));
            if let Ok(mut clinical) = ctx.findings.clinical.lock() {
                let version = library().iter().map(|template| template.version.as_str()).max();
                *clinical = Some(ClinicalSense {
                    version: version.unwrap_or_default().to_owned(),
                    bindings: bound
                        .bindings
                        .iter()
                        .map(|binding| BoundConcept {
                            concept: binding.concept.to_owned(),
                            columns: binding.columns.clone(),
                            unit: binding.unit.clone(),
                            is_given: binding.is_given,
                        })
                        .collect(),
                    rules,
                    silent: bound.silent.len(),
                });
            }
        }
        let undefined = |_| MetricError::Undefined { why: "no finite value".into() };
        let score = Score::new(value, n).map_err(undefined)?;
        Ok(score
            .with_interval(low, high, 0.95, "Newcombe's intervals, combined by squares")
            .with_parts(parts))
    }
}

/// The part that says what training rows may show by chance.
pub(crate) const REAL: &str = "impossible, excess of training rows at most";

/// Value and interval of the weighted sum, per 1,000 (Zou and Donner 2008).
fn weighted(found: &[Difference; 3]) -> (f64, f64, f64) {
    let sum = |of: &dyn Fn(&Difference) -> f64| -> f64 {
        found.iter().zip(WEIGHTS).map(|(excess, weight)| weight * of(excess)).sum()
    };
    let reach = |of: &dyn Fn(&Difference) -> f64| -> f64 {
        found.iter().zip(WEIGHTS).map(|(excess, weight)| (weight * of(excess)).powi(2)).sum::<f64>().sqrt()
    };
    // A severity without rules has no trials: its interval says nothing and is left out.
    let is_empty = |excess: &Difference| excess.low <= -1.0 && excess.high >= 1.0;
    let value = sum(&|excess| excess.value);
    let below = reach(&|excess| if is_empty(excess) { 0.0 } else { excess.value - excess.low });
    let above = reach(&|excess| if is_empty(excess) { 0.0 } else { excess.high - excess.value });
    (1000.0 * value, 1000.0 * (value - below), 1000.0 * (value + above))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    /// Pressures of which the first `wrong` of 100 are turned around.
    fn rows(wrong: usize) -> Vec<[String; 3]> {
        (0..100)
            .map(|at| {
                let (high, low) = ((120 + at % 9).to_string(), (70 + at % 7).to_string());
                let other = if at % 2 == 0 { "a" } else { "b" }.to_owned();
                if at < wrong { [low, high, other] } else { [high, low, other] }
            })
            .collect()
    }

    const NAMES: [&str; 3] = ["sbp", "dbp", "arm"];

    #[test]
    fn the_excess_is_that_of_rows_and_weighted() {
        let score = measured(&ClinicalExcess, &Three::new(&NAMES, [&rows(0), &rows(12), &rows(30)]));
        let part = |name: &str| score.parts().iter().find(|(part, _)| part == name).unwrap().1;
        // By hand: 30 of 100 against 12 of 100 lie the wrong way round, and the same rows have too little between them.
        assert!((part("impossible, excess") - 180.0).abs() < 1e-9);
        assert!((part("implausible, excess") - 180.0).abs() < 1e-9);
        assert!((score.value() - 225.0).abs() < 1e-9, "{}", score.value());
        assert!((part("impossible derived.pressures") - 180.0).abs() < 1e-9);
        // statsmodels confint_proportions_2indep(30, 100, 12, 100, method="newcomb"): 0.067429, 0.288109.
        assert!((part("impossible, excess at least") - 67.429).abs() < 1e-2);
        assert!((part("impossible, excess at most") - 288.109).abs() < 1e-2);
    }

    #[test]
    fn real_faults_are_no_excess_and_few_real_people_are_not_told() {
        let score = measured(&ClinicalExcess, &Three::new(&NAMES, [&rows(20), &rows(20), &rows(20)]));
        assert_eq!(score.value(), 0.0);
        let score = measured(&ClinicalExcess, &Three::new(&NAMES, [&rows(0), &rows(5), &rows(20)]));
        assert!(
            score.parts().iter().all(|(part, _)| !part.ends_with("derived.pressures")),
            "5 real people break it"
        );
    }

    #[test]
    fn tables_of_other_things_are_not_judged() {
        let rows: Vec<[String; 2]> = (0..30).map(|at| [at.to_string(), "x".to_owned()]).collect();
        let error = refused(&ClinicalExcess, &Three::new(&["petals", "colour"], [&rows, &rows, &rows]));
        assert!(matches!(error, MetricError::NotApplicable(_)), "{error:?}");
        assert!(error.to_string().contains("`age`"), "{error}");
    }
}
