//! Do the metrics of inference, survival and prediction see what was planted, and leave alone what is clean?

use super::METRICS;
use crate::{EvalContext, Findings, MetricError, Pass, Trio};
use verosim_core::schema::Treatment;
use verosim_core::{Context, Schema, Score, Seeded};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::world::clinic;
use verosim_data::{Cells, Column, Table};

struct World {
    schema: Schema,
    train: Table,
    holdout: Table,
    fresh: Table,
    target: usize,
    time: usize,
}

/// Three samples of one law, 900 people each.
fn world() -> World {
    let raw = clinic(2700, Seeded::new(5));
    let mut schema = infer(&raw, &InferOptions::default());
    schema.columns.retain(|column| column.treatment == Treatment::Model);
    let table = parse(&raw, &schema).unwrap();
    let part = |from: usize| table.take(&(from..from + 900).collect::<Vec<_>>());
    let at = |name: &str| schema.index_of(name).unwrap();
    let (target, time) = (at("readmitted_30d"), at("los_days"));
    World { train: part(0), holdout: part(900), fresh: part(1800), target, time, schema }
}

impl World {
    fn compute(
        &self,
        id: &str,
        synthetic: &Table,
        second: Option<&Table>,
        pass: Pass,
    ) -> (Result<Score, MetricError>, Findings) {
        let targets = [self.target];
        let trio = Trio {
            second,
            targets: &targets,
            survival: Some((self.time, self.target)),
            ..Trio::new(&self.schema, &self.train, &self.holdout, synthetic)
        };
        let findings = Findings::default();
        let ctx = EvalContext {
            ctx: Context::silent(),
            row_limit: 10_000,
            pass,
            shared: Seeded::new(2),
            findings: &findings,
        };
        let metric = METRICS.iter().find(|metric| metric.info().id == id).unwrap();
        let score = metric.compute(&trio, Seeded::new(3), &ctx);
        (score, findings)
    }

    fn score(&self, id: &str, synthetic: &Table) -> Score {
        self.compute(id, synthetic, None, Pass::Synthetic).0.unwrap()
    }

    /// Readmitted people who were not, and the other way round.
    fn upside_down(&self) -> Table {
        changed(&self.fresh, self.target, |column| {
            if let Cells::Level { codes, .. } = &mut column.cells {
                codes.iter_mut().for_each(|code| *code = 1 - *code);
            }
        })
    }
}

/// The table with the cells of one column changed.
fn changed(table: &Table, at: usize, change: impl Fn(&mut Column)) -> Table {
    let mut columns = table.columns().to_vec();
    change(&mut columns[at]);
    Table::new(columns).unwrap()
}

fn part(score: &Score, name: &str) -> f64 {
    score
        .parts()
        .iter()
        .find(|part| part.0 == name)
        .unwrap_or_else(|| panic!("{name}: {:?}", score.parts()))
        .1
}

#[test]
fn the_holdout_itself_agrees_in_everything() {
    let world = world();
    for (id, want) in [
        ("ut.cio", 1.0),
        ("ut.sdiff", 0.0),
        ("ut.sign", 1.0),
        ("su.km", 0.0),
        ("su.rmst", 0.0),
        ("su.logrank", 0.0),
        ("su.cox", 1.0),
    ] {
        let score = world.score(id, &world.holdout);
        assert!((score.value() - want).abs() < 1e-9, "{id}: {}", score.value());
    }
}

