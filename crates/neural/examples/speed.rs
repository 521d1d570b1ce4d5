//! How many tokens per second are learned from and written?
//!
//! `cargo run --release -p verosim-neural --example speed`: random sequences of 200 steps whose steps alternate between
//! small and large mask classes, as timelines do; seed 1. Tokens per second of two cores: twice those per second of
//! processor time, so that a busy machine gives the numbers of a quiet one.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use cpu_time::ProcessTime;
use rand::RngExt as _;
use verosim_core::Seeded;
use verosim_core::port::Context;
use verosim_neural::{
    Corpus as _, Lessons, Masks, Network, Output, Scribe, Sequences, Settings, Shape, Step, Story, draw,
    train,
};

const LENGTH: usize = 200;
const FEATURES: usize = 16;

fn main() {
    println!("vocabulary  classes  width  layers  parameters   MiB  learned/s  written/s");
    for (vocabulary, classes, width, layers) in [
        (64, 1, 64, 1),
        (500, 1, 64, 1),
        (500, 4, 128, 1),
        (500, 1, 128, 1),
        (500, 1, 128, 2),
        (500, 1, 256, 1),
        (5000, 4, 128, 1),
        (5000, 1, 128, 1),
    ] {
        measure(vocabulary, classes, width, layers);
    }
}

/// One class of everything, or a fourth of the steps choose from half of the vocabulary and the others from a few.
fn masks(vocabulary: u32, classes: usize) -> Masks {
    let half = vocabulary / 2;
    match classes {
        1 => Masks::open(vocabulary as usize),
        _ => Masks::new(
            vocabulary as usize,
            &[
                (half..vocabulary).collect(),
                (0..30).collect(),
                (30..40).collect(),
                (40..half.min(240)).collect(),
            ],
        ),
    }
    .expect("classes are not empty")
}

fn measure(vocabulary: usize, classes: usize, width: usize, layers: usize) {
    let masks = masks(vocabulary as u32, classes);
    let shape = Shape { vocabulary, features: FEATURES, bag: vocabulary, width, layers, output: Output::Own };
    let network = Network::new(shape, masks.clone(), Seeded::new(1)).expect("sizes are in range");
    let mut data = Sequences::new(FEATURES);
    for sequence in 0..1000 {
        let mut story = Random::new(&masks, sequence);
        while let Some(step) = story.ask() {
            let allowed = masks.allowed(step.mask);
            let target = allowed[story.rng.random_range(0..allowed.len())];
            data.push(Step { target: Some(target), ..story.ask().expect("the story goes on") });
            story.enter(target);
        }
        data.end();
    }
    let steps = (60_000_000 / (width * width * layers + width * vocabulary / 4)).clamp(5, 60);
    let settings = Settings { steps, watch_every: 1000, ..Settings::default() };
    let nobody = Sequences::new(FEATURES);
    let lessons = Lessons { data: &data, watched: &nobody, base: None };
    let start = ProcessTime::now();
    let (network, report) =
        train(network, lessons, &settings, Seeded::new(1), Context::silent()).expect("data fit");
    let learned = 2.0 * report.tokens as f64 / start.elapsed().as_secs_f64();
    let scribe = Scribe::new(&network, None);
    let start = ProcessTime::now();
    let n = 400;
    scribe.write(n, |at| Random::new(&masks, at as u64), Context::silent()).expect("stories fit");
    let written = 2.0 * (n * LENGTH) as f64 / start.elapsed().as_secs_f64();
    println!(
        "{vocabulary:10} {classes:8} {width:6} {layers:7} {:11} {:5} {learned:10.0} {written:10.0}",
        shape.parameters(),
        settings.bytes(shape, &masks) >> 20,
    );
    assert_eq!(data.sequences(), 1000);
}

struct Random<'a> {
    masks: &'a Masks,
    rng: rand_chacha::ChaCha8Rng,
    token: u32,
    step: usize,
    features: [f32; FEATURES],
    bag: [(u32, f32); 1],
}

impl<'a> Random<'a> {
    fn new(masks: &'a Masks, sequence: u64) -> Self {
        let rng = Seeded::new(1).split_at(sequence).rng();
        Self { masks, rng, token: 0, step: 0, features: [0.5; FEATURES], bag: [(0, 1.0)] }
    }

    fn enter(&mut self, token: u32) {
        self.token = token;
        self.bag[0].0 = token;
        self.step += 1;
    }
}

impl Story for Random<'_> {
    fn ask(&self) -> Option<Step<'_>> {
        (self.step < LENGTH).then_some(Step {
            token: self.token,
            features: &self.features,
            bag: if self.step.is_multiple_of(4) { &self.bag } else { &[] },
            mask: (self.step % self.masks.classes()) as u16,
            context: 0,
            memory: &[],
            target: None,
        })
    }

    fn take(&mut self, tokens: &[u32], logits: &mut [f32]) {
        let token = draw(tokens, logits, 1.0, &mut self.rng).unwrap_or(0);
        self.enter(token);
    }
}
