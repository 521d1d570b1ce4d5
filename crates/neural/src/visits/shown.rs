//! Which shares do best on what happened in lives that the counts leave out?

use super::base::{COUNTS, Counted, ENDS, Mix, OFTEN, Turns, heeded, often};
use super::past::{Memory, Turn};
use super::tally::class_of;

/// Rounds in which shares are brought to where they do best, and decisions below which a step of its own is none.
const ROUNDS: usize = 30;
const FEW: usize = 50;
/// Powers that are tried.
const HEEDS: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Least share of the counts of all people.
const LEAST_COUNTS: f32 = 0.02;

/// What decisions of lives would have been by counts, by what the life had, and by what followed the last token in it.
#[derive(Default)]
pub(super) struct Shown {
    seen: Vec<(u8, u8, Mix)>,
    /// Turns, their chances by counts, and how much there was of each.
    turns: Vec<(u8, [f32; 4], [f32; 4])>,
}

impl Shown {
    /// Shows `counted` what came in a stay.
    pub(super) fn show(&mut self, counted: &Counted, context: u64, memory: &[u32], target: u32) {
        let memory = Memory::of(memory);
        let Some(place) = counted.place(target).filter(|_| class_of(context) == counted.parts.inside) else {
            return;
        };
        let Turns { of: turns, chances, open } = counted.at_turns(context, &memory);
        let turn = turns[place];
        if turn == ENDS {
            return;
        }
        let mut plain = Vec::new();
        counted.chances(counted.parts.turn(context, &memory), &mut plain);
        self.turns.push((turn, std::array::from_fn(|turn| plain[turn]), open));
        if turn == Turn::New as u8 {
            return;
        }
        let own = counted.own(context, &memory, &turns);
        let turn_at = usize::from(turn);
        let of = |those: &[(usize, f32)], all: f32| {
            those.iter().find(|known| known.0 == place).map_or(0.0, |known| known.1 / all)
        };
        let had = of(&own.those[0], own.had[turn_at]);
        let after = of(&own.those[1], own.followed[turn_at]);
        self.seen.push((turn, often(own.often[turn_at]) as u8, [chances[place], had, after]));
    }

    /// The power that does best.
    pub(super) fn heed(&self) -> f32 {
        let nats = |heed: f32| -> f64 {
            let chance = |(turn, plain, open): &(u8, [f32; 4], [f32; 4])| {
                f64::from(heeded(plain, open, heed)[usize::from(*turn)].max(f32::MIN_POSITIVE))
            };
            self.turns.iter().map(|seen| -chance(seen).ln()).sum()
        };
        let best = HEEDS.iter().map(|&heed| (nats(heed), heed)).min_by(|a, b| a.0.total_cmp(&b.0));
        best.map_or(0.0, |best| best.1)
    }

    /// The shares that do best (expectation and maximisation: Dempster, Laird and Rubin 1977).
    pub(super) fn mixes(&self) -> [[Mix; OFTEN]; 4] {
        let best = |turn: usize, often: Option<usize>| {
            let those: Vec<Mix> = self
                .seen
                .iter()
                .filter(|seen| {
                    usize::from(seen.0) == turn && often.is_none_or(|often| usize::from(seen.1) == often)
                })
                .map(|seen| seen.2)
                .collect();
            let start = match (turn, often) {
                (0, _) => [0.5, 0.0, 0.5],
                (_, Some(0)) => [0.5, 0.5, 0.0],
                _ => [0.4, 0.3, 0.3],
            };
            (those.len() >= FEW).then(|| (0..ROUNDS).fold(start, |mix, _| bettered(mix, &those)))
        };
        std::array::from_fn(|turn| {
            let whole = best(turn, None).unwrap_or(COUNTS);
            std::array::from_fn(|often| {
                let [counts, own, behind] = best(turn, Some(often)).unwrap_or(whole);
                // What this life never did can come.
                let counts = counts.max(LEAST_COUNTS);
                let rest = (1.0 - counts) / (own + behind).max(f32::MIN_POSITIVE);
                [counts, own * rest, behind * rest]
            })
        })
    }
}

/// Shares in proportion to what each accounts for.
fn bettered(mix: Mix, those: &[Mix]) -> Mix {
    let mut sums = [0.0_f64; 3];
    for chances in those {
        let parts: [f64; 3] = std::array::from_fn(|at| f64::from(mix[at]) * f64::from(chances[at]));
        let all: f64 = parts.iter().sum();
        if all > 0.0 {
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part / all);
        }
    }
    let all: f64 = sums.iter().sum();
    if all > 0.0 { sums.map(|sum| (sum / all) as f32) } else { mix }
}
