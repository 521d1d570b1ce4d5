//! Does a column say the same as another, in the same row or in the row that it hangs on?

use std::collections::BTreeMap;
use verosim_data::RawColumn;

/// Share of cells that may differ.
const STRAY: f64 = 0.005;
/// Cells that must agree: fewer may do so by chance.
const LEAST: usize = 5;

/// How far a column says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Cell by cell.
    Whole,
    /// Wherever there is a cell.
    WhereThere,
}

/// Compares the cells of `own` at `rows` with those of `other` at `others`. One text throughout is like nothing.
///
/// # Cost
/// O(rows), less where they differ soon.
pub(super) fn likeness(
    (own, rows): (&RawColumn, &[u32]),
    (other, others): (&RawColumn, &[u32]),
) -> Option<Likeness> {
    let most = (rows.len() as f64 * STRAY) as usize;
    let (mut stray, mut gone, mut there) = (0, 0, 0);
    let mut first = None;
    let mut differs = false;
    for (&row, &at) in rows.iter().zip(others) {
        let (a, b) = (own.codes()[row as usize], other.codes()[at as usize]);
        let (mine, theirs) = (&own.levels()[a as usize], &other.levels()[b as usize]);
        if mine.is_empty() {
            gone += usize::from(!theirs.is_empty());
            continue;
        }
        if mine == theirs {
            there += 1;
            differs |= *first.get_or_insert(a) != a;
        } else {
            stray += 1;
            if stray > most {
                return None;
            }
        }
    }
    let alike = there >= LEAST && differs && stray * 200 <= there + stray;
    alike.then_some(if gone <= most { Likeness::Whole } else { Likeness::WhereThere })
}

/// What mostly stands beside each text of `from`, where it hardly varies: those pairs that at least `k` people have.
pub(super) fn beside(
    (own, from): (&RawColumn, &RawColumn),
    rows: &[u32],
    person: &[u32],
    k: usize,
) -> Option<BTreeMap<String, String>> {
    let mut pairs: BTreeMap<(u32, u32), (usize, Vec<u32>)> = BTreeMap::new();
    for &row in rows {
        let pair = (from.codes()[row as usize], own.codes()[row as usize]);
        let (n, people) = pairs.entry(pair).or_default();
        *n += 1;
        // Rows stand by person.
        if people.last() != Some(&person[row as usize]) {
            people.push(person[row as usize]);
        }
    }
    let (mut main, mut told, mut kinds) = (0, 0, 0);
    let mut words = BTreeMap::new();
    let mut said = std::collections::BTreeSet::new();
    for group in pairs.iter().collect::<Vec<_>>().chunk_by(|a, b| a.0.0 == b.0.0) {
        let all: usize = group.iter().map(|(_, (n, _))| n).sum();
        let Some(((from_code, code), (n, people))) =
            group.iter().max_by_key(|((_, code), (n, _))| (*n, std::cmp::Reverse(*code)))
        else {
            continue;
        };
        main += n;
        kinds += 1;
        told += if all > 1 { all } else { 0 };
        said.insert(*code);
        if people.len() >= k {
            let (from, own) = (&from.levels()[*from_code as usize], &own.levels()[*code as usize]);
            words.insert(from.to_string(), own.to_string());
        }
    }
    let hardly_varies = main * 1_000 >= rows.len() * 995;
    // Where most texts of `from` stand once, everything hangs on it.
    (hardly_varies && kinds > 1 && said.len() > 1 && told * 10 >= rows.len() * 6).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_data::SourceType;

    fn column(cells: impl Iterator<Item = String>) -> RawColumn {
        let mut column = RawColumn::new("x", SourceType::Text);
        cells.for_each(|cell| column.push(&cell));
        column
    }

    #[test]
    fn equal_columns_are_found_and_others_are_not() {
        let rows: Vec<u32> = (0..1_000).collect();
        let of = |f: &dyn Fn(usize) -> String| column((0..1_000).map(f));
        let a = of(&|row| (row % 9).to_string());
        let nearly = of(&|row| if row < 4 { "x".into() } else { (row % 9).to_string() });
        let partly = of(&|row| if row % 3 == 0 { String::new() } else { (row % 9).to_string() });
        let other = of(&|row| (row % 8).to_string());
        let one = of(&|_| "0".into());
        let like = |own: &RawColumn, other: &RawColumn| likeness((own, &rows), (other, &rows));
        assert_eq!(like(&a, &nearly), Some(Likeness::Whole));
        assert_eq!(like(&partly, &a), Some(Likeness::WhereThere));
        assert_eq!((like(&a, &other), like(&one, &one)), (None, None));
    }

    #[test]
    fn words_stand_beside_codes_that_enough_people_have() {
        let rows: Vec<u32> = (0..600).collect();
        let person: Vec<u32> = (0..600).map(|row| row / 6).collect();
        let code = column((0..600).map(|row| if row < 12 { "rare".into() } else { (row % 7).to_string() }));
        let words =
            column((0..600).map(|row| if row < 12 { "of two".into() } else { format!("word {}", row % 7) }));
        let found = beside((&words, &code), &rows, &person, 5).unwrap();
        assert_eq!(found.len(), 7);
        assert_eq!((found["3"].as_str(), found.get("rare")), ("word 3", None));
        let each = column((0..600).map(|row| row.to_string()));
        assert_eq!(beside((&words, &each), &rows, &person, 5), None, "a code for each row tells nothing");
    }
}
