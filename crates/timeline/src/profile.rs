//! What does one see of timelines at a glance?

use crate::event::STATIC;
use crate::event::instant::{self, Style};
use crate::{About, Findings, Kind, Source, TimelineError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use verosim_core::Context;

/// Codes shown per kind.
const SHOWN: usize = 5;
/// Codes of fewer people than this are not named: a rare code can give somebody away.
const ENOUGH: u64 = 5;

/// What is in a set of timelines.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// What the source tells.
    pub about: About,
    /// People.
    pub people: u64,
    /// Events.
    pub events: u64,
    /// People with a death.
    pub deaths: u64,
    /// Events with a number.
    pub numbers: u64,
    /// The years of the first and the last event.
    pub years: Option<(String, String)>,
    /// Quartiles of events per person.
    pub per_person: [u64; 3],
    /// What kinds of events there are.
    pub kinds: Vec<KindProfile>,
    /// What is wrong with the data.
    pub findings: Findings,
}

/// What is in the events of one kind.
#[derive(Clone, Debug)]
pub struct KindProfile {
    /// The kind.
    pub kind: Kind,
    /// Events.
    pub events: u64,
    /// Distinct codes.
    pub codes: usize,
    /// The codes of most people.
    pub common: Vec<CommonCode>,
}

/// A code of many people.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CommonCode {
    /// The code.
    pub code: String,
    /// People who have it.
    pub people: u64,
    /// In words; empty when nobody says.
    pub description: String,
}

/// Looks at all events once.
///
/// # Errors
/// Those of the source.
///
/// # Cost
/// One pass; one shard, one number per person and two per distinct code in memory.
pub fn profile(source: &dyn Source, ctx: Context<'_>) -> Result<Profile, TimelineError> {
    let mut profile = Profile { about: source.about().clone(), ..Profile::default() };
    let mut codes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let (mut first, mut last) = (i64::MAX, STATIC);
    let mut lengths: Vec<u32> = Vec::new();
    for shard in 0..source.shards() {
        ctx.progress.step(shard, source.shards(), "shards");
        ctx.stop.check()?;
        let events = source.read(shard, ctx)?;
        profile.events += events.len() as u64;
        profile.numbers += events.numbers().iter().filter(|number| !number.is_nan()).count() as u64;
        let levels = events.codes().levels();
        // Per distinct code: events, people, and the last person who was counted.
        let mut tally = vec![(0_u64, 0_u64, usize::MAX); levels.len()];
        for (at, person) in events.people().enumerate() {
            profile.people += 1;
            profile.deaths += u64::from(person.death().is_some());
            lengths.push(u32::try_from(person.len()).unwrap_or(u32::MAX));
            for row in person.rows() {
                let seen = &mut tally[events.codes().codes()[row] as usize];
                seen.0 += 1;
                if seen.2 != at {
                    (seen.1, seen.2) = (seen.1 + 1, at);
                }
            }
            let timed = person.timed();
            if !timed.is_empty() {
                first = first.min(events.times()[timed.start]);
                last = last.max(events.times()[timed.end - 1]);
            }
        }
        for (level, (rows, people, _)) in levels.iter().zip(tally).filter(|(_, (rows, ..))| *rows > 0) {
            let known = codes.entry(level.to_string()).or_default();
            *known = (known.0 + rows, known.1 + people);
        }
    }
    if last != STATIC {
        let year = |time| instant::write(time, Style::Year).unwrap_or_default();
        profile.years = Some((year(first), year(last)));
    }
    lengths.sort_unstable();
    if !lengths.is_empty() {
        profile.per_person = [1, 2, 3].map(|quarter| u64::from(lengths[(lengths.len() - 1) * quarter / 4]));
    }
    let mut kinds: BTreeMap<Kind, (u64, Vec<(String, u64)>)> = BTreeMap::new();
    for (code, (rows, people)) in codes {
        let kind = kinds.entry(Kind::of(&code)).or_default();
        kind.0 += rows;
        kind.1.push((code, people));
    }
    for (kind, (rows, mut list)) in kinds {
        let distinct = list.len();
        list.retain(|(_, people)| *people >= ENOUGH);
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        list.truncate(SHOWN);
        let common = list.into_iter().map(|(code, people)| {
            let description = source.codes().description(&code).to_owned();
            CommonCode { code, people, description }
        });
        profile.kinds.push(KindProfile { kind, events: rows, codes: distinct, common: common.collect() });
    }
    profile.findings = source.findings();
    Ok(profile)
}

impl Profile {
    /// In words.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{} timelines", self.about.shape);
        if !self.about.name.is_empty() {
            let _ = write!(text, ": {}", self.about.name);
        }
        let _ = writeln!(text, "\n{} people, {} events, {} deaths", self.people, self.events, self.deaths);
        if let Some((first, last)) = &self.years {
            let _ = writeln!(text, "from {first} to {last}");
        }
        let [low, middle, high] = self.per_person;
        let _ = writeln!(text, "events per person: half of them between {low} and {high}, median {middle}");
        let _ = writeln!(text, "\nkind            events      codes  most common");
        for KindProfile { kind, events, codes, common } in &self.kinds {
            let shown = common.first().map(|CommonCode { code, people, description }| {
                let words = if description.is_empty() { String::new() } else { format!(" ({description})") };
                format!("{code}{words}, {people} people")
            });
            let _ =
                writeln!(text, "{:<12}{events:>10} {codes:>10}  {}", kind.word(), shown.unwrap_or_default());
        }
        if !self.about.tables.is_empty() {
            let _ = writeln!(text, "\ntables");
            for (table, rows) in &self.about.tables {
                let _ = writeln!(text, "  {table}: {rows} rows");
            }
        }
        for note in &self.about.notes {
            let _ = writeln!(text, "note: {note}");
        }
        if self.findings.is_empty() {
            text.push_str("\nnothing is wrong with the data, as far as one can see\n");
        } else {
            let _ = writeln!(text, "\nwhat was noticed");
            for finding in self.findings.iter() {
                let _ = writeln!(text, "  {finding}");
            }
        }
        text
    }

    /// The same for machines.
    #[must_use]
    pub fn json(&self) -> Value {
        let kinds: Vec<Value> = self
            .kinds
            .iter()
            .map(|kind| {
                json!({ "kind": kind.kind.word(), "events": kind.events, "codes": kind.codes, "most_common": kind.common })
            })
            .collect();
        json!({
            "shape": self.about.shape,
            "name": self.about.name,
            "people": self.people,
            "events": self.events,
            "deaths": self.deaths,
            "events_with_a_number": self.numbers,
            "years": self.years,
            "events_per_person": self.per_person,
            "kinds": kinds,
            "tables": self.about.tables.iter().map(|(name, rows)| json!({ "name": name, "rows": rows })).collect::<Vec<_>>(),
            "notes": self.about.notes,
            "findings": self.findings.iter().collect::<Vec<_>>(),
        })
    }
}
