//! How do the tables of an unknown folder hang together, and how do they lead to a patient?
//!
//! Keys are found by what columns hold and how they are called; [`guess`](super::guess) then says what the other columns
//! are for. The mapping that comes out is an ordinary one: [`Mapping::to_toml`] writes it for a person to correct.

use super::folder;
use super::guess;
use super::mapping::{Ids, Link, Mapping, Part as Share, TableSpec};
use crate::TimelineError;
use hashbrown::HashSet;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_data::RawTable;
use verosim_data::io::{Part, Parts, ReadError, ReadOptions};

/// Rows of each table that are looked at for keys and meanings.
const HEAD: usize = 20_000;
/// Most keys of a table that others are compared with.
const MOST_KEYS: usize = 2_000_000;
/// The share of a column's cells that must be keys of another table.
const INSIDE: f64 = 0.9;

/// A table as far as it was looked at.
pub(super) struct Seen {
    pub(super) name: String,
    path: PathBuf,
    pub(super) head: RawTable,
    /// What names its rows.
    pub(super) key: Option<usize>,
    /// Columns that hold keys of other tables, with these.
    links: Vec<(usize, usize)>,
}

impl Seen {
    /// The last part of its name, in lower case, without a plural.
    pub(super) fn word(&self) -> String {
        singular(self.name.rsplit('/').next().unwrap_or_default())
    }

    pub(super) fn column(&self, at: usize) -> &str {
        &self.head.columns()[at].name
    }
}

/// Finds a mapping for a folder of tables.
///
/// # Errors
/// [`TimelineError::Unknown`] when there is no table, or no table of patients is found; damages of the heads of files.
///
/// # Cost
/// Reads the first 20,000 rows of every table, and the keys of those that others may name, at most two million each.
pub fn relate(folder: &Path, ctx: Context<'_>) -> Result<Mapping, TimelineError> {
    let unknown =
        |why: &str| TimelineError::Unknown { path: folder.display().to_string(), why: why.to_owned() };
    let mut seen = Vec::new();
    for (name, path) in folder::tables(folder)? {
        ctx.stop.check()?;
        let Some(part) = head_of(&path, ctx)? else { continue };
        let key = key_of(&name, &part.table);
        seen.push(Seen { name, path, head: part.table, key, links: Vec::new() });
    }
    if seen.is_empty() {
        return Err(unknown("there is no table with rows in it"));
    }
    link(&mut seen, ctx)?;
    let Some(patients) = patients_of(&seen) else {
        return Err(unknown(
            "no table looks like one of patients; say with `--mapping` which column names them",
        ));
    };
    let Some(subject) = seen[patients].key else {
        return Err(unknown("the rows of the patients' table have no key"));
    };
    let paths = paths(&seen, patients);
    let visits = guess::visits_of(&seen, &paths);
    let mut notes = Vec::new();
    let mut specs = Vec::new();
    let subject_name = seen[patients].column(subject).to_owned();
    // Parents come before those that name them.
    let mut order: Vec<usize> = (0..seen.len()).collect();
    order.sort_by_key(|&at| {
        (at != patients, Some(at) != visits, paths[at].as_ref().map_or(usize::MAX, |path| path.depth), at)
    });
    for at in order {
        let table = &seen[at];
        let mut spec = TableSpec { name: table.name.clone(), ..TableSpec::default() };
        spec.columns = table.head.columns().iter().map(|column| column.name.clone()).collect();
        spec.key = table.key.map(|key| table.column(key).to_owned());
        if table.key.is_some_and(|key| guess::is_uuids(&table.head.columns()[key])) {
            spec.ids = Ids::Uuid;
        }
        if at == patients {
            spec.part = Share::Person;
            spec.subject = Some(subject_name.clone());
            spec.derive = guess::derived(table);
        } else if let Some(path) = &paths[at] {
            match path.via {
                None => spec.subject = Some(table.column(path.column).to_owned()),
                Some(parent) => {
                    let (column, to) = (table.column(path.column).to_owned(), seen[parent].name.clone());
                    notes.push(format!("`{}` leads to patients through `{column}` of `{to}`", table.name));
                    spec.via = Some(Link { column, table: to });
                }
            }
            let visit = table.links.iter().find(|(_, to)| Some(*to) == visits).map(|(column, _)| *column);
            let visit = if Some(at) == visits { table.key } else { visit };
            spec.visit = visit.map(|visit| table.column(visit).to_owned());
            let taken: Vec<usize> = table.links.iter().map(|(column, _)| *column).chain(table.key).collect();
            guess::roles(&mut spec, table, &taken, Some(at) == visits);
        } else {
            spec.part = Share::Reference;
            notes.push(format!("no key of `{}` leads to a patient", table.name));
        }
        specs.push(spec);
    }
    Mapping::of_tables("relational", notes, specs)
}

