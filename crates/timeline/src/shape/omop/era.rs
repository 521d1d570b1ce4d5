//! How do single records of a condition or a drug become eras?
//!
//! Source: the era scripts of OHDSI (`CommonDataModel/rmd/sqlScripts.Rmd`): records of one concept that lie at most 30 days
//! apart are one era. A condition without an end lasts one day. Overlapping exposures to a drug are joined before days
//! without the drug are counted.

/// Longest gap inside an era, in days.
const PERSISTENCE: i32 = 30;

/// One era. Days since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Era {
    pub(super) concept: i64,
    pub(super) start: i32,
    pub(super) end: i32,
    /// Records in it.
    pub(super) count: u32,
    /// Days of it that no record covers.
    pub(super) gap: i32,
}

/// The eras of one person's spans `(concept, first day, last day)`, by concept and start. A span that ends before it
/// begins is taken as one day.
///
/// # Cost
/// O(spans · log spans).
pub(super) fn eras(mut spans: Vec<(i64, i32, i32)>) -> Vec<Era> {
    spans.sort_unstable();
    let mut eras: Vec<Era> = Vec::new();
    for (concept, start, end) in spans {
        let end = end.max(start);
        match eras.last_mut() {
            Some(era) if era.concept == concept && start <= era.end.saturating_add(PERSISTENCE) => {
                era.gap += (start - era.end).max(0);
                era.end = era.end.max(end);
                era.count += 1;
            }
            _ => eras.push(Era { concept, start, end, count: 1, gap: 0 }),
        }
    }
    eras
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_within_thirty_days_are_one_era() {
        let found = eras(vec![(7, 100, 110), (7, 0, 10), (7, 40, 41), (7, 5, 20), (3, 0, 0), (7, 200, 190)]);
        let era = |concept, start, end, count, gap| Era { concept, start, end, count, gap };
        // By hand: 0-10 and 5-20 overlap, 40 is 20 days behind 20, 100 is 59 behind 41, 200 is 90 behind 110.
        assert_eq!(
            found,
            [era(3, 0, 0, 1, 0), era(7, 0, 41, 3, 20), era(7, 100, 110, 1, 0), era(7, 200, 200, 1, 0)]
        );
        assert!(eras(Vec::new()).is_empty());
    }
}
