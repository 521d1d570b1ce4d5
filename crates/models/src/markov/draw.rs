//! How are blocks of people drawn, as they are asked for?

use super::life::{Drawn, Pen};
use super::model::FittedMarkov;
use rayon::prelude::*;
use verosim_core::{Context, SampleError, Seeded};
use verosim_timeline::event::Builder;
use verosim_timeline::{Draft, Event, Events};

/// People drawn by one thread at a time.
const BLOCK: usize = 256;

/// Draws exactly the people of `draft`.
///
/// A life depends on (model, id, seed) and what is asked of it, so that any block can be drawn anywhere. Those who lack a code
/// that they must have are drawn anew: the law given that they have it, at the cost of one over its share of people.
pub(super) fn draw(
    model: &FittedMarkov,
    draft: &Draft,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Events, SampleError> {
    let seed = seed.split("markov lives");
    let ids = |any: &Vec<String>| -> Vec<u32> {
        any.iter().filter_map(|code| model.learned.vocabulary.id(code)).collect()
    };
    let is: Vec<Vec<u32>> = draft.is.iter().map(ids).collect();
    let has: Vec<Vec<u32>> = draft.has.iter().map(ids).collect();
    let none = SampleError::Shortfall { asked: draft.people, accepted: 0, tried: 0, share: 0.0 };
    if is.iter().chain(&has).any(Vec::is_empty) {
        return if draft.people == 0 { Ok(Events::default()) } else { Err(none) };
    }
    let asked = Asked { model, draft, is: &is, has: &has, seed };
    // Who cannot be found once cannot be found a thousand times: one person tells before all are tried.
    let pilot = asked.block(0, 1.min(draft.people));
    if pilot.accepted < 1.min(draft.people) {
        return Err(SampleError::Shortfall {
            asked: draft.people,
            accepted: 0,
            tried: pilot.tried,
            share: 0.0,
        });
    }
    let blocks = (0..draft.people).step_by(BLOCK).collect::<Vec<_>>();
    let drawn = blocks.into_par_iter().map(|start| {
        ctx.stop.check()?;
        Ok(asked.block(start, (start + BLOCK).min(draft.people)))
    });
    let drawn: Vec<Block> = drawn.collect::<Result<_, SampleError>>()?;
    let (accepted, tried) = drawn
        .iter()
        .fold((0, 0), |(accepted, tried), block| (accepted + block.accepted, tried + block.tried));
    if accepted < draft.people {
        let share = accepted as f64 / tried.max(1) as f64;
        return Err(SampleError::Shortfall { asked: draft.people, accepted, tried, share });
    }
    let mut all = Builder::default();
    drawn.into_iter().for_each(|block| all.append(&block.events));
    Ok(all.finish())
}

struct Asked<'a> {
    model: &'a FittedMarkov,
    draft: &'a Draft,
    is: &'a [Vec<u32>],
    has: &'a [Vec<u32>],
    seed: Seeded,
}

/// Some people, and how many lives were drawn to find them.
struct Block {
    events: Events,
    accepted: usize,
    tried: usize,
}

impl Asked<'_> {
    fn block(&self, start: usize, end: usize) -> Block {
        let mut pen = Pen::new(self.model, self.draft.possible.as_deref());
        let mut to = Builder::default();
        let (mut accepted, mut tried) = (0, 0);
        for at in start..end {
            let id = self.draft.first_id.saturating_add(at as i64);
            let seed = self.seed.split_at(id as u64);
            let most = self.model.learned.settings.max_tries;
            let found = (0..most).find(|&one| {
                tried += 1;
                let lives = pen.live(self.is, &mut seed.split_at(one as u64).rng());
                lives && !pen.events.is_empty() && self.meets(&pen.events)
            });
            if found.is_some() {
                accepted += 1;
                write(self.model, id, &mut pen.events, &mut to);
            } else {
                break;
            }
        }
        Block { events: to.finish(), accepted, tried }
    }

    fn meets(&self, events: &[Drawn]) -> bool {
        self.has.iter().all(|any| events.iter().any(|event| any.contains(&event.code)))
    }
}

/// Writes a drawn life in order of time.
fn write(model: &FittedMarkov, id: i64, events: &mut [Drawn], to: &mut Builder) {
    events.sort_by_key(|event| event.time);
    let mut name = String::new();
    for event in events {
        let word = &model.learned.vocabulary.words[event.code as usize];
        name.clear();
        if event.visit > 0 {
            let _ = std::fmt::Write::write_fmt(&mut name, format_args!("{id}-{}", event.visit));
        }
        to.push(&Event {
            subject: id,
            time: event.time,
            end: event.end,
            code: &word.code,
            number: event.number.is_finite().then_some(event.number),
            text: event.text.map_or("", |text| word.texts[text as usize].as_str()),
            visit: &name,
            ..Event::default()
        });
    }
}
