//! Which numbers does another number bound?

use super::derive::is_rich;
use crate::frame::Column;
use serde::{Deserialize, Serialize};
use verosim_core::{ColumnSchema, Kind};

/// Another column that a number never crosses and often equals: the length of the stay bounds the day of an event in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bound {
    pub(super) anchor: usize,
    pub(super) side: Side,
}

/// Where values lie that are not equal to the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Side {
    Below,
    Above,
}

impl Bound {
    /// The value of a cell: `own`, mirrored at the anchor's `from` when it crosses it; `from` itself when `own` is
    /// `NaN`, or when the mirrored value would have another sign.
    pub(super) fn keep(self, own: f64, from: f64) -> f64 {
        let crosses = match self.side {
            Side::Below => own > from,
            Side::Above => own < from,
        };
        let mirrored = 2.0 * from - own;
        match () {
            () if own.is_nan() || crosses && mirrored * own < 0.0 => from,
            () if crosses => mirrored,
            () => own,
        }
    }

    /// The same the other way round: what the anchor is beside a number that is known.
    pub(super) fn keep_anchor(self, from: f64, own: f64) -> f64 {
        let side = match self.side {
            Side::Below => Side::Above,
            Side::Above => Side::Below,
        };
        Self { side, ..self }.keep(from, own)
    }

    /// How the pair is drawn, in words.
    pub(super) fn words(self, name: &str, anchor: &str) -> String {
        let side = match self.side {
            Side::Below => "above",
            Side::Above => "below",
        };
        format!("`{name}` is never drawn {side} `{anchor}`, which it often equals")
    }
}

/// Share of a column's rows that may lack the anchor, or lie on the other side of it.
const FORGIVEN: f64 = 0.001;
/// Least share of equal values that makes one number the bound of another, and not just a larger quantity.
const EQUAL: f64 = 0.1;
/// Least rows that show a bound.
const LEAST_ROWS: usize = 100;

/// Of the columns `among`, those that another one bounds: they lie on one side of it and equal it in a tenth of the
/// rows. Drawn apart, equal values would differ and some would cross. An anchor has no bound itself; of two complete
/// columns the later one is bounded, and of several bounds the one that is equal most often holds.
///
/// # Cost
/// For each pair, O(rows) until too many lie on both sides.
pub(super) fn bounded(columns: &[(&Column, &ColumnSchema)], among: &[usize]) -> Vec<(usize, Bound)> {
    let rich: Vec<(usize, &[f64], usize)> = among
        .iter()
        .filter(|&&at| matches!(columns[at].1.kind, Kind::Continuous | Kind::Count))
        .filter_map(|&at| columns[at].0.numbers().filter(|values| is_rich(values)).map(|values| (at, values)))
        .map(|(at, values)| (at, values, present(columns[at].0)))
        .collect();
    let mut pairs: Vec<(usize, usize, Bound)> = Vec::new();
    for &(column, values, n) in &rich {
        for &(anchor, from, n_anchor) in &rich {
            let is_fuller = n_anchor > n || n_anchor == n && anchor < column;
            if is_fuller
                && let Some((side, equal)) = side_of(values, from)
                && stands_beside(columns[column].0, columns[anchor].0)
            {
                pairs.push((equal, column, Bound { anchor, side }));
            }
        }
    }
    pairs.sort_by_key(|&(equal, column, bound)| (usize::MAX - equal, column, bound.anchor));
    let mut chosen: Vec<(usize, Bound)> = Vec::new();
    for (_, column, bound) in pairs {
        let clashes = |&(taken, other): &(usize, Bound)| {
            taken == column || taken == bound.anchor || other.anchor == column
        };
        if !chosen.iter().any(clashes) {
            chosen.push((column, bound));
        }
    }
    chosen
}

/// On which side of `from` all but a few values lie, and how many equal it; `None` when they lie on both or seldom
/// equal it.
fn side_of(values: &[f64], from: &[f64]) -> Option<(Side, usize)> {
    let budget = FORGIVEN * values.len() as f64;
    let (mut below, mut above, mut equal) = (0_usize, 0_usize, 0_usize);
    for (value, from) in values.iter().zip(from) {
        below += usize::from(value < from);
        above += usize::from(value > from);
        equal += usize::from(value == from);
        if below.min(above) as f64 > budget {
            return None;
        }
    }
    let both = below + above + equal;
    let is_bound = below.min(above) as f64 <= FORGIVEN * both as f64
        && both >= LEAST_ROWS
        && equal as f64 >= EQUAL * both as f64;
    is_bound.then_some((if below >= above { Side::Below } else { Side::Above }, equal))
}

/// Rows where a column is present.
pub(super) fn present(column: &Column) -> usize {
    column.missing.iter().map(|&code| usize::from(code == 0)).sum()
}

