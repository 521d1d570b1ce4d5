//! lo.bi, lo.seqbi: do codes come together, and after each other, as they do for real patients?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::timeline::counts::{
    Counts, NONE, apart, commonest, enough_people, explained, groups, often, scored, slots,
};
use crate::timeline::{Life, LifeTrio, Lives, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Score, Seeded};

/// How well shares of visits with each pair of codes agree.
pub(super) struct Pairs {
    info: &'static MetricInfo,
    /// How many visits later the second code is looked for.
    later: usize,
}

/// Both codes in one visit.
pub(super) static WITHIN: Pairs = Pairs {
    info: &MetricInfo {
        id: "lo.bi",
        name: "Codes of one visit",
        question: "Do codes come together in a visit as they do for real patients?",
        page: "Share of the variance of log shares of visits with each pair of codes that the synthetic shares explain as they \
               stand (R² about the line of equality). Pairs among the 200 codes that most holdout patients have, in at \
               least 20 holdout patients or as large a share of synthetic ones; half a visit is added before logarithms. \
               Parts: R² of the plain shares (HALO's figure), total variation distance of the shares made to sum to 1, how \
               many pairs. A generator that knows each code's share and nothing else scores far below the ceiling.",
        family: Family::Realism,
        direction: Direction::Higher,
        range: Range { low: f64::NEG_INFINITY, high: 1.0 },
        unit: "R² of logs",
        sources: &[Citation("theodorou2023")],
        maturity: Maturity::Checked,
    },
    later: 0,
};

/// The second code in the next visit.
pub(super) static SUCCESSIVE: Pairs = Pairs {
    info: &MetricInfo {
        id: "lo.seqbi",
        name: "Codes of successive visits",
        question: "Do codes of one visit lead to codes of the next as they do for real patients?",
        page: "As lo.bi, for ordered pairs of a code of one visit and a code of the next visit of the same patient; the unit is \
               a pair of successive visits. Codes that recur at every visit make pairs of their own. A generator whose \
               visits know nothing of each other keeps lo.bi and loses this.",
        family: Family::Realism,
        direction: Direction::Higher,
        range: Range { low: f64::NEG_INFINITY, high: 1.0 },
        unit: "R² of logs",
        sources: &[Citation("theodorou2023")],
        maturity: Maturity::Checked,
    },
    later: 1,
};

/// Codes whose pairs are counted: 200 make 40,000 ordered pairs.
const MOST_CODES: usize = 200;

impl TimelineMetric for Pairs {
    fn info(&self) -> &'static MetricInfo {
        self.info
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
        let groups = groups(real, made, seed);
        let chosen = commonest(real, data.vocabulary, MOST_CODES, |_| true);
        let slots = slots(&chosen, data.vocabulary.len());
        let count = |lives, groups: &[u8]| Counted::of(lives, groups, &slots, chosen.len(), self.later);
        let (a, b) = rayon::join(|| count(real, &groups.real), || count(made, &groups.synthetic));
        let kept: Vec<usize> = (0..a.people.len())
            .filter(|&pair| {
                often(f64::from(a.people[pair]), f64::from(b.people[pair]), real.n_people(), made.n_people())
            })
            .collect();
        if kept.len() < 3 {
            return Err(MetricError::TooFew {
                unit: "pairs of codes of 20 patients",
                needed: 3,
                found: kept.len(),
            });
        }
        let logs = |side: &Counts, out| kept.iter().map(|&at| side.log_share(at, out)).collect::<Vec<_>>();
        let score = scored(&groups, |out| explained(&logs(&a.visits, out), &logs(&b.visits, out)))?;
        let shares = |side: &Counts| kept.iter().map(|&pair| side.share(pair, GROUPS)).collect::<Vec<_>>();
        let (x, y) = (shares(&a.visits), shares(&b.visits));
        Ok(score.with_parts([
            ("R² of shares".to_owned(), explained(&x, &y).unwrap_or(f64::NAN)),
            ("total variation".to_owned(), apart(&x, &y).unwrap_or(f64::NAN)),
            ("pairs".to_owned(), kept.len() as f64),
        ]))
    }
}

/// Pairs of one side.
struct Counted {
    visits: Counts,
    /// People who have each pair at some time.
    people: Vec<u32>,
}

impl Counted {
    fn of(lives: &Lives, groups: &[u8], slots: &[u32], width: usize, later: usize) -> Self {
        let mut counted = Self { visits: Counts::new(width * width), people: vec![0; width * width] };
        // Who was last counted for a pair.
        let mut last = vec![usize::MAX; width * width];
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (person, (life, &group)) in lives.people.iter().zip(groups).enumerate() {
            let n_visits = life.visits.len();
            counted.visits.add_units(group, n_visits.saturating_sub(later));
            for at in 0..n_visits.saturating_sub(later) {
                fill(&mut first, lives, life, at, slots);
                fill(&mut second, lives, life, at + later, slots);
                for &a in &first {
                    for &b in second.iter().filter(|&&b| later > 0 || a < b) {
                        let pair = a * width + b;
                        counted.visits.add(pair, group);
                        if last[pair] != person {
                            last[pair] = person;
                            counted.people[pair] += 1;
                        }
                    }
                }
            }
        }
        counted
    }
}

/// Chosen codes of visit number `at` of one person.
fn fill(places: &mut Vec<usize>, lives: &Lives, life: &Life, at: usize, slots: &[u32]) {
    places.clear();
    let codes = lives.codes_of(&lives.visits_of(life)[at]);
    places.extend(
        codes.iter().map(|&code| slots[code as usize]).filter(|&slot| slot != NONE).map(|slot| slot as usize),
    );
}
