//! Which cells can stand in the rows that meet a condition?

use super::plan::Plan;
use super::{Codec, ColumnDomain, Domain, Encoded, Token};
use crate::Table;
use crate::constrain::Condition;
use crate::frame::{Cells, Column, NO_LEVEL};
use std::collections::BTreeMap;

/// What each column of a domain may hold in the rows that are asked for: all that meets the condition, and possibly more,
/// where it speaks of several columns at once or cuts through what one rank stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    columns: Vec<Option<Allowed>>,
}

/// The cells that one column may hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowed {
    /// Whether each token may stand.
    pub tokens: Vec<bool>,
    /// The first rank that may stand beside the `Continuous` token, and the end of those that may.
    pub ranks: (f32, f32),
}

impl Evidence {
    /// Evidence of one entry per column of the domain; `None` where nothing is known.
    #[must_use]
    pub fn new(columns: Vec<Option<Allowed>>) -> Self {
        Self { columns }
    }

    /// What the column may hold; `None` when anything.
    #[must_use]
    pub fn of(&self, column: usize) -> Option<&Allowed> {
        self.columns.get(column)?.as_ref()
    }

    /// Whether all cells of a row may stand.
    #[must_use]
    pub fn admits(&self, rows: &Encoded, row: usize) -> bool {
        let columns = self.columns.iter().zip(rows.columns()).zip(&rows.domain().columns);
        columns.into_iter().all(|((allowed, cells), domain)| {
            let rank = cells.ranks.get(row).copied().unwrap_or(0.0);
            let admits = |own: &Allowed| own.admits(cells.tokens[row], rank, domain.continuous());
            allowed.as_ref().is_none_or(admits)
        })
    }

    /// The same with what it implies for columns that are drawn before: a token that every allowed token of a later column
    /// excludes cannot stand. Columns drawn after follow from the pairs of the domain as they always do. `place` is the
    /// position of each column in the drawing order.
    #[must_use]
    pub fn closed(mut self, domain: &Domain, place: &[usize]) -> Self {
        // Allowed tokens of a column that exclude a token of another: (column, other, token of it).
        let mut excluding: BTreeMap<(u32, u32, u32), usize> = BTreeMap::new();
        for pair in &domain.exclusions {
            for (own, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
                let is_before = place[other.0 as usize] < place[own.0 as usize];
                if is_before && self.of(own.0 as usize).is_some_and(|allowed| allowed.tokens[own.1 as usize])
                {
                    *excluding.entry((own.0, other.0, other.1)).or_default() += 1;
                }
            }
        }
        for ((own, other, token), n) in excluding {
            let allowed =
                self.of(own as usize).map_or(0, |own| own.tokens.iter().filter(|may| **may).count());
            if n == allowed {
                let domain = &domain.columns[other as usize];
                let anything = || Allowed {
                    tokens: vec![true; domain.tokens.len()],
                    ranks: (0.0, domain.n_ranks as f32),
                };
                self.columns[other as usize].get_or_insert_with(anything).tokens[token as usize] = false;
            }
        }
        self
    }

    /// Whether nothing is known of any column.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.iter().all(Option::is_none)
    }
}

impl Allowed {
    /// Whether the cell may stand; `continuous` is the column's token of that kind.
    #[must_use]
    pub fn admits(&self, token: u32, rank: f32, continuous: Option<u32>) -> bool {
        self.tokens[token as usize]
            && (continuous != Some(token) || (self.ranks.0..self.ranks.1).contains(&rank))
    }

    /// Share of the cells with a token that may stand, where all ranks of the column are alike: 0 to 1.
    #[must_use]
    pub fn share(&self, token: usize, domain: &ColumnDomain) -> f64 {
        match (self.tokens[token], domain.continuous() == Some(token as u32)) {
            (false, _) => 0.0,
            (true, false) => 1.0,
            (true, true) => f64::from(self.ranks.1 - self.ranks.0).max(0.0) / domain.n_ranks.max(1) as f64,
        }
    }
}

impl Codec {
    /// What drawn tokens and ranks must be for rows that meet `condition`. Parts of it that are joined by `and` and speak of
    /// one column each count; other parts rule nothing out, nor does what is said of columns that are computed or
    /// measured from others.
    ///
    /// # Cost
    /// O(tokens and segments of the columns named).
    #[must_use]
    pub fn evidence(&self, condition: &Condition) -> Evidence {
        let mut columns: Vec<Option<Allowed>> = vec![None; self.domain.columns.len()];
        for part in condition.parts() {
            let names = part.columns();
            let Some(name) = names.first().filter(|_| names.len() == 1) else { continue };
            let Some(at) = self.schema.columns.iter().position(|column| column.name == **name) else {
                continue;
            };
            if let (Some(own), Some(allowed)) = (self.plans[at].domain(), self.allowed(at, &part)) {
                let all = columns[own].take();
                columns[own] = Some(all.map_or(allowed.clone(), |before| before.and(&allowed)));
            }
        }
        Evidence { columns }
    }

