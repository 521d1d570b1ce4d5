//! Are loss and gradients those of PyTorch and of finite differences?

use super::*;
use crate::data::{Base, Step};

/// The small network of `bench/neural_reference.py`: all numbers are formulas.
fn small(layers: usize, output: Output) -> Network {
    let masks = Masks::new(7, &[(0..7).collect(), vec![1, 4], vec![0, 2, 3, 5, 6], vec![3]]).unwrap();
    let shape = Shape { vocabulary: 7, features: 2, bag: 3, width: 16, layers, output };
    let mut network = Network::new(shape, masks, Seeded::new(0)).unwrap();
    for (at, weight) in network.weights.iter_mut().enumerate() {
        let i = at as f64;
        *weight = (0.4 * (1.3 * i + (0.01 * i * i) % 7.0).sin()) as f32;
    }
    for array in network.layout.arrays(shape) {
        if array.name.ends_with("gain") {
            network.weights[array.at].iter_mut().for_each(|weight| *weight += 1.0);
        }
    }
    network
}

/// Its six steps of two lanes; the second lane starts anew at its fourth.
fn fill(slice: &mut Slice, network: &Network, starts: bool) {
    slice.chunk.clear(2, 12, 2);
    for row in 0..12_usize {
        let (time, lane) = (row / 2, row % 2);
        let mask = ((row * 5 + lane) % 4) as u16;
        let allowed = network.masks.allowed(mask);
        let thing = ((row / 2 % 3) as u32, if row % 4 == 0 { -0.5 } else { 1.0 });
        let step = Step {
            token: (row * 3 % 7) as u32,
            features: &[(0.5 * row as f32).cos(), (0.3 * row as f32).sin()],
            bag: if row % 3 == 1 { &[thing] } else { &[] },
            mask,
            context: row as u64,
            memory: &[],
            target: (row != 3).then(|| allowed[row * 7 % allowed.len()]),
        };
        slice.chunk.put(row, &step, (starts && time == 0) || (lane == 1 && time == 3));
    }
}

fn learning(dropout: f64) -> Learning {
    Learning { scale: 1.0, dropout, seed: Seeded::new(4) }
}

fn packs(network: &Network) -> Packs {
    let mut packs = Packs::default();
    packs.fill(network, &[true; 4], true);
    packs
}

#[test]
fn loss_and_gradients_are_those_of_torch() {
    // Origin: bench/neural_reference.py, torch 2.15.0, double precision. Per array: the sum of the gradient times
    // cos(0.11 k), and its norm.
    let want: &[(&str, f64, f64)] = &[
        ("embedding", 1.529_319_2, 9.043_135_5),
        ("mix", -0.085_549_793, 10.544_945),
        ("mix.bias", 0.689_926, 12.929_638),
        ("bag", -0.799_187_13, 8.250_381_2),
        ("layer.0.norm.gain", 0.093_018_699, 4.435_766_5),
        ("layer.0.norm.bias", -0.052_918_681, 5.073_084_9),
        ("layer.0.input", -3.831_050_1, 22.192_466),
        ("layer.0.recurrent", -2.286_594_6, 5.151_271_8),
        ("layer.0.bias", 0.930_740_94, 6.276_245_2),
        ("layer.0.candidate.bias", 1.290_681_3, 3.791_991),
        ("layer.1.norm.gain", -0.135_725_02, 3.500_224_7),
        ("layer.1.norm.bias", 1.777_110_1, 4.110_699_9),
        ("layer.1.input", -3.483_924_4, 12.347_465),
        ("layer.1.recurrent", -0.260_911_44, 2.529_559_3),
        ("layer.1.bias", 0.754_699_55, 3.450_273_8),
        ("layer.1.candidate.bias", -0.477_421_08, 1.576_694_6),
        ("norm.gain", 11.250_007, 7.260_213_6),
        ("norm.bias", -2.621_037_1, 8.453_987_3),
        ("output", 2.072_812_4, 29.216_226),
        ("output.bias", -0.422_985_76, 7.511_894_1),
    ];
    let network = small(2, Output::Own);
    let mut slice = Slice::new(&network, 2);
    fill(&mut slice, &network, true);
    let loss = slice.run(&network, &packs(&network), None, Some(learning(0.0)));
    assert!((loss.nats - 36.636_506_280_9).abs() < 1e-4, "{}", loss.nats);
    let arrays = network.layout.arrays(network.shape);
    assert_eq!(arrays.len(), want.len());
    for (array, &(name, along, norm)) in arrays.iter().zip(want) {
        assert_eq!(array.name, name);
        let gradient = slice.gradient[array.at.clone()].iter().map(|&g| f64::from(g));
        let got_along: f64 = gradient.clone().enumerate().map(|(k, g)| g * (0.11 * k as f64).cos()).sum();
        let got_norm = gradient.map(|g| g * g).sum::<f64>().sqrt();
        // 24 bits against 53, through two layers and six steps.
        let near = 3e-5 * norm;
        assert!((got_along - along).abs() < near, "{name}: {got_along}, want {along}");
        assert!((got_norm - norm).abs() < near, "{name}: {got_norm}, want {norm}");
    }
}

