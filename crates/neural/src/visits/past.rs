//! What has a life held so far, for the chances of what comes again?
//!
//! People repeat themselves: what was charted comes again within the hour, what was diagnosed comes again at the next stay,
//! and what followed a code once follows it again. The law of counts mixes in what this one life did, which no count of
//! other people can tell.

use super::when::When;
use hashbrown::HashMap;

/// What the next token of a stay is to a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// Time goes on.
    Step,
    /// A code that never was.
    New,
    /// A code of former stays that was not in this one.
    Again,
    /// A code that was in this stay.
    Here,
}

/// All turns, by number.
pub(super) const TURNS: [Turn; 4] = [Turn::Step, Turn::New, Turn::Again, Turn::Here];

/// The turn before the first token of a stay.
const START: u32 = 4;

/// Codes of one life, and what followed what.
#[derive(Clone, Debug)]
pub(super) struct Past {
    /// Per code: how often it came in this stay, and in former ones.
    counts: Vec<[u16; 2]>,
    here: Vec<u32>,
    former: Vec<u32>,
    /// Token by token, those that came behind it and how often.
    behind: HashMap<u32, Vec<(u32, u16)>>,
    turn: u32,
    memory: Vec<u32>,
}

impl Past {
    pub(super) fn new(codes: usize) -> Self {
        Self {
            counts: vec![[0; 2]; codes],
            here: Vec::new(),
            former: Vec::new(),
            behind: HashMap::new(),
            turn: START,
            memory: Vec::new(),
        }
    }

    /// A stay begins.
    pub(super) fn begin(&mut self) {
        self.turn = START;
    }

    /// `token` comes behind `last` in a stay: a step, or that code.
    pub(super) fn enter(&mut self, last: u32, token: u32, code: Option<usize>) {
        let behind = self.behind.entry(last).or_default();
        match behind.iter_mut().find(|known| known.0 == token) {
            Some(known) => known.1 = known.1.saturating_add(1),
            None => behind.push((token, 1)),
        }
        let Some(code) = code else {
            self.turn = Turn::Step as u32;
            return;
        };
        let [here, former] = &mut self.counts[code];
        self.turn = match (*here, *former) {
            (0, 0) => Turn::New,
            (0, _) => Turn::Again,
            _ => Turn::Here,
        } as u32;
        if *here == 0 {
            self.here.push(code as u32);
        }
        *here = here.saturating_add(1);
    }

    /// The stay is over.
    pub(super) fn close(&mut self) {
        for code in self.here.drain(..) {
            let [here, former] = &mut self.counts[code as usize];
            if *former == 0 {
                self.former.push(code);
            }
            *former = former.saturating_add(std::mem::take(here));
        }
    }

    /// Packs the circumstances alone, group and month.
    pub(super) fn tell_whens(&mut self, whens: [u8; 2]) {
        self.memory.clear();
        self.memory.extend([packed(whens), 0, 0]);
    }

    /// Packs what bears on what comes behind `last`; `first` is the token of the first code, `pace` how time went on last;
    /// `whens` are group and month.
    pub(super) fn tell(&mut self, last: u32, first: u32, pace: u32, whens: [u8; 2]) {
        let pack = |token: u32, count: u16| token << 16 | u32::from(count);
        let behind = self.behind.get(&last).map_or(&[] as &[_], Vec::as_slice);
        let all: u32 = behind.iter().map(|&(_, count)| u32::from(count)).sum();
        let steps: u32 =
            behind.iter().filter(|known| known.0 < first).map(|&(_, count)| u32::from(count)).sum();
        let own = match (all, steps) {
            (0, _) => 0,
            (_, 0) => 1,
            _ if steps < all => 2,
            _ => 3,
        };
        let own = if own == 0 { 0 } else { 3 * (all.min(3) - 1) + own };
        self.memory.clear();
        let later = u32::from(!self.former.is_empty());
        let head = self.turn | later << 3 | own << 4 | pace << 8 | packed(whens);
        self.memory.extend([head, self.here.len() as u32, 0]);
        self.memory.extend(self.here.iter().map(|&code| pack(first + code, self.counts[code as usize][0])));
        let from = self.memory.len();
        for &code in &self.former {
            let [here, former] = self.counts[code as usize];
            if here == 0 {
                self.memory.push(pack(first + code, former));
            }
        }
        self.memory[2] = (self.memory.len() - from) as u32;
        self.memory.extend(behind.iter().map(|&(token, count)| pack(token, count)));
    }

