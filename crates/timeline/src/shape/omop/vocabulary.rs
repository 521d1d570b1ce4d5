//! What do concepts mean, by the vocabulary files that a user brings?
//!
//! A download of Athena: tab-separated files without quotes, names in upper case. Millions of rows are passed over; kept is
//! what the data use.

use super::ids::Ids;
use crate::TimelineError;
use flate2::read::MultiGzDecoder;
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use verosim_core::Context;

/// A concept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Concept {
    /// The vocabulary that it is from: `SNOMED`.
    pub(super) system: String,
    /// Its code there.
    pub(super) code: String,
    /// In words.
    pub(super) name: String,
    /// Whether records are meant to carry it.
    pub(super) standard: bool,
}

/// The concepts that some data use.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    concepts: HashMap<i64, Concept>,
    /// The smallest concept that each is mapped to.
    maps: HashMap<i64, i64>,
    /// Ingredients by drug.
    ingredients: HashMap<i64, Vec<i64>>,
    by_code: HashMap<(String, String), i64>,
    /// Version of the download; empty when it does not say.
    pub(super) version: String,
}

/// What is wanted of a vocabulary.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Concepts by id.
    pub(super) ids: Ids,
    /// Concepts by system, as [`alike`] writes it, and code.
    pub(super) codes: BTreeSet<(String, String)>,
}

/// A system's name without what writers differ in: `ICD-10-CM` is `ICD10CM`.
pub(super) fn alike(system: &str) -> String {
    system.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_uppercase()
}

impl Vocabulary {
    /// Reads what is `wanted` from `folder`.
    ///
    /// # Cost
    /// Two passes over `CONCEPT`, one over each of the other files; memory for what is wanted.
    pub(super) fn load(folder: &Path, wanted: &Wanted, ctx: Context<'_>) -> Result<Self, TimelineError> {
        let broken = |why: String| TimelineError::Broken {
            path: folder.display().to_string(),
            shape: "a vocabulary of OMOP",
            why,
            next: "download it from athena.ohdsi.org and name the folder that holds CONCEPT.csv".into(),
        };
        let concept =
            file_of(folder, "concept")?.ok_or_else(|| broken("there is no file CONCEPT.csv".into()))?;
        let mut vocabulary = Self::default();
        let mut ingredients = Ids::default();
        read(&concept, &CONCEPT, ctx, |row| {
            let Ok(id) = row[0].parse() else { return };
            if row[5] == "Ingredient" && row[2].starts_with("RxNorm") {
                ingredients.insert(id);
            }
            let asked = wanted.ids.has(id)
                || !wanted.codes.is_empty() && wanted.codes.contains(&(alike(row[2]), row[3].to_owned()));
            if asked {
                vocabulary.keep(id, row);
            }
        })?;
        let mut missing = Ids::default();
        if let Some(path) = file_of(folder, "concept_relationship")? {
            read(&path, &RELATIONSHIP, ctx, |row| {
                let (Ok(from), Ok(to)) = (row[0].parse::<i64>(), row[1].parse::<i64>()) else { return };
                if row[2] == "Maps to" && row[3].is_empty() && vocabulary.concepts.contains_key(&from) {
                    let target = vocabulary.maps.entry(from).or_insert(to);
                    *target = (*target).min(to);
                    if !vocabulary.concepts.contains_key(&to) {
                        missing.insert(to);
                    }
                }
            })?;
        }
        if !missing.is_empty() {
            read(&concept, &CONCEPT, ctx, |row| {
                if let Some(id) = row[0].parse().ok().filter(|&id| missing.has(id)) {
                    vocabulary.keep(id, row);
                }
            })?;
        }
        if let Some(path) = file_of(folder, "concept_ancestor")? {
            read(&path, &["ancestor_concept_id", "descendant_concept_id"], ctx, |row| {
                let (Ok(above), Ok(below)) = (row[0].parse(), row[1].parse()) else { return };
                if ingredients.has(above) && vocabulary.concepts.contains_key(&below) {
                    vocabulary.ingredients.entry(below).or_default().push(above);
                }
            })?;
        }
        if let Some(path) = file_of(folder, "vocabulary")? {
            // By convention the row of the vocabulary `None` tells the version of the whole.
            read(&path, &["vocabulary_id", "vocabulary_version"], ctx, |row| {
                if row[0] == "None" {
                    row[1].clone_into(&mut vocabulary.version);
                }
            })?;
        }
        Ok(vocabulary)
    }

