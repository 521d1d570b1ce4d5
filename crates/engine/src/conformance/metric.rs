//! Does a metric keep the promises that all metrics make?

use super::tables::{awkward, clinic, understood};
use verosim_core::schema::Treatment;
use verosim_core::{Context, Family, Preset, Schema, Seeded};
use verosim_data::{RawTable, Table};
use verosim_eval::card::{CARD_VERSION, Card};
use verosim_eval::{JudgeSettings, Metric, Status, Trio, judge, render};

/// Checks one metric; returns what it broke, in words.
///
/// Its description is complete and its id belongs to its family; equal seeds give equal entries at any thread count;
/// its value lies in its range; awkward tables give a number or a reason, never a panic; its entry survives being
/// written and read.
#[must_use]
pub fn check_metric(metric: &dyn Metric) -> Vec<String> {
    let info = metric.info();
    let mut broken = Vec::new();
    for (what, text) in
        [("name", info.name), ("question", info.question), ("page", info.page), ("unit", info.unit)]
    {
        if text.is_empty() {
            broken.push(format!("it has no {what}"));
        }
    }
    if info.sources.is_empty() {
        broken.push("it names no source".into());
    }
    let prefixes: &[&str] = match info.family {
        Family::Realism => &["re."],
        Family::Utility => &["ut.", "su."],
        Family::Privacy => &["pd.", "pm.", "pa.", "pg.", "pi.", "pp."],
        Family::Equity => &["eq."],
        Family::Clinical => &["cl."],
        Family::Diversity => &["di."],
        Family::Wording => &["tx."],
        Family::Cost => &["co."],
    };
    if !prefixes.iter().any(|prefix| info.id.starts_with(prefix)) {
        broken.push(format!("its id `{}` is not of its family", info.id));
    }
    let (one, many) = (card(metric, &clinic(450), 1), card(metric, &clinic(450), 5));
    let (Some(one), Some(many)) = (one, many) else {
        return vec!["the fictional clinic cannot be judged".into()];
    };
    let entry = |card: &Card| {
        let mut entry = card.entries.iter().find(|entry| entry.id == info.id).cloned();
        // Seconds are measured, not computed.
        if let Some(entry) = &mut entry {
            entry.seconds = 0.0;
        }
        entry
    };
    match (entry(&one), entry(&many)) {
        (Some(a), Some(b)) if a == b => {
            if a.status != Status::Ok && a.reason.is_none() {
                broken.push("it gives neither a number nor a reason".into());
            }
            for reading in [&a.reading, &a.ceiling, &a.floor].into_iter().flatten() {
                if !(info.range.low..=info.range.high).contains(&reading.value) {
                    broken.push(format!("its value {} lies outside its range", reading.value));
                }
            }
        }
        (Some(_), Some(_)) => broken.push("equal seeds give another entry at another thread count".into()),
        _ => broken.push("it is not on the card".into()),
    }
    match render::card_from_json(&render::json(&one)) {
        Ok(back) if back == one && back.version == CARD_VERSION => {}
        _ => broken.push("its entry does not survive being written and read".into()),
    }
    for (name, table) in awkward() {
        // A judge that refuses the tables is right to; an entry must say something.
        let Some(card) = card(metric, &table, 2) else { continue };
        if entry(&card).is_none_or(|entry| entry.reading.is_none() && entry.reason.is_none()) {
            broken.push(format!("{name}: neither a number nor a reason"));
        }
    }
    broken
}

/// The card of one metric alone; thirds of `raw` play the three roles.
fn card(metric: &dyn Metric, raw: &RawTable, threads: usize) -> Option<Card> {
    let (mut schema, table) = understood(raw);
    schema.columns.retain(|column| column.treatment == Treatment::Model);
    let table = narrow(&table, &schema)?;
    let third = |at: usize| table.take(&(0..table.n_rows()).filter(|row| row % 3 == at).collect::<Vec<_>>());
    let (train, holdout, synthetic) = (third(0), third(1), third(2));
    let targets: Vec<usize> =
        schema.columns.iter().position(|column| column.name == "readmitted_30d").into_iter().collect();
    let trio = Trio {
        targets: &targets,
        survival: schema.index_of("los_days").ok().zip(targets.first().copied()),
        shown: Some(&train),
        ..Trio::new(&schema, &train, &holdout, &synthetic)
    };
    let settings = JudgeSettings {
        title: "conformance".into(),
        engine: "unknown".into(),
        guarantee: String::new(),
        date: "1970-01-01".into(),
        only: vec![metric.info().id.to_owned()],
        preset: Preset::Release,
        row_limit: 1_000,
        references: Vec::new(),
        bare: false,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok()?;
    pool.install(|| judge(&trio, &settings, Seeded::new(3), Context::silent())).ok()
}

fn narrow(table: &Table, schema: &Schema) -> Option<Table> {
    Table::new(schema.columns.iter().filter_map(|column| table.column(&column.name).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use verosim_eval::METRICS;

    #[test]
    fn every_metric_keeps_its_promises() {
        // Two threads of our own: a worker that waits for another pool takes the next metric onto the same stack.
        let every_other = |first: usize| {
            METRICS.iter().skip(first).step_by(2).flat_map(|metric| {
                let broken = super::check_metric(*metric);
                broken.into_iter().map(|what| format!("{}: {what}", metric.info().id)).collect::<Vec<_>>()
            })
        };
        let broken: Vec<String> = std::thread::scope(|scope| {
            let odd = scope.spawn(|| every_other(1).collect::<Vec<_>>());
            let even: Vec<String> = every_other(0).collect();
            even.into_iter().chain(odd.join().unwrap()).collect()
        });
        assert!(broken.is_empty(), "{broken:#?}");
    }
}
