//! What came to people, and what was due by counts, or in lives that the model draws?

use super::base::Counted;
use super::guide::Guide;
use super::life::Grammar;
use super::model::FittedVisits;
use super::sight::{Asked, Own, Sight};
use super::store::Store;
use super::tale::Tale;
use super::tilt::Tilts;
use crate::{Base as _, Masks, Scribe, Step, Story};
use std::collections::VecDeque;
use verosim_core::{Context, FitError, Seeded};

/// Chances weighed, at most, by counts alone; and tokens that are drawn, about.
const WEIGHED: usize = 1_000_000_000;
const DRAWN: usize = 600_000;
/// Lives that are drawn at once.
const BLOCK: usize = 192;

/// Those of whom factors are learned.
#[derive(Clone, Copy)]
pub(super) struct Replay<'a> {
    pub(super) store: &'a Store,
    pub(super) grammar: Grammar<'a>,
    pub(super) least: usize,
}

impl Replay<'_> {
    /// Those who are looked at: some of them where all would be too many.
    fn people(&self, counted: &Counted) -> impl Iterator<Item = usize> + use<> {
        let every = self.store.tokens().saturating_mul(counted.width()).div_ceil(WEIGHED).max(1);
        (0..self.store.people()).step_by(every)
    }

    /// The factors that counts lack.
    pub(super) fn of_counts(
        self,
        counted: &Counted,
        masks: &Masks,
        ctx: Context<'_>,
    ) -> Result<Tilts, FitError> {
        let Self { store, grammar, least } = self;
        let mut sight = Sight::default();
        let mut chances = Vec::new();
        for person in self.people(counted) {
            ctx.stop.check()?;
            let mut own = Own::default();
            store.walk(person, grammar, |life, token| {
                let (context, memory) = (life.context(), life.memory());
                if memory.is_empty() {
                    return;
                }
                let tokens = masks.allowed(life.class());
                chances.clear();
                chances.resize(tokens.len(), 0.0);
                counted.add_logits(context, memory, tokens, &mut chances);
                soften(&mut chances);
                own.see(Asked { counted, masks, context, memory }, token, &chances);
            });
            sight.take(own, person as u32, usize::from(store.folds[person]));
        }
        Ok(sight.tilts(least as u32, false))
    }

    /// What came to people, whatever was due.
    pub(super) fn came(self, counted: &Counted, masks: &Masks, ctx: Context<'_>) -> Result<Sight, FitError> {
        let Self { store, grammar, .. } = self;
        let mut sight = Sight::default();
        for person in self.people(counted) {
            ctx.stop.check()?;
            let mut own = Own::default();
            store.walk(person, grammar, |life, token| {
                let (context, memory) = (life.context(), life.memory());
                if !memory.is_empty() {
                    own.see_come(Asked { counted, masks, context, memory }, token);
                }
            });
            sight.take(own, person as u32, usize::from(store.folds[person]));
        }
        Ok(sight)
    }

    /// The factors that a model lacks whose lives go their own ways: what comes in them is brought to what came.
    pub(super) fn of_draws(
        self,
        mut came: Sight,
        model: &FittedVisits,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Tilts, FitError> {
        let (counted, masks) = (&model.counted, model.network.masks());
        let scribe = Scribe::new(&model.network, Some(counted));
        let guide = Guide::default();
        let mean = (self.store.tokens() / self.store.people().max(1)).max(1);
        let (people, mut drawn) = ((DRAWN / mean).clamp(200, 10_000), Own::default());
        for block in 0..people.div_ceil(BLOCK) {
            let start = |at: usize| {
                let seed = seed.split_at((block * BLOCK + at) as u64);
                let tale = Tale::new(model, None, &guide, seed, VecDeque::new());
                Watched { tale, counted, masks, own: Own::default() }
            };
            let told = scribe.write(BLOCK, start, ctx)?;
            drawn = Own::sum(told.into_iter().map(|story| story.own).chain([drawn]));
        }
        came.expect(&drawn);
        Ok(came.tilts(self.least as u32, true))
    }
}

/// A life that is drawn, and what was due in it.
struct Watched<'a> {
    tale: Tale<'a>,
    counted: &'a Counted,
    masks: &'a Masks,
    own: Own,
}

impl Story for Watched<'_> {
    fn ask(&self) -> Option<Step<'_>> {
        self.tale.ask()
    }

    fn take(&mut self, tokens: &[u32], logits: &mut [f32]) {
        let life = self.tale.life();
        if !life.memory().is_empty() {
            let mut chances = logits.to_vec();
            self.tale.forbid(tokens, &mut chances);
            soften(&mut chances);
            let (counted, masks, context, memory) = (self.counted, self.masks, life.context(), life.memory());
            self.own.see_due(Asked { counted, masks, context, memory }, &chances);
        }
        self.tale.take(tokens, logits);
    }
}

/// Logits to chances.
fn soften(logits: &mut [f32]) {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|logit| *logit = (*logit - most).exp());
    let all: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|chance| *chance /= all);
}
