//! How are lives drawn and told: synthetic timelines, shares of codes, curves, what follows what, groups of patients?

use super::survival::curves;
use super::words::{escaped, number};
use crate::card::{Card, CodeShare, CohortTable, DrawnLife, ShareCurve, TimePictures, TransitionGap};
use std::fmt::Write as _;

/// The section of time, where timelines were judged.
pub(super) fn section(page: &mut String, card: &Card) {
    let Some(time) = &card.time else { return };
    page.push_str("<section id=\"time\"><h2>Time</h2>");
    lives(page, time);
    prevalence(page, &time.prevalence);
    shares(page, &time.curves);
    survival(page, time);
    transitions(page, &time.transitions);
    cohorts(page, &time.cohorts);
    page.push_str("</section>\n");
}

/// The same as plain text.
pub(super) fn text(out: &mut String, card: &Card) {
    let Some(time) = &card.time else { return };
    let [train, holdout, synthetic] = time.n_events;
    let _ = writeln!(
        out,
        "\n## Time\n\n{synthetic} synthetic events beside {holdout} of the holdout and {train} that were learned from; {} codes.",
        time.n_codes
    );
    let cell = super::markdown::cell;
    if !time.prevalence.is_empty() {
        out.push_str("\n| code furthest off | real | synthetic | other real people |\n|---|---|---|---|\n");
        for share in furthest(&time.prevalence).into_iter().take(10) {
            let [real, made, train] = percents(share);
            let _ = writeln!(out, "| {} | {real} | {made} | {train} |", cell(&share.code));
        }
    }
    if !time.transitions.is_empty() {
        out.push_str("\n| after | comes | real | synthetic |\n|---|---|---|---|\n");
        for gap in &time.transitions {
            let [real, made] = [gap.real, gap.synthetic].map(percent);
            let _ = writeln!(out, "| {} | {} | {real} | {made} |", cell(&gap.from), cell(&gap.to));
        }
    }
    if !time.cohorts.is_empty() {
        out.push_str(
            "\n| patients | | real | synthetic | standardised difference |\n|---|---|---|---|---|\n",
        );
        for (name, row) in time.cohorts.iter().flat_map(cohort_rows) {
            let [what, real, made, difference] = row;
            let _ = writeln!(out, "| {} | {what} | {real} | {made} | {difference} |", cell(&name));
        }
    }
}

/// A share of people, codes or exits.
fn percent(share: f64) -> String {
    match share {
        share if share >= 0.1 => format!("{:.0} %", 100.0 * share),
        share if share >= 0.01 => format!("{:.1} %", 100.0 * share),
        share => format!("{:.2} %", 100.0 * share),
    }
}

fn percents(share: &CodeShare) -> [String; 3] {
    [share.real, share.synthetic, share.train].map(percent)
}

/// Width of the lanes of a timeline, of their names, and height of one.
const LANES: f64 = 600.0;
const NAMES: f64 = 110.0;
const LANE: f64 = 18.0;
/// Events of one life that the table tells.
const MOST_TOLD: usize = 60;

fn lives(page: &mut String, time: &TimePictures) {
    if time.lives.is_empty() {
        return;
    }
    page.push_str("<h3>Some synthetic people</h3>");
    for life in &time.lives {
        let left = match life.left_out {
            0 => String::new(),
            n => format!(" {n} later events are not drawn."),
        };
        let _ = write!(
            page,
            "<figure>{}<figcaption>Synthetic {}.{left}</figcaption></figure>{}",
            timeline(life),
            escaped(&life.who),
            events(life)
        );
    }
    page.push_str("<p class=\"soft\">Nobody of these lived: they are the synthetic people whose numbers of events lie at one to four fifths of all. Real people are never drawn. A bar is an event that lasts, a dot one that does not, a cross death.</p>");
}

