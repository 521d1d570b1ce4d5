//! How are regressions told: real and synthetic coefficients, one above the other?

use super::words::{escaped, number};
use crate::card::{Card, Forest, ForestRow, Reading};
use std::fmt::Write as _;

/// Heads of the table.
const HEADS: [&str; 5] = ["term", "real", "synthetic", "other real people", "overlap"];

/// What the tables show.
const WHAT_FORESTS_MEAN: &str = "\
The same regression on holdout rows (real), on as many synthetic rows and on as many training rows (other real people, what \
a perfect generator reaches), with 95 % intervals; numbers per standard deviation, no effect dashed. Two groups of the same people overlap by \
about 0.7, not by 1. Standard errors from synthetic rows are too small for statements about the population: multiply them by \
√2 where the synthetic table is as large as the real one.";

/// The section of regressions, where there are any.
pub(super) fn section(page: &mut String, card: &Card) {
    if card.forests.is_empty() {
        return;
    }
    page.push_str("<section id=\"inference\"><h2>Inference: the same analysis, the same answer?</h2>");
    for forest in &card.forests {
        let heads = HEADS.map(|head| format!("<th scope=\"col\">{head}</th>"));
        let [term, rest @ ..] = &heads;
        let _ = write!(
            page,
            "<h3>{}</h3><p class=\"soft\">{}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>{term}<th scope=\"col\">real above, synthetic below</th>{}</tr></thead><tbody>",
            escaped(&forest.outcome),
            escaped(&caption(forest)),
            rest.concat()
        );
        let span = span(forest);
        for row in &forest.rows {
            let [term, cells @ ..] = cells(forest, row).map(|cell| escaped(&cell));
            let _ = write!(
                page,
                "<tr><th scope=\"row\">{term}</th><td>{}</td><td>{}</td></tr>",
                plot(row, span),
                cells.join("</td><td>")
            );
        }
        page.push_str("</tbody></table></div>");
    }
    let _ = writeln!(page, "<p class=\"soft\">{WHAT_FORESTS_MEAN}</p></section>");
}

/// The same as plain text.
pub(super) fn text(out: &mut String, card: &Card) {
    if card.forests.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## Inference\n\n{WHAT_FORESTS_MEAN}");
    for forest in &card.forests {
        let _ = writeln!(
            out,
            "\n{}: {}\n\n| {} |\n|{}",
            super::markdown::cell(&forest.outcome),
            super::markdown::cell(&caption(forest)),
            HEADS.join(" | "),
            "---|".repeat(HEADS.len())
        );
        for row in &forest.rows {
            let _ = writeln!(
                out,
                "| {} |",
                cells(forest, row).map(|cell| super::markdown::cell(&cell)).join(" | ")
            );
        }
    }
}

fn caption(forest: &Forest) -> String {
    let [real, synthetic, train] = forest.n;
    let scale = forest.scale.strip_prefix("log ").unwrap_or(&forest.scale);
    let mut text = format!("{scale}; {real} holdout, {synthetic} synthetic and {train} training rows");
    for remedy in &forest.remedies {
        let _ = write!(text, "; {remedy}");
    }
    text
}

fn cells(forest: &Forest, row: &ForestRow) -> [String; 5] {
    let show = |reading: &Reading| effect(forest, reading);
    [
        row.term.clone(),
        show(&row.real),
        row.synthetic.as_ref().map_or("lost: synthetic rows do not vary in it".into(), show),
        row.ceiling.as_ref().map_or("–".into(), show),
        format!("{:.2}", row.overlap),
    ]
}

/// Ratios as ratios, differences as they are.
fn effect(forest: &Forest, reading: &Reading) -> String {
    let is_ratio = forest.scale.starts_with("log ");
    let shown = |value: f64| if is_ratio { ratio(value.exp()) } else { number(value) };
    match reading.interval {
        Some(interval) => {
            format!("{} ({} to {})", shown(reading.value), shown(interval.low), shown(interval.high))
        }
        None => shown(reading.value),
    }
}

/// A ratio beyond any use is said to be so.
fn ratio(value: f64) -> String {
    match value {
        1e4.. => "above 10,000".into(),
        ..=1e-4 => "below 0.0001".into(),
        _ => number(value),
    }
}

/// Ends of the axis of a plot: all real intervals and estimates, and 0.
fn span(forest: &Forest) -> (f64, f64) {
    let mut points = vec![0.0];
    for row in &forest.rows {
        points.extend(row.real.interval.iter().flat_map(|interval| [interval.low, interval.high]));
        points.extend(row.synthetic.iter().map(|reading| reading.value));
    }
    // One term that runs away must not flatten the others.
    points.iter().fold((0.0, 0.0), |(low, high): (f64, f64), &p| (low.min(p.max(-6.0)), high.max(p.min(6.0))))
}

fn plot(row: &ForestRow, (low, high): (f64, f64)) -> String {
    let pad = ((high - low) * 0.05).max(1e-6);
    let place = |value: f64| 6.0 + 248.0 * ((value - low + pad) / (high - low + 2.0 * pad)).clamp(0.0, 1.0);
    let zero = place(0.0);
    let mut svg = format!(
        "<svg class=\"bar\" viewBox=\"0 0 260 34\" role=\"img\" aria-label=\"{}: real and synthetic coefficient\"><line x1=\"{zero:.1}\" x2=\"{zero:.1}\" y1=\"2\" y2=\"32\" class=\"floor\"/><g class=\"other\">",
        escaped(&row.term)
    );
    super::chart::whisker(&mut svg, &row.real, place, 10.0);
    svg.push_str("</g>");
    if let Some(reading) = &row.synthetic {
        super::chart::whisker(&mut svg, reading, place, 24.0);
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Interval;

    fn read(value: f64) -> Reading {
        Reading {
            value,
            interval: Some(Interval { low: value - 0.5, high: value + 0.5, level: 0.95 }),
            n: 90,
        }
    }

    fn forest() -> Forest {
        let row = |term: &str, synthetic: Option<Reading>| ForestRow {
            term: term.into(),
            real: read(0.0),
            synthetic,
            ceiling: None,
            overlap: 0.25,
        };
        Forest {
            outcome: "died <soon>".into(),
            scale: "log odds ratio".into(),
            n: [90, 88, 90],
            remedies: vec!["synthetic rows are separated: Firth's penalty".into()],
            rows: vec![row("age", Some(read(40.0))), row("a|b", None)],
        }
    }

    /// By hand: exp(0) = 1, exp(0.5) = 1.65, exp(-0.5) = 0.607.
    #[test]
    fn log_ratios_are_told_as_ratios_and_lost_terms_are_named() {
        let forest = forest();
        assert_eq!(
            caption(&forest),
            "odds ratio; 90 holdout, 88 synthetic and 90 training rows; synthetic rows are separated: Firth's penalty"
        );
        let shown = cells(&forest, &forest.rows[0]);
        assert_eq!(shown[1], "1.000 (0.607 to 1.649)");
        assert_eq!(shown[2], "above 10,000 (above 10,000 to above 10,000)");
        assert!(cells(&forest, &forest.rows[1])[2].starts_with("lost"));
        let plain = Forest { scale: "difference in deviations".into(), ..forest };
        assert_eq!(effect(&plain, &read(0.25)), "0.250 (-0.250 to 0.750)");
    }

    #[test]
    fn a_term_that_runs_away_stays_on_the_plot() {
        let forest = forest();
        let svg = plot(&forest.rows[0], span(&forest));
        assert!(svg.contains("cx=\"254.0\"") && !svg.contains("NaN"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 2);
    }
}