    pub(super) fn memory(&self) -> &[u32] {
        &self.memory
    }
}

/// Group and month, where [`Memory::of`] finds them.
fn packed([group, month]: [u8; 2]) -> u32 {
    u32::from(month) << 12 | u32::from(group) << 16
}

/// What [`Past::tell`] packed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory<'a> {
    /// The last turn, 4 for none, and 8 more where there were former stays.
    pub(super) turn: u64,
    /// How often something came behind the last token, and whether that was time, in 10 steps.
    pub(super) own: u64,
    /// How time went on last in this stay, in 16 steps.
    pub(super) pace: u64,
    /// Age with sex, and month, as [`When`] numbers them.
    whens: [u8; 2],
    here: &'a [u32],
    former: &'a [u32],
    behind: &'a [u32],
}

impl<'a> Memory<'a> {
    pub(super) fn of(packed: &'a [u32]) -> Self {
        let &[head, here, former, ref rest @ ..] = packed else { return Self::default() };
        let Some((here, rest)) = rest.split_at_checked(here as usize) else { return Self::default() };
        let Some((former, behind)) = rest.split_at_checked(former as usize) else { return Self::default() };
        let [turn, own, pace, month] = [0, 4, 8, 12].map(|shift| u64::from(head >> shift & 15));
        Self { turn, own, pace, whens: [(head >> 16) as u8, month as u8], here, former, behind }
    }

    /// Age with sex, and month.
    pub(super) fn whens(&self) -> [When; 2] {
        [When::Group(self.whens[0]), When::Month(self.whens[1])]
    }

    /// How many events there were in this stay, in 13 steps.
    pub(super) fn rank(&self) -> u64 {
        const STEPS: [u32; 12] = [1, 3, 6, 10, 15, 23, 36, 56, 90, 150, 300, 600];
        let events: u32 = self.here.iter().map(|&packed| packed & 0xffff).sum();
        STEPS.partition_point(|&step| step <= events) as u64
    }

    /// Codes of this stay, those of former stays that were not in this one, and what came behind the last token; with how
    /// often.
    pub(super) fn lists(&self) -> [impl Iterator<Item = (u32, f32)> + 'a; 3] {
        [self.here, self.former, self.behind]
            .map(|list| list.iter().map(|&packed| (packed >> 16, (packed & 0xffff) as f32)))
    }

    /// What `token` is, when `first` is the token of the first code.
    pub(super) fn turn_of(&self, token: u32, first: u32) -> Turn {
        let has = |list: &[u32]| list.iter().any(|packed| packed >> 16 == token);
        match token {
            step if step < first => Turn::Step,
            _ if has(self.here) => Turn::Here,
            _ if has(self.former) => Turn::Again,
            _ => Turn::New,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_told_as_it_was() {
        // Codes are tokens from 10 on; 3 is a step, 1 begins a stay.
        let mut past = Past::new(4);
        past.begin();
        for (last, token) in [(1, 10), (10, 3), (3, 10), (10, 11), (11, 10), (10, 3)] {
            past.enter(last, token, (token >= 10).then(|| token as usize - 10));
        }
        past.close();
        past.begin();
        past.enter(1, 12, Some(2));
        past.tell(10, 10, 11, [60, 7]);
        let memory = Memory::of(past.memory());
        let [here, former, behind] = memory.lists().map(Iterator::collect::<Vec<_>>);
        assert_eq!((here, former), (vec![(12, 1.0)], vec![(10, 3.0), (11, 1.0)]));
        assert_eq!(behind, [(3, 2.0), (11, 1.0)]);
        let told = (memory.turn, memory.own, memory.pace, memory.whens);
        assert_eq!(told, (Turn::New as u64 + 8, 8, 11, [60, 7]), "three, some of them time");
        let turns = [3, 10, 12, 13].map(|token| memory.turn_of(token, 10));
        assert_eq!(turns, [Turn::Step, Turn::Again, Turn::Here, Turn::New]);
    }
}
