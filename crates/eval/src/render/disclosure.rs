//! How is it told what synthetic rows tell of people?

use super::markdown::cell;
use super::words::{escaped, number, reading};
use crate::card::{ChosenBy, Disclosure};
use std::fmt::Write as _;

/// A table with its caption: what stands above it, its columns, its rows.
struct Part {
    title: &'static str,
    caption: String,
    heads: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

/// The parts of the section, for a web page.
pub(super) fn disclosure_html(found: &Disclosure) -> String {
    let mut text = String::new();
    for part in parts(found) {
        let heads: Vec<String> =
            part.heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
        let heads = heads.concat();
        let _ = write!(
            text,
            "<h3>{}</h3><p class=\"soft\">{}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>{heads}</tr></thead><tbody>",
            part.title,
            escaped(&part.caption)
        );
        for row in &part.rows {
            text.push_str("<tr>");
            for (at, value) in row.iter().enumerate() {
                let value = escaped(value);
                let _ = match at {
                    0 => write!(text, "<th scope=\"row\">{value}</th>"),
                    _ => write!(text, "<td>{value}</td>"),
                };
            }
            text.push_str("</tr>");
        }
        text.push_str("</tbody></table></div>");
    }
    text
}

/// The same as plain text.
pub(super) fn disclosure_markdown(found: &Disclosure) -> String {
    let mut text = String::new();
    for part in parts(found) {
        let _ = writeln!(text, "\n## {}\n\n{}\n", part.title, cell(&part.caption));
        let _ = writeln!(text, "| {} |\n|{}", part.heads.join(" | "), "---|".repeat(part.heads.len()));
        for row in &part.rows {
            let cells: Vec<String> = row.iter().map(|value| cell(value)).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

const WHAT_RISKS_MEAN: &str = "What an attacker gains on people who were learned from, of what the same attack on others \
                               leaves open: 0 is right. An attack that is no better than guessing shows nothing.";
const WHAT_TOLD_MEANS: &str = "Share of people of whom all synthetic rows with their keys tell one level, and the true one. \
                               What is inevitable (a dominant level, or one that follows from a single key) is left out of \
                               the last column.";

fn parts(found: &Disclosure) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(roles) = &found.roles {
        let by = |by: ChosenBy| match by {
            ChosenBy::Person => "named",
            ChosenBy::Name => "taken by names and shapes of columns, since nobody named any",
        };
        let list =
            |columns: &[String]| if columns.is_empty() { "none".to_owned() } else { columns.join(", ") };
        let population = roles.population.map_or_else(
            || "not named: the training rows are taken for all of it".to_owned(),
            |people| format!("{people} people"),
        );
        parts.push(Part {
            title: "What an attacker knows and wants",
            caption: "Columns that other people may know (quasi-identifiers) and columns that should not become known.".into(),
            heads: &["role", "columns", "chosen"],
            rows: vec![
                vec!["known".into(), list(&roles.keys), by(roles.keys_by).into()],
                vec!["sensitive".into(), list(&roles.sensitive), by(roles.sensitive_by).into()],
                vec!["population".into(), population, String::new()],
            ],
        });
    }
    if !found.risks.is_empty() {
        let rows = found.risks.iter().map(|risk| {
            let residual =
                if risk.valid { reading(&risk.residual) } else { "too weak to show anything".into() };
            vec![
                format!("{} ({})", risk.kind, risk.id),
                risk.tries.to_string(),
                reading(&risk.own),
                reading(&risk.control),
                number(risk.guessing),
                residual,
            ]
        });
        parts.push(Part {
            title: "Singling out, linking, inferring",
            caption: WHAT_RISKS_MEAN.into(),
            heads: &["attack", "tries", "learned from", "others", "guessing", "residual risk"],
            rows: rows.collect(),
        });
    }
    if let Some(identity) = &found.identity {
        parts.push(Part {
            title: "Identity",
            caption: format!(
                "Chance that somebody who knows the keys finds a person and learns something. Publishers of clinical data \
                 hold {} to be acceptable; {:.1} % of people run more, the greatest risk is {}.",
                number(identity.threshold),
                100.0 * identity.above,
                number(identity.worst)
            ),
            heads: &["learned from", "others", "excess (0 is right)"],
            rows: vec![vec![reading(&identity.risk), reading(&identity.chance), reading(&identity.excess)]],
        });
    }
    if !found.told.is_empty() {
        let rows = found.told.iter().map(|line| {
            vec![
                line.sensitive.clone(),
                line.keys.join(", "),
                reading(&line.seen),
                reading(&line.unseen),
                reading(&line.excess),
                number(line.excess_without_inevitable),
            ]
        });
        parts.push(Part {
            title: "What keys tell (DiSCO)",
            caption: WHAT_TOLD_MEANS.into(),
            heads: &[
                "sensitive",
                "keys",
                "learned from",
                "others",
                "excess (0 is right)",
                "beyond the inevitable",
            ],
            rows: rows.collect(),
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{IdentityRisk, Reading, Risk, RolesTaken, Told};
    use verosim_core::Interval;

    fn reading_of(value: f64) -> Reading {
        Reading {
            value,
            interval: Some(Interval { low: value - 0.01, high: value + 0.01, level: 0.95 }),
            n: 500,
        }
    }

    fn found() -> Disclosure {
        let risk = |valid| Risk {
            id: "pg.so3".into(),
            kind: "singling out, three columns".into(),
            tries: 500,
            own: reading_of(0.2),
            control: reading_of(0.15),
            guessing: 0.01,
            residual: reading_of(0.05),
            valid,
        };
        Disclosure {
            roles: Some(RolesTaken {
                keys: vec!["age|<b>".into()],
                sensitive: vec!["illness".into()],
                ..RolesTaken::default()
            }),
            risks: vec![risk(true), risk(false)],
            identity: Some(IdentityRisk {
                risk: reading_of(0.03),
                chance: reading_of(0.02),
                excess: reading_of(0.01),
                worst: 0.5,
                above: 0.125,
                threshold: 0.09,
            }),
            told: vec![Told {
                keys: vec!["age".into(), "sex".into()],
                sensitive: "illness".into(),
                seen: reading_of(0.1),
                unseen: reading_of(0.1),
                excess: reading_of(0.0),
                excess_without_inevitable: 0.0,
            }],
        }
    }

    #[test]
    fn every_part_is_told_and_names_cannot_break_the_page() {
        let (page, text) = (disclosure_html(&found()), disclosure_markdown(&found()));
        for shown in [&page, &text] {
            for what in [
                "taken by names and shapes",
                "too weak to show anything",
                "0.0500 (0.0400 to 0.0600)",
                "12.5 % of people run more",
                "age, sex",
            ] {
                assert!(shown.contains(what), "{what}: {shown}");
            }
        }
        assert!(page.contains("age|&lt;b&gt;") && !page.contains("<b>"), "{page}");
        assert!(text.contains("age\\|&lt;b>"), "{text}");
        assert!(disclosure_markdown(&Disclosure::default()).is_empty());
    }

    #[test]
    fn the_card_keeps_it() {
        let found = found();
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Disclosure>(&text).unwrap(), found);
    }
}
