//! Is the same asked answered the same, whoever works on it and whatever else is asked; and is nonsense refused?

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::{AtomicUsize, Ordering};
use verosim_core::Seeded;
use verosim_core::port::{Context, Interrupted, Silent, Stop};
use verosim_neural::{
    Corpus as _, DataError, Ended, Lessons, Masks, Network, Output, Scribe, Sequences, Settings, Shape, Step,
    Story, TrainError, WriteError, draw, train,
};

fn masks() -> Masks {
    Masks::new(40, &[(0..40).collect(), (3..9).collect(), vec![7], (20..40).collect()]).expect("legal masks")
}

fn network(seed: u64) -> Network {
    let shape = Shape { vocabulary: 40, features: 2, bag: 40, width: 32, layers: 2, output: Output::Own };
    Network::new(shape, masks(), Seeded::new(seed)).expect("legal sizes")
}

/// Sequences of 1 to 150 steps with everything in them.
fn data(sequences: usize, seed: u64) -> Sequences {
    let mut rng = Seeded::new(seed).rng();
    let mut data = Sequences::new(2);
    for _ in 0..sequences {
        let mut token = 0;
        for time in 0..rng.random_range(1..150_u16) {
            let mask = time % 4;
            let allowed = masks().allowed(mask).to_vec();
            let target = allowed[rng.random_range(0..allowed.len())];
            data.push(Step {
                token,
                features: &[f32::from(time) / 150.0, 1.0],
                bag: &[(token, 1.0)],
                mask,
                context: 0,
                memory: &[],
                target: (time % 5 != 3).then_some(target),
            });
            token = target;
        }
        data.end();
    }
    data
}

fn settings() -> Settings {
    Settings { lanes: 30, chunk: 16, steps: 12, watch_every: 4, ..Settings::default() }
}

fn in_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(work)
}

fn learned() -> Network {
    let (data, watched) = (data(60, 1), data(10, 2));
    let lessons = Lessons { data: &data, watched: &watched, base: None };
    train(network(1), lessons, &settings(), Seeded::new(1), Context::silent()).expect("data fit").0
}

struct Tale {
    rng: ChaCha8Rng,
    tokens: Vec<u32>,
    bag: [(u32, f32); 1],
}

impl Tale {
    fn new(at: usize) -> Self {
        Self { rng: Seeded::new(9).split_at(at as u64).rng(), tokens: vec![at as u32 % 40], bag: [(1, 1.0)] }
    }
}

impl Story for Tale {
    fn ask(&self) -> Option<Step<'_>> {
        let last = *self.tokens.last()?;
        let over = self.tokens.len() > 60 || (self.tokens.len() > 1 && last > 37);
        (!over).then_some(Step {
            token: last,
            features: &[0.1, 0.2],
            bag: &self.bag,
            mask: (self.tokens.len() % 4) as u16,
            context: 0,
            memory: &[],
            target: None,
        })
    }

    fn take(&mut self, tokens: &[u32], logits: &mut [f32]) {
        let token = draw(tokens, logits, 1.0, &mut self.rng).expect("chances");
        self.bag[0].0 = token;
        self.tokens.push(token);
    }
}

fn written(network: &Network, n: usize) -> Vec<Vec<u32>> {
    let scribe = Scribe::new(network, None);
    let tales = scribe.write(n, Tale::new, Context::silent()).expect("tales fit");
    tales.into_iter().map(|tale| tale.tokens).collect()
}

#[test]
fn threads_change_nothing() {
    let of = |threads: usize| {
        in_threads(threads, || {
            let network = learned();
            let tales = written(&network, 130);
            (network.to_bytes().unwrap(), tales)
        })
    };
    let one = of(1);
    assert_eq!(one, of(2));
    assert_eq!(one, of(5));
}

#[test]
fn stories_do_not_depend_on_those_beside_them() {
    let network = learned();
    let all = in_threads(1, || written(&network, 130));
    for few in [1, 7, 50] {
        assert_eq!(in_threads(1, || written(&network, few)), all[..few]);
    }
}

#[test]
fn writing_sees_the_chances_that_learning_saw() {
    let network = learned();
    let data = data(20, 3);
    let scribe = Scribe::new(&network, None);
    let mut decoder = scribe.decoder(3);
    let (mut nats, mut choices) = (0.0, 0);
    for sequence in 0..data.sequences() {
        let lane = sequence % 3;
        decoder.restart(lane);
        data.read(sequence, 0..data.steps(sequence), &mut |step| {
            let target = step.target;
            let told = decoder.step(&[(lane, step)]).unwrap();
            let (tokens, logits) = told.get(0);
            let Some(place) = target.and_then(|target| tokens.binary_search(&target).ok()) else { return };
            let total: f64 = logits.iter().map(|&x| f64::from(x).exp()).sum();
            nats += total.ln() - f64::from(logits[place]);
            choices += usize::from(tokens.len() > 1);
        });
    }
    let surprise = network.surprise(&data, None).unwrap();
    assert_eq!(surprise.choices, choices);
    // Bags are summed in another order, in 24 bits.
    assert!((surprise.nats - nats).abs() < 1e-5 * nats, "{} and {nats}", surprise.nats);
}

