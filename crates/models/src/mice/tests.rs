//! Are relations kept by filled cells and by new rows, and do models survive a file?

use super::*;
use crate::planted::{share, world};
use verosim_data::{EncodedColumn, Incomplete, Token};

/// The planted columns with a token for missing in front, where `is_lost(column, row)`.
fn holed(n: usize, is_lost: impl Fn(usize, usize) -> bool) -> Encoded {
    let whole = world(n);
    let mut domain = Domain::clone(whole.domain());
    domain.exclusions[0] = verosim_data::encode::Exclusion { a: (1, 2), b: (4, 3) };
    for column in &mut domain.columns {
        column.tokens.insert(0, Token::Missing(0));
        column.token_rank.insert(0, f32::NAN);
    }
    let lose = |(at, column): (usize, &EncodedColumn)| {
        let token = |row: usize| if is_lost(at, row) { 0 } else { column.tokens[row] + 1 };
        EncodedColumn { tokens: (0..n).map(token).collect(), ranks: column.ranks.clone() }
    };
    let columns = whole.columns().iter().enumerate().map(lose).collect();
    Encoded::new(Arc::new(domain), columns, n, None).unwrap()
}

fn fitted(train: &Encoded, settings: &[(&str, f64)]) -> FittedMice {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    Synthesizer::fit(&Mice::new(&settings).unwrap(), train, Seeded::new(1), Context::silent()).unwrap()
}

fn incomplete(train: &Encoded) -> Incomplete {
    let holes = train
        .columns()
        .iter()
        .map(|column| (0..train.n_rows() as u32).filter(|&row| column.tokens[row as usize] == 0).collect());
    Incomplete { rows: train.clone(), holes: holes.collect() }
}

/// A third of `b` and of `e` is missing where `a` is 1, a tenth elsewhere; a fifth of `x` anywhere.
fn by_a(whole: &Encoded) -> impl Fn(usize, usize) -> bool {
    let a = whole.columns()[0].tokens.clone();
    move |column, row| {
        let turn = row * 7919 % 1009 * 30 / 1009;
        match column {
            1 => turn < if a[row] == 1 { 10 } else { 3 },
            4 => (turn + 11) % 30 < if a[row] == 1 { 10 } else { 3 },
            5 => (turn + 20) % 30 < 6,
            _ => false,
        }
    }
}

type Row = fn(&[u32]) -> bool;

#[test]
fn filled_cells_and_new_rows_keep_what_was_planted() {
    let n = 6000;
    let whole = world(n);
    let train = holed(n, by_a(&whole));
    let model = fitted(&train, &[]);
    let filled = model.fill(&incomplete(&train), 0, Seeded::new(2), Context::silent()).unwrap();
    let drawn = model.sample(20_000, Seeded::new(2), Context::silent()).unwrap();
    let told: [(&str, Row); 4] = [
        ("a is b", |row| row[0] == row[1]),
        ("b is 1", |row| row[1] == 1),
        ("b is c", |row| row[1] == row[2]),
        ("e is 2", |row| row[4] == 2),
    ];
    // Without the token for missing, which no completed row has.
    let moved = |table: &Encoded, is_so: Row| {
        share(table, |row| {
            assert!(row.iter().all(|&token| token > 0), "a missing cell");
            is_so(&row.iter().map(|token| token - 1).collect::<Vec<_>>())
        })
    };
    for (what, is_so) in told {
        let wanted = share(&whole, is_so);
        for (whose, table) in [("filled", &filled), ("new", &drawn)] {
            let found = moved(table, is_so);
            assert!((wanted - found).abs() < 0.03, "{what}, {whose}: {wanted} {found}");
        }
    }
    assert_eq!(moved(&filled, |row| row[1] == 1 && row[4] == 2), 0.0, "an impossible pair");
    assert_eq!(moved(&drawn, |row| row[1] == 1 && row[4] == 2), 0.0, "an impossible pair");
    // x is low where d is 0, filled or not.
    let low = |table: &Encoded| {
        let cells = &table.columns()[5];
        let is_low = |row: usize| f64::from(cells.ranks[row]) < n as f64 / 2.0;
        let same = (0..table.n_rows()).filter(|&row| is_low(row) == (table.columns()[3].tokens[row] == 1));
        same.count() as f64 / table.n_rows() as f64
    };
    assert!(low(&filled) > 0.93 && low(&drawn) > 0.9, "{} {}", low(&filled), low(&drawn));
}

