//! `convert`: tables and patient records in another format or shape.

use super::lives::reading;
use super::machine;
use crate::args::{Common, Convert};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::json;
use verosim_engine::EngineError;
use verosim_engine::data::io::{FileFormat, ReadOptions};
use verosim_engine::recipe::RecipeError;
use verosim_engine::timeline::{Target, convert_file, convert_folder};
use verosim_engine::timelines::shape::{Writing, recognise};

pub(super) fn convert(args: &Convert, common: &Common, signals: &Signals) -> Result<Exit, EngineError> {
    let Some(place) = args.output.out.as_deref() else {
        return Err(value("out", "nothing", "where to write, with `-o PATH`"));
    };
    let target = Target { place, overwrite: args.output.overwrite };
    let is_table = args.path.is_file() && args.to.is_none() && FileFormat::from_extension(place).is_some();
    if is_table {
        let options = ReadOptions { memory_limit: common.memory_limit, ..ReadOptions::default() };
        let (rows, columns) = convert_file(&args.path, &options, &target, signals.context())?;
        signals.finish();
        if common.json {
            words::result(&json!({ "rows": rows, "columns": columns, "out": place }).to_string());
        } else if !common.quiet {
            words::note(&format!("wrote {rows} rows of {columns} columns to {}", place.display()));
        }
        return Ok(Exit::Ok);
    }
    let Some(to) = &args.to else {
        return Err(value("to", "nothing", "a shape of patient records, such as meds, omop or fhir"));
    };
    let reading = reading(&args.shape, common);
    if !common.quiet && args.shape.from.is_none() && args.path.exists() {
        let (shape, why) = recognise(&args.path)?;
        words::note(&format!("read as {}: {why}", shape.id));
    }
    let writing = Writing {
        to: to.clone(),
        synthetic: args.synthetic,
        created: format!("{}T00:00:00", machine::today()),
        vocabulary: args.shape.vocabulary.clone(),
        ..Writing::default()
    };
    let done = convert_folder(&args.path, &reading, &writing, &target, signals.context())?;
    signals.finish();
    if common.json {
        words::result(
            &serde_json::to_string_pretty(&done.json()).expect("a report of a conversion is always JSON"),
        );
    } else if !common.quiet {
        words::note(&format!("wrote {} in {:.1} s", place.display(), signals.elapsed()));
        words::result(&done.text());
    }
    Ok(Exit::Ok)
}

fn value(key: &str, found: &str, wanted: &str) -> EngineError {
    RecipeError::Value { key: key.into(), found: found.into(), wanted: wanted.into() }.into()
}
