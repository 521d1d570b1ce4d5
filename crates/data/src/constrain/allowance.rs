//! What may each column of synthetic rows hold?

use super::Range;
use crate::Train;
use crate::encode::support;
use crate::frame::{Cells, Column};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use verosim_core::schema::Treatment;
use verosim_core::{ColumnSchema, Kind, Schema, Seeded};

/// What one column of synthetic rows may hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Allowance {
    /// The column.
    pub schema: ColumnSchema,
    /// Its values.
    pub values: Allowed,
    /// How the values are known.
    pub known: Known,
    /// Share of missing cells; 0 when there are none or no rows were seen.
    pub missing: f64,
    /// Whether a cell may be missing.
    pub nullable: bool,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allowed {
    /// Numbers (times included: days or seconds since 1970), in a range when one is known.
    Number {
        /// The range.
        range: Option<Range>,
        /// Most decimals.
        decimals: u8,
    },
    /// Texts, commonest first unless they have an order, with their shares of present cells when rows were seen.
    Levels {
        /// The texts.
        texts: Vec<String>,
        /// Shares; as many as texts, or none.
        shares: Vec<f64>,
    },
    /// Levels that nobody named yet: any short text.
    Anything,
}

/// How the values of a column are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// A person declared them, or they follow from the kind.
    Declared,
    /// They are statistics of the training rows.
    Learned,
}

/// Columns with more levels than this are told and checked as any text of their vocabulary.
const MOST_LEVELS: usize = 2_000;

/// What each modelled column may hold, in schema order; `train` may be absent when everything is declared.
///
/// Declared levels and bounds win. Learned levels have at least `min_support` people behind them (0 to 2 more at random,
/// so that the threshold tells nothing); both levels of a boolean are always allowed.
///
/// # Cost
/// O(rows · columns · log rows).
#[must_use]
pub fn allowances(
    schema: &Schema,
    train: Option<&Train>,
    min_support: usize,
    seed: Seeded,
) -> Vec<Allowance> {
    schema
        .columns
        .iter()
        .filter(|column| {
            column.treatment == Treatment::Model && !matches!(column.kind, Kind::Id | Kind::Text)
        })
        .map(|column| {
            let mut rng = seed.split(&column.name).rng();
            let k = min_support + rng.random_range(0..=2_usize);
            let cells = train.and_then(|train| train.table().column(&column.name));
            let subjects = train.and_then(Train::subjects);
            allowance(column, cells, subjects, k)
        })
        .collect()
}

fn allowance(
    schema: &ColumnSchema,
    column: Option<&Column>,
    subjects: Option<&[u32]>,
    k: usize,
) -> Allowance {
    let absent = column.map_or(0, |column| column.missing.iter().filter(|&&code| code != 0).count());
    let missing = column.map_or(0.0, |column| absent as f64 / column.len().max(1) as f64);
    let (values, known) = if schema.kind.is_numeric() {
        numbers(schema, column, k)
    } else {
        levels(schema, column, subjects, k)
    };
    // Without rows the declaration says so; with them, a marker of fewer than `k` people is not told.
    let nullable = column.map_or(!schema.missing.is_empty(), |_| absent >= k);
    Allowance { schema: schema.clone(), values, known, missing, nullable }
}

fn numbers(schema: &ColumnSchema, column: Option<&Column>, k: usize) -> (Allowed, Known) {
    let decimals = schema.decimals();
    let learned = column.and_then(Column::numbers).and_then(|values| Range::learn(values, k, decimals == 0));
    let declared = schema.bounds.map(|(low, high)| Range {
        low,
        high,
        quantiles: learned.and_then(|range| range.quantiles),
    });
    let known = if declared.is_some() || learned.is_none() { Known::Declared } else { Known::Learned };
    (Allowed::Number { range: declared.or(learned), decimals }, known)
}

