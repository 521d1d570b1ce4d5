//! What came to people, and what was due: which factors do circumstances have?

use super::base::Counted;
use super::field::FOLDS;
use super::past::{Memory, TURNS};
use super::tally::{NEW, Pair, Way, class_of};
use super::tilt::{Tilts, WHATS, What, Where};
use super::trend::Trend;
use super::when::When;
use crate::Masks;
use hashbrown::HashMap;

/// Weights that are tried.
const WEIGHTS: [f64; 6] = [1.0, 3.0, 10.0, 30.0, 100.0, 400.0];
/// Most tokens of a class that have factors, the common codes first.
const PLACES: usize = 4_096;

/// What came to one person and what was due, by place.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    of: HashMap<Where, (Vec<u32>, Vec<f32>)>,
    /// Ends of stays under each circumstance.
    stays: HashMap<When, u32>,
}

impl Own {
    /// Sees that `target` came, where tokens of the class had these chances.
    pub(super) fn see(
        &mut self,
        (counted, masks): (&Counted, &Masks),
        (context, memory): (u64, &[u32]),
        target: u32,
        chances: &[f32],
    ) {
        let (class, parts, memory) = (class_of(context), &counted.parts, Memory::of(memory));
        let tokens = masks.allowed(class as u16);
        let Ok(came) = tokens.binary_search(&target) else { return };
        if class == parts.next {
            let dies = |token: u32| parts.way(token) == Way::Death;
            let chance = tokens.iter().zip(chances).filter(|one| dies(*one.0)).map(|one| one.1).sum();
            self.add(What::Death, &memory, &[chance], dies(target).then_some(0), |_| true);
            if parts.way(target) == Way::On {
                let goes_on = |place: usize| parts.way(tokens[place]) == Way::On;
                self.add_given(What::Next, &memory, chances, came, goes_on);
            }
        } else if class == parts.inside {
            let turn = memory.turn_of(target, parts.first);
            if let Some(what) = What::of_turn(turn).filter(|_| target >= parts.first) {
                let turns = counted.turns(&memory);
                self.add_given(what, &memory, chances, came, |place| turns[place] == turn as u8);
            }
        } else if let Some(what) = What::of_part(parts.of(class)) {
            self.add_given(what, &memory, chances, came, |_| true);
        }
    }

    /// Sees that `target` came, whatever was due.
    pub(super) fn see_come(
        &mut self,
        (counted, masks): (&Counted, &Masks),
        (context, memory): (u64, &[u32]),
        target: u32,
    ) {
        let mut chances = vec![0.0; masks.allowed(class_of(context) as u16).len()];
        self.count_stay(counted, context, memory);
        if let Ok(came) = masks.allowed(class_of(context) as u16).binary_search(&target) {
            chances[came] = 1.0;
            self.see((counted, masks), (context, memory), target, &chances);
        }
    }

    /// Sees what was due in a life that is drawn, where tokens had these chances.
    pub(super) fn see_due(
        &mut self,
        (counted, masks): (&Counted, &Masks),
        (context, memory): (u64, &[u32]),
        chances: &[f32],
    ) {
        self.count_stay(counted, context, memory);
        let (class, parts, memory) = (class_of(context), &counted.parts, Memory::of(memory));
        let tokens = masks.allowed(class as u16);
        if class == parts.next {
            let dies = |token: u32| parts.way(token) == Way::Death;
            let chance = tokens.iter().zip(chances).filter(|one| dies(*one.0)).map(|one| one.1).sum();
            self.add(What::Death, &memory, &[chance], None, |_| true);
            self.add(What::Next, &memory, chances, None, |place| parts.way(tokens[place]) == Way::On);
        } else if class == parts.inside {
            let turns = counted.turns(&memory);
            for turn in TURNS {
                if let Some(what) = What::of_turn(turn) {
                    self.add(what, &memory, chances, None, |place| turns[place] == turn as u8);
                }
            }
        } else if let Some(what) = What::of_part(parts.of(class)) {
            self.add(what, &memory, chances, None, |_| true);
        }
    }

