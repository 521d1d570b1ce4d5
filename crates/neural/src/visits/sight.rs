//! What came to people, and what was due: which factors do circumstances have?

use super::base::Counted;
use super::field::FOLDS;
use super::past::Memory;
use super::tally::{NEW, Pair, class_of};
use super::tilt::{Tilts, WHATS, What, Where};
use super::trend::Trend;
use super::when::When;
use crate::Masks;
use hashbrown::{HashMap, HashSet};

/// Weights that are tried; with the last, what is beside a trend is as good as nothing.
const WEIGHTS: [f64; 8] = [1.0, 3.0, 10.0, 30.0, 100.0, 400.0, 3_000.0, 1e9];
/// Doublings of how often something came within which it shares its weight.
const STRATUM: u32 = 2;
/// The weight that draws levels to 1.
const PULL: f64 = 3.0;
/// Most tokens of a class that have factors, the common codes first.
const PLACES: usize = 4_096;

/// What came to one person and what was due, by place.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    of: HashMap<Where, (Vec<u32>, Vec<f32>)>,
}

/// Where one of the tokens of a class is chosen.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) counted: &'a Counted,
    pub(super) masks: &'a Masks,
    pub(super) context: u64,
    pub(super) memory: &'a [u32],
}

impl Own {
    /// Sees that `target` came, where the tokens had these chances.
    pub(super) fn see(&mut self, asked: Asked<'_>, target: u32, chances: &[f32]) {
        self.add(asked, Some(target), chances);
    }

    /// Sees that `target` came, whatever was due.
    pub(super) fn see_come(&mut self, asked: Asked<'_>, target: u32) {
        self.add(asked, Some(target), &[]);
    }

    /// Sees what was due in a life that is drawn, where the tokens had these chances.
    pub(super) fn see_due(&mut self, asked: Asked<'_>, chances: &[f32]) {
        self.add(asked, None, chances);
    }

