//! How do the numbers of a code hang on the person, on their last numbers, and on the number beside?

use super::story::BITS;
use super::tally::Valued;
use crate::lives::sketch::Sketch;
use crate::lives::spread::Spread;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use verosim_math::stats::{normal_quantile, normal_share};

/// Stretches of ranks of all people that a group of people is told apart by.
const STRETCHES: usize = 32;
/// Least values in a group.
const LEAST: usize = 60;
/// Splits at most below one another.
const DEPTH: usize = 3;
/// Chi-square of one degree that a split or a correlation must reach.
const EVIDENCE: f64 = 30.0;

/// Who is in which group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Group {
    /// Shares of the group up to each stretch of ranks.
    Leaf(Vec<f64>),
    Split {
        bit: u32,
        with: Box<Group>,
        without: Box<Group>,
    },
}

/// How much of a rank stays with the person for ever, and how much of the rest from one value to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) stays: f64,
    pub(crate) fades: f64,
}

impl Memory {
    /// From the correlations of a value with the last one and the one before: ρ₁ = s + (1 − s) f and ρ₂ = s + (1 − s) f².
    pub(crate) fn of(one: f64, two: f64) -> Self {
        let one = one.clamp(0.0, 0.98);
        let two = two.clamp(0.0, one);
        let fades = ((one - two) / (1.0 - one)).clamp(0.0, one);
        let stays = ((one - fades) / (1.0 - fades)).clamp(0.0, 0.98);
        Self { stays, fades }
    }

    /// The next normal score of a person, whose state is kept in `trace`.
    pub(crate) fn next(self, trace: &mut Option<(f64, f64)>, rng: &mut ChaCha8Rng) -> f64 {
        let mut fresh = || rng.sample::<f64, _>(StandardNormal);
        let (person, wave) = match *trace {
            None => (fresh(), fresh()),
            Some((person, wave)) => (person, self.fades * wave + (1.0 - self.fades.powi(2)).sqrt() * fresh()),
        };
        *trace = Some((person, wave));
        self.stays.sqrt() * person + (1.0 - self.stays).sqrt() * wave
    }
}

/// The law of the numbers of one code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    spread: Spread,
    group: Group,
    memory: Memory,
    /// Another code, and the correlation of normal scores with its value in the same sitting.
    beside: Option<(u32, f64)>,
}

/// Laws of the numbers of all codes; `None` for codes without, or whose numbers too few people have.
pub(crate) fn fitted(sketches: &[Option<&Sketch<Valued>>], k: usize) -> Vec<Option<Numbers>> {
    let mut laws: Vec<Option<Numbers>> =
        sketches.iter().map(|sketch| sketch.and_then(|sketch| alone(sketch, k))).collect();
    let ones: Vec<[f64; 2]> =
        laws.iter().zip(sketches).map(|(law, sketch)| own(law.as_ref(), *sketch)).collect();
    let beside: Vec<Option<(u32, f64)>> =
        laws.iter().zip(sketches).map(|(law, sketch)| neighbour(law.as_ref()?, (*sketch)?, &laws)).collect();
    for (at, law) in laws.iter_mut().enumerate() {
        let Some(law) = law else { continue };
        law.beside = beside[at];
        // What the neighbour brings along of its own memory is not this code's.
        let [one, two] = match beside[at] {
            None => ones[at],
            Some((code, r)) => {
                let theirs = ones[code as usize];
                [0, 1].map(|lag| (ones[at][lag] - r * r * theirs[lag]) / (1.0 - r * r))
            }
        };
        law.memory = Memory::of(one, two);
    }
    laws
}

fn alone(sketch: &Sketch<Valued>, k: usize) -> Option<Numbers> {
    let spread = Spread::of(sketch.iter().map(|(person, valued)| (person, f64::from(valued.value))), k)?;
    let mut ranked: Vec<(f64, u64)> =
        sketch.iter().map(|(_, valued)| (spread.rank(f64::from(valued.value)), valued.mask)).collect();
    let group = Group::grown(&mut ranked, DEPTH);
    Some(Numbers { spread, group, memory: Memory::default(), beside: None })
}

/// Correlations with the last value of the person and the one before.
fn own(law: Option<&Numbers>, sketch: Option<&Sketch<Valued>>) -> [f64; 2] {
    let (Some(law), Some(sketch)) = (law, sketch) else { return [0.0; 2] };
    [0, 1].map(|lag| {
        let pairs =
            sketch.iter().filter(|(_, valued)| valued.before[lag].0.is_finite()).map(|(_, valued)| {
                let (before, mask) = valued.before[lag];
                (law.score(valued.value, valued.mask), law.score(before, mask))
            });
        correlation(pairs).map_or(0.0, |(r, n)| r * (n / (n + 10.0)))
    })
}

