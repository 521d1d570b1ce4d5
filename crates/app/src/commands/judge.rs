//! `evaluate` and `report`: how good is it, and how is that shown?

use super::lives;
use super::recipe::{judged_by, metadata, recipe, with_rules};
use crate::args::{Common, Evaluate, ReportFolder};
use crate::exit::Exit;
use crate::signals::Signals;
use crate::words;
use serde_json::json;
use std::path::Path;
use verosim_engine::eval::card::{Card, Outcome, Verdict};
use verosim_engine::eval::render;
use verosim_engine::files::{Trial, judge_files};
use verosim_engine::{EngineError, Host, run};

pub(super) fn evaluate(
    args: &Evaluate,
    common: &Common,
    host: &Host<'_>,
    signals: &Signals,
) -> Result<Exit, EngineError> {
    if lives::are_records(&args.train, &args.shape) {
        return lives::evaluate(args, common, host, signals);
    }
    let recipe = recipe(&args.table, None, None, None, &args.target, None, None)?;
    let recipe = judged_by(with_rules(recipe, &args.rules)?, &args.judge)?;
    let metadata = metadata(&args.table)?;
    let trial = Trial {
        train: &args.train,
        holdout: &args.holdout,
        synthetic: &args.synthetic,
        metadata: metadata.as_deref(),
        engine: &args.engine,
        out: args.output.out.as_deref().unwrap_or(Path::new("verosim-evaluation")),
        overwrite: args.output.overwrite,
        memory_limit: common.memory_limit,
    };
    let (card, page) = judge_files(&trial, &recipe, host, signals.context())?;
    signals.finish();
    Ok(verdict(&card, &page, common, args.gate))
}

pub(super) fn report(args: &ReportFolder, common: &Common, host: &Host<'_>) -> Result<Exit, EngineError> {
    let page = match &args.against {
        Some(earlier) => {
            let (page, changes) = run::report_against(&args.run, earlier)?;
            if !common.json {
                for change in changes.iter().filter(|change| change.is_clear()) {
                    let (id, before, after) = (&change.id, change.before.value, change.after.value);
                    let better =
                        change.better.map_or("other", |better| if better { "better" } else { "worse" });
                    words::result(&format!("{better:<6}  {id:<12} {before:.4} -> {after:.4}"));
                }
            }
            page
        }
        None => run::report(&args.run, host)?,
    };
    let path = page.display().to_string();
    words::result(&if common.json { json!({ "report": path }).to_string() } else { path });
    Ok(Exit::Ok)
}

/// Prints the verdict in words and where the report is.
pub(super) fn verdict(card: &Card, report: &Path, common: &Common, gate: bool) -> Exit {
    if common.json {
        words::result(&render::json(card));
    } else {
        if let Some(policy) = &card.policy {
            words::result(&format!("{}  policy {} (for {})", mark(policy.outcome), policy.id, policy.words));
            for gate in policy.gates.iter().filter(|gate| gate.fails || gate.outcome == Outcome::Warn) {
                words::result(&format!("      {}: {}; {}", gate.what, gate.found, gate.rule));
            }
        }
        for table in &card.draws.tables {
            let told =
                table.verdicts.iter().map(|(question, one)| format!("{question} {}", mark(*one).trim()));
            words::result(&format!("{}: {}", table.name, told.collect::<Vec<_>>().join(", ")));
        }
        lines(&card.verdicts, report);
    }
    let failed = card.policy.as_ref().map_or_else(
        || {
            let further = card.draws.tables.iter().flat_map(|table| table.verdicts.iter().map(|one| one.1));
            card.verdicts.iter().map(|verdict| verdict.outcome).chain(further).any(|one| one == Outcome::Fail)
        },
        |policy| policy.outcome == Outcome::Fail,
    );
    if gate && failed { Exit::Gate } else { Exit::Ok }
}

/// One line for each verdict, and where the report is.
pub(super) fn lines(verdicts: &[Verdict], report: &Path) {
    for verdict in verdicts {
        words::result(&format!("{}  {:<10} {}", mark(verdict.outcome), verdict.question, verdict.sentence));
    }
    words::result(&format!("report: {}", report.display()));
}

fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "PASS",
        Outcome::Warn => "WARN",
        Outcome::Fail => "FAIL",
        Outcome::NotAssessable => "  ? ",
    }
}