/// A base that says something of its own about every token.
struct Wave;

impl Base for Wave {
    fn add_logits(&self, context: u64, _: &[u32], tokens: &[u32], logits: &mut [f32]) {
        for (token, logit) in tokens.iter().zip(logits) {
            *logit += (context as f32 + 2.0 * *token as f32).sin();
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    for (layers, output, dropout) in [(1, Output::Own, 0.0), (2, Output::Tied, 0.0), (2, Output::Own, 0.3)] {
        let network = small(layers, output);
        // The second chunk: states and bags are carried into it, and lanes go on.
        let mut carried = Slice::new(&network, 2);
        fill(&mut carried, &network, true);
        carried.run(&network, &packs(&network), Some(&Wave), None);
        fill(&mut carried, &network, false);
        let loss = |network: &Network| {
            let mut slice = carried.clone();
            let loss = slice.run(network, &packs(network), Some(&Wave), Some(learning(dropout)));
            (loss.nats, slice.gradient)
        };
        let (_, gradient) = loss(&network);
        for array in network.layout.arrays(network.shape) {
            let own = &gradient[array.at.clone()];
            let norm = own.iter().map(|g| g * g).sum::<f32>().sqrt();
            // Along the gradient, and along a direction that has nothing to do with it.
            let wild: Vec<f32> = (0..own.len()).map(|k| (0.7 * (k * k % 101) as f32).sin()).collect();
            for direction in [own, &wild] {
                let length = direction.iter().map(|x| x * x).sum::<f32>().sqrt();
                // Half a hundredth: the cubes of what is left out are 1e-5 of the slope, and rounding of a loss of
                // about 30 in 24 bits is 2e-6, 4e-4 of a slope of 1.
                let size = 5e-3 / length;
                let moved = |sign: f32| {
                    let mut there = network.clone();
                    for (weight, x) in there.weights[array.at.clone()].iter_mut().zip(direction) {
                        *weight += sign * size * x;
                    }
                    loss(&there).0
                };
                let want = (moved(1.0) - moved(-1.0)) / 1e-2;
                let got = f64::from(own.iter().zip(direction).map(|(g, x)| g * x).sum::<f32>() / length);
                let near = 2e-3 * f64::from(norm).max(1.0);
                assert!((got - want).abs() < near, "{} ({layers} layers): {got}, want {want}", array.name);
            }
        }
    }
}

#[test]
fn a_new_network_is_its_base() {
    for output in [Output::Own, Output::Tied] {
        let masks = small(1, output).masks;
        let shape = Shape { vocabulary: 7, features: 2, bag: 3, width: 32, layers: 1, output };
        let network = Network::new(shape, masks, Seeded::new(1)).unwrap();
        let mut slice = Slice::new(&network, 2);
        fill(&mut slice, &network, true);
        let loss = slice.run(&network, &packs(&network), None, None);
        let uniform: f64 = (0..12)
            .filter(|&row| row != 3)
            .map(|row| (network.masks.allowed(slice.chunk.masks[row]).len() as f64).ln())
            .sum();
        assert!((loss.nats - uniform).abs() < 1e-5, "{} for {uniform}", loss.nats);
    }
}

#[test]
fn saved_networks_are_read_again_and_others_refused() {
    let network = small(2, Output::Own);
    let bytes = network.to_bytes().unwrap();
    assert_eq!(bytes, network.to_bytes().unwrap());
    assert_eq!(Network::from_bytes(&bytes).unwrap(), network);
    assert!(matches!(Network::from_bytes(&bytes[..40]), Err(LoadError::Container(_))));
    let altered = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len(), "the header keeps its length");
        let place = bytes.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
        let mut altered = bytes.clone();
        altered[place..place + to.len()].copy_from_slice(to.as_bytes());
        Network::from_bytes(&altered).unwrap_err()
    };
    assert!(matches!(altered("\\\"format\\\":1", "\\\"format\\\":2"), LoadError::Format { found: 2 }));
    assert!(matches!(altered("\\\"width\\\":16", "\\\"width\\\":17"), LoadError::Shape(_)));
    assert!(matches!(altered("\\\"width\\\":16", "\\\"width\\\":96"), LoadError::Short));
    assert!(matches!(altered("\\\"features\\\":2", "\\\"features\\\":1"), LoadError::Array { .. }));
    assert!(matches!(altered("verosim-neural", "verosim-normal"), LoadError::NoHeader));
    let mut spoiled = network;
    spoiled.weights[3] = f32::NAN;
    let spoiled = spoiled.to_bytes().unwrap();
    assert!(matches!(Network::from_bytes(&spoiled), Err(LoadError::Array { name }) if name == "embedding"));
}
