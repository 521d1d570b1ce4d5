//! How are intervals, distributions, maps and curves drawn as inline SVG?

use super::words::{escaped, number};
use crate::card::{Associations, Attack, ColumnPicture, Entry, Reading};
use std::fmt::Write as _;

/// A value between its floor and its ceiling.
pub(super) fn bar(entry: &Entry) -> String {
    let Some(reading) = entry.reading else { return String::new() };
    let mut marks = Vec::new();
    marks.extend(entry.floor.map(|floor| (floor.value, "floor", -2)));
    marks.extend(entry.ceiling.map(|ceiling| (ceiling.value, "ceiling", 32)));
    if marks.is_empty()
        && let Some(target) = entry.direction.strip_prefix("target ").and_then(|target| target.parse().ok())
    {
        marks.push((target, "chance", 32));
    }
    let mut points: Vec<f64> = vec![reading.value];
    points.extend(marks.iter().map(|mark| mark.0));
    points.extend(reading.interval.iter().flat_map(|interval| [interval.low, interval.high]));
    let (low, high) = points.iter().fold((f64::MAX, f64::MIN), |(l, h), &p| (l.min(p), h.max(p)));
    let pad = ((high - low) * 0.08).max(1e-6);
    let place = |value: f64| 6.0 + 248.0 * (value - low + pad) / (high - low + 2.0 * pad);
    let mut svg = format!(
        "<svg class=\"bar\" viewBox=\"0 -12 260 49\" role=\"img\" aria-label=\"{}: {}\"><line x1=\"6\" x2=\"254\" y1=\"14\" y2=\"14\" class=\"axis\"/>",
        escaped(&entry.name),
        super::words::reading(&reading)
    );
    // The floor is named above the axis and the ceiling below, so that names never meet.
    for (value, name, y) in marks {
        let x = place(value);
        let anchor = match x {
            ..40.0 => "start",
            220.0.. => "end",
            _ => "middle",
        };
        let _ = write!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"6\" y2=\"22\" class=\"{name}\"/><text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">{name} {}</text>",
            number(value)
        );
    }
    whisker(&mut svg, &reading, place, 14.0);
    svg.push_str("</svg>");
    svg
}

/// One interval and its value at height `y`.
pub(super) fn whisker(svg: &mut String, reading: &Reading, place: impl Fn(f64) -> f64, y: f64) {
    if let Some(interval) = reading.interval {
        let (a, b) = (place(interval.low), place(interval.high));
        let _ = write!(svg, "<line x1=\"{a:.1}\" x2=\"{b:.1}\" y1=\"{y}\" y2=\"{y}\" class=\"interval\"/>");
    }
    let _ = write!(svg, "<circle cx=\"{:.1}\" cy=\"{y}\" r=\"5\" class=\"value\"/>", place(reading.value));
}

/// Synthetic (filled) over real (outlined) shares.
pub(super) fn distribution(picture: &ColumnPicture) -> String {
    let n = picture.holdout.len();
    if n == 0 {
        return String::new();
    }
    let most = picture.holdout.iter().chain(&picture.synthetic).flatten().copied().fold(1e-9, f64::max);
    let width = 180.0 / n as f64;
    let mut svg = format!(
        "<svg class=\"dist\" viewBox=\"0 0 180 54\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"distribution of {}, real and synthetic\">",
        escaped(&picture.name)
    );
    let height = |share: f64| 50.0 * share / most;
    for (at, share) in picture.synthetic.iter().enumerate() {
        let h = height(share.unwrap_or(0.0));
        let _ = write!(
            svg,
            "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{h:.2}\" class=\"synthetic\"/>",
            at as f64 * width,
            52.0 - h,
            (width * 0.94).max(0.5)
        );
    }
    let mut path = String::new();
    for (at, share) in picture.holdout.iter().enumerate() {
        // Suppressed counts are drawn at nothing and said in the table.
        let y = 52.0 - height(share.unwrap_or(0.0));
        let _ = write!(
            path,
            "{}{:.2} {y:.2}H{:.2}",
            if at == 0 { "M" } else { "L" },
            at as f64 * width,
            (at + 1) as f64 * width
        );
    }
    let _ = write!(svg, "<path d=\"{path}\" class=\"real\"/></svg>");
    svg
}

