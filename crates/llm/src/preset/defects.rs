//! Do faults of published code stay mended? Each test names what broke there (specification of methods, section 19).

use super::tests::{Proxy, data, gather, prepare};
use crate::accept::{Cell, Reason};
use crate::backend::Mock;
use crate::codec::codec;
use crate::ledger::Budget;
use serde_json::json;
use verosim_core::{Contract, Disclosure, RowForm, Schema};
use verosim_data::constrain::Allowed;
use verosim_data::{RawColumn, RawTable, SourceType, Train};

/// Doses with three decimals, moved by `shift`; a sex, one in five of them `M`; an outcome.
fn doses(shift: f64) -> (Schema, Train) {
    let mut columns = ["dose", "sex", "ill"].map(|name| RawColumn::new(name, SourceType::Text));
    for row in 0..400 {
        let dose = 100.25 + f64::from(row) + shift;
        columns[0].push(&format!("{dose:.3}"));
        columns[1].push(if row % 5 == 0 { "M" } else { "F" });
        columns[2].push(if row % 3 == 0 { "yes" } else { "no" });
    }
    data(&RawTable::new(columns.to_vec()).unwrap())
}

fn given(proxy: &Proxy) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for request in proxy.sent.lock().unwrap().iter() {
        let Contract::Rows(rows) = &request.contract else { continue };
        for (at, text) in rows.given.iter().flatten() {
            all.push((rows.columns[*at].name.clone(), text.clone()));
        }
    }
    all
}

/// GReaT's published start values of continuous columns were values of training rows, printed to five decimals.
#[test]
fn start_values_come_from_protected_statistics_and_from_no_patient() {
    for id in ["cllm", "epic", "great"] {
        let set = [("condition", json!("dose"))];
        let drawn = |shift: f64| {
            let (schema, train) = doses(shift);
            let fitted = prepare(id, &set, &schema, Some(&train), Some("ill"), Disclosure::Rows);
            let proxy = Proxy::new("");
            gather(&*fitted, 60, &proxy, Budget::default());
            let train = train.table().column("dose").unwrap().numbers().unwrap().to_vec();
            (given(&proxy), train)
        };
        // No patient of one table has the dose of a patient of the other, and the statistics of both are the same.
        let ((here, first), (there, second)) = (drawn(0.0), drawn(0.011));
        assert!(first.iter().all(|dose| !second.contains(dose)));
        assert!(here.len() >= 60, "{id}");
        assert_eq!(here, there, "{id}: a start value depends on somebody's own");
    }
}

/// GReaT's published constraint biased the first token of a number only, and its bounds were the least and greatest
/// value observed.
#[test]
fn a_distribution_is_met_by_drawing_it_and_bounds_are_nobodys_own() {
    let (schema, train) = doses(0.0);
    let truth = train.table().column("dose").unwrap().numbers().unwrap();
    for id in ["cllm", "epic", "great"] {
        let set = [("condition", json!("sex, dose")), ("prevalence", json!("model"))];
        let fitted = prepare(id, &set, &schema, Some(&train), Some("ill"), Disclosure::Rows);
        let columns = fitted.columns();
        let Allowed::Levels { texts, shares } = &columns[1].values else { panic!() };
        let Allowed::Number { range: Some(range), .. } = &columns[0].values else { panic!() };
        let (least, most) = (truth[0], truth[truth.len() - 1]);
        assert!(range.low < least && range.high > most, "{range:?}");
        assert!(range.low.fract() == 0.0 && range.high.fract() == 0.0, "round: {range:?}");
        let gathered = gather(&*fitted, 1_000, &Mock::open("").unwrap(), Budget::default());
        assert_eq!(gathered.rows.len(), 1_000, "{id}: {:?}", gathered.shortfall);
        let of_first = gathered.rows.iter().filter(|row| row.0[1] == Cell::Level(0)).count() as f64 / 1_000.0;
        // Five standard deviations of a share of 1,000 draws: a false alarm in two million.
        let spread = 5.0 * (shares[0] * (1.0 - shares[0]) / 1_000.0).sqrt();
        assert!(
            (of_first - shares[0]).abs() < spread,
            "{id}: {of_first} of {}, wanted {}",
            texts[0],
            shares[0]
        );
        let quantiles = range.quantiles.unwrap();
        for (share, quantile) in [0.1, 0.25, 0.5, 0.75, 0.9].into_iter().zip(quantiles) {
            let below =
                gathered.rows.iter().filter(|row| matches!(row.0[0], Cell::Number(v) if v < quantile));
            let below = below.count() as f64 / 1_000.0;
            assert!(
                (below - share).abs() < 5.0 * (share * (1.0 - share) / 1_000.0_f64).sqrt(),
                "{id} {share}"
            );
        }
    }
}

/// GReaT's published guided sampling used another delimiter than its training texts, so the model saw a shape that it was
/// not tuned on.
#[test]
fn examples_are_written_as_answers_are_read() {
    let (schema, train) = doses(0.0);
    for (id, form) in [("cllm", RowForm::Json), ("epic", RowForm::Csv), ("great", RowForm::Sentence)] {
        let fitted = prepare(id, &[], &schema, Some(&train), Some("ill"), Disclosure::Rows);
        let proxy = Proxy::new("");
        gather(&*fitted, 30, &proxy, Budget::default());
        for request in proxy.sent.lock().unwrap().iter() {
            let Contract::Rows(contract) = &request.contract else { panic!() };
            assert_eq!(contract.form, form);
            let section =
                request.prompt.sections().iter().find(|section| section.id() == "examples").unwrap();
            let shown = section.text().trim_start_matches("Records of this kind:\n");
            let read = codec(form).decode(contract, shown, true);
            assert_eq!(read.len(), section.real_rows(), "{id}: every example is a record, and nothing else");
            assert!(read.iter().all(|record| {
                record.as_ref().is_ok_and(|parsed| !parsed.extra && parsed.cells.iter().all(Option::is_some))
            }));
        }
    }
}

/// LLMTime's published code filled completions that were too short with their last value.
#[test]
fn short_answers_are_refused_and_counted_and_never_filled_up() {
    let (schema, train) = doses(0.0);
    for id in ["cllm", "epic", "great"] {
        let fitted = prepare(id, &[], &schema, Some(&train), Some("ill"), Disclosure::Rows);
        let whole = gather(&*fitted, 120, &Proxy::new(""), Budget::default());
        assert!(!whole.tally.rejected.contains_key(&Reason::Truncated), "{id}");
        let cut = gather(&*fitted, 120, &Proxy::new("?cut=0.7"), Budget::default());
        assert_eq!(cut.rows.len(), 120, "{id}: {:?}", cut.shortfall);
        let refused: u64 = cut.tally.rejected.values().sum();
        assert!(refused > 0, "{id}: half an answer ends within a record");
        assert_eq!(cut.tally.produced, cut.tally.accepted + refused, "{id}");
        // No cell was made up: each is one that the model wrote, so that none is missing where none may be.
        assert!(cut.rows.iter().all(|row| row.0.iter().all(|cell| *cell != Cell::Missing)), "{id}");
    }
}
