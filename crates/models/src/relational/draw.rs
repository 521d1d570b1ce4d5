//! How are exactly the people drawn that are asked for?

use super::drawn::Drawn;
use super::keys::NONE;
use super::life::Loom;
use super::model::FittedRelational;
use super::write::Pen;
use rayon::prelude::*;
use std::collections::BTreeSet;
use verosim_core::{Context, SampleError, Seeded};
use verosim_timeline::event::Builder;
use verosim_timeline::{Draft, Events};

/// People whose rows are drawn side by side.
const BLOCK: usize = 128;
/// People drawn at most at a time in search of those who meet what is asked.
const MOST: usize = 2_048;

/// Draws exactly the people of `draft`. Those who do not meet what is asked are drawn anew: the law given that they do, at
/// the cost of one over their share.
pub(super) fn draw(
    model: &FittedRelational,
    draft: &Draft,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Events, SampleError> {
    let loom = Loom::new(model);
    let seed = seed.split("relational");
    let blocks: Vec<usize> = (0..draft.people).step_by(BLOCK).collect();
    let drawn = blocks.into_par_iter().map(|start| {
        let people = BLOCK.min(draft.people - start);
        block(&loom, draft, (start, people), seed.split_at(start as u64), ctx)
    });
    let drawn: Vec<Events> = drawn.collect::<Result<_, SampleError>>()?;
    let mut all = Builder::default();
    drawn.iter().for_each(|events| all.append(events));
    Ok(all.finish())
}

fn block(
    loom: &Loom<'_>,
    draft: &Draft,
    (start, people): (usize, usize),
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Events, SampleError> {
    let mut to = Builder::default();
    let (mut accepted, mut tried, mut size) = (0, 0, people);
    for round in 0.. {
        if accepted >= people {
            break;
        }
        if tried >= loom.model.settings.max_tries.saturating_mul(people) {
            let share = accepted as f64 / tried.max(1) as f64;
            return Err(SampleError::Shortfall { asked: draft.people, accepted, tried, share });
        }
        ctx.stop.check()?;
        let seed = seed.split_at(round);
        let drawn = loom.people(size, draft, seed, ctx)?;
        tried += size;
        size = (size * 2).min(MOST);
        let pen = Pen::new(loom.model, &drawn, seed.split("names"));
        for person in 0..drawn[0].store.len() {
            if accepted < people && meets(loom, draft, &drawn, person) {
                let id = draft.first_id.saturating_add((start + accepted) as i64);
                accepted += usize::from(pen.write(person, id, &mut to));
            }
        }
    }
    Ok(to.finish())
}

/// Whether a person has at some time what is asked for.
fn meets(loom: &Loom<'_>, draft: &Draft, drawn: &[Drawn], person: usize) -> bool {
    if draft.has.is_empty() {
        return true;
    }
    let mut codes: BTreeSet<String> = loom.facts(&drawn[0], person);
    let about = &loom.model.about;
    let milestones =
        [(&about.birth, drawn[0].store.time[person]), (&about.death, drawn[0].store.end[person])];
    for (milestone, time) in milestones {
        let there = milestone.as_ref().filter(|_| time != verosim_timeline::event::STATIC);
        codes.extend(there.map(|milestone| milestone.code.clone()));
    }
    for (node, drawn) in loom.model.nodes.iter().zip(drawn).skip(1) {
        let Some(at) = node.own.iter().position(|domain| domain.name == "code") else { continue };
        for &row in &drawn.of_person[person] {
            if row != NONE && !drawn.store.is_void[row as usize] {
                codes.extend(node.codes.get(drawn.store.own[at].tokens[row as usize] as usize).cloned());
            }
        }
    }
    draft.has.iter().all(|any| any.iter().any(|code| codes.contains(code)))
}
