//! How are three sets of lives brought before the judge?

use super::overlap::refuse_same_people;
use crate::error::EngineError;
use crate::run::judge_rows;
use std::sync::Arc;
use verosim_core::{Context, Preset, Seeded};
use verosim_data::constrain::{RuleText, Severity};
use verosim_eval::policy::Policy;
use verosim_eval::timeline::{TimelineTrio, judge_timelines, some_people};
use verosim_eval::{Card, JudgeSettings};
use verosim_timeline::event::Builder;
use verosim_timeline::{Cohort, EventRules, Events, Possible};

/// What is said of a judgement.
#[derive(Clone, Debug)]
pub struct LivesJudged {
    /// Title of the report.
    pub title: String,
    /// Engine id, or `unknown`.
    pub engine: String,
    /// Guarantee in words.
    pub guarantee: String,
    /// Day.
    pub date: String,
    /// How much is measured.
    pub preset: Preset,
    /// Rules of a person about single events, beside the built-in ones.
    pub own: Vec<RuleText>,
    /// What the card is held against.
    pub policy: Option<Policy>,
    /// Seed of everything random.
    pub seed: u64,
}

/// Judges synthetic lives beside those learned from and those of other people. Of large sets as many people are looked at as the
/// preset allows.
///
/// # Errors
/// [`EngineError::SamePeople`]; those of the sources and of the judge.
pub fn judge_lives(
    [train, holdout, synthetic]: [Cohort<'_>; 3],
    what: &LivesJudged,
    ctx: Context<'_>,
) -> Result<Card, EngineError> {
    refuse_same_people(train, holdout, ctx)?;
    let limit = judge_rows(what.preset);
    let seed = Seeded::new(what.seed).split("judge");
    let train = gathered(train, limit, seed.split("train"), ctx)?;
    let holdout = gathered(holdout, limit, seed.split("holdout"), ctx)?;
    let synthetic = gathered(synthetic, limit, seed.split("synthetic"), ctx)?;
    let codes = [&train, &holdout, &synthetic]
        .into_iter()
        .flat_map(|events| events.codes().levels())
        .map(|code| &**code);
    let rules: Arc<dyn Possible> = Arc::new(EventRules::new(codes, Severity::Implausible, &what.own));
    let settings = JudgeSettings {
        title: what.title.clone(),
        engine: what.engine.clone(),
        guarantee: what.guarantee.clone(),
        date: what.date.clone(),
        preset: what.preset,
        only: Vec::new(),
        row_limit: limit,
        references: Vec::new(),
        bare: false,
    };
    let trio =
        TimelineTrio { possible: Some(rules.as_ref()), ..TimelineTrio::new(&train, &holdout, &synthetic) };
    let mut card = judge_timelines(&trio, &settings, seed, ctx)?;
    card.policy = what.policy.as_ref().map(|policy| policy.judge(&card));
    Ok(card)
}

/// At most `limit` people of a cohort, by chance.
fn gathered(cohort: Cohort<'_>, limit: usize, seed: Seeded, ctx: Context<'_>) -> Result<Events, EngineError> {
    // Where there are very many, most are passed over while reading; the rest is thinned exactly.
    let people = cohort.source().about().people.unwrap_or(0) as f64;
    let share = if people > 4.0 * limit as f64 { 2.0 * limit as f64 / people } else { 1.0 };
    let mut all = Builder::default();
    for shard in 0..cohort.shards() {
        ctx.progress.step(shard, cohort.shards(), "shards");
        ctx.stop.check()?;
        let events = cohort.read(shard, ctx)?;
        let key = |id: i64| seed.split_at(id as u64).key() as f64 / u64::MAX as f64;
        all.append(&if share < 1.0 { events.of_people(|id| key(id) < share) } else { events });
    }
    Ok(some_people(&all.finish(), limit, seed))
}