    /// What was due in all of them together.
    pub(super) fn sum(all: impl Iterator<Item = Self>) -> Self {
        let mut sum = Self::default();
        for own in all {
            for (at, (_, more)) in own.of {
                let (_, due) = sum.of.entry(at).or_insert_with(|| (Vec::new(), vec![0.0; more.len()]));
                due.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
        }
        sum
    }

    /// Adds what came and what was due. Where it is known what came, the chances are those given that something of its sort did.
    fn add(&mut self, asked: Asked<'_>, target: Option<u32>, chances: &[f32]) {
        let Asked { counted, masks, context, memory } = asked;
        let (class, parts, memory) = (class_of(context), &counted.parts, Memory::of(memory));
        let tokens = masks.allowed(class as u16);
        let turns = if class == parts.inside { counted.turns(&memory) } else { Vec::new() };
        for what in What::of_part(parts.of(class)) {
            let place = |at: usize| what.place(parts, tokens[at], turns.get(at).copied().unwrap_or(0), at);
            let came = match target.map(|target| tokens.binary_search(&target)) {
                None => None,
                Some(at) => match at.ok().and_then(place) {
                    Some(came) => Some(came),
                    None => continue,
                },
            };
            let due = || chances.iter().enumerate().filter_map(|(at, chance)| Some((place(at)?, *chance)));
            let all: f32 = if came.is_some() { due().map(|one| one.1).sum() } else { 1.0 };
            let n = what.places(tokens.len()).min(PLACES);
            for when in what.whens(context, &memory) {
                let (counts, sums) =
                    self.of.entry((what, when)).or_insert_with(|| (vec![0; n], vec![0.0; n]));
                if let Some(count) = came.and_then(|place| counts.get_mut(place)) {
                    *count += 1;
                }
                for (place, chance) in due() {
                    if let Some(sum) = sums.get_mut(place) {
                        *sum += chance / all.max(f32::MIN_POSITIVE);
                    }
                }
            }
        }
    }
}

/// What came to all people and what was due, by place.
#[derive(Clone)]
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
#[derive(Clone, Default)]
pub(super) struct Sight {
    of: HashMap<Where, Seen>,
}

impl Sight {
    /// Takes in what came to a person; people must come one after the other.
    pub(super) fn take(&mut self, own: Own, person: u32, fold: usize) {
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

    /// Takes what was due in lives that were drawn in place of what was due before, for as much as came in all: of things of
    /// which one comes, only the shares matter. Circumstances that were in no life that was drawn stay as they were.
    pub(super) fn expect(&mut self, drawn: &Own) {
        for (at, seen) in &mut self.of {
            let due = drawn.of.get(at).map_or(&[] as &[f32], |due| &due.1);
            let all: f64 = due.iter().copied().map(f64::from).sum();
            let of_pair = |pair: &Pair| -> [f64; FOLDS + 1] {
                std::array::from_fn(|fold| match fold.checked_sub(1) {
                    None => f64::from(pair.all),
                    Some(fold) => f64::from(pair.folds[fold]),
                })
            };
            let mut came = [0.0; FOLDS + 1];
            for pair in &seen.came {
                came.iter_mut().zip(of_pair(pair)).for_each(|(sum, n)| *sum += n);
            }
            for (place, sums) in seen.due.iter_mut().enumerate() {
                let share = |&due: &f32| f64::from(due) / all;
                *sums = match due.get(place).filter(|_| all > 0.0).map(share) {
                    Some(share) => came.map(|came| came * share),
                    None => of_pair(&seen.came[place]),
                };
            }
        }
    }

    /// The factors; nothing is told of what came in fewer than `least` people. When lives were `drawn`, each thing is first
    /// brought to how often it came in all, whether or not that is seen to help: otherwise small errors of each step add up in a
    /// life. How a stay goes on is not, since that depends on how far it has come before all.
    pub(super) fn tilts(mut self, least: u32, drawn: bool) -> Tilts {
        let mut tilts = Tilts::default();
        // Whatever comes under them: what came only under others can be drawn under these.
        let seen: HashSet<When> = self.of.keys().map(|at| at.1).collect();
        for what in WHATS {
            let stages = what.stages();
            let levels =
                if drawn && what != What::Turn { self.levels(what, &stages[0], least) } else { Vec::new() };
            self.account(what, stages.iter().flatten(), &levels);
            for (at, stage) in stages.iter().enumerate() {
                self.find((what, stage), what.worth(drawn), least, &mut tilts);
                // What these account for is not accounted for again.
                let done = self.accounted(what, stage, &tilts);
                self.account(what, stages[at + 1..].iter().flatten(), &done);
            }
            tilts.raise(what, stages[0].iter().copied().filter(|when| seen.contains(when)), &levels);
        }
        tilts
    }

    /// Of each place, what came over what was due under some circumstances together.
    fn levels(&self, what: What, whens: &[When], least: u32) -> Vec<f64> {
        let mut sums: Vec<(f64, f64, u32)> = Vec::new();
        for seen in whens.iter().filter_map(|&when| self.of.get(&(what, when))) {
            sums.resize(seen.due.len(), (0.0, 0.0, 0));
            for ((sum, came), due) in sums.iter_mut().zip(&seen.came).zip(&seen.due) {
                *sum = (sum.0 + f64::from(came.all), sum.1 + due[0], sum.2.max(came.people));
            }
        }
        let level = |&(came, due, people): &(f64, f64, u32)| {
            if people >= least { (came + PULL) / (due + PULL) } else { 1.0 }
        };
        sums.iter().map(level).collect()
    }

    /// Multiplies what is due by what is known already, by place.
    fn account<'w>(&mut self, what: What, whens: impl Iterator<Item = &'w When>, by: &[f64]) {
        for &when in whens {
            let Some(seen) = self.of.get_mut(&(what, when)) else { continue };
            for (sums, by) in seen.due.iter_mut().zip(by) {
                sums.iter_mut().for_each(|sum| *sum *= by);
            }
        }
    }

