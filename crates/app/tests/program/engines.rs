//! Does every engine that learns from a table go the whole way, from the file to a judged table and more rows?

use crate::session::Session;

/// Engines, and whether they must be asked for as controls.
const ENGINES: [(&str, bool); 10] = [
    ("arf", false),
    ("bayesnet", false),
    ("boosted", false),
    ("bootstrap", true),
    ("copula", false),
    ("gibbs", false),
    ("independent", false),
    ("kde", true),
    ("mice", false),
    ("smote", true),
];

#[test]
fn every_engine_learns_draws_is_judged_and_draws_again() {
    let s = Session::new();
    s.clinic("clinic.csv", 300);
    for (engine, is_control) in ENGINES {
        let control: &[&str] = if is_control { &["--control"] } else { &[] };
        let run = ["run", "clinic.csv", "--engine", engine, "--preset", "quick", "-o", engine, "-q"];
        s.run(&[&run[..], control].concat()).ends(0);
        let header = |file: &str| s.text(file).lines().next().unwrap_or_default().to_owned();
        let made = format!("{engine}/synthetic/data.csv");
        assert_eq!(s.text(&made).lines().count(), 241, "{engine}: as many rows as were learned from");
        assert_eq!(header(&made), header("clinic.csv"), "{engine}");
        let card = s.json(&format!("{engine}/report/metrics.json"));
        assert_eq!(card["about"]["engine"], engine);
        // More rows from the saved model, of old people only; the whole table again is the same.
        let (old, again) = (format!("{engine}-old.csv"), format!("{engine}-again.csv"));
        s.run(&["sample", engine, "-n", "25", "--where", "age >= 70", "-o", &old, "-q"]).ends(0);
        assert_eq!(s.text(&old).lines().count(), 26, "{engine}");
        s.run(&["verify", engine, "-q"]).ends(0);
        for out in [&again, &format!("{engine}-twice.csv")] {
            s.run(&["sample", engine, "-n", "100", "--seed", "4", "-o", out, "-q"]).ends(0);
        }
        assert!(s.text(&again) == s.text(&format!("{engine}-twice.csv")), "{engine}: equal seeds");
        let stored = s.run(&["inspect", engine]).ends(0);
        assert!(
            (stored.out + &stored.err).contains(if is_control {
                "whole training rows"
            } else {
                "each from at least"
            }),
            "{engine}"
        );
    }
}
