//! A small coded world whose relations we know, and a seal around it, for tests; and: do states follow noisy counts as they
//! should, and are damaged models refused?

use super::*;
use crate::{Array, DynSynthesizer, Engine, LoadError};
use rand::RngExt as _;
use serde_json::{Map, Value};
use verosim_data::{ColumnDomain, Token};
use verosim_privacy::{Noise, SealedTable};

fn column(name: &str, missing: u8, levels: u32, cells: usize) -> ColumnDomain {
    let mut tokens: Vec<Token> = (0..missing).map(Token::Missing).collect();
    tokens.extend((0..levels).map(Token::Level));
    if cells > 0 {
        tokens.push(Token::Continuous);
    }
    ColumnDomain {
        name: name.into(),
        token_rank: vec![f32::NAN; tokens.len()],
        tokens,
        ordered: cells > 0,
        n_ranks: cells,
        parents: Vec::new(),
        stage: 0,
    }
}

/// Columns of [`world`].
pub(crate) fn domain() -> Arc<Domain> {
    let levels = |name: &str| column(name, 0, 2, 0);
    let columns =
        vec![levels("a"), levels("b"), column("c", 1, 2, 0), levels("d"), levels("e"), column("x", 1, 0, 40)];
    Arc::new(Domain { columns, exclusions: Vec::new() })
}

/// Codes of `n` people: `a` fair; `b` is `a` in four of five, `c` is `b` in four of five and missing in one of ten; `d` fair;
/// `e` is whether `a` and `d` differ, in nine of ten; `x` a cell, low where `d` is 0.
pub(crate) fn world(n: usize) -> Vec<(Vec<u16>, usize)> {
    let mut rng = Seeded::new(5).rng();
    let mut codes: Vec<Vec<u16>> = vec![Vec::new(); 6];
    for row in 0..n {
        let mut flip = |bit: u16, chance: f64| if rng.random::<f64>() < chance { 1 - bit } else { bit };
        let (a, d) = (flip(0, 0.5), flip(0, 0.5));
        let b = flip(a, 0.2);
        let c = if row % 10 == 0 { 0 } else { 1 + flip(b, 0.2) };
        let e = flip(a ^ d, 0.1);
        let x = 1 + d * 18 + rng.random_range(0..20_u16);
        codes.iter_mut().zip([a, b, c, d, e, x]).for_each(|(column, code)| column.push(code));
    }
    codes.into_iter().zip([3, 3, 4, 3, 3, 42]).collect()
}

/// What an engine learns from [`world`] under `epsilon`, with noise that can be repeated.
pub(crate) fn learned(engine: &dyn Engine, n: usize, epsilon: f64, seed: u64) -> Box<dyn DynFitted> {
    learned_from(engine, world(n), epsilon, seed).unwrap()
}

pub(crate) fn learned_from(
    engine: &dyn Engine,
    codes: Vec<(Vec<u16>, usize)>,
    epsilon: f64,
    seed: u64,
) -> Result<Box<dyn DynFitted>, FitError> {
    let configured: Box<dyn DynSynthesizer> = engine.configure(&Map::new()).unwrap();
    let promise = Promise::new(epsilon, None, codes[0].0.len()).unwrap();
    let sealed = SealedTable::new(codes, promise, Noise::insecure(Seeded::new(seed))).unwrap();
    let public = vec!["codes".to_owned()];
    configured.promising().unwrap().fit(sealed, domain(), public, Seeded::new(2), Context::silent())
}

/// Share of drawn rows of which something holds; of a number the cell.
pub(crate) fn share(drawn: &Encoded, is_so: impl Fn(&[u32]) -> bool) -> f64 {
    let n = drawn.n_rows();
    let row = |row: usize| {
        let columns = drawn.columns().iter();
        columns
            .map(|column| column.tokens[row] + column.ranks.get(row).map_or(0, |&rank| rank as u32))
            .collect::<Vec<u32>>()
    };
    (0..n).filter(|&at| is_so(&row(at))).count() as f64 / n as f64
}

/// A model that an engine saved, damaged in every way that we can think of, is refused in words.
pub(crate) fn check_damage(engine: &dyn Engine) {
    let saved = learned(engine, 2000, 5.0, 1).save();
    let refused = |change: &dyn Fn(&mut Saved)| {
        let mut damaged = saved.clone();
        change(&mut damaged);
        matches!(engine.load(&damaged, domain()), Err(LoadError::Damaged { .. }))
    };
    let chances = |saved: &mut Saved, with: &dyn Fn(&mut Vec<f32>)| {
        if let Some(Array::F32(values)) = saved.arrays.get_mut("chances") {
            with(values);
        }
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|saved| chances(saved, &|values| {
        values.pop();
    })));
    assert!(refused(&|saved| chances(saved, &|values| values.push(0.5))));
    assert!(refused(&|saved| chances(saved, &|values| values[0] = f32::NAN)));
    assert!(refused(&|saved| saved.document["states"][0]["of"][0] = 60_000.into()));
    assert!(refused(&|saved| saved.document["states"][0]["chances"] = Value::from(vec![0.0, 0.0, 0.0])));
    assert!(refused(&|saved| saved.document["states"] = Value::Array(Vec::new())));
    assert!(refused(&|saved| saved.document["cliques"][0] = serde_json::json!([[99], null])));
    assert!(refused(&|saved| saved.document["formal"]["delta"] = 2.0.into()));
    assert!(refused(&|saved| *saved = Saved::default()));
}

#[test]
fn states_stand_clear_of_the_noise_and_end_where_the_bounds_do() {
    let x = column("x", 2, 0, 8);
    // Two kinds of missing, eight cells, elsewhere; noise of deviation 10, so that 30 stand clear.
    let counts = [60, 4, 3, 9, 40, 200, 20, 22, 8, -7, 1];
    let states = States::learn(&counts, 100.0, 360, &x, 20);
    // By hand: 3, 9 and 40 hold 52, then 200 alone, then 20 and 22, whom the tail joins; and the first kind of missing.
    assert_eq!(states.len(), 4, "{:?}", states.of());
    let of = states.of();
    assert!(of[2] == of[3] && of[3] == of[4], "3 and 9 are below half of what a state needs");
    assert!(of[5] != of[4] && of[6] == of[7] && of[7] != of[5]);
    assert_eq!(of[9], of[8]);
    assert_eq!(of[10], of[0], "what nobody declared counts as missing");
    assert_eq!(of[1], of[5], "a faint kind of missing joins the largest");
    let first: Vec<f32> = states.codes(0).iter().map(|(_, chance)| *chance).collect();
    assert!(first.windows(2).all(|pair| pair[0] <= pair[1]), "it falls off outwards: {first:?}");
    assert!(states.is_sound(&x) && !states.is_sound(&column("x", 2, 0, 9)));
    let levels = column("s", 0, 5, 0);
    let states = States::learn(&[50, 2, 90, 1, 45, 0], 100.0, 188, &levels, 20);
    let wanted = [1, 2, 0, 2, 2, 0];
    assert_eq!(
        states.of(),
        wanted,
        "the rest joins the smallest that stands clear, what nobody declared the largest"
    );
    let nothing = States::learn(&[0; 11], 1e6, 100, &x, 20);
    assert!(
        nothing.is_sound(&x) && nothing.len() == 1,
        "all noise: one state, in which everything can be drawn"
    );
}
