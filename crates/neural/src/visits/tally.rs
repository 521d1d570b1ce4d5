//! What came how often, and in how many people, given what?

use super::book::{END, END_STAY, Index, Part, TO_END};
use super::field::{FOLDS, Field, fold_of};
use super::past::{Memory, Turn};
use super::rates::Rates;
use crate::Masks;
use hashbrown::HashMap;

/// Levels of counts that any part has.
pub(super) const LEVELS: usize = 6;
/// Most pairs of a context and a token that are counted per level.
const MOST: usize = 2_000_000;

/// Decisions behind those of the grammar's classes: whether a life is over, whether a stay ends, at which turn what comes is,
/// and which code of that turn.
pub(super) const BEHIND: [Part; 6] =
    [Part::Leaving, Part::Ending, Part::Turn, Part::New, Part::Again, Part::Here];

/// What the counts of each level rest on, from the least to the most.
pub(super) fn levels(part: Part) -> &'static [&'static [Field]] {
    use Field::{Before, Bin, Group, Kind, Last};
    match part {
        Part::Fact => &[&[Last], &[Last, Before]],
        Part::First | Part::Age => &[&[Last]],
        Part::Clock | Part::Open | Part::Close => &[&[Kind], &[Last], &[Last, Kind]],
        Part::Stay => &[&[Kind], &[Kind, Group], &[Kind, Before], &[Last, Kind]],
        Part::Next => &[&[Bin], &[Kind, Bin], &[Kind, Group], &[Kind, Before]],
        Part::Leaving => &[&[Bin], &[Before], &[Kind, Bin], &[Kind, Before]],
        Part::Death => &[&[Bin], &[Kind, Bin], &[Kind, Group]],
        Part::Inside => &[&[Kind], &[Kind, Group], &[Kind, Bin], &[Last], &[Last, Kind], &[Last, Bin]],
        Part::New => &[&[Kind], &[Kind, Bin], &[Kind, Group], &[Last], &[Last, Kind], &[Last, Before]],
        Part::Again => &[&[Kind], &[Kind, Bin], &[Last], &[Last, Kind], &[Last, Before]],
        Part::Here => &[&[Kind, Bin], &[Last], &[Last, Kind], &[Last, Before]],
        Part::Turn => &[
            &[Kind, Group],
            &[Last, Group],
            &[Last, Kind, Group],
            &[Last, Before, Group],
            &[Kind, Group, Bin],
            &[Last, Group, Bin],
        ],
        Part::Always => &[&[Last], &[Last, Bin], &[Last, Before]],
        Part::Ending => &[&[Kind], &[Kind, Bin], &[Last, Kind], &[Last, Kind, Bin]],
        Part::Length | Part::Stretch => &[&[Last], &[Last, Group]],
        Part::Number | Part::Text => &[&[Last], &[Last, Group], &[Last, Bin]],
    }
}

pub(super) fn key(context: u64, fields: &[Field]) -> u64 {
    fields.iter().fold(context & Field::Class.mask(), |key, field| key | context & field.mask())
}

pub(super) fn class_of(context: u64) -> usize {
    (context & Field::Class.mask()) as usize
}

/// `context` as that of another class.
pub(super) fn in_class(context: u64, class: usize) -> u64 {
    context & !Field::Class.mask() | class as u64
}

/// Whether a stay goes on, for 0, is over, or only has its end left.
pub(super) fn ending(token: u32) -> usize {
    match token {
        END_STAY => 1,
        TO_END => 2,
        _ => 0,
    }
}

/// How a life goes on behind a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    On,
    End,
    Death,
}

/// The classes of the grammar, with those of the decisions behind them.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    of: Vec<Part>,
    /// How many belong to the grammar, and which of them is of what comes in a stay.
    grammar: usize,
    pub(super) inside: usize,
    /// Which is of what comes between stays.
    pub(super) next: usize,
    /// The tokens of the first code and of the first death.
    pub(super) first: u32,
    death: u32,
}

impl Parts {
    pub(super) fn new(index: &Index) -> Self {
        let parts = &index.parts;
        let [inside, next] = [Part::Inside, Part::Next]
            .map(|wanted| parts.iter().position(|&part| part == wanted).unwrap_or(usize::MAX));
        let (first, death) = (index.code, index.death);
        Self {
            of: parts.iter().copied().chain(BEHIND).collect(),
            grammar: parts.len(),
            inside,
            next,
            first,
            death,
        }
    }

    /// Number of classes.
    pub(super) fn len(&self) -> usize {
        self.of.len()
    }

    pub(super) fn of(&self, class: usize) -> Part {
        self.of[class]
    }

    /// The class of a decision of [`BEHIND`].
    pub(super) fn class(&self, part: Part) -> usize {
        self.grammar + BEHIND.iter().position(|&behind| behind == part).unwrap_or(0)
    }

    /// The class of what comes at a turn.
    pub(super) fn class_at(&self, turn: Turn) -> usize {
        match turn {
            Turn::Step => self.inside,
            Turn::New => self.class(Part::New),
            Turn::Again => self.class(Part::Again),
            Turn::Here => self.class(Part::Here),
        }
    }

    /// What can be decided in a class.
    pub(super) fn choices(&self, class: usize, masks: &Masks) -> usize {
        match self.of[class] {
            Part::Leaving | Part::Ending => 3,
            Part::Turn => 4,
            Part::New | Part::Again | Part::Here => masks.allowed(self.inside as u16).len(),
            _ => masks.allowed(class as u16).len(),
        }
    }

