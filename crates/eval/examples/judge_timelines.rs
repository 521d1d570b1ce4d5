//! What does the judge say of three CSV files of events, and how long does each metric take? Used by
//! `bench/oracles_timelines.py`.
//!
//! `judge_timelines TRAIN HOLDOUT SYNTHETIC OUT [ID...]`: columns `subject,time,end,code,number,visit` with a header, times in
//! seconds since 1970, empty where there is none; writes the card as JSON and, beside it, the page as HTML.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::path::Path;
use verosim_core::{Context, Maturity, Preset, Seeded};
use verosim_data::io::{ReadOptions, read};
use verosim_eval::timeline::{TIMELINE_METRICS, TimelineTrio, judge_timelines};
use verosim_eval::{JudgeSettings, render};
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::SECOND;
use verosim_timeline::{Builder, Event, Events};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [train, holdout, synthetic, out, only @ ..] = words.as_slice() else {
        return Err("usage: judge_timelines TRAIN HOLDOUT SYNTHETIC OUT [ID...]".into());
    };
    let (train, holdout, synthetic) = (events(train)?, events(holdout)?, events(synthetic)?);
    let settings = JudgeSettings {
        title: "timelines".into(),
        engine: "unknown".into(),
        guarantee: "none is known".into(),
        date: "2026-01-01".into(),
        preset: Preset::Release,
        only: only.to_vec(),
        ..JudgeSettings::default()
    };
    let trio = TimelineTrio::new(&train, &holdout, &synthetic);
    let card = judge_timelines(&trio, &settings, Seeded::new(0), Context::silent())?;
    std::fs::write(out, render::json(&card))?;
    std::fs::write(Path::new(out).with_extension("html"), render::html(&card))?;
    for entry in &card.entries {
        let known = TIMELINE_METRICS.iter().map(|metric| metric.info()).find(|info| info.id == entry.id);
        let stage = known.map_or("unknown", |info| match info.maturity {
            Maturity::Draft => "draft",
            Maturity::Checked => "checked",
        });
        println!("{} {stage} {:.2}", entry.id, entry.seconds);
    }
    Ok(())
}

fn events(path: &str) -> Result<Events, Box<dyn Error>> {
    let (table, _) = read(Path::new(path), &ReadOptions::default(), Context::silent())?;
    let column = |name: &str| {
        table.columns().iter().find(|column| column.name == name).ok_or(format!("no column {name}"))
    };
    let (subject, time, end) = (column("subject")?, column("time")?, column("end")?);
    let (code, number, visit) = (column("code")?, column("number")?, column("visit")?);
    let instant = |cell: &str| match cell {
        "" => Ok(STATIC),
        cell => cell.parse::<i64>().map(|seconds| seconds * SECOND),
    };
    let mut builder = Builder::default();
    for row in 0..table.n_rows() {
        builder.push(&Event {
            subject: subject.cell(row).parse()?,
            time: instant(time.cell(row))?,
            end: instant(end.cell(row))?,
            code: code.cell(row),
            number: number.cell(row).parse().ok(),
            visit: visit.cell(row),
            ..Event::default()
        });
    }
    Ok(builder.finish())
}
