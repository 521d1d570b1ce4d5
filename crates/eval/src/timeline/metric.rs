//! What is a metric of timelines? The same question with a card entry, asked of lives.

use super::{Declared, Lives, Vocabulary};
use crate::card::{Attack, Copying, Giveaway, Task, TimePictures};
use crate::metric::Pass;
use crate::{MetricError, NotApplicable};
use std::sync::Mutex;
use verosim_core::{Context, MetricInfo, Preset, Score, Seeded};
use verosim_timeline::Possible;

/// One question asked of the lives of train, holdout and synthetic people.
pub trait TimelineMetric: Send + Sync {
    /// Everything a report must know without running it.
    fn info(&self) -> &'static MetricInfo;

    /// The smallest preset that computes it.
    fn preset(&self) -> Preset {
        Preset::Standard
    }

    /// Says why not, before any work.
    ///
    /// # Errors
    /// [`NotApplicable`] with the reason in words.
    fn applies_to(&self, _: &LifeTrio<'_>) -> Result<(), NotApplicable> {
        Ok(())
    }

    /// Measures. Called a second time with training people in the place of synthetic ones for the ceiling, and with
    /// training people whose codes were dealt out anew for the floor.
    ///
    /// # Errors
    /// [`MetricError`] with the reason; never a NaN.
    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError>;
}

/// Lives of train, holdout and synthetic people with one vocabulary.
#[derive(Clone, Copy)]
pub struct LifeTrio<'a> {
    /// What codes mean.
    pub vocabulary: &'a Vocabulary,
    /// People whom the generator learned from.
    pub train: &'a Lives,
    /// Other people of the same population.
    pub holdout: &'a Lives,
    /// People under judgement.
    pub synthetic: &'a Lives,
    /// What can happen to whom, when somebody knows.
    pub possible: Option<&'a dyn Possible>,
    /// What a person declared to be looked at.
    pub declared: &'a Declared,
}

impl std::fmt::Debug for LifeTrio<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let people = [self.train, self.holdout, self.synthetic].map(Lives::n_people);
        write!(to, "LifeTrio of {people:?} people and {} codes", self.vocabulary.len())
    }
}

/// What metrics find besides their number, for the report. Filled on [`Pass::Synthetic`] only.
#[derive(Debug, Default)]
pub struct TimelineFindings {
    /// What gives synthetic people away.
    pub giveaways: Mutex<Vec<Giveaway>>,
    /// Predictions learned on synthetic people.
    pub tasks: Mutex<Vec<Task>>,
    /// Membership attacks.
    pub attacks: Mutex<Vec<Attack>>,
    /// People whose life comes out again.
    pub copying: Mutex<Vec<Copying>>,
    /// What the report draws.
    pub pictures: Mutex<TimePictures>,
}

/// What metrics are handed besides data.
#[derive(Clone, Copy)]
pub struct TimelineContext<'a> {
    /// Progress and stop.
    pub ctx: Context<'a>,
    /// Which people stand in the place of the synthetic ones.
    pub pass: Pass,
    /// Where details for the report are left.
    pub findings: &'a TimelineFindings,
}

impl TimelineContext<'_> {
    /// Leaves pictures for the report, on the synthetic people only.
    pub(crate) fn draw(&self, leave: impl FnOnce(&mut TimePictures)) {
        if self.pass == Pass::Synthetic
            && let Ok(mut pictures) = self.findings.pictures.lock()
        {
            leave(&mut pictures);
        }
    }
}
