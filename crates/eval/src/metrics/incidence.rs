//! cl.inc: are people of each age and sex as often ill as real ones?

use crate::clinical::bound;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use std::collections::BTreeMap;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_data::constrain::clinical::{Binding, recorded};
use verosim_data::frame::{Cells, NO_LEVEL};

/// How far diseases are off what people of that age and sex have.
pub(super) struct Incidence;

static INFO: MetricInfo = MetricInfo {
    id: "cl.inc",
    name: "Illness by age and sex",
    question: "Are people of each age and sex as often ill as real ones?",
    page: "For each disease that the columns tell of (by a column that says yes or no, or by codes) and each stratum of recorded \
           sex and age (under 18, then in bands from 18, 30, 40, 50, 60, 70 and 80 years, or the levels of a column of bands), \
           the synthetic people who have it, against those expected at the rate of the holdout people of the same stratum: \
           the indirectly standardised ratio. The value is the mean absolute logarithm of that ratio, half a case added to \
           either side, over strata weighted by expected cases and over diseases: 0 is right, 0.1 is ten percent off. Strata \
           with fewer than 50 holdout people, and strata of a disease with fewer than 11 who have it or who do not, are left \
           out. Parts are the ratio of each disease over all of its strata: 1 may hide that the young are too ill and the old \
           too well, which the value shows. Small tables differ by chance: compare with the ceiling. Shuffled columns lose the \
           rise with age. The holdout stands for the population; where its rates are not those of the population, copying it is \
           right here and wrong elsewhere.",
    family: Family::Clinical,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "log ratio",
    sources: &[Citation("breslow1987")],
    maturity: Maturity::Draft,
};

/// Lower ends of bands of age.
const AGES: [f64; 7] = [18.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0];
/// Holdout people of a stratum.
const LEAST_PEOPLE: usize = 50;
/// Those of them who have, or have not, a disease.
const LEAST_CASES: usize = 11;
/// Levels of either column that make strata.
const MOST_LEVELS: usize = 30;

impl Metric for Incidence {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let bound = bound(data);
        let by: Vec<usize> = ["sex", "age"]
            .into_iter()
            .filter_map(|concept| column(data.schema, &bound.bindings, concept))
            .collect();
        let diseases = recorded(data.schema, data.train, &bound.bindings);
        if by.is_empty() || diseases.is_empty() {
            let reason =
                if by.is_empty() { "no column holds `sex` or `age`" } else { "no column tells of a disease" };
            let reason = format!("{reason}; name one under `[concepts]` in a rule file");
            return Err(NotApplicable { reason }.into());
        }
        let strata = [data.holdout, data.synthetic].map(|table| strata(table, &by));
        let told: Vec<Told> = diseases
            .iter()
            .filter_map(|disease| {
                let has = [data.holdout, data.synthetic].map(|table| disease.has.truth(table));
                Told::of(disease.name, &strata, &has)
            })
            .collect();
        if told.is_empty() {
            let unit = "holdout people of one age and sex who have a disease";
            return Err(MetricError::TooFew { unit, needed: LEAST_CASES, found: 0 });
        }
        let (n_real, n_made) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let score = jackknifed(n_real, n_made, seed, |real, made| {
            let each: Vec<f64> = told.iter().filter_map(|disease| Some(disease.off(real, made)?.0)).collect();
            (!each.is_empty()).then(|| each.iter().sum::<f64>() / each.len() as f64)
        })?;
        let all = [n_real, n_made].map(|n| (0..n).collect::<Vec<usize>>());
        let ratios = told.iter().filter_map(|disease| {
            let (_, ratio) = disease.off(&all[0], &all[1])?;
            Some((format!("{}, cases over expected", disease.name), ratio))
        });
        Ok(score.with_parts(ratios))
    }
}

/// The column that holds a concept.
fn column(schema: &Schema, bindings: &[Binding], concept: &str) -> Option<usize> {
    let binding = bindings.iter().find(|binding| binding.concept == concept)?;
    schema.index_of(binding.columns.first()?).ok()
}

/// Stratum of each row; `None` where a cell is missing.
fn strata(table: &Table, by: &[usize]) -> Vec<Option<usize>> {
    let part = |at: usize, row: usize| match &table.columns()[at].cells {
        Cells::Number(cells) => {
            cells[row].is_finite().then(|| AGES.iter().filter(|edge| cells[row] >= **edge).count())
        }
        Cells::Level { codes, .. } => (codes[row] != NO_LEVEL).then_some(codes[row] as usize),
    };
    (0..table.n_rows())
        .map(|row| {
            by.iter().try_fold(0, |stratum, &at| {
                Some(stratum * MOST_LEVELS + part(at, row).filter(|level| *level < MOST_LEVELS)?)
            })
        })
        .collect()
}

