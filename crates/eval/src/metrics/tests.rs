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
        Trio {
            schema: &self.schema,
            train: &self.train,
            holdout: &self.holdout,
            synthetic: &self.synthetic,
            second: None,
            targets: &[],
            train_subjects: None,
            holdout_subjects: None,
            whole: None,
            shown: None,
            prose: None,
        }
    }
}

fn compute(
    metric: &dyn Metric,
    three: &Three,
    shown: Option<&Table>,
    prose: Option<Prose<'_>>,
    pass: Pass,
) -> Result<Score, MetricError> {
    let synthetic = if pass == Pass::Ceiling { &three.train } else { &three.synthetic };
    let trio = Trio { synthetic, shown, prose, ..three.trio() };
    let findings = Findings::default();
    let ctx = EvalContext { ctx: Context::silent(), row_limit: 10_000, pass, findings: &findings };
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

/// Why there is no score.
pub(crate) fn refused(metric: &dyn Metric, three: &Three) -> MetricError {
    compute(metric, three, None, None, Pass::Synthetic).unwrap_err()
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
