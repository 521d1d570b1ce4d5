//! Are missing cells filled from the command line, and is every known cell byte for byte what it was?

use crate::session::Session;
use verosim_engine::core::Context;
use verosim_engine::data::RawTable;
use verosim_engine::data::io::{ReadOptions, read};

/// Columns with missing cells that are to be filled.
const FILLED: [&str; 4] = ["ward", "seen", "dose", "sex"];

/// German dates and decimals, names that break parsers, levels of one person, an outlier, identifiers; a third of the
/// cells missing under three signs.
fn hospital() -> String {
    let wards = ["CCU, east", "MICU \"A\"", " SICU", "ward is x, sex is F", "line\nbreak", "missing"];
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = String::from("mrn;ward;seen;dose;sex;died\n");
    for row in 0..180_usize {
        let missing = |step: usize| (row * 7 + step) % 11 < 3;
        let ward = match row {
            17 => "only here".to_owned(),
            _ => wards[row * 5 % 6].to_owned(),
        };
        let dose = if row == 40 {
            "99999,25".to_owned()
        } else {
            format!("{},{:02}", 10 + row % 37, row * 13 % 100)
        };
        let cells = [
            if row % 50 == 9 { String::new() } else { format!("P{:05}", 70_000 + row * 37) },
            if missing(0) { String::new() } else { quoted(&ward) },
            if missing(3) { "NA".into() } else { format!("{:02}.{:02}.2021", 1 + row % 28, 1 + row % 12) },
            if missing(5) { "NA".into() } else { dose },
            if missing(9) { "?".into() } else { ["F", "M"][row % 2].to_owned() },
            ["no", "yes"][usize::from(row % 4 == 0)].to_owned(),
        ];
        text.push_str(&cells.join(";"));
        text.push('\n');
    }
    text
}

fn table(session: &Session, name: &str) -> RawTable {
    read(&session.path(name), &ReadOptions::default(), Context::silent()).unwrap().0
}

fn is_missing(cell: &str) -> bool {
    ["", "NA", "?"].contains(&cell)
}

/// Cells missing still; fails the test when a known cell differs.
fn left(before: &RawTable, after: &RawTable) -> usize {
    assert_eq!((after.n_rows(), after.columns().len()), (before.n_rows(), before.columns().len()));
    let mut left = 0;
    for (own, now) in before.columns().iter().zip(after.columns()) {
        assert_eq!(own.name, now.name);
        for row in 0..own.len() {
            if !is_missing(own.cell(row)) {
                assert_eq!(own.cell(row), now.cell(row), "`{}`, row {row}", own.name);
            } else if !FILLED.contains(&own.name.as_str()) {
                assert_eq!(own.cell(row), now.cell(row), "`{}` is not filled", own.name);
            } else if is_missing(now.cell(row)) {
                assert_eq!(own.cell(row), now.cell(row), "what is left is as it came");
                left += 1;
            }
        }
    }
    left
}

