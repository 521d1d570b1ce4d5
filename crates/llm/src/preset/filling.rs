//! Are missing cells filled, all of them or as many as can be, without a way for a known one to change?

use super::tests::{Proxy, data, declare_ranges, prepare};
use super::{DynPrompted, ENGINES, Filled};
use crate::accept::Reason;
use crate::harvest::{Desk, Stopped, Why};
use crate::ledger::{Budget, Ledger};
use serde_json::json;
use verosim_core::{Context, Contract, Disclosure, LanguageModel as _, PrivacyClass, Seeded};
use verosim_data::world::clinic;
use verosim_data::{Cells, Table};

/// Patients with a third of the cells of three columns taken away.
fn with_holes() -> (Box<dyn DynPrompted>, Table) {
    let (mut schema, train) = data(&clinic(200, Seeded::new(6)));
    declare_ranges(&mut schema, &train);
    let engine = prepare("great", &[], &schema, Some(&train), None, Disclosure::Rows);
    let columns = train.table().columns().iter().map(|column| {
        let mut column = column.clone();
        for row in 0..column.len() {
            if ["age", "sex", "admission_date"].contains(&column.name.as_str())
                && (row + column.name.len()) % 3 == 0
            {
                column.missing[row] = 1;
                match &mut column.cells {
                    Cells::Number(values) => values[row] = f64::NAN,
                    Cells::Level { codes, .. } => codes[row] = verosim_data::frame::NO_LEVEL,
                }
            }
        }
        column
    });
    let rows: Vec<usize> = (0..40).collect();
    let table = Table::new(columns.collect()).unwrap().take(&rows);
    (engine, table)
}

fn fill(
    engine: &dyn DynPrompted,
    table: &Table,
    draws: usize,
    proxy: &Proxy,
    most: Disclosure,
    budget: Budget,
) -> Result<Filled, Stopped> {
    let ledger = Ledger::new("mock", &proxy.place(), budget, None);
    let mut desk = Desk::new(proxy, most, ledger);
    engine.filler().unwrap().fill(table, draws, &mut desk, Seeded::new(8), Context::silent())
}

/// Cells missing in `table` that engines fill, and those of a set that are missing still.
fn missing(engine: &dyn DynPrompted, table: &Table, set: &Table) -> (usize, usize) {
    let fills = engine.filler().unwrap().fills();
    let (mut all, mut left) = (0, 0);
    for column in table.columns().iter().filter(|column| fills.contains(&column.name)) {
        let filled = set.column(&column.name).unwrap();
        for row in (0..column.len()).filter(|&row| column.missing[row] != 0) {
            all += 1;
            left += usize::from(filled.missing[row] != 0);
        }
    }
    (all, left)
}

#[test]
fn every_missing_cell_is_drawn_whatever_the_model_does_in_between() {
    let (engine, table) = with_holes();
    for faults in ["", "?garbage=0.3", "?ignore=0.5", "?cut=0.4", "?fence=0.1", "?refuse=0.4", "?fail=0.3"] {
        let proxy = Proxy::new(faults);
        let filled = fill(&*engine, &table, 3, &proxy, Disclosure::Rows, Budget::default()).unwrap();
        assert_eq!((filled.sets.len(), &filled.why), (3, &None), "{faults}");
        for set in &filled.sets {
            let (all, left) = missing(&*engine, &table, set);
            assert!(all >= 39 && left == 0, "{faults}: {left} of {all}: {:?}", filled.tally);
        }
        // Missing numbers are unequal to themselves, their texts are not.
        let text = |set: &Table| format!("{set:?}");
        assert!(text(&filled.sets[0]) != text(&filled.sets[1]), "draws are independent of each other");
        // The contract of each request holds the known cells of its rows.
        for request in proxy.sent.lock().unwrap().iter() {
            let Contract::Rows(contract) = &request.contract else { panic!() };
            assert!(contract.columns.iter().all(|column| !column.nullable));
            assert_eq!(contract.given.len(), contract.rows);
            assert_eq!(request.prompt.class(), PrivacyClass::RowLevel);
            assert!(request.prompt.real_rows() >= contract.rows, "they are counted as rows that were shown");
        }
        let again =
            fill(&*engine, &table, 3, &Proxy::new(faults), Disclosure::Rows, Budget::default()).unwrap();
        assert!(format!("{:?}", again.sets) == format!("{:?}", filled.sets), "{faults}: equal seeds");
    }
}

