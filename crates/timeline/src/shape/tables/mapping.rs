//! What does a mapping say, and does it make sense?

use super::template::Template;
use crate::event::instant::Style;
use crate::{Kind, TimelineError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a table is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Every row is an event of a patient.
    #[default]
    Events,
    /// Every row is a patient.
    Person,
    /// Rows say what codes mean; only that is carried.
    Dictionary,
    /// Rows belong to no patient (payers, caregivers); they are not carried.
    Reference,
}

/// How new ids of rows look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ids {
    /// `1`, `2`, `3`.
    #[default]
    Number,
    /// `5e765f2b-e908-4888-9fc7-df2cb87beb58`.
    Uuid,
}

/// Another table, by a column of this one that holds its key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Column of this table.
    pub column: String,
    /// Stem of the other table's file.
    pub table: String,
}

/// Which time of the other table an event without one takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TimeOf {
    /// Column of this table that holds the key of the other.
    pub column: String,
    /// Stem of the other table's file.
    pub table: String,
    /// Whether its end is taken and not its beginning.
    #[serde(default)]
    pub end: bool,
}

/// Where codes are put in words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Stem of the dictionary's file.
    pub table: String,
    /// Columns of both tables that find its row.
    pub columns: Vec<String>,
    /// Its column of words.
    pub label: String,
}

/// An event that a column of a row tells besides the row itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Derive {
    /// The column; the event's source is `table.column`.
    pub column: String,
    /// Its code, of columns of the row.
    pub code: String,
    /// Whether the column is when it happened; otherwise it holds for the whole life.
    #[serde(default)]
    pub timed: bool,
    /// A column of years that are taken from the year of `column` (`anchor_age`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less_years: Option<String>,
    /// How new rows write the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// Only fills new rows, since another column tells the event too: the time if it happened during the row, or, when
    /// not `timed`, 1 for that and 0 for not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fill_only: bool,
}

/// One table of a shape, as its mapping says it. Columns go by name, ignoring case; what is absent is done without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// Stem of the file, with its folder: `hosp/labevents`.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub part: Part,
    /// All columns, as they are written when nobody knows better.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Whose row it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Whose row it is when only another table knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Link>,
    /// What names a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How new keys look.
    #[serde(default)]
    pub ids: Ids,
    /// When it began: the first column, else the next that is filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time: Vec<String>,
    /// When it began when only another table knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_of: Option<TimeOf>,
    /// When it ended: the first of these columns that is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub end: Vec<String>,
    /// How instants are written when the file does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    /// The same of the end, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_style: Option<Style>,
    /// The code: `MEASUREMENT//LOINC//{CODE}//{UNITS}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Numbers or texts, as it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The visit it belongs to: the key of the shape's table of visits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<String>,
    /// The code in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The table that puts codes in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Words>,
    /// Per column of codes the words that stand for its cells there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub maps: BTreeMap<String, BTreeMap<String, String>>,
    /// What columns tell besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derive: Vec<Derive>,
}

/// A table and columns that say which shape a folder is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Stem of the file.
    pub table: String,
    /// Columns that it must have.
    pub columns: Vec<String>,
}

/// A mapping as its file says it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    shape: String,
    #[serde(default)]
    title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    note: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mark: Vec<Mark>,
    #[serde(default)]
    table: Vec<TableSpec>,
}

/// A checked table of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) spec: TableSpec,
    pub(crate) code: Option<Template>,
    pub(crate) derived: Vec<(Derive, Template)>,
    /// Whether the columns are those of a file that was read.
    pub(crate) seen: bool,
    /// Rows that were read.
    pub(crate) rows: u64,
}

impl Table {
    /// Whether its rows are what other events belong to.
    pub(crate) fn is_visits(&self) -> bool {
        self.spec.visit.is_some()
            && self.spec.visit == self.spec.key
            && self.code.as_ref().is_some_and(|code| code.kind() == Kind::Visit)
    }

    /// Whether rows become events.
    pub(crate) fn is_carried(&self) -> bool {
        matches!(self.spec.part, Part::Events | Part::Person)
    }
}

/// A checked mapping. Invariants: names differ ignoring case, links name tables with a key, codes read back.
#[derive(Clone, Debug)]
pub struct Mapping {
    file: File,
    pub(crate) tables: Vec<Table>,
}

impl Mapping {
    /// Reads a mapping; `name` is told in errors.
    ///
    /// # Errors
    /// [`TimelineError::Mapping`] says what is wrong.
    pub fn parse(name: &str, text: &str) -> Result<Self, TimelineError> {
        let wrong = |why: String| TimelineError::Mapping { name: name.to_owned(), why };
        let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
        Self::check(file).map_err(wrong)
    }

    /// A mapping of tables that were found.
    pub(super) fn of_tables(
        shape: &str,
        note: Vec<String>,
        table: Vec<TableSpec>,
    ) -> Result<Self, TimelineError> {
        let (shape, title) = (shape.to_owned(), String::new());
        let file = File { version: 1, shape, title, note, mark: Vec::new(), table };
        let name = file.shape.clone();
        Self::check(file).map_err(|why| TimelineError::Mapping { name, why })
    }

