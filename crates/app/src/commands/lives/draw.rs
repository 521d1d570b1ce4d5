//! `sample` of a model of patient timelines: people from nothing, or real ones whose lives go on.

use super::opened;
use crate::args::{Common, Sample};
use crate::commands::machine;
use crate::commands::recipe::with_rules;
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::json;
use std::path::Path;
use verosim_engine::EngineError;
use verosim_engine::core::Seeded;
use verosim_engine::recipe::{Answers, RecipeError};
use verosim_engine::timeline::{LifeAsk, Prevalence, TimelineModel, continue_lives, draw_lives, refuse};
use verosim_engine::timelines::shape::{Writing, begin};
use verosim_engine::timelines::{Cohort, PersonCondition, Written};

pub(in super::super) fn sample(
    args: &Sample,
    common: &Common,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let model = TimelineModel::load(&args.model)?;
    let Some(place) = args.output.out.as_deref() else {
        let (key, found) = ("out".into(), "nothing".into());
        let wanted = "the folder to write, with `-o FOLDER`".into();
        return Err(RecipeError::Value { key, found, wanted }.into());
    };
    let of_tables = [
        ("balance", args.balance.is_some()),
        ("augment", args.augment.is_some()),
        ("weights", args.weights.is_some()),
        ("model", args.language.model.is_some()),
    ];
    refuse(&of_tables, &args.model)?;
    let told = with_rules(Answers { clinical: Some(true), ..Answers::default() }.resolve(), &args.rules)?;
    let ask = LifeAsk {
        people: args.num_rows.map_or(model.about.people, |n| n as u64),
        condition: args.condition.as_deref().map(PersonCondition::parse).transpose()?,
        targets: args.prevalence.iter().map(|text| Prevalence::parse(text)).collect::<Result<_, _>>()?,
        // A file of rules stands beside the built-in ones.
        rules: told.clinical || !told.rules.is_empty(),
        own: told.rules,
        max_tries: args.max_tries.map(|n| n as u64),
    };
    match &args.prefixes {
        Some(folder) => go_on(args, &model, &ask, folder, place, common, signals),
        None => from_nothing(args, &model, &ask, place, common, signals),
    }
}

fn from_nothing(
    args: &Sample,
    model: &TimelineModel,
    ask: &LifeAsk,
    place: &Path,
    common: &Common,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let to = args.to.clone().unwrap_or_else(|| model.shape());
    let attempt = ask.words(model, args.seed, &to);
    if args.resume && attempt.is_none() {
        let (key, found) = ("resume".into(), "given with --where or --prevalence".into());
        let wanted = "left out there: such a draw begins anew".into();
        return Err(RecipeError::Value { key, found, wanted }.into());
    }
    let writing = Writing {
        name: model.about.name.clone(),
        synthetic: true,
        codes: model.code_book(),
        found: model.about.mapping.clone(),
        attempt,
        resume: args.resume,
        ..written(args, to)
    };
    let sink = begin(place, &writing)?;
    let seed = Seeded::new(args.seed).split("sample");
    let drawn = draw_lives(model, ask, sink, seed, signals.context())?;
    tell(&drawn.written, Some(drawn.tried), place, common, signals);
    if !common.quiet && !common.json {
        for (text, met) in args.prevalence.iter().zip(&drawn.met) {
            words::note(&format!("{met} people meet {text}"));
        }
    }
    Ok(Exit::Ok)
}

/// The lives of real people with a drawn end.
fn go_on(
    args: &Sample,
    model: &TimelineModel,
    ask: &LifeAsk,
    folder: &Path,
    place: &Path,
    common: &Common,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    let real = opened(folder, &args.shape, common, signals)?;
    let own =
        (real.about().shape != "relational" || real.mapping().is_some()).then(|| real.about().shape.clone());
    let to = args.to.clone().or(own).unwrap_or_else(|| "meds".into());
    let mut codes = model.code_book();
    codes.extend(real.codes());
    let name = format!("real patients whose lives a model goes on with: {}", real.about().name);
    let writing = Writing { name, synthetic: false, codes, found: real.mapping(), ..written(args, to) };
    let sink = begin(place, &writing)?;
    let seed = Seeded::new(args.seed).split("continue");
    let possible = ask.possible(&model.fitted.codes());
    let people = Cohort::all(real.as_ref());
    let done = continue_lives(model, people, possible.as_ref(), sink, seed, signals.context())?;
    tell(&done, None, place, common, signals);
    // Said even when little is to be said: what was written looks like synthetic data and is none.
    words::note(&format!(
        "warning: `{}` holds the records of real patients and what the model foretells of each; keep it as you keep `{}`",
        place.display(),
        folder.display()
    ));
    Ok(Exit::Ok)
}

/// How all of it is written.
fn written(args: &Sample, to: String) -> Writing {
    Writing {
        to,
        created: format!("{}T00:00:00", machine::today()),
        mapping: args.shape.mapping.clone(),
        vocabulary: args.shape.vocabulary.clone(),
        overwrite: args.output.overwrite,
        ..Writing::default()
    }
}

/// What was written, and what the shape could not carry.
fn tell(written: &Written, drawn: Option<u64>, place: &Path, common: &Common, signals: &Signals) {
    signals.finish();
    if common.json {
        let told = json!({ "people": written.people, "events": written.events, "drawn": drawn, "out": place,
            "loss": written.loss.iter().collect::<Vec<_>>() });
        words::result(&told.to_string());
    } else if !common.quiet {
        let (people, events) = (written.people, written.events);
        let seconds = signals.elapsed();
        words::note(&format!(
            "wrote {people} people with {events} events to {} in {seconds:.1} s",
            place.display()
        ));
        written.loss.iter().for_each(|finding| words::note(&format!("note: {finding}")));
    }
}
