//! Does the network find laws that were planted, and stay at its base where there is nothing to find?

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use verosim_core::Seeded;
use verosim_core::port::Context;
use verosim_neural::{
    Base, Corpus as _, Ended, Lessons, Masks, Network, Output, Scribe, Sequences, Settings, Shape, Step,
    Story, Surprise, draw, train,
};

fn shape(vocabulary: usize, features: usize, bag: usize) -> Shape {
    Shape { vocabulary, features, bag, width: 48, layers: 1, output: Output::Own }
}

/// A chain of second order over eight tokens: the chances of the next given the last two.
struct Chain(Vec<[f32; 8]>);

impl Chain {
    fn new() -> Self {
        let mut rng = Seeded::new(11).rng();
        let rows = (0..64).map(|_| {
            let weights: [f32; 8] = std::array::from_fn(|_| (3.0 * rng.random::<f32>()).exp());
            let total: f32 = weights.iter().sum();
            weights.map(|x| x / total)
        });
        Self(rows.collect())
    }

    /// Sequences, and the surprise of the law itself at their targets.
    fn draw(&self, sequences: usize, length: usize, seed: u64) -> (Sequences, f64) {
        let mut rng = Seeded::new(seed).rng();
        let (mut data, mut nats) = (Sequences::new(0), 0.0);
        for _ in 0..sequences {
            let (mut before, mut last) = (0, 0);
            for _ in 0..length {
                let context = before * 8 + last;
                let chances = self.0[context];
                let next = draw(&[0, 1, 2, 3, 4, 5, 6, 7], &mut chances.map(f32::ln), 1.0, &mut rng)
                    .expect("chances");
                nats -= f64::from(chances[next as usize]).ln();
                data.push(step(last as u32, context as u64, Some(next)));
                (before, last) = (last, next as usize);
            }
            data.end();
        }
        (data, nats / (sequences * length) as f64)
    }
}

impl Base for Chain {
    fn add_logits(&self, context: u64, _: &[u32], tokens: &[u32], logits: &mut [f32]) {
        for (token, logit) in tokens.iter().zip(logits) {
            *logit += self.0[context as usize][*token as usize].ln();
        }
    }
}

fn step(token: u32, context: u64, target: Option<u32>) -> Step<'static> {
    Step { token, features: &[], bag: &[], mask: 0, context, memory: &[], target }
}

fn mean(surprise: Surprise) -> f64 {
    surprise.mean().expect("choices")
}

#[test]
fn a_chain_of_second_order_is_found() {
    let chain = Chain::new();
    let (data, _) = chain.draw(1200, 50, 1);
    let (watched, _) = chain.draw(50, 50, 2);
    let (fresh, entropy) = chain.draw(200, 50, 3);
    let network = Network::new(shape(8, 0, 0), Masks::open(8).unwrap(), Seeded::new(1)).unwrap();
    let settings = Settings { chunk: 32, steps: 300, dropout: 0.0, ..Settings::default() };
    let lessons = Lessons { data: &data, watched: &watched, base: None };
    let (network, report) = train(network, lessons, &settings, Seeded::new(1), Context::silent()).unwrap();
    let excess = mean(network.surprise(&fresh, None).unwrap()) - entropy;
    // 448 free chances learned from 60,000 draws cost 448 / 120,000 = 0.004 nats at best; the last token alone leaves 0.3.
    assert!(excess < 0.03, "{excess} nats above the entropy, {report:?}");
}

/// Somebody of one of two sorts shows one of two signs in the first ten steps; the last eight tokens follow both,
/// and the 140 or more between them are noise.
fn memory(sequences: usize, seed: u64, with_bag: bool) -> (Sequences, f64) {
    let mut rng = Seeded::new(seed).rng();
    let (mut data, mut nats) = (Sequences::new(1), 0.0);
    for _ in 0..sequences {
        let (sort, sign) = (rng.random_range(0..2_u32), rng.random_range(0..2_u32));
        let (shown, noise) = (rng.random_range(0..10), rng.random_range(150..250));
        let mut last = 0;
        for time in 0..noise + 8_u32 {
            // 0 to 3 are noise, 4 and 5 the sign, 6 and 7 what depends on it.
            let late = time >= noise;
            let next = if late {
                let likely = if sort == sign { 6 } else { 7 };
                let hit = rng.random::<f32>() < 0.9;
                nats -= if hit { 0.9_f64 } else { 0.1 }.ln();
                if hit { likely } else { 13 - likely }
            } else if time == shown {
                4 + sign
            } else {
                rng.random_range(0..4)
            };
            let entered = [(last.max(4) - 4, 1.0)];
            data.push(Step {
                token: last,
                features: &[sort as f32 * 2.0 - 1.0],
                bag: if with_bag && (4..6).contains(&last) { &entered } else { &[] },
                mask: u16::from(late),
                context: 0,
                memory: &[],
                target: late.then_some(next),
            });
            last = next;
        }
        data.end();
    }
    (data, nats / (sequences * 8) as f64)
}

