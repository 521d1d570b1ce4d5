//! How are means against the number of people drawn?

use super::super::words::{escaped, number};
use std::fmt::Write as _;

/// A line of a picture: its name, and per point the number of people and the figure.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// Styles of lines that the style sheet knows.
const STYLES: usize = 9;
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 48.0;
const BOTTOM: f64 = 30.0;

/// A picture of `lines` over a logarithmic axis of people, with its legend. `marks` are levels to compare with.
pub(super) fn curves(title: &str, lines: &[Line], marks: &[(f64, &str)]) -> String {
    let all: Vec<(f64, f64)> = lines.iter().flat_map(|line| line.points.iter().copied()).collect();
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
    };
    if all.is_empty() {
        return String::new();
    }
    let (least, most) = range(&mut all.iter().map(|point| point.0.max(1.0).ln()));
    let (low, high) = range(&mut all.iter().map(|point| point.1).chain(marks.iter().map(|mark| mark.0)));
    let pad = ((high - low) * 0.06).max(1e-6);
    let x =
        |people: f64| LEFT + (WIDTH - LEFT - 8.0) * (people.max(1.0).ln() - least) / (most - least).max(1e-9);
    let y = |value: f64| 8.0 + (HEIGHT - BOTTOM - 8.0) * (high + pad - value) / (high - low + 2.0 * pad);
    let mut svg = format!(
        "<figure><figcaption>{0}</figcaption><svg class=\"curves\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\">",
        escaped(title)
    );
    for at in 0..=4 {
        let value = low + (high - low) * f64::from(at) / 4.0;
        let _ = write!(
            svg,
            "<path d=\"M{LEFT} {0:.1}H{1}\" class=\"frame\"/><text x=\"{2}\" y=\"{3:.1}\" text-anchor=\"end\">{4}</text>",
            y(value),
            WIDTH - 8.0,
            LEFT - 5.0,
            y(value) + 3.0,
            number(value)
        );
    }
    let mut sizes: Vec<f64> = all.iter().map(|point| point.0).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let mut last = f64::NEG_INFINITY;
    for size in sizes {
        // Names that would meet are left out.
        if x(size) - last > 34.0 {
            let (at, foot) = (x(size), HEIGHT - BOTTOM + 14.0);
            let _ = write!(svg, "<text x=\"{at:.1}\" y=\"{foot}\" text-anchor=\"middle\">{size:.0}</text>");
            last = at;
        }
    }
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">people learned from</text>",
        f64::midpoint(LEFT, WIDTH),
        HEIGHT - 2.0
    );
    for (value, name) in marks {
        let at = y(*value);
        let _ = write!(
            svg,
            "<path d=\"M{LEFT} {at:.1}H{0}\" class=\"chance\"/><text x=\"{0}\" y=\"{1:.1}\" text-anchor=\"end\">{2}</text>",
            WIDTH - 8.0,
            at - 3.0,
            escaped(name)
        );
    }
    for (at, line) in lines.iter().enumerate() {
        let points: Vec<String> =
            line.points.iter().map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1))).collect();
        let _ = write!(svg, "<polyline points=\"{}\" class=\"curve c{}\"/>", points.join(" "), at % STYLES);
    }
    svg.push_str("</svg><p class=\"soft\">");
    for (at, line) in lines.iter().enumerate() {
        let _ = write!(svg, "<span class=\"swatch c{}\"></span>{} &ensp;", at % STYLES, escaped(&line.name));
    }
    svg.push_str("</p></figure>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_stands_at_its_place_on_the_logarithmic_axis() {
        let line = |name: &str, points: &[(f64, f64)]| Line { name: name.into(), points: points.to_vec() };
        let svg =
            curves("AUC", &[line("a<", &[(10.0, 0.5), (100.0, 0.6), (1000.0, 0.7)])], &[(0.5, "no skill")]);
        // Left edge, middle and right edge of 48 to 552.
        assert!(
            svg.contains("points=\"48.0,") && svg.contains(" 300.0,") && svg.contains(" 552.0,"),
            "{svg}"
        );
        assert!(svg.contains("a&lt;") && svg.contains(">1000</text>") && svg.contains("no skill"));
        assert_eq!(curves("AUC", &[], &[]), "");
    }
}
