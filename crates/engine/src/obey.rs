//! How are as many rows had as were asked for, none of which breaks a rule?

use crate::error::EngineError;
use crate::load::Source;
use crate::recipe::Recipe;
use verosim_core::Schema;
use verosim_data::Table;
use verosim_data::constrain::Rules;
use verosim_data::constrain::clinical::{Clinical, Given, in_columns};
use verosim_eval::card::Ruled;
use verosim_llm::accept::{Reason, Tally};

/// Rounds of drawing what the rules refused in the last ones.
const MOST_ROUNDS: u64 = 12;
/// Most rows of a round, per row asked, and least.
const MOST_PER_ROW: usize = 8;
const LEAST_POOL: usize = 1_024;

/// The rules of a recipe, checked against the columns of its table. Under a formal promise no row is looked at to find out
/// what the columns of clinical rules hold.
///
/// # Errors
/// [`RuleError`](verosim_data::constrain::RuleError) with the id of the rule, [`GivenError`](verosim_data::constrain::clinical::GivenError).
pub fn rules(recipe: &Recipe, source: &Source) -> Result<Rules, EngineError> {
    let unseen = recipe.epsilon.map(|_| source.table.take(&[]));
    check_rules(recipe, &source.schema, &source.table, unseen.as_ref())
}

/// The rules of a recipe, checked against columns; `sample` is a table of them whose levels are known, `seen` one by whose
/// rows the columns of clinical rules are found, when it is another.
///
/// # Errors
/// As [`rules`].
pub fn check_rules(
    recipe: &Recipe,
    schema: &Schema,
    sample: &Table,
    seen: Option<&Table>,
) -> Result<Rules, EngineError> {
    if !recipe.has_rules() {
        return Ok(Rules::default());
    }
    let clinical = Clinical::bind(schema, seen.unwrap_or(sample), &Given::from_toml(&recipe.concepts)?);
    let spoken = in_columns(&recipe.rules, schema, &clinical.bindings);
    let mut texts = spoken.map_err(|(rule, why)| EngineError::Unspoken { rule, why })?;
    if recipe.clinical {
        texts.extend(clinical.to_keep());
    }
    Ok(Rules::check(&texts, schema, sample)?)
}

/// Rows held against rules, and the account of those refused. The same for all engines: whatever draws, draws again.
pub struct Obedience<'a> {
    rules: &'a Rules,
    account: Ruled,
    /// Rows asked for and had in the last [`fill`](Self::fill).
    last: (usize, usize),
}

impl<'a> Obedience<'a> {
    /// Nothing was drawn yet.
    #[must_use]
    pub fn new(rules: &'a Rules) -> Self {
        let refused = rules.iter().map(|rule| (rule.text.id.clone(), 0)).collect();
        Self { rules, account: Ruled { refused, ..Ruled::default() }, last: (0, 0) }
    }

    /// Draws, refuses and draws again until `n` rows are had, a draw brings fewer than it was asked for, or it is clear
    /// that the rounds left cannot bring them: the rows, and whether they are all. `draw(rows, round)` gives a table and
    /// whether it is whole. Without rules, one draw.
    ///
    /// # Errors
    /// Those of drawing.
    pub fn fill(
        &mut self,
        n: usize,
        mut draw: impl FnMut(usize, u64) -> Result<(Table, bool), EngineError>,
    ) -> Result<(Table, bool), EngineError> {
        if self.rules.is_empty() {
            return draw(n, 0);
        }
        let most = n.saturating_mul(MOST_PER_ROW).max(LEAST_POOL);
        let mut kept: Option<Table> = None;
        let (mut had, mut pool) = (0, 0);
        for round in 0..MOST_ROUNDS {
            let missing = n - had;
            let share = (had as f64 + 1.0) / (pool as f64 + 1.0);
            let size = if round == 0 { n } else { (1.1 * missing as f64 / share) as usize + 4 };
            let (table, whole) = draw(size.min(most), round)?;
            let (rows, looked_at) = self.look(&table, missing);
            pool += looked_at;
            had += rows.len();
            let part = table.take(&rows);
            kept = Some(match kept {
                None => part,
                Some(before) => before.append(&part).expect("draws of one model have the same columns"),
            });
            self.account.rounds += 1;
            // Three more than were had bound the expected number from above at 95 % when none was had.
            let left = (MOST_ROUNDS - 1 - round) as f64 * most as f64;
            let hopeless = (had as f64 + 3.0) / pool.max(1) as f64 * left < (n - had) as f64;
            if had >= n || !whole || (pool >= LEAST_POOL && hopeless) {
                break;
            }
        }
        self.last = (n, had);
        Ok((kept.unwrap_or_default(), had >= n))
    }

