//! How is a table that the codec did not learn from encoded, with the cells marked that are to be drawn, and completed?

use super::codec::combine;
use super::number::NumberCodec;
use super::plan::Plan;
use super::{Codec, ColumnDomain, Encoded, EncodedColumn, Token};
use crate::Table;
use crate::frame::{Cells, Column, NO_LEVEL};
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::Seeded;

/// A table in tokens, and which of its cells nobody knows.
#[derive(Clone, Debug)]
pub struct Incomplete {
    /// All rows. What stands in a hole means nothing.
    pub rows: Encoded,
    /// Rows of the holes of each column of the domain; ascending.
    pub holes: Vec<Vec<u32>>,
}

/// One column in tokens; `None` for a hole.
type Drawn = Vec<Option<(u32, f32)>>;

impl Codec {
    /// Encodes a table that the codec did not learn from. Cells that are missing are holes, whatever kind of missing they
    /// are; so are cells that tell nothing here: levels that the codec does not know, distances from a date that is missing,
    /// columns that `table` lacks.
    ///
    /// # Cost
    /// O(rows · columns · log segments), parallel over columns.
    #[must_use]
    pub fn encode(&self, table: &Table) -> Incomplete {
        let n = table.n_rows();
        let mut columns = vec![EncodedColumn::default(); self.domain.columns.len()];
        let mut holes = vec![Vec::new(); columns.len()];
        let drawn: Vec<Option<(usize, Drawn)>> =
            (0..self.plans.len()).into_par_iter().map(|at| self.cells(at, table)).collect();
        for (at, cells) in drawn.into_iter().flatten() {
            holes[at] = (0..n as u32).filter(|&row| cells[row as usize].is_none()).collect();
            let cells = cells.into_iter().map(Option::unwrap_or_default);
            let (tokens, ranks): (Vec<u32>, Vec<f32>) = cells.unzip();
            let has_ranks = self.domain.columns[at].continuous().is_some();
            columns[at] = EncodedColumn { tokens, ranks: if has_ranks { ranks } else { Vec::new() } };
        }
        let rows = Encoded::new(Arc::clone(&self.domain), columns, n, None)
            .expect("each modelled column has one plan, and its tokens are those of its domain");
        Incomplete { rows, holes }
    }

    /// Turns drawn tokens into the cells that `table` lacks: those of `table` stand as they are, the others are decoded,
    /// and what hangs on another column hangs on the cell that is known. A missing date from which another date is known is
    /// that date less the drawn distance; a missing bound of a known number does not cross it.
    ///
    /// # Shapes
    /// `drawn` has the rows of `table`. The result has the columns of [`schema`](Self::schema) that are modelled.
    ///
    /// # Cost
    /// O(rows · columns · log segments), parallel over columns.
    #[must_use]
    pub fn decode_beside(&self, drawn: &Encoded, table: &Table, seed: Seeded) -> Table {
        let known = |at: usize| table.column(&self.schema.columns[at].name);
        let plain: Vec<Option<Column>> = (0..self.plans.len())
            .into_par_iter()
            .map(|at| {
                self.plans[at].domain()?;
                Some(self.column(at, drawn, 0, seed.split(&self.schema.columns[at].name)))
            })
            .collect();
        let merged =
            |at: usize, column: &Column| known(at).map_or_else(|| column.clone(), |own| own.or(column));
        let mut columns: Vec<Option<Column>> = plain
            .iter()
            .enumerate()
            .map(|(at, column)| match self.plans[at] {
                Plan::Number { .. } | Plan::Level { .. } => column.as_ref().map(|column| merged(at, column)),
                _ => column.clone(),
            })
            .collect();
        for (at, drawn) in plain.iter().enumerate() {
            let anchor = match &self.plans[at] {
                Plan::Offset { anchor, .. } => *anchor,
                Plan::Bounded { bound, .. } => bound.anchor,
                _ => continue,
            };
            if let (Some(own), Some(before)) = (known(at), known(anchor))
                && let (Some(drawn), Some(from)) = (drawn, &columns[anchor])
            {
                let backwards = |from: f64, own: f64, drawn: f64| match &self.plans[at] {
                    Plan::Bounded { bound, .. } => bound.keep_anchor(from, own),
                    _ => own - drawn,
                };
                columns[anchor] = Some(follow(from, before, own, drawn, backwards));
            }
        }
        for (at, drawn) in plain.iter().enumerate() {
            let completed = match (&self.plans[at], drawn) {
                (Plan::Offset { anchor, .. }, Some(own)) => columns[*anchor]
                    .as_ref()
                    .map(|from| combine(own, from, from, |offset, from, _| from + offset)),
                (Plan::Bounded { bound, .. }, Some(own)) => columns[bound.anchor]
                    .as_ref()
                    .map(|from| combine(own, from, from, |own, from, _| bound.keep(own, from))),
                _ => continue,
            };
            columns[at] = completed.map(|column| merged(at, &column));
        }
        for (at, drawn) in plain.iter().enumerate() {
            if let (Plan::Derived { formula, left, right, .. }, Some(own)) = (&self.plans[at], drawn)
                && let (Some(left), Some(right)) = (&columns[*left], &columns[*right])
            {
                let computed = combine(own, left, right, |_, a, b| formula.value(a, b));
                columns[at] = Some(merged(at, &computed));
            }
        }
        Table::new(columns.into_iter().flatten().collect()).unwrap_or_default()
    }

