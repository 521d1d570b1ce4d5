//! What is this engine or metric, offline?

use crate::error::EngineError;
use crate::portfolio::pages;
use crate::topic::{CLINICAL_SUMMARY, IMPUTE_SUMMARY, STEERING_SUMMARY, TOPICS, clinical, impute, steering};
use std::fmt::Write as _;
use verosim_core::{Direction, MetricInfo, did_you_mean};
use verosim_eval::METRICS;
use verosim_eval::compat::{ALIASES, Alias};
use verosim_eval::policy::{PURPOSES, Policy};
use verosim_eval::timeline::TIMELINE_METRICS;

/// All metrics: those of tables, then those of timelines.
fn metrics() -> impl Iterator<Item = &'static MetricInfo> {
    METRICS.iter().map(|metric| metric.info()).chain(TIMELINE_METRICS.iter().map(|metric| metric.info()))
}

/// The page of an engine, a metric or a topic, or the list of `engines`, `metrics` or `topics`.
///
/// # Errors
/// [`EngineError::NothingToExplain`] with the nearest name.
pub fn explain(id: &str) -> Result<String, EngineError> {
    let mut list = String::new();
    match id {
        "engines" => {
            for page in pages() {
                let _ = writeln!(list, "{:<20}{}", page.id, page.summary);
            }
            for page in crate::timeline::pages() {
                let _ = writeln!(list, "{:<20}{} (patient timelines)", page.id, page.summary);
            }
            return Ok(list);
        }
        "metrics" => {
            for info in metrics() {
                let _ = writeln!(list, "{:<11}{}", info.id, info.question);
            }
            return Ok(list);
        }
        "topics" => {
            for (topic, summary, _) in TOPICS {
                let _ = writeln!(list, "{topic:<10}{summary}");
            }
            let _ = writeln!(list, "{:<10}{}", "probe", crate::probe::SUMMARY);
            let _ = writeln!(list, "{:<10}{POLICIES}", "policies");
            let _ = writeln!(list, "{:<10}{CLINICAL_SUMMARY}", "clinical");
            let _ = writeln!(list, "{:<10}{IMPUTE_SUMMARY}", "impute");
            let _ = writeln!(list, "{:<10}{STEERING_SUMMARY}", "steering");
            let _ = writeln!(list, "{:<10}{}", "timelines", crate::timeline::topic::SUMMARY);
            let _ = writeln!(list, "{:<10}Names of scores of other tools, and the metrics here.", "aliases");
            return Ok(list);
        }
        "aliases" => {
            for alias in ALIASES {
                let name = format!("{}:{}", alias.peer, alias.score);
                let _ = writeln!(list, "{name:<40}{:<11}{}", alias.metric, alias.differs);
            }
            return Ok(list);
        }
        "clinical" => return Ok(clinical()),
        "impute" => return Ok(impute()),
        "policies" => return Ok(policies()),
        "steering" => return Ok(steering()),
        "timelines" => return Ok(crate::timeline::topic::page()),
        "probe" => return Ok(crate::probe::page()),
        _ => {}
    }
    if let Some((_, text)) = PURPOSES.iter().find(|(purpose, _)| *purpose == id) {
        return Ok((*text).to_owned());
    }
    if let Some((topic, summary, page)) = TOPICS.iter().find(|(topic, ..)| *topic == id) {
        return Ok(format!("# {topic}\n\n{summary}\n\n{page}\n"));
    }
    if let Some(page) = pages().chain(crate::timeline::pages()).find(|page| page.id == id) {
        let mut text = format!(
            "# {}\n\n{}\n\n{}\n\n## When it loses\n\n{}\n\n## Guarantee\n\n{}\n",
            page.id, page.summary, page.method, page.limits, page.guarantee
        );
        if !page.settings.is_empty() {
            text.push_str("\n## Settings\n\n");
            for setting in page.settings {
                let _ = writeln!(
                    text,
                    "- `{}` (default {}; {}): {}",
                    setting.name,
                    if setting.default.is_empty() { "none" } else { setting.default },
                    setting.range,
                    setting.purpose
                );
            }
        }
        let _ = writeln!(text, "\nSources: {}", page.sources.join(", "));
        return Ok(text);
    }
    if let Some(alias) = id.split_once(':').and_then(|(peer, score)| Alias::find(peer, score)) {
        let page = explain(alias.metric)?;
        return Ok(format!(
            "`{}` of {} is `{}` here. What differs: {}.\n\n{page}",
            alias.score, alias.peer, alias.metric, alias.differs
        ));
    }
    if let Some(info) = metrics().find(|info| info.id == id) {
        let direction = match info.direction {
            Direction::Higher => "more is better".to_owned(),
            Direction::Lower => "less is better".to_owned(),
            Direction::Target(at) => format!("nearest to {at} is best"),
            Direction::Descriptive => "for information".to_owned(),
        };
        let sources: Vec<&str> = info.sources.iter().map(|source| source.0).collect();
        return Ok(format!(
            "# {} ({})\n\n{}\n\n{}\n\nUnit: {}. Range: {} to {}; {direction}.\nSources: {}\n",
            info.name,
            info.id,
            info.question,
            info.page,
            info.unit,
            info.range.low,
            info.range.high,
            sources.join(", ")
        ));
    }
    let known: Vec<&str> = pages()
        .chain(crate::timeline::pages())
        .map(|page| page.id)
        .chain(metrics().map(|info| info.id))
        .chain(TOPICS.iter().map(|(topic, ..)| *topic))
        .chain(PURPOSES.iter().map(|(purpose, _)| *purpose))
        .chain([
            "engines",
            "metrics",
            "topics",
            "probe",
            "policies",
            "aliases",
            "clinical",
            "impute",
            "timelines",
        ])
        .collect();
    let nearest = did_you_mean(id, known).map(str::to_owned);
    Err(EngineError::NothingToExplain { id: id.to_owned(), nearest })
}

const POLICIES: &str =
    "Whether data are good enough for a purpose: `--policy PURPOSE|FILE` of run and evaluate.";

/// The purposes, and the shape of a policy file.
fn policies() -> String {
    let mut page = format!("# policies\n\n{POLICIES}\n\n");
    for (id, text) in PURPOSES {
        let words = Policy::from_toml(text).map(|policy| policy.words).unwrap_or_default();
        let _ = writeln!(page, "{id:<20}{words}");
    }
    page.push_str(POLICY_FILE);
    page
}

const POLICY_FILE: &str = "
`verosim explain PURPOSE` prints the file of a purpose: a start for one of your own. `questions` are those of the verdict
strip whose failure fails the policy; those under `must_know` fail it also when they cannot be assessed. A gate names a
metric, or one part of it, and which end of the figure is held against the threshold: `read` is value, low, high (ends of
the interval), position (0 at the floor, 1 at the ceiling) or of-ceiling (the share of what real people score). It passes
`at_most` or `at_least` a number, warns up to `warn`, and fails beyond; `must_know = true` fails it where there is no such
figure. `origin` says where the threshold comes from; a gate without one is refused.

A policy may have gates of tables and of patient records (`lo.uni`, `pd.run`): a card is held against those of its own kind.

With `--gate` the command ends with 4 when the policy fails. `gates.xml` beside the report is JUnit XML for pipelines,
`figures.csv` holds every figure, one a line. No policy says that data are safe: it says which evidence was asked for
and what came out.
";
