//! How is it shown which engines do best over several data sets?

use super::super::words::{mebibytes, number};
use super::{Grid, maybe, method, page, text};
use crate::study::{League, Standing};

const RANKS: [&str; 7] = ["Engine", "Realism", "Utility", "Membership", "Seconds", "On the front", "Failed"];
const HEADS: [&str; 10] = [
    "Data",
    "Engine",
    "Told from real rows (C2ST)",
    "Utility",
    "of real rows",
    "Measure",
    "Membership",
    "Seconds",
    "Memory",
    "Front; failed",
];

const METHOD: &str = "In each repeat the people are split anew, unless the holdout is a file, and every engine and program learns \
                      from the same people and draws as many rows. C2ST: AUC of a classifier between synthetic and holdout rows, \
                      0.5 is right. Utility: boosted trees learn the outcome from the synthetic rows and are tested on the holdout; \
                      beside it, from as many real rows. Membership: AUC of a nearest-neighbour attack between people who were \
                      learned from and held-out ones, 0.5 is safe. Seconds are of learning and drawing on this machine; memory is \
                      the greatest of this process so far, so that later engines inherit it, and that of other programs is not \
                      measured. Mean ranks are over data sets, 1 is best, what failed is last. Two engines differ beyond chance in one \
                      figure when their mean ranks are further apart than the critical difference (Nemenyi's test, Demšar 2006). On \
                      the front: no other is as good in realism, utility and membership and better in one. Intervals are at 95 %, \
                      over repeats, corrected for the people that these share (Nadeau and Bengio 2003).";

/// One self-contained page.
#[must_use]
pub fn league_html(found: &League) -> String {
    let mut body = String::from("<section id=\"figures\"><h2>Figures</h2>");
    ranks(found).html(&mut body);
    all(found).html(&mut body);
    method(&mut body, METHOD);
    page("Engines side by side", &lead(found), &found.findings(), &body)
}

/// The same as Markdown.
#[must_use]
pub fn league_markdown(found: &League) -> String {
    let mut text = text("Engines side by side", &lead(found), &found.findings());
    text.push_str("\n## Figures\n");
    ranks(found).markdown(&mut text);
    all(found).markdown(&mut text);
    text + "\n## Method\n\n" + METHOD + "\n"
}

fn lead(found: &League) -> String {
    format!("{} engines on {}; {} repeats.", found.standings.len(), found.settings.join("; "), found.repeats)
}

fn ranks(found: &League) -> Grid<'static> {
    let line = |own: &Standing| {
        let mut line = vec![own.engine.clone()];
        line.extend(own.ranks.iter().map(|rank| rank.map_or("–".to_owned(), |rank| format!("{rank:.2}"))));
        line.extend([format!("{} of {}", own.front, found.settings.len()), own.failed.to_string()]);
        line
    };
    Grid {
        caption: "Mean ranks over data sets; 1 is best",
        heads: &RANKS,
        lines: found.standings.iter().map(line).collect(),
    }
}

fn all(found: &League) -> Grid<'static> {
    let lines = found.places.iter().map(|place| {
        let mut last = if place.is_front { "front".to_owned() } else { String::new() };
        if !place.failed.is_empty() {
            let mut reasons = place.failed.clone();
            reasons.dedup();
            let failed = format!("{} failed: {}", place.failed.len(), reasons.join("; "));
            last = if place.is_front { format!("{last}; {failed}") } else { failed };
        }
        vec![
            place.setting.clone(),
            place.engine.clone(),
            maybe(place.realism.as_ref()),
            maybe(place.utility.as_ref()),
            place.real.map_or("–".to_owned(), number),
            place.measure.clone(),
            maybe(place.membership.as_ref()),
            place.seconds.map_or("–".to_owned(), number),
            place.peak_bytes.map_or("–".to_owned(), mebibytes),
            last,
        ]
    });
    Grid { caption: "Means over repeats, with intervals", heads: &HEADS, lines: lines.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Place;

    #[test]
    fn findings_say_who_is_first_and_whether_that_is_chance() {
        let standing = |engine: &str, ranks: [f64; 4]| Standing {
            engine: engine.into(),
            ranks: ranks.map(Some),
            front: 1,
            failed: 0,
        };
        let place = Place {
            setting: "heart".into(),
            engine: "b|c".into(),
            chosen: [("arf".to_owned(), 2)].into(),
            realism: None,
            utility: None,
            real: None,
            measure: String::new(),
            membership: None,
            seconds: None,
            peak_bytes: None,
            is_front: false,
            failed: vec!["too many cells".into(), "too many cells".into()],
        };
        let found = League {
            settings: vec!["heart".into(), "lung".into()],
            repeats: 2,
            standings: vec![standing("a", [1.0, 1.0, 2.0, 3.0]), standing("b|c", [3.0, 2.0, 1.0, 1.0])],
            critical_difference: Some(1.5),
            places: vec![place],
        };
        let text = league_markdown(&found);
        assert!(
            text.contains(
                "- `a` is hardest to tell from real rows, mean rank 1.00; beyond chance ahead of `b\\|c`."
            ),
            "{text}"
        );
        assert!(
            text.contains("`a` is most useful, mean rank 1.00; no difference to others is beyond chance."),
            "{text}"
        );
        assert!(text.contains("- On heart `b\\|c` took `arf` (2 of 2 fits)."), "{text}");
        assert!(text.contains("| 2 failed: too many cells |"), "{text}");
        assert!(league_html(&found).contains("<td>1 of 2</td>"));
    }
}
