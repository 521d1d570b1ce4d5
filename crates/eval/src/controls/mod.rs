//! What do the metrics say of tables that are known to be good, bad or leaking?
//!
//! A figure is worth what it can tell apart. The same judge is given tables made from the same real rows, so that a
//! reader sees on these very data which metric notices what, and at which size none does.

mod tables;
#[cfg(test)]
mod tests;

use crate::card::{Control, Outcome, Status};
use crate::judge::{JudgeError, JudgeSettings, judge};
use crate::trio::some_rows;
use crate::{Card, METRICS, Trio};
use verosim_core::{Context, Seeded, Silent};
use verosim_data::Table;

/// Rows of each table.
const MOST_ROWS: usize = 2_000;
/// Metrics beside those of privacy that are told of each control.
const TOLD: [&str; 5] = ["re.acc1", "re.acc2", "re.c2st", "ut.tstr", "di.cov"];

/// What must come out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// Privacy does not fail: nobody was learned from.
    Safe,
    /// Privacy does not pass: these are the people learned from.
    Leak,
    /// For information.
    Shown,
}

/// Judges the controls. Each is a table in the place of the synthetic one:
///
/// * `other people`: one half of the holdout, judged against the other half;
/// * `shuffled columns`, `shuffled within the outcome`, `even draws`: nothing, little and nothing learned;
/// * `mixed neighbours`: real rows moved towards their neighbours;
/// * `1 %`, `5 %`, `100 % copies`: synthetic rows with training rows among them;
/// * `bent copies`, `mosaic`, `noisy copies`: training rows that distances between whole rows do not see.
///
/// # Cost
/// Eleven judgements by the metrics of privacy and five others on at most 2,000 rows of each table.
///
/// # Errors
/// [`JudgeError`] when it is stopped; a control that cannot be made is left out.
pub fn controls(trio: &Trio<'_>, seed: Seeded, ctx: Context<'_>) -> Result<Vec<Control>, JudgeError> {
    let thin = |table: &Table, name: &str| {
        table.take(&some_rows(table.n_rows(), MOST_ROWS, seed.split("thin").split(name)))
    };
    let (train, holdout, synthetic) =
        (thin(trio.train, "train"), thin(trio.holdout, "holdout"), thin(trio.synthetic, "synthetic"));
    let halves: (Vec<usize>, Vec<usize>) = (0..holdout.n_rows()).partition(|row| row % 2 == 0);
    let (others, reference) = (holdout.take(&halves.0), holdout.take(&halves.1));
    let at = |name: &str| seed.split(name);
    let outcome = trio.targets.iter().find(|&&target| train.columns()[target].levels().is_some());
    let copies = |share: f64, name: &str| tables::with_copies(&synthetic, &train, share, at(name));
    let made = [
        ("shuffled columns", Expected::Shown, Some(crate::judge::shuffled(&train, at("shuffled")))),
        (
            "shuffled within the outcome",
            Expected::Shown,
            outcome.and_then(|&t| tables::shuffled_within(&train, t, at("class"))),
        ),
        ("even draws", Expected::Safe, Some(tables::uniform(&train, at("uniform")))),
        ("mixed neighbours", Expected::Leak, Some(tables::mixed(&train, at("mixed")))),
        ("1 % copies", Expected::Leak, copies(0.01, "1")),
        ("5 % copies", Expected::Leak, copies(0.05, "5")),
        ("100 % copies", Expected::Leak, Some(train.clone())),
        ("bent copies", Expected::Leak, Some(tables::warped(&train))),
        ("mosaic", Expected::Leak, tables::mosaic(&train, at("mosaic"))),
        ("noisy copies", Expected::Leak, Some(tables::noisy_copies(&train, at("noisy")))),
    ];
    let quiet = Context { progress: &Silent, stop: ctx.stop };
    let mut controls = Vec::new();
    let mut add = |name: &str, expected, trio: Trio<'_>| -> Result<(), JudgeError> {
        ctx.stop.check()?;
        match judge(&trio, &settings(), at("judge"), quiet) {
            Ok(card) => controls.push(control(name, expected, &card)),
            Err(JudgeError::TooFewRows { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    };
    let bare = Trio {
        targets: trio.targets,
        groups: trio.groups,
        concepts: trio.concepts,
        ..Trio::new(trio.schema, &train, &holdout, &synthetic)
    };
    add("other people", Expected::Safe, Trio { holdout: &reference, synthetic: &others, ..bare })?;
    for (name, expected, table) in made {
        if let Some(table) = table {
            add(name, expected, Trio { synthetic: &table, ..bare })?;
        }
    }
    Ok(controls)
}

fn settings() -> JudgeSettings {
    let privacy = METRICS
        .iter()
        .map(|metric| metric.info().id)
        .filter(|id| ["pd.dcr", "pd.copy"].contains(id) || id.starts_with("pm."));
    JudgeSettings {
        only: privacy.chain(TOLD).map(str::to_owned).collect(),
        row_limit: MOST_ROWS,
        ..JudgeSettings::default()
    }
}

fn control(name: &str, expected: Expected, card: &Card) -> Control {
    let verdict = card.verdicts.iter().find(|verdict| verdict.question == "privacy");
    let privacy = verdict.map_or(Outcome::NotAssessable, |verdict| verdict.outcome);
    let caught = verdict.map_or(Vec::new(), |verdict| {
        let failed = verdict.gates.iter().filter(|gate| matches!(gate.1, Outcome::Fail | Outcome::Warn));
        let mut ids: Vec<String> = failed.map(|gate| gate.0.clone()).collect();
        ids.dedup();
        ids
    });
    let as_expected = match expected {
        Expected::Safe => Some(!matches!(privacy, Outcome::Fail)),
        Expected::Leak => Some(!caught.is_empty()),
        Expected::Shown => None,
    };
    let values = TOLD.iter().filter_map(|id| {
        let entry = card.entries.iter().find(|entry| entry.id == *id && entry.status == Status::Ok)?;
        Some((entry.id.clone(), entry.reading?.value))
    });
    Control {
        name: name.to_owned(),
        rows: card.about.n_synthetic,
        values: values.collect(),
        privacy,
        caught,
        as_expected,
    }
}
