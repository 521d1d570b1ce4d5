//! What do the events of a person say for the row of `person`?

use super::cells::{CONCEPTS, Coded, written};
use super::code::meaning;
use super::known;
use crate::Kind;
use crate::event::{STATIC, instant};
use std::borrow::Cow;

/// Sex, race and ethnicity as codes (empty for none), and birth ([`STATIC`] for none).
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) sex: &'a str,
    pub(super) race: &'a str,
    pub(super) ethnicity: &'a str,
    pub(super) birth: i64,
}

impl<'a> Facts<'a> {
    pub(super) const NONE: Facts<'static> = Facts { sex: "", race: "", ethnicity: "", birth: STATIC };

    /// The cell of a column of `person`; empty where the events say nothing of it.
    pub(super) fn cell(&self, field: &str) -> Cow<'a, str> {
        let date = |from: usize, to: usize| {
            let day = written(self.birth, instant::Style::Date);
            // Month and day are whole numbers in OMOP: 4 and not 04.
            day.get(from..to).map_or("", |part| part.trim_start_matches('0')).to_owned()
        };
        match field {
            "year_of_birth" => date(0, 4).into(),
            "month_of_birth" => date(5, 7).into(),
            "day_of_birth" => date(8, 10).into(),
            "birth_datetime" => written(self.birth, instant::Style::Datetime).into(),
            _ => {
                let (stem, rest) = field.split_once('_').unwrap_or((field, ""));
                let (kind, code) = match stem {
                    "gender" => (Kind::Sex, self.sex),
                    "race" => (Kind::Race, self.race),
                    "ethnicity" => (Kind::Ethnicity, self.ethnicity),
                    _ => return "".into(),
                };
                part(kind, code, rest)
            }
        }
    }

    /// The kind of fact that a column tells, for those that have one.
    pub(super) fn kind(field: &str) -> Option<Kind> {
        match field {
            "gender_concept_id" => Some(Kind::Sex),
            "race_concept_id" => Some(Kind::Race),
            "ethnicity_concept_id" => Some(Kind::Ethnicity),
            _ => None,
        }
    }

    pub(super) fn code(&self, kind: Kind) -> &'a str {
        match kind {
            Kind::Sex => self.sex,
            Kind::Race => self.race,
            Kind::Ethnicity => self.ethnicity,
            _ => "",
        }
    }
}

fn part<'a>(kind: Kind, code: &'a str, rest: &str) -> Cow<'a, str> {
    let coded = Coded::of(code);
    match rest {
        "concept_id" => match coded.concept() {
            Some(id) => id.into(),
            None => {
                known::concept(kind, code, coded.value).map_or_else(String::new, |id| id.to_string()).into()
            }
        },
        "source_value" if coded.system != CONCEPTS => coded.value.into(),
        _ => "".into(),
    }
}

/// When a person was born by the cells of `person`, and which column says so.
pub(super) fn birth<'a>(cell: impl Fn(&str) -> &'a str) -> Option<(i64, &'static str)> {
    if let Some(reading) = instant::read(cell("birth_datetime")) {
        return Some((reading.micros, "birth_datetime"));
    }
    let number = |name: &str| meaning(cell(name));
    let year = i32::try_from(number("year_of_birth")?).ok()?;
    let part = |name: &str| number(name).and_then(|part| u32::try_from(part).ok());
    let (month, day) = (part("month_of_birth"), part("day_of_birth"));
    let at = month
        .and_then(|month| instant::day(year, month, day.unwrap_or(1)))
        .or_else(|| instant::day(year, 1, 1))?;
    Some((
        at,
        if month.is_none() {
            "year_of_birth"
        } else if day.is_none() {
            "month_of_birth"
        } else {
            "day_of_birth"
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_fill_the_row_of_the_person() {
        let facts = Facts {
            sex: "SEX//F",
            race: "RACE//SOURCE//white",
            ethnicity: "ETHNICITY//OMOP//38003564",
            birth: instant::day(1998, 4, 9).unwrap(),
        };
        for (field, cell) in [
            ("gender_concept_id", "8532"),
            ("gender_source_value", "F"),
            ("race_concept_id", "8527"),
            ("race_source_value", "white"),
            ("ethnicity_concept_id", "38003564"),
            ("ethnicity_source_value", ""),
            ("year_of_birth", "1998"),
            ("month_of_birth", "4"),
            ("day_of_birth", "9"),
            ("birth_datetime", "1998-04-09 00:00:00"),
            ("location_id", ""),
        ] {
            assert_eq!(facts.cell(field), cell, "{field}");
        }
        assert_eq!(Facts::NONE.cell("year_of_birth"), "");
    }

    #[test]
    fn births_are_as_exact_as_the_row() {
        let row = |year: &'static str, month: &'static str| {
            birth(move |name| match name {
                "year_of_birth" => year,
                "month_of_birth" => month,
                _ => "",
            })
        };
        assert_eq!(row("1998", "4"), Some((instant::day(1998, 4, 1).unwrap(), "month_of_birth")));
        assert_eq!(row("1998", ""), Some((instant::day(1998, 1, 1).unwrap(), "year_of_birth")));
        assert_eq!(row("", "4"), None);
    }
}