    /// What was due in all of them together.
    pub(super) fn sum(all: impl Iterator<Item = Self>) -> Self {
        let mut sum = Self::default();
        for own in all {
            for (when, n) in own.stays {
                *sum.stays.entry(when).or_default() += n;
            }
            for (at, (_, more)) in own.of {
                let (_, due) = sum.of.entry(at).or_insert_with(|| (Vec::new(), vec![0.0; more.len()]));
                due.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
        }
        sum
    }

    fn count_stay(&mut self, counted: &Counted, context: u64, memory: &[u32]) {
        if class_of(context) == counted.parts.next {
            for when in Memory::of(memory).whens() {
                *self.stays.entry(when).or_default() += 1;
            }
        }
    }

    /// Adds what came of some places, given that it is one of them.
    fn add_given(
        &mut self,
        what: What,
        memory: &Memory<'_>,
        chances: &[f32],
        came: usize,
        some: impl Fn(usize) -> bool,
    ) {
        let all: f32 = chances.iter().enumerate().filter(|one| some(one.0)).map(|one| one.1).sum();
        if all > 0.0 {
            let given: Vec<f32> = chances.iter().map(|chance| chance / all).collect();
            self.add(what, memory, &given, Some(came), some);
        }
    }

    fn add(
        &mut self,
        what: What,
        memory: &Memory<'_>,
        chances: &[f32],
        came: Option<usize>,
        some: impl Fn(usize) -> bool,
    ) {
        let n = chances.len().min(PLACES);
        for when in memory.whens() {
            let (counts, due) = self.of.entry((what, when)).or_insert_with(|| (vec![0; n], vec![0.0; n]));
            if let Some(count) = came.and_then(|place| counts.get_mut(place)) {
                *count += 1;
            }
            for (place, (due, chance)) in due.iter_mut().zip(chances).enumerate() {
                if some(place) {
                    *due += chance;
                }
            }
        }
    }
}

/// What came to all people and what was due, by place.
struct Seen {
    came: Vec<Pair>,
    /// In all people, then in each fold.
    due: Vec<[f64; FOLDS + 1]>,
}

impl Seen {
    fn new(places: usize) -> Self {
        Self { came: vec![NEW; places], due: vec![[0.0; FOLDS + 1]; places] }
    }

    /// How often it came and was due in all people for 0, else without the fold before that.
    fn without(&self, place: usize, fold: usize) -> (f64, f64) {
        let (came, due) = (&self.came[place], &self.due[place]);
        match fold.checked_sub(1) {
            None => (f64::from(came.all), due[0]),
            Some(left) => (f64::from(came.without(left)), (due[0] - due[fold]).max(0.0)),
        }
    }

    /// What is beside the trend; what came in fewer than `least` people tells only that it is no more than that.
    fn rest(&self, place: usize, fold: usize, trend: f64, weight: f64, least: u32) -> f64 {
        let (came, due) = self.without(place, fold);
        let due = due * trend;
        if self.came[place].people < least {
            return (due.min(f64::from(least)) + weight) / (due + weight);
        }
        (came + weight) / (due + weight)
    }
}

/// Everything that came and was due.
#[derive(Default)]
pub(super) struct Sight {
    of: HashMap<Where, Seen>,
    /// Ends of stays, in all people and in each fold.
    stays: HashMap<When, [f64; FOLDS + 1]>,
}

impl Sight {
    /// Takes in what came to a person; people must come one after the other.
    pub(super) fn take(&mut self, own: Own, person: u32, fold: usize) {
        for (when, n) in own.stays {
            let stays = self.stays.entry(when).or_default();
            stays[0] += f64::from(n);
            if let Some(stays) = stays.get_mut(fold + 1) {
                *stays += f64::from(n);
            }
        }
        for (at, (came, due)) in own.of {
            let seen = self.of.entry(at).or_insert_with(|| Seen::new(came.len()));
            for (pair, came) in seen.came.iter_mut().zip(came) {
                (0..came).for_each(|_| pair.add(fold, person));
            }
            for (sums, due) in seen.due.iter_mut().zip(due) {
                sums[0] += f64::from(due);
                if let Some(sum) = sums.get_mut(fold + 1) {
                    *sum += f64::from(due);
                }
            }
        }
    }