/// The code whose value in the same sitting tells most, if it tells enough.
fn neighbour(law: &Numbers, sketch: &Sketch<Valued>, laws: &[Option<Numbers>]) -> Option<(u32, f64)> {
    let mut pairs: BTreeMap<u32, Vec<(f64, f64)>> = BTreeMap::new();
    for (_, valued) in sketch.iter() {
        if let Some((code, value, mask)) = valued.beside
            && let Some(Some(other)) = laws.get(code as usize)
            && !std::ptr::eq(other, law)
        {
            let mine = law.score(valued.value, valued.mask);
            pairs.entry(code).or_default().push((mine, other.score(value, mask)));
        }
    }
    let told = pairs.into_iter().filter_map(|(code, pairs)| {
        let (r, n) = correlation(pairs.into_iter())?;
        (n * r * r > EVIDENCE).then_some((n * r * r, code, r.clamp(-0.98, 0.98)))
    });
    told.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, code, r)| (code, r))
}

/// Pearson's correlation and the number of pairs.
pub(crate) fn correlation(pairs: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    let (mut n, mut a, mut b, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in pairs {
        n += 1.0;
        (a, b, aa, bb, ab) = (a + x, b + y, aa + x * x, bb + y * y, ab + x * y);
    }
    let (va, vb) = (aa - a * a / n, bb - b * b / n);
    (n >= 20.0 && va > 1e-9 && vb > 1e-9).then(|| ((ab - a * b / n) / (va * vb).sqrt(), n))
}

impl Group {
    /// Splits as long as groups differ.
    fn grown(ranked: &mut [(f64, u64)], depth: usize) -> Self {
        let best = if depth == 0 { None } else { split(ranked) };
        let Some(bit) = best else { return Self::leaf(ranked) };
        ranked.sort_by_key(|&(_, mask)| mask >> bit & 1);
        let middle = ranked.partition_point(|&(_, mask)| mask >> bit & 1 == 0);
        let (without, with) = ranked.split_at_mut(middle);
        let (without, with) = (Self::grown(without, depth - 1), Self::grown(with, depth - 1));
        Self::Split { bit, with: Box::new(with), without: Box::new(without) }
    }

    fn leaf(ranked: &[(f64, u64)]) -> Self {
        // A quarter of a value in each stretch, so that none is impossible for lack of people.
        let mut counts = vec![0.25; STRETCHES];
        for &(rank, _) in ranked {
            counts[((rank * STRETCHES as f64) as usize).min(STRETCHES - 1)] += 1.0;
        }
        let total: f64 = counts.iter().sum();
        let mut sum = 0.0;
        for count in &mut counts {
            sum += *count / total;
            *count = sum;
        }
        Self::Leaf(counts)
    }

    fn of(&self, mask: u64) -> &[f64] {
        match self {
            Self::Leaf(running) => running,
            Self::Split { bit, with, without } => {
                (if mask >> bit & 1 == 1 { with } else { without }).of(mask)
            }
        }
    }

    fn is_sound(&self, depth: usize) -> bool {
        match self {
            Self::Leaf(running) => {
                running.len() == STRETCHES
                    && running.iter().all(|x| x.is_finite())
                    && running.windows(2).all(|pair| pair[0] <= pair[1])
            }
            Self::Split { bit, with, without } => {
                depth > 0 && *bit < BITS && with.is_sound(depth - 1) && without.is_sound(depth - 1)
            }
        }
    }
}

/// The bit that parts ranks best, if well enough: the chi-square of the difference of means.
fn split(ranked: &[(f64, u64)]) -> Option<u32> {
    let n = ranked.len() as f64;
    let (sum, squares) = ranked.iter().fold((0.0, 0.0), |(s, q), &(rank, _)| (s + rank, q + rank * rank));
    let variance = (squares - sum * sum / n) / n;
    let mut best: Option<(f64, u32)> = None;
    for bit in 0..BITS {
        let (mut with, mut many) = (0.0, 0);
        for &(rank, mask) in ranked {
            if mask >> bit & 1 == 1 {
                (with, many) = (with + rank, many + 1);
            }
        }
        if many < LEAST || ranked.len() - many < LEAST {
            continue;
        }
        let (a, b) = (many as f64, n - many as f64);
        let evidence = (with / a - (sum - with) / b).powi(2) / (variance * (1.0 / a + 1.0 / b)).max(1e-12);
        if evidence > EVIDENCE && best.is_none_or(|(most, _)| evidence > most) {
            best = Some((evidence, bit));
        }
    }
    best.map(|(_, bit)| bit)
}

impl Numbers {
    /// The normal score of a value within its group.
    fn score(&self, value: f32, mask: u64) -> f64 {
        let rank = self.spread.rank(f64::from(value)) * STRETCHES as f64;
        let running = self.group.of(mask);
        let at = (rank as usize).min(STRETCHES - 1);
        let start = if at == 0 { 0.0 } else { running[at - 1] };
        let share = start + (running[at] - start) * (rank - at as f64);
        normal_quantile(share.clamp(1e-4, 1.0 - 1e-4))
    }

    /// The next value of a person: `trace` is what is kept of the last ones, `scores` the normal scores of this sitting.
    pub(crate) fn draw(
        &self,
        code: u32,
        mask: u64,
        trace: &mut Option<(f64, f64)>,
        scores: &mut Vec<(u32, f64)>,
        rng: &mut ChaCha8Rng,
    ) -> f32 {
        let mut score = self.memory.next(trace, rng);
        if let Some((other, r)) = self.beside
            && let Some(&(_, theirs)) = scores.iter().rev().find(|(known, _)| *known == other)
        {
            score = r * theirs + (1.0 - r * r).sqrt() * score;
        }
        scores.push((code, score));
        let share = normal_share(score);
        let running = self.group.of(mask);
        let at = running.partition_point(|&end| end <= share).min(STRETCHES - 1);
        let start = if at == 0 { 0.0 } else { running[at - 1] };
        let part = ((share - start) / (running[at] - start).max(1e-12)).clamp(0.0, 1.0);
        self.spread.at(((at as f64 + part) / STRETCHES as f64).min(1.0 - 1e-12)) as f32
    }

    pub(crate) fn cells(&self) -> usize {
        self.spread.len()
    }

    pub(crate) fn is_sound(&self, codes: usize) -> bool {
        let memory = [self.memory.stays, self.memory.fades].iter().all(|x| (0.0..1.0).contains(x));
        let beside = self.beside.is_none_or(|(code, r)| (code as usize) < codes && r.abs() < 1.0);
        self.spread.is_sound() && self.group.is_sound(DEPTH) && memory && beside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn memory_has_the_correlations_that_it_was_made_from() {
        for (one, two) in [(0.7, 0.7), (0.6, 0.36), (0.5, 0.4), (0.0, 0.0)] {
            let memory = Memory::of(one, two);
            let (s, f) = (memory.stays, memory.fades);
            assert!((s + (1.0 - s) * f - one).abs() < 1e-9 && (s + (1.0 - s) * f * f - two).abs() < 1e-9);
            let mut rng = Seeded::new(9).rng();
            let pairs: Vec<(f64, f64)> = (0..20_000)
                .map(|_| {
                    let mut trace = None;
                    let first = memory.next(&mut trace, &mut rng);
                    (first, memory.next(&mut trace, &mut rng))
                })
                .collect();
            let (r, _) = correlation(pairs.into_iter()).unwrap();
            // Five standard errors at 20,000 pairs.
            assert!((r - one).abs() < 0.036, "{r} not {one}");
        }
    }

    #[test]
    fn groups_and_neighbours_are_found() {
        use rand_distr::{Distribution as _, Normal};
        let mut rng = Seeded::new(4).rng();
        let normal = Normal::new(0.0, 1.0).unwrap();
        let (mut a, mut b) = (Sketch::new(4_000), Sketch::new(4_000));
        for person in 0..4_000 {
            let mask = u64::from(person % 2 == 0) << 5;
            let x: f64 = normal.sample(&mut rng);
            let y = 0.8 * x + 0.6 * normal.sample(&mut rng);
            let none = [(f32::NAN, 0); 2];
            let x = (x + if mask > 0 { 5.0 } else { 0.0 }) as f32;
            a.offer(person, 0, || Valued { value: x, mask, before: none, beside: None });
            b.offer(person, 1, || Valued { value: y as f32, mask, before: none, beside: Some((0, x, mask)) });
        }
        let laws = fitted(&[Some(&a), Some(&b)], 5);
        let [Some(a), Some(b)] = &laws[..] else { panic!("two laws") };
        assert!(matches!(a.group, Group::Split { bit: 5, .. }));
        let (code, r) = b.beside.unwrap();
        assert!(code == 0 && (r - 0.8).abs() < 0.03, "{r}");
        let mut scores = Vec::new();
        let with: f32 = (0..2_000).map(|_| a.draw(0, 1 << 5, &mut None, &mut scores, &mut rng)).sum();
        assert!((with / 2_000.0 - 5.0).abs() < 0.2, "{}", with / 2_000.0);
    }
}