fn levels(
    schema: &ColumnSchema,
    column: Option<&Column>,
    subjects: Option<&[u32]>,
    k: usize,
) -> (Allowed, Known) {
    let Some(Cells::Level { codes, levels }) = column.map(|column| &column.cells) else {
        return match schema.levels.is_empty() {
            true if schema.kind == Kind::Boolean => {
                let texts = ["0", "1"].map(str::to_owned).to_vec();
                (Allowed::Levels { texts, shares: Vec::new() }, Known::Declared)
            }
            true => (Allowed::Anything, Known::Declared),
            false => (Allowed::Levels { texts: schema.levels.clone(), shares: Vec::new() }, Known::Declared),
        };
    };
    let rows = support(codes, levels.len(), None);
    let total = rows.iter().sum::<usize>().max(1) as f64;
    if !schema.levels.is_empty() {
        let share = |text: &String| {
            levels.iter().position(|level| level == text).map_or(0.0, |at| rows[at] as f64 / total)
        };
        let shares = schema.levels.iter().map(share).collect();
        return (Allowed::Levels { texts: schema.levels.clone(), shares }, Known::Declared);
    }
    let people = support(codes, levels.len(), subjects);
    let is_boolean = schema.kind == Kind::Boolean;
    let mut kept: Vec<usize> =
        (0..levels.len()).filter(|&at| rows[at] > 0 && (is_boolean || people[at] >= k)).collect();
    if schema.kind != Kind::Ordinal {
        kept.sort_by(|&a, &b| rows[b].cmp(&rows[a]).then(levels[a].cmp(&levels[b])));
    }
    kept.truncate(MOST_LEVELS);
    let of_kept = kept.iter().map(|&at| rows[at]).sum::<usize>().max(1) as f64;
    let texts = kept.iter().map(|&at| levels[at].clone()).collect();
    let shares = kept.iter().map(|&at| rows[at] as f64 / of_kept).collect();
    (Allowed::Levels { texts, shares }, Known::Learned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;

    fn level_column(name: &str, kind: Kind, cells: &[&str]) -> (ColumnSchema, Column) {
        let mut levels: Vec<String> = Vec::new();
        let codes = cells
            .iter()
            .map(|cell| {
                levels.iter().position(|level| level == cell).unwrap_or_else(|| {
                    levels.push((*cell).to_owned());
                    levels.len() - 1
                }) as u32
            })
            .collect();
        let missing = vec![0; cells.len()];
        let column = Column { name: name.into(), kind, missing, cells: Cells::Level { codes, levels } };
        (ColumnSchema::declared(name, kind), column)
    }

    fn learn(columns: Vec<(ColumnSchema, Column)>) -> Vec<Allowance> {
        let (schemas, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let schema = Schema { columns: schemas, ..Schema::default() };
        let train = Train::new(Table::new(columns).unwrap(), None);
        allowances(&schema, Some(&train), 5, Seeded::new(1))
    }

    #[test]
    fn rare_levels_are_neither_told_nor_allowed_and_booleans_are_whole() {
        let mut cells = vec!["common"; 20];
        cells.extend(["rare"; 2]);
        let mut flags = vec!["no"; 21];
        flags.push("yes");
        let learned = learn(vec![
            level_column("site", Kind::Nominal, &cells),
            level_column("died", Kind::Boolean, &flags),
        ]);
        let texts = |at: usize| match &learned[at].values {
            Allowed::Levels { texts, .. } => texts.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(texts(0), ["common"]);
        assert_eq!(texts(1), ["no", "yes"]);
        assert_eq!(learned[0].known, Known::Learned);
        assert!(!learned[0].nullable);
    }

    #[test]
    fn declared_levels_and_bounds_win_and_need_no_rows() {
        let mut site = ColumnSchema::declared("site", Kind::Nominal);
        site.levels = vec!["A".into(), "B".into()];
        let mut age = ColumnSchema::declared("age", Kind::Count);
        age.bounds = Some((18.0, 90.0));
        let schema = Schema {
            columns: vec![site, age, ColumnSchema::declared("free", Kind::Nominal)],
            ..Schema::default()
        };
        let learned = allowances(&schema, None, 5, Seeded::new(1));
        assert!(learned.iter().all(|allowance| allowance.known == Known::Declared && allowance.nullable));
        assert!(
            matches!(&learned[0].values, Allowed::Levels { texts, shares } if texts.len() == 2 && shares.is_empty())
        );
        assert!(
            matches!(&learned[1].values, Allowed::Number { range: Some(range), decimals: 0 } if range.low == 18.0)
        );
        assert_eq!(learned[2].values, Allowed::Anything);
    }
}
