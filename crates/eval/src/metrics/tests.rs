//! How is one metric tried on three small tables that a test writes down?

use crate::{EvalContext, Findings, Metric, MetricError, Pass, Prose, Trio};
use verosim_core::schema::Format;
use verosim_core::{ColumnSchema, Context, Kind, Schema, Score, Seeded};
use verosim_data::frame::parse;
use verosim_data::{RawColumn, RawTable, SourceType, Table};

/// Train, holdout and synthetic rows with one list of levels.
pub(crate) struct Three {
    pub(crate) schema: Schema,
    pub(crate) train: Table,
    pub(crate) holdout: Table,
    pub(crate) synthetic: Table,
}

impl Three {
    /// Columns whose cells all read as numbers are numbers, all others nominal; empty cells are missing.
    pub(crate) fn new<const K: usize>(names: &[&str; K], tables: [&[[String; K]]; 3]) -> Self {
        let mut columns = Vec::new();
        let mut raws = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let cells: Vec<&str> =
                tables.iter().flat_map(|rows| rows.iter().map(|row| row[at].as_str())).collect();
            let is_number = cells.iter().all(|cell| cell.is_empty() || cell.parse::<f64>().is_ok());
            let decimals =
                cells.iter().map(|cell| cell.split_once('.').map_or(0, |(_, after)| after.len())).max();
            let mut column =
                ColumnSchema::declared(name, if is_number { Kind::Continuous } else { Kind::Nominal });
            if is_number {
                let max_decimals = decimals.unwrap_or(0) as u8;
                column.format = Format::Number { min_decimals: 0, max_decimals, point: '.' };
            }
            columns.push(column);
            let mut raw = RawColumn::new(name, SourceType::Text);
            cells.iter().for_each(|cell| raw.push(cell));
            raws.push(raw);
        }
        let schema = Schema { columns, ..Schema::default() };
        let all = parse(&RawTable::new(raws).unwrap(), &schema).unwrap();
        let mut from = 0;
        let mut next = |n: usize| {
            from += n;
            all.take(&(from - n..from).collect::<Vec<_>>())
        };
        let [train, holdout, synthetic] = tables.map(|rows| next(rows.len()));
        Self { schema, train, holdout, synthetic }
    }

    /// As metrics see them.
    pub(crate) fn trio(&self) -> Trio<'_> {
        Trio::new(&self.schema, &self.train, &self.holdout, &self.synthetic)
    }
}

fn compute(
    metric: &dyn Metric,
    three: &Three,
    shown: Option<&Table>,
    prose: Option<Prose<'_>>,
    pass: Pass,
) -> Result<Score, MetricError> {
    let own = three.trio();
    let trio = Trio {
        synthetic: if pass == Pass::Ceiling { &three.train } else { &three.synthetic },
        shown,
        prose,
        ..own
    };
    let findings = Findings::default();
    let ctx = EvalContext {
        ctx: Context::silent(),
        row_limit: 10_000,
        pass,
        shared: Seeded::new(2),
        findings: &findings,
    };
    metric.compute(&trio, Seeded::new(1), &ctx)
}

/// The score of the synthetic rows.
pub(crate) fn measured(metric: &dyn Metric, three: &Three) -> Score {
    compute(metric, three, None, None, Pass::Synthetic).unwrap()
}

/// The score when these rows were shown to a language model.
pub(crate) fn measured_with(metric: &dyn Metric, three: &Three, shown: Option<&Table>) -> Score {
    compute(metric, three, shown, None, Pass::Synthetic).unwrap()
}

/// The score where there is free text, in one pass.
pub(crate) fn measured_on(metric: &dyn Metric, three: &Three, prose: Prose<'_>, pass: Pass) -> Score {
    compute(metric, three, None, Some(prose), pass).unwrap()
}

/// Well-mixed bits of a number.
pub(super) fn mixed(at: usize) -> usize {
    let mut z = (at as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) as usize
}

/// Columns of [`people`].
pub(super) const PEOPLE: [&str; 3] = ["zip", "sex", "illness"];

/// People of whom few have the same keys, with an illness that no key tells.
pub(super) fn people(from: usize, n: usize) -> Vec<[String; 3]> {
    (from..from + n)
        .map(|at| {
            let bits = mixed(at);
            [format!("z{}", bits % 151), format!("s{}", bits / 151 % 2), format!("l{}", bits / 302 % 3)]
        })
        .collect()
}

/// The score and what it leaves for the report, with roles of columns as a person may name them.
pub(super) fn found(metric: &dyn Metric, trio: &Trio<'_>) -> Result<(Score, Findings), MetricError> {
    let findings = Findings::default();
    let ctx = EvalContext {
        ctx: Context::silent(),
        row_limit: 10_000,
        pass: Pass::Synthetic,
        findings: &findings,
        shared: Seeded::new(2),
    };
    let score = metric.compute(trio, Seeded::new(1), &ctx)?;
    Ok((score, findings))
}

