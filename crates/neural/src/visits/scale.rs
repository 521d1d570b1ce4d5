//! Which few bins stand for a number, and how is a number drawn that a bin stands for?

use hashbrown::HashSet;
use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};

/// Intervals of least numbers, about this many over the whole scale.
const PIECES: usize = 64;
/// Most values that stand alone.
const ATOMS: usize = 400;

/// A law of numbers in pieces, each a value of its own or an interval, with enough people behind each; neighbouring pieces
/// make a bin. No number below the least, or above the largest, number of `least` people is ever drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    /// Numbers are multiples of it; 0 for no grid.
    grid: f64,
    pieces: Vec<Piece>,
    /// First piece behind each bin.
    ends: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Piece {
    low: f64,
    high: f64,
    weight: f64,
}

/// Where bins end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cuts<'a> {
    /// So that about equally many numbers are in each of at most so many.
    Equal(usize),
    /// At these numbers, ascending.
    At(&'a [f64]),
}

/// Numbers that are being gathered into an interval.
#[derive(Default)]
struct Open {
    values: Vec<f64>,
    people: HashSet<u32>,
}

impl Scale {
    /// The law of `sorted` numbers with the people whose they are.
    pub(super) fn new(sorted: &[(f64, u32)], grid: f64, cuts: Cuts<'_>, least: usize) -> Self {
        let fixed = if let Cuts::At(at) = cuts { at } else { &[] };
        let mut pieces = pieces(sorted, fixed, least);
        let (Some(low), Some(high)) = (bound(sorted.iter(), least), bound(sorted.iter().rev(), least)) else {
            return Self { grid, pieces: Vec::new(), ends: Vec::new() };
        };
        for piece in &mut pieces {
            let (from, to) = (piece.low.max(low).min(high), piece.high.min(high).max(low));
            (piece.low, piece.high) = (from.min(to), to.max(from));
        }
        let mut scale = Self { grid, ends: Vec::new(), pieces };
        scale.cut(cuts);
        scale
    }

    fn cut(&mut self, cuts: Cuts<'_>) {
        let total: f64 = self.pieces.iter().map(|piece| piece.weight).sum();
        let mut before = 0.0;
        let mut last = None;
        for (at, piece) in self.pieces.iter().enumerate() {
            let middle = f64::midpoint(piece.low, piece.high);
            let bin = match cuts {
                Cuts::Equal(n) => ((before + piece.weight / 2.0) / total * n as f64) as usize,
                Cuts::At(at) => at.partition_point(|&cut| cut <= middle),
            };
            before += piece.weight;
            if last.is_some_and(|last| last != bin) {
                self.ends.push(at);
            }
            last = Some(bin);
        }
        if last.is_some() {
            self.ends.push(self.pieces.len());
        }
    }

    /// Number of bins; 0 when too few people had a number.
    pub(super) fn bins(&self) -> usize {
        self.ends.len()
    }

    /// The bin that stands for `number`; 0 when there is none.
    pub(super) fn bin(&self, number: f64) -> usize {
        let after = self.pieces.partition_point(|piece| piece.high < number);
        // Between two pieces, the nearer one.
        let at = match (after.checked_sub(1).map(|at| self.pieces[at].high), self.pieces.get(after)) {
            (Some(below), Some(above)) if number - below < above.low - number => after - 1,
            (_, Some(_)) => after,
            _ => self.pieces.len().saturating_sub(1),
        };
        self.ends.partition_point(|&end| end <= at).min(self.ends.len().saturating_sub(1))
    }

    fn pieces_of(&self, bin: usize) -> &[Piece] {
        let from = bin.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.pieces[from..self.ends[bin]]
    }

    /// The least number of a bin.
    pub(super) fn low(&self, bin: usize) -> f64 {
        self.range(bin)[0]
    }

    /// The least and the largest number of a bin.
    pub(super) fn range(&self, bin: usize) -> [f64; 2] {
        let pieces = self.pieces_of(bin);
        [pieces.first().map_or(0.0, |piece| piece.low), pieces.last().map_or(0.0, |piece| piece.high)]
    }

    /// A number that `bin` stands for.
    pub(super) fn draw(&self, bin: usize, rng: &mut impl Rng) -> f64 {
        let pieces = self.pieces_of(bin);
        let total: f64 = pieces.iter().map(|piece| piece.weight).sum();
        let mut left = rng.random::<f64>() * total;
        let within: f64 = rng.random();
        let mut chosen = pieces[pieces.len() - 1];
        for &piece in pieces {
            if left < piece.weight {
                chosen = piece;
                break;
            }
            left -= piece.weight;
        }
        let number = chosen.low + within * (chosen.high - chosen.low);
        if self.grid <= 0.0 {
            return number;
        }
        let (first, last) =
            ((chosen.low / self.grid - 1e-6).ceil(), (chosen.high / self.grid + 1e-6).floor());
        let steps = (number / self.grid).round();
        let steps = if first <= last { steps.clamp(first, last) } else { steps };
        // 39 tenths are 3.9, and 39 times 0.1 is not.
        if self.grid < 1.0 { steps / (1.0 / self.grid).round() } else { steps * self.grid }
    }