/// Whether `column` hardly ever stands where `anchor` is missing.
pub(super) fn stands_beside(column: &Column, anchor: &Column) -> bool {
    let orphans =
        column.missing.iter().zip(&anchor.missing).filter(|&(&own, &from)| own == 0 && from != 0).count();
    orphans as f64 <= FORGIVEN * present(column) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{Codec, CodecSettings, Encoded, Token};
    use crate::frame::Cells;
    use crate::{Table, Train};
    use std::sync::Arc;
    use verosim_core::{Schema, Seeded};

    fn column(name: &str, values: Vec<f64>) -> (Column, ColumnSchema) {
        let missing = values.iter().map(|value| u8::from(value.is_nan())).collect();
        let column = Column { name: name.into(), kind: Kind::Count, missing, cells: Cells::Number(values) };
        (column, ColumnSchema::declared(name, Kind::Count))
    }

    fn found(columns: &[(Column, ColumnSchema)]) -> Vec<(usize, Bound)> {
        let among: Vec<usize> = (0..columns.len()).collect();
        bounded(&columns.iter().map(|(c, s)| (c, s)).collect::<Vec<_>>(), &among)
    }

    #[test]
    fn a_number_that_often_equals_another_and_never_exceeds_it_is_bounded() {
        let stay: Vec<f64> = (0..500).map(|i| f64::from(i * 37 % 61 + 3)).collect();
        let event: Vec<f64> = stay
            .iter()
            .zip(0..)
            .map(|(stay, i)| if i % 50 == 0 { f64::NAN } else { stay - f64::from(i % 2 * (i * 7 % 43)) })
            .collect();
        let smaller = stay.iter().map(|stay| stay / 2.0 - 1.0).collect();
        let columns = [column("event", event), column("stay", stay), column("smaller", smaller)];
        assert_eq!(found(&columns), [(0, Bound { anchor: 1, side: Side::Below })]);
    }

    #[test]
    fn numbers_that_cross_or_are_seldom_equal_stand_alone() {
        let one: Vec<f64> = (0..500).map(|i| f64::from(i * 37 % 61)).collect();
        let crossing = one.iter().zip(0..).map(|(one, i)| one + f64::from(i % 5 - 2)).collect();
        let below = one.iter().zip(0..).map(|(one, i)| one - f64::from(i % 13)).collect();
        assert_eq!(found(&[column("one", one.clone()), column("crossing", crossing)]), []);
        assert_eq!(found(&[column("one", one), column("below", below)]), []);
    }

    #[test]
    fn a_drawn_anchor_keeps_a_number_that_is_known() {
        let below = Bound { anchor: 1, side: Side::Below };
        // A stay of 3 cannot hold an event on day 5: mirrored, it is 7 days long.
        assert_eq!((below.keep_anchor(3.0, 5.0), below.keep_anchor(9.0, 5.0)), (7.0, 9.0));
        assert_eq!(Bound { side: Side::Above, ..below }.keep_anchor(9.0, 5.0), 1.0);
    }

    #[test]
    fn drawn_values_keep_the_bound_and_its_equal_rows() {
        let stay: Vec<f64> = (0..500).map(|i| f64::from(i * 37 % 61 + 3)).collect();
        let event = stay.iter().zip(0..).map(|(stay, i)| stay - f64::from(i % 2 * (i * 7 % 43))).collect();
        let (columns, schemas) = [column("stay", stay), column("event", event)].into_iter().unzip();
        let train = Train::new(Table::new(columns).expect("columns of one length"), None);
        let schema = Schema { columns: schemas, subject: None, primary_key: None };
        let (codec, encoded) = Codec::fit(&train, &schema, &CodecSettings::default(), Seeded::new(3));
        // Tokens of one column beside those of other rows of the other: the worst engine there is.
        let mut shifted = encoded.columns().to_vec();
        shifted[1].tokens.rotate_left(1);
        shifted[1].ranks.rotate_left(1);
        let equal_to = Token::Equal(0);
        let domain = codec.domain();
        let says_equal: Vec<bool> = shifted[1]
            .tokens
            .iter()
            .map(|&token| domain.columns[1].tokens[token as usize] == equal_to)
            .collect();
        let drawn = Encoded::new(Arc::clone(domain), shifted, 500, None).expect("rows of a valid table");
        let table = codec.decode(&drawn, Seeded::new(4));
        let numbers = |name| table.column(name).and_then(Column::numbers).expect("a column of numbers");
        let pairs = || numbers("event").iter().zip(numbers("stay"));
        assert!(pairs().all(|(event, stay)| event <= stay));
        assert!(says_equal.iter().filter(|&&says| says).count() >= 250);
        assert!(pairs().zip(says_equal).all(|((event, stay), says)| !says || event == stay));

        let text = serde_json::to_string(&codec).expect("a codec can be written");
        assert!(serde_json::from_str::<Codec>(&text).is_ok());
        let broken = text.replace(r#""anchor":0"#, r#""anchor":1"#);
        assert!(serde_json::from_str::<Codec>(&broken).is_err(), "a column that bounds itself");
    }
}