#[test]
fn sets_differ_and_tables_take_them_in_turn() {
    let train = holed(600, by_a(&world(600)));
    let model = fitted(&train, &[("sets", 2.0)]);
    assert!(model.sets[0] != model.sets[1]);
    let holed = incomplete(&train);
    let fill =
        |draw: usize| model.fill(&holed, draw, Seeded::new(3), Context::silent()).unwrap().columns().to_vec();
    assert!(fill(0) != fill(1) && fill(0) != fill(2), "the same set, drawn anew");
    assert_eq!(fill(1), fill(1));
    let broken = Incomplete { holes: Vec::new(), ..holed.clone() };
    assert!(model.fill(&broken, 0, Seeded::new(3), Context::silent()).is_err());
}

#[test]
fn strata_have_as_many_people_as_are_asked_for() {
    let train = holed(2000, by_a(&world(2000)));
    let people = |leaf_rows: f64| {
        let model = fitted(&train, &[("leaf_rows", leaf_rows), ("sets", 1.0)]);
        let law = &model.sets[0].given_all[5];
        law.numbers.as_ref().unwrap().strata.n()
    };
    // Some 1,000 people of a bag have x: ten strata of a hundred, three of three hundred at most.
    assert!((2..=10).contains(&people(20.0)) && people(300.0) <= 3 && people(5000.0) == 1);
}

#[test]
fn equal_seeds_give_equal_rows_at_any_thread_count_and_through_a_file() {
    let train = holed(900, by_a(&world(900)));
    let holed = incomplete(&train);
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let model = fitted(&train, &[]);
            let rows = model.sample(9000, Seeded::new(4), Context::silent()).unwrap();
            let filled = model.fill(&holed, 1, Seeded::new(4), Context::silent()).unwrap();
            (rows.columns().to_vec(), filled.columns().to_vec())
        })
    };
    let one = run(1);
    assert_eq!(one, run(5));
    let model = fitted(&train, &[]);
    let back = save::load(&model.save(), Arc::clone(&model.domain)).unwrap();
    assert_eq!(back.sample(9000, Seeded::new(4), Context::silent()).unwrap().columns(), one.0);
    assert_eq!(back.fill(&holed, 1, Seeded::new(4), Context::silent()).unwrap().columns(), one.1);
    assert_eq!(back.save(), model.save());
}

#[test]
fn damaged_models_are_refused() {
    let train = holed(500, by_a(&world(500)));
    let model = fitted(&train, &[("sets", 1.0)]);
    let saved = model.save();
    let refused = |change: &dyn Fn(&mut Saved)| {
        let mut damaged = saved.clone();
        change(&mut damaged);
        save::load(&damaged, Arc::clone(&model.domain)).is_err()
    };
    assert!(!refused(&|_| ()));
    for name in ["sizes", "features", "values"] {
        assert!(refused(&|saved| drop(saved.arrays.remove(name))), "{name}");
    }
    let last = |saved: &mut Saved, name: &str, change: &dyn Fn(&mut crate::Array)| {
        saved.arrays.entry(name.to_owned()).and_modify(change);
    };
    let nan = |array: &mut crate::Array| match array {
        crate::Array::F32(values) => values.iter_mut().for_each(|value| *value = f32::NAN),
        _ => unreachable!("values are floats"),
    };
    assert!(refused(&|saved| last(saved, "values", &nan)));
    let far = |array: &mut crate::Array| match array {
        crate::Array::U32(values) => values[0] = 9_999,
        _ => unreachable!("sizes and features are whole"),
    };
    assert!(refused(&|saved| last(saved, "features", &far)));
    assert!(refused(&|saved| last(saved, "sizes", &far)));
    assert!(refused(&|saved| saved.document["sets"] = serde_json::json!(2)));
    assert!(refused(&|saved| saved.document["settings"]["cycles"] = serde_json::json!(0)));
    assert!(refused(&|saved| *saved = Saved::default()));
}