/// The first rows of a table; `None` where there are none, or the file is no table.
fn head_of(path: &Path, ctx: Context<'_>) -> Result<Option<Part>, TimelineError> {
    let parts = Parts::open(path, &ReadOptions::default(), HEAD);
    match parts.and_then(|parts| parts.leaving_out_ragged().next_part(ctx)) {
        Ok(part) => Ok(part),
        // What it would tell of the others is not known: without it they might be taken for something else.
        Err(error @ (ReadError::Damaged { .. } | ReadError::Io { .. } | ReadError::Interrupted(_))) => {
            Err(error.into())
        }
        Err(_) => Ok(None),
    }
}

/// How a table leads to patients.
#[derive(Clone, Debug)]
pub(super) struct Way {
    column: usize,
    /// The table that knows the patient; `None` when `column` names patients itself.
    via: Option<usize>,
    pub(super) depth: usize,
}

/// The shortest way of every table to the table of patients.
fn paths(seen: &[Seen], patients: usize) -> Vec<Option<Way>> {
    let mut paths: Vec<Option<Way>> = vec![None; seen.len()];
    let mut queue = VecDeque::from([(patients, 0)]);
    while let Some((to, depth)) = queue.pop_front() {
        for (at, table) in seen.iter().enumerate() {
            if at == patients || paths[at].is_some() {
                continue;
            }
            if let Some((column, _)) = table.links.iter().find(|(_, parent)| *parent == to) {
                let via = (to != patients).then_some(to);
                paths[at] = Some(Way { column: *column, via, depth });
                queue.push_back((at, depth + 1));
            }
        }
    }
    paths
}

/// The column that names the rows: distinct, filled, and called like a key.
fn key_of(name: &str, head: &RawTable) -> Option<usize> {
    let word = singular(name.rsplit('/').next().unwrap_or_default());
    let rank = |at: usize| {
        let column = head.columns()[at].name.to_lowercase();
        match column.as_str() {
            "id" => 0,
            _ if column == word || column == format!("{word}_id") || column == format!("{word}id") => 1,
            "row_id" | "rowid" => 3,
            _ if column.ends_with("_id") || (column.ends_with("id") && at == 0) => 2,
            _ if at == 0 => 4,
            _ => 9,
        }
    };
    let distinct = |at: &usize| {
        let column = &head.columns()[*at];
        column.levels().len() == column.len() && column.levels().iter().all(|level| !level.is_empty())
    };
    let looks =
        |at: &usize| !guess::is_instants(&head.columns()[*at]) && !guess::is_fractions(&head.columns()[*at]);
    let best = (0..head.columns().len()).filter(|&at| rank(at) < 9).filter(distinct).filter(looks);
    // One row is distinct whatever it holds: only a name makes it a key.
    let best = best.filter(|&at| head.n_rows() > 1 || rank(at) < 4);
    best.min_by_key(|&at| (rank(at), at))
}

