//! Which groups of people are there, and who belongs to them?

use crate::{MetricError, NotApplicable, Trio};
use verosim_data::Table;
use verosim_data::constrain::clinical::{Clinical, Given, protected_columns};
use verosim_data::frame::Cells;
use verosim_math::stats::quantile_sorted;

/// A group of people and its rows in each table.
#[derive(Clone)]
pub(crate) struct Group {
    /// Column that makes the group, or the two that make it together.
    pub(crate) columns: Vec<usize>,
    /// Its name: `sex`, `sex × age`.
    pub(crate) attribute: String,
    /// Level or band: `F`, `F × under 40`.
    pub(crate) label: String,
    pub(crate) train: Vec<usize>,
    pub(crate) holdout: Vec<usize>,
    pub(crate) synthetic: Vec<usize>,
}

/// The groups that are large enough to be told of.
pub(crate) struct Groups {
    /// Groups of the first column first, each column's by level or from low to high; then those of pairs of columns.
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
/// Pairs of columns whose groups are crossed, and crossed groups of one pair.
const MOST_PAIRS: usize = 3;
const MOST_CROSSED: usize = 60;
/// Holdout people below which their number is not told, nor what it could be reckoned from.
const LEAST_COUNT: usize = 11;
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
/// of training and holdout rows. Groups of two columns are crossed, of the first three pairs of columns.
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
    let least = data.group_size.unwrap_or(LEAST_HOLDOUT);
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
            if holdout.len() >= least && train.len() >= LEAST_TRAIN {
                let (columns, attribute) = (vec![column], attribute.clone());
                groups.told.push(Group { columns, attribute, label, train, holdout, synthetic });
            } else if !holdout.is_empty() || !train.is_empty() {
                groups.suppressed += 1;
            }
        }
    }
    if groups.told.is_empty() {
        let found = 0;
        return Err(MetricError::TooFew { unit: "holdout people of a group", needed: least, found });
    }
    cross(&mut groups);
    Ok(groups)
}

/// Adds the groups that two columns make together.
fn cross(groups: &mut Groups) {
    let mut attributes: Vec<Vec<Group>> = Vec::new();
    for group in &groups.told {
        match attributes.last_mut().filter(|own| own[0].columns == group.columns) {
            Some(own) => own.push(group.clone()),
            None => attributes.push(vec![group.clone()]),
        }
    }
    let pairs = attributes
        .iter()
        .enumerate()
        .flat_map(|(at, first)| attributes[at + 1..].iter().map(move |second| (first, second)))
        .filter(|(a, b)| a.len() > 1 && b.len() > 1 && a.len() * b.len() <= MOST_CROSSED);
    for (first, second) in pairs.take(MOST_PAIRS) {
        let crossed: Vec<Vec<Group>> =
            first.iter().map(|a| second.iter().map(|b| both(a, b)).collect()).collect();
        let told = told(&crossed);
        for (group, is_told) in crossed.into_iter().flatten().zip(told.into_iter().flatten()) {
            if is_told {
                groups.told.push(group);
            } else if !group.holdout.is_empty() || !group.train.is_empty() {
                groups.suppressed += 1;
            }
        }
    }
}

/// The people who are in both of two groups.
fn both(first: &Group, second: &Group) -> Group {
    let common = |a: &[usize], b: &[usize]| -> Vec<usize> {
        a.iter().copied().filter(|row| b.binary_search(row).is_ok()).collect()
    };
    Group {
        columns: [&first.columns[..], &second.columns].concat(),
        attribute: format!("{} × {}", first.attribute, second.attribute),
        label: format!("{} × {}", first.label, second.label),
        train: common(&first.train, &second.train),
        holdout: common(&first.holdout, &second.holdout),
        synthetic: common(&first.synthetic, &second.synthetic),
    }
}

