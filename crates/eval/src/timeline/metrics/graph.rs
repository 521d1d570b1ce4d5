//! lo.graph: do diagnoses go together in patients as in reality?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::timeline::counts::{Counts, commonest, enough_people, groups, scored, slots};
use crate::timeline::{LifeTrio, Lives, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Score, Seeded};
use verosim_math::stats::concordance;
use verosim_timeline::Kind;

/// Agreement of log odds ratios of pairs of diagnoses.
pub(super) struct Comorbidity;

static INFO: MetricInfo = MetricInfo {
    id: "lo.graph",
    name: "Comorbidity",
    question: "Do diagnoses go together in patients as in reality?",
    page: "Log odds ratio of each pair among the 60 commonest diagnoses, by whether a patient ever has them, half a patient \
           added to each count; Lin's coefficient of concordance of holdout and synthetic ratios over all pairs. 1 is right, \
           0 where synthetic diagnoses know nothing of each other. Parts: of the pairs that go together in the holdout \
           beyond chance (log odds ratio above 3.29 of its standard errors, one in 1,000 for each pair), the share that do \
           so in synthetic patients (edges kept); of those of synthetic patients, the share that do so in the holdout (edges \
           that are real); how many such pairs the holdout has; and the least-squares slope, below 1 where relations are \
           too weak.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: -1.0, high: 1.0 },
    unit: "concordance",
    sources: &[Citation("haldane1956"), Citation("lin1989")],
    maturity: Maturity::Checked,
};

const MOST_CODES: usize = 60;
/// Standard errors beyond which two diagnoses go together.
const BEYOND: f64 = 3.29;

impl TimelineMetric for Comorbidity {
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
        _: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let (real, made) = (data.holdout, data.synthetic);
        enough_people([real, made], 2)?;
        let kind = |code| data.vocabulary.kind(code);
        let codes = commonest(real, data.vocabulary, MOST_CODES, |code| kind(code) == Kind::Condition);
        if codes.len() < 3 {
            let unit = "diagnoses of 20 patients";
            return Err(MetricError::TooFew { unit, needed: 3, found: codes.len() });
        }
        let slots = slots(&codes, data.vocabulary.len());
        let groups = groups(real, made, seed);
        let k = codes.len();
        let sides =
            [Together::of(real, &groups.real, &slots, k), Together::of(made, &groups.synthetic, &slots, k)];
        let agreement = |out: usize| {
            let [a, b] = [0, 1].map(|side: usize| sides[side].ratios(out));
            let of = |side: &[(f64, f64)]| side.iter().map(|pair| pair.0).collect::<Vec<_>>();
            concordance(&of(&a), &of(&b))
        };
        let score = scored(&groups, |out| Some(agreement(out)?.coefficient))?;
        let edges = [0, 1].map(|side: usize| -> Vec<bool> {
            sides[side].ratios(GROUPS).iter().map(|(ratio, error)| *ratio > BEYOND * error).collect()
        });
        let count = |of: &dyn Fn((bool, bool)) -> bool| {
            edges[0].iter().zip(&edges[1]).filter(|(a, b)| of((**a, **b))).count() as f64
        };
        let shared = count(&|(a, b)| a && b);
        let slope = agreement(GROUPS).and_then(|found| found.slope).unwrap_or(f64::NAN);
        Ok(score.with_parts([
            ("edges kept".to_owned(), shared / count(&|(a, _)| a)),
            ("edges that are real".to_owned(), shared / count(&|(_, b)| b)),
            ("edges".to_owned(), count(&|(a, _)| a)),
            ("slope".to_owned(), slope),
        ]))
    }
}

/// Who has each diagnosis and each pair of them.
struct Together {
    k: usize,
    one: Counts,
    two: Counts,
}

impl Together {
    fn of(lives: &Lives, groups: &[u8], slots: &[u32], k: usize) -> Self {
        let mut together = Self { k, one: Counts::new(k), two: Counts::new(k * k) };
        for (life, &group) in lives.people.iter().zip(groups) {
            together.one.add_units(group, 1);
            let mut has: Vec<usize> = lives
                .distinct(life)
                .into_iter()
                .map(|code| slots[code as usize] as usize)
                .filter(|&slot| slot < k)
                .collect();
            has.sort_unstable();
            for (place, &a) in has.iter().enumerate() {
                together.one.add(a, group);
                has[place + 1..].iter().for_each(|&b| together.two.add(a * k + b, group));
            }
        }
        together
    }

    /// Log odds ratio and standard error of each pair.
    fn ratios(&self, out: usize) -> Vec<(f64, f64)> {
        let n = self.one.units(out);
        let pairs = (0..self.k).flat_map(|a| (a + 1..self.k).map(move |b| (a, b)));
        let ratio = |(a, b): (usize, usize)| {
            let both = self.two.count(a * self.k + b, out);
            let (a, b) = (self.one.count(a, out) - both, self.one.count(b, out) - both);
            let cells = [both, a, b, n - both - a - b].map(|cell| cell + 0.5);
            let error = cells.iter().map(|cell| 1.0 / cell).sum::<f64>().sqrt();
            ((cells[0] * cells[3] / cells[1] / cells[2]).ln(), error)
        };
        pairs.map(ratio).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::world::lives_of;

    #[test]
    fn ratios_are_by_hand() {
        // Both, both, first, second, none: (2.5 · 1.5) / (1.5 · 1.5).
        let lives =
            lives_of(&[&[(1, "A"), (2, "B")], &[(1, "A"), (2, "B")], &[(1, "A")], &[(1, "B")], &[(1, "C")]]);
        let together = Together::of(&lives, &[0; 5], &[0, 1, u32::MAX], 2);
        let (ratio, error) = together.ratios(GROUPS)[0];
        assert!((ratio - (5.0_f64 / 3.0).ln()).abs() < 1e-12, "{ratio}");
        assert!((error - (1.0 / 2.5 + 3.0 / 1.5_f64).sqrt()).abs() < 1e-12);
    }
}
