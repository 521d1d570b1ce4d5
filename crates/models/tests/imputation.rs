//! Do filled tables give valid intervals where complete rows do not?

#[allow(dead_code, reason = "shared with the example that prints all of it")]
#[path = "../examples/imputation/study.rs"]
mod study;

/// 60 worlds; `cargo run --release -p verosim-models --example imputation` takes 200 and prints all.
#[test]
fn intervals_from_filled_tables_cover_and_those_from_complete_rows_do_not() {
    let settings = serde_json::Map::from_iter([("sets".to_owned(), 10.into())]);
    let [filled, complete] = study::study("mice", &settings, 300, 60, 10);
    for ((name, truth), outcome) in study::TRUTHS.iter().zip(&filled) {
        // An interval that covers in 95 of 100 worlds covers in fewer than 49 of 60 once in 30,000 times.
        assert!(outcome.coverage >= 49.0 / 60.0, "{name}: covered {}", outcome.coverage);
        assert!(outcome.bias.abs() <= 0.08 * truth.abs().max(1.0), "{name}: bias {}", outcome.bias);
    }
    // Who has high x lacks y: the mean of the others is too low by a quarter, and so is the slope that x selects.
    assert!(complete[0].coverage < 0.5 && complete[0].bias < -0.15, "{:?}", complete[0]);
    assert!(complete[2].bias < -0.05, "{:?}", complete[2]);
    assert!(filled[0].bias.abs() < 0.05 && filled[2].bias.abs() < 0.05);
}