    /// Which way a life goes with a token of the class between stays.
    pub(super) fn way(&self, token: u32) -> Way {
        match token {
            END => Way::End,
            death if death >= self.death => Way::Death,
            _ => Way::On,
        }
    }

    /// Whether a class is of few choices, one of which must not be kept without the others.
    pub(super) fn is_of_few(&self, class: usize) -> bool {
        self.of[class] == Part::Leaving
    }

    /// The context of the turn: instead of age and sex, and of how much is left, what the life holds.
    pub(super) fn turn(&self, context: u64, memory: &Memory<'_>) -> u64 {
        let cleared = context & !(Field::Group.mask() | Field::Bin.mask());
        // Whether the stay's time is over: what comes at ends comes by other laws.
        let over = u64::from(context & Field::Bin.mask() == 0);
        let own = (memory.turn | over << 4) << Field::Group.mask().trailing_zeros()
            | memory.own << Field::Bin.mask().trailing_zeros();
        in_class(cleared | own, self.class(Part::Turn))
    }

    /// The context of what comes at a turn: of a step, with the pace instead of how much is left.
    pub(super) fn at_turn(&self, context: u64, memory: &Memory<'_>, turn: Turn) -> u64 {
        let own = match turn {
            Turn::Step => context & !Field::Bin.mask() | memory.pace << Field::Bin.mask().trailing_zeros(),
            _ => context,
        };
        in_class(own, self.class_at(turn))
    }

    /// Hands each decision that made `target` come to `each`: its context, and the place of what was decided.
    pub(super) fn decisions(
        &self,
        context: u64,
        memory: &Memory<'_>,
        target: u32,
        masks: &Masks,
        mut each: impl FnMut(u64, usize),
    ) {
        let class = class_of(context);
        let Ok(place) = masks.allowed(class as u16).binary_search(&target) else { return };
        if class == self.next {
            let way = self.way(target);
            each(in_class(context, self.class(Part::Leaving)), way as usize);
            // Nothing is left to be decided between ends.
            if way == Way::End {
                return;
            }
        }
        if class != self.inside {
            return each(context, place);
        }
        let ends = ending(target);
        each(in_class(context, self.class(Part::Ending)), ends);
        if ends == 0 {
            let turn = memory.turn_of(target, self.first);
            each(self.turn(context, memory), turn as usize);
            each(self.at_turn(context, memory, turn), place);
        }
    }
}

/// How often a token came in a context.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) folds: [u32; FOLDS],
    pub(super) all: u32,
    pub(super) people: u32,
    last: u32,
}

/// Nobody yet.
pub(super) const NEW: Pair = Pair { folds: [0; FOLDS], all: 0, people: 0, last: u32::MAX };

impl Pair {
    pub(super) fn add(&mut self, fold: usize, person: u32) {
        self.all += 1;
        if let Some(count) = self.folds.get_mut(fold) {
            *count += 1;
        }
        if self.last != person {
            (self.last, self.people) = (person, self.people + 1);
        }
    }

    /// Takes in what is known of another.
    pub(super) fn take(&mut self, other: &Self) {
        self.all += other.all;
        self.folds.iter_mut().zip(other.folds).for_each(|(count, more)| *count += more);
    }

    /// The last of the people in whom it came.
    pub(super) fn last(&self) -> u32 {
        self.last
    }

    /// So many, of nobody knows whom.
    pub(super) fn of(all: u32) -> Self {
        Self { all, ..NEW }
    }

    /// How often without a fold.
    pub(super) fn without(&self, fold: usize) -> u32 {
        self.all - self.folds.get(fold).copied().unwrap_or(0)
    }
}

/// Counts while they are taken.
pub(super) struct Counts<'a> {
    pub(super) masks: &'a Masks,
    pub(super) parts: Parts,
    pub(super) least: usize,
    /// Per class and token, then per level and context.
    pub(super) singles: Vec<Vec<Pair>>,
    pub(super) pairs: Vec<HashMap<(u64, u16), Pair>>,
    pub(super) rates: Rates,
}

impl<'a> Counts<'a> {
    /// Nothing yet, for the classes of `index` and so many codes.
    pub(super) fn new(masks: &'a Masks, index: &Index, codes: usize, least: usize) -> Self {
        let parts = Parts::new(index);
        let singles = (0..parts.len()).map(|class| vec![NEW; parts.choices(class, masks)]).collect();
        Self { masks, parts, least, singles, pairs: vec![HashMap::new(); LEVELS], rates: Rates::new(codes) }
    }

    /// Counts `target` in `context`, whose fold is the person's. People must come one after the other.
    pub(super) fn add(&mut self, context: u64, memory: &[u32], target: u32, person: u32) {
        let memory = Memory::of(memory);
        let Self { masks, parts, singles, pairs, rates, .. } = self;
        let fold = fold_of(context);
        parts.decisions(context, &memory, target, masks, |context, place| {
            let class = class_of(context);
            singles[class][place].add(fold, person);
            for (pairs, fields) in pairs.iter_mut().zip(levels(parts.of(class))) {
                pairs.entry((key(context, fields), place as u16)).or_insert(NEW).add(fold, person);
                if pairs.len() > MOST {
                    // Seen in one person so far: a rare pair, or one that will come again.
                    pairs.retain(|_, pair| pair.people > 1);
                }
            }
        });
        if class_of(context) == parts.inside {
            match target {
                END_STAY => rates.close_stay(&memory, parts.first),
                code if code >= parts.first => {
                    let turn = memory.turn_of(code, parts.first);
                    rates.come(turn, (code - parts.first) as usize, person, fold);
                }
                _ => {}
            }
        }
    }
}
