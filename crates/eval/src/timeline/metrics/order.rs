//! lo.order: do codes come in the order in which real patients have them?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::timeline::counts::{Counts, LEAST_PEOPLE, NONE, commonest, enough_people, groups, scored, slots};
use crate::timeline::{LifeTrio, Lives, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};

/// Mean difference of chances that one code comes before another.
pub(super) struct Order;

static INFO: MetricInfo = MetricInfo {
    id: "lo.order",
    name: "Order of codes",
    question: "Do codes come in the order in which real patients have them?",
    page: "For each pair of the 150 commonest codes that at least 20 holdout and 20 synthetic patients have at different times: \
           the difference of the chances that the first one comes first, holdout against synthetic, by the first time of \
           each. The value is the mean over pairs, weighted by holdout patients. It sees what lies far apart, which \
           transitions do not. 0 is right; a pair of 20 patients is off by 0.1 by chance alone, as the ceiling shows. Part: \
           how many pairs.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "difference of shares",
    sources: &[Citation("perkonoja2026")],
    maturity: Maturity::Checked,
};

const MOST_CODES: usize = 150;

impl TimelineMetric for Order {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        _: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let (real, made) = (data.holdout, data.synthetic);
        enough_people([real, made], LEAST_PEOPLE as usize)?;
        let chosen = commonest(real, data.vocabulary, MOST_CODES, |_| true);
        let slots = slots(&chosen, data.vocabulary.len());
        let groups = groups(real, made, seed);
        let width = chosen.len();
        let sides = [
            Firsts::of(real, &groups.real, &slots, width),
            Firsts::of(made, &groups.synthetic, &slots, width),
        ];
        let kept: Vec<usize> = (0..width * width)
            .filter(|&pair| sides.iter().all(|side| side.both.count(pair, GROUPS) >= f64::from(LEAST_PEOPLE)))
            .collect();
        if kept.is_empty() {
            let unit = "pairs of codes that 20 patients have at different times";
            return Err(MetricError::TooFew { unit, needed: 1, found: 0 });
        }
        let score = scored(&groups, |out| distance(&sides, &kept, out))?;
        Ok(score.with_parts([("pairs".to_owned(), kept.len() as f64)]))
    }
}

/// Who has two codes at different times, and with which one first.
struct Firsts {
    both: Counts,
    before: Counts,
}

impl Firsts {
    fn of(lives: &Lives, groups: &[u8], slots: &[u32], width: usize) -> Self {
        let mut firsts = Self { both: Counts::new(width * width), before: Counts::new(width * width) };
        let mut first = vec![i64::MIN; width];
        for (life, &group) in lives.people.iter().zip(groups) {
            let mut met: Vec<usize> = Vec::new();
            for at in life.events.clone() {
                let slot = slots[lives.codes[at] as usize];
                if slot != NONE && first[slot as usize] == i64::MIN {
                    first[slot as usize] = lives.times[at];
                    met.push(slot as usize);
                }
            }
            met.sort_unstable();
            for (place, &a) in met.iter().enumerate() {
                for &b in met[place + 1..].iter().filter(|&&b| first[a] != first[b]) {
                    firsts.both.add(a * width + b, group);
                    if first[a] < first[b] {
                        firsts.before.add(a * width + b, group);
                    }
                }
            }
            met.iter().for_each(|&slot| first[slot] = i64::MIN);
        }
        firsts
    }
}

fn distance(sides: &[Firsts; 2], kept: &[usize], out: usize) -> Option<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    for &pair in kept {
        let [n, m] = [0, 1].map(|side: usize| sides[side].both.count(pair, out));
        if n > 0.0 && m > 0.0 {
            let gap = sides[0].before.count(pair, out) / n - sides[1].before.count(pair, out) / m;
            sum += n * gap.abs();
            weight += n;
        }
    }
    (weight > 0.0).then(|| sum / weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::world::lives_of;

    #[test]
    fn firsts_are_by_hand() {
        // A before B twice and B before A once; both on one day count for nothing; what comes later does not matter.
        let lives = lives_of(&[
            &[(1, "A"), (2, "B"), (3, "A")],
            &[(1, "A"), (9, "B")],
            &[(4, "B"), (5, "A")],
            &[(4, "B"), (4, "A")],
        ]);
        let firsts = Firsts::of(&lives, &[0; 4], &[0, 1], 2);
        assert_eq!((firsts.both.count(1, GROUPS), firsts.before.count(1, GROUPS)), (3.0, 2.0));
        // 2/3 against 1/1.
        let other = Firsts::of(&lives_of(&[&[(1, "A"), (2, "B")]]), &[0], &[0, 1], 2);
        let found = distance(&[firsts, other], &[1], GROUPS).unwrap();
        assert!((found - 1.0 / 3.0).abs() < 1e-12, "{found}");
    }
}