/// Lanes by kind of event.
fn timeline(life: &DrawnLife) -> String {
    let end = life.death.unwrap_or(0.0).max(life.days).max(1.0);
    let place = |days: f64| NAMES + 8.0 + (LANES - 16.0) * (days / end).clamp(0.0, 1.0);
    let height = LANE * life.lanes.len() as f64;
    let mut svg = format!(
        "<svg class=\"curves\" viewBox=\"0 0 {:.0} {:.0}\" role=\"img\" aria-label=\"timeline of a synthetic {}\">",
        NAMES + LANES,
        height + 26.0,
        escaped(&life.who)
    );
    let (step, unit, divisor) = scale(end);
    for tick in (0..).map(|at| f64::from(at) * step).take_while(|tick| *tick <= end) {
        let x = place(tick);
        let _ = write!(
            svg,
            "<path d=\"M{x:.1} 0V{height:.1}\" class=\"frame\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} {unit}</text>",
            height + 14.0,
            (tick / divisor).round()
        );
    }
    for (at, lane) in life.lanes.iter().enumerate() {
        let y = LANE * (at as f64 + 0.5);
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text><path d=\"M{:.1} {y:.1}H{:.1}\" class=\"frame\"/>",
            NAMES - 4.0,
            y + 4.0,
            escaped(&lane.kind),
            place(0.0),
            place(end)
        );
        for (begin, end, code) in &lane.events {
            let x = place(*begin);
            let title = format!("<title>{}</title>", escaped(code));
            match end.map(|end| place(end) - x).filter(|width| *width > 5.0) {
                Some(width) => {
                    let _ = write!(
                        svg,
                        "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"8\" rx=\"3\" class=\"synthetic\">{title}</rect>",
                        y - 4.0
                    );
                }
                None => {
                    let _ = write!(
                        svg,
                        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.2\" class=\"synthetic\">{title}</circle>"
                    );
                }
            }
        }
    }
    if let Some(death) = life.death {
        let x = place(death);
        let _ = write!(
            svg,
            "<path d=\"M{x:.1} 0V{height:.1}\" class=\"real\"/><path d=\"M{:.1} {:.1}l6 6m0 -6l-6 6\" class=\"real\"><title>death</title></path>",
            x - 3.0,
            height / 2.0 - 3.0
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Days between ticks, and the unit that they are told in.
fn scale(days: f64) -> (f64, &'static str, f64) {
    const YEAR: f64 = 365.25;
    match days {
        days if days > 8.0 * YEAR => ((days / YEAR / 6.0).ceil() * YEAR, "y", YEAR),
        days if days > 2.0 * YEAR => (YEAR, "y", YEAR),
        days if days > 120.0 => ((days / 30.44 / 6.0).ceil() * 30.44, "mo", 30.44),
        days => ((days / 6.0).ceil().max(1.0), "d", 1.0),
    }
}

/// The events of one life as a table.
fn events(life: &DrawnLife) -> String {
    let mut all: Vec<(f64, Option<f64>, &str)> = life
        .lanes
        .iter()
        .flat_map(|lane| lane.events.iter().map(|(begin, end, code)| (*begin, *end, code.as_str())))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(b.2)));
    let mut table = String::from(
        "<details><summary>events</summary><table><thead><tr><th scope=\"col\">day</th><th scope=\"col\">until</th><th scope=\"col\">event</th></tr></thead><tbody>",
    );
    for (begin, end, code) in all.iter().take(MOST_TOLD) {
        let _ = write!(
            table,
            "<tr><td>{begin:.1}</td><td>{}</td><td>{}</td></tr>",
            end.map_or(String::new(), |end| format!("{end:.1}")),
            escaped(code)
        );
    }
    if let Some(death) = life.death {
        let _ = write!(table, "<tr><td>{death:.1}</td><td></td><td>death</td></tr>");
    }
    table.push_str("</tbody></table>");
    if all.len() > MOST_TOLD {
        let _ = write!(table, "<p class=\"soft\">and {} more</p>", all.len() - MOST_TOLD);
    }
    table.push_str("</details>");
    table
}

/// Codes by how far synthetic shares are from real ones, on the scale of factors.
fn furthest(shares: &[CodeShare]) -> Vec<&CodeShare> {
    let off = |share: &CodeShare| (share.synthetic.max(1e-6) / share.real.max(1e-6)).ln().abs();
    let mut order: Vec<&CodeShare> = shares.iter().collect();
    order.sort_by(|a, b| off(b).total_cmp(&off(a)).then(a.code.cmp(&b.code)));
    order
}

/// The share at the left and the lower edge of the picture of prevalence.
const LEAST_SHARE: f64 = 1e-4;

