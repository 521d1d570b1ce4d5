//! How is a table encoded when nothing may be learned from its rows?

use super::cut::CutCodec;
use super::level::LevelCodec;
use super::plan::Plan;
use super::surrogate::Surrogate;
use super::{Codec, ColumnDomain, Domain, Token};
use crate::Table;
use crate::frame::{Cells, Column};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_core::schema::Treatment;
use verosim_core::{ColumnSchema, Kind, Schema};

/// Levels past this many count as undeclared: codes are 16 bits.
const MOST_LEVELS: usize = 60_000;

impl Codec {
    /// The codec of rows that somebody else makes, from declarations alone: no row is looked at. Identifiers that are
    /// numbers lie between their declared bounds, all others have a shape of ours.
    ///
    /// # Cost
    /// O(columns).
    #[must_use]
    pub fn declared(schema: &Schema) -> Self {
        Self::by_plan(schema, |_| None)
    }

    /// The codec of engines that see people through noisy counts alone, from declarations alone: numbers between their
    /// declared bounds in at most `cells` cells (a token [`Token::Continuous`] whose rank is the cell and how far into it),
    /// declared levels, declared kinds of missing. Identifiers as in [`declared`](Self::declared).
    ///
    /// # Cost
    /// O(columns · cells and levels).
    #[must_use]
    pub fn cut(schema: &Schema, cells: usize) -> Self {
        Self::by_plan(schema, |column| modelled(column, cells))
    }

    /// The code of each row in each column of the domain, and how many codes the column has: tokens, cells of numbers in the
    /// place of [`Token::Continuous`], and last a code for everything that nobody declared. A row's codes follow from
    /// that row and declarations alone. Only for codecs from [`cut`](Self::cut); others code what they cannot tell as undeclared.
    ///
    /// # Cost
    /// O(rows · columns).
    #[must_use]
    pub fn codes(&self, table: &Table) -> Vec<(Vec<u16>, usize)> {
        let mut codes = vec![(vec![0; table.n_rows()], 1); self.domain.columns.len()];
        for (plan, schema) in self.plans.iter().zip(&self.schema.columns) {
            let (Some(at), Some(column)) = (plan.domain(), table.column(&schema.name)) else { continue };
            let domain = &self.domain.columns[at];
            let elsewhere = domain.n_codes();
            let of = |row: usize, place: Option<usize>| match column.missing[row] {
                0 => place.unwrap_or(elsewhere),
                marker => domain.missing(marker - 1).unwrap_or(elsewhere),
            };
            codes[at] = (coded(plan, domain, column, of), elsewhere + 1);
        }
        codes
    }

    fn by_plan(
        schema: &Schema,
        modelled: impl Fn(&ColumnSchema) -> Option<(ColumnDomain, Modelled)>,
    ) -> Self {
        let kept: Vec<ColumnSchema> =
            schema.columns.iter().filter(|column| column.treatment != Treatment::Drop).cloned().collect();
        let mut domain = Domain::default();
        let mut plan = |column: &ColumnSchema| match (column.treatment, column.bounds.unwrap_or((0.0, 1.0))) {
            (Treatment::Regenerate, (a, b)) if column.kind.is_numeric() => {
                Plan::Anywhere { low: a.min(b), high: a.max(b) }
            }
            (Treatment::Regenerate, _) => {
                Plan::Surrogate { surrogate: Surrogate::learn(&[], &[], column.identifier) }
            }
            _ => match modelled(column) {
                Some((of_column, how)) => {
                    let at = domain.columns.len();
                    domain.columns.push(of_column);
                    match how {
                        Modelled::Cut(codec) => Plan::Cut { domain: at, codec },
                        Modelled::Level(codec) => Plan::Level { domain: at, codec },
                    }
                }
                None => Plan::Given,
            },
        };
        let plans: Vec<Plan> = kept.iter().map(&mut plan).collect();
        let named = |name: &Option<String>| {
            name.clone().filter(|name| kept.iter().any(|column| column.name == *name))
        };
        let (subject, primary_key) = (named(&schema.subject), named(&schema.primary_key));
        let left_out = schema.columns.iter().filter(|column| column.treatment == Treatment::Drop);
        Self {
            domain: Arc::new(domain),
            plans,
            notes: left_out.map(|column| format!("`{}` is left out: declared so", column.name)).collect(),
            schema: Schema { columns: kept, subject, primary_key },
        }
    }
}

/// How a column that is modelled is decoded.
enum Modelled {
    Cut(CutCodec),
    Level(LevelCodec),
}

fn modelled(column: &ColumnSchema, cells: usize) -> Option<(ColumnDomain, Modelled)> {
    if matches!(column.kind, Kind::Id | Kind::Text) {
        return None;
    }
    let mut tokens: Vec<Token> =
        (0..column.missing.len().min(255)).map(|at| Token::Missing(at as u8)).collect();
    let (how, n_ranks) = if column.kind.is_numeric() {
        let cut = CutCodec::new(column, cells);
        tokens.push(Token::Continuous);
        let n = cut.len();
        (Modelled::Cut(cut), n)
    } else {
        let mut levels = column.levels.clone();
        if column.kind == Kind::Ordinal && levels.iter().all(|level| column.order.contains(level)) {
            levels.sort_by_key(|level| column.order.iter().position(|other| other == level));
        }
        levels.truncate(MOST_LEVELS);
        tokens.extend((0..levels.len() as u32).map(Token::Level));
        (Modelled::Level(LevelCodec { levels }), 0)
    };
    if tokens.is_empty() {
        return None;
    }
    let domain = ColumnDomain {
        name: column.name.clone(),
        token_rank: vec![f32::NAN; tokens.len()],
        tokens,
        ordered: column.kind.is_numeric() || column.kind == Kind::Ordinal,
        n_ranks,
        parents: Vec::new(),
        stage: 0,
    };
    Some((domain, how))
}

