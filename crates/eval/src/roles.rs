//! Which columns may an attacker know of a person, and which are worth knowing?

use crate::Trio;
use crate::card::{ChosenBy, RolesTaken};
use crate::coded::counts;
use crate::metric::NotApplicable;
use verosim_core::Kind;
use verosim_data::frame::{Cells, Column};

/// The columns by role, by position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roles {
    /// Quasi-identifiers: what neighbours, registers and newspapers know. The first are the most telling.
    pub(crate) keys: Vec<usize>,
    /// What should not become known.
    pub(crate) sensitive: Vec<usize>,
    keys_by: ChosenBy,
    sensitive_by: ChosenBy,
}

/// Keys that are taken when nobody named any.
const MOST_KEYS: usize = 6;
/// Sensitive columns that are taken when nobody named any.
const MOST_SENSITIVE: usize = 4;
/// Levels of a sensitive column that is taken when nobody named any.
const MOST_LEVELS: usize = 30;

/// Words in names of columns that say what people know of each other, most telling first. A name is cut into words at
/// anything that is no letter and where small letters turn to capital ones; a word counts from its beginning where a
/// hyphen stands here.
const KNOWN: [&[&str]; 10] = [
    &["age", "ageyr", "ridageyr", "yob", "dob", "birth-"],
    &["sex", "gender", "riagendr"],
    &["zip-", "postcode", "postal-", "plz"],
    &["race", "ethnic-", "ridreth"],
    &["region", "state", "county", "province", "district", "country", "city"],
    &["marital-", "marriage", "married", "dmdmartl"],
    &["edu", "educ-", "schooling", "dmdeduc"],
    &["occupation-", "job", "profession", "work"],
    &["nationality", "citizenship", "language", "religion"],
    &["income", "hhincome", "insurance", "payer"],
];

/// Who named the columns, or which were taken: names of quasi-identifiers as people write them; outcomes, then columns of
/// levels of which the commonest is least common.
pub(crate) fn roles(trio: &Trio<'_>) -> Roles {
    let n_columns = trio.schema.columns.len();
    let legal = |named: &[usize]| -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::new();
        named.iter().filter(|&&at| at < n_columns).for_each(|&at| {
            if !kept.contains(&at) {
                kept.push(at);
            }
        });
        kept
    };
    let (mut keys, mut sensitive) = (legal(trio.keys), legal(trio.sensitive));
    let by = |named: &[usize]| if named.is_empty() { ChosenBy::Name } else { ChosenBy::Person };
    let (keys_by, sensitive_by) = (by(&keys), by(&sensitive));
    if keys.is_empty() {
        let taken = |at: &usize| trio.targets.contains(at) || sensitive.contains(at);
        let mut found: Vec<(usize, usize)> = (0..n_columns)
            .filter(|at| !taken(at))
            .filter_map(|at| Some((known(&trio.schema.columns[at].name)?, at)))
            .collect();
        found.sort_unstable();
        // One column of a kind: age in years and in months is one fact.
        found.dedup_by_key(|(kind, _)| *kind);
        keys = found.into_iter().map(|(_, at)| at).take(MOST_KEYS).collect();
    }
    if sensitive.is_empty() {
        sensitive = trio.targets.iter().copied().filter(|at| *at < n_columns && !keys.contains(at)).collect();
        let mut others: Vec<(f64, usize)> = (0..n_columns)
            .filter(|at| !keys.contains(at) && !sensitive.contains(at))
            .filter_map(|at| Some((dominance(trio.train.columns().get(at)?)?, at)))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        sensitive.extend(others.into_iter().map(|(_, at)| at));
        sensitive.truncate(MOST_SENSITIVE.max(trio.targets.len()));
        if sensitive.is_empty() {
            // Tables of numbers only: the last column is as good as any.
            sensitive.extend((0..n_columns).rev().find(|at| !keys.contains(at)));
        }
    }
    // A column that is known is no secret.
    sensitive.retain(|at| !keys.contains(at));
    Roles { keys, sensitive, keys_by, sensitive_by }
}

impl Roles {
    /// The keys, or why there are none.
    pub(crate) fn needs_keys(&self) -> Result<&[usize], NotApplicable> {
        if self.keys.is_empty() {
            let reason = "no column has the name of a quasi-identifier: name what an attacker may know with --quasi COLUMN";
            return Err(NotApplicable { reason: reason.into() });
        }
        Ok(&self.keys)
    }

    /// The sensitive columns, or why there are none.
    pub(crate) fn needs_secrets(&self) -> Result<&[usize], NotApplicable> {
        if self.sensitive.is_empty() {
            let reason =
                "all columns are known to the attacker: name what is to stay unknown with --sensitive COLUMN";
            return Err(NotApplicable { reason: reason.into() });
        }
        Ok(&self.sensitive)
    }