/// GReaT's published imputation could change known cells, and gave one completed table without its uncertainty.
#[test]
fn known_cells_are_identical_in_every_completed_table_whatever_the_model_answers() {
    let session = Session::new();
    session.file("in.csv", hospital());
    session.run(&["fit", "in.csv", "--engine", "great", "--disclose", "rows", "-o", "model", "-q"]).ends(0);
    let before = table(&session, "in.csv");
    for (at, model) in
        ["mock:", "mock:?ignore=0.5&garbage=0.3", "mock:?cut=0.2&fence=0.1&refuse=0.2"].iter().enumerate()
    {
        let out = format!("out{at}");
        let done =
            session.run(&["impute", "in.csv", "model", "--model", model, "-m", "6", "-o", &out]).ends(0);
        assert!(done.err.contains("6 tables of 180 rows"), "{}", done.err);
        let mut tables = Vec::new();
        for draw in 1..=6 {
            let text = session.text(&format!("{out}/imputed-{draw}.csv"));
            assert!(text.starts_with("mrn;ward;seen;dose;sex;died\n"), "the file's own shape");
            let after = table(&session, &format!("{out}/imputed-{draw}.csv"));
            assert_eq!(left(&before, &after), 0, "{model} {draw}");
            for column in after.columns() {
                for row in 0..column.len() {
                    let cell = column.cell(row);
                    let numbers = |parts: Vec<&str>| parts.iter().all(|part| part.parse::<u32>().is_ok());
                    match column.name.as_str() {
                        "seen" => assert!(
                            cell.len() == 10 && numbers(cell.split('.').collect()),
                            "a day as the others"
                        ),
                        "dose" => {
                            assert!(numbers(cell.split(',').collect()), "a decimal comma as the others");
                        }
                        "sex" => assert!(["F", "M"].contains(&cell)),
                        _ => {}
                    }
                }
            }
            tables.push(text);
        }
        tables.sort();
        tables.dedup();
        assert_eq!(tables.len(), 6, "draws differ, so that their spread can be told");
        let account = session.json(&format!("{out}/account.json"));
        assert_eq!(account["left"], serde_json::json!([0, 0, 0, 0, 0, 0]));
        assert_eq!(
            (account["not_filled"].as_u64(), account["draws"].as_u64()),
            (Some(4), Some(6)),
            "{account}"
        );
        let mrn =
            account["columns"].as_array().unwrap().iter().find(|column| column["column"] == "mrn").unwrap();
        assert_eq!(mrn["why_not"], "it identifies rows or persons");
    }
    let again =
        session.run(&["impute", "in.csv", "model", "--model", "mock:", "-m", "6", "-o", "again", "--json"]);
    let told: serde_json::Value = serde_json::from_str(again.ends(0).out.trim()).unwrap();
    assert_eq!(told["files"].as_array().unwrap().len(), 6);
    assert_eq!(
        session.text("again/imputed-3.csv"),
        session.text("out0/imputed-3.csv"),
        "equal seeds, equal bytes"
    );
}

/// Engines that draw by themselves: nobody is asked, and nothing is left over.
#[test]
fn engines_that_know_the_law_of_cells_fill_them_without_a_language_model() {
    let session = Session::new();
    session.file("in.csv", hospital());
    let before = table(&session, "in.csv");
    for engine in ["mice", "trees", "boosted", "bayesnet", "copula", "gibbs"] {
        session.run(&["fit", "in.csv", "--engine", engine, "-o", engine, "-q"]).ends(0);
        let (out, again) = (format!("{engine}-out"), format!("{engine}-again"));
        let done = session.run(&["impute", "in.csv", engine, "-m", "5", "-o", &out]).ends(0);
        assert!(done.err.contains("5 tables of 180 rows") && !done.err.contains("requests"), "{}", done.err);
        let mut tables = Vec::new();
        for draw in 1..=5 {
            let text = session.text(&format!("{out}/imputed-{draw}.csv"));
            assert!(text.starts_with("mrn;ward;seen;dose;sex;died\n"), "the file's own shape");
            let after = table(&session, &format!("{out}/imputed-{draw}.csv"));
            assert_eq!(left(&before, &after), 0, "{engine} {draw}");
            for column in after.columns().iter().filter(|column| column.name == "seen") {
                let is_day = |cell: &str| cell.len() == 10 && cell.split('.').count() == 3;
                assert!(
                    (0..column.len()).all(|row| is_day(column.cell(row))),
                    "{engine}: a day as the others"
                );
            }
            tables.push(text);
        }
        tables.sort();
        tables.dedup();
        assert_eq!(tables.len(), 5, "{engine}: draws differ, so that their spread can be told");
        let account = session.json(&format!("{out}/account.json"));
        assert_eq!(account["left"], serde_json::json!([0, 0, 0, 0, 0]));
        assert_eq!((account["rows"].as_u64(), account["draws"].as_u64()), (Some(180), Some(5)));
        assert!(account["exchange"].is_null(), "{engine}: nobody was asked");
        let filled: u64 = account["columns"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|column| column["why_not"].is_null())
            .map(|column| column["missing"].as_u64().unwrap())
            .sum();
        assert_eq!((account["missing"].as_u64(), account["not_filled"].as_u64()), (Some(filled), Some(4)));
        session.run(&["impute", "in.csv", engine, "-o", &again, "-q"]).ends(0);
        for file in ["imputed-3.csv", "account.json"] {
            let text = |folder: &str| session.text(&format!("{folder}/{file}"));
            assert_eq!(text(&out), text(&again), "{engine}: equal seeds, equal bytes");
        }
        session.run(&["impute", "in.csv", engine, "--seed", "1", "-o", &again, "--overwrite", "-q"]).ends(0);
        assert!(
            session.text(&format!("{out}/imputed-3.csv")) != session.text(&format!("{again}/imputed-3.csv")),
            "{engine}: another seed"
        );
    }
    let page = session.run(&["explain", "impute"]).ends(0).out;
    assert!(
        page.contains("`trees`, `boosted`, `bayesnet`, `gibbs`, `mice`, `copula`, `great`")
            && page.contains("W + (1 + 1/M) B"),
        "{page}"
    );
}