    /// Takes what was due in lives that were drawn in place of what was due before, for as many ends of stays.
    pub(super) fn expect(&mut self, drawn: &Own) {
        for (at, seen) in &mut self.of {
            let stays = drawn.stays.get(&at.1).copied().map_or(0.0, f64::from);
            let due = drawn.of.get(at).map_or(&[] as &[f32], |due| &due.1);
            let real = self.stays.get(&at.1).copied().unwrap_or_default();
            for (place, sums) in seen.due.iter_mut().enumerate() {
                let due = due.get(place).copied().map_or(0.0, f64::from);
                *sums = real.map(|real| if stays > 0.0 { due * real / stays } else { 0.0 });
            }
        }
    }

    /// The factors; nothing is told of what came in fewer than `least` people.
    pub(super) fn tilts(mut self, least: u32) -> Tilts {
        let mut tilts = Tilts::default();
        for what in WHATS {
            let groups: Vec<When> = When::groups().collect();
            self.find(what, &groups, least, &mut tilts);
            // What ages account for is not accounted for again.
            let done = self.accounted(what, &groups, &tilts);
            let months: Vec<When> = When::months().collect();
            for &month in &months {
                let Some(seen) = self.of.get_mut(&(what, month)) else { continue };
                for (sums, done) in seen.due.iter_mut().zip(&done) {
                    sums.iter_mut().for_each(|sum| *sum *= done);
                }
            }
            self.find(what, &months, least, &mut tilts);
        }
        tilts
    }

    /// Finds the factors of some circumstances.
    fn find(&self, what: What, whens: &[When], least: u32, tilts: &mut Tilts) {
        let seen = |&when: &When| Some((when, self.of.get(&(what, when))?));
        let those: Vec<(When, &Seen)> = whens.iter().filter_map(seen).collect();
        let places = those.first().map_or(0, |one| one.1.came.len());
        // By place, then of all people and without each fold.
        let trends: Vec<[Trend; FOLDS + 1]> = (0..places).map(|place| trends(&those, place, least)).collect();
        let gain = |weight: f64| gain(&those, &trends, weight, least);
        let best = WEIGHTS.iter().map(|&weight| (gain(weight), weight)).max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, weight)) = best.filter(|best| best.0 > 0.0) else { return };
        for (when, seen) in those {
            let row = when.row();
            let factor = |place: usize, fold: usize| {
                let trend = trends[place][fold].at(&row);
                (trend * seen.rest(place, fold, trend, weight, least)) as f32
            };
            let folds = (0..=FOLDS).map(|fold| (0..places).map(|place| factor(place, fold)).collect());
            tilts.of.insert((what, when), folds.collect());
        }
    }

    /// By how much factors multiply what was due of each place, in all.
    fn accounted(&self, what: What, whens: &[When], tilts: &Tilts) -> Vec<f64> {
        let (mut before, mut behind) = (Vec::<f64>::new(), Vec::<f64>::new());
        for when in whens {
            let at = (what, *when);
            let Some((seen, folds)) = self.of.get(&at).zip(tilts.of.get(&at)) else { continue };
            before.resize(seen.due.len(), 0.0);
            behind.resize(seen.due.len(), 0.0);
            for (place, (sums, factor)) in seen.due.iter().zip(&folds[0]).enumerate() {
                before[place] += sums[0];
                behind[place] += sums[0] * f64::from(*factor);
            }
        }
        before
            .iter()
            .zip(behind)
            .map(|(before, behind)| if *before > 0.0 { behind / before } else { 1.0 })
            .collect()
    }
}

/// The trend of a place, of all people and without each fold; none where fewer than `least` people have it.
fn trends(those: &[(When, &Seen)], place: usize, least: u32) -> [Trend; FOLDS + 1] {
    // No fewer than this: the same person may be counted under several circumstances.
    let people = those.iter().map(|one| one.1.came[place].people).max().unwrap_or(0);
    std::array::from_fn(|fold| {
        if people < least {
            return Trend::default();
        }
        let rows = those.iter().map(|(when, seen)| {
            let (came, due) = seen.without(place, fold);
            (when.row(), came, due)
        });
        Trend::fit(&rows.collect::<Vec<_>>())
    })
}

