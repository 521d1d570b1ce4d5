//! How do lives become a model?

use super::base::Counted;
use super::book::{Book, END, END_STAY, Index, MOMENT, Part, WITHIN};
use super::config::Config;
use super::course::{Course, Lens};
use super::encode::{Finder, Tokens};
use super::field::FOLDS;
use super::life::{FEATURES, Grammar, Life};
use super::model::{FittedVisits, Learned, sexes};
use super::past::Memory;
use super::replay::Replay;
use super::shown::Shown;
use super::store::{Lives, Store};
use super::survey::Survey;
use super::tally::Counts;
use super::trust;
use crate::{Ended, Lessons, Masks, Network, Output, Settings, Shape, TrainError, train};
use verosim_core::{Context, FitError, Seeded};
use verosim_timeline::{LearnError, Train};

/// People below whom nothing is learned beyond the counts.
const FEW: usize = 20;
/// What numbers of tokens are told in.
const MILLION: usize = 1_000_000;
/// Most people who are watched, and most tokens of theirs.
const WATCHED: usize = 4_000;
const WATCHED_TOKENS: usize = 300_000;
/// Steps by which the weights of the counts are chosen, and by which those of what a life held are.
const HELD: usize = 150_000;
const SHOWN: usize = 20_000;
/// How often what lives hold that are drawn is brought to what came.
const ROUNDS: u64 = 3;

pub(super) fn fit(
    config: &Config,
    train: Train<'_>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<FittedVisits, LearnError> {
    let cohort = train.cohort();
    let mut survey = Survey::new(config.least_people);
    for shard in 0..cohort.shards() {
        ctx.stop.check().map_err(FitError::from)?;
        ctx.progress.step(shard, 2 * cohort.shards(), "reading");
        survey.shard(&cohort.read(shard, ctx)?);
    }
    let people = survey.people as usize;
    if people < config.least_people {
        let (found, needed) = (people, config.least_people);
        return Err(FitError::TooFewRows { found, needed, engine: "visits" }.into());
    }
    let events = survey.events;
    let (book, rare) = survey.book(config);
    let index = Index::new(&book);
    let sexes = sexes(&book, &index);
    let grammar = Grammar { book: &book, index: &index, sexes: &sexes };
    let finder = Finder::new(grammar);
    let (mut store, mut ids, mut dropped) = (Store::default(), Vec::new(), 0);
    let mut life: Tokens = Vec::new();
    for shard in 0..cohort.shards() {
        ctx.stop.check().map_err(FitError::from)?;
        ctx.progress.step(cohort.shards() + shard, 2 * cohort.shards(), "reading");
        let events = cohort.read(shard, ctx)?;
        let (lens, places) = (Lens::new(&events), finder.places(&events));
        for person in events.people() {
            let course = Course::new(&person, &lens);
            life.clear();
            let (lost, last) = finder.life(&person, &course, &places, &mut life);
            dropped += lost + course.dropped;
            if let Some(last) = last {
                finder.end(&person, &course, last, &mut life);
            }
            store.push(&life);
            ids.push(person.id());
        }
    }
    drop(finder);
    let [watched, learned] = folds(&mut store, &ids, config.tokens * MILLION, seed);
    let masks = masks(&store, grammar)?;
    let (mut counted, looks) = {
        let mut counts = Counts::new(&masks, &index, book.timed(), config.least_people);
        let every = store.tokens().div_ceil(HELD).max(1);
        let (mut held, mut at) = (Vec::new(), 0_usize);
        for person in 0..store.people() {
            if person % 256 == 0 {
                ctx.stop.check().map_err(FitError::from)?;
            }
            store.walk(person, grammar, |life: &Life<'_>, token| {
                let context = life.context();
                counts.add(context, life.memory(), token, person as u32);
                at += 1;
                if at.is_multiple_of(every) {
                    let memory = Memory::of(life.memory());
                    counts.parts.decisions(context, &memory, token, &masks, |context, place| {
                        held.push((context, place as u32));
                    });
                }
            });
        }
        let mut counted = counts.law(&held);
        let replay = Replay { store: &store, grammar, least: config.least_people };
        counted.tilts = replay.of_counts(&counted, &masks, ctx)?;
        let shown = shown(&counted, &store, grammar, ctx)?;
        (counted.mixes, counted.heed) = (shown.mixes(), shown.heed());
        (counted, at / every)
    };
    let shape = Shape {
        vocabulary: index.tokens.len(),
        features: FEATURES,
        bag: Life::bag_size(grammar),
        width: config.width,
        layers: config.layers,
        output: Output::Own,
    };
    let broken = |why: String| FitError::NotReleased { why, next: None };
    let network =
        Network::new(shape, masks, seed.split("weights")).map_err(|error| broken(error.to_string()))?;
    let data = Lives::new(&store, grammar, learned.into_iter());
    let seen = Lives::new(&store, grammar, watched.iter().copied());
    let mut settings = Settings {
        learning_rate: config.learning_rate,
        dropout: config.dropout,
        ..Settings::fitting(&data, &seen, config.passes as f64)
    };
    settings.steps = settings.steps.min(config.tokens * MILLION / (settings.lanes * settings.chunk));
    if people < FEW {
        settings.steps = 0;
    }
    let lessons = Lessons { data: &data, watched: &seen, base: Some(&counted) };
    let lesson = train_or_stay(network, lessons, &settings, seed.split("learning"), ctx)?;
    let (network, report) = lesson;
    let told = Learned {
        people,
        events,
        rare,
        dropped,
        tokens: store.tokens(),
        held: looks,
        steps: report.as_ref().map_or(0, |report| report.best_step),
        base: report.as_ref().and_then(|report| report.looks.first()?.watched),
        best: report
            .as_ref()
            .and_then(|report| report.looks.iter().filter_map(|look| look.watched).min_by(f64::total_cmp)),
        learned_tokens: report.as_ref().map_or(0, |report| report.tokens),
    };
    let shares = match &report {
        Some(_) => trust::shares(&counted, &network, (&store, grammar), &watched, ctx)?,
        None => Vec::new(),
    };
    counted.shares = shares;
    let mut model = FittedVisits::new(config.clone(), book.clone(), counted, network, told);
    let replay = Replay { store: &store, grammar, least: config.least_people };
    let came = replay.came(&model.counted, model.network.masks(), ctx)?;
    for round in 0..ROUNDS {
        let seed = seed.split("draws").split_at(round);
        let more = replay.of_draws(came.clone(), &model, seed, ctx)?;
        model.counted.tilts = std::mem::take(&mut model.counted.tilts).times(more);
    }
    Ok(model)
}