/// Finds the columns that hold keys of other tables.
fn link(seen: &mut [Seen], ctx: Context<'_>) -> Result<(), TimelineError> {
    let mut found: BTreeMap<(usize, usize), (u8, usize)> = BTreeMap::new();
    for parent in 0..seen.len() {
        let Some(key) = seen[parent].key else { continue };
        let key_name = seen[parent].column(key).to_lowercase();
        let word = seen[parent].word();
        let mut wanted: Vec<(usize, usize, u8)> = Vec::new();
        for (at, table) in seen.iter().enumerate().filter(|(at, _)| *at != parent) {
            for (column, cells) in table.head.columns().iter().enumerate() {
                if Some(column) == table.key && !same_name(&cells.name, &key_name, &word) {
                    continue;
                }
                let named = same_name(&cells.name, &key_name, &word);
                // Without a name only ids that cannot meet by chance are believed.
                let long = || {
                    cells.levels().iter().filter(|l| !l.is_empty()).all(|l| l.len() >= 12 && !l.contains(' '))
                };
                if named
                    || (long() && !guess::is_instants(cells) && cells.levels().iter().any(|l| !l.is_empty()))
                {
                    wanted.push((at, column, if named { 2 } else { 1 }));
                }
            }
        }
        if wanted.is_empty() {
            continue;
        }
        let keys = keys(&seen[parent], key, ctx)?;
        for (at, column, rank) in wanted {
            let levels = seen[at].head.columns()[column].levels();
            let filled = levels.iter().filter(|level| !level.is_empty()).count();
            let inside = levels.iter().filter(|level| keys.contains(*level)).count();
            if filled > 0 && inside as f64 >= INSIDE * filled as f64 {
                // The better name wins, then the smaller table: a key of few says more.
                let better = |old: &(u8, usize)| rank > old.0;
                if found.get(&(at, column)).is_none_or(better) {
                    found.insert((at, column), (rank, parent));
                }
            }
        }
    }
    for ((at, column), (_, parent)) in found {
        seen[at].links.push((column, parent));
    }
    Ok(())
}

/// All keys of a table.
fn keys(table: &Seen, key: usize, ctx: Context<'_>) -> Result<HashSet<Box<str>>, TimelineError> {
    let mut keys = HashSet::new();
    let mut parts = Parts::open(&table.path, &ReadOptions::default(), HEAD)?.leaving_out_ragged();
    // A damage behind the head is told when the table is read.
    while let Ok(Some(part)) = parts.next_part(ctx) {
        keys.extend(part.table.columns()[key].levels().iter().cloned());
        if keys.len() >= MOST_KEYS {
            break;
        }
    }
    ctx.stop.check()?;
    Ok(keys)
}

/// Whether a column is called like the key of a table: like the key itself, the table, or both.
fn same_name(column: &str, key: &str, word: &str) -> bool {
    let column = column.to_lowercase();
    let plain = column.replace('_', "");
    let own = !matches!(key, "id" | "key" | "row_id" | "rowid" | "code");
    let stem = plain.strip_suffix("id").unwrap_or(&plain);
    (own && column == key)
        || (!word.is_empty() && (stem == word.replace('_', "") || plain == word.replace('_', "")))
}

/// The table of patients: called so, or with a key that others name and columns that people have.
fn patients_of(seen: &[Seen]) -> Option<usize> {
    const WORDS: [&str; 8] =
        ["patient", "person", "subject", "pat", "people", "demographic", "client", "member"];
    let score = |at: usize| {
        let table = &seen[at];
        let word = table.word();
        let called = WORDS.contains(&word.as_str()) || WORDS[..3].iter().any(|known| word.contains(known));
        let named = seen.iter().flat_map(|table| &table.links).filter(|(_, to)| *to == at).count();
        let human = guess::derived(table).len();
        if table.key.is_none() || (!called && (human < 2 || named == 0)) {
            return None;
        }
        let exact = WORDS.contains(&word.as_str());
        Some((exact, called, human, named))
    };
    (0..seen.len()).filter_map(|at| Some((score(at)?, std::cmp::Reverse(at)))).max().map(|(_, at)| at.0)
}

/// `encounters` is `encounter`, `allergies` is `allergy`.
pub(super) fn singular(word: &str) -> String {
    let word = word.to_lowercase();
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(&word).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys_are_understood() {
        for (column, key, word, same) in [
            ("patient", "patient", "patient", true),
            ("PATIENT", "id", "patient", true),
            ("patient_id", "id", "patient", true),
            ("PatientId", "id", "patient", true),
            ("hadm_id", "hadm_id", "admission", true),
            ("id", "id", "patient", false),
            ("code", "id", "patient", false),
        ] {
            assert_eq!(same_name(column, key, word), same, "{column}");
        }
        assert_eq!((singular("Allergies"), singular("class")), ("allergy".into(), "class".into()));
    }
}
