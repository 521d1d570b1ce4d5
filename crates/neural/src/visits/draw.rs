//! How are the people of a draft drawn, each with what was asked of them?

use super::course::{Course, Lens};
use super::encode::Finder;
use super::guide::Guide;
use super::model::FittedVisits;
use super::tale::Tale;
use crate::{Scribe, WriteError};
use rand::RngExt as _;
use std::collections::VecDeque;
use verosim_core::{Context, SampleError, Seeded};
use verosim_timeline::event::Person;
use verosim_timeline::{Builder, Draft, Events, Possible};

/// Lives that are written at once when some of them are thrown away.
const ROUND: usize = 2_048;
/// Lives that have what was asked before weights are judged.
const ENOUGH: usize = 40;
/// Share of lives whose weight is below the bar: the others count as if they stood at it.
const BAR: f64 = 0.95;

/// Draws the people of `draft`.
///
/// What is asked is had by writing towards it and then keeping each life with a chance in proportion to how much likelier
/// it was made. Lives kept follow the law given what was asked, except that the twentieth part of greatest weight counts as
/// if it stood at the bar: rare ways to what was asked are somewhat rarer than they should be.
pub(super) fn draw(
    model: &FittedVisits,
    draft: &Draft,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Events, SampleError> {
    let n = draft.people;
    let short = |accepted: usize, tried: usize| SampleError::Shortfall {
        asked: n,
        accepted,
        tried,
        share: accepted as f64 / tried.max(1) as f64,
    };
    let guide = Guide::new(model, draft).ok_or_else(|| short(0, 0))?;
    let scribe = Scribe::new(&model.network, Some(&model.counted));
    let possible = draft.possible.as_deref();
    let lives = seed.split("lives");
    let mut keep = seed.split("keep").rng();
    let (mut accepted, mut tried) = (Vec::with_capacity(n), 0_usize);
    let mut bar: Option<f64> = None;
    let mut waiting: Vec<Tale<'_>> = Vec::new();
    let most = n.saturating_mul(model.config.tries).saturating_add(ROUND);
    while accepted.len() < n && tried < most {
        let wanted = n - accepted.len();
        let round = if guide.is_empty() {
            wanted
        } else if bar.is_none() {
            // Enough to see which weights there are.
            wanted.saturating_mul(2).clamp(256.min(most), ROUND)
        } else {
            let share = (accepted.len().max(1) as f64 / tried as f64).max(1e-3);
            ((wanted as f64 / share * 1.1) as usize).clamp(64, ROUND)
        };
        let start = |at: usize| {
            let seed = lives.split_at((tried + at) as u64);
            Tale::new(model, possible, &guide, seed, VecDeque::new())
        };
        let tales = scribe.write(round, start, ctx).map_err(error)?;
        tried += round;
        waiting.extend(tales.into_iter().filter(Tale::is_whole));
        if bar.is_none() && (waiting.len() >= ENOUGH || tried >= most) {
            bar = Some(quantile(&waiting));
        }
        if let Some(bar) = bar.or(guide.is_empty().then_some(0.0)) {
            for tale in waiting.drain(..) {
                let luck: f64 = keep.random();
                if accepted.len() < n && (guide.is_empty() || luck < (tale.log_weight - bar).exp()) {
                    accepted.push(tale);
                }
            }
        }
    }
    if accepted.len() < n {
        return Err(short(accepted.len(), tried));
    }
    let mut to = Builder::default();
    for (tale, id) in accepted.into_iter().zip(draft.first_id..) {
        tale.write(id, &mut to);
    }
    Ok(to.finish())
}

/// The logarithm of the weight below which [`BAR`] of the lives are.
fn quantile(tales: &[Tale<'_>]) -> f64 {
    let mut weights: Vec<f64> = tales.iter().map(|tale| tale.log_weight).collect();
    weights.sort_by(f64::total_cmp);
    weights
        .get(((weights.len() as f64 * BAR) as usize).min(weights.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}

/// Draws what is behind the last event of `prefix`.
pub(super) fn go_on(
    model: &FittedVisits,
    prefix: &Person<'_>,
    possible: Option<&dyn Possible>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Events, SampleError> {
    let finder = Finder::new(model.grammar());
    let events = prefix.events();
    let course = Course::new(prefix, &Lens::new(events));
    let mut tokens = Vec::new();
    let (_, last) = finder.life(prefix, &course, &finder.places(events), &mut tokens);
    let mut to = Builder::default();
    if last.is_none() || course.death.is_some() {
        return Ok(to.finish());
    }
    let told: VecDeque<(u32, i64)> =
        tokens.iter().map(|&(token, says)| (u32::from(token), i64::from(says))).collect();
    let guide = Guide::default();
    let scribe = Scribe::new(&model.network, Some(&model.counted));
    let start = |_: usize| Tale::new(model, possible, &guide, seed.split("continue"), told.clone());
    for tale in scribe.write(1, start, ctx).map_err(error)? {
        tale.write(prefix.id(), &mut to);
    }
    Ok(to.finish())
}

fn error(error: WriteError) -> SampleError {
    match error {
        WriteError::Interrupted(why) => SampleError::Interrupted(why),
        WriteError::Step(fault) => SampleError::BrokenModel { what: fault.to_string() },
    }
}
