//! How does a card become one page that needs nothing else?

use super::canaries::{WHAT_CANARIES_MEAN, canary_lines};
use super::chart;
use super::compat::compat_html;
use super::contest;
use super::controls::controls_html;
use super::disclosure::disclosure_html;
use super::exchange::{curated_line, exchange_lines};
use super::inference;
use super::policy::policy_html;
use super::prediction;
use super::probe::section;
use super::rules::{HEADER, rule_cells, what_rates_mean};
use super::survival;
use super::words::{escaped, mebibytes, number, outcome, reading};
use crate::card::{Card, Entry, ExchangeGroup, Status, Verdict};
use crate::{METRICS, TIMELINE_METRICS};
use std::fmt::Write as _;
use verosim_core::MetricInfo;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// One self-contained HTML page: no network, light and dark, for screen, keyboard and paper.
#[must_use]
pub fn html(card: &Card) -> String {
    let title = format!("{}: synthetic data report", card.about.title);
    let mut page = String::new();
    verdict(&mut page, card);
    super::draws::section(&mut page, &card.draws);
    tiles(&mut page, card);
    if card.time.is_none() {
        columns(&mut page, card);
        relations(&mut page, card);
    }
    super::relations::section(&mut page, card);
    super::time::section(&mut page, card);
    classifier(&mut page, card);
    utility(&mut page, card);
    prediction::section(&mut page, card);
    inference::section(&mut page, card);
    survival::section(&mut page, card);
    privacy(&mut page, card);
    rules(&mut page, card);
    card.clinical.iter().for_each(|sense| super::clinical::section(&mut page, sense));
    super::equity::section(&mut page, card);
    if let Some(probe) = &card.probe {
        section(&mut page, probe);
    }
    cost(&mut page, card);
    metrics(&mut page, card);
    if !card.controls.is_empty() {
        controls_html(&mut page, &card.controls);
    }
    if !card.compat.is_empty() {
        compat_html(&mut page, &card.compat);
    }
    annex(&mut page, card);
    let footer = format!(
        "Judged by {}. Holds no training or holdout cell; counts under 11 are suppressed.",
        escaped(&card.about.judge)
    );
    let mut whole = opened(&title, "verdict");
    head(&mut whole, card, &page);
    whole.push_str("<main>\n");
    whole.push_str(&page);
    closed(&mut whole, &footer);
    whole
}

/// Sections that a reader looks for, with the names of their links; a link stands where its section does.
const SECTIONS: [(&str, &str); 16] = [
    ("verdict", "Verdict"),
    ("robustness", "Robustness"),
    ("columns", "Columns"),
    ("relations", "Relations"),
    ("time", "Time"),
    ("classifier", "Give-aways"),
    ("utility", "Utility"),
    ("inference", "Inference"),
    ("privacy", "Privacy"),
    ("rules", "Rules"),
    ("clinical", "Clinical sense"),
    ("equity", "Equity"),
    ("people", "What the model tells"),
    ("cost", "Cost"),
    ("metrics", "All metrics"),
    ("method", "Method"),
];

/// The beginning of a page, up to its header; `first` is the section that the keyboard may skip to.
pub(super) fn opened(title: &str, first: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#{first}\">Skip to the verdict</a>\n"
    )
}