/// Stops after so many checks.
struct After(AtomicUsize);

impl Stop for After {
    fn check(&self) -> Result<(), Interrupted> {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 { Err(Interrupted::Time) } else { Ok(()) }
    }
}

#[test]
fn an_interruption_keeps_what_was_best() {
    let (data, watched) = (data(60, 1), data(10, 2));
    let lessons = Lessons { data: &data, watched: &watched, base: None };
    let run = |checks: usize, settings: &Settings| {
        let stop = After(AtomicUsize::new(checks));
        let ctx = Context { progress: &Silent, stop: &stop };
        train(network(1), lessons, settings, Seeded::new(1), ctx).unwrap()
    };
    let (whole, report) = run(1_000_000, &settings());
    assert_eq!(report.ended, Ended::Steps);
    let (cut, report) = run(60, &Settings { steps: 1_000_000, ..settings() });
    assert_eq!(report.ended, Ended::Interrupted(Interrupted::Time));
    assert!(report.steps > 0 && report.looks.len() > 1);
    let best = report.looks.iter().filter_map(|look| look.watched).fold(f64::INFINITY, f64::min);
    assert!((cut.surprise(&watched, None).unwrap().mean().unwrap() - best).abs() < 1e-9);
    let (nothing, report) = run(0, &settings());
    assert_eq!((report.steps, nothing == network(1)), (0, true));
    let stop = After(AtomicUsize::new(3));
    let ctx = Context { progress: &Silent, stop: &stop };
    let stopped = Scribe::new(&whole, None).write(50, Tale::new, ctx).map(|tales| tales.len());
    assert_eq!(stopped, Err(WriteError::Interrupted(Interrupted::Time)));
}

#[test]
fn without_watched_sequences_the_last_weights_are_kept() {
    let (data, nobody) = (data(60, 1), Sequences::new(2));
    let lessons = Lessons { data: &data, watched: &nobody, base: None };
    let (_, report) = train(network(1), lessons, &settings(), Seeded::new(1), Context::silent()).unwrap();
    assert_eq!((report.best_step, report.ended), (12, Ended::Steps));
}

#[test]
fn steps_that_do_not_fit_are_refused() {
    let good =
        Step { token: 1, features: &[0.0, 0.0], bag: &[], mask: 1, context: 0, memory: &[], target: Some(4) };
    let (sequence, step) = (1, 1);
    let cases = [
        (Step { token: 40, ..good }, DataError::Token { sequence, step }),
        (Step { features: &[0.0, f32::NAN], ..good }, DataError::Features { sequence, step, features: 2 }),
        (Step { bag: &[(40, 1.0)], ..good }, DataError::Bag { sequence, step }),
        (Step { bag: &[(3, f32::INFINITY)], ..good }, DataError::Bag { sequence, step }),
        (Step { mask: 4, ..good }, DataError::Mask { sequence, step }),
        (Step { target: Some(9), ..good }, DataError::Target { sequence, step }),
    ];
    for (bad, want) in cases {
        let mut data = Sequences::new(2);
        data.push(good);
        data.end();
        data.push(good);
        data.push(bad);
        data.end();
        assert_eq!(network(1).surprise(&data, None), Err(want));
        let lessons = Lessons { data: &data, watched: &data, base: None };
        let refused = train(network(1), lessons, &settings(), Seeded::new(1), Context::silent());
        assert_eq!(refused.map(|_| ()), Err(TrainError::Data(want)));
    }
    let nothing = Sequences::new(2);
    let lessons = Lessons { data: &nothing, watched: &nothing, base: None };
    let refused = |settings: &Settings| {
        train(network(1), lessons, settings, Seeded::new(1), Context::silent()).map(|_| ()).unwrap_err()
    };
    assert_eq!(refused(&settings()), TrainError::Data(DataError::Nothing));
    let wrong = refused(&Settings { clip: 0.0, ..settings() });
    assert_eq!(wrong.to_string(), "setting `clip` must be above 0 and finite");
    let network = network(1);
    let scribe = Scribe::new(&network, None);
    let mut decoder = scribe.decoder(2);
    let fault = decoder.step(&[(0, good), (1, Step { mask: 4, ..good })]).map(|_| ()).unwrap_err();
    assert_eq!(fault, DataError::Mask { sequence: 1, step: 0 });
}
