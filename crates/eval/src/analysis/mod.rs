//! Which regression would an analyst fit, and what does each table say in it?

mod agreement;
mod response;
mod terms;

pub(crate) use agreement::{Agreement, Pair, pairs};
pub(crate) use response::{Response, survival_of};

use crate::Trio;
use terms::Terms;
use verosim_data::Table;
use verosim_math::regress::{Estimate, Regression, Remedy, cox};

/// One model of one outcome, the same for every table: chosen on training rows alone.
pub(crate) struct Analysis {
    response: Response,
    terms: Terms,
}

/// What one table says.
pub(crate) struct Fitted {
    /// One per term; `None` where the table does not vary in it.
    pub(crate) estimates: Vec<Option<Estimate>>,
    pub(crate) remedy: Remedy,
    /// Rows without a missing cell.
    pub(crate) n: usize,
}

/// Rows of a table as a survival model takes them.
pub(crate) struct Followed {
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) times: Vec<f64>,
    pub(crate) events: Vec<bool>,
}

/// Covariates beside age and sex.
const MOST_COVARIATES: usize = 8;

impl Analysis {
    /// The default model of the outcome in `column`: linear, logistic or of counts on age, sex and what goes most
    /// strongly with the outcome. `None` when the outcome does not vary or nothing explains it.
    pub(crate) fn of(data: &Trio<'_>, column: usize) -> Option<Self> {
        let response = Response::of(data, column)?;
        Self::with(data, response)
    }

    /// The proportional-hazards model of the survival columns.
    pub(crate) fn survival(data: &Trio<'_>) -> Option<Self> {
        let (time, event) = data.survival?;
        Self::with(data, Response::survival(data, time, event)?)
    }

    fn with(data: &Trio<'_>, response: Response) -> Option<Self> {
        let (rows, values) = response.strength(data.train);
        let mut except = response.columns();
        except.extend(data.targets);
        except.extend(data.survival.iter().flat_map(|&(time, event)| [time, event]));
        let terms = Terms::choose(data, &except, &rows, &values, MOST_COVARIATES);
        (terms.len() > 0).then_some(Self { response, terms })
    }

    /// What is explained, in words.
    pub(crate) fn outcome(&self) -> &str {
        self.response.name()
    }

    /// What a coefficient is: `log odds ratio`.
    pub(crate) fn scale(&self) -> &'static str {
        self.response.scale()
    }

    /// Names of terms.
    pub(crate) fn terms(&self) -> impl Iterator<Item = &str> {
        self.terms.names()
    }

    /// Fits to some rows of a table; `None` when the model cannot be fitted at all.
    pub(crate) fn fit(&self, table: &Table, rows: &[usize]) -> Option<Fitted> {
        let rows: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&row| self.terms.is_complete(table, row) && self.response.is_known(table, row))
            .collect();
        let columns: Vec<Vec<f64>> = self.terms.design(table, &rows);
        let n = rows.len();
        if let Some((times, events)) = self.response.times(table, &rows) {
            let fit = cox(&columns, &times, &events).ok()?;
            return Some(Fitted { estimates: fit.estimates, remedy: fit.remedy, n });
        }
        let outcome = self.response.values(table, &rows);
        let regression =
            Regression { law: self.response.law()?, columns: &columns, outcome: &outcome, offset: None };
        let mut fit = regression.fit().ok()?;
        fit.estimates.remove(0);
        Some(Fitted { estimates: fit.estimates, remedy: fit.remedy, n })
    }

    /// The complete rows of a table; `None` for a model without times.
    pub(crate) fn followed(&self, table: &Table) -> Option<Followed> {
        let complete =
            |row: &usize| self.terms.is_complete(table, *row) && self.response.is_known(table, *row);
        let rows: Vec<usize> = (0..table.n_rows()).filter(complete).collect();
        let (times, events) = self.response.times(table, &rows)?;
        Some(Followed { columns: self.terms.design(table, &rows), times, events })
    }
}