    /// The first rows without fault, at most `wanted`, and how many rows had to be looked at.
    fn look(&mut self, table: &Table, wanted: usize) -> (Vec<usize>, usize) {
        let broken = self.rules.broken(table);
        let is_free = |row: &usize| !broken.iter().any(|broken| broken.rows[*row]);
        let rows: Vec<usize> = (0..table.n_rows()).filter(is_free).take(wanted).collect();
        // Rows behind the last one needed are neither kept nor refused.
        let looked_at =
            if rows.len() == wanted { rows.last().map_or(0, |row| row + 1) } else { table.n_rows() };
        self.account.pool += looked_at as u64;
        self.account.kept += rows.len() as u64;
        for (rule, broken) in self.rules.iter().zip(&broken) {
            let refused = broken.rows[..looked_at].iter().filter(|broken| **broken).count();
            *self.account.refused.entry(rule.text.id.clone()).or_default() += refused as u64;
        }
        (rows, looked_at)
    }

    /// The account, when there are rules.
    #[must_use]
    pub fn account(&self) -> Option<&Ruled> {
        (!self.rules.is_empty()).then_some(&self.account)
    }

    /// The account of all refusals, those of records in a language model's replies among them.
    #[must_use]
    pub fn account_with(&self, tally: &Tally) -> Option<Ruled> {
        let mut account = self.account()?.clone();
        account.pool += tally.rejected.get(&Reason::Rule).copied().unwrap_or(0);
        for (rule, n) in &tally.rules {
            *account.refused.entry(rule.clone()).or_default() += n;
        }
        Some(account)
    }

    /// Why the last rows are too few, when the rules are the reason.
    #[must_use]
    pub fn shortfall(&self) -> Option<EngineError> {
        let (asked, had) = self.last;
        (had < asked).then(|| ruled_out(asked, had, &self.account, None))
    }
}

/// Too few rows were had because of rules.
pub(crate) fn ruled_out(asked: usize, had: usize, account: &Ruled, kept: Option<String>) -> EngineError {
    let worst = account.refused.iter().max_by_key(|(id, n)| (**n, std::cmp::Reverse(*id)));
    let (rule, refused) = worst.map_or((String::new(), 0), |(id, n)| (id.clone(), *n));
    EngineError::RuledOut { asked, had, pool: account.pool, rule, refused, kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::{ColumnSchema, Kind, Schema};
    use verosim_data::constrain::{RuleText, Severity};
    use verosim_data::{Cells, Column};

    fn numbers(values: Vec<f64>) -> Table {
        let missing = vec![0; values.len()];
        let cells = Cells::Number(values);
        Table::new(vec![Column { name: "x".into(), kind: Kind::Count, missing, cells }]).unwrap()
    }

    fn never(condition: &str) -> Rules {
        let schema = Schema { columns: vec![ColumnSchema::declared("x", Kind::Count)], ..Schema::default() };
        let text = RuleText {
            id: "r".into(),
            severity: Severity::Impossible,
            words: "w".into(),
            source: None,
            never: Some(condition.into()),
            when: None,
            then: None,
        };
        Rules::check(&[text], &schema, &numbers(Vec::new())).unwrap()
    }

    #[test]
    fn exactly_as_many_rows_are_had_and_every_refusal_is_counted() {
        let rules = never("x >= 1");
        let mut obedience = Obedience::new(&rules);
        // Every fourth row is free of fault.
        let draw = |rows: usize, _| Ok((numbers((0..rows).map(|row| (row % 4) as f64).collect()), true));
        let (table, whole) = obedience.fill(100, draw).unwrap();
        assert!(whole && table.n_rows() == 100 && obedience.shortfall().is_none());
        let account = obedience.account().unwrap();
        assert_eq!(account.kept, 100);
        assert_eq!(account.pool, account.kept + account.refused["r"]);
    }

    #[test]
    fn what_cannot_be_had_ends_early_and_names_the_rule() {
        let rules = never("x >= 0");
        let mut obedience = Obedience::new(&rules);
        let draw = |rows: usize, _| Ok((numbers(vec![1.0; rows]), true));
        let (table, whole) = obedience.fill(500, draw).unwrap();
        assert!(!whole && table.n_rows() == 0);
        assert!(obedience.account().unwrap().rounds < 4, "{:?}", obedience.account());
        let words = obedience.shortfall().unwrap().to_string();
        assert!(words.starts_with("0 of 500 rows keep the rules: rule `r` refused "), "{words}");
    }
}