    /// Names of the columns that an engine can give values for: those that are modelled and have any.
    pub fn drawable(&self) -> impl Iterator<Item = &str> {
        let has_value = |plan: &Plan| {
            let domain = plan.domain().and_then(|at| self.domain.columns.get(at));
            domain.is_some_and(|domain| domain.tokens.iter().any(|token| !matches!(token, Token::Missing(_))))
        };
        let pairs = self.plans.iter().zip(&self.schema.columns);
        pairs.filter(move |(plan, _)| has_value(plan)).map(|(_, schema)| schema.name.as_str())
    }

    /// The tokens of the column at `at`, with its place in the domain; `None` when it is not modelled.
    fn cells(&self, at: usize, table: &Table) -> Option<(usize, Drawn)> {
        let place = self.plans[at].domain()?;
        let domain = &self.domain.columns[place];
        let own = table.column(&self.schema.columns[at].name);
        let anchor = |at: usize| table.column(&self.schema.columns[at].name).and_then(Column::numbers);
        let number = |codec: &NumberCodec, of: &dyn Fn(usize, f64) -> Option<f64>| {
            let values = own.and_then(Column::numbers)?;
            let cell =
                |row: usize| codec.encode(of(row, values[row]).filter(|value| value.is_finite())?, domain);
            Some((0..values.len()).map(cell).collect::<Drawn>())
        };
        let cells = match &self.plans[at] {
            Plan::Number { codec, .. } => number(codec, &|_, value| Some(value)),
            Plan::Offset { codec, anchor: from, .. } => {
                anchor(*from).and_then(|from| number(codec, &|row, value| Some(value - from[row])))
            }
            Plan::Bounded { codec, bound, .. } => {
                let equal = domain.tokens.iter().position(|token| matches!(token, Token::Equal(_)));
                number(codec, &|_, value| Some(value)).map(|mut cells| {
                    for (row, cell) in cells.iter_mut().enumerate() {
                        let pair = own.and_then(Column::numbers).zip(anchor(bound.anchor));
                        let is_equal = pair.is_some_and(|(own, from)| own[row] == from[row]);
                        if let (Some(token), true) = (equal, is_equal) {
                            *cell = Some((token as u32, 0.0));
                        }
                    }
                    cells
                })
            }
            Plan::Level { codec, .. } => own.and_then(Column::levels).map(|(codes, levels)| {
                let tokens = codec.tokens_of(levels, domain);
                let cell = |&code: &u32| {
                    let known = (code != NO_LEVEL).then(|| tokens[code as usize])?;
                    known.map(|token| (token, 0.0))
                };
                codes.iter().map(cell).collect()
            }),
            Plan::Derived { .. } => own.and_then(|own| {
                let computed = is_computed(domain)?;
                Some(own.missing.iter().map(|&code| (code == 0).then_some((computed, 0.0))).collect())
            }),
            _ => None,
        };
        Some((place, cells.unwrap_or_else(|| vec![None; table.n_rows()])))
    }
}

/// The token of cells that are computed.
fn is_computed(domain: &ColumnDomain) -> Option<u32> {
    domain.tokens.iter().position(|token| matches!(token, Token::Level(_))).map(|at| at as u32)
}

