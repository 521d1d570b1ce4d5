//! What does the chain know after learning, and how is it saved and read back?

use super::appetite::Appetite;
use super::chain::{Chances, Rows, Types};
use super::config::Markov;
use super::draw;
use super::keys::{ANY, LEVELS, LOOSE, Part, Progress, UNOPENED, end_key_of, end_keys, last_keys};
use super::statics::{self, Statics};
use super::story::{CELLS, Roles};
use super::value::{Memory, Numbers};
use super::wait::{Days, Mortal, Waits};
use crate::lives::clock::stretches;
use crate::lives::spread::Spread;
use crate::lives::vocabulary::{ANCHORS, Vocabulary};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use verosim_core::{Context, Guarantee, SampleError, Seeded, StoredFact};
use verosim_timeline::{Draft, Events, FittedTimelines, Saved};

/// Format of a saved state; others are refused.
const VERSION: u32 = 3;

/// What is known of one code besides its numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manner {
    /// Chance of a number.
    pub(crate) numeric: f64,
    /// Running shares of the texts of the vocabulary; the rest has none.
    pub(crate) texts: Vec<f64>,
    /// Chance that a text stays that of the last time, beside chance.
    pub(crate) stays: f64,
    /// Chance of an end, and how long after.
    pub(crate) ended: f64,
    pub(crate) span: Option<Spread>,
    /// Running shares of pauses before it, by stretch.
    pub(crate) pauses: Vec<f64>,
    /// Chance that it comes at the very end of a sitting.
    pub(crate) closes: f64,
    /// Whether it comes more than once in a sitting.
    pub(crate) repeats: bool,
}

impl Manner {
    /// How much of it comes in that part of a sitting.
    pub(crate) fn comes(&self, part: Part) -> f32 {
        match part {
            Part::Any => 1.0,
            Part::Before => 1.0 - self.closes as f32,
            Part::End => self.closes as f32,
        }
    }
}

/// Everything learned; what a saved file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Learned {
    pub(crate) version: u32,
    pub(crate) settings: Markov,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) statics: Statics,
    /// Share of people whose birth is told.
    pub(crate) births: f64,
    /// Share of people without a sitting.
    pub(crate) idle: f64,
    /// Days of age at the first sitting, by sex and for all.
    pub(crate) ages: Vec<Option<Spread>>,
    /// First sittings, microseconds since 1970.
    pub(crate) entries: Option<Spread>,
    pub(crate) types: Types,
    pub(crate) waits: Waits,
    pub(crate) patience: Memory,
    /// How much oftener people come than waits say, and the chance after each sitting that they left for good.
    pub(crate) pace: f64,
    pub(crate) leaves: f64,
    pub(crate) days: Days,
    pub(crate) hours: BTreeMap<u32, Vec<u32>>,
    /// How much oftener than in the mean of the year.
    pub(crate) months: Vec<f64>,
    /// Hazards of death between sittings, by cell; empty when nobody may die.
    pub(crate) deaths: Waits,
    pub(crate) fatal: Chances,
    pub(crate) mortal: Option<Mortal>,
    /// The code of deaths and that of births.
    pub(crate) death: Option<u32>,
    pub(crate) birth: Option<u32>,
    pub(crate) next: [Rows; LEVELS],
    pub(crate) ends: Chances,
    pub(crate) manners: Vec<Manner>,
    pub(crate) numbers: Vec<Option<Numbers>>,
    pub(crate) appetites: Vec<Option<Appetite>>,
}

/// The fitted chain.
#[derive(Clone, Debug)]
pub struct FittedMarkov {
    pub(crate) learned: Learned,
    pub(crate) roles: Roles,
}

impl FittedMarkov {
    pub(crate) fn new(learned: Learned) -> Self {
        let roles = Roles::of(&learned.vocabulary);
        Self { learned, roles }
    }

    /// Reads back what was saved.
    pub(crate) fn load(saved: Saved) -> Result<Self, String> {
        let learned: Learned = serde_json::from_value(saved.state).map_err(|error| error.to_string())?;
        learned.check()?;
        Ok(Self::new(learned))
    }
}

impl Learned {
    pub(crate) const VERSION: u32 = VERSION;

    /// The odds that a sitting is over that has come so far, and whose last event had that code, against its going on;
    /// `None` when it is over for sure.
    pub(crate) fn end_odds(&self, scene: u64, progress: Progress, code: u32) -> Option<f64> {
        let odds = |share: f64| share.clamp(1e-6, 1.0 - 1e-6) / (1.0 - share.clamp(1e-6, 1.0 - 1e-6));
        let keys = end_keys(scene, progress);
        let Some(chance) = self.ends.at(&keys[1..]) else {
            // No sitting of that type was there: one of unknown length is over, another as likely as anywhere.
            let any = self.ends.at(&keys[..1]).filter(|&chance| chance < 1.0 && progress.length > 0)?;
            return Some(odds(any));
        };
        if chance >= 1.0 {
            return None;
        }
        let key = |code: u32| end_key_of(scene, progress, code);
        let any = self.ends.at(&[key(ANY)]).unwrap_or(chance);
        let own = self.ends.at(&[key(ANY), key(code)]).unwrap_or(any);
        Some(odds(chance) * odds(own) / odds(any))
    }

