//! How is one metric tried on three small tables that a test writes down?

use crate::{EvalContext, Findings, Metric, MetricError, Pass, Prose, Trio};
use verosim_core::schema::Format;
use verosim_core::{ColumnSchema, Context, Kind, Schema, Score, Seeded};
use verosim_data::frame::parse;
use verosim_data::{RawColumn, RawTable, SourceType, Table};

/// Train, holdout and synthetic rows with one list of levels.
pub(super) struct Three {
    pub(super) schema: Schema,
    pub(super) train: Table,
    pub(super) holdout: Table,
    pub(super) synthetic: Table,
}

impl Three {
    /// Columns whose cells all read as numbers are numbers, all others nominal; empty cells are missing.
    pub(super) fn new<const K: usize>(names: &[&str; K], tables: [&[[String; K]]; 3]) -> Self {
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
}

fn compute(
    metric: &dyn Metric,
    three: &Three,
    shown: Option<&Table>,
    prose: Option<Prose<'_>>,
    pass: Pass,
) -> Result<Score, MetricError> {
    let trio = Trio {
        schema: &three.schema,
        train: &three.train,
        holdout: &three.holdout,
        synthetic: if pass == Pass::Ceiling { &three.train } else { &three.synthetic },
        second: None,
        targets: &[],
        train_subjects: None,
        holdout_subjects: None,
        whole: None,
        shown,
        prose,
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
pub(super) fn measured(metric: &dyn Metric, three: &Three) -> Score {
    compute(metric, three, None, None, Pass::Synthetic).unwrap()
}

/// The score when these rows were shown to a language model.
pub(super) fn measured_with(metric: &dyn Metric, three: &Three, shown: Option<&Table>) -> Score {
    compute(metric, three, shown, None, Pass::Synthetic).unwrap()
}

/// The score where there is free text, in one pass.
pub(super) fn measured_on(metric: &dyn Metric, three: &Three, prose: Prose<'_>, pass: Pass) -> Score {
    compute(metric, three, None, Some(prose), pass).unwrap()
}

/// Why there is no score.
pub(super) fn refused(metric: &dyn Metric, three: &Three) -> MetricError {
    compute(metric, three, None, None, Pass::Synthetic).unwrap_err()
}