/// Nats that factors win in people whose fold they leave out, were events as in a Poisson process.
fn gain(those: &[(When, &Seen)], trends: &[[Trend; FOLDS + 1]], weight: f64, least: u32) -> f64 {
    let mut sum = 0.0;
    for (when, seen) in those {
        let row = when.row();
        for (place, trends) in trends.iter().enumerate() {
            for fold in 0..FOLDS {
                let trend = trends[fold + 1].at(&row);
                let factor = trend * seen.rest(place, fold + 1, trend, weight, least);
                let (came, due) = (seen.came[place].folds[fold], seen.due[place][fold + 1]);
                sum += f64::from(came) * factor.ln() - due * (factor - 1.0);
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People of one group each, with what came and what was due of one place.
    fn sight(people: &[(u8, u32, f32)]) -> Sight {
        let mut sight = Sight::default();
        for (person, &(group, came, due)) in people.iter().enumerate() {
            let mut own = Own::default();
            own.of.insert((What::Death, When::Group(group)), (vec![came], vec![due]));
            own.stays.insert(When::Group(group), 1);
            sight.take(own, person as u32, person % FOLDS);
        }
        sight
    }

    fn factor(tilts: &Tilts, group: u8) -> f32 {
        tilts.of.get(&(What::Death, When::Group(group))).map_or(1.0, |folds| folds[0][0])
    }

    #[test]
    fn factors_are_what_came_over_what_was_due() {
        // At 40 to 45 and at 80 to 85, whatever the sex: 200 people each, 0.2 due of each; 20 of the young died, 60 of the old.
        let [young, old] = [42.0, 82.0].map(|age| When::group(Some(age), verosim_timeline::Sex::Other));
        let people: Vec<(u8, u32, f32)> = (0..400)
            .map(|at| {
                (
                    if at < 200 { young } else { old },
                    u32::from(at / 5 % 10 < if at < 200 { 1 } else { 3 }),
                    0.2,
                )
            })
            .collect();
        let tilts = sight(&people).tilts(5);
        assert!((factor(&tilts, young) - 0.5).abs() < 0.03, "{}", factor(&tilts, young));
        assert!((factor(&tilts, old) - 1.5).abs() < 0.05, "{}", factor(&tilts, old));
        // What is as it was due needs no factor, and what four people had tells nothing of them.
        let as_due: Vec<(u8, u32, f32)> =
            (0..400).map(|at| (young, u32::from(at / 5 % 5 == 0), 0.2)).collect();
        assert!((factor(&sight(&as_due).tilts(5), young) - 1.0).abs() < 0.01);
        let of_four = |due: f32| -> Vec<(u8, u32, f32)> {
            (0..300)
                .map(|at| (young, u32::from(at < 4), due / 300.0))
                .chain(people.iter().map(|one| (old, one.1, one.2)))
                .collect()
        };
        assert_eq!(
            factor(&sight(&of_four(3.0)).tilts(5), young),
            factor(&sight(&of_four(4.0)).tilts(5), young)
        );
    }

    #[test]
    fn what_is_due_in_draws_is_for_as_many_stays() {
        let group = When::group(Some(42.0), verosim_timeline::Sex::Other);
        let mut sight = sight(&[(group, 1, 9.0), (group, 0, 9.0)]);
        let mut drawn = Own::default();
        drawn.of.insert((What::Death, When::Group(group)), (Vec::new(), vec![3.0]));
        drawn.stays.insert(When::Group(group), 10);
        sight.expect(&drawn);
        // Two stays of people, one in each of two folds, where ten were drawn: 0.6 due in all, 0.3 in each.
        let seen = &sight.of[&(What::Death, When::Group(group))];
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(near(seen.due[0][0], 0.6) && near(seen.due[0][1], 0.3) && near(seen.due[0][3], 0.0));
        assert_eq!(seen.without(0, 1).0, 0.0, "without the fold of who died");
    }
}