#[test]
fn other_people_agree_better_than_shuffled_columns() {
    let world = world();
    let mut columns = world.fresh.columns().to_vec();
    for (at, column) in columns.iter_mut().enumerate() {
        let rotated: Vec<usize> = (0..900).map(|row| (row + 37 * (at + 1)) % 900).collect();
        *column = Table::new(vec![column.clone()]).unwrap().take(&rotated).columns()[0].clone();
    }
    let shuffled = Table::new(columns).unwrap();
    for id in ["ut.cio", "ut.sign", "ut.neq", "su.cox"] {
        let (fresh, mixed) = (world.score(id, &world.fresh).value(), world.score(id, &shuffled).value());
        assert!(fresh > mixed, "{id}: {fresh} against {mixed}");
    }
    // Two samples of one law: 0.71 on average with about 0.06 of standard error over a dozen terms.
    let overlap = world.score("ut.cio", &world.fresh).value();
    assert!((0.5..0.95).contains(&overlap), "{overlap}");
    let shift = [&world.fresh, &shuffled].map(|table| world.score("ut.sdiff", table).value());
    assert!(shift[0] < shift[1] && shift[0] < 2.0, "{shift:?}");
}

#[test]
fn an_outcome_upside_down_is_seen_by_every_model() {
    let world = world();
    let wrong = world.upside_down();
    assert!(world.score("ut.cal", &wrong).value() < 0.0, "risks fall where they should rise");
    assert!(part(&world.score("ut.cal", &wrong), "intercept").abs() > 1.0, "the ill are four in five");
    assert_eq!(world.score("ut.neq", &wrong).value(), 0.0, "worth nobody");
    assert!(world.score("ut.trts", &wrong).value() < -0.1);
    let kappa = part(&world.score("ut.agree", &wrong), "kappa of decisions");
    assert!(kappa < 0.1, "{kappa}");
    let fresh = world.score("ut.cal", &world.fresh);
    assert!(fresh.value() > 0.2 && part(&fresh, "intercept").abs() < 0.6, "{fresh:?}");
}

#[test]
fn a_column_that_does_not_vary_counts_as_lost_and_is_named() {
    let world = world();
    let sex = world.schema.index_of("sex").unwrap();
    let one = changed(&world.fresh, sex, |column| {
        if let Cells::Level { codes, .. } = &mut column.cells {
            let first = codes[0];
            codes.fill(first);
        }
    });
    let (score, findings) = world.compute("ut.cio", &one, None, Pass::Synthetic);
    let score = score.unwrap();
    assert!(part(&score, "share of coefficients lost") > 0.0);
    assert!(score.value() < world.score("ut.cio", &world.fresh).value());
    let forests = findings.forests.into_inner().unwrap();
    let lost: Vec<_> = forests[0].rows.iter().filter(|row| row.synthetic.is_none()).collect();
    assert!(lost.len() == 1 && lost[0].term.starts_with("sex = ") && lost[0].overlap == 0.0, "{lost:?}");
    assert!(forests[0].rows.iter().all(|row| row.ceiling.is_some()));
}

#[test]
fn people_who_live_too_long_are_seen() {
    let world = world();
    let longer = changed(&world.fresh, world.time, |column| {
        if let Cells::Number(values) = &mut column.cells {
            values.iter_mut().for_each(|value| *value *= 2.0);
        }
    });
    let (score, findings) = world.compute("su.km", &longer, None, Pass::Synthetic);
    let score = score.unwrap();
    assert!(score.value() > 2.0 * world.score("su.km", &world.fresh).value(), "{score:?}");
    assert!(part(&score, "optimism") > 0.0 && part(&score, "short-sightedness") < 0.0);
    let mean = world.score("su.rmst", &longer);
    assert!((mean.value() - part(&score, "optimism")).abs() < 1e-9, "the same area: {mean:?}");
    assert!(mean.interval().unwrap().low > 0.0 && world.score("su.logrank", &longer).value() < 0.0);
    let picture = findings.survival.into_inner().unwrap().unwrap();
    assert!(
        picture.points.iter().all(|point| (point.real * 200.0 - (point.real * 200.0).round()).abs() < 1e-9),
        "rounded to half a percent"
    );
    assert!(picture.points.windows(2).all(|pair| pair[0].real >= pair[1].real));
}

