//! How are events drawn, each alone?

use super::FittedIndependentEvents;
use crate::quota::running;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verosim_core::{Context, SampleError, Seeded};
use verosim_timeline::event::instant::years_between;
use verosim_timeline::event::{Builder, STATIC};
use verosim_timeline::{Draft, Event, Events, Kind, Sex};

/// People drawn by one thread at a time.
const BLOCK: usize = 1_024;
/// Draws for one that is possible, and lives for one that meets what is asked.
const TRIES: usize = 1_000;

struct Tools<'a> {
    model: &'a FittedIndependentEvents,
    draft: &'a Draft,
    /// Codes of events with a time, and running counts.
    timed: (Vec<u32>, Vec<f64>),
    /// The same of static codes, by kind.
    fixed: Vec<(Vec<u32>, Vec<f64>)>,
    birth: Option<u32>,
    death: Option<u32>,
}

/// A drawn event: its time and its code.
type Drawn = (i64, u32);

pub(super) fn draw(
    model: &FittedIndependentEvents,
    draft: &Draft,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Events, SampleError> {
    let tools = Tools::new(model, draft);
    let seed = seed.split("independent events");
    let blocks: Vec<usize> = (0..draft.people).step_by(BLOCK).collect();
    let drawn = blocks.into_par_iter().map(|start| {
        ctx.stop.check()?;
        let mut to = Builder::default();
        for at in start..(start + BLOCK).min(draft.people) {
            let id = draft.first_id.saturating_add(at as i64);
            let seed = seed.split_at(id as u64);
            let mut lives = (0..TRIES).map(|one| seed.split_at(one as u64).rng());
            let found = lives.find_map(|mut rng| tools.live(&mut rng).map(|life| (life, rng)));
            let Some((life, mut rng)) = found else {
                return Err(SampleError::Shortfall {
                    asked: draft.people,
                    accepted: at,
                    tried: TRIES,
                    share: 0.0,
                });
            };
            life.into_iter().for_each(|drawn| tools.write(id, drawn, &mut rng, &mut to));
        }
        Ok(to.finish())
    });
    let drawn: Vec<Events> = drawn.collect::<Result<_, SampleError>>()?;
    let mut all = Builder::default();
    drawn.iter().for_each(|events| all.append(events));
    Ok(all.finish())
}

impl<'a> Tools<'a> {
    fn new(model: &'a FittedIndependentEvents, draft: &'a Draft) -> Self {
        let kind = |at: usize| Kind::of(&model.vocabulary.words[at].code);
        let of_kind = |of: Kind| {
            let all = (0..model.codes.len()).filter(|&at| kind(at) == of);
            all.max_by_key(|&at| model.codes[at].timed).map(|at| at as u32)
        };
        let table = |codes: Vec<usize>, count: &dyn Fn(usize) -> u64| {
            let sums = running(codes.iter().map(|&at| count(at) as f64));
            (codes.into_iter().map(|at| at as u32).collect(), sums)
        };
        let timed = (0..model.codes.len())
            .filter(|&at| model.codes[at].timed > 0 && !matches!(kind(at), Kind::Birth | Kind::Death));
        let mut kinds: Vec<Kind> =
            (0..model.codes.len()).filter(|&at| model.codes[at].fixed > 0).map(kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let fixed = kinds.into_iter().map(|of| {
            let codes = (0..model.codes.len()).filter(|&at| kind(at) == of && model.codes[at].fixed > 0);
            table(codes.collect(), &|at| model.codes[at].fixed)
        });
        Self {
            model,
            draft,
            fixed: fixed.collect(),
            timed: table(timed.collect(), &|at| model.codes[at].timed),
            birth: of_kind(Kind::Birth),
            death: of_kind(Kind::Death),
        }
    }

    fn word(&self, code: u32) -> &str {
        &self.model.vocabulary.words[code as usize].code
    }

    /// A code of the table that can happen to such a person.
    fn code(
        &self,
        table: &(Vec<u32>, Vec<f64>),
        who: (Sex, Option<f64>),
        rng: &mut ChaCha8Rng,
    ) -> Option<u32> {
        let total = *table.1.last()?;
        let mut draws = (0..TRIES).map(|_| {
            let point = rng.random::<f64>() * total;
            table.0[table.1.partition_point(|&end| end <= point).min(table.0.len() - 1)]
        });
        let possible = self.draft.possible.as_deref();
        draws.find(|&code| possible.is_none_or(|possible| possible.can(self.word(code), who.0, who.1)))
    }

    /// A life, if it meets what is asked and is not empty.
    fn live(&self, rng: &mut ChaCha8Rng) -> Option<Vec<Drawn>> {
        let model = self.model;
        let mut life: Vec<Drawn> = Vec::new();
        for table in &self.fixed {
            life.extend(self.code(table, (Sex::Other, None), rng).map(|code| (STATIC, code)));
        }
        let sexes = life.iter().map(|&(_, code)| self.word(code)).filter(|code| Kind::of(code) == Kind::Sex);
        let sex = sexes.map(Sex::of).next().unwrap_or_default();
        let size = model.sizes.as_ref().map_or(0.0, |sizes| sizes.draw(rng)) as usize;
        let mut times: Vec<i64> = model
            .times
            .iter()
            .flat_map(|times| (0..size).map(|_| times.draw(rng) as i64).collect::<Vec<_>>())
            .collect();
        times.sort_unstable();
        let mut birth = None;
        if let (Some(births), Some(code)) = (&model.births, self.birth)
            && rng.random::<f64>() < model.born
        {
            // Births come first, deaths last.
            let at = (births.draw(rng) as i64).min(times.first().copied().unwrap_or(i64::MAX));
            birth = Some(at);
            life.push((at, code));
        }
        for time in &times {
            let age = birth.map(|birth| years_between(birth, *time));
            life.extend(self.code(&self.timed, (sex, age), rng).map(|code| (*time, code)));
        }
        if let (Some(deaths), Some(code)) = (&model.deaths, self.death)
            && rng.random::<f64>() < model.died
        {
            let last = times.last().copied().or(birth).unwrap_or(i64::MIN);
            life.push(((deaths.draw(rng) as i64).max(last), code));
        }
        let has = |any: &Vec<String>, statics: bool| {
            let mut among = life.iter().filter(|(time, _)| !statics || *time == STATIC);
            among.any(|&(_, code)| any.iter().any(|known| known == self.word(code)))
        };
        let meets = self.draft.is.iter().all(|any| has(any, true))
            && self.draft.has.iter().all(|any| has(any, false));
        (meets && !life.is_empty()).then_some(life)
    }

    fn write(&self, id: i64, (time, code): Drawn, rng: &mut ChaCha8Rng, to: &mut Builder) {
        let (alone, word) = (&self.model.codes[code as usize], &self.model.vocabulary.words[code as usize]);
        let number = alone.numbers.as_ref().filter(|_| rng.random::<f64>() < alone.numeric);
        let number = number.map(|numbers| numbers.draw(rng) as f32);
        let point = rng.random::<f64>();
        let text =
            word.texts.get(alone.texts.partition_point(|&end| end <= point)).map_or("", String::as_str);
        let spans = alone.spans.as_ref().filter(|_| time != STATIC && rng.random::<f64>() < alone.ended);
        let end = spans.map_or(STATIC, |spans| time.saturating_add(spans.draw(rng).max(0.0) as i64));
        to.push(&Event { subject: id, time, end, code: &word.code, number, text, ..Event::default() });
    }
}