    fn keep(&mut self, id: i64, row: &[&str]) {
        let concept = Concept {
            name: row[1].to_owned(),
            system: row[2].to_owned(),
            code: row[3].to_owned(),
            standard: row[4] == "S",
        };
        let key = (alike(row[2]), row[3].to_owned());
        // Codes were used anew in some vocabularies: the concept in use is the one that is meant.
        if row[6].is_empty() || !self.by_code.contains_key(&key) {
            self.by_code.insert(key, id);
        }
        self.concepts.insert(id, concept);
    }

    /// The concept of that id.
    pub(super) fn concept(&self, id: i64) -> Option<&Concept> {
        self.concepts.get(&id)
    }

    /// The id of a code of a system.
    pub(super) fn id(&self, system: &str, code: &str) -> Option<i64> {
        self.by_code.get(&(alike(system), code.to_owned())).copied()
    }

    /// The standard concept that a concept is or maps to.
    pub(super) fn standard(&self, id: i64) -> Option<i64> {
        if self.concepts.get(&id)?.standard { Some(id) } else { self.maps.get(&id).copied() }
    }

    /// The ingredients of a drug; `None` when nobody says.
    pub(super) fn ingredients(&self, drug: i64) -> Option<&[i64]> {
        self.ingredients.get(&drug).map(Vec::as_slice)
    }

    /// Whether drugs have ingredients here.
    pub(super) fn has_ingredients(&self) -> bool {
        !self.ingredients.is_empty()
    }
}

const CONCEPT: [&str; 7] = [
    "concept_id",
    "concept_name",
    "vocabulary_id",
    "concept_code",
    "standard_concept",
    "concept_class_id",
    "invalid_reason",
];
const RELATIONSHIP: [&str; 4] = ["concept_id_1", "concept_id_2", "relationship_id", "invalid_reason"];

/// The ids of `wanted` that `CONCEPT` does not have.
pub(super) fn unknown_ids(folder: &Path, wanted: &Ids, ctx: Context<'_>) -> Result<Ids, TimelineError> {
    let mut known = Ids::default();
    if let Some(path) = file_of(folder, "concept")? {
        read(&path, &CONCEPT[..1], ctx, |row| {
            if let Some(id) = row[0].parse().ok().filter(|&id| wanted.has(id)) {
                known.insert(id);
            }
        })?;
    }
    let mut unknown = Ids::default();
    wanted.iter().filter(|&id| !known.has(id)).for_each(|id| {
        unknown.insert(id);
    });
    Ok(unknown)
}

/// The file of a table of the vocabulary, its name in any case.
fn file_of(folder: &Path, table: &str) -> Result<Option<PathBuf>, TimelineError> {
    let entries = std::fs::read_dir(folder).map_err(|source| TimelineError::reading(folder, source))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths.into_iter().find(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let rest = name.strip_prefix(table).unwrap_or_default();
        matches!(rest, ".csv" | ".csv.gz" | ".tsv" | ".tsv.gz" | ".txt" | ".txt.gz")
    }))
}

/// Rows between looks at the clock of the caller.
const STRIDE: u64 = 65_536;

