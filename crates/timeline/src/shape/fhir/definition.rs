//! What does the standard say of each element?

use std::collections::HashMap;
use std::sync::LazyLock;

/// The digest of FHIR R4's definitions: `bench/fhir_digest.py` makes it from HL7's own packages.
const DIGEST: &str = include_str!("r4.tsv");

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Name as in the standard: `value[x]`.
    pub name: &'static str,
    /// At least so many.
    pub min: u32,
    /// Whether it is a list.
    pub many: bool,
    /// Types.
    pub types: Vec<&'static str>,
    /// The codes that it must have; any, when empty.
    pub codes: &'static [&'static str],
}

/// All definitions.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    /// Elements by owner: `Observation`, `Observation.component`, `Quantity`.
    elements: HashMap<&'static str, Vec<Element>>,
}

impl Definitions {
    /// Those of FHIR R4.
    pub(super) fn r4() -> &'static Self {
        static R4: LazyLock<Definitions> = LazyLock::new(|| Definitions::read(DIGEST));
        &R4
    }

    /// The elements of a type or of a part of one; `None` for primitive types and for what is not in the digest.
    pub(super) fn elements(&self, owner: &str) -> Option<&[Element]> {
        self.elements.get(owner).map(Vec::as_slice)
    }

    fn read(digest: &'static str) -> Self {
        let sets: HashMap<&str, &'static [&'static str]> = digest
            .lines()
            .filter_map(|line| line.strip_prefix("V\t"))
            .filter_map(|line| {
                let mut cells = line.split('\t');
                let name = cells.next()?;
                let codes: &'static [&'static str] = cells.collect::<Vec<_>>().leak();
                Some((name, codes))
            })
            .collect();
        let mut found = Self::default();
        let mut owner = "";
        for line in digest.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&'static str> = line.split('\t').collect();
            match cells[..] {
                ["T", name] => owner = name,
                [name, min, max, types, set] if name != "V" => {
                    let types = types.split(',').collect();
                    let codes = sets.get(set).copied().unwrap_or_default();
                    let element =
                        Element { name, min: min.parse().unwrap_or(0), many: max != "1", types, codes };
                    found.elements.entry(owner).or_default().push(element);
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_is_read() {
        let r4 = Definitions::r4();
        let observation = r4.elements("Observation").unwrap();
        let find = |name: &str| observation.iter().find(|element| element.name == name).unwrap();
        assert_eq!(
            (find("status").min, find("status").codes.len()),
            (1, 8),
            "observation-status of 4.0.1 has 8 codes"
        );
        assert_eq!(find("value[x]").types.len(), 11);
        assert!(find("category").many && !find("issued").many);
        assert!(r4.elements("Observation.component").is_some() && r4.elements("string").is_none());
    }
}
