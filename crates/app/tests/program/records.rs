//! Is nothing lost, ignored or replaced in silence when patient records are run, drawn and continued?

use crate::session::Session;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// Records of 300 fictional patients in the folder `records`, and a model of them.
fn records() -> Session {
    let s = Session::new();
    let demo = ["demo", "--timelines", "-n", "300", "-o", "demo", "-q"];
    s.run(&demo).ends(0);
    std::fs::rename(s.path("demo/synthetic"), s.path("records")).unwrap();
    s.run(&["fit", "records", "--engine", "markov", "-o", "model", "-q"]).ends(0);
    s
}

/// Files below a folder with their bytes.
fn below(s: &Session, folder: &str) -> Vec<(String, Vec<u8>)> {
    let files = s.files().into_iter().filter(|(path, _)| path.starts_with(folder));
    let inner = files.map(|(path, bytes)| (path.strip_prefix(folder).unwrap().display().to_string(), bytes));
    inner.filter(|(name, _)| name != "metadata/dataset.json").collect()
}

#[test]
fn a_run_of_records_goes_on_after_any_stage() {
    let s = records();
    let run = ["run", "records", "--engine", "markov", "--preset", "quick", "--to", "omop", "-o", "r", "-q"];
    s.run(&run).ends(0);
    s.run(&["verify", "r"]).ends(0);
    assert!(s.text("r/recipe.toml").contains("to = \"omop\""));
    let parts = ["r/model", "r/synthetic", "r/split"];
    let whole = parts.map(|part| below(&s, part));
    let manifest = s.json("r/manifest.json");
    let stages = manifest["stages"].as_array().unwrap().clone();
    assert_eq!(stages.len(), 6);
    for kept in [1, 3, 4] {
        let mut cut = manifest.clone();
        cut["stages"] = stages[..kept].to_vec().into();
        s.file("r/manifest.json", cut.to_string());
        for file in stages[kept..].iter().flat_map(|stage| stage["outputs"].as_object().unwrap().keys()) {
            let _ = std::fs::remove_file(s.path("r").join(file));
        }
        assert!(s.run(&run).ends(2).err.contains("`--resume` goes on with it"));
        s.run(&[&run[..], &["--resume"]].concat()).ends(0);
        assert!(whole == parts.map(|part| below(&s, part)), "after {kept} stages");
        assert_eq!(s.json("r/manifest.json")["stages"].as_array().unwrap()[..kept], stages[..kept]);
    }
    let other = s.run(&[&run[..], &["--resume", "--seed", "3"]].concat()).ends(2);
    assert!(other.err.contains("it was made by other settings"), "{}", other.err);
    // A run is held against a policy, whose gates are those of records.
    let policed =
        ["evaluate", "--train", "demo/input", "--holdout", "other", "--synthetic", "r/synthetic", "-o", "p"];
    s.run(&["demo", "--timelines", "-n", "200", "--seed", "9", "-o", "others", "-q"]).ends(0);
    std::fs::rename(s.path("others/input"), s.path("other")).unwrap();
    let told = s.run(&[&policed[..], &["--policy", "software-test", "--gate"]].concat());
    assert!(s.text("p/gates.xml").contains("pd.run"), "{}", told.err);
    assert!(!s.text("p/gates.xml").contains("pd.copy"));
    // The recipe of a run makes it again.
    s.run(&["run", "records", "--config", "r/recipe.toml", "-o", "again", "-q"]).ends(0);
    assert!(whole[1] == below(&s, "again/synthetic"));
    // Another shape in its place leaves nothing of the one before.
    let other = ["run", "records", "--engine", "markov", "--preset", "quick", "-o", "r", "-q", "--overwrite"];
    s.run(&other).ends(0);
    assert!(s.path("r/synthetic/data").exists() && !s.path("r/synthetic/person.csv").exists());
}

#[test]
fn somebodys_folder_is_not_replaced_by_records() {
    let s = records();
    s.file("thesis/chapter1.txt", "years of work");
    s.file("thesis/person.csv", "x\n1\n");
    let before = s.files();
    let draw = ["sample", "model", "-n", "20", "--overwrite", "-o", "thesis"];
    let run = ["run", "records", "--engine", "markov", "--overwrite", "-o", "thesis"];
    let into = ["convert", "records", "--to", "omop", "--overwrite", "-o", "records"];
    let around = ["run", "records", "--engine", "markov", "--overwrite", "-o", "."];
    for words in [&draw[..], &run, &into, &around] {
        let told = s.run(words).ends(2);
        assert!(told.err.contains("hint:"), "{}", told.err);
    }
    assert!(before == s.files(), "nothing was touched");
}

#[test]
fn what_only_tables_have_is_refused_for_records() {
    let s = records();
    let run = ["run", "records", "-o", "r"];
    let fit = ["fit", "records", "-o", "m"];
    let judge =
        ["evaluate", "--train", "records", "--holdout", "records", "--synthetic", "records", "-o", "e"];
    let draw = ["sample", "model", "-o", "d"];
    s.file("clinic.json", "{}");
    for (command, flags) in [
        (&run[..], &["--target", "died"][..]),
        (&run, &["--canaries", "60"]),
        (&run, &["--dry-run"]),
        (&run, &["--epsilon", "1"]),
        (&run, &["--holdout", "other.csv"]),
        (&run, &["--metadata", "clinic.json"]),
        (&fit, &["--subject", "id"]),
        (&fit, &["--kind", "age=count"]),
        (&fit, &["--epsilon", "1"]),
        (&judge, &["--group", "sex"]),
        (&judge, &["--compat"]),
        (&draw, &["--balance", "sex"]),
        (&draw, &["--model", "mock:"]),
    ] {
        let told = s.run(&[command, flags].concat()).ends(2);
        assert!(told.err.contains("is for tables"), "{flags:?}: {}", told.err);
    }
    for out in ["r", "m", "e", "d"] {
        assert!(!s.path(out).exists(), "{out}");
    }
}