    /// What a condition on the column at `at` of the schema alone leaves of its cells.
    fn allowed(&self, at: usize, part: &Condition) -> Option<Allowed> {
        let schema = &self.schema.columns[at];
        let domain = &self.domain.columns[self.plans[at].domain()?];
        let n = domain.tokens.len();
        // Every token as a cell of one row; a number that follows from its rank is looked at apart.
        let missing: Vec<u8> = domain
            .tokens
            .iter()
            .map(|token| if let Token::Missing(marker) = token { marker + 1 } else { 0 })
            .collect();
        let (cells, ranks) = match &self.plans[at] {
            Plan::Number { codec, .. } => (numbers(&domain.tokens), codec.ranks_within(part.reach())),
            Plan::Cut { codec, .. } => (numbers(&domain.tokens), codec.ranks_within(part.reach())),
            Plan::Level { codec, .. } => {
                let code = |token: &Token| if let Token::Level(level) = token { *level } else { NO_LEVEL };
                let codes = domain.tokens.iter().map(code).collect();
                (Cells::Level { codes, levels: codec.levels.clone() }, None)
            }
            Plan::Offset { .. }
            | Plan::Bounded { .. }
            | Plan::Derived { .. }
            | Plan::Computed { .. }
            | Plan::Given
            | Plan::Surrogate { .. }
            | Plan::Anywhere { .. } => return None,
        };
        let table =
            Table::new(vec![Column { name: schema.name.clone(), kind: schema.kind, missing, cells }])?;
        let mut tokens = part.mask(&table);
        if let Some(token) = domain.continuous() {
            tokens[token as usize] = ranks.is_some();
        }
        debug_assert_eq!(tokens.len(), n, "one row per token");
        Some(Allowed { tokens, ranks: ranks.unwrap_or_default() })
    }
}

impl Allowed {
    fn and(&self, other: &Self) -> Self {
        Self {
            tokens: self.tokens.iter().zip(&other.tokens).map(|(a, b)| *a && *b).collect(),
            ranks: (self.ranks.0.max(other.ranks.0), self.ranks.1.min(other.ranks.1)),
        }
    }
}

/// The values of tokens that have one.
fn numbers(tokens: &[Token]) -> Cells {
    let value = |token: &Token| if let Token::Value(value) = token { *value } else { f64::NAN };
    Cells::Number(tokens.iter().map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Train;
    use crate::encode::CodecSettings;
    use crate::frame::parse;
    use crate::infer::{InferOptions, infer};
    use verosim_core::Seeded;

    /// Whatever is drawn and then meets the condition was admitted; and evidence says nearly as much as the condition.
    #[test]
    fn no_row_that_meets_a_condition_is_ruled_out() {
        let n = 2_000;
        let raw = crate::world::clinic(n, Seeded::new(3));
        let schema = infer(&raw, &InferOptions::default());
        let table = parse(&raw, &schema).unwrap();
        let (codec, rows) =
            Codec::fit(&Train::new(table.clone(), None), &schema, &CodecSettings::default(), Seeded::new(1));
        let decoded: Vec<Table> = (0..4).map(|seed| codec.decode(&rows, Seeded::new(seed))).collect();
        for (text, slack) in [
            ("age >= 80", 1.3),
            ("age = 63", 1.1),
            ("sex = F and age < 30", 1.3),
            ("ldl is missing", 1.0),
            ("ldl is not missing and (ldl < 80 or ldl > 200)", 30.0),
            ("weight_kg > 120", 3.0),
            ("not weight_kg <= 120", f64::INFINITY),
            ("ldl > 150 and ldl <= 160", 3.0),
            ("sex in (F) and insurance != private", 1.0),
            ("dbp < sbp", f64::INFINITY),
        ] {
            let condition = Condition::parse(text, &schema, &table).unwrap();
            let evidence = codec.evidence(&condition);
            let by_evidence: Vec<bool> = (0..n).map(|row| evidence.admits(&rows, row)).collect();
            let mut met_by = 0;
            for table in &decoded {
                for (row, met) in condition.mask(table).into_iter().enumerate() {
                    assert!(!met || by_evidence[row], "`{text}`: row {row} meets it and is ruled out");
                    met_by += usize::from(met);
                }
            }
            let (left, met) = (by_evidence.iter().filter(|own| **own).count() as f64, met_by as f64 / 4.0);
            assert!(left <= slack * met + 25.0, "`{text}`: {left} of {n} rows are left, {met} meet it");
        }
        let evidence = |text| codec.evidence(&Condition::parse(text, &schema, &table).unwrap());
        assert!(evidence("dbp < sbp").is_empty(), "a comparison of two columns says nothing of either");
        // Nobody who is pregnant is a man, so that a sex drawn before can be one only; drawn after, it follows by itself.
        let domain = codec.domain();
        let sex = domain.columns.iter().position(|column| column.name == "sex").unwrap();
        let mut order: Vec<usize> = (0..domain.columns.len()).collect();
        let allowed = |order: &[usize]| {
            let closed = evidence("pregnant = yes").closed(domain, order);
            closed.of(sex).map(|sex| sex.tokens.iter().filter(|may| **may).count())
        };
        order[sex] = 0;
        assert_eq!(allowed(&order), Some(1));
        order[sex] = 1_000;
        assert_eq!(allowed(&order), None);
    }
}