    /// As the card tells it.
    pub(crate) fn taken(&self, trio: &Trio<'_>) -> RolesTaken {
        let names =
            |columns: &[usize]| columns.iter().map(|&at| trio.schema.columns[at].name.clone()).collect();
        RolesTaken {
            keys: names(&self.keys),
            keys_by: self.keys_by,
            sensitive: names(&self.sensitive),
            sensitive_by: self.sensitive_by,
            population: trio.population,
        }
    }
}

/// Which kind of common knowledge a column's name tells of.
fn known(name: &str) -> Option<usize> {
    let words = words(name);
    KNOWN.iter().position(|kind| {
        kind.iter().any(|known| match known.strip_suffix('-') {
            Some(start) => words.iter().any(|word| word.starts_with(start)),
            None => words.iter().any(|word| word == known),
        })
    })
}

/// Lower-case words of a name: `RaceEthnicity_2` is `race`, `ethnicity`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars() {
        if !letter.is_alphabetic() || (was_small && letter.is_uppercase()) {
            words.push(String::new());
        }
        was_small = letter.is_lowercase();
        if letter.is_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Share of the commonest level, or of missing cells when these are more; `None` for numbers, and for columns that could
/// be no secret.
fn dominance(column: &Column) -> Option<f64> {
    let Cells::Level { codes, levels } = &column.cells else { return None };
    if !matches!(column.kind, Kind::Nominal | Kind::Ordinal | Kind::Boolean | Kind::Code) {
        return None;
    }
    let counts = counts(codes, levels.len());
    let used = counts.iter().filter(|&&count| count > 0).count();
    let missing = codes.len() - counts.iter().sum::<usize>();
    let most = counts.iter().copied().max().unwrap_or(0).max(missing);
    (2..=MOST_LEVELS).contains(&used).then(|| most as f64 / codes.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::Three;

    #[test]
    fn names_of_common_knowledge_are_known_and_others_are_not() {
        for name in ["AGE", "age_years", "RIDAGEYR", "AgeAtDiagnosis", "year_of_birth", "birthYear"] {
            assert_eq!(known(name), Some(0), "{name}");
        }
        for (name, kind) in [("SEX", 1), ("Race1", 3), ("educ", 6), ("MaritalStatus", 5), ("zip_code", 2)] {
            assert_eq!(known(name), Some(kind), "{name}");
        }
        for name in ["dosage", "stage", "sexual_health", "AgeMonthsX2age"] {
            assert_eq!(known(name).is_some(), name == "AgeMonthsX2age", "{name}");
        }
        assert_eq!(known(""), None);
    }

    fn three() -> Three {
        let rows: Vec<[String; 5]> = (0..40)
            .map(|at| {
                let level = |n: usize| format!("l{}", at % n);
                [(20 + at).to_string(), level(2), level(4), level(2), level(3)]
            })
            .collect();
        Three::new(&["age", "gender", "stage", "smoker", "outcome"], [&rows, &rows, &rows])
    }

    #[test]
    fn roles_are_taken_by_name_and_by_balance() {
        let three = three();
        let taken = roles(&Trio { targets: &[4], ..three.trio() });
        assert_eq!(taken.keys, [0, 1]);
        assert_eq!(taken.sensitive, [4, 2, 3], "the outcome, then the column without a dominant level");
        let told = taken.taken(&three.trio());
        assert_eq!((told.keys_by, told.keys), (ChosenBy::Name, vec!["age".to_owned(), "gender".into()]));
    }

    #[test]
    fn what_a_person_names_is_taken_as_it_is() {
        let three = three();
        let trio = Trio { keys: &[2, 2, 99], sensitive: &[0, 2], ..three.trio() };
        let taken = roles(&trio);
        assert_eq!(taken.keys, [2], "once, and only columns there are");
        assert_eq!(taken.sensitive, [0], "what is known is no secret");
        assert_eq!(taken.taken(&trio).keys_by, ChosenBy::Person);
        let all = roles(&Trio { keys: &[0, 1, 2, 3, 4], ..three.trio() });
        assert!(all.needs_secrets().unwrap_err().reason.contains("--sensitive"));
    }

    #[test]
    fn tables_without_common_knowledge_say_so() {
        let rows: Vec<[String; 2]> = (0..20).map(|at| [at.to_string(), (at * 2).to_string()]).collect();
        let three = Three::new(&["crp", "lactate"], [&rows, &rows, &rows]);
        let taken = roles(&three.trio());
        assert!(taken.needs_keys().unwrap_err().reason.contains("--quasi"));
        assert_eq!(taken.sensitive, [1]);
    }
}
