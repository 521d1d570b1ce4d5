//! How do timelines go from one shape to another, and what is lost on the way?

use crate::{About, Fate, Findings, Sink, Source, TimelineError, Written};
use verosim_core::Context;

/// What a conversion did.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// What was read.
    pub from: About,
    /// What was wrong with it.
    pub findings: Findings,
    /// What was written, and what could not be carried.
    pub written: Written,
}

/// Reads all of `source` and writes it to `sink`, shard by shard.
///
/// # Errors
/// [`TimelineError`]; what `sink` writes to is then as it was before.
///
/// # Cost
/// One shard in memory.
pub fn convert(
    source: &dyn Source,
    mut sink: Box<dyn Sink>,
    ctx: Context<'_>,
) -> Result<Conversion, TimelineError> {
    for shard in 0..source.shards() {
        ctx.progress.step(shard, source.shards(), "shards");
        ctx.stop.check()?;
        sink.write(&source.read(shard, ctx)?, ctx)?;
    }
    let written = sink.finish(source.codes(), ctx)?;
    Ok(Conversion { from: source.about().clone(), findings: source.findings(), written })
}

impl Conversion {
    /// What was read and written, what was wrong, and what was lost, in words.
    #[must_use]
    pub fn text(&self) -> String {
        use std::fmt::Write as _;
        let mut text = format!("{} people, {} events\n", self.written.people, self.written.events);
        for (table, rows) in &self.written.tables {
            let _ = writeln!(text, "  {table}: {rows} rows");
        }
        let lost = self.written.loss.total(Fate::NotCarried) + self.findings.total(Fate::NotCarried);
        let told: Vec<_> = self.findings.iter().chain(self.written.loss.iter()).collect();
        if told.is_empty() {
            text.push_str("nothing was lost\n");
            return text;
        }
        let _ = writeln!(
            text,
            "not carried: {lost}; set aside: {}",
            self.findings.total(Fate::SetAside) + self.written.loss.total(Fate::SetAside)
        );
        for finding in told {
            let _ = writeln!(text, "  {finding}");
        }
        text
    }

    /// The same for machines.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let told = |findings: &Findings| findings.iter().collect::<Vec<_>>();
        serde_json::json!({
            "from": self.from.shape,
            "people": self.written.people,
            "events": self.written.events,
            "tables": self.written.tables.iter().map(|(name, rows)| serde_json::json!({ "name": name, "rows": rows })).collect::<Vec<_>>(),
            "findings": told(&self.findings),
            "loss": told(&self.written.loss),
        })
    }
}