/// The end of a page, from the end of its main part on.
pub(super) fn closed(page: &mut String, footer: &str) {
    let _ = write!(
        page,
        "</main>\n<footer><p>{footer}</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
}

fn head(page: &mut String, card: &Card, sections: &str) {
    let about = &card.about;
    let mut links = String::new();
    for (id, name) in SECTIONS.iter().filter(|(id, _)| sections.contains(&format!("<section id=\"{id}\""))) {
        let _ = write!(links, "<a href=\"#{id}\">{name}</a>");
    }
    let _ = writeln!(
        page,
        "<header><p class=\"brand\">verosim</p><h1>{}</h1><p>{} synthetic patients by <b>{}</b>, judged on {} against {} people nobody learned from ({} were learned from, {} {}).</p><p class=\"soft\">{}</p><nav aria-label=\"Sections\">{links}<button type=\"button\" id=\"theme\" aria-label=\"Switch light and dark\">◐</button></nav></header>",
        escaped(&about.title),
        about.n_synthetic,
        escaped(&about.engine),
        escaped(&about.date),
        about.n_holdout,
        about.n_train,
        about.n_columns,
        if card.time.is_some() { "codes" } else { "columns" },
        escaped(&about.guarantee)
    );
}

fn verdict(page: &mut String, card: &Card) {
    page.push_str("<section id=\"verdict\"><h2>Verdict</h2>");
    strip(page, &card.verdicts);
    if let Some(policy) = &card.policy {
        policy_html(page, policy);
    }
    if !card.warnings.is_empty() || !card.about.left_out.is_empty() {
        page.push_str("<details class=\"notes\"><summary>What to know first</summary><ul>");
        for warning in &card.warnings {
            let _ = write!(page, "<li>{}</li>", escaped(warning));
        }
        for (column, why) in &card.about.left_out {
            let _ = write!(page, "<li><code>{}</code> is not judged: {}</li>", escaped(column), escaped(why));
        }
        page.push_str("</ul></details>");
    }
    page.push_str("</section>\n");
}

/// One card for each verdict.
pub(super) fn strip(page: &mut String, verdicts: &[Verdict]) {
    page.push_str("<div class=\"strip\">");
    for verdict in verdicts {
        let (class, sign, word) = outcome(verdict.outcome);
        let _ = write!(
            page,
            "<article class=\"{class}\"><h3><span aria-hidden=\"true\">{sign}</span> {} <small>{word}</small></h3><p>{}</p>",
            escaped(&verdict.question),
            escaped(&verdict.sentence)
        );
        if !verdict.gates.is_empty() {
            page.push_str("<details><summary>Rules behind it</summary><ul>");
            for (id, gate, rule) in &verdict.gates {
                let (_, sign, word) = outcome(*gate);
                let _ =
                    write!(page, "<li>{sign} {word}: <code>{}</code> {}</li>", escaped(id), escaped(rule));
            }
            page.push_str("</ul></details>");
        }
        page.push_str("</article>");
    }
    page.push_str("</div>");
}

/// Metrics that stand on top.
const TILES: [&str; 16] = [
    "re.acc1",
    "re.acc2",
    "re.acc3",
    "re.c2st",
    "ut.tstr",
    "pm.domias",
    "pd.dcr",
    "di.cov",
    "lo.uni",
    "lo.bi",
    "lo.seqbi",
    "lo.gap",
    "lo.c2st",
    "lo.next",
    "lo.km",
    "pm.life",
];

fn tiles(page: &mut String, card: &Card) {
    page.push_str("<section aria-label=\"Headline figures\"><div class=\"tiles\">");
    for entry in TILES.iter().filter_map(|id| card.entries.iter().find(|entry| entry.id == *id)) {
        let value = entry.reading.as_ref().map_or("not computed".into(), |r| number(r.value));
        let _ = write!(
            page,
            "<article><h3>{}</h3><p class=\"big\">{value}</p>{}<p class=\"soft\">{}</p></article>",
            escaped(&entry.name),
            chart::bar(entry),
            escaped(entry.reason.as_deref().unwrap_or(&entry.question))
        );
    }
    page.push_str("</div><p class=\"soft\">Dot and line: value with 95 % interval. Ceiling: other real people in the place of synthetic ones. Floor: real columns shuffled, which needs no learning.</p></section>\n");
}

fn columns(page: &mut String, card: &Card) {
    page.push_str("<section id=\"columns\"><h2>Columns</h2><p class=\"legend\"><span class=\"key synthetic\"></span> synthetic <span class=\"key real\"></span> real holdout</p><label class=\"soft\">Find a column <input id=\"filter\" type=\"search\"></label><div class=\"scroll\" tabindex=\"0\"><table class=\"sortable\"><thead><tr><th scope=\"col\">Column</th><th scope=\"col\">Kind</th><th scope=\"col\">Distribution</th><th scope=\"col\">Similarity</th><th scope=\"col\">Ceiling</th><th scope=\"col\">Alone gives away (AUC)</th><th scope=\"col\">Missing real → synthetic</th></tr></thead><tbody>");
    for picture in &card.columns {
        let maybe = |value: Option<f64>| value.map_or("–".into(), number);
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}{}</td><td>{} {}</td><td>{}</td><td>{}</td><td>{:.1} % → {:.1} %</td></tr>",
            escaped(&picture.name),
            picture.kind,
            chart::distribution(picture),
            numbers(picture),
            picture.measure,
            maybe(picture.similarity),
            maybe(picture.ceiling),
            maybe(picture.solo_auc),
            100.0 * picture.missing[1],
            100.0 * picture.missing[2]
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

/// The numbers behind a distribution.
fn numbers(picture: &crate::card::ColumnPicture) -> String {
    let mut text = String::from(
        "<details><summary>numbers</summary><table><thead><tr><th scope=\"col\">value</th><th scope=\"col\">real</th><th scope=\"col\">synthetic</th></tr></thead><tbody>",
    );
    for (at, (real, made)) in picture.holdout.iter().zip(&picture.synthetic).enumerate() {
        let label = if picture.edges.is_empty() {
            picture.labels.get(at).cloned().unwrap_or_default()
        } else {
            format!(
                "{} to {}",
                picture.labels.get(at).map_or("", String::as_str),
                picture.labels.get(at + 1).map_or("", String::as_str)
            )
        };
        let share = |share: &Option<f64>| {
            share.map_or("&lt; 11 rows".into(), |share| format!("{:.1} %", 100.0 * share))
        };
        let _ = write!(
            text,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&label),
            share(real),
            share(made)
        );
    }
    text.push_str("</tbody></table></details>");
    text
}

fn relations(page: &mut String, card: &Card) {
    page.push_str("<section id=\"relations\"><h2>How columns hang together</h2>");
    let Some(map) = &card.associations else {
        page.push_str("<p>There are too few columns.</p></section>\n");
        return;
    };
    page.push_str("<div class=\"maps\">");
    let draw = |title: &str, svg: String| format!("<figure>{svg}<figcaption>{title}</figcaption></figure>");
    page.push_str(&draw("Real", chart::map(map, |at| map.real[at], false, "associations of real rows")));
    page.push_str(&draw(
        "Synthetic",
        chart::map(map, |at| map.synthetic[at], false, "associations of synthetic rows"),
    ));
    page.push_str(&draw(
        "Synthetic minus real (orange: too strong, violet: too weak)",
        chart::map(map, |at| map.synthetic[at] - map.real[at], true, "difference of associations"),
    ));
    page.push_str("</div><details><summary>Largest differences</summary><table><thead><tr><th scope=\"col\">Pair</th><th scope=\"col\">Real</th><th scope=\"col\">Synthetic</th></tr></thead><tbody>");
    let k = map.columns.len();
    let mut pairs: Vec<usize> = (0..k).flat_map(|a| (0..a).map(move |b| a * k + b)).collect();
    pairs.sort_by(|&a, &b| {
        (map.synthetic[b] - map.real[b])
            .abs()
            .total_cmp(&(map.synthetic[a] - map.real[a]).abs())
            .then(a.cmp(&b))
    });
    for &at in pairs.iter().take(12) {
        let _ = write!(
            page,
            "<tr><td>{} and {}</td><td>{:.2}</td><td>{:.2}</td></tr>",
            escaped(&map.columns[at / k]),
            escaped(&map.columns[at % k]),
            map.real[at],
            map.synthetic[at]
        );
    }
    page.push_str("</tbody></table></details><p class=\"soft\">Absolute Spearman correlation, correlation ratio or Cramér’s V, from 0 (blank) to 1 (full).</p></section>\n");
}

fn classifier(page: &mut String, card: &Card) {
    page.push_str("<section id=\"classifier\"><h2>What gives synthetic patients away</h2>");
    if card.giveaways.is_empty() {
        page.push_str("<p>The classifier test was not made.</p></section>\n");
        return;
    }
    page.push_str("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Column</th><th scope=\"col\">AUC lost without it</th><th scope=\"col\">AUC alone</th><th scope=\"col\">In words</th></tr></thead><tbody>");
    for giveaway in card.giveaways.iter().take(10) {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&giveaway.column),
            number(giveaway.importance),
            number(giveaway.solo_auc),
            escaped(&giveaway.words)
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn utility(page: &mut String, card: &Card) {
    page.push_str("<section id=\"utility\"><h2>Utility: learn on synthetic, test on real</h2>");
    if card.tasks.is_empty() {
        page.push_str(match card.time {
            None => "<p>No outcome was named. Use <code>--target COLUMN</code>.</p></section>\n",
            Some(_) => "<p>There are too few people to learn from; the metrics say why.</p></section>\n",
        });
        return;
    }
    page.push_str("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\">Learner</th><th scope=\"col\">Synthetic above, real below</th><th scope=\"col\">Learned on synthetic</th><th scope=\"col\">Learned on real</th><th scope=\"col\">No skill</th><th scope=\"col\">Recovered</th></tr></thead><tbody>");
    for task in &card.tasks {
        let label = format!("{} of {}", task.measure, task.target);
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}, {}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&task.target),
            escaped(&task.learner),
            escaped(&task.measure),
            chart::whiskers(&task.synthetic, &task.real, task.baseline, &label),
            reading(&task.synthetic),
            reading(&task.real),
            number(task.baseline),
            task.recovered.map_or("real data do not predict it".into(), |r| format!("{:.0} %", 100.0 * r))
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn privacy(page: &mut String, card: &Card) {
    page.push_str("<section id=\"privacy\"><h2>Privacy</h2>");
    let _ = write!(page, "<p>{}.</p>", escaped(&card.about.guarantee));
    if !card.attacks.is_empty() {
        page.push_str("<div class=\"split\"><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Attack</th><th scope=\"col\">AUC (0.5 is safe)</th><th scope=\"col\">Same with 5 % planted copies</th><th scope=\"col\">Found at 1 % false alarms</th><th scope=\"col\">Planted</th><th scope=\"col\">Found at 0.1 %</th></tr></thead><tbody>");
        for (at, attack) in card.attacks.iter().enumerate() {
            let tpr = attack.tpr_at_1.as_ref().map_or("needs 1,000 holdout people".into(), reading);
            let rarest = attack.tpr_at_01.as_ref().map_or("needs 10,000".into(), reading);
            let planted = attack.control_tpr.map_or("–".into(), number);
            let _ = write!(
                page,
                "<tr><th scope=\"row\"><span class=\"swatch c{at}\"></span>{} <code>{}</code></th><td>{}</td><td>{}</td><td>{tpr}</td><td>{planted}</td><td>{rarest}</td></tr>",
                escaped(&attack.name),
                escaped(&attack.id),
                reading(&attack.auc),
                attack.control_auc.map_or("–".into(), number)
            );
        }
        let _ = write!(
            page,
            "</tbody></table></div><figure>{}<figcaption>Members found (up) against false alarms (right), both logarithmic: above the dashed line is better than chance</figcaption></figure></div>",
            chart::roc(&card.attacks)
        );
    }
    super::membership::section(page, card);
    copying(page, card);
    page.push_str(&card.disclosure.as_ref().map_or_else(String::new, disclosure_html));
    if let Some(entry) = card.entries.iter().find(|entry| entry.id == "pd.dcr" && entry.status == Status::Ok)
    {
        page.push_str("<h3>Copies and near copies</h3><dl class=\"facts\">");
        for (name, value) in &entry.parts {
            let _ = write!(page, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(name), number(*value));
        }
        page.push_str("</dl>");
    }
    if let Some(audit) = &card.canaries {
        page.push_str("<h3>Canaries</h3><div class=\"scroll\" tabindex=\"0\"><table><tbody>");
        for (what, value) in canary_lines(audit) {
            let _ = write!(page, "<tr><th scope=\"row\">{what}</th><td>{}</td></tr>", escaped(&value));
        }
        let _ = write!(page, "</tbody></table></div><p>{WHAT_CANARIES_MEAN}</p>");
    }
    page.push_str("<p class=\"soft\">Attacks are evidence, not proof: a stronger attacker may exist. A distance alone never shows that data are safe.</p></section>\n");
}

fn rules(page: &mut String, card: &Card) {
    if card.rules.is_empty() {
        return;
    }
    page.push_str(
        "<section id=\"rules\"><h2>Rules</h2><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>",
    );
    for name in HEADER {
        let _ = write!(page, "<th scope=\"col\">{name}</th>");
    }
    page.push_str("</tr></thead><tbody>");
    for rule in &card.rules {
        let [id, rest @ ..] = rule_cells(rule).map(|text| escaped(&text));
        let _ = write!(
            page,
            "<tr><th scope=\"row\"><code>{id}</code></th><td>{}</td></tr>",
            rest.join("</td><td>")
        );
    }
    let _ = writeln!(
        page,
        "</tbody></table></div><p class=\"soft\">{}</p></section>",
        escaped(what_rates_mean())
    );
}

/// Who comes out again, beside as many people whom nobody saw.
fn copying(page: &mut String, card: &Card) {
    if card.copying.is_empty() {
        return;
    }
    page.push_str("<h3>Who comes out again</h3><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Copy</th><th scope=\"col\">Of people seen</th><th scope=\"col\">Of as many not seen</th><th scope=\"col\">Excess (0 is right)</th></tr></thead><tbody>");
    for found in &card.copying {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{} <code>{}</code></th><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&found.kind),
            escaped(&found.id),
            reading(&found.seen),
            reading(&found.unseen),
            reading(&found.excess)
        );
    }
    page.push_str("</tbody></table></div><p class=\"soft\">Seen: learned from (pd.copy), or shown to a language model (pd.shown). Not seen: as many of the holdout. Shares of people with exact intervals, the excess with Newcombe’s.</p>");
}

