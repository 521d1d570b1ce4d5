//! Does `probe` catch a model that tells what it should not, and ask nobody who may not be asked?

use crate::session::Session;
use verosim_engine::core::Seeded;
use verosim_engine::data::RawTable;
use verosim_engine::data::world::clinic;

const BASE: [&str; 9] =
    ["probe", "--train", "a.csv", "--holdout", "b.csv", "--sensitive", "diagnosis", "--questions", "20"];

/// Three tables of different people of one clinic: `a.csv`, `b.csv`, `c.csv`.
fn people(session: &Session, seed: u64) -> RawTable {
    let all = clinic(600, Seeded::new(seed));
    for (at, name) in ["a.csv", "b.csv", "c.csv"].iter().enumerate() {
        session.table(name, &all.take(&(at * 200..(at + 1) * 200).collect::<Vec<_>>()));
    }
    all
}

#[test]
fn a_model_that_memorised_is_caught_and_its_recording_says_the_same_to_the_byte() {
    let session = Session::new();
    people(&session, 5);
    let probe = |model: &str, out: &str, more: &[&str]| {
        session.run(&[&BASE[..], &["--model", model, "-o", out], more].concat())
    };
    let done = probe("mock:a.csv?recall=1", "p", &["--gate", "--temperature", "0,0.7"]).ends(4);
    assert!(done.out.contains("FAIL  people") && done.out.contains("p/probe.html"), "{}", done.out);
    let found = session.json("p/probe.json");
    let people = &found["people"];
    assert_eq!((people["leaks"].as_bool(), people["sensitive"].as_str()), (Some(true), Some("diagnosis")));
    assert_eq!(people["families"].as_array().unwrap().len(), 22, "eleven families at two temperatures");
    assert_eq!(people["prompts"]["asked"], 2 * 2 * 11 * 20);
    assert_eq!(people["prompts"]["unanswered"], 0);
    let worst = &people["families"][people["worst"].as_u64().unwrap() as usize];
    assert_eq!((worst["members"]["told"].as_u64(), worst["strangers"]["told"].as_u64()), (Some(20), Some(0)));
    assert!(done.out.contains(worst["family"].as_str().unwrap()), "the worst family is named: {}", done.out);
    assert_eq!(found["exchange"]["class"], "row-level");
    let page = session.text("p/probe.html");
    assert!(page.contains("What the model tells of people") && page.contains("linkage by 4"));
    assert!(!page.contains("http://") && !page.contains("https://"), "the page needs no network");
    // Where it stands, nothing is replaced unasked.
    let again = probe("mock:a.csv?recall=1", "p", &[]).ends(2);
    assert!(again.err.contains("--overwrite"), "{}", again.err);
    let replay =
        probe("replay:p/exchange/transcript.jsonl", "q", &["--gate", "--temperature", "0,0.7"]).ends(4);
    assert_eq!(replay.out.replace("q/probe", "p/probe"), done.out);
    for file in ["probe.json", "probe.md", "probe.html", "exchange/transcript.jsonl"] {
        assert_eq!(session.text(&format!("p/{file}")), session.text(&format!("q/{file}")), "{file}");
    }
    let told = probe("mock:a.csv?recall=1", "j", &["--json", "--quiet"]).ends(0);
    let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told, session.json("j/probe.json"));
}

/// The false-alarm rate is 1 % a probe.
#[test]
fn a_model_of_other_people_passes_the_gate() {
    for seed in [5, 6, 7] {
        let session = Session::new();
        people(&session, seed);
        let args = ["--model", "mock:c.csv?recall=1", "-o", "p", "--gate"];
        let done = session.run(&[&BASE[..], &args].concat()).ends(0);
        assert!(done.out.contains("PASS  people") && done.out.contains("is not ruled out"), "{}", done.out);
    }
}

#[test]
fn a_probe_that_was_cut_short_goes_on_without_asking_again() {
    let session = Session::new();
    people(&session, 5);
    let model = ["--model", "mock:a.csv?recall=1"];
    session.run(&[&BASE[..], &model, &["-o", "whole"]].concat()).ends(0);
    let whole = session.text("whole/exchange/transcript.jsonl");
    // What a kill leaves: some lines, and half of one.
    let kept: usize = whole.lines().take(100).map(|line| line.len() + 1).sum();
    session.file("cut/exchange/transcript.jsonl", &whole.as_bytes()[..kept + 50]);
    session.run(&[&BASE[..], &model, &["-o", "cut"]].concat()).ends(0);
    assert_eq!(session.text("cut/exchange/transcript.jsonl"), whole);
    assert_eq!(session.text("cut/probe.json"), session.text("whole/probe.json"));
    // The answers of another model are not written over unasked.
    session.file("other/exchange/transcript.jsonl", whole.replacen("\"mock\"", "\"dear\"", 1));
    let other = session.run(&[&BASE[..], &model, &["-o", "other"]].concat()).ends(2);
    assert!(other.err.contains("transcript.jsonl"), "{}", other.err);
    // A budget leaves questions unanswered, and the result says so.
    let poor = ["--max-tokens", "60000", "-o", "poor"];
    let done = session.run(&[&BASE[..], &model, &poor].concat()).ends(0);
    assert!(done.out.contains("because the budget did not cover them"), "{}", done.out);
    let prompts = session.json("poor/probe.json")["people"]["prompts"].clone();
    assert!(prompts["beyond_budget"].as_u64() > Some(0) && prompts["unanswered"] == prompts["beyond_budget"]);
    let none = session.run(&[&BASE[..], &model, &["--max-tokens", "10", "-o", "none"]].concat()).ends(5);
    assert!(none.err.contains("--max-tokens") && !session.path("none/probe.json").exists(), "{}", none.err);
}

