//! How does a network go from what it was to what the data say?

use super::adam::Adam;
use super::deal::{Deal, read};
use super::evaluate::Watch;
use super::settings::{SLICE, Settings, SettingsError};
use crate::data::{Base, Corpus, DataError, NOTHING, check};
use crate::layer::Loss;
use crate::network::{Learning, Network, Packs, Slice};
use rayon::prelude::*;
use verosim_core::Seeded;
use verosim_core::port::{Context, Interrupted};

/// What is learned from, and by what learning is watched.
#[derive(Clone, Copy)]
pub struct Lessons<'a> {
    /// Sequences to learn from.
    pub data: &'a dyn Corpus,
    /// Sequences that tell when to stop and which weights were best; those of other people. May be empty: then all steps
    /// are taken, and the last weights are kept.
    pub watched: &'a dyn Corpus,
    /// What the network corrects.
    pub base: Option<&'a dyn Base>,
}

/// Why learning ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All steps were taken.
    Steps,
    /// The watched sequences gained nothing for long enough.
    Patience,
    /// The caller asked, or a limit was reached; the best weights so far are kept.
    Interrupted(Interrupted),
}

/// A look at the watched sequences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Steps taken before.
    pub step: usize,
    /// Nats per choice in learning since the last look, while numbers were left out.
    pub learned: Option<f64>,
    /// Nats per choice of the watched sequences.
    pub watched: Option<f64>,
}

/// How learning went.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// All looks; the first is before any learning, when the network is its base.
    pub looks: Vec<Point>,
    /// After how many steps the weights were as they are kept.
    pub best_step: usize,
    /// Steps taken.
    pub steps: usize,
    /// Tokens that were learned from, repeats counted.
    pub tokens: usize,
    /// Why it ended.
    pub ended: Ended,
}

/// Why nothing was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting is out of range.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Sequences to learn from do not fit.
    #[error("sequences to learn from: {0}")]
    Data(#[source] DataError),
    /// Watched sequences do not fit.
    #[error("watched sequences: {0}")]
    Watched(#[source] DataError),
    /// A loss or gradient was no finite number.
    #[error(
        "learning left the finite numbers at step {step}: lower `learning_rate`, or look at what the base gives"
    )]
    NotFinite {
        /// Steps taken before.
        step: usize,
    },
}

/// Lets `network` learn, and returns it as it was when the watched sequences surprised it least.
///
/// Truncated backpropagation through time: states are carried from chunk to chunk, gradients are not. What is in the bag
/// gets exact gradients at any distance, as far as its own embedding goes.
///
/// # Determinism
/// Equal arguments give equal weights at any number of threads and on any processor, unless interrupted.
///
/// # Errors
/// [`TrainError`] says which setting or step is at fault. An interruption is no error: see [`Report::ended`].
///
/// # Cost
/// Per token about 36 width² for each layer and 6 width × allowed tokens floating-point operations; memory is
/// [`Settings::bytes`]. Floor: those operations at the speed of a matrix product, and three readings of the weights per
/// step and slice.
pub fn train(
    mut network: Network,
    lessons: Lessons<'_>,
    settings: &Settings,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<(Network, Report), TrainError> {
    settings.check()?;
    let (_, choices) = check(lessons.data, network.shape, &network.masks).map_err(TrainError::Data)?;
    if choices == 0 {
        return Err(TrainError::Data(DataError::Nothing));
    }
    let (_, watched) = check(lessons.watched, network.shape, &network.masks).map_err(TrainError::Watched)?;
    let mut run = Run::new(&network, lessons, settings, seed);
    let mut report = Report { looks: Vec::new(), best_step: 0, steps: 0, tokens: 0, ended: Ended::Steps };
    let mut best: Option<(f64, Vec<f32>)> = None;
    let mut stale = 0;
    let mut since = Loss::default();
    for step in 0..=settings.steps {
        let last = step == settings.steps;
        if let Err(why) = ctx.stop.check() {
            report.ended = Ended::Interrupted(why);
            break;
        }
        if step % settings.watch_every == 0 || last {
            let seen = match run.watch.look(&network, lessons.watched, lessons.base, ctx) {
                Ok(seen) => seen.mean(),
                Err(why) => {
                    report.ended = Ended::Interrupted(why);
                    break;
                }
            };
            if seen.is_some_and(|seen| !seen.is_finite()) {
                return Err(TrainError::NotFinite { step });
            }
            let learned = (since.choices > 0).then(|| since.nats / since.choices as f64);
            since = Loss::default();
            report.looks.push(Point { step, learned, watched: seen });
            if let Some(seen) = seen {
                if best.as_ref().is_none_or(|(least, _)| seen < *least) {
                    best = Some((seen, network.weights.clone()));
                    report.best_step = step;
                    stale = 0;
                } else {
                    stale += 1;
                }
                if stale >= settings.patience && !last {
                    report.ended = Ended::Patience;
                    break;
                }
            }
        }
        if last {
            break;
        }
        since.add(run.step(&mut network, step)?);
        report.steps = step + 1;
        report.tokens += settings.lanes * settings.chunk;
        ctx.progress.step(step + 1, settings.steps, "learning");
    }
    if watched == 0 {
        report.best_step = report.steps;
    } else if let Some((_, weights)) = best {
        network.weights = weights;
    }
    Ok((network, report))
}

/// What steps need and keep.
struct Run<'a> {
    lessons: Lessons<'a>,
    settings: &'a Settings,
    seed: Seeded,
    deal: Deal,
    slices: Vec<Slice>,
    packs: Packs,
    watch: Watch,
    adam: Adam,
}

