//! How are survival curves drawn and told?

use super::words::{escaped, number};
use crate::card::{Card, SurvivalPicture, SurvivalPoint};
use std::fmt::Write as _;

/// The section of survival, where there is any.
pub(super) fn section(page: &mut String, card: &Card) {
    let Some(picture) = &card.survival else { return };
    let _ = write!(
        page,
        "<section id=\"survival\"><h2>Survival</h2><figure>{}<figcaption><span class=\"key synthetic\"></span> synthetic <span class=\"key real\"></span> real holdout, {} until <code>{}</code></figcaption></figure><p>{}</p><details><summary>numbers</summary><table><thead><tr><th scope=\"col\">time</th><th scope=\"col\">real</th><th scope=\"col\">synthetic</th><th scope=\"col\">other real people</th></tr></thead><tbody>",
        curves(picture),
        escaped(&picture.time),
        escaped(&picture.event),
        sentence(picture)
    );
    for [time, rest @ ..] in picture.points.iter().map(cells) {
        let _ = write!(page, "<tr><th scope=\"row\">{time}</th><td>{}</td></tr>", rest.join("</td><td>"));
    }
    page.push_str("</tbody></table></details></section>\n");
}

/// The same as plain text.
pub(super) fn text(out: &mut String, card: &Card) {
    let Some(picture) = &card.survival else { return };
    let _ = writeln!(
        out,
        "\n## Survival\n\n{}\n\n| time | real | synthetic | other real people |\n|---|---|---|---|",
        sentence(picture)
    );
    for line in picture.points.iter().step_by(4).map(cells) {
        let _ = writeln!(out, "| {} |", line.join(" | "));
    }
}

fn sentence(picture: &SurvivalPicture) -> String {
    let [real, synthetic] = picture.events;
    format!(
        "Share still free of the event (Kaplan-Meier): {real} events among holdout rows, {synthetic} among synthetic ones, \
         up to the time that 95 % of real people do not outlast. Real shares are rounded to half a percent."
    )
}

fn cells(point: &SurvivalPoint) -> [String; 4] {
    let share = |share: f64| format!("{:.1} %", 100.0 * share);
    [number(point.time), share(point.real), share(point.synthetic), share(point.train)]
}

pub(super) fn curves(picture: &SurvivalPicture) -> String {
    let last = picture.points.last().map_or(1.0, |point| point.time).max(1e-12);
    let path = |of: fn(&SurvivalPoint) -> f64| {
        let steps = picture.points.iter().enumerate().map(|(at, point)| {
            let (x, y) = (4.0 + 252.0 * point.time / last, 126.0 - 120.0 * of(point));
            if at == 0 { format!("M{x:.1} {y:.1}") } else { format!("H{x:.1}V{y:.1}") }
        });
        steps.collect::<String>()
    };
    format!(
        "<svg class=\"roc\" viewBox=\"0 0 260 130\" role=\"img\" aria-label=\"survival curves, real and synthetic\"><rect x=\"4\" y=\"6\" width=\"252\" height=\"120\" class=\"frame\"/><path d=\"{}\" class=\"curve c0\"/><path d=\"{}\" class=\"real\"/></svg>",
        path(|point| point.synthetic),
        path(|point| point.real)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_step_and_cells_are_escaped() {
        let point = |time: f64, real: f64| SurvivalPoint { time, real, synthetic: 0.5, train: 1.0 };
        let picture = SurvivalPicture {
            time: "days<b>".into(),
            event: "died".into(),
            events: [40, 38],
            points: vec![point(0.0, 1.0), point(10.0, 0.25)],
        };
        let svg = curves(&picture);
        // By hand: 126 - 120 is the top, 126 - 30 the height of a quarter.
        assert!(svg.contains("d=\"M4.0 6.0H256.0V96.0\" class=\"real\""), "{svg}");
        assert!(svg.contains("d=\"M4.0 66.0H256.0V66.0\" class=\"curve c0\""), "{svg}");
        assert_eq!(cells(&picture.points[1]), ["10.0", "25.0 %", "50.0 %", "100.0 %"]);
        assert!(sentence(&picture).contains("40 events among holdout rows, 38 among synthetic"));
    }
}