fn cost(page: &mut String, card: &Card) {
    page.push_str("<section id=\"cost\"><h2>Cost</h2><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Stage</th><th scope=\"col\">Seconds</th><th scope=\"col\">Processor seconds</th><th scope=\"col\">Greatest memory</th><th scope=\"col\">Energy</th></tr></thead><tbody>");
    for cost in &card.costs {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{:.2}</td><td>{:.2}</td><td>{}</td><td>{} J, {}</td></tr>",
            escaped(&cost.stage),
            cost.wall_s,
            cost.cpu_s,
            mebibytes(cost.peak_bytes),
            cost.joules.map_or("–".into(), number),
            escaped(&cost.energy_source)
        );
    }
    page.push_str("</tbody></table></div>");
    if let Some(exchange) = &card.exchange {
        page.push_str("<h3>Language model</h3><div class=\"scroll\" tabindex=\"0\"><table><tbody>");
        for (what, value) in exchange_lines(exchange) {
            let _ = write!(page, "<tr><th scope=\"row\">{what}</th><td>{}</td></tr>", escaped(&value));
        }
        page.push_str("</tbody></table></div>");
        groups(page, "Records taken by group", &exchange.groups);
    }
    if let Some(of) = &card.contest {
        let heads = contest::HEADS.map(|head| format!("<th scope=\"col\">{head}</th>")).concat();
        let _ = write!(
            page,
            "<h3>What utility took, beside engines that need no model</h3><p>{}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>{heads}</tr></thead><tbody>",
            escaped(&contest::caption(of))
        );
        for [engine, rest @ ..] in contest::lines(of) {
            let rest = rest.map(|cell| format!("<td>{}</td>", escaped(&cell))).concat();
            let _ = write!(page, "<tr><th scope=\"row\">{}</th>{rest}</tr>", escaped(&engine));
        }
        page.push_str("</tbody></table></div>");
    }
    if let Some(curated) = &card.curated {
        let _ = write!(page, "<h3>Curation</h3><p>{}</p>", escaped(&curated_line(curated)));
        groups(page, "Rows kept by group", &curated.groups);
    }
    page.push_str("</section>\n");
}