/// A square map of associations, or of their difference.
pub(super) fn map(
    associations: &Associations,
    values: impl Fn(usize) -> f32,
    difference: bool,
    title: &str,
) -> String {
    let k = associations.columns.len();
    let mut svg = format!(
        "<svg class=\"map\" viewBox=\"0 0 {k} {k}\" role=\"img\" aria-label=\"{title}\" shape-rendering=\"crispEdges\">"
    );
    for row in 0..k {
        for column in 0..k {
            let value = values(row * k + column).clamp(-1.0, 1.0);
            if value.abs() < 0.02 {
                continue;
            }
            let class = if difference && value < 0.0 { "less" } else { "more" };
            let strength = if difference { (value.abs() * 2.5).min(1.0) } else { value.abs() };
            let _ = write!(
                svg,
                "<rect x=\"{column}\" y=\"{row}\" width=\"1\" height=\"1\" class=\"{class}\" opacity=\"{strength:.2}\"/>"
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// The curves of all attacks.
pub(super) fn roc(attacks: &[Attack]) -> String {
    let place = |share: f64| 200.0 * (1.0 + share.max(LEAST_RATE).log10() / -LEAST_RATE.log10());
    let mut svg = String::from(
        "<svg class=\"roc\" viewBox=\"0 0 236 236\" role=\"img\" aria-label=\"ROC curves of membership attacks on logarithmic axes\"><rect x=\"30\" y=\"5\" width=\"200\" height=\"200\" class=\"frame\"/>",
    );
    for share in [0.001, 0.01, 0.1, 1.0] {
        let (x, y) = (30.0 + place(share), 205.0 - place(share));
        let _ = write!(
            svg,
            "<path d=\"M{x:.1} 5V205M30 {y:.1}H230\" class=\"frame\"/><text x=\"{x:.1}\" y=\"219\" text-anchor=\"middle\">{share}</text><text x=\"26\" y=\"{:.1}\" text-anchor=\"end\">{share}</text>",
            y + 3.0
        );
    }
    svg.push_str("<line x1=\"30\" y1=\"205\" x2=\"230\" y2=\"5\" class=\"chance\"/>");
    for (at, attack) in attacks.iter().enumerate() {
        let points: Vec<String> = attack
            .roc
            .iter()
            .filter(|(_, y)| *y > 0.0)
            .map(|(x, y)| format!("{:.1},{:.1}", 30.0 + place(*x), 205.0 - place(*y)))
            .collect();
        let _ = write!(svg, "<polyline points=\"{}\" class=\"curve c{at}\"/>", points.join(" "));
    }
    svg.push_str("</svg>");
    svg
}

/// Least rate that ROC curves show.
const LEAST_RATE: f64 = 1e-3;

/// Two shares on the line from 0 to 1, one above the other.
pub(super) fn shares(above: &Reading, below: &Reading, label: &str) -> String {
    let place = |value: f64| 6.0 + 248.0 * value;
    let mut svg =
        format!("<svg class=\"bar\" viewBox=\"0 0 260 44\" role=\"img\" aria-label=\"{}\">", escaped(label));
    svg.push_str("<line x1=\"6\" x2=\"254\" y1=\"22\" y2=\"22\" class=\"axis\"/>");
    whisker(&mut svg, above, place, 13.0);
    svg.push_str("<g class=\"other\">");
    whisker(&mut svg, below, place, 31.0);
    svg.push_str("</g></svg>");
    svg
}

/// Synthetic-trained and real-trained scores of one task, one above the other.
pub(super) fn whiskers(synthetic: &Reading, real: &Reading, baseline: f64, label: &str) -> String {
    let ends = |reading: &Reading| {
        reading.interval.map_or([reading.value; 2], |interval| [interval.low, interval.high])
    };
    let all = [ends(synthetic), ends(real), [baseline, baseline]].concat();
    let (low, high) = all.iter().fold((f64::MAX, f64::MIN), |(l, h), &p| (l.min(p), h.max(p)));
    let pad = ((high - low) * 0.06).max(1e-6);
    let place = |value: f64| 6.0 + 248.0 * (value - low + pad) / (high - low + 2.0 * pad);
    let mut svg =
        format!("<svg class=\"bar\" viewBox=\"0 0 260 44\" role=\"img\" aria-label=\"{}\">", escaped(label));
    let x = place(baseline);
    let _ = write!(svg, "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"4\" y2=\"40\" class=\"floor\"/>");
    whisker(&mut svg, synthetic, place, 13.0);
    svg.push_str("<g class=\"other\">");
    whisker(&mut svg, real, place, 31.0);
    svg.push_str("</g></svg>");
    svg
}
