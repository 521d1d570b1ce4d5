//! How much more or less often does something come in a kind of stay, at an age, to a sex, in a month, than counts lead to
//! expect?
//!
//! Of counts that rest on the last codes and of those that rest on age, the finer ones win; what age does to a code that is
//! expected anyway is told by neither. So circumstances have factors beside the counts: a trend, log-linear in age and sex or in
//! a wave of the year, and beside the trend what came over what was due, each with a weight added that draws them together
//! (shrinkage as of `dumouchel1999`). The weight is the one that does best on people who are left out.

use super::base::ENDS;
use super::book::Part;
use super::past::{Memory, TURNS, Turn};
use super::tally::{Parts, Way, ending};
use super::when::When;
use hashbrown::HashMap;

/// What has factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    /// Which turn it is in a stay, whether that is over, and whether only its end is left.
    Turn,
    /// Codes that come anew, and again.
    New,
    Again,
    /// What kind of stay it is.
    Stay,
    /// At which hours it starts and ends.
    Open,
    Close,
    /// Whether a life goes on behind a stay, is told to its end, or ends in death.
    Way,
    /// What comes behind a stay, given that a life goes on.
    Next,
}

pub(super) const WHATS: [What; 8] =
    [What::Turn, What::New, What::Again, What::Stay, What::Open, What::Close, What::Way, What::Next];

/// Places of the turns, then of the two ends of a stay; and of the ways of a life.
pub(super) const ENDINGS: usize = TURNS.len();
const TURNED: usize = ENDINGS + 2;
const WAYS: usize = 3;

impl What {
    /// Where it is decided.
    pub(super) fn part(self) -> Part {
        match self {
            Self::Turn | Self::New | Self::Again => Part::Inside,
            Self::Stay => Part::Stay,
            Self::Open => Part::Open,
            Self::Close => Part::Close,
            Self::Way | Self::Next => Part::Next,
        }
    }

    /// How many places it has where so many tokens can be chosen.
    pub(super) fn places(self, tokens: usize) -> usize {
        match self {
            Self::Turn => TURNED,
            Self::Way => WAYS,
            _ => tokens,
        }
    }

    /// What is decided where one of the tokens of a part is chosen.
    pub(super) fn of_part(part: Part) -> impl Iterator<Item = Self> {
        WHATS.into_iter().filter(move |what| what.part() == part)
    }

    /// The circumstances that bear on it.
    pub(super) fn whens(self, context: u64, memory: &Memory<'_>) -> [When; 3] {
        let [group, month] = memory.whens();
        match self {
            Self::Turn => [When::rank(context, memory.rank()), When::of_context(context), group],
            _ => [When::of_context(context), group, month],
        }
    }

    /// All circumstances of each sort that bears on it, in the order of [`What::whens`].
    pub(super) fn stages(self) -> [Vec<When>; 3] {
        let [kinds, groups] = [When::kinds().collect(), When::groups().collect()];
        match self {
            Self::Turn => [When::ranks().collect(), kinds, groups],
            _ => [kinds, groups, When::months().collect()],
        }
    }

    /// Nats for each thing that came which factors must win in people who are left out, of lives that are `drawn` or of counts.
    /// Counts know how stays go on where there are thousands of people; only where they clearly fail, as in long stays of few
    /// people, are they to be overruled.
    pub(super) fn worth(self, drawn: bool) -> f64 {
        match self {
            Self::Turn if drawn => 0.001,
            Self::Turn => 0.005,
            _ => 0.0,
        }
    }

    fn of_turn(turn: Turn) -> Option<Self> {
        match turn {
            Turn::New => Some(Self::New),
            Turn::Again => Some(Self::Again),
            Turn::Step | Turn::Here => None,
        }
    }

    /// The place of a token, which is the one at `at` of those of its part and, in a stay, of a turn; `None` where this is not
    /// what it decides.
    pub(super) fn place(self, parts: &Parts, token: u32, turn: u8, at: usize) -> Option<usize> {
        match self {
            Self::Turn if turn == ENDS => Some(ENDINGS + ending(token) - 1),
            Self::Turn => Some(usize::from(turn)),
            Self::New => (turn == Turn::New as u8).then_some(at),
            Self::Again => (turn == Turn::Again as u8).then_some(at),
            Self::Way => Some(parts.way(token) as usize),
            Self::Next => (parts.way(token) == Way::On).then_some(at),
            Self::Stay | Self::Open | Self::Close => Some(at),
        }
    }
}

/// Most by which a factor of a model multiplies or divides.
const MOST: f32 = 1e3;

pub(super) type Where = (What, When);

/// Factors by place, of all people, then without each fold. What is not there is 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Tilts {
    pub(super) factors: HashMap<Where, Vec<Vec<f32>>>,
}

impl Tilts {
    fn at(&self, what: What, when: When, fold: usize) -> &[f32] {
        // Those of a saved model are of all people.
        let folds = self.factors.get(&(what, when));
        folds.and_then(|folds| folds.get(fold).or(folds.first())).map_or(&[], Vec::as_slice)
    }

    /// Both together, in all people; none beyond [`MOST`].
    pub(super) fn times(mut self, more: Self) -> Self {
        for (at, folds) in more.factors {
            match self.factors.get_mut(&at) {
                Some(known) => {
                    known
                        .iter_mut()
                        .flatten()
                        .zip(folds.into_iter().flatten())
                        .for_each(|(factor, more)| *factor *= more);
                }
                None => _ = self.factors.insert(at, folds),
            }
        }
        for folds in self.factors.values_mut() {
            folds.truncate(1);
            folds.iter_mut().flatten().for_each(|factor| *factor = factor.clamp(1.0 / MOST, MOST));
        }
        self
    }

    /// Multiplies the factors under some circumstances, by place.
    pub(super) fn raise(&mut self, what: What, whens: impl Iterator<Item = When>, by: &[f64]) {
        if by.is_empty() {
            return;
        }
        for when in whens {
            let folds = self.factors.entry((what, when)).or_insert_with(|| vec![vec![1.0; by.len()]]);
            for factors in folds {
                factors.iter_mut().zip(by).for_each(|(factor, by)| *factor *= *by as f32);
            }
        }
    }

    /// Brings chances of codes, each given its turn, to the circumstances.
    pub(super) fn at_turns(&self, context: u64, memory: &Memory<'_>, turns: &[u8], chances: &mut [f32]) {
        for turn in TURNS {
            if let Some(what) = What::of_turn(turn) {
                self.bring(what, context, memory, chances, |place| turns[place] == turn as u8);
            }
        }
    }

    /// Brings the chances of a decision to the circumstances.
    pub(super) fn of(&self, what: What, context: u64, memory: &Memory<'_>, chances: &mut [f32]) {
        self.bring(what, context, memory, chances, |_| true);
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
        let fold = super::base::logs_of(context);
        let factors = what.whens(context, memory).map(|when| self.at(what, when, fold));
        if factors.iter().all(|factors| factors.is_empty()) {
            return;
        }
        let of = |place: usize| -> f32 {
            factors.iter().map(|factors| factors.get(place).copied().unwrap_or(1.0)).product()
        };
        let (mut before, mut behind) = (0.0_f32, 0.0_f32);
        for (place, chance) in chances.iter_mut().enumerate().filter(|(place, _)| some(*place)) {
            before += *chance;
            *chance *= of(place);
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
