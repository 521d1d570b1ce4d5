//! Does equal seed give equal bytes at 1, 2 and 16 threads?

use crate::session::Session;
use serde_json::Value;

#[test]
fn a_run_is_the_same_at_any_number_of_threads() {
    let s = Session::new();
    s.clinic("clinic.csv", 400);
    let mut first: Option<Vec<(String, String)>> = None;
    for threads in ["1", "2", "16"] {
        let out = format!("t{threads}");
        let args = ["run", "clinic.csv", "--seed", "3", "--threads", threads, "-o", &out, "-q"];
        s.run(&[&args[..], &["--target", "readmitted_30d"]].concat()).ends(0);
        let mut made: Vec<(String, String)> = [
            "metadata.json",
            "recipe.toml",
            "split/train.ids",
            "split/holdout.ids",
            "model/model.json",
            "synthetic/data.csv",
        ]
        .map(|file| (file.to_owned(), s.text(&format!("{out}/{file}"))))
        .to_vec();
        // The card too, but for what was measured with a clock.
        let mut card = s.json(&format!("{out}/report/metrics.json"));
        card["costs"] = Value::Null;
        for entry in card["entries"].as_array_mut().unwrap() {
            entry["seconds"] = Value::Null;
        }
        made.push(("card".into(), card.to_string()));
        for (now, before) in made.iter().zip(first.as_ref().unwrap_or(&made)) {
            assert!(now == before, "{} differs at {threads} threads", now.0);
        }
        first.get_or_insert(made);
    }
}

#[test]
fn a_long_draw_is_the_same_at_any_number_of_threads() {
    // More rows than one block, so that blocks are drawn and written one after the other.
    let s = Session::new();
    s.clinic("clinic.csv", 150);
    s.run(&["fit", "clinic.csv", "--engine", "independent", "-o", "m", "-q"]).ends(0);
    for threads in ["1", "2", "16"] {
        s.run(&["sample", "m", "-n", "70000", "-o", &format!("{threads}.csv"), "--threads", threads, "-q"])
            .ends(0);
    }
    let one = s.text("1.csv");
    assert_eq!(one.lines().count(), 70_001);
    assert!(one == s.text("2.csv") && one == s.text("16.csv"));
    let ids: std::collections::BTreeSet<&str> =
        one.lines().filter_map(|line| line.split(',').next()).collect();
    assert_eq!(ids.len(), 70_001, "identifiers go on over blocks and never repeat");
}