#[test]
fn too_few_people_to_judge_are_told_before_anything_is_learned() {
    let s = records();
    let run = ["run", "records", "--holdout", "0.01", "-o", "r", "-q"];
    let told = s.run(&run).ends(3).err;
    assert!(
        told.contains("holdout people; judging needs at least 10") && told.contains("--holdout"),
        "{told}"
    );
    assert!(!s.path("r/model/model.json").exists() && !s.path("r/split/holdout.ids").exists());
}

/// Whether a shard stands in a draw that is being made.
fn has_shard(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        if path.is_dir() {
            has_shard(&path)
        } else {
            path.extension().is_some_and(|ending| ending == "parquet")
        }
    })
}

#[cfg(unix)]
#[test]
fn a_draw_that_was_killed_ends_with_the_same_bytes() {
    let s = records();
    let draw = ["sample", "model", "-n", "65000", "--seed", "3", "-q", "-o"];
    s.run(&[&draw[..], &["whole"]].concat()).ends(0);
    let mut child = s.command(&[&draw[..], &["parts"]].concat()).spawn().unwrap();
    let started = Instant::now();
    while !has_shard(&s.path(".parts.part/data")) && started.elapsed() < Duration::from_mins(2) {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!s.path("parts").exists() && s.path(".parts.part/data").exists(), "killed on the way");
    s.run(&[&draw[..], &["parts", "--resume"]].concat()).ends(0);
    assert!(below(&s, "whole") == below(&s, "parts"));
    assert!(!s.path(".parts.part").exists());
    let steered = s.run(&[&draw[..], &["parts", "--resume", "--where", "sex = F"]].concat()).ends(2);
    assert!(steered.err.contains("begins anew"), "{}", steered.err);
}

/// People of a folder of OMOP tables: those who have a code that begins so, of all.
fn with(s: &Session, folder: &str, code: &str) -> usize {
    let people: BTreeSet<String> = s
        .text(&format!("{folder}/condition_occurrence.csv"))
        .lines()
        .skip(1)
        .filter(|line| line.split(',').any(|cell| cell.starts_with(code)))
        .map(|line| line.split(',').nth(1).unwrap().to_owned())
        .collect();
    people.len()
}

#[test]
fn so_many_people_have_what_was_asked() {
    let s = records();
    let draw = [
        "sample",
        "model",
        "-n",
        "500",
        "--to",
        "omop",
        "-o",
        "p",
        "--prevalence",
        "has(ICD10:E11)=0.3",
        "--prevalence",
        "has(ICD10:I10)=0.5",
    ];
    let told = s.run(&draw).ends(0);
    assert!(told.err.contains("150 people meet has(ICD10:E11)=0.3"), "{}", told.err);
    assert_eq!((with(&s, "p", "E11"), with(&s, "p", "I10")), (150, 250));
    assert_eq!(s.text("p/person.csv").lines().count(), 501);
    let wrong = s.run(&["sample", "model", "-o", "q", "--prevalence", "has(ICD10:E11)"]).ends(2);
    assert!(wrong.err.contains("CONDITION=SHARE"), "{}", wrong.err);
    // Where too few will come, that is told long before all tries are made.
    let none = s.run(&["sample", "model", "-n", "200", "-o", "q", "--where", "visits > 900"]).ends(3);
    assert!(none.err.contains("0 of 200 units meet `--where` after 8000 draws"), "{}", none.err);
}

#[test]
fn real_lives_go_on_and_are_said_to_be_real() {
    let s = records();
    let refused = s.run(&["sample", "model", "--continue", "records", "-o", "c"]).ends(2);
    assert!(refused.err.contains("engine `markov` draws whole lives"), "{}", refused.err);
    assert!(!s.path("c").exists());
    let told = s.run(&["sample", "demo", "--continue", "records", "-o", "c", "-q"]).ends(0);
    assert!(told.err.contains("holds the records of real patients"), "said though quiet: {}", told.err);
    let profile = |folder: &str| -> serde_json::Value {
        serde_json::from_str(&s.run(&["profile", folder, "--json", "-q"]).ends(0).out).unwrap()
    };
    let (before, after) = (profile("records"), profile("c"));
    assert_eq!(before["people"], after["people"]);
    let events = |profile: &serde_json::Value| profile["events"].as_u64().unwrap();
    assert!(events(&after) > events(&before), "{} of {}", events(&after), events(&before));
    let deaths = |profile: &serde_json::Value| profile["deaths"].as_u64().unwrap_or(0);
    assert!(deaths(&after) >= deaths(&before));
    let name = after["name"].as_str().unwrap();
    assert!(name.starts_with("real patients"), "{name}");
}

#[test]
fn metrics_of_records_are_explained() {
    let s = Session::new();
    let told = s.run(&["explain", "lo.c2st"]).ends(0).out;
    assert!(told.contains("lo.c2st"), "{told}");
    assert!(s.run(&["explain", "metrics"]).ends(0).out.contains("lo.bi "));
    let near = s.run(&["explain", "lo.c2s"]).ends(2);
    assert!(near.err.contains("did you mean `lo.c2st`?"), "{}", near.err);
}
