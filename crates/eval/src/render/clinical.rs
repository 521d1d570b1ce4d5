//! How is it told which clinical rules apply and how often they are broken?

use super::markdown::cell;
use super::words::{escaped, reading};
use crate::card::{ClinicalSense, Reading, RuleCount};
use std::fmt::Write as _;

const HEADER: [&str; 7] = [
    "rule",
    "severity",
    "what it says",
    "training, per 1,000",
    "real, per 1,000",
    "synthetic, per 1,000",
    "excess",
];

const WHAT: &str = "Built-in rules, per 1,000 rows that they apply to, with exact 95 % intervals; the excess is synthetic minus \
                    real (Newcombe). Rules that real people break are told, not judged. Fewer than 11 real rows are not told. \
                    Columns were taken for concepts by name, kind, vocabulary and median; `[concepts]` in a rule file says \
                    otherwise.";

/// As a section of the page.
pub(super) fn section(page: &mut String, sense: &ClinicalSense) {
    let _ =
        write!(page, "<section id=\"clinical\"><h2>Clinical sense</h2><p>{}</p>", escaped(&summary(sense)));
    let broken: Vec<&RuleCount> = broken(sense).collect();
    if !broken.is_empty() {
        page.push_str("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
        for name in HEADER {
            let _ = write!(page, "<th scope=\"col\">{name}</th>");
        }
        page.push_str("</tr></thead><tbody>");
        for rule in broken {
            let [id, rest @ ..] = cells(rule).map(|text| escaped(&text));
            let _ = write!(
                page,
                "<tr><th scope=\"row\"><code>{id}</code></th><td>{}</td></tr>",
                rest.join("</td><td>")
            );
        }
        page.push_str("</tbody></table></div>");
    }
    page.push_str("<h3>What columns were taken for</h3><dl class=\"facts\">");
    for (concept, columns) in bindings(sense) {
        let _ = write!(page, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(&concept), escaped(&columns));
    }
    let _ = writeln!(page, "</dl><p class=\"soft\">{}</p></section>", escaped(WHAT));
}

/// The same as Markdown.
pub(super) fn markdown(text: &mut String, sense: &ClinicalSense) {
    let _ = writeln!(text, "\n## Clinical sense\n\n{}\n\n{WHAT}", cell(&summary(sense)));
    let broken: Vec<&RuleCount> = broken(sense).collect();
    if !broken.is_empty() {
        let _ = writeln!(text, "\n| {} |\n|{}", HEADER.join(" | "), "---|".repeat(HEADER.len()));
        for rule in broken {
            let _ = writeln!(text, "| {} |", cells(rule).map(|text| cell(&text)).join(" | "));
        }
    }
    text.push_str("\n| concept | column |\n|---|---|\n");
    for (concept, columns) in bindings(sense) {
        let _ = writeln!(text, "| {} | {} |", cell(&concept), cell(&columns));
    }
}

/// Rules that any row breaks, so far as it may be told.
fn broken(sense: &ClinicalSense) -> impl Iterator<Item = &RuleCount> {
    sense.rules.iter().filter(|rule| {
        let any = |rate: &Option<Reading>| rate.is_some_and(|rate| rate.value > 0.0);
        any(&rule.synthetic) || any(&rule.holdout) || any(&rule.train)
    })
}

fn summary(sense: &ClinicalSense) -> String {
    let kept = sense.rules.len() - broken(sense).count();
    format!(
        "{} rules of {} apply to these columns; {kept} of them are broken by nobody. {} more speak of columns that are not \
         there.",
        sense.rules.len(),
        sense.version,
        sense.silent
    )
}

fn cells(rule: &RuleCount) -> [String; 7] {
    let source = rule.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
    let real =
        |rate: &Option<Reading>| rate.as_ref().map_or("fewer than 11 rows, or none apply".into(), reading);
    [
        rule.id.clone(),
        rule.severity.clone(),
        format!("{}{source}", rule.words),
        real(&rule.train),
        real(&rule.holdout),
        rule.synthetic.as_ref().map_or("none apply".into(), reading),
        rule.excess.as_ref().map_or("–".into(), reading),
    ]
}

fn bindings(sense: &ClinicalSense) -> impl Iterator<Item = (String, String)> {
    sense.bindings.iter().map(|bound| {
        let unit = bound.unit.as_ref().map(|unit| format!(", in {unit}")).unwrap_or_default();
        let given = if bound.is_given { ", as said" } else { "" };
        (bound.concept.clone(), format!("{}{unit}{given}", bound.columns.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::BoundConcept;

    #[test]
    fn broken_rules_and_bindings_are_told_and_nothing_breaks_the_page() {
        let some = |value: f64| Some(Reading { value, interval: None, n: 100 });
        let rule = |id: &str, made: f64| RuleCount {
            id: id.into(),
            severity: "impossible".into(),
            words: "a < b | c".into(),
            source: None,
            holdout: None,
            synthetic: some(made),
            train: None,
            excess: None,
            refused: None,
        };
        let sense = ClinicalSense {
            version: "2026-11-25".into(),
            bindings: vec![BoundConcept {
                concept: "sbp".into(),
                columns: vec!["<b>".into()],
                unit: Some("mmHg".into()),
                is_given: true,
            }],
            rules: vec![rule("bad", 4.0), rule("good", 0.0)],
            silent: 9,
        };
        let (mut page, mut text) = (String::new(), String::new());
        section(&mut page, &sense);
        markdown(&mut text, &sense);
        assert!(page.contains(
            "2 rules of 2026-11-25 apply to these columns; 1 of them are broken by nobody. 9 more"
        ));
        assert!(page.contains("&lt;b&gt;, in mmHg, as said") && !page.contains("<b>"), "{page}");
        assert!(page.contains("<code>bad</code>") && !page.contains("<code>good</code>"));
        assert!(
            text.contains("| bad | impossible | a &lt; b \\| c | fewer than 11 rows, or none apply |"),
            "{text}"
        );
    }
}