/// How much of each group was taken.
fn groups(page: &mut String, title: &str, groups: &[ExchangeGroup]) {
    let _ = write!(
        page,
        "<details><summary>{title}</summary><table><thead><tr><th scope=\"col\">Group</th><th scope=\"col\">Of</th><th scope=\"col\">Share</th></tr></thead><tbody>"
    );
    for group in groups {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{} = {}</th><td>{}</td><td>{:.1} %</td></tr>",
            escaped(&group.column),
            escaped(&group.value),
            group.produced,
            100.0 * group.accepted as f64 / group.produced.max(1) as f64
        );
    }
    page.push_str("</tbody></table></details>");
}

fn metrics(page: &mut String, card: &Card) {
    page.push_str("<section id=\"metrics\"><h2>All metrics</h2><div class=\"scroll\" tabindex=\"0\"><table class=\"sortable\"><thead><tr><th scope=\"col\">Metric</th><th scope=\"col\">Value</th><th scope=\"col\">Ceiling</th><th scope=\"col\">Floor</th><th scope=\"col\">Position</th><th scope=\"col\">n</th><th scope=\"col\">Better</th></tr></thead><tbody>");
    for entry in &card.entries {
        page.push_str(&row(entry));
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn row(entry: &Entry) -> String {
    let maybe = |r: &Option<crate::card::Reading>| r.as_ref().map_or("–".into(), |r| number(r.value));
    let value = match (&entry.reading, &entry.reason) {
        (Some(r), _) => reading(r),
        (None, Some(reason)) => format!("<i>{}</i>", escaped(reason)),
        (None, None) => "–".into(),
    };
    format!(
        "<tr><th scope=\"row\">{} <code>{}</code>{}</th><td>{value}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        escaped(&entry.name),
        escaped(&entry.id),
        parts(entry),
        maybe(&entry.ceiling),
        maybe(&entry.floor),
        entry.position.map_or("–".into(), |p| format!("{p:.2}")),
        entry.reading.as_ref().map_or("–".into(), |r| r.n.to_string()),
        escaped(&entry.direction)
    )
}

/// Parts of a metric that are shown; the card holds all.
const MOST_PARTS: usize = 12;

/// What a value is made of: columns, kinds or sides.
fn parts(entry: &Entry) -> String {
    if entry.parts.is_empty() {
        return String::new();
    }
    let mut text = "<details><summary>parts</summary><ul>".to_owned();
    for (name, value) in entry.parts.iter().take(MOST_PARTS) {
        let _ = write!(text, "<li>{}: {}</li>", escaped(name), number(*value));
    }
    let left = entry.parts.len().saturating_sub(MOST_PARTS);
    if left > 0 {
        let _ = write!(text, "<li>and {left} more in metrics.json</li>");
    }
    text.push_str("</ul></details>");
    text
}

fn annex(page: &mut String, card: &Card) {
    page.push_str("<section id=\"method\"><h2>Method</h2>");
    let infos: Vec<&MetricInfo> = match card.time {
        None => METRICS.iter().map(|metric| metric.info()).collect(),
        Some(_) => TIMELINE_METRICS.iter().map(|metric| metric.info()).collect(),
    };
    for info in infos {
        let sources: Vec<&str> = info.sources.iter().map(|source| source.0).collect();
        let _ = write!(
            page,
            "<details><summary><code>{}</code> {}</summary><p><b>{}</b></p><p>{}</p><p class=\"soft\">Unit: {}. Sources: {}.</p></details>",
            info.id,
            escaped(info.name),
            escaped(info.question),
            escaped(info.page),
            escaped(info.unit),
            sources.join(", ")
        );
    }
    page.push_str("</section>\n");
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
