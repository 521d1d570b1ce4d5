//! `probe`: what does a language model tell of people, and did it know a table before?

use super::judge::lines;
use super::language::{confirmed, options};
use super::recipe::{metadata, recipe};
use crate::args::{Common, Probe};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use std::path::Path;
use verosim_engine::EngineError;
use verosim_engine::eval::render::probe_verdicts;
use verosim_engine::probe::{ProbeOptions, Suspects, probe as ask};

pub(super) fn probe(args: &Probe, common: &Common, signals: &Signals) -> Result<Exit, EngineError> {
    let recipe = recipe(&args.table, None, None, None, &[], Some(&args.tell), Some(&args.language))?;
    let metadata = metadata(&args.table)?;
    let mut language = options(&args.language)?;
    let mut temperatures = args.temperature.clone();
    temperatures.sort_by(f64::total_cmp);
    temperatures.dedup();
    let suspects = args.train.as_deref().zip(args.holdout.as_deref()).map(|(train, holdout)| Suspects {
        train,
        holdout,
        sensitive: args.sensitive.as_deref(),
        questions: args.questions as usize,
        temperatures: &temperatures,
    });
    let what = ProbeOptions {
        suspects,
        published: args.contamination.as_deref(),
        metadata: metadata.as_deref(),
        out: args.output.out.as_deref().unwrap_or(Path::new("verosim-probe")),
        overwrite: args.output.overwrite,
        memory_limit: common.memory_limit,
    };
    let (probe, page) =
        confirmed(&mut language, |language| ask(&what, &recipe, language, signals.context()))?;
    signals.finish();
    if common.json {
        words::result(
            &serde_json::to_string_pretty(&probe).expect("finite numbers and text are always JSON"),
        );
    } else {
        lines(&probe_verdicts(&probe), &page);
    }
    Ok(if args.gate && probe.fails() { Exit::Gate } else { Exit::Ok })
}