/// Which crossed groups are told of: the large ones, but for those that would give the number of a few people away as
/// what is left of the group that they are in.
fn told(crossed: &[Vec<Group>]) -> Vec<Vec<bool>> {
    let (n_rows, n_columns) = (crossed.len(), crossed.first().map_or(0, Vec::len));
    let size = |(a, b): Place| crossed[a][b].holdout.len();
    let is_large = |group: &Group| group.holdout.len() >= LEAST_HOLDOUT && group.train.len() >= LEAST_TRAIN;
    let mut told: Vec<Vec<bool>> =
        crossed.iter().map(|groups| groups.iter().map(is_large).collect()).collect();
    let lines: Vec<Vec<Place>> = (0..n_rows)
        .map(|a| (0..n_columns).map(|b| (a, b)).collect())
        .chain((0..n_columns).map(|b| (0..n_rows).map(|a| (a, b)).collect()))
        .collect();
    // Each turn hides one more group, so that this ends.
    while let Some((a, b)) = left_over(&lines, &told, &size).or_else(|| reckoned(&told, &size)) {
        told[a][b] = false;
    }
    told
}

/// Place of a crossed group: that of its first group, and of its second.
type Place = (usize, usize);

/// The smallest group that is told of in a line of which all others together are a few people.
fn left_over(lines: &[Vec<Place>], told: &[Vec<bool>], size: &impl Fn(Place) -> usize) -> Option<Place> {
    lines.iter().find_map(|line| {
        let (shown, hidden): (Vec<Place>, Vec<Place>) = line.iter().partition(|(a, b)| told[*a][*b]);
        let n: usize = hidden.into_iter().map(size).sum();
        shown.into_iter().min_by_key(|&place| size(place)).filter(|_| n > 0 && n < LEAST_COUNT)
    })
}

/// A group that must not be told of because a few people could be reckoned from it: their number is safe where two lines
/// each way cross in groups that are all hidden, so that one may have more and the next fewer.
fn reckoned(told: &[Vec<bool>], size: &impl Fn(Place) -> usize) -> Option<Place> {
    let places = |skip: Place| {
        let rows = (0..told.len()).filter(move |&a| a != skip.0);
        rows.flat_map(move |a| (0..told[a].len()).filter(move |&b| b != skip.1).map(move |b| (a, b)))
    };
    let mut few =
        places((usize::MAX, usize::MAX)).filter(|&place| size(place) > 0 && size(place) < LEAST_COUNT);
    few.find_map(|(a, b)| {
        let shown = |(c, d): Place| -> Vec<Place> {
            [(a, d), (c, b), (c, d)].into_iter().filter(|(a, b)| told[*a][*b]).collect()
        };
        let people = |places: &[Place]| places.iter().map(|&place| size(place)).sum::<usize>();
        let cheapest = places((a, b)).map(shown).min_by_key(|places| people(places))?;
        cheapest.first().copied()
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::Three;

    /// People of two columns, as many as `counts` says of each pair of levels.
    fn people(counts: [[usize; 2]; 2]) -> Vec<[String; 2]> {
        let cells = counts
            .iter()
            .enumerate()
            .flat_map(|(a, row)| row.iter().enumerate().map(move |(b, n)| (a, b, *n)));
        cells
            .flat_map(|(a, b, n)| std::iter::repeat_n([["F", "M"][a].into(), ["x", "y"][b].into()], n))
            .collect()
    }

    fn crossed(counts: [[usize; 2]; 2]) -> (Vec<String>, usize) {
        let rows = people(counts);
        let three = Three::new(&["sex", "race"], [&rows, &rows, &rows]);
        let found = groups(&Trio { groups: &[0, 1], ..three.trio() }).unwrap();
        let crossed = found.told.iter().filter(|group| group.columns.len() == 2);
        (crossed.map(Group::name).collect(), found.suppressed)
    }

    #[test]
    fn large_groups_are_crossed_and_small_ones_counted() {
        let (names, suppressed) = crossed([[60, 70], [80, 49]]);
        assert_eq!(names, ["sex × race: F × x", "sex × race: F × y", "sex × race: M × x"]);
        assert_eq!(suppressed, 1, "49 people");
    }

    #[test]
    fn what_is_left_of_a_group_gives_no_number_of_a_few_away() {
        // Of 68 who are y, 60 are women: the 8 others could be reckoned; so they could from any of the four.
        assert_eq!(crossed([[70, 60], [80, 8]]), (Vec::new(), 4));
        assert_eq!(crossed([[70, 60], [80, 0]]).0.len(), 3, "nobody is given away by 0");
    }
}
