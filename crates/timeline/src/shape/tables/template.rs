//! How do cells make a code, and how does the code give the cells back?

use crate::Kind;
use std::collections::BTreeMap;

/// The pattern of a code, such as `MEASUREMENT//LOINC//{CODE}//{UNITS}`. Each part between `//` is a literal, or a column
/// with fixed text around it; empty parts at the end are left out.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    kind: Kind,
    parts: Vec<Piece>,
}

#[derive(Clone, Debug, Default)]
struct Piece {
    before: String,
    /// `None`: `before` is the whole part.
    column: Option<String>,
    after: String,
    /// Cells and the words that stand for them in codes.
    words: BTreeMap<String, String>,
}

impl Template {
    /// Reads a pattern; `maps` gives per column the words that stand for cells.
    pub(crate) fn parse(
        text: &str,
        maps: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<Self, String> {
        let mut parts = Vec::new();
        for part in text.split("//") {
            let Some((before, rest)) = part.split_once('{') else {
                if part.is_empty() || part.contains('}') {
                    return Err(format!("`{text}` has an empty part or a brace too many"));
                }
                parts.push(Piece { before: part.to_owned(), ..Piece::default() });
                continue;
            };
            let Some((column, after)) = rest.split_once('}') else {
                return Err(format!("`{text}` has a brace that is not closed"));
            };
            if column.is_empty() || after.contains(['{', '}']) {
                return Err(format!("`{text}` has more than one column in a part, or one without a name"));
            }
            let words = maps.get(column).cloned().unwrap_or_default();
            let distinct: std::collections::BTreeSet<&String> = words.values().collect();
            if distinct.len() < words.len() {
                return Err(format!(
                    "two cells of `{column}` stand for the same word: codes would not read back"
                ));
            }
            let (before, after) = (before.to_owned(), after.to_owned());
            parts.push(Piece { before, column: Some(column.to_owned()), after, words });
        }
        if parts[0].column.is_some() {
            return Err(format!("`{text}` must begin with the kind of event"));
        }
        Ok(Self { kind: Kind::of(text), parts })
    }

    /// The kind of event.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The columns, in order.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| part.column.as_deref())
    }

    /// The code of the cells that `cell` gives by column.
    pub(crate) fn write<'a>(&self, cell: impl Fn(&str) -> &'a str) -> String {
        let mut code = String::new();
        let mut blank = 0;
        for (at, part) in self.parts.iter().enumerate() {
            let text = part.column.as_deref().map(&cell);
            if text == Some("") {
                blank += 1;
                continue;
            }
            if at > 0 {
                code.push_str("//");
            }
            (0..std::mem::take(&mut blank)).for_each(|_| code.push_str("//"));
            code.push_str(&part.before);
            if let Some(text) = text {
                let word = part.words.get(text).map_or(text, String::as_str);
                if word.contains("//") {
                    code.push_str(&word.replace("//", "/ /"));
                } else {
                    code.push_str(word);
                }
                code.push_str(&part.after);
            }
        }
        code
    }

    /// The cells that `code` was made of, in order of [`columns`](Self::columns); `None` when it is another pattern's.
    pub(crate) fn read<'a>(&'a self, code: &'a str) -> Option<Vec<&'a str>> {
        let mut cells = Vec::with_capacity(self.parts.len());
        let mut given = code.split("//");
        for (at, part) in self.parts.iter().enumerate() {
            let text = given.next();
            if part.column.is_none() {
                let same = text? == part.before || (at == 0 && Kind::of(code) == self.kind);
                same.then_some(())?;
                continue;
            }
            let text = text.unwrap_or_default();
            if text.is_empty() {
                cells.push("");
                continue;
            }
            let word = text.strip_prefix(part.before.as_str())?.strip_suffix(part.after.as_str())?;
            cells.push(part.words.iter().find(|(_, known)| *known == word).map_or(word, |(cell, _)| cell));
        }
        given.next().is_none().then_some(cells)
    }

    /// How many parts are literals: what matches more of them says more.
    pub(crate) fn literals(&self) -> usize {
        self.parts.iter().filter(|part| part.column.is_none()).count()
    }

    /// The cell that begins with `letter` where cells have words; else the letter itself.
    pub(crate) fn cell_like(&self, letter: &str) -> String {
        let cells = self.parts.iter().flat_map(|part| part.words.keys());
        let like = |cell: &&String| cell.to_uppercase().starts_with(letter);
        cells.into_iter().find(like).map_or_else(|| letter.to_owned(), Clone::clone)
    }

    /// Whether codes may hold only some words for a column, and `cell` is none of them.
    pub(crate) fn is_foreign(&self, cells: &[&str]) -> bool {
        let columns = self.parts.iter().filter(|part| part.column.is_some());
        columns.zip(cells).any(|(part, cell)| !part.words.is_empty() && !part.words.contains_key(*cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        let words = [("9".to_owned(), "ICD9CM".to_owned()), ("10".to_owned(), "ICD10CM".to_owned())];
        let maps = BTreeMap::from([("v".to_owned(), BTreeMap::from(words))]);
        for (pattern, cells, code) in [
            (
                "MEASUREMENT//LOINC//{c}//{u}",
                &[("c", "2339-0"), ("u", "mg/dL")][..],
                "MEASUREMENT//LOINC//2339-0//mg/dL",
            ),
            ("MEASUREMENT//LOINC//{c}//{u}", &[("c", "2339-0"), ("u", "")], "MEASUREMENT//LOINC//2339-0"),
            ("CONDITION//{v}//{c}", &[("v", "9"), ("c", "5723")], "CONDITION//ICD9CM//5723"),
            ("CONDITION//{v}//{c}", &[("v", ""), ("c", "5723")], "CONDITION////5723"),
            ("BILLING//DRG_{t}//{c}", &[("t", "HCFA"), ("c", "1")], "BILLING//DRG_HCFA//1"),
            ("MEDS_BIRTH", &[], "MEDS_BIRTH"),
        ] {
            let template = Template::parse(pattern, &maps).unwrap();
            let cell =
                |name: &str| cells.iter().find(|(known, _)| *known == name).map_or("", |(_, cell)| cell);
            assert_eq!(template.write(cell), code);
            let want: Vec<&str> = cells.iter().map(|(_, cell)| *cell).collect();
            assert_eq!(template.read(code), Some(want), "{code}");
        }
        let template = Template::parse("CONDITION//SNOMED//{c}", &maps).unwrap();
        assert_eq!(template.read("CONDITION//ICD10CM//I10"), None);
        assert_eq!(
            template.read("DIAGNOSIS//SNOMED//1"),
            Some(vec!["1"]),
            "the words of others are understood"
        );
        for wrong in ["{c}//x", "A//{b", "A////B", "A//{b}{c}", "A//}"] {
            assert!(Template::parse(wrong, &maps).is_err(), "{wrong}");
        }
    }
}
