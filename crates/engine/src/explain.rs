//! What is this engine or metric, offline?

use crate::error::EngineError;
use crate::portfolio::pages;
use std::fmt::Write as _;
use verosim_core::{Direction, did_you_mean};
use verosim_eval::METRICS;

/// The page of an engine or a metric, or the list of `engines` or `metrics`.
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
        _ => {}
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
        .chain(["engines", "metrics"])
        .collect();
    let nearest = did_you_mean(id, known).map(str::to_owned);
    Err(EngineError::NothingToExplain { id: id.to_owned(), nearest })
}