    fn check(file: File) -> Result<Self, String> {
        if file.version != 1 {
            return Err(format!("version {} is not known; this program reads version 1", file.version));
        }
        if file.shape.is_empty() || file.shape.contains("//") {
            return Err("`shape` must be a name".into());
        }
        let mut names = BTreeSet::new();
        let keyed: BTreeMap<String, bool> =
            file.table.iter().map(|table| (table.name.to_lowercase(), table.key.is_some())).collect();
        let mut tables = Vec::new();
        for spec in &file.table {
            let name = &spec.name;
            if name.is_empty() || !names.insert(name.to_lowercase()) {
                return Err(format!("table `{name}` has no name of its own"));
            }
            let carried = matches!(spec.part, Part::Events | Part::Person);
            if carried && spec.subject.is_none() && spec.via.is_none() {
                return Err(format!("table `{name}` needs `subject` or `via`, or is a reference"));
            }
            if spec.part == Part::Person && spec.subject.is_none() {
                return Err(format!("table `{name}` is of persons and needs `subject`"));
            }
            if spec.part == Part::Events && spec.code.is_none() {
                return Err(format!("table `{name}` needs `code`"));
            }
            let links =
                spec.via.iter().map(|link| &link.table).chain(spec.time_of.iter().map(|of| &of.table));
            for table in links {
                match keyed.get(&table.to_lowercase()) {
                    Some(true) => {}
                    Some(false) => {
                        return Err(format!("`{name}` is joined to `{table}`, which has no `key`"));
                    }
                    None => return Err(format!("`{name}` names the table `{table}`, which is not there")),
                }
            }
            if let Some(words) = &spec.words
                && !keyed.contains_key(&words.table.to_lowercase())
            {
                return Err(format!("`{name}` names the dictionary `{}`, which is not there", words.table));
            }
            let template =
                |text: &str| Template::parse(text, &spec.maps).map_err(|why| format!("`{name}`: {why}"));
            let code = match (&spec.code, spec.part) {
                (Some(code), _) => Some(template(code)?),
                (None, Part::Person) => Some(template(&format!("PERSON//{}", file.shape))?),
                _ => None,
            };
            let derived = spec
                .derive
                .iter()
                .map(|derive| Ok((derive.clone(), template(&derive.code)?)))
                .collect::<Result<Vec<_>, String>>()?;
            tables.push(Table { spec: spec.clone(), code, derived, seen: false, rows: 0 });
        }
        Ok(Self { file, tables })
    }

    /// The mapping as a file, for people to edit.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let table = self.tables.iter().map(|table| table.spec.clone()).collect();
        // Texts, lists and numbers only: there is nothing that TOML could not hold.
        toml::to_string(&File { table, ..self.file.clone() }).unwrap_or_default()
    }

    /// Id of the shape.
    #[must_use]
    pub fn shape(&self) -> &str {
        &self.file.shape
    }

    /// Its name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.file.title.is_empty() { &self.file.shape } else { &self.file.title }
    }

    /// What a person should know of it.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.file.note
    }

    /// Tables and columns by which a folder is recognised.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.file.mark
    }

    /// The tables as the mapping says them.
    pub fn tables(&self) -> impl Iterator<Item = &TableSpec> {
        self.tables.iter().map(|table| &table.spec)
    }

    /// The table of that name, ignoring case.
    pub(crate) fn find(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.spec.name.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_mappings_are_refused_in_words() {
        let base = "version = 1\nshape = \"x\"\n";
        for (rest, want) in [
            ("[[table]]\nname = \"a\"\ncode = \"OTHER//x\"\n", "needs `subject` or `via`"),
            ("[[table]]\nname = \"a\"\nsubject = \"s\"\n", "needs `code`"),
            ("[[table]]\nname = \"a\"\nsubjekt = \"s\"\n", "unknown field `subjekt`"),
            (
                "[[table]]\nname = \"a\"\npart = \"reference\"\n[[table]]\nname = \"A\"\npart = \"reference\"\n",
                "no name of its own",
            ),
            (
                "[[table]]\nname = \"a\"\ncode = \"OTHER//x\"\nvia = { column = \"c\", table = \"b\" }\n",
                "which is not there",
            ),
            ("[[table]]\nname = \"a\"\nsubject = \"s\"\ncode = \"OTHER//{x\"\n", "not closed"),
        ] {
            let error = Mapping::parse("mine", &format!("{base}{rest}")).unwrap_err().to_string();
            assert!(error.contains(want), "`{error}` lacks `{want}`");
        }
        let error = Mapping::parse("mine", "version = 2\nshape = \"x\"\n").unwrap_err().to_string();
        assert!(error.contains("version 2 is not known"), "{error}");
    }

    #[test]
    fn mappings_are_written_as_they_are_read() {
        let text = "version = 1\nshape = \"x\"\n[[table]]\nname = \"a\"\nsubject = \"s\"\ncode = \"OTHER//a//{c}\"\nstyle = \"zulu\"\n";
        let mapping = Mapping::parse("mine", text).unwrap();
        let again = Mapping::parse("mine", &mapping.to_toml()).unwrap();
        assert_eq!(mapping.file, again.file);
    }
}