/// Shows counts what happened in lives, whose fold they leave out.
fn shown(
    counted: &Counted,
    store: &Store,
    grammar: Grammar<'_>,
    ctx: Context<'_>,
) -> Result<Shown, FitError> {
    let (every, mut at) = (store.tokens().div_ceil(2 * SHOWN).max(1), 0_usize);
    let mut shown = Shown::default();
    for person in 0..store.people() {
        if person % 256 == 0 {
            ctx.stop.check()?;
        }
        store.walk(person, grammar, |life, token| {
            at += 1;
            if at.is_multiple_of(every) {
                shown.show(counted, life.context(), life.memory(), token);
            }
        });
    }
    Ok(shown)
}

/// Learns; without a choice in the data, or without steps to take, the network stays as it is.
fn train_or_stay(
    network: Network,
    lessons: Lessons<'_>,
    settings: &Settings,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<(Network, Option<crate::Report>), LearnError> {
    if settings.steps == 0 {
        return Ok((network, None));
    }
    let spare = network.clone();
    match train(network, lessons, settings, seed, ctx) {
        Ok((network, report)) => match report.ended {
            Ended::Interrupted(why) => Err(FitError::Interrupted(why).into()),
            Ended::Steps | Ended::Patience => Ok((network, Some(report))),
        },
        Err(TrainError::Data(crate::DataError::Nothing)) => Ok((spare, None)),
        Err(error) => Err(FitError::NotReleased { why: error.to_string(), next: None }.into()),
    }
}

/// Gives each person a fold; returns those who are watched, a tenth, and those who are learned from: no more than have so
/// many tokens, since of no more anything will be read.
fn folds(store: &mut Store, ids: &[i64], tokens: usize, seed: Seeded) -> [Vec<usize>; 2] {
    let seed = seed.split("folds");
    let key = |at: usize| seed.split_at(ids[at] as u64).key();
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|&at| (key(at), at));
    let affordable = (WATCHED_TOKENS * ids.len() / store.tokens().max(1)).min(WATCHED);
    let n = if ids.len() < FEW { 0 } else { (ids.len() / 10).min(affordable).max(2) };
    store.folds = vec![0; ids.len()];
    for (rank, &at) in order.iter().enumerate() {
        store.folds[at] = if rank < n { FOLDS as u8 - 1 } else { (rank % (FOLDS - 1)) as u8 };
    }
    let mut learned = order.split_off(n);
    let mut sum = 0;
    learned.retain(|&at| {
        sum += store.tokens_of(at);
        sum < tokens + store.tokens_of(at)
    });
    learned.sort_unstable();
    order.sort_unstable();
    [order, learned]
}

/// The classes of the grammar, with the tokens that came in each and those that lives need to end.
fn masks(store: &Store, grammar: Grammar<'_>) -> Result<Masks, FitError> {
    let index = grammar.index;
    let mut used: Vec<Vec<bool>> = index
        .classes
        .iter()
        .map(|class| vec![false; class.iter().max().map_or(0, |&last| last as usize + 1)])
        .collect();
    for person in 0..store.people() {
        store.walk(person, grammar, |life, token| {
            if let Some(used) = used[usize::from(life.class())].get_mut(token as usize) {
                *used = true;
            }
        });
    }
    for (part, token) in [
        (Part::Next, END),
        (Part::Inside, END_STAY),
        (Part::Always, END_STAY),
        (Part::Stay, MOMENT),
        (Part::Death, WITHIN + 3),
    ] {
        used[usize::from(index.class(part))][token as usize] = true;
    }
    let classes: Vec<Vec<u32>> = index
        .classes
        .iter()
        .zip(&used)
        .map(|(class, used)| {
            let some: Vec<u32> = class.iter().copied().filter(|&token| used[token as usize]).collect();
            if some.is_empty() { class.clone() } else { some }
        })
        .collect();
    Masks::new(index.tokens.len(), &classes)
        .map_err(|error| FitError::NotReleased { why: error.to_string(), next: None })
}

/// Whether `masks` are among the classes of the grammar and let lives end.
pub(super) fn fits(masks: &Masks, index: &Index) -> bool {
    let within = |class: usize| {
        let mut known = index.classes[class].clone();
        known.sort_unstable();
        masks.allowed(class as u16).iter().all(|token| known.binary_search(token).is_ok())
    };
    masks.vocabulary() == index.tokens.len()
        && masks.classes() == index.classes.len()
        && (0..masks.classes()).all(within)
        && masks.allows(index.class(Part::Next), END)
        && masks.allows(index.class(Part::Inside), END_STAY)
        && masks.allows(index.class(Part::Always), END_STAY)
        && masks.allows(index.class(Part::Stay), MOMENT)
}

/// Whether a book has more tokens than can be told apart.
pub(super) fn too_many(book: &Book) -> bool {
    Index::new(book).tokens.len() > usize::from(u16::MAX)
}
