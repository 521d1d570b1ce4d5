//! re.cluster: do real and synthetic patients fill the same heaps?

use crate::embedding::clouds;
use crate::jackknife::{GROUPS, Groups};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::euclid::{Cloud, Clusters};

/// Logarithm of how unevenly heaps are shared between real and synthetic rows.
pub(super) struct Cluster;

static INFO: MetricInfo = MetricInfo {
    id: "re.cluster",
    name: "Log-cluster measure",
    question: "Do real and synthetic patients fill the same heaps?",
    page: "Equally many holdout and synthetic rows (at most 4,000) are put in one cloud (E-default, see re.precision) and parted \
           into 5, 20 and 50 heaps by k-means, from three starts each. For each parting the mean over heaps of (share of \
           holdout rows - 1/2)², to base 2 logarithm; the score is the mean over partings. Lower is better; -2 is the worst. \
           For equal laws the mean square is about heaps / (8 n): 4,000 + 4,000 rows give about -12.6, -10.6 and -9.3. Copies \
           of the holdout are held at -40. The single start of the usual measure is unstable, and its 3 heaps are blind; \
           principal components are not taken first.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: -40.0, high: -2.0 },
    unit: "log₂ of a squared share",
    sources: &[Citation("woo2009"), Citation("yan2022")],
    maturity: Maturity::Checked,
};

/// Rows of each table.
const MOST_ROWS: usize = 4_000;
/// Heaps.
const HEAPS: [usize; 3] = [5, 20, 50];
/// Starts of each parting.
const STARTS: u64 = 3;

impl Metric for Cluster {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let both = clouds(data, MOST_ROWS.min(ctx.row_limit), seed.split("rows"));
        let n = both.real.n_rows();
        let most = HEAPS[HEAPS.len() - 1];
        if n < most {
            return Err(MetricError::TooFew { unit: "rows", needed: most, found: n });
        }
        let pooled = Cloud::joined(&both.real, &both.synthetic);
        let groups = Groups::new(n, n, seed);
        let starts: Vec<(usize, u64)> =
            HEAPS.into_iter().flat_map(|heaps| (0..STARTS).map(move |start| (heaps, start))).collect();
        let partings: Vec<(usize, Vec<u16>)> = starts
            .par_iter()
            .filter_map(|&(heaps, start)| {
                let mut rng = seed.split_at(heaps as u64).split_at(start).rng();
                let clusters = Clusters::new(&pooled, heaps, &mut rng)?;
                Some((heaps, clusters.assign(&pooled)))
            })
            .collect();
        let one = |of: &[u16], out: usize| {
            let (real, made) = groups.keep(out);
            unevenness(of, &real, &made, n)
        };
        let over = |out: usize, heaps: Option<usize>| {
            let wanted = || partings.iter().filter(|(own, _)| heaps.is_none_or(|heaps| heaps == *own));
            super::ks::mean(wanted().map(|(_, of)| one(of, out)))
        };
        let score = groups.score(|out| over(out, None))?;
        Ok(score.with_parts(
            HEAPS.iter().filter_map(|&heaps| Some((format!("{heaps} heaps"), over(GROUPS, Some(heaps))?))),
        ))
    }
}

/// Logarithm of the mean squared difference of the share of real rows from that of all; real rows stand before `n`.
fn unevenness(of: &[u16], real: &[usize], made: &[usize], n: usize) -> Option<f64> {
    let heaps = of.iter().max().map_or(0, |&most| usize::from(most) + 1);
    let mut counts = vec![[0.0_f64; 2]; heaps];
    real.iter().for_each(|&row| counts[usize::from(of[row])][0] += 1.0);
    made.iter().for_each(|&row| counts[usize::from(of[n + row])][1] += 1.0);
    let share = real.len() as f64 / (real.len() + made.len()) as f64;
    let used = counts.iter().filter(|own| own[0] + own[1] > 0.0);
    let (sum, k) =
        used.fold((0.0, 0.0), |(sum, k), own| (sum + (own[0] / (own[0] + own[1]) - share).powi(2), k + 1.0));
    (k > 0.0).then(|| (sum / k).log2().max(-40.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_heaps_are_by_hand() {
        // Heap 0: three real of four; heap 1: one of four. (1/4)² on average.
        let of = [0, 0, 0, 1, 0, 1, 1, 1];
        let all = [0, 1, 2, 3];
        assert_eq!(unevenness(&of, &all, &all, 4), Some(-4.0));
        assert_eq!(unevenness(&[0, 1, 0, 1], &[0, 1], &[0, 1], 2), Some(-40.0), "even shares");
    }
}