/// Why there is no score.
pub(crate) fn refused(metric: &dyn Metric, three: &Three) -> MetricError {
    compute(metric, three, None, None, Pass::Synthetic).unwrap_err()
}

/// Metrics that look for disclosure.
fn of_disclosure() -> impl Iterator<Item = &'static dyn Metric> {
    let families = ["pg.", "pa.", "pi."];
    super::METRICS
        .iter()
        .copied()
        .filter(move |metric| families.iter().any(|f| metric.info().id.starts_with(f)))
}

#[test]
fn disclosure_has_a_number_or_a_reason_on_awkward_tables() {
    type Rows = Vec<[String; 3]>;
    let rows = |n: usize, cells: &dyn Fn(usize) -> [String; 3]| -> Rows { (0..n).map(cells).collect() };
    let plain = |at: usize| [at.to_string(), format!("l{}", at % 3), format!("m{}", at % 2)];
    let none: Rows = Vec::new();
    let tables: [(&str, [Rows; 3]); 7] = [
        ("no rows", [none.clone(), none.clone(), none.clone()]),
        ("no synthetic rows", [rows(30, &plain), rows(30, &plain), none.clone()]),
        ("no holdout", [rows(30, &plain), none, rows(30, &plain)]),
        ("one row each", [rows(1, &plain), rows(1, &plain), rows(1, &plain)]),
        ("all missing", std::array::from_fn(|_| rows(40, &|_| std::array::from_fn(|_| String::new())))),
        ("constant", std::array::from_fn(|_| rows(40, &|_| ["7".into(), "x".into(), "y".into()]))),
        (
            "levels without end, none of them shared",
            std::array::from_fn(|table| {
                rows(3_000, &move |at| {
                    [at.to_string(), format!("l{table}-{at}"), format!("m{table}-{}", at % 500)]
                })
            }),
        ),
    ];
    for (what, [train, holdout, synthetic]) in &tables {
        let three = Three::new(&["age", "region", "illness"], [train, holdout, synthetic]);
        let trios = [
            three.trio(),
            Trio { keys: &[0, 1], sensitive: &[2], population: Some(0), ..three.trio() },
            Trio { keys: &[0, 1, 2], targets: &[2], ..three.trio() },
            Trio { keys: &[2], sensitive: &[0, 1], population: Some(usize::MAX), ..three.trio() },
        ];
        for metric in of_disclosure() {
            for trio in &trios {
                match found(metric, trio) {
                    Ok((score, _)) => assert!(score.value().is_finite(), "{what}: {}", metric.info().id),
                    Err(error) => assert!(!error.to_string().is_empty()),
                }
            }
        }
    }
    let one: Vec<[String; 1]> = (0..50).map(|at| [format!("z{}", at % 7)]).collect();
    let three = Three::new(&["zip"], [&one, &one, &one]);
    // One column is a key and nothing is secret: keys can be matched, but nothing inferred.
    for metric in of_disclosure().filter(|metric| metric.applies_to(&three.schema).is_ok()) {
        let is_of_keys = ["pi.uem", "pi.cells", "pi.sdidr"].contains(&metric.info().id);
        assert_eq!(found(metric, &three.trio()).is_ok(), is_of_keys, "{}", metric.info().id);
    }
}

#[test]
fn odd_tables_give_a_number_or_a_reason() {
    let rows =
        |n: usize, cells: &dyn Fn(usize) -> [String; 3]| -> Vec<[String; 3]> { (0..n).map(cells).collect() };
    let plain = rows(60, &|at| [(at * 7 % 23).to_string(), format!("l{}", at % 3), format!("m{}", at % 2)]);
    let flat = rows(60, &|_| ["1".to_owned(), "a".to_owned(), "b".to_owned()]);
    let none = rows(60, &|_| [const { String::new() }; 3]);
    let many = rows(3_000, &|at| [at.to_string(), format!("level {at}"), "b".to_owned()]);
    let unseen = rows(60, &|at| [(-1.0e9 * at as f64).to_string(), format!("new {at}"), String::new()]);
    let one = plain[..1].to_vec();
    let odd: [[&[[String; 3]]; 3]; 9] = [
        [&[], &[], &[]],
        [&plain, &plain, &[]],
        [&plain, &[], &plain],
        [&one, &one, &one],
        [&flat, &flat, &flat],
        [&none, &none, &none],
        [&plain, &plain, &none],
        [&plain, &plain, &unseen],
        [&many, &many, &many],
    ];
    for (at, tables) in odd.into_iter().enumerate() {
        let three = Three::new(&["x", "y", "z"], tables);
        for metric in super::METRICS.iter().filter(|metric| metric.applies_to(&three.schema).is_ok()) {
            for pass in [Pass::Synthetic, Pass::Ceiling] {
                match compute(*metric, &three, None, None, pass) {
                    Ok(score) => assert!(score.value().is_finite(), "{} of {at}", metric.info().id),
                    Err(error) => assert!(!error.to_string().is_empty(), "{} of {at}", metric.info().id),
                }
            }
        }
    }
}
