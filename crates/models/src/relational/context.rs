//! What does a row know of the rows around it, as columns that trees can look at?

use super::keys::NONE;
use super::store::{Seat, Store};
use crate::lives::clock::month;
use serde::{Deserialize, Serialize};
use verosim_data::{ColumnDomain, EncodedColumn, Token};
use verosim_timeline::event::STATIC;
use verosim_timeline::event::instant::years_between;

/// Stretches of a gauge, at most.
const STRETCHES: usize = 32;
/// Nodes beside it that a row looks at: those that were drawn last.
const BESIDE: usize = 6;

/// A number about the place of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Gauge {
    /// Which of the parent's rows.
    Place,
    /// How many follow.
    Left,
    /// How many the person had before, of any parent.
    Had,
    /// Age in years.
    Age,
    /// Years until death; missing for those who live.
    Rest,
    Year,
    Month,
}

const GAUGES: [Gauge; 7] =
    [Gauge::Place, Gauge::Left, Gauge::Had, Gauge::Age, Gauge::Rest, Gauge::Year, Gauge::Month];

impl Gauge {
    fn of(self, seat: &Seat) -> f64 {
        let years = |from: i64, to: i64| {
            if from == STATIC || to == STATIC { f64::NAN } else { years_between(from, to) }
        };
        match self {
            Self::Place => f64::from(seat.place),
            Self::Left => f64::from(seat.left),
            Self::Had => f64::from(seat.nth),
            Self::Age => years(seat.birth, seat.from),
            Self::Rest => years(seat.from, seat.death),
            Self::Year => years_between(0, seat.from),
            Self::Month => month(seat.from) as f64,
        }
    }
}

/// A column that a row is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Given {
    /// A column of the row so many levels up: 1 is the parent.
    Above { up: usize, column: usize },
    /// A column of the row of the same node that the person had last.
    Before { column: usize },
    /// A column of the last row of another node that hangs on the same parent.
    Beside { node: usize, column: usize },
    /// A number, by stretches that begin at these cuts.
    Gauge { of: Gauge, cuts: Vec<f64> },
}

/// A node as its neighbours see it.
pub(super) struct Neighbour<'a> {
    pub(super) parent: usize,
    /// Domains of its own columns.
    pub(super) domains: &'a [ColumnDomain],
}

/// The nodes above a node, the parent first, persons last.
pub(super) fn above(parent_of: &dyn Fn(usize) -> usize, node: usize) -> Vec<usize> {
    let mut above = Vec::new();
    let mut at = node;
    while at > 0 {
        at = parent_of(at);
        above.push(at);
    }
    above
}

