//! re.hcop: how much do the normal laws behind real and synthetic rows overlap?

use crate::embedding::{place, plain_values};
use crate::jackknife::{GROUPS, Groups};
use crate::trio::equally_many;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::euclid::{Cloud, Moments, moments};
use verosim_math::stats::{normal_hellinger, normal_quantile};

/// One minus the Hellinger distance of two Gaussian copulas.
pub(super) struct Copula;

static INFO: MetricInfo = MetricInfo {
    id: "re.hcop",
    name: "Gaussian-copula Hellinger similarity",
    question: "How much do the normal laws behind real and synthetic rows overlap?",
    page: "Each value becomes the normal score of its place among training and holdout values (levels in order of frequency; \
           missing cells 0); one minus the Hellinger distance of the two multivariate normal laws with the means and \
           covariances of equally many holdout and synthetic rows. Covariances are drawn towards the identity with the weight \
           of as many rows as there are columns. Ranked generators best for regression among ten measures in El Emam and \
           others 2022. The distance goes to 1 quickly with the number of columns, for real rows too: only the place between \
           floor and ceiling tells anything. Blind to what correlations do not show. No public code was found to compare with; \
           the distance itself is checked in closed form.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("elemam2022")],
    maturity: Maturity::Checked,
};

impl Metric for Copula {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let (real, made) = equally_many(data, seed.split("equally many"));
        let groups = Groups::new(real.n_rows(), made.n_rows(), seed);
        let [real, made] = [(&real, &groups.real), (&made, &groups.synthetic)]
            .map(|(table, groups)| moments(&scores(data, table), groups, GROUPS, false));
        groups.score(|out| {
            let (real, made) = (law(&real, out)?, law(&made, out)?);
            normal_hellinger((&real.0, &real.1), (&made.0, &made.1)).map(|distance| 1.0 - distance)
        })
    }
}

/// Normal scores of the rows of a table.
fn scores(data: &Trio<'_>, table: &Table) -> Cloud {
    let columns = (0..data.schema.columns.len()).map(|at| {
        let [train, holdout, own] = [data.train, data.holdout, table].map(|table| &table.columns()[at]);
        let order = by_frequency(train, holdout);
        let values = |column| plain_values(column, order.as_deref());
        let mut sorted = values(train);
        sorted.extend(values(holdout));
        sorted.retain(|value| !value.is_nan());
        sorted.sort_by(f64::total_cmp);
        // Half a row away from either end, so that the outermost scores are finite.
        let edge = 0.5 - 0.5 / (sorted.len() + 1) as f64;
        values(own)
            .into_iter()
            .map(|value| {
                let place = f64::from(place(&sorted, value)).clamp(-edge, edge);
                normal_quantile(place + 0.5) as f32
            })
            .collect()
    });
    Cloud::new(&columns.collect::<Vec<_>>(), &[])
}

/// Place of each level in the order of frequency, commonest first; `None` for numbers.
fn by_frequency(
    train: &verosim_data::frame::Column,
    holdout: &verosim_data::frame::Column,
) -> Option<Vec<f64>> {
    let (_, levels) = holdout.levels()?;
    let mut counts = vec![0_usize; levels.len()];
    for (codes, _) in [train, holdout].iter().filter_map(|column| column.levels()) {
        codes.iter().for_each(|&code| {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        });
    }
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
    let mut places = vec![0.0; levels.len()];
    order.iter().enumerate().for_each(|(place, &level)| places[level] = place as f64);
    Some(places)
}

/// Mean and covariance without a group.
fn law(groups: &[Moments], out: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let moments = Moments::without(groups, out);
    let mut covariance = moments.covariance()?;
    let width = moments.sum.len();
    let weight = width as f64 / (moments.n + width as f64);
    for (at, value) in covariance.iter_mut().enumerate() {
        *value = (1.0 - weight) * *value + if at / width == at % width { weight } else { 0.0 };
    }
    Some((moments.sum.iter().map(|sum| sum / moments.n).collect(), covariance))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn equal_tables_overlap_and_turned_relations_do_not() {
        let rows = |turn: i32| -> Vec<[String; 2]> {
            (0..200).map(|at| [at.to_string(), (turn * (at + 7 * (at % 3))).to_string()]).collect()
        };
        let same = measured(&Copula, &Three::new(&["x", "y"], [&rows(1), &rows(1), &rows(1)])).value();
        assert!((same - 1.0).abs() < 1e-6, "{same}");
        // Correlation near 1 against near -1: the overlap of the two laws is √(1 - ρ²) to leading order, nearly none.
        let mut turned = rows(1);
        let cells: Vec<String> = turned.iter().map(|row| row[1].clone()).collect();
        turned.iter_mut().zip(cells.iter().rev()).for_each(|(row, cell)| row[1].clone_from(cell));
        let apart = measured(&Copula, &Three::new(&["x", "y"], [&rows(1), &rows(1), &turned])).value();
        assert!(apart < 0.5, "{apart}");
    }
}