    /// Whether no sitting of that type had so many events before any time went by.
    pub(crate) fn is_crowded(&self, scene: u64, progress: Progress) -> bool {
        progress.length > 0 && progress.since <= 0 && self.ends.at(&end_keys(scene, progress)[1..]).is_none()
    }

    /// The chance that something happens at the very end of a sitting of known length.
    pub(crate) fn last(&self, scene: u64) -> f64 {
        self.ends.at(&last_keys(scene)).unwrap_or(0.0)
    }

    /// Whether nothing in it can surprise a draw.
    fn check(&self) -> Result<(), String> {
        let codes = self.vocabulary.len();
        let words = &self.vocabulary.words;
        let share = |x: f64| (0.0..=1.0).contains(&x);
        let known = |code: &u32| (*code as usize) < codes;
        let is_kind = |kind: u32| known(&kind) || kind == LOOSE || kind == UNOPENED;
        let running =
            |shares: &[f64]| shares.iter().all(|&x| share(x)) && shares.windows(2).all(|w| w[0] <= w[1]);
        let manners = self.manners.iter().zip(words).all(|(manner, word)| {
            [manner.numeric, manner.stays, manner.ended, manner.closes].into_iter().all(share)
                && manner.texts.len() == word.texts.len()
                && running(&manner.texts)
                && manner.pauses.len() == stretches()
                && running(&manner.pauses)
                && manner.span.as_ref().is_none_or(Spread::is_sound)
        });
        let checks = [
            (self.version == VERSION, "version"),
            (codes < 1 << 28 && words.windows(2).all(|pair| pair[0].code < pair[1].code), "codes"),
            (
                self.vocabulary.anchors.len() <= ANCHORS && self.vocabulary.anchors.iter().all(known),
                "anchors",
            ),
            (self.statics.is_sound(codes), "static codes"),
            (share(self.births) && share(self.idle), "shares of people"),
            (self.ages.len() == 4 && self.ages.iter().flatten().all(Spread::is_sound), "ages"),
            (self.entries.as_ref().is_none_or(Spread::is_sound), "first sittings"),
            (self.types.is_sound(is_kind), "types of sittings"),
            (self.waits.is_sound() && self.deaths.is_sound(), "hazards"),
            (share(self.patience.stays) && share(self.patience.fades), "resemblance of silences"),
            (self.pace.is_finite() && self.pace > 0.0 && share(self.leaves), "pace of sittings"),
            (self.days.is_sound(), "days"),
            (self.hours.values().all(|hours| hours.len() == 24), "hours"),
            (self.months.len() == 12 && self.months.iter().all(|x| x.is_finite() && *x >= 0.0), "months"),
            (self.fatal.is_sound() && self.ends.is_sound(), "chances"),
            (self.mortal.as_ref().is_none_or(Mortal::is_sound), "factors of death"),
            (self.death.iter().chain(&self.birth).all(known), "codes of birth and death"),
            (self.next.iter().all(|rows| rows.is_sound(codes)), "steps"),
            (self.manners.len() == codes && manners, "manners"),
            (
                self.numbers.len() == codes && self.numbers.iter().flatten().all(|law| law.is_sound(codes)),
                "numbers",
            ),
            (
                self.appetites.len() == codes && self.appetites.iter().flatten().all(Appetite::is_sound),
                "appetites",
            ),
        ];
        let broken = checks.iter().find(|(is_sound, _)| !is_sound);
        broken.map_or(Ok(()), |(_, what)| Err(format!("its {what} do not fit together")))
    }
}

impl FittedTimelines for FittedMarkov {
    fn guarantee(&self) -> Guarantee {
        let k = self.learned.settings.min_people;
        Guarantee::None {
            measures: format!(
                "only counts and quantiles are kept; nothing of fewer than {k} people is drawn"
            ),
        }
    }

    fn codes(&self) -> Vec<String> {
        self.learned.vocabulary.words.iter().map(|word| word.code.clone()).collect()
    }

    fn stored(&self) -> Vec<StoredFact> {
        let learned = &self.learned;
        let fact = |what: &str, items: usize, least_support: usize| StoredFact {
            what: what.into(),
            items,
            least_support,
        };
        let cells = learned.numbers.iter().flatten().map(Numbers::cells).sum();
        let k = learned.settings.min_people;
        vec![
            fact("codes", learned.vocabulary.len(), k),
            fact("combinations of static codes", learned.statics.len(), learned.statics.least()),
            fact("quantiles of numbers", cells, k),
            fact(
                "counts of steps from code to code",
                statics::entries(&learned.next),
                learned.settings.bend_people,
            ),
            fact(
                "hazards and chances by who and when",
                learned.waits.len() + learned.ends.len() + learned.types.len(),
                1,
            ),
            fact("odds of codes by sex and age", learned.appetites.iter().flatten().count() * 2 * CELLS, 1),
        ]
    }

    fn save(&self) -> Saved {
        let state = serde_json::to_value(&self.learned).unwrap_or_default();
        Saved { state, weights: Vec::new() }
    }

    fn draw(&self, draft: &Draft, seed: Seeded, ctx: Context<'_>) -> Result<Events, SampleError> {
        draw::draw(self, draft, seed, ctx)
    }
}