/// Gradients per unit of parallel work.
const PIECE: usize = 1 << 14;

impl<'a> Run<'a> {
    fn new(network: &Network, lessons: Lessons<'a>, settings: &'a Settings, seed: Seeded) -> Self {
        let slices = (0..settings.lanes)
            .step_by(SLICE)
            .map(|first| Slice::new(network, SLICE.min(settings.lanes - first)))
            .collect();
        Self {
            lessons,
            settings,
            seed,
            deal: Deal::new(lessons.data, settings.lanes, Some(seed.split("order"))),
            slices,
            packs: Packs::default(),
            watch: Watch::new(settings.lanes, settings.chunk),
            adam: Adam::new(network),
        }
    }

    /// Learns from one chunk; returns the surprise before.
    fn step(&mut self, network: &mut Network, step: usize) -> Result<Loss, TrainError> {
        let settings = self.settings;
        let pieces = self.deal.next(self.lessons.data, settings.chunk);
        read(self.lessons.data, &pieces, &mut self.slices, SLICE, settings.chunk, network.shape.features);
        let (used, choices) = choices(network, &self.slices);
        self.packs.fill(network, &used, choices > 0);
        if choices == 0 {
            // Nothing to learn from here, but states and bags go on.
            let packs = &self.packs;
            self.slices.par_iter_mut().for_each(|slice| {
                slice.run(network, packs, None, None);
            });
            return Ok(Loss::default());
        }
        let (packs, base) = (&self.packs, self.lessons.base);
        let seed = self.seed.split("dropout").split_at(step as u64);
        let known = &*network;
        let losses: Vec<Loss> = self
            .slices
            .par_iter_mut()
            .enumerate()
            .map(|(at, slice)| {
                let seed = seed.split_at(at as u64);
                let scale = 1.0 / choices as f32;
                slice.run(known, packs, base, Some(Learning { scale, dropout: settings.dropout, seed }))
            })
            .collect();
        let mut loss = Loss::default();
        losses.into_iter().for_each(|part| loss.add(part));
        let norm = self.reduce();
        if !loss.nats.is_finite() || !norm.is_finite() {
            return Err(TrainError::NotFinite { step });
        }
        let scale = (settings.clip / norm.max(settings.clip)) as f32;
        self.adam.step(
            &mut network.weights,
            &self.slices[0].gradient,
            scale,
            rate(settings, step),
            settings.decay,
        );
        Ok(loss)
    }

    /// Sums the gradients of all slices into that of the first, in order; returns the norm.
    fn reduce(&mut self) -> f64 {
        let Some((first, others)) = self.slices.split_first_mut() else { return 0.0 };
        let squares: Vec<f64> = first
            .gradient
            .par_chunks_mut(PIECE)
            .enumerate()
            .map(|(at, sum)| {
                for other in others.iter() {
                    crate::lanes::add(sum, &other.gradient[at * PIECE..][..sum.len()]);
                }
                f64::from(crate::lanes::dot(sum, sum))
            })
            .collect();
        squares.iter().sum::<f64>().sqrt()
    }
}

/// Which classes are chosen from in these chunks, and how often.
fn choices(network: &Network, slices: &[Slice]) -> (Vec<bool>, usize) {
    let mut used = vec![false; network.masks.classes()];
    let mut choices = 0;
    for slice in slices {
        for (&class, &target) in slice.chunk.masks.iter().zip(&slice.chunk.targets) {
            if target != NOTHING && network.masks.allowed(class).len() > 1 {
                used[usize::from(class)] = true;
                choices += 1;
            }
        }
    }
    (used, choices)
}

/// The size of a step: grows evenly, then falls to 0 along half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983).
fn rate(settings: &Settings, step: usize) -> f64 {
    let (at, all) = ((step + 1) as f64, settings.steps as f64);
    let warm = settings.warm_up * all;
    if at < warm {
        return settings.learning_rate * at / warm;
    }
    let share = (at - warm) / (all + 1.0 - warm);
    settings.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
}
