//! Does a cell ever leave the data: into words, logs, manifests, models or reports?

use crate::session::Session;
use std::fmt::Write as _;

/// What one patient alone has, by column. None may be found anywhere but in the input.
const CANARIES: [(&str, &str); 5] = [
    ("name", "Zebedee Canarybird"),
    ("town", "Canaryville-7f3a"),
    ("weight", "187654.321"),
    ("seen", "1907-03-04"),
    ("note", "the canary of ward seven sang twice"),
];

/// A table in which row 50 holds the canaries.
fn table() -> String {
    let mut text = String::from("name,town,weight,seen,note,outcome\n");
    for row in 0..200_usize {
        if row == 50 {
            text.extend(CANARIES.iter().map(|(_, cell)| format!("{cell},")));
            text.push_str("1\n");
            continue;
        }
        let town = ["Aalen", "Bonn", "Celle"][row % 3];
        let (weight, day) = (50.0 + (row * 37 % 400) as f64 / 10.0, 1 + row % 28);
        let _ = writeln!(
            text,
            "Person{row} Family{row},{town},{weight:.1},2020-05-{day:02},free words number {row} of the ward,{}",
            row * 7 % 2
        );
    }
    text
}

#[track_caller]
fn silent(where_: &str, text: &str) {
    for (column, cell) in CANARIES {
        for form in [cell, &cell.to_lowercase()] {
            assert!(!text.contains(form), "{where_} gives away the cell of `{column}`");
        }
    }
}

#[test]
fn no_cell_is_in_anything_that_a_run_leaves() {
    let s = Session::new();
    s.file("patients.csv", table());
    let run = ["run", "patients.csv", "-o", "r", "--target", "outcome", "-v", "--progress", "plain"];
    let done = s.run(&run).ends(0);
    silent("standard output", &done.out);
    silent("standard error", &done.err);
    for (path, bytes) in s.files() {
        if !path.ends_with("patients.csv") {
            silent(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
        }
    }
    for args in [&["profile", "patients.csv"][..], &["inspect", "r"], &["sample", "r", "-n", "500"]] {
        let done = s.run(args).ends(0);
        silent(&args.join(" "), &done.out);
        silent(&args.join(" "), &done.err);
    }
}

#[test]
fn no_cell_is_in_the_words_of_a_failure() {
    let s = Session::new();
    s.file("patients.csv", table());
    s.file("ragged.csv", table().replacen("Zebedee Canarybird,", "Zebedee Canarybird,,", 1));
    s.file("open.csv", table().replacen("Canaryville-7f3a", "\"Canaryville-7f3a", 1));
    s.file("other.csv", table().replace("weight", "wieght"));
    s.run(&["fit", "patients.csv", "-o", "m", "-q"]).ends(0);
    let whole = s.text("m/model.json");
    s.file("m/model.json", &whole[..whole.len() * 2 / 3]);
    let cases: [(&[&str], i32); 9] = [
        (&["fit", "patients.csv", "--kind", "town=date", "-o", "x"], 3),
        (&["fit", "patients.csv", "--kind", "name=continuous", "-o", "x"], 3),
        (&["fit", "patients.csv", "--kind", "note=count", "-o", "x"], 3),
        (&["run", "ragged.csv", "-o", "x"], 3),
        (&["run", "open.csv", "-o", "x"], 3),
        (&["run", "patients.csv", "--target", "outcom", "-o", "x"], 2),
        (&["run", "patients.csv", "--holdout", "patients.csv", "-o", "x"], 3),
        (
            &["evaluate", "--train", "patients.csv", "--holdout", "patients.csv", "--synthetic", "other.csv"],
            3,
        ),
        (&["sample", "m", "-n", "5"], 3),
    ];
    for (args, code) in cases {
        for json in [&[][..], &["--json"]] {
            let done = s.run(&[args, json].concat()).ends(code);
            silent(&args.join(" "), &done.out);
            silent(&args.join(" "), &done.err);
        }
    }
}
