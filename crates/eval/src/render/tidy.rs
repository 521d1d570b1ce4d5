//! How does every figure stand in one table, one figure a line?

use crate::Card;
use crate::card::{Reading, Status};
use std::fmt::Write as _;

/// Columns of the table.
const HEADER: &str = "family,metric,part,role,value,low,high,n,status,reason";

/// All figures of a card as CSV (RFC 4180), one figure a line: values, ceilings, floors, mean and deviation over
/// several tables, positions and parts, and at the end the ways to serve groups alike. Numbers are written in full.
#[must_use]
pub fn tidy(card: &Card) -> String {
    let mut csv = format!("{HEADER}\n");
    for entry in &card.entries {
        let status = match entry.status {
            Status::Ok => "ok",
            Status::NotApplicable => "not-applicable",
            Status::Failed => "failed",
        };
        let reason = entry.reason.as_deref().unwrap_or("");
        let mut line = |part: &str, role: &str, reading: Option<Reading>| {
            let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
            let interval = reading.and_then(|reading| reading.interval);
            let _ = writeln!(
                csv,
                "{},{},{},{role},{},{},{},{},{status},{}",
                cell(&entry.family),
                entry.id,
                cell(part),
                number(reading.map(|reading| reading.value)),
                number(interval.map(|interval| interval.low)),
                number(interval.map(|interval| interval.high)),
                reading
                    .filter(|reading| reading.n > 0)
                    .map_or(String::new(), |reading| reading.n.to_string()),
                cell(reason)
            );
        };
        line("", "synthetic", entry.reading);
        for (role, reading) in [("ceiling", entry.ceiling), ("floor", entry.floor)] {
            if reading.is_some() {
                line("", role, reading);
            }
        }
        if let Some(spread) = card.draws.spreads.iter().find(|spread| spread.id == entry.id) {
            let n = card.draws.tables.len();
            line("", "mean of draws", Some(Reading { value: spread.mean, interval: spread.interval, n }));
            line("", "deviation of draws", Some(Reading { value: spread.deviation, interval: None, n }));
        }
        let bare = |value: f64| Some(Reading { value, interval: None, n: 0 });
        if let Some(position) = entry.position {
            line("", "position", bare(position));
        }
        for (part, value) in &entry.parts {
            line(part, "synthetic", bare(*value));
        }
    }
    super::remedy::figures(&card.remedies, |part, reading| {
        let interval = reading
            .interval
            .map_or((String::new(), String::new()), |i| (i.low.to_string(), i.high.to_string()));
        let n = if reading.n > 0 { reading.n.to_string() } else { String::new() };
        let (value, (low, high)) = (reading.value, interval);
        let _ = writeln!(csv, "equity,eq.vsml,{},way,{value},{low},{high},{n},ok,", cell(part));
    });
    csv
}

/// A cell, in quotes where it must be.
fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entry;
    use verosim_core::Interval;

    #[test]
    fn every_figure_has_its_line() {
        let reading = |value| {
            Some(Reading { value, interval: Some(Interval { low: 0.25, high: 0.75, level: 0.95 }), n: 9 })
        };
        let entry = Entry {
            id: "re.x".into(),
            name: String::new(),
            family: "realism".into(),
            question: String::new(),
            direction: String::new(),
            unit: String::new(),
            status: Status::Ok,
            reason: None,
            reading: reading(0.5),
            ceiling: reading(0.625),
            floor: None,
            position: Some(0.8),
            method: String::new(),
            parts: vec![("a, \"b\"".into(), 0.125)],
            seconds: 0.0,
        };
        let csv = tidy(&Card { entries: vec![entry], ..Card::default() });
        let wanted = format!(
            "{HEADER}\nrealism,re.x,,synthetic,0.5,0.25,0.75,9,ok,\nrealism,re.x,,ceiling,0.625,0.25,0.75,9,ok,\n\
             realism,re.x,,position,0.8,,,,ok,\nrealism,re.x,\"a, \"\"b\"\"\",synthetic,0.125,,,,ok,\n"
        );
        assert_eq!(csv, wanted);
    }
}