fn coded(
    plan: &Plan,
    domain: &ColumnDomain,
    column: &Column,
    of: impl Fn(usize, Option<usize>) -> usize,
) -> Vec<u16> {
    let first = domain.tokens.iter().take_while(|token| matches!(token, Token::Missing(_))).count();
    let places: Vec<usize> = match (plan, &column.cells) {
        (Plan::Cut { codec, .. }, Cells::Number(values)) => values
            .iter()
            .enumerate()
            .map(|(row, &value)| of(row, codec.place(value).map(|cell| first + cell)))
            .collect(),
        (Plan::Level { codec, .. }, Cells::Level { codes, levels }) => {
            let declared: BTreeMap<&str, usize> =
                codec.levels.iter().enumerate().map(|(at, level)| (level.as_str(), first + at)).collect();
            let known: Vec<Option<usize>> =
                levels.iter().map(|level| declared.get(level.as_str()).copied()).collect();
            codes
                .iter()
                .enumerate()
                .map(|(row, &code)| of(row, known.get(code as usize).copied().flatten()))
                .collect()
        }
        _ => (0..column.len()).map(|row| of(row, None)).collect(),
    };
    places.into_iter().map(|place| place as u16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{Encoded, EncodedColumn};
    use crate::frame::{NO_LEVEL, parse};
    use crate::{RawColumn, RawTable, SourceType};
    use verosim_core::Seeded;

    fn schema() -> Schema {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let age = ColumnSchema {
            bounds: Some((18.0, 27.0)),
            missing: texts(&["", "NA"]),
            ..ColumnSchema::declared("age", Kind::Count)
        };
        let grade = ColumnSchema {
            levels: texts(&["high", "low", "middle"]),
            order: texts(&["low", "middle", "high"]),
            ..ColumnSchema::declared("grade", Kind::Ordinal)
        };
        let id = ColumnSchema::declared("id", Kind::Id);
        let free = ColumnSchema::declared("note", Kind::Text);
        Schema { columns: vec![id, age, grade, free], ..Schema::default() }
    }

    fn table(schema: &Schema, rows: &[[&str; 4]]) -> Table {
        let column = |(at, column): (usize, &ColumnSchema)| {
            let mut raw = RawColumn::new(&column.name, SourceType::Text);
            rows.iter().for_each(|row| raw.push(row[at]));
            raw
        };
        let raw = RawTable::new(schema.columns.iter().enumerate().map(column).collect()).unwrap();
        parse(&raw, schema).unwrap()
    }

    #[test]
    fn rows_are_coded_by_declarations_alone_and_come_back() {
        let schema = schema();
        let codec = Codec::cut(&schema, 5);
        let rows = [
            ["1", "18", "low", "a"],
            ["2", "27", "high", "b"],
            ["3", "", "middle", "c"],
            ["4", "NA", "unheard of", "d"],
            ["5", "99", "", "e"],
        ];
        let codes = codec.codes(&table(&schema, &rows));
        // Two kinds of missing, five cells of two years, and elsewhere; one kind of missing, three levels, elsewhere.
        assert_eq!(codes[0], (vec![2, 6, 0, 1, 7], 8));
        assert_eq!(codes[1], (vec![1, 3, 2, 4, 0], 5));
        let drawn = |token: u32, rank: f32| EncodedColumn { tokens: vec![token], ranks: vec![rank] };
        let domain = Arc::clone(codec.domain());
        let row = |age: EncodedColumn, grade: u32| {
            let columns = vec![age, EncodedColumn { tokens: vec![grade], ranks: Vec::new() }];
            codec.decode(&Encoded::new(Arc::clone(&domain), columns, 1, None).unwrap(), Seeded::new(1))
        };
        let one = row(drawn(2, 4.5), 3);
        assert!((26.0..=27.0).contains(&one.column("age").unwrap().numbers().unwrap()[0]));
        assert!(
            matches!(&one.column("grade").unwrap().cells, Cells::Level { codes, levels } if levels[codes[0] as usize] == "high")
        );
        let other = row(drawn(1, 0.0), 0);
        assert_eq!(other.column("age").unwrap().missing, [2], "`NA` stays `NA`");
        assert!(
            matches!(&other.column("grade").unwrap().cells, Cells::Level { codes, .. } if codes[0] == NO_LEVEL)
        );
        let text = serde_json::to_string(&codec).unwrap();
        let back: Codec = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        let mut damaged = serde_json::to_value(&codec).unwrap();
        damaged["plans"][1]["codec"]["starts"][1] = 0.into();
        assert!(serde_json::from_value::<Codec>(damaged).is_err());
    }
}
