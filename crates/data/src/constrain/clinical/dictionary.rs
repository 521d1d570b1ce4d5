//! Which words do clinical rules speak in, and how do columns call them?
//!
//! The dictionary is data: `rules/concepts.toml`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What a rule speaks of: `sbp`, `sex`, `weight_kg`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// The word that rules use.
    pub id: String,
    /// The same for people.
    pub words: String,
    /// What a column must hold.
    pub(super) holds: Holds,
    /// Whether levels may say between which values a number lies.
    #[serde(default)]
    pub(super) bands: bool,
    /// Whether groups of people are made by it when equity is judged.
    #[serde(default)]
    pub protected: bool,
    /// Names of columns, best first, without case, spaces and signs.
    #[serde(default)]
    pub(super) names: Vec<String>,
    /// Units, the one that rules are written in first.
    #[serde(default)]
    pub(super) units: Vec<Unit>,
    /// Texts of levels by the word of the rules.
    #[serde(default)]
    pub(super) levels: BTreeMap<String, Vec<String>>,
}

/// What a column must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Holds {
    Number,
    Levels,
    /// Yes or no.
    Flag,
    /// Days or points in time.
    Time,
    Icd9,
    Icd10,
}

/// A unit, and how its values become those of the first unit of the concept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unit {
    #[serde(rename = "unit")]
    pub(super) name: String,
    #[serde(default = "one")]
    pub(super) factor: f64,
    #[serde(default)]
    pub(super) offset: f64,
    /// Ends of names that say so, and the unit as metadata may write it.
    #[serde(default)]
    pub(super) hints: Vec<String>,
    /// Where the median of any population lies.
    pub(super) typical: [f64; 2],
}

fn one() -> f64 {
    1.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dictionary {
    #[serde(rename = "version")]
    _version: String,
    concept: Vec<Concept>,
}

/// Texts that mean yes or no, beside those of a concept.
pub(super) const FLAGS: [(&str, &[&str]); 2] = [
    ("yes", &["yes", "y", "true", "t", "1", "ja", "oui", "si", "present", "pos", "positive"]),
    ("no", &["no", "n", "false", "f", "0", "nein", "non", "absent", "neg", "negative", "none"]),
];

/// The concepts that rules may speak of.
#[must_use]
pub fn concepts() -> &'static [Concept] {
    static CONCEPTS: OnceLock<Vec<Concept>> = OnceLock::new();
    CONCEPTS.get_or_init(|| {
        let text = include_str!("../../../rules/concepts.toml");
        toml::from_str::<Dictionary>(text).expect("the dictionary is a constant that the tests read").concept
    })
}

impl Concept {
    /// The concept of that id.
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Self> {
        concepts().iter().find(|concept| concept.id == id)
    }

    /// How well a column name fits: the place of the name in the list, and the unit that its end names.
    pub(super) fn fit(&self, column: &str) -> Option<(usize, Option<usize>)> {
        let name = plain(column);
        let place = |name: &str| self.names.iter().position(|known| known == name);
        if let Some(at) = place(&name) {
            return Some((at, None));
        }
        self.units.iter().enumerate().find_map(|(unit, of)| {
            // The longest end first: `_mg_dl` and not `l`.
            let ends = of.hints.iter().filter_map(|hint| name.strip_suffix(hint.as_str()));
            let at = ends.filter_map(place).min()?;
            Some((at, Some(unit)))
        })
    }

    /// The word of the rules that a level stands for.
    pub(super) fn word(&self, level: &str) -> Option<&str> {
        let level = plain(level);
        let own = self.levels.iter().find(|(_, texts)| texts.contains(&level)).map(|(word, _)| word.as_str());
        own.or_else(|| {
            let flag =
                || FLAGS.iter().find(|(_, texts)| texts.contains(&level.as_str())).map(|(word, _)| *word);
            (self.holds == Holds::Flag).then(flag).flatten()
        })
    }

    /// Whether a level may mean `word`.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.words_of_levels().any(|known| known == word)
    }

    /// The words that its levels may mean.
    pub(super) fn words_of_levels(&self) -> impl Iterator<Item = &str> {
        let flags = FLAGS.iter().filter(|_| self.holds == Holds::Flag).map(|(flag, _)| *flag);
        self.levels.keys().map(String::as_str).chain(flags)
    }
}

/// Letters and figures alone, in small letters, common accents taken off.
fn plain(text: &str) -> String {
    let letter = |letter: char| match letter {
        'ä' | 'á' | 'à' | 'â' => 'a',
        'ö' | 'ó' | 'ô' => 'o',
        'ü' | 'ú' => 'u',
        'é' | 'è' | 'ê' => 'e',
        'í' | 'ì' => 'i',
        letter => letter,
    };
    text.to_lowercase().chars().map(letter).filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_dictionary_is_whole() {
        let mut ids = BTreeSet::new();
        let mut names = BTreeSet::new();
        for concept in concepts() {
            assert!(ids.insert(concept.id.as_str()), "{} is there twice", concept.id);
            assert!(!concept.words.is_empty());
            for name in &concept.names {
                assert_eq!(*name, plain(name), "names are written plainly");
                assert!(names.insert(name.as_str()), "`{name}` names two concepts");
            }
            assert_eq!(concept.holds == Holds::Number, !concept.units.is_empty(), "{}", concept.id);
            if let Some(first) = concept.units.first() {
                assert!(first.factor == 1.0 && first.offset == 0.0, "{}", concept.id);
            }
            for (at, unit) in concept.units.iter().enumerate() {
                assert!(unit.typical[0] < unit.typical[1], "{}", concept.id);
                // Units are told apart by the median: what is typical of one is not typical of another.
                let apart = concept.units[at + 1..]
                    .iter()
                    .all(|other| unit.typical[1] < other.typical[0] || other.typical[1] < unit.typical[0]);
                assert!(apart, "{}: {}", concept.id, unit.name);
            }
        }
        assert!(concepts().len() >= 70);
    }

    #[test]
    fn names_fit_whatever_their_spelling_and_say_their_unit() {
        let fit = |concept: &str, name: &str| Concept::named(concept).unwrap().fit(name);
        assert_eq!(fit("sbp", "SYSBP"), Some((1, None)));
        assert_eq!(fit("sbp", "Systolic_Blood_Pressure"), fit("sbp", "systolicBloodPressure"));
        assert_eq!(fit("height_cm", "height_cm"), Some((0, Some(0))));
        assert_eq!(fit("height_cm", "Height (m)"), Some((0, Some(1))));
        assert_eq!(fit("glucose", "Glucose mmol/L"), Some((0, Some(1))));
        assert_eq!(fit("age", "package"), None);
        assert_eq!(fit("sbp", "dbp"), None);
    }

    #[test]
    fn levels_stand_for_words() {
        let sex = Concept::named("sex").unwrap();
        for (level, word) in [
            ("F", Some("female")),
            ("Female", Some("female")),
            ("2", Some("female")),
            ("Mann", Some("male")),
            ("0", None),
        ] {
            assert_eq!(sex.word(level), word, "{level}");
        }
        assert_eq!(Concept::named("pregnant").unwrap().word("Yes"), Some("yes"));
    }
}