#[test]
fn what_was_seen_long_ago_reaches_through_the_bag() {
    let masks = Masks::new(8, &[(0..6).collect(), vec![6, 7]]).unwrap();
    let excess = |with_bag: bool| {
        let ((data, _), (watched, _)) = (memory(400, 1, with_bag), memory(50, 2, with_bag));
        let (fresh, entropy) = memory(400, 3, with_bag);
        let network = Network::new(shape(8, 1, 2), masks.clone(), Seeded::new(1)).unwrap();
        // Gradients go back 32 steps: far fewer than the 140 to the sign.
        let settings = Settings { lanes: 24, chunk: 32, steps: 300, watch_every: 50, ..Settings::default() };
        let lessons = Lessons { data: &data, watched: &watched, base: None };
        let (network, _) = train(network, lessons, &settings, Seeded::new(1), Context::silent()).unwrap();
        mean(network.surprise(&fresh, None).unwrap()) - entropy
    };
    let (with, without) = (excess(true), excess(false));
    // The first late step must guess nothing: sort and sign say it all. Without them, ln 2 - 0.325 = 0.37 is left at that
    // step, less at later ones, which tell of it.
    assert!(with < 0.01, "{with} nats above the entropy");
    assert!(without > with + 0.01, "{without} without the bag");
}

#[test]
fn thirty_short_sequences_leave_the_network_at_its_base_or_better() {
    let chain = Chain::new();
    let ((data, _), (watched, _)) = (chain.draw(30, 20, 4), chain.draw(10, 20, 5));
    let (fresh, entropy) = chain.draw(500, 20, 6);
    let network = Network::new(shape(8, 0, 0), Masks::open(8).unwrap(), Seeded::new(1)).unwrap();
    let settings = Settings { watch_every: 5, ..Settings::fitting(&data, &watched, 40.0) };
    let lessons = Lessons { data: &data, watched: &watched, base: Some(&chain) };
    let (network, report) = train(network, lessons, &settings, Seeded::new(1), Context::silent()).unwrap();
    let before = report.looks[0].watched.unwrap();
    let after = mean(network.surprise(&watched, Some(&chain)).unwrap());
    assert!(after <= before + 1e-9, "the best look is kept: {before}, then {after}");
    assert_eq!(report.ended, Ended::Patience, "a true base cannot be bettered for long");
    let excess = mean(network.surprise(&fresh, Some(&chain)).unwrap()) - entropy;
    assert!(excess < 0.02, "{excess} nats above a base that is the truth");
}

struct Line {
    rng: ChaCha8Rng,
    tokens: Vec<u32>,
}

impl Story for Line {
    fn ask(&self) -> Option<Step<'_>> {
        let at = self.tokens.len();
        let last = |back: usize| at.checked_sub(back).map_or(0, |place| self.tokens[place]);
        (at < 100).then(|| step(last(1), u64::from(last(2) * 8 + last(1)), None))
    }

    fn take(&mut self, tokens: &[u32], logits: &mut [f32]) {
        self.tokens.extend(draw(tokens, logits, 1.0, &mut self.rng));
    }
}

#[test]
fn what_is_written_follows_the_law() {
    let chain = Chain::new();
    let network = Network::new(shape(8, 0, 0), Masks::open(8).unwrap(), Seeded::new(1)).unwrap();
    let scribe = Scribe::new(&network, Some(&chain));
    let start = |at: usize| Line { rng: Seeded::new(8).split_at(at as u64).rng(), tokens: Vec::new() };
    let lines = scribe.write(300, start, Context::silent()).unwrap();
    let mut counts = vec![[0.0_f64; 8]; 64];
    for line in &lines {
        let (mut before, mut last) = (0, 0);
        for &token in &line.tokens {
            counts[before * 8 + last][token as usize] += 1.0;
            (before, last) = (last, token as usize);
        }
    }
    let (mut square, mut free) = (0.0, 0.0);
    for (counts, chances) in counts.iter().zip(&chain.0) {
        let n: f64 = counts.iter().sum();
        if chances.iter().all(|&chance| n * f64::from(chance) >= 5.0) {
            free += 7.0;
            for (count, &chance) in counts.iter().zip(chances) {
                let want = n * f64::from(chance);
                square += (count - want).powi(2) / want;
            }
        }
    }
    // Chi-square is near normal with these degrees of freedom: 5 deviations are passed once in 3 million seeds.
    assert!(free > 200.0 && square < free + 5.0 * f64::sqrt(2.0 * free), "{square} with {free}");
    assert!(lines.iter().all(|line| line.tokens.len() == 100));
    assert_eq!(chain.draw(3, 4, 0).0.sequences(), 3);
}
