//! lo.uni: do as many patients have each code as in reality?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::timeline::counts::{Counts, apart, enough_people, explained, groups, often, scored};
use crate::timeline::pictures::prevalence;
use crate::timeline::{Life, LifeTrio, Lives, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Score, Seeded};
use verosim_timeline::Sex;

/// How well shares of patients with each code agree.
pub(super) struct Prevalence;

static INFO: MetricInfo = MetricInfo {
    id: "lo.uni",
    name: "Prevalence of codes",
    question: "Do as many synthetic patients have each code as real ones?",
    page: "Share of the variance of log shares of patients with each code that the synthetic shares explain as they stand (R² \
           about the line of equality, not about a fitted line): 1 when all agree, 0 when one number for all codes would do \
           as well, below 0 when it would do better. Codes of at least 20 holdout patients, or of as large a share of \
           synthetic ones, so that invented codes count; half a patient is added before logarithms. Parts: R² of the plain \
           shares (HALO's figure; 0.99 for nearly any generator), R² of shares of visits, total variation distance of the \
           shares made to sum to 1, how many codes, and the value by sex and by age at the first event where there are at \
           least 100 people of either side.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: f64::NEG_INFINITY, high: 1.0 },
    unit: "R² of logs",
    sources: &[Citation("theodorou2023"), Citation("yan2022")],
    maturity: Maturity::Checked,
};

/// People of a group below which nothing is said of it.
const LEAST_OF_GROUP: usize = 100;
/// Upper ends of age bands.
const BANDS: [(&str, f64, f64); 4] = [
    ("under 18", f64::MIN, 18.0),
    ("18 to 44", 18.0, 45.0),
    ("45 to 64", 45.0, 65.0),
    ("65 and over", 65.0, f64::MAX),
];

impl TimelineMetric for Prevalence {
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
        let (real, made) = (data.holdout, data.synthetic);
        enough_people([real, made], 2)?;
        let groups = groups(real, made, seed);
        let n_codes = data.vocabulary.len();
        let all = |_: &Lives, _: &Life| true;
        let sides = [people(real, &groups.real, n_codes, all), people(made, &groups.synthetic, n_codes, all)];
        let kept = kept(&sides)?;
        let score = scored(&groups, |out| logs(&sides, &kept, out))?;
        let visits = [visits(real, &groups.real, n_codes), visits(made, &groups.synthetic, n_codes)];
        let mut parts = vec![
            ("R² of shares".to_owned(), plain(&sides, &kept).unwrap_or(f64::NAN)),
            ("R² of shares of visits".to_owned(), plain(&visits, &kept).unwrap_or(f64::NAN)),
            ("total variation".to_owned(), variation(&sides, &kept).unwrap_or(f64::NAN)),
            ("codes".to_owned(), kept.len() as f64),
        ];
        let mut subgroup = |name: &str, of: &dyn Fn(&Lives, &Life) -> bool| {
            let sides =
                [people(real, &groups.real, n_codes, of), people(made, &groups.synthetic, n_codes, of)];
            if sides.iter().all(|side| side.units(GROUPS) >= LEAST_OF_GROUP as f64)
                && let Ok(kept) = self::kept(&sides)
                && let Some(value) = logs(&sides, &kept, GROUPS)
            {
                parts.push((name.to_owned(), value));
            }
        };
        subgroup("women", &|_, life| life.sex == Sex::Female);
        subgroup("men", &|_, life| life.sex == Sex::Male);
        for (name, low, high) in BANDS {
            subgroup(name, &|lives, life| {
                let age = lives.span(life).and_then(|(first, _)| life.age_at(first));
                age.is_some_and(|age| low <= age && age < high)
            });
        }
        ctx.draw(|pictures| pictures.prevalence = prevalence(data));
        Ok(score.with_parts(parts))
    }
}

/// How many people have each code, of those whom `of` accepts.
fn people(lives: &Lives, groups: &[u8], n_codes: usize, of: impl Fn(&Lives, &Life) -> bool) -> Counts {
    let mut counts = Counts::new(n_codes);
    for (life, &group) in lives.people.iter().zip(groups).filter(|(life, _)| of(lives, life)) {
        counts.add_units(group, 1);
        lives.distinct(life).into_iter().for_each(|code| counts.add(code as usize, group));
    }
    counts
}

/// How many visits have each code.
fn visits(lives: &Lives, groups: &[u8], n_codes: usize) -> Counts {
    let mut counts = Counts::new(n_codes);
    for (life, &group) in lives.people.iter().zip(groups) {
        counts.add_units(group, life.visits.len());
        for visit in lives.visits_of(life) {
            lives.codes_of(visit).iter().for_each(|&code| counts.add(code as usize, group));
        }
    }
    counts
}

/// Codes that enough people have.
fn kept([real, made]: &[Counts; 2]) -> Result<Vec<usize>, MetricError> {
    let (n, m) = (real.units(GROUPS) as usize, made.units(GROUPS) as usize);
    let kept: Vec<usize> = (0..real.len())
        .filter(|&code| often(real.count(code, GROUPS), made.count(code, GROUPS), n, m))
        .collect();
    if kept.len() < 3 {
        return Err(MetricError::TooFew { unit: "codes of 20 patients", needed: 3, found: kept.len() });
    }
    Ok(kept)
}

fn logs([real, made]: &[Counts; 2], kept: &[usize], out: usize) -> Option<f64> {
    let of = |side: &Counts| kept.iter().map(|&code| side.log_share(code, out)).collect::<Vec<_>>();
    explained(&of(real), &of(made))
}

fn shares(side: &Counts, kept: &[usize]) -> Vec<f64> {
    kept.iter().map(|&code| side.share(code, GROUPS)).collect()
}

fn plain([real, made]: &[Counts; 2], kept: &[usize]) -> Option<f64> {
    explained(&shares(real, kept), &shares(made, kept))
}

fn variation([real, made]: &[Counts; 2], kept: &[usize]) -> Option<f64> {
    apart(&shares(real, kept), &shares(made, kept))
}