fn prevalence(page: &mut String, shares: &[CodeShare]) {
    if shares.is_empty() {
        return;
    }
    let place = |share: f64| 200.0 * (1.0 - share.clamp(LEAST_SHARE, 1.0).log10() / LEAST_SHARE.log10());
    let mut svg = String::from(
        "<svg class=\"roc\" viewBox=\"0 0 236 236\" role=\"img\" aria-label=\"shares of people with each code, synthetic against real, on logarithmic axes\"><rect x=\"30\" y=\"5\" width=\"200\" height=\"200\" class=\"frame\"/>",
    );
    for share in [0.0001, 0.001, 0.01, 0.1, 1.0] {
        let (x, y) = (30.0 + place(share), 205.0 - place(share));
        let _ = write!(
            svg,
            "<path d=\"M{x:.1} 5V205M30 {y:.1}H230\" class=\"frame\"/><text x=\"{x:.1}\" y=\"219\" text-anchor=\"middle\">{share}</text><text x=\"26\" y=\"{:.1}\" text-anchor=\"end\">{share}</text>",
            y + 3.0
        );
    }
    svg.push_str("<line x1=\"30\" y1=\"205\" x2=\"230\" y2=\"5\" class=\"chance\"/>");
    for share in shares {
        let _ = write!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.4\" class=\"synthetic\"><title>{}: {} real, {} synthetic</title></circle>",
            30.0 + place(share.real),
            205.0 - place(share.synthetic),
            escaped(&share.code),
            percent(share.real),
            percent(share.synthetic)
        );
    }
    svg.push_str("</svg>");
    let _ = write!(
        page,
        "<h3>How many people have each code</h3><div class=\"split\"><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Code furthest off</th><th scope=\"col\">Real</th><th scope=\"col\">Synthetic</th><th scope=\"col\">Other real people</th></tr></thead><tbody>"
    );
    for share in furthest(shares).into_iter().take(10) {
        let [real, made, train] = percents(share);
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{real}</td><td>{made}</td><td>{train}</td></tr>",
            escaped(&share.code)
        );
    }
    let _ = write!(
        page,
        "</tbody></table></div><figure>{svg}<figcaption>Share of synthetic people (up) against share of the holdout (right), both logarithmic: on the dashed line they agree. {} codes of at least 11 training and 11 holdout people.</figcaption></figure></div>",
        shares.len()
    );
}

fn shares(page: &mut String, curves: &[ShareCurve]) {
    if curves.is_empty() {
        return;
    }
    page.push_str("<h3>Lengths and gaps</h3><p class=\"legend\"><span class=\"key synthetic\"></span> synthetic <span class=\"key real\"></span> real holdout</p><div class=\"maps\">");
    for curve in curves {
        let _ = write!(
            page,
            "<figure>{}<figcaption>{} ({})</figcaption>{}</figure>",
            distribution(curve),
            escaped(&curve.name),
            escaped(&curve.unit),
            table(curve)
        );
    }
    page.push_str("</div><p class=\"soft\">Share of values up to each, on a scale that widens where values are small. Real shares are rounded to half a percent, values to two digits.</p>");
}

/// Two distribution functions.
fn distribution(curve: &ShareCurve) -> String {
    let scale = |value: f64| value.max(0.0).ln_1p();
    let (low, high) = (curve.at.first().copied().unwrap_or(0.0), curve.at.last().copied().unwrap_or(1.0));
    let span = (scale(high) - scale(low)).max(1e-9);
    let place = |value: f64| 8.0 + 244.0 * (scale(value) - scale(low)) / span;
    let line = |shares: &[f64]| {
        let points = curve.at.iter().zip(shares).enumerate().map(|(at, (value, share))| {
            let (x, y) = (place(*value), 116.0 - 110.0 * share);
            if at == 0 { format!("M{x:.1} {y:.1}") } else { format!("L{x:.1} {y:.1}") }
        });
        points.collect::<String>()
    };
    format!(
        "<svg class=\"roc\" viewBox=\"0 0 260 134\" role=\"img\" aria-label=\"distribution of {}, real and synthetic\"><rect x=\"4\" y=\"6\" width=\"252\" height=\"110\" class=\"frame\"/><path d=\"{}\" class=\"curve c0\"/><path d=\"{}\" class=\"real\"/><text x=\"8\" y=\"128\">{}</text><text x=\"252\" y=\"128\" text-anchor=\"end\">{}</text></svg>",
        escaped(&curve.name),
        line(&curve.synthetic),
        line(&curve.real),
        number(low),
        number(high)
    )
}

