//! How is it shown how many real people each engine needs?

use super::super::words::number;
use super::curves::{Line, curves};
use super::{Grid, maybe, method, page, reasons, signed, text};
use crate::card::Reading;
use crate::study::{Curve, Efficiency, Point, REAL};

const HEADS: [&str; 10] = [
    "People learned from",
    "Engine",
    "Utility",
    "Beyond the people themselves",
    "Worth real people",
    "Told from real rows (C2ST)",
    "Membership",
    "Seconds",
    "Tokens; money",
    "Failed",
];

const METHOD: &str = "In each repeat the people are split anew, unless the holdout is a file; every engine learns from the same \
                      people, and those of a smaller size are among those of a larger. Utility: boosted trees learn the \
                      outcome from the synthetic rows (from the real ones themselves for `real rows`) and are tested on \
                      the holdout; where rows are too few to learn from, utility is that without skill. Beyond the people \
                      themselves: the difference to boosted trees learned on the same real people, repeat by repeat. Worth real \
                      people: where the curve of real rows, made to rise, reaches the utility, on a logarithmic scale of sizes. \
                      C2ST: AUC of a classifier between synthetic and holdout rows, 0.5 is right. Membership: AUC of a \
                      nearest-neighbour attack between people who were learned from and held-out ones, 0.5 is safe. Intervals \
                      are at 95 %, over repeats, corrected for the people that these share (Nadeau and Bengio 2003). The engine \
                      named first of several is the best of these repeats, which flatters it by a hair.";

/// One self-contained page.
#[must_use]
pub fn efficiency_html(found: &Efficiency) -> String {
    let mut body = String::from("<section id=\"figures\"><h2>Figures</h2><div class=\"maps wide\">");
    let lines = |of: fn(&Point) -> Option<Reading>, with_real: bool| -> Vec<Line> {
        let own = found.curves.iter().filter(|curve| with_real || curve.engine != REAL);
        own.map(|curve| Line {
            name: curve.engine.clone(),
            points: curve
                .points
                .iter()
                .filter_map(|point| Some((point.size as f64, of(point)?.value)))
                .collect(),
        })
        .collect()
    };
    let title = format!("{} of {} on the holdout", found.measure, found.target);
    body += &curves(&title, &lines(|point| point.utility, true), &[(found.no_skill, "no skill")]);
    body += &curves(
        "AUC of telling synthetic from real rows (C2ST)",
        &lines(|point| point.realism, true),
        &[(0.5, "right")],
    );
    body += &curves(
        "AUC of telling who was learned from",
        &lines(|point| point.membership, false),
        &[(0.5, "safe")],
    );
    body += "</div>";
    grid(found).html(&mut body);
    method(&mut body, METHOD);
    page(&title_of(found), &lead(found), &found.advice, &body)
}

/// The same as Markdown.
#[must_use]
pub fn efficiency_markdown(found: &Efficiency) -> String {
    let mut text = text(&title_of(found), &lead(found), &found.advice);
    text.push_str("\n## Figures\n");
    grid(found).markdown(&mut text);
    text + "\n## Method\n\n" + METHOD + "\n"
}

fn title_of(found: &Efficiency) -> String {
    format!("{}: how many real people does it take?", found.dataset)
}

fn lead(found: &Efficiency) -> String {
    format!(
        "{} engines learned from up to {} people in {} repeats and drew up to {} rows each; utility is {} of {}.",
        found.curves.len().saturating_sub(1),
        found.most,
        found.repeats,
        found.synthetic,
        found.measure,
        found.target
    )
}

fn grid(found: &Efficiency) -> Grid<'static> {
    let n = found.curves.first().map_or(0, |curve| curve.points.len());
    let line = |curve: &Curve, at: usize| {
        let point = &curve.points[at];
        let spent = match (point.tokens, point.cost) {
            (Some(tokens), Some(cost)) => format!("{tokens:.0}; {cost:.4}"),
            (Some(tokens), None) => format!("{tokens:.0}"),
            _ => "–".to_owned(),
        };
        vec![
            point.size.to_string(),
            curve.engine.clone(),
            maybe(point.utility.as_ref()),
            signed(point.gain.as_ref()),
            point.equivalent.map_or("–".to_owned(), |worth| format!("{worth:.0}")),
            maybe(point.realism.as_ref()),
            maybe(point.membership.as_ref()),
            point.seconds.map_or("–".to_owned(), number),
            spent,
            reasons(&point.failed),
        ]
    };
    Grid {
        caption: "Means over repeats, with intervals",
        heads: &HEADS,
        lines: (0..n).flat_map(|at| found.curves.iter().map(move |curve| line(curve, at))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Interval;

    #[test]
    fn every_engine_and_size_is_told_in_both_forms() {
        let interval = Some(Interval { low: 0.5, high: 0.75, level: 0.95 });
        let of = |value: f64| Some(Reading { value, interval, n: 3 });
        let point = |size: usize, value: f64| Point {
            size,
            utility: of(value),
            gain: of(0.125),
            equivalent: Some(64.0),
            realism: of(0.625),
            membership: of(0.5),
            seconds: Some(1.5),
            tokens: Some(1200.0),
            cost: Some(0.5),
            failed: vec![("too few <rows>".into(), 2)],
        };
        let curve =
            |engine: &str| Curve { engine: engine.into(), points: vec![point(20, 0.6), point(80, 0.7)] };
        let found = Efficiency {
            dataset: "clinic".into(),
            target: "died".into(),
            measure: "AUC".into(),
            no_skill: 0.5,
            repeats: 3,
            most: 80,
            synthetic: 80,
            curves: vec![curve(REAL), curve("trees")],
            advice: vec!["Use `trees`.".into()],
        };
        let (html, text) = (efficiency_html(&found), efficiency_markdown(&found));
        assert!(
            html.contains("<li>Use <code>trees</code>.</li>") && text.contains("- Use `trees`."),
            "{text}"
        );
        assert_eq!(html.matches("<svg class=\"curves\"").count(), 3);
        assert_eq!(html.matches("<th scope=\"row\">").count(), 4);
        assert!(html.contains("too few &lt;rows&gt; (2)"));
        let wanted = "| 80 | trees | 0.700 (0.500 to 0.750) | +0.125 (+0.500 to +0.750) | 64 | 0.625 (0.500 to 0.750) | \
                      0.500 (0.500 to 0.750) | 1.500 | 1200; 0.5000 | too few &lt;rows> (2) |";
        assert!(text.contains(wanted), "{text}");
    }
}
