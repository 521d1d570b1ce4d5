//! How much more or less often does something come at an age, to a sex, in a month, than counts lead to expect?
//!
//! Of counts that rest on the last codes and of those that rest on age, the finer ones win; what age does to a code that is
//! expected anyway is told by neither. So circumstances have factors beside the counts, for codes that come anew or again and
//! for death: a trend, log-linear in age and sex or in a wave of the year, and beside the trend what came over what was due,
//! each with a weight added that draws them together (shrinkage as of `dumouchel1999`). The weight is the one that does best on
//! people who are left out.

use super::book::{Index, Part};
use super::past::{Memory, Turn};
use super::when::When;
use crate::Masks;
use hashbrown::HashMap;

/// What has factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    /// Codes that come anew, and again.
    New,
    Again,
    /// What kind of stay it is.
    Stay,
    /// At which hours it starts and ends.
    Open,
    Close,
    /// What comes behind a stay, given that a life goes on.
    Next,
    /// That it does not, but ends in death.
    Death,
}

pub(super) const WHATS: [What; 7] =
    [What::New, What::Again, What::Stay, What::Open, What::Close, What::Next, What::Death];

impl What {
    /// How many places it has.
    pub(super) fn places(self, masks: &Masks, index: &Index) -> usize {
        let of = |part: Part| masks.allowed(index.class(part)).len();
        match self {
            Self::New | Self::Again => of(Part::Inside),
            Self::Stay => of(Part::Stay),
            Self::Open => of(Part::Open),
            Self::Close => of(Part::Close),
            Self::Next => of(Part::Next),
            Self::Death => 1,
        }
    }

    pub(super) fn of_turn(turn: Turn) -> Option<Self> {
        match turn {
            Turn::New => Some(Self::New),
            Turn::Again => Some(Self::Again),
            Turn::Step | Turn::Here => None,
        }
    }

    pub(super) fn of_part(part: Part) -> Option<Self> {
        match part {
            Part::Stay => Some(Self::Stay),
            Part::Open => Some(Self::Open),
            Part::Close => Some(Self::Close),
            Part::Next => Some(Self::Next),
            _ => None,
        }
    }
}

pub(super) type Where = (What, When);

/// Factors by place, of all people, then without each fold; those of death have one place. What is not there is 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Tilts {
    pub(super) of: HashMap<Where, Vec<Vec<f32>>>,
}

impl Tilts {
    fn at(&self, what: What, when: When, fold: usize) -> &[f32] {
        // Those of a saved model are of all people.
        let folds = self.of.get(&(what, when));
        folds.and_then(|folds| folds.get(fold).or(folds.first())).map_or(&[], Vec::as_slice)
    }

    /// Both together, in all people.
    pub(super) fn times(mut self, more: Self) -> Self {
        for (at, folds) in more.of {
            let Some(more) = folds.into_iter().next() else { continue };
            match self.of.get_mut(&at) {
                Some(known) => {
                    known.truncate(1);
                    known.iter_mut().flatten().zip(more).for_each(|(factor, more)| *factor *= more);
                }
                None => _ = self.of.insert(at, vec![more]),
            }
        }
        self
    }

    /// Brings chances of codes, each given its turn, to the circumstances.
    pub(super) fn at_turns(&self, context: u64, memory: &Memory<'_>, turns: &[u8], chances: &mut [f32]) {
        for turn in [Turn::New, Turn::Again] {
            if let Some(what) = What::of_turn(turn) {
                self.bring(what, context, memory, chances, |place| turns[place] == turn as u8);
            }
        }
    }

    /// Brings the chances of a part to the circumstances.
    pub(super) fn of_part(&self, part: Part, context: u64, memory: &Memory<'_>, chances: &mut [f32]) {
        if let Some(what) = What::of_part(part) {
            self.bring(what, context, memory, chances, |_| true);
        }
    }

    /// How many times the odds of death are what the course of the life says.
    pub(super) fn of_death(&self, context: u64, memory: &Memory<'_>) -> f32 {
        let fold = super::base::logs_of(context);
        memory
            .whens()
            .map(|when| self.at(What::Death, when, fold).first().copied().unwrap_or(1.0))
            .iter()
            .product()
    }

    /// Multiplies the chances of some places, whose sum stays.
    fn bring(
        &self,
        what: What,
        context: u64,
        memory: &Memory<'_>,
        chances: &mut [f32],
        some: impl Fn(usize) -> bool,
    ) {
        let [a, b] = memory.whens().map(|when| self.at(what, when, super::base::logs_of(context)));
        if a.is_empty() && b.is_empty() {
            return;
        }
        let of = |factors: &[f32], place: usize| factors.get(place).copied().unwrap_or(1.0);
        let (mut before, mut behind) = (0.0_f32, 0.0_f32);
        for (place, chance) in chances.iter_mut().enumerate().filter(|(place, _)| some(*place)) {
            before += *chance;
            *chance *= of(a, place) * of(b, place);
            behind += *chance;
        }
        if behind > 0.0 {
            let back = before / behind;
            chances
                .iter_mut()
                .enumerate()
                .filter(|(place, _)| some(*place))
                .for_each(|(_, chance)| *chance *= back);
        }
    }
}