fn table(curve: &ShareCurve) -> String {
    let mut text = String::from(
        "<details><summary>numbers</summary><table><thead><tr><th scope=\"col\">up to</th><th scope=\"col\">real</th><th scope=\"col\">synthetic</th></tr></thead><tbody>",
    );
    for ((at, real), made) in curve.at.iter().zip(&curve.real).zip(&curve.synthetic) {
        let _ = write!(
            text,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
            number(*at),
            percent(*real),
            percent(*made)
        );
    }
    text.push_str("</tbody></table></details>");
    text
}

fn survival(page: &mut String, time: &TimePictures) {
    if time.survival.is_empty() {
        return;
    }
    page.push_str("<h3>Free of death and of new diagnoses</h3><div class=\"maps\">");
    for picture in &time.survival {
        let [real, made] = picture.events;
        let _ = write!(
            page,
            "<figure>{}<figcaption>{} until <code>{}</code>: {real} real and {made} synthetic events</figcaption><details><summary>numbers</summary><table><thead><tr><th scope=\"col\">days</th><th scope=\"col\">real</th><th scope=\"col\">synthetic</th><th scope=\"col\">other real people</th></tr></thead><tbody>",
            curves(picture),
            escaped(&picture.time),
            escaped(&picture.event)
        );
        for point in &picture.points {
            let _ = write!(
                page,
                "<tr><th scope=\"row\">{:.0}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                point.time,
                percent(point.real),
                percent(point.synthetic),
                percent(point.train)
            );
        }
        page.push_str("</tbody></table></details></figure>");
    }
    page.push_str("</div>");
}

fn transitions(page: &mut String, gaps: &[TransitionGap]) {
    if gaps.is_empty() {
        return;
    }
    page.push_str("<h3>What follows what: largest differences</h3><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">After</th><th scope=\"col\">Comes</th><th scope=\"col\">Real</th><th scope=\"col\">Synthetic</th><th scope=\"col\">Difference</th></tr></thead><tbody>");
    for gap in gaps {
        let difference = gap.synthetic - gap.real;
        let width = 60.0 * difference.abs().min(1.0);
        let (x, class) = if difference < 0.0 { (60.0 - width, "less") } else { (60.0, "more") };
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td><svg width=\"120\" height=\"14\" viewBox=\"0 0 120 14\" aria-hidden=\"true\"><path d=\"M60 0V14\" class=\"frame\"/><rect x=\"{x:.1}\" y=\"3\" width=\"{width:.1}\" height=\"8\" class=\"{class}\"/></svg> {:+.1} points</td></tr>",
            escaped(&gap.from),
            escaped(&gap.to),
            percent(gap.real),
            percent(gap.synthetic),
            100.0 * difference
        );
    }
    page.push_str("</tbody></table></div>");
}

/// Name of the group and cells of each row; membership first.
fn cohort_rows(table: &CohortTable) -> Vec<(String, [String; 4])> {
    let member =
        ["share of patients".to_owned(), percent(table.share[0]), percent(table.share[1]), "–".to_owned()];
    let rows = table.rows.iter().map(|row| {
        [escaped(&row.name), number(row.real), number(row.synthetic), format!("{:+.2}", row.difference)]
    });
    std::iter::once(member).chain(rows).map(|row| (table.name.clone(), row)).collect()
}

fn cohorts(page: &mut String, tables: &[CohortTable]) {
    if tables.is_empty() {
        return;
    }
    page.push_str("<h3>Groups of patients</h3><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Patients</th><th scope=\"col\"></th><th scope=\"col\">Real</th><th scope=\"col\">Synthetic</th><th scope=\"col\">Standardised difference</th></tr></thead><tbody>");
    for table in tables {
        let rows = cohort_rows(table);
        for (at, (name, cells)) in rows.iter().enumerate() {
            let head = match at {
                0 => format!("<th scope=\"rowgroup\" rowspan=\"{}\">{}</th>", rows.len(), escaped(name)),
                _ => String::new(),
            };
            let _ = write!(page, "<tr>{head}<td>{}</td></tr>", cells.join("</td><td>"));
        }
    }
    page.push_str("</tbody></table></div><p class=\"soft\">Means and shares; differences within 0.1 are customarily called balanced. Groups of fewer than 11 holdout people are not shown.</p>");
}