/// GReaT's published imputation read the whole row anew, so that known cells could change.
#[test]
fn answers_that_change_known_cells_are_refused_and_asked_again_a_bounded_number_of_times() {
    let (engine, table) = with_holes();
    let proxy = Proxy::new("?ignore=1");
    let filled = fill(&*engine, &table, 1, &proxy, Disclosure::Rows, Budget::default()).unwrap();
    let (all, left) = missing(&*engine, &table, &filled.sets[0]);
    assert!(left > all / 2, "{left} of {all}");
    let rows = table.n_rows() as u64;
    let asked = proxy.sent.lock().unwrap().len() as u64;
    assert!(asked <= 15 * rows, "{asked}");
    let refused: u64 = filled.tally.rejected.values().sum();
    assert!(refused > 10 * rows / 2, "{:?}", filled.tally);
    // In a conversation a row is written whole, and its own fault is named.
    let (mut schema, train) = data(&clinic(200, Seeded::new(6)));
    declare_ranges(&mut schema, &train);
    let chat = prepare("great", &[("mode", json!("chat"))], &schema, Some(&train), None, Disclosure::Rows);
    let filled =
        fill(&*chat, &table, 1, &Proxy::new("?ignore=1"), Disclosure::Rows, Budget::default()).unwrap();
    assert!(filled.tally.rejected.contains_key(&Reason::Given), "{:?}", filled.tally);
    let whole = fill(&*chat, &table, 2, &Proxy::new(""), Disclosure::Rows, Budget::default()).unwrap();
    assert!(whole.sets.iter().all(|set| missing(&*chat, &table, set).1 == 0));
}

#[test]
fn limits_and_dead_models_keep_what_was_had() {
    let (engine, table) = with_holes();
    let budget = Budget { requests: Some(10), ..Budget::default() };
    let filled = fill(&*engine, &table, 2, &Proxy::new(""), Disclosure::Rows, budget).unwrap();
    assert!(matches!(filled.why, Some(Why::Budget(_))));
    let (all, left) = missing(&*engine, &table, &filled.sets[0]);
    assert!(left > 0 && left < all, "{left} of {all}");
    let dead =
        fill(&*engine, &table, 2, &Proxy::new("?fail=1"), Disclosure::Rows, Budget::default()).unwrap();
    assert!(matches!(dead.why, Some(Why::Model(_))));
}

#[test]
fn known_cells_are_rows_and_go_nowhere_unless_rows_may() {
    let (engine, table) = with_holes();
    for most in [Disclosure::Metadata, Disclosure::Aggregate] {
        let proxy = Proxy::new("");
        let stopped = fill(&*engine, &table, 1, &proxy, most, Budget::default()).unwrap_err();
        assert!(matches!(stopped, Stopped::NotDisclosed(_)), "{stopped}");
        assert!(proxy.sent.lock().unwrap().is_empty(), "nothing was sent");
    }
}

#[test]
fn only_engines_whose_prompts_put_known_cells_first_fill() {
    let (schema, train) = data(&clinic(60, Seeded::new(6)));
    for engine in ENGINES {
        let id = engine.page().id;
        let fitted = prepare(id, &[], &schema, Some(&train), None, Disclosure::Rows);
        assert_eq!(fitted.filler().is_some(), id == "great", "{id}");
        assert_eq!(fitted.filler().is_some(), engine.fills(), "{id}: what is told of it");
    }
}
