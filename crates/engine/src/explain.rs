//! What is this engine or metric, offline?

use crate::error::EngineError;
use crate::portfolio::pages;
use crate::topic::TOPICS;
use std::fmt::Write as _;
use verosim_core::{Direction, did_you_mean};
use verosim_eval::METRICS;

/// The page of an engine, a metric or a topic, or the list of `engines`, `metrics` or `topics`.
///
/// # Errors
/// [`EngineError::NothingToExplain`] with the nearest name.
pub fn explain(id: &str) -> Result<String, EngineError> {
    let mut list = String::new();
    match id {
        "engines" => {
            for page in pages() {
                let _ = writeln!(list, "{:<14}{}", page.id, page.summary);
            }
            return Ok(list);
        }
        "metrics" => {
            for metric in METRICS {
                let _ = writeln!(list, "{:<11}{}", metric.info().id, metric.info().question);
            }
            return Ok(list);
        }
        "topics" => {
            for (topic, summary, _) in TOPICS {
                let _ = writeln!(list, "{topic:<10}{summary}");
            }
            let _ = writeln!(list, "{:<10}{}", "probe", crate::probe::SUMMARY);
            return Ok(list);
        }
        "probe" => return Ok(crate::probe::page()),
        _ => {}
    }
    if let Some((topic, summary, page)) = TOPICS.iter().find(|(topic, ..)| *topic == id) {
        return Ok(format!("# {topic}\n\n{summary}\n\n{page}\n"));
    }
    if let Some(page) = pages().find(|page| page.id == id) {
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
    if let Some(metric) = METRICS.iter().find(|metric| metric.info().id == id) {
        let info = metric.info();
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
        .map(|page| page.id)
        .chain(METRICS.iter().map(|metric| metric.info().id))
        .chain(TOPICS.iter().map(|(topic, ..)| *topic))
        .chain(["engines", "metrics", "topics", "probe"])
        .collect();
    let nearest = did_you_mean(id, known).map(str::to_owned);
    Err(EngineError::NothingToExplain { id: id.to_owned(), nearest })
}