    /// Whether it can be drawn from.
    pub(super) fn is_sound(&self) -> bool {
        let rising = self.ends.windows(2).all(|pair| pair[0] < pair[1]);
        rising
            && self.ends.first().is_none_or(|&first| first > 0)
            && self.ends.last().copied().unwrap_or(0) == self.pieces.len()
            && self.grid.is_finite()
            && self.grid >= 0.0
            && self.pieces.iter().all(|piece| {
                piece.low.is_finite()
                    && piece.high.is_finite()
                    && piece.low <= piece.high
                    && piece.low.abs().max(piece.high.abs()) < 1e15
                    && piece.weight > 0.0
                    && piece.weight.is_finite()
            })
    }

    /// Numbers that are kept.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }
}

/// The number at which the `least`-th person is met.
fn bound<'a>(numbers: impl Iterator<Item = &'a (f64, u32)>, least: usize) -> Option<f64> {
    let mut people = HashSet::new();
    for &(number, person) in numbers {
        people.insert(person);
        if people.len() >= least {
            return Some(number);
        }
    }
    None
}

fn pieces(sorted: &[(f64, u32)], cuts: &[f64], least: usize) -> Vec<Piece> {
    let alone = least.max(sorted.len() / ATOMS);
    let fill = sorted.len() / PIECES;
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut open, mut carried) = (Open::default(), 0.0);
    for equal in sorted.chunk_by(|a, b| a.0 == b.0) {
        let number = equal[0].0;
        let mut whose: Vec<u32> = equal.iter().map(|&(_, person)| person).collect();
        whose.sort_unstable();
        whose.dedup();
        let atom = whose.len() >= least && equal.len() >= alone;
        let crossed = open.values.last().is_some_and(|&last| {
            cuts.partition_point(|&cut| cut <= last) != cuts.partition_point(|&cut| cut <= number)
        });
        if open.people.len() >= least && (atom || crossed || open.values.len() >= fill) {
            pieces.push(open.close(&mut carried));
        }
        if atom {
            let weight = equal.len() as f64 + carried + std::mem::take(&mut open).values.len() as f64;
            carried = 0.0;
            pieces.push(Piece { low: number, high: number, weight });
        } else {
            open.values.extend(equal.iter().map(|&(number, _)| number));
            open.people.extend(whose);
        }
    }
    if open.people.len() >= least {
        pieces.push(open.close(&mut carried));
    } else if let Some(last) = pieces.last_mut() {
        // Too few people for a piece of their own: their share goes to the next.
        last.weight += open.values.len() as f64;
    }
    pieces
}

impl Open {
    /// From the mean of the two least to the mean of the two largest: no end is one person's number.
    fn close(&mut self, carried: &mut f64) -> Piece {
        let values = std::mem::take(self).values;
        let n = values.len();
        let low = f64::midpoint(values[0], values[1.min(n - 1)]);
        let high = f64::midpoint(values[n - 1], values[n.saturating_sub(2)]);
        Piece { low: low.min(high), high: high.max(low), weight: n as f64 + std::mem::take(carried) }
    }
}

/// The power of ten that nearly all numbers are multiples of, down to 0.0001; 0 when there is none.
pub(super) fn grid(sorted: &[(f64, u32)]) -> f64 {
    for digits in 0..=4 {
        let scale = 10.0_f64.powi(digits);
        let on = sorted.iter().filter(|(number, _)| {
            let scaled = number * scale;
            // Numbers come with 24 bits.
            (scaled - scaled.round()).abs() <= 1e-6 * scaled.abs().max(100.0)
        });
        if on.count() * 50 >= sorted.len() * 49 {
            return 1.0 / scale;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn heaps_stay_and_rare_numbers_do_not() {
        let mut sorted: Vec<(f64, u32)> = (0..400).map(|at| (f64::from(at % 40) / 10.0, at)).collect();
        sorted.extend((0..300).map(|at| (2.0, 1_000 + at)));
        sorted.extend((0..4).map(|at| (99.0, 2_000 + at)));
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let scale = Scale::new(&sorted, grid(&sorted), Cuts::Equal(5), 5);
        let mut rng = Seeded::new(1).rng();
        let drawn: Vec<f64> =
            (0..7_000).map(|at| scale.draw([0, 1, 2, 3, 4][at % scale.bins()], &mut rng)).collect();
        assert!(scale.bins() <= 5 && scale.is_sound());
        assert!(drawn.iter().all(|&x| (0.0..=3.9).contains(&x)), "four people are not enough");
        assert!(drawn.iter().all(|&x| (x * 10.0 - (x * 10.0).round()).abs() < 1e-9));
        assert!(drawn.iter().filter(|&&x| (x - 2.0).abs() < 1e-9).count() > 1_000);
    }

    #[test]
    fn numbers_come_back_in_their_bin() {
        let sorted: Vec<(f64, u32)> = (0..1_000).map(|at| (f64::from(at) * 0.37, at)).collect();
        for cuts in [Cuts::Equal(10), Cuts::At(&[1.0, 10.0, 100.0])] {
            let scale = Scale::new(&sorted, 0.0, cuts, 5);
            let mut rng = Seeded::new(2).rng();
            for bin in 0..scale.bins() {
                (0..200).for_each(|_| assert_eq!(scale.bin(scale.draw(bin, &mut rng)), bin));
            }
        }
    }

    #[test]
    fn too_few_people_leave_nothing() {
        let sorted: Vec<(f64, u32)> = (0..100).map(|at| (f64::from(at), at as u32 % 4)).collect();
        let scale = Scale::new(&sorted, 1.0, Cuts::Equal(4), 5);
        assert_eq!((scale.bins(), scale.bin(3.0), scale.len()), (0, 0, 0));
    }
}