#[test]
fn cells_that_cannot_be_had_are_left_counted_and_said() {
    let session = Session::new();
    session.file("in.csv", hospital());
    session.run(&["fit", "in.csv", "--engine", "great", "--disclose", "rows", "-o", "model", "-q"]).ends(0);
    let before = table(&session, "in.csv");
    let base = ["impute", "in.csv", "model", "-m", "2", "-o", "out", "--model"];
    let cases: [(&str, &[&str], &str, &str); 4] = [
        ("mock:?garbage=1", &[], "missing cells could not be filled (over 2 draws)", "use another model"),
        ("mock:?ignore=1", &[], "missing cells could not be filled", "use another model"),
        ("mock:?fail=1", &[], "status 500", "hint: "),
        ("mock:", &["--max-tokens", "20000"], "the limit of tokens is reached", "raise `--max-tokens`"),
    ];
    for (model, more, message, hint) in cases {
        let done = session.run(&[&base[..], &[model, "--overwrite"], more].concat()).ends(5);
        assert!(done.err.contains(message) && done.err.contains(hint), "{model}: {}", done.err);
        let account = session.json("out/account.json");
        for draw in 1..=2_usize {
            assert!(
                !session.path(&format!("out/imputed-{draw}.csv")).exists(),
                "{model}: no short table under that name"
            );
            let after = table(&session, &format!("out/partial-{draw}.csv"));
            let counted = account["left"][draw - 1].as_u64().unwrap() as usize;
            assert_eq!((left(&before, &after), counted > 0), (counted, true), "{model}");
        }
    }
    // The whole takes the place of the parts.
    session.run(&[&base[..], &["mock:", "--overwrite", "-q"]].concat()).ends(0);
    assert!(session.path("out/imputed-2.csv").exists() && !session.path("out/partial-1.csv").exists());
}

#[test]
fn what_cannot_be_imputed_is_refused_with_the_next_step() {
    let session = Session::new();
    session.file("in.csv", hospital());
    session.run(&["fit", "in.csv", "--engine", "great", "-o", "model", "-q"]).ends(0);
    for engine in ["arf", "cllm"] {
        session.run(&["fit", "in.csv", "--engine", engine, "-o", engine, "-q"]).ends(0);
    }
    session.file("other.csv", hospital().replacen("ward", "wart", 1));
    session.file("full/notes.txt", "somebody's");
    let before = session.files();
    let who = "`trees`, `boosted`, `bayesnet`, `gibbs`, `mice`, `copula`, `great`";
    let cases: [(&[&str], i32, &str, &str); 8] = [
        (&["in.csv", "arf"], 2, "engine `arf` does not fill missing cells", who),
        (&["in.csv", "cllm", "--model", "mock:"], 2, "engine `cllm` does not fill missing cells", who),
        (&["in.csv", "model"], 2, "asks a language model, and none is named", "--model"),
        // Known cells are rows.
        (&["in.csv", "model", "--model", "http://127.0.0.1:9/v1#x"], 2, "is row-level", "--disclose rows"),
        (
            &["in.csv", "model", "--model", "https://far.example/v1#x", "--disclose", "rows"],
            2,
            "real rows would be sent to far.example:443",
            "--yes",
        ),
        (&["other.csv", "model", "--model", "mock:"], 3, "other columns than the training data", "ward"),
        (&["in.csv", "model", "--model", "mock:", "-o", "full"], 2, "`full` exists already", "hint: "),
        (&["none.csv", "model", "--model", "mock:"], 2, "there is no file `none.csv`", "hint: "),
    ];
    for (args, code, message, hint) in cases {
        let done = session.run(&[&["impute"], args].concat()).ends(code);
        assert!(done.err.contains(message) && done.err.contains(hint), "{args:?}: {}", done.err);
        assert!(before == session.files(), "{args:?}: nothing is left behind");
    }
}