/// One disease: stratum and illness of every row of the holdout and of the synthetic table that has both and whose
/// stratum is told of.
struct Told {
    name: &'static str,
    rows: [Vec<Option<(usize, bool)>>; 2],
    n_strata: usize,
}

impl Told {
    fn of(
        name: &'static str,
        strata: &[Vec<Option<usize>>; 2],
        has: &[Vec<Option<bool>>; 2],
    ) -> Option<Self> {
        let mut counts = BTreeMap::<usize, [usize; 2]>::new();
        for (stratum, has) in strata[0].iter().zip(&has[0]) {
            if let (Some(stratum), Some(has)) = (stratum, has) {
                counts.entry(*stratum).or_default()[usize::from(*has)] += 1;
            }
        }
        counts.retain(|_, [no, yes]| (*no).min(*yes) >= LEAST_CASES && *no + *yes >= LEAST_PEOPLE);
        let places: BTreeMap<usize, usize> = counts.keys().enumerate().map(|(at, &own)| (own, at)).collect();
        let rows = [0, 1].map(|side| {
            let both = strata[side].iter().zip(&has[side]);
            both.map(|(stratum, has)| Some((*places.get(&(*stratum)?)?, (*has)?))).collect()
        });
        (!counts.is_empty()).then_some(Self { name, rows, n_strata: counts.len() })
    }

    /// Mean absolute logarithm of cases over expected ones by stratum, and cases over expected ones of all strata.
    fn off(&self, real: &[usize], made: &[usize]) -> Option<(f64, f64)> {
        let count = |side: usize, rows: &[usize]| {
            let mut counts = vec![[0.0_f64; 2]; self.n_strata];
            for (stratum, has) in rows.iter().filter_map(|&row| self.rows[side][row]) {
                counts[stratum][usize::from(has)] += 1.0;
            }
            counts
        };
        let (real, made) = (count(0, real), count(1, made));
        let (mut weight, mut off, mut cases) = (0.0, 0.0, 0.0);
        for ([well, ill], [made_well, made_ill]) in real.into_iter().zip(made) {
            let expected = (made_well + made_ill) * ill / (well + ill).max(1.0);
            weight += expected;
            off += expected * ((made_ill + 0.5) / (expected + 0.5)).ln().abs();
            cases += made_ill;
        }
        (weight > 0.0).then(|| (off / weight, cases / weight))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    const NAMES: [&str; 3] = ["sex", "age", "diabetes"];

    /// A hundred women of 35 and a hundred of 65, of whom so many are ill.
    fn rows(young: usize, old: usize) -> Vec<[String; 3]> {
        let word = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let of = |age: &str, ill: usize| -> Vec<[String; 3]> {
            (0..100).map(|at| ["F".to_owned(), age.to_owned(), word(at < ill)]).collect()
        };
        [of("35", young), of("65", old)].concat()
    }

    #[test]
    fn a_right_total_does_not_hide_wrong_ages() {
        let real = rows(20, 60);
        let score = measured(&Incidence, &Three::new(&NAMES, [&real, &real, &rows(40, 40)]));
        // By hand: 40 against 20 expected and 40 against 60, weights 1/4 and 3/4.
        let want = 0.25 * (40.5_f64 / 20.5).ln() + 0.75 * (60.5_f64 / 40.5).ln();
        assert!((score.value() - want).abs() < 1e-12, "{}", score.value());
        assert_eq!(score.parts(), [("diabetes, cases over expected".to_owned(), 1.0)]);
        assert_eq!(measured(&Incidence, &Three::new(&NAMES, [&real, &real, &real])).value(), 0.0);
    }

    #[test]
    fn few_cases_are_not_told_and_reasons_name_what_is_not_there() {
        let few = rows(5, 8);
        let error = refused(&Incidence, &Three::new(&NAMES, [&few, &few, &few]));
        assert!(matches!(error, MetricError::TooFew { .. }), "{error:?}");
        let rows: Vec<[String; 2]> = (0..60).map(|at| [(at % 7).to_string(), "yes".into()]).collect();
        let error = refused(&Incidence, &Three::new(&["visits", "diabetes"], [&rows, &rows, &rows]));
        assert!(error.to_string().contains("`age`"), "{error}");
    }
}