#[test]
fn a_second_draw_tells_how_much_the_generator_itself_varies() {
    let world = world();
    let name = "draw to draw over own error";
    let ratio = |second: &Table| {
        let score = world.compute("ut.sdiff", &world.fresh, Some(second), Pass::Synthetic).0.unwrap();
        part(&score, name)
    };
    assert_eq!(ratio(&world.fresh), 0.0, "the same draw");
    // Two independent samples: 1 on average.
    let other = ratio(&world.train);
    assert!((0.4..2.0).contains(&other), "{other}");
}

#[test]
fn learners_are_ranked_and_regret_is_never_negative() {
    let world = world();
    let (score, findings) = world.compute("ut.agree", &world.fresh, None, Pass::Synthetic);
    let score = score.unwrap();
    assert!(part(&score, "regret") >= 0.0 && (-1.0..=1.0).contains(&score.value()));
    let panel = findings.panel.into_inner().unwrap();
    assert_eq!(panel.len(), crate::panel::PANEL.len());
    assert!(panel.iter().all(|row| row.measure == "AUC" && (0.0..=1.0).contains(&row.real)));
    let ceiling = world.compute("ut.agree", &world.train, None, Pass::Ceiling).0.unwrap();
    assert!(
        part(&ceiling, "correlation of predictions") < 0.999,
        "the ceiling is other people, not the same ones"
    );
}

#[test]
fn what_was_not_named_is_not_applicable_and_the_flag_is() {
    let world = world();
    let trio = Trio::new(&world.schema, &world.train, &world.holdout, &world.fresh);
    let findings = Findings::default();
    let ctx = EvalContext {
        ctx: Context::silent(),
        row_limit: 100,
        pass: Pass::Synthetic,
        shared: Seeded::new(2),
        findings: &findings,
    };
    for metric in METRICS {
        let id = metric.info().id;
        let flag = if id.starts_with("su.") { "--survival" } else { "--target" };
        if id.starts_with("su.") || (id.starts_with("ut.") && id != "ut.tstr") {
            match metric.compute(&trio, Seeded::new(1), &ctx) {
                Err(MetricError::NotApplicable(why)) => assert!(why.reason.contains(flag), "{id}: {why}"),
                other => panic!("{id}: {other:?}"),
            }
        }
    }
}

#[test]
fn odd_tables_give_a_number_or_a_reason() {
    let world = world();
    let ids = METRICS
        .iter()
        .map(|metric| metric.info().id)
        .filter(|id| id.starts_with("ut.") || id.starts_with("su."));
    let missing = |column: &mut Column| {
        column.missing.fill(1);
        match &mut column.cells {
            Cells::Number(values) => values.fill(f64::NAN),
            Cells::Level { codes, .. } => codes.fill(verosim_data::frame::NO_LEVEL),
        }
    };
    let constant = |column: &mut Column| match &mut column.cells {
        Cells::Number(values) => values.fill(0.0),
        Cells::Level { codes, .. } => codes.fill(0),
    };
    let all = |change: &dyn Fn(&mut Column)| {
        let mut columns = world.fresh.columns().to_vec();
        columns.iter_mut().for_each(change);
        Table::new(columns).unwrap()
    };
    let odd = [
        ("nobody's outcome is known", changed(&world.fresh, world.target, missing)),
        ("one outcome", changed(&world.fresh, world.target, constant)),
        ("time 0", changed(&world.fresh, world.time, constant)),
        ("no time", changed(&world.fresh, world.time, missing)),
        ("all missing", all(&missing)),
        ("all constant", all(&constant)),
        ("ten rows", world.fresh.take(&(0..10).collect::<Vec<_>>())),
        ("one person", world.fresh.take(&[0; 300])),
    ];
    for id in ids {
        for (name, table) in &odd {
            for pass in [Pass::Synthetic, Pass::Floor] {
                match world.compute(id, table, None, pass).0 {
                    Ok(score) => assert!(score.value().is_finite(), "{id}, {name}"),
                    Err(error) => assert!(!error.to_string().is_empty(), "{id}, {name}"),
                }
            }
        }
    }
}