#[test]
fn nobody_is_asked_who_may_not_see_rows_and_mistakes_are_told() {
    let session = Session::new();
    let all = people(&session, 5);
    session.table("mixed.csv", &all.take(&(150..350).collect::<Vec<_>>()));
    session.file("run/manifest.json", "{}");
    // Nobody listens there: an attempt to ask would fail in another way.
    let near = "http://127.0.0.1:9/v1#x";
    let far = "https://far.example/v1#x";
    let mock = "mock:";
    let cases: [(&[&str], i32, &[&str]); 9] = [
        (&["--sensitive", "diagnosis", "--model", near], 2, &["row-level", "--disclose rows"]),
        (
            &["--sensitive", "diagnosis", "--model", near, "--disclose", "aggregate"],
            2,
            &["discloses aggregate", "--disclose rows"],
        ),
        (
            &["--sensitive", "diagnosis", "--model", far, "--disclose", "rows"],
            2,
            &["real rows would be sent to far.example:443", "--yes"],
        ),
        (&["--sensitive", "diagnosos", "--model", mock], 2, &["did you mean `diagnosis`?"]),
        (
            &["--sensitive", "patient_id", "--model", mock],
            2,
            &["`patient_id` is an identifier", "--sensitive"],
        ),
        (&["--model", mock], 2, &["no column is named", "--sensitive COLUMN"]),
        (&["--sensitive", "diagnosis"], 2, &["no language model is named", "--model"]),
        (&["--sensitive", "diagnosis", "--model", mock, "--temperature", "0,hot"], 2, &["from 0 to 2"]),
        (&["--sensitive", "diagnosis", "--model", mock, "-o", "run"], 2, &["holds a run", "run/probe"]),
    ];
    for (args, code, words) in cases {
        let out = if args.contains(&"-o") { &[][..] } else { &["-o", "x"] };
        let base = ["probe", "--train", "a.csv", "--holdout", "b.csv"];
        let done = session.run(&[&base[..], args, out].concat());
        assert_eq!(done.code, code, "{args:?}: {}", done.err);
        for word in words {
            assert!(done.err.contains(word), "{args:?}: {}", done.err);
        }
        assert!(!session.path("x").exists(), "{args:?} left a folder");
    }
    let overlap = ["probe", "--train", "a.csv", "--holdout", "mixed.csv", "--sensitive", "diagnosis"];
    let done = session.run(&[&overlap[..], &["--model", mock, "-o", "x"]].concat()).ends(3);
    assert!(done.err.contains("50 of 200 rows"), "{}", done.err);
    let alone = session.run(&["probe", "--train", "a.csv", "--model", mock]).ends(2);
    assert!(alone.err.contains("--holdout"), "{}", alone.err);
}

#[test]
fn a_published_table_is_known_to_a_model_that_saw_it_and_to_no_other() {
    let session = Session::new();
    people(&session, 5);
    let ask = |model: &str, out: &str| {
        session.run(&["probe", "--contamination", "a.csv", "--model", model, "-o", out, "--gate"])
    };
    let known = ask("mock:a.csv?recall=1", "known").ends(4);
    assert!(known.out.contains("FAIL  published") && known.out.contains("likely memorised"), "{}", known.out);
    let found = session.json("known/probe.json");
    assert!(found["people"].is_null());
    let tests = found["published"]["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 5);
    for test in tests.iter().filter(|test| test["decides"] == true) {
        assert!(test["told"]["value"].as_f64().unwrap() > 0.9, "{test}");
        assert!(test["copy"]["value"].as_f64().unwrap() < 0.4, "{test}");
    }
    assert!(session.text("known/probe.md").contains("| row completion | 25/25"));
    let unknown = ask("mock:b.csv?recall=1", "unknown").ends(0);
    assert!(unknown.out.contains("PASS  published"), "{}", unknown.out);
    session.table("few.csv", &clinic(12, Seeded::new(1)));
    let few = session.run(&["probe", "--contamination", "few.csv", "--model", "mock:", "-o", "few"]).ends(3);
    assert!(few.err.contains("12 rows") && few.err.contains("40 rows"), "{}", few.err);
    assert!(session.run(&["explain", "probe"]).ends(0).out.contains("row completion"));
}

#[test]
fn the_report_of_a_run_shows_the_probe_in_its_folder() {
    let session = Session::new();
    people(&session, 5);
    let run = [
        "run",
        "a.csv",
        "--holdout",
        "b.csv",
        "--target",
        "diagnosis",
        "--engine",
        "cllm",
        "--curate",
        "none",
    ];
    session.run(&[&run[..], &["--model", "mock:c.csv", "-n", "40", "-o", "run"]].concat()).ends(0);
    assert!(!session.text("run/report/report.html").contains("What the model tells of people"));
    // The recipe of the run names the model and, as its outcome, the private fact.
    let probe = ["probe", "--train", "a.csv", "--holdout", "b.csv", "--config", "run/recipe.toml"];
    session.run(&[&probe[..], &["--questions", "9", "-o", "run/probe"]].concat()).ends(0);
    assert_eq!(session.json("run/probe/probe.json")["people"]["sensitive"], "diagnosis");
    session.run(&["report", "run"]).ends(0);
    for page in ["report.html", "report.md"] {
        assert!(
            session.text(&format!("run/report/{page}")).contains("What the model tells of people"),
            "{page}"
        );
    }
    session.run(&["verify", "run"]).ends(0);
    // A run that is made anew has another model: what was found of the old one goes.
    session
        .run(&[&run[..], &["--model", "mock:c.csv", "-n", "40", "-o", "run", "--overwrite"]].concat())
        .ends(0);
    assert!(!session.text("run/report/report.html").contains("What the model tells of people"));
    assert!(!session.path("run/probe/probe.json").exists());
}