/// The anchor `from`, in which cells that `before` lacks follow from `own` where that is known: `f(from, own, drawn)`, of
/// which the last is what was drawn in its place.
fn follow(
    from: &Column,
    before: &Column,
    own: &Column,
    drawn: &Column,
    f: impl Fn(f64, f64, f64) -> f64,
) -> Column {
    let (Some(values), Some(known), Some(others)) = (from.numbers(), own.numbers(), drawn.numbers()) else {
        return from.clone();
    };
    let mut missing = from.missing.clone();
    let mut moved = values.to_vec();
    for row in 0..moved.len() {
        if before.missing[row] != 0 && own.missing[row] == 0 {
            let value = f(values[row], known[row], others[row]);
            if value.is_finite() {
                (moved[row], missing[row]) = (value, 0);
            }
        }
    }
    Column { missing, cells: Cells::Number(moved), ..from.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Train;
    use crate::encode::CodecSettings;
    use verosim_core::{ColumnSchema, Kind, Schema};

    const N: usize = 400;

    fn column(name: &str, kind: Kind, cells: Cells) -> Column {
        let missing = match &cells {
            Cells::Number(values) => values.iter().map(|value| u8::from(value.is_nan())).collect(),
            Cells::Level { codes, .. } => codes.iter().map(|&code| u8::from(code == NO_LEVEL)).collect(),
        };
        Column { name: name.into(), kind, missing, cells }
    }

    /// A number, the day of admission, the day of discharge some days later, and a level.
    fn stay() -> (Schema, Table) {
        let day = |row: usize| (row * 7919 % 365) as f64;
        let stay = |row: usize| (row * 31 % 17) as f64;
        let ward = (0..N).map(|row| (row % 3) as u32).collect();
        let columns = vec![
            column(
                "dose",
                Kind::Continuous,
                Cells::Number((0..N).map(|row| (row * 37 % 401) as f64 / 10.0).collect()),
            ),
            column("in", Kind::Date, Cells::Number((0..N).map(day).collect())),
            column("out", Kind::Date, Cells::Number((0..N).map(|row| day(row) + stay(row)).collect())),
            column(
                "ward",
                Kind::Nominal,
                Cells::Level { codes: ward, levels: ["A", "B", "C"].map(str::to_owned).to_vec() },
            ),
        ];
        let schemas =
            columns.iter().map(|column| ColumnSchema::declared(&column.name, column.kind)).collect();
        (Schema { columns: schemas, ..Schema::default() }, Table::new(columns).unwrap())
    }

    #[test]
    fn the_training_table_is_encoded_as_it_was_learned() {
        let (schema, table) = stay();
        let (codec, train) =
            Codec::fit(&Train::new(table.clone(), None), &schema, &CodecSettings::default(), Seeded::new(1));
        let again = codec.encode(&table);
        assert!(again.holes.iter().all(Vec::is_empty));
        for (learned, again) in train.columns().iter().zip(again.rows.columns()) {
            assert_eq!(learned.tokens, again.tokens);
            let far = learned.ranks.iter().zip(&again.ranks).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(far < 15.0, "a segment or a tail: {far}");
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_a_hole_and_known_cells_stay() {
        let (schema, table) = stay();
        let (codec, _) =
            Codec::fit(&Train::new(table.clone(), None), &schema, &CodecSettings::default(), Seeded::new(1));
        let mut columns = table.columns().to_vec();
        let lose = |column: &mut Column, row: usize| {
            column.missing[row] = 2;
            if let Cells::Number(values) = &mut column.cells {
                values[row] = f64::NAN;
            }
        };
        lose(&mut columns[0], 5);
        lose(&mut columns[1], 6); // The discharge is known: its distance is not.
        lose(&mut columns[2], 7); // The admission is known.
        if let Cells::Level { codes, levels } = &mut columns[3].cells {
            levels.push("elsewhere".into());
            codes[8] = 3;
        }
        let holed = Table::new(columns).unwrap();
        let incomplete = codec.encode(&holed);
        let domains = codec.domain().columns.iter().map(|domain| domain.name.as_str());
        for (name, holes) in domains.zip(&incomplete.holes) {
            let wanted: &[u32] = match name {
                "dose" => &[5],
                "in" => &[6],
                "out" => &[6, 7],
                _ => &[8],
            };
            assert_eq!(holes, wanted, "{name}");
        }
        let whole = codec.decode_beside(&incomplete.rows, &holed, Seeded::new(2));
        let day = |name: &str, row: usize| whole.column(name).unwrap().numbers().unwrap()[row];
        assert!(whole.columns().iter().all(|column| column.missing.iter().all(|&code| code == 0)));
        for row in (0..N).filter(|row| ![6, 7].contains(row)) {
            assert_eq!(day("out", row), table.column("out").unwrap().numbers().unwrap()[row]);
        }
        assert_eq!(day("out", 6), table.column("out").unwrap().numbers().unwrap()[6], "known");
        assert!((0.0..=20.0).contains(&(day("out", 6) - day("in", 6))), "a stay before the known discharge");
        assert!((0.0..=20.0).contains(&(day("out", 7) - day("in", 7))), "a stay after the known admission");
        let (codes, levels) = whole.column("ward").unwrap().levels().unwrap();
        assert_eq!(levels[codes[8] as usize], "elsewhere", "an unknown level stays");
        assert_eq!(codec.drawable().collect::<Vec<_>>(), ["dose", "in", "out", "ward"]);
    }
}