    /// Finds the factors of some circumstances, if they win so many nats for each thing that came.
    fn find(&self, (what, whens): (What, &[When]), worth: f64, least: u32, tilts: &mut Tilts) {
        let seen = |&when: &When| Some((when, self.of.get(&(what, when))?));
        let those: Vec<(When, &Seen)> = whens.iter().filter_map(seen).collect();
        let places = those.first().map_or(0, |one| one.1.came.len());
        // By place, then of all people and without each fold.
        let trends: Vec<[Trend; FOLDS + 1]> = (0..places).map(|place| trends(&those, place, least)).collect();
        // Things that are about as common share a weight; `None` where factors do not help.
        let common = |place: usize| -> u32 { those.iter().map(|one| one.1.came[place].all).sum() };
        let mut strata: Vec<Vec<usize>> = vec![Vec::new(); 1 + (u32::BITS / STRATUM) as usize];
        (0..places).for_each(|place| strata[(common(place).max(1).ilog2() / STRATUM) as usize].push(place));
        let (mut weights, mut won): (Vec<Option<f64>>, f64) = (vec![None; places], 0.0);
        for stratum in strata {
            let gains =
                WEIGHTS.iter().map(|&weight| (gain(&those, &trends, &stratum, weight, least), weight));
            let best = gains.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|best| best.0 > 0.0);
            stratum.iter().for_each(|&place| weights[place] = best.map(|best| best.1));
            won += best.map_or(0.0, |best| best.0);
        }
        let all: u32 = (0..places).map(common).sum();
        if won <= worth * f64::from(all) {
            return;
        }
        for (when, seen) in those {
            let row = when.row();
            let factor = |place: usize, fold: usize| {
                let Some(weight) = weights[place] else { return 1.0 };
                let trend = trends[place][fold].at(&row);
                (trend * seen.rest(place, fold, trend, weight, least)) as f32
            };
            let folds = (0..=FOLDS).map(|fold| (0..places).map(|place| factor(place, fold)).collect());
            tilts.factors.insert((what, when), folds.collect());
        }
    }