/// Hands the cells of `columns` of every row to `each`.
fn read(
    path: &Path,
    columns: &[&str],
    ctx: Context<'_>,
    mut each: impl FnMut(&[&str]),
) -> Result<(), TimelineError> {
    let io = |source| TimelineError::reading(path, source);
    let file = File::open(path).map_err(io)?;
    let packed = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz"));
    let stream: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut stream = BufReader::with_capacity(1 << 18, stream);
    let head = stream.fill_buf().map_err(io)?;
    let tabs = head.iter().take_while(|&&byte| byte != b'\n').any(|&byte| byte == b'\t');
    // Names hold bare quotes; only files that somebody made anew with commas put cells into quotes.
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if tabs { b'\t' } else { b',' })
        .quoting(!tabs)
        .flexible(true)
        .from_reader(stream);
    let csv = |error: csv::Error| io(std::io::Error::other(error.to_string()));
    let names: Vec<String> = reader
        .byte_headers()
        .map_err(csv)?
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').trim().to_lowercase())
        .collect();
    let mut places = Vec::new();
    for &column in columns {
        let place = names.iter().position(|name| name == column);
        places.push(place.ok_or_else(|| TimelineError::Broken {
            path: path.display().to_string(),
            shape: "a file of a vocabulary of OMOP",
            why: format!("it has no column {column}"),
            next: "download it again from athena.ohdsi.org".into(),
        })?);
    }
    let mut record = csv::ByteRecord::new();
    let mut rows = 0_u64;
    while reader.read_byte_record(&mut record).map_err(csv)? {
        let cells: Vec<_> = places
            .iter()
            .map(|&at| String::from_utf8_lossy(record.get(at).unwrap_or_default().trim_ascii()))
            .collect();
        let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
        each(&cells);
        rows += 1;
        if rows.is_multiple_of(STRIDE) {
            ctx.stop.check()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two made-up vocabularies; the ids and codes mean nothing.
    pub(super) fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "CONCEPT.csv",
            "concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\tconcept_code\t\
             valid_start_date\tvalid_end_date\tinvalid_reason\n\
             1\tFever, \"high\"\tCondition\tSNOMED\tFinding\tS\t386661006\t19700101\t20991231\t\n\
             2\tOld fever\tCondition\tICD10CM\tcode\t\tR50.9\t19700101\t20991231\t\n\
             3\tAspirin tablet\tDrug\tRxNorm\tClinical Drug\tS\t243670\t19700101\t20991231\t\n\
             4\tAspirin\tDrug\tRxNorm\tIngredient\tS\t1191\t19700101\t20991231\t\n",
        );
        write(
            "CONCEPT_RELATIONSHIP.csv",
            "concept_id_1\tconcept_id_2\trelationship_id\tvalid_start_date\tvalid_end_date\tinvalid_reason\n\
             2\t1\tMaps to\t19700101\t20991231\t\n3\t3\tMaps to\t19700101\t20991231\t\n",
        );
        write(
            "CONCEPT_ANCESTOR.csv",
            "ancestor_concept_id\tdescendant_concept_id\tmin_levels_of_separation\tmax_levels_of_separation\n4\t3\t1\t1\n",
        );
        folder
    }

    #[test]
    fn only_what_is_wanted_is_kept_and_mapped() {
        let folder = folder();
        let mut wanted = Wanted::default();
        wanted.ids.insert(3);
        wanted.codes.insert((alike("ICD-10-CM"), "R50.9".into()));
        let vocabulary = Vocabulary::load(folder.path(), &wanted, Context::silent()).unwrap();
        assert_eq!(vocabulary.id("icd10cm", "R50.9"), Some(2));
        assert_eq!((vocabulary.standard(2), vocabulary.standard(3)), (Some(1), Some(3)));
        assert_eq!(vocabulary.concept(1).map(|concept| concept.name.as_str()), Some("Fever, \"high\""));
        assert_eq!(vocabulary.ingredients(3), Some([4].as_slice()));
        assert!(vocabulary.concept(4).is_none(), "an ingredient that nobody takes as such is passed over");
        let mut some = Ids::default();
        [2, 9].into_iter().for_each(|id| {
            some.insert(id);
        });
        let unknown = unknown_ids(folder.path(), &some, Context::silent()).unwrap();
        assert_eq!(unknown.iter().collect::<Vec<_>>(), [9]);
    }

    #[test]
    fn a_folder_without_concepts_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = Vocabulary::load(folder.path(), &Wanted::default(), Context::silent()).unwrap_err();
        assert!(error.to_string().contains("there is no file CONCEPT.csv"), "{error}");
    }
}