/// Everything that rows of `node` can be given; `own` are the domains of its columns, `seats` rows to learn from.
pub(super) fn givens(
    nodes: &[Neighbour<'_>],
    parent: usize,
    own: &[ColumnDomain],
    seats: &[Seat],
) -> Vec<Given> {
    let mut givens = Vec::new();
    let chain = std::iter::once(parent).chain(above(&|node| nodes[node].parent, parent));
    for (up, at) in chain.enumerate() {
        let columns = 0..nodes[at].domains.len();
        givens.extend(columns.map(|column| Given::Above { up: up + 1, column }));
    }
    givens.extend((0..own.len()).map(|column| Given::Before { column }));
    let beside = (1..nodes.len()).rev().filter(|&node| nodes[node].parent == parent).filter_map(|node| {
        let column = nodes[node].domains.iter().position(|domain| domain.name == "code")?;
        Some(Given::Beside { node, column })
    });
    givens.extend(beside.take(BESIDE));
    givens.extend(GAUGES.map(|of| {
        let mut values: Vec<f64> = seats.iter().map(|seat| of.of(seat)).filter(|x| x.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let at = |part: usize| values[part * (values.len() - 1) / STRETCHES];
        // Three figures: an exact age or day would be somebody's.
        let mut cuts: Vec<f64> =
            if values.is_empty() { Vec::new() } else { (1..STRETCHES).map(at).map(rounded).collect() };
        cuts.dedup();
        Given::Gauge { of, cuts }
    }));
    givens
}

impl Given {
    /// What values the column can take; `None` when it names what is not there.
    pub(super) fn domain(
        &self,
        nodes: &[Neighbour<'_>],
        parent: usize,
        own: &[ColumnDomain],
    ) -> Option<ColumnDomain> {
        match self {
            Self::Above { up, column } => {
                let chain = std::iter::once(parent).chain(above(&|node| nodes[node].parent, parent));
                let at = chain.take(*up).last().filter(|_| *up > 0)?;
                Some(known(nodes[at].domains.get(*column)?, &format!("above {up}"), false))
            }
            Self::Before { column } => Some(known(own.get(*column)?, "before", true)),
            Self::Beside { node, column } => {
                let beside = nodes.get(*node).filter(|beside| *node > 0 && beside.parent == parent)?;
                Some(known(beside.domains.get(*column)?, &format!("beside {node}"), true))
            }
            Self::Gauge { of, cuts } => {
                let is_sound = cuts.windows(2).all(|pair| pair[0] < pair[1]) && cuts.len() < STRETCHES;
                let values = (0..=cuts.len()).map(|stretch| Token::Value(stretch as f64));
                let tokens: Vec<Token> = values.chain([Token::Missing(0)]).collect();
                is_sound.then(|| ColumnDomain {
                    name: format!("gauge {of:?}"),
                    token_rank: vec![f32::NAN; tokens.len()],
                    tokens,
                    ordered: true,
                    n_ranks: 0,
                    parents: Vec::new(),
                    stage: 0,
                })
            }
        }
    }

    /// The cells of the column for rows at `seats`. `above` are the stores of the parent and of its parents, `own` that of
    /// the rows before, `all` those of all nodes.
    pub(super) fn cells(
        &self,
        seats: &[Seat],
        above: &[&Store],
        own: &Store,
        all: &[&Store],
        domain: &ColumnDomain,
    ) -> EncodedColumn {
        let none = domain.tokens.len() as u32 - 1;
        let has_ranks = domain.continuous().is_some();
        let mut cells = EncodedColumn::default();
        let mut put = |token: u32, rank: f32| {
            cells.tokens.push(token);
            if has_ranks {
                cells.ranks.push(rank);
            }
        };
        let mut copy = |from: &EncodedColumn, row: u32| match row {
            NONE => put(none, 0.0),
            row => put(from.tokens[row as usize], from.ranks.get(row as usize).copied().unwrap_or(0.0)),
        };
        match self {
            Self::Above { up, column } => {
                for seat in seats {
                    let lower = &above[..up - 1];
                    let row = lower.iter().fold(seat.parent, |row, store| store.parent[row as usize]);
                    copy(&above[up - 1].own[*column], row);
                }
            }
            Self::Before { column } => seats.iter().for_each(|seat| copy(&own.own[*column], seat.before)),
            Self::Beside { node, column } => {
                let beside = all[*node];
                seats.iter().for_each(|seat| {
                    copy(&beside.own[*column], beside.last_of[seat.parent as usize]);
                });
            }
            Self::Gauge { of, cuts } => {
                for seat in seats {
                    let value = of.of(seat);
                    let stretch = cuts.partition_point(|&cut| cut <= value) as u32;
                    put(if value.is_nan() { none } else { stretch }, 0.0);
                }
            }
        }
        cells
    }
}

/// A number to three figures.
fn rounded(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powi(value.abs().log10().floor() as i32 - 2);
    // By the larger of unit and its inverse, which is whole: thirds of a unit would not compare.
    if unit < 1.0 {
        (value * (1.0 / unit).round()).round() / (1.0 / unit).round()
    } else {
        (value / unit).round() * unit
    }
}

/// A column as others see it: what equals another column is a kind of missing there, and so is no row at all.
fn known(domain: &ColumnDomain, whose: &str, may_lack: bool) -> ColumnDomain {
    let mut known = domain.clone();
    known.name = format!("{whose} {}", domain.name);
    for token in &mut known.tokens {
        if matches!(token, Token::Equal(_)) {
            *token = Token::Missing(u8::MAX - 1);
        }
    }
    if may_lack {
        known.tokens.push(Token::Missing(u8::MAX));
        known.token_rank.push(f32::NAN);
        if !known.parents.is_empty() {
            known.parents.push(0);
        }
    }
    known
}
