//! Which groups of people are there, and who belongs to them?

use crate::{MetricError, NotApplicable, Trio};
use verosim_data::Table;
use verosim_data::constrain::clinical::{Clinical, Given, protected_columns};
use verosim_data::frame::Cells;
use verosim_math::stats::quantile_sorted;

/// A group of people and its rows in each table.
pub(crate) struct Group {
    /// Column that makes the group.
    pub(crate) column: usize,
    /// Its name.
    pub(crate) attribute: String,
    /// Level or band.
    pub(crate) label: String,
    pub(crate) train: Vec<usize>,
    pub(crate) holdout: Vec<usize>,
    pub(crate) synthetic: Vec<usize>,
}

/// The groups that are large enough to be told of.
pub(crate) struct Groups {
    /// Groups of the first column first, each column's by level or from low to high.
    pub(crate) told: Vec<Group>,
    /// Groups that are not told of.
    pub(crate) suppressed: usize,
}

/// Holdout people below which nothing is told of a group, and training people.
const LEAST_HOLDOUT: usize = 50;
const LEAST_TRAIN: usize = 11;
/// Bands of age in years.
const AGES: [f64; 2] = [40.0, 65.0];
const AGE_LABELS: [&str; 3] = ["under 40", "40 to 64", "65 and over"];
const THIRDS: [&str; 3] = ["low third", "middle third", "high third"];
/// The part that counts groups that are not told of.
pub(crate) const SUPPRESSED: &str = "groups too small to tell of";

impl Group {
    /// `sex: F`.
    pub(crate) fn name(&self) -> String {
        format!("{}: {}", self.attribute, self.label)
    }
}

/// The groups that the columns named for it make, or those that the dictionary of concepts calls protected: sex, age,
/// ethnic group, insurance, language, deprivation. Numbers are cut into bands: age at 40 and 65 years, others into thirds
/// of training and holdout rows.
pub(crate) fn groups(data: &Trio<'_>) -> Result<Groups, MetricError> {
    let nothing = Given::default();
    let given = data.concepts.unwrap_or(&nothing);
    let columns = if data.groups.is_empty() {
        protected_columns(data.schema, data.train, given)
    } else {
        data.groups.to_vec()
    };
    let reason = "no column makes groups of people (sex, age, ethnic group): name one with `--group COLUMN`";
    if columns.is_empty() {
        return Err(NotApplicable { reason: reason.into() }.into());
    }
    let bindings = Clinical::bind(data.schema, data.train, given).bindings;
    let ages: Vec<&String> = bindings
        .iter()
        .filter(|binding| binding.concept == "age")
        .flat_map(|binding| &binding.columns)
        .collect();
    let mut groups = Groups { told: Vec::new(), suppressed: 0 };
    for column in columns.into_iter().filter(|&at| at < data.schema.columns.len()) {
        let attribute = &data.schema.columns[column].name;
        let (labels, edges) = match &data.holdout.columns()[column].cells {
            Cells::Level { levels, .. } => (levels.clone(), None),
            Cells::Number(_) if ages.contains(&attribute) => {
                (AGE_LABELS.map(str::to_owned).to_vec(), Some(AGES))
            }
            Cells::Number(_) => (THIRDS.map(str::to_owned).to_vec(), thirds(data, column)),
        };
        let [train, holdout, synthetic] = [data.train, data.holdout, data.synthetic]
            .map(|table| members(table, column, edges, labels.len()));
        let members = labels.into_iter().zip(train).zip(holdout.into_iter().zip(synthetic));
        for ((label, train), (holdout, synthetic)) in members {
            if holdout.len() >= LEAST_HOLDOUT && train.len() >= LEAST_TRAIN {
                let attribute = attribute.clone();
                groups.told.push(Group { column, attribute, label, train, holdout, synthetic });
            } else if !holdout.is_empty() || !train.is_empty() {
                groups.suppressed += 1;
            }
        }
    }
    if groups.told.is_empty() {
        let found = 0;
        return Err(MetricError::TooFew { unit: "holdout people of a group", needed: LEAST_HOLDOUT, found });
    }
    Ok(groups)
}

fn thirds(data: &Trio<'_>, column: usize) -> Option<[f64; 2]> {
    let both = [data.train, data.holdout].into_iter().filter_map(|table| table.columns()[column].numbers());
    let mut cells: Vec<f64> = both.flatten().copied().filter(|cell| cell.is_finite()).collect();
    cells.sort_by(f64::total_cmp);
    Some([quantile_sorted(&cells, 1.0 / 3.0)?, quantile_sorted(&cells, 2.0 / 3.0)?])
}

/// The rows of each of `n` groups; rows without the cell are in none.
fn members(table: &Table, column: usize, edges: Option<[f64; 2]>, n: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); n];
    let mut push = |at: usize, row: usize| {
        if let Some(group) = members.get_mut(at) {
            group.push(row);
        }
    };
    match &table.columns()[column].cells {
        Cells::Number(cells) => {
            for (row, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.is_finite()) {
                if let Some(edges) = edges {
                    push(edges.iter().filter(|edge| *cell >= **edge).count(), row);
                }
            }
        }
        Cells::Level { codes, .. } => {
            codes.iter().enumerate().for_each(|(row, &code)| push(code as usize, row));
        }
    }
    members
}

/// The difference between the best and the worst group of each column that has two or more.
pub(crate) fn gaps(values: &[(&Group, f64)]) -> Vec<(String, f64)> {
    let mut columns: Vec<(&str, Vec<f64>)> = Vec::new();
    for (group, value) in values {
        match columns.iter_mut().find(|(name, _)| *name == group.attribute) {
            Some((_, known)) => known.push(*value),
            None => columns.push((&group.attribute, vec![*value])),
        }
    }
    let several = columns.into_iter().filter(|(_, values)| values.len() > 1);
    several
        .map(|(name, values)| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (name.to_owned(), high - low)
        })
        .collect()
}