    /// By how much factors multiply what was due of each place, in all.
    fn accounted(&self, what: What, whens: &[When], tilts: &Tilts) -> Vec<f64> {
        let (mut before, mut behind) = (Vec::<f64>::new(), Vec::<f64>::new());
        for when in whens {
            let at = (what, *when);
            let Some((seen, folds)) = self.of.get(&at).zip(tilts.factors.get(&at)) else { continue };
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
fn gain(
    those: &[(When, &Seen)],
    trends: &[[Trend; FOLDS + 1]],
    places: &[usize],
    weight: f64,
    least: u32,
) -> f64 {
    let mut sum = 0.0;
    for (when, seen) in those {
        let row = when.row();
        for &place in places {
            for fold in 0..FOLDS {
                let trend = trends[place][fold + 1].at(&row);
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
            own.of.insert((What::Way, When::Group(group)), (vec![came], vec![due]));
            sight.take(own, person as u32, person % FOLDS);
        }
        sight
    }

    fn factor(tilts: &Tilts, group: u8) -> f32 {
        tilts.factors.get(&(What::Way, When::Group(group))).map_or(1.0, |folds| folds[0][0])
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
        let tilts = sight(&people).tilts(5, false);
        assert!((factor(&tilts, young) - 0.5).abs() < 0.03, "{}", factor(&tilts, young));
        assert!((factor(&tilts, old) - 1.5).abs() < 0.05, "{}", factor(&tilts, old));
        // What is as it was due needs no factor, and what four people had tells nothing of them.
        let as_due: Vec<(u8, u32, f32)> =
            (0..400).map(|at| (young, u32::from(at / 5 % 5 == 0), 0.2)).collect();
        assert!((factor(&sight(&as_due).tilts(5, false), young) - 1.0).abs() < 0.01);
        let of_four = |due: f32| -> Vec<(u8, u32, f32)> {
            (0..300)
                .map(|at| (young, u32::from(at < 4), due / 300.0))
                .chain(people.iter().map(|one| (old, one.1, one.2)))
                .collect()
        };
        assert_eq!(
            factor(&sight(&of_four(3.0)).tilts(5, false), young),
            factor(&sight(&of_four(4.0)).tilts(5, false), young)
        );
    }

    #[test]
    fn what_is_due_in_draws_is_for_as_much_as_came() {
        let at = (What::Stay, When::Kind(3));
        let mut sight = Sight::default();
        // Two kinds of stays: one came twice and five times, to people of two folds, the other three times.
        for (person, came) in [vec![2, 0], vec![5, 3]].into_iter().enumerate() {
            let mut own = Own::default();
            own.of.insert(at, (came, vec![9.0, 9.0]));
            own.of.insert((What::Stay, When::Kind(4)), (vec![1, 0], vec![0.0, 9.0]));
            sight.take(own, person as u32, person);
        }
        let mut drawn = Own::default();
        drawn.of.insert(at, (Vec::new(), vec![3.0, 1.0]));
        sight.expect(&drawn);
        // Of the ten of all, three in four, likewise of the two and of the eight of the folds.
        let seen = &sight.of[&at];
        assert_eq!(seen.due[0][..3], [7.5, 1.5, 6.0]);
        assert_eq!(seen.due[1][..3], [2.5, 0.5, 2.0]);
        assert_eq!(seen.without(0, 1), (5.0, 6.0), "without the fold of the first");
        let unseen = &sight.of[&(What::Stay, When::Kind(4))];
        assert_eq!((unseen.due[0][0], unseen.due[1][0]), (2.0, 0.0), "nothing is known of draws");
    }

    #[test]
    fn levels_are_brought_to_what_came() {
        // Of 100 people each had a thing once, in one of two kinds of stay; half as often is due, in either. In a third kind
        // nothing came anew.
        let mut sight = Sight::default();
        for person in 0..100 {
            let mut own = Own::default();
            own.of.insert((What::New, When::Kind(person % 2)), (vec![1], vec![0.5]));
            own.of.insert((What::Again, When::Kind(2)), (vec![1], vec![1.0]));
            sight.take(own, u32::from(person), usize::from(person) % FOLDS);
        }
        let levels = sight.levels(What::New, &[When::Kind(0), When::Kind(1)], 5);
        assert!((levels[0] - 103.0 / 53.0).abs() < 1e-9, "{levels:?}");
        let tilts = sight.clone().tilts(5, true);
        for kind in [0, 1, 2] {
            let factor = tilts.factors[&(What::New, When::Kind(kind))][0][0];
            assert!((factor - 2.0).abs() < 0.1, "{factor}");
        }
        assert!(!tilts.factors.contains_key(&(What::New, When::Kind(3))), "no such stay came");
        assert_eq!(sight.levels(What::New, &[When::Kind(0), When::Kind(1)], 51), [1.0], "of too few people");
    }
    #[test]
    fn things_about_as_common_share_how_far_they_are_believed() {
        // To 400 people of two sorts of stays: often came what the sort decides, seldom what chance does. What chance brings
        // goes by folds, so that the others foretell the opposite of what came.
        let mut sight = Sight::default();
        for person in 0..400_u32 {
            let (kind, fold) = ((person % 2) as u8, (person / 2 % FOLDS as u32) as usize);
            let often = if kind == 0 { 6 } else { 2 };
            let seldom = u32::from(person < 80 && (fold < 2) == (kind == 0));
            let mut own = Own::default();
            own.of.insert((What::Stay, When::Kind(kind)), (vec![often, seldom], vec![4.0, 0.1]));
            sight.take(own, person, fold);
        }
        let mut tilts = Tilts::default();
        sight.find((What::Stay, &[When::Kind(0), When::Kind(1)]), 0.0, 5, &mut tilts);
        let factors = |kind: u8| tilts.factors[&(What::Stay, When::Kind(kind))][0].clone();
        assert!((factors(0)[0] - 1.5).abs() < 0.01 && (factors(1)[0] - 0.5).abs() < 0.01, "{tilts:?}");
        assert!((factors(0)[1] / factors(1)[1] - 1.0).abs() < 0.05, "{tilts:?}");
    }
}
