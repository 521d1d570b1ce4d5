//! Do studies and benches make every fit once, tell what came of it, and go on where they were stopped?

use crate::session::Session;
use serde_json::Value;

const EFFICIENCY: [&str; 13] = [
    "study",
    "efficiency",
    "clinic.csv",
    "--target",
    "readmitted_30d",
    "--sizes",
    "40,120",
    "--engines",
    "independent,copula",
    "--repeats",
    "2",
    "-o",
    "s",
];

/// The arms of a study without what depends on the clock.
fn arms(s: &Session, folder: &str) -> Vec<Value> {
    let text = s.text(&format!("{folder}/arms.ndjson"));
    let timeless = |line: &str| {
        let mut arm: Value = serde_json::from_str(line).unwrap();
        if let Some(done) = arm["outcome"]["done"].as_object_mut() {
            done.remove("took");
        }
        arm
    };
    text.lines().skip(1).map(timeless).collect()
}

#[test]
fn an_efficiency_study_that_was_killed_tells_the_same_as_one_that_was_not() {
    let s = Session::new();
    s.clinic("clinic.csv", 400);
    let done = s.run(&EFFICIENCY).ends(0);
    assert!(done.out.contains("people") && done.out.contains("report: s/study.html"), "{}", done.out);
    let whole = arms(&s, "s");
    // Real rows and two engines, two sizes and all people, twice.
    assert_eq!(whole.len(), 3 * 3 * 2);
    let found = s.json("s/study.json");
    assert_eq!(found["curves"].as_array().unwrap().len(), 3);
    let sizes: Vec<&Value> =
        found["curves"][1]["points"].as_array().unwrap().iter().map(|point| &point["size"]).collect();
    assert_eq!(sizes, [40, 120, 320]);
    assert!(found["curves"][2]["points"][2]["utility"]["value"].as_f64().unwrap() > 0.55);
    let page = s.text("s/study.html");
    assert!(page.contains("<svg class=\"curves\"") && page.contains("id=\"method\""));
    // What a kill leaves: some lines, and half of one.
    let text = s.text("s/arms.ndjson");
    let cut = text.lines().take(8).map(str::len).sum::<usize>() + 8 + 20;
    s.file("s/arms.ndjson", &text[..cut]);
    let again = s.run(&EFFICIENCY).ends(2);
    assert!(again.err.contains("`s` exists already") && again.err.contains("--resume"), "{}", again.err);
    s.run(&[&EFFICIENCY[..], &["--resume", "-q"]].concat()).ends(0);
    assert_eq!(arms(&s, "s"), whole);
    let other = s.run(&[&EFFICIENCY[..], &["--resume", "--seed", "9"]].concat()).ends(2);
    assert!(other.err.contains("cannot be resumed: it is another study"), "{}", other.err);
}

#[test]
fn smaller_sizes_are_parts_of_larger_ones_and_engines_share_their_people() {
    let s = Session::new();
    s.clinic("clinic.csv", 300);
    let study = ["study", "efficiency", "clinic.csv", "--target", "readmitted_30d", "--sizes", "60"];
    s.run(
        &[&study[..], &["--engines", "bootstrap", "--control", "--repeats", "1", "-o", "s", "-q"]].concat(),
    )
    .ends(0);
    // Training rows drawn again are as useful as the rows themselves, and give themselves away.
    let point = &s.json("s/study.json")["curves"][1]["points"][0];
    assert!(point["membership"]["value"].as_f64().unwrap() > 0.9, "{point}");
}

#[test]
fn an_equity_study_sets_engines_beside_ordinary_ways() {
    let s = Session::new();
    s.clinic("clinic.csv", 500);
    let study = ["study", "equity", "clinic.csv", "--target", "readmitted_30d", "--group", "sex"];
    let done = s.run(&[&study[..], &["--engines", "copula", "--repeats", "2", "-o", "s"]].concat()).ends(0);
    assert!(done.out.contains("groups by sex: the worst group"), "{}", done.out);
    let found = s.json("s/study.json");
    let levers = found["tables"][0]["levers"].as_array().unwrap();
    let ways: Vec<&str> = levers.iter().map(|lever| lever["way"].as_str().unwrap()).collect();
    assert!(ways.contains(&"reweighed") && ways.contains(&"synthetic rows added, equal sizes"), "{ways:?}");
    assert_eq!(levers[1]["gain"]["n"], 2, "paired over both repeats");
    assert!(s.text("s/study.md").contains("| Learned from | Engine |"));
    let nobody = s.run(&["study", "equity", "clinic.csv", "--group", "sex", "-o", "t"]).ends(2);
    assert!(nobody.err.contains("--target"), "{}", nobody.err);
    assert!(!s.path("t").exists());
}

#[cfg(unix)]
#[test]
fn a_bench_ranks_engines_and_other_programs_and_tells_failures() {
    let s = Session::new();
    s.clinic("a.csv", 260);
    s.clinic("b.csv", 220);
    // A program that gives the training rows back, one that gives nothing, and one that does not end.
    let copy = "copies=cp {train} {out}";
    let bench = [
        "bench",
        "a.csv#readmitted_30d",
        "b.csv#readmitted_30d",
        "--engines",
        "independent,copula",
        "--repeats",
        "1",
        "--fit-limit",
        "20s",
        "--peer",
        copy,
        "--peer",
        "nothing=true {train} {out}",
        "-o",
        "b",
    ];
    let done = s.run(&bench).ends(0);
    assert!(done.out.contains("is hardest to tell from real rows"), "{}", done.out);
    let found = s.json("b/study.json");
    assert_eq!(found["settings"], serde_json::json!(["a", "b"]));
    let place = |engine: &str| {
        found["places"].as_array().unwrap().iter().find(|place| place["engine"] == engine).unwrap().clone()
    };
    assert!(place("copies")["membership"]["value"].as_f64().unwrap() > 0.95);
    assert_eq!(place("nothing")["failed"], serde_json::json!(["`nothing`: it wrote no file to {out}"]));
    let useful = |engine: &str| place(engine)["utility"]["value"].as_f64().unwrap();
    assert!(useful("copies") > useful("independent"), "{} {}", useful("copies"), useful("independent"));
    let slow =
        ["bench", "a.csv", "--engines", "independent", "--repeats", "1", "--fit-limit", "0.2s", "-o", "c"];
    s.run(&[&slow[..], &["--peer", "slow=sh -c sleep${IFS}60 {train} {out}", "-q"]].concat()).ends(0);
    let failed = s.json("c/study.json")["places"][1]["failed"].clone();
    assert_eq!(failed, serde_json::json!(["took longer than 0.2 s"]));
}

#[test]
fn a_bench_sets_auto_beside_the_engines_that_it_may_choose() {
    let s = Session::new();
    s.clinic("clinic.csv", 200);
    let bench = ["bench", "clinic.csv#readmitted_30d", "--engines", "auto,copula,trees,arf,bayesnet,gibbs"];
    let done = s.run(&[&bench[..], &["--repeats", "1", "-o", "b"]].concat()).ends(0);
    let found = s.json("b/study.json");
    let of = |engine: &str, what: &str| {
        found["places"].as_array().unwrap().iter().find(|place| place["engine"] == engine).unwrap()[what]
            .clone()
    };
    let chosen = of("auto", "chosen");
    let (engine, fits) = chosen.as_object().unwrap().iter().next().unwrap();
    assert_eq!(fits, 1);
    assert!(done.out.contains(&format!("On clinic `auto` took `{engine}` (1 of 1 fits).")), "{}", done.out);
    // It then learns as that engine does.
    assert_eq!(of("auto", "realism"), of(engine, "realism"));
    let unknown = ["--set", "auto.trees.leaves=30", "-o", "c"];
    let refused = s.run(&[&bench[..], &unknown].concat()).ends(2);
    assert!(refused.err.contains("engine `trees` has no setting `leaves`"), "{}", refused.err);
}

#[test]
fn unknown_engines_and_settings_are_refused_before_anything_is_made() {
    let s = Session::new();
    s.clinic("clinic.csv", 60);
    let study = ["study", "efficiency", "clinic.csv", "--target", "readmitted_30d", "-o", "s"];
    let engine = s.run(&[&study[..], &["--engines", "tree"]].concat()).ends(2);
    assert!(engine.err.contains("did you mean `trees`?"), "{}", engine.err);
    let setting = s.run(&[&study[..], &["--engines", "trees", "--set", "leaf_rows=30"]].concat()).ends(2);
    assert!(setting.err.contains("ENGINE.KEY=VALUE"), "{}", setting.err);
    let control = s.run(&[&study[..], &["--engines", "bootstrap"]].concat()).ends(2);
    assert!(control.err.contains("--control"), "{}", control.err);
    let model = s.run(&[&study[..], &["--engines", "cllm"]].concat()).ends(2);
    assert!(model.err.contains("--model"), "{}", model.err);
    let peer = s.run(&["bench", "clinic.csv", "--peer", "x=program"]).ends(2);
    assert!(peer.err.contains("{train}"), "{}", peer.err);
    s.file("other/clinic.csv", s.text("clinic.csv"));
    let twice = s.run(&["bench", "clinic.csv", "other/clinic.csv", "-o", "s"]).ends(2);
    assert!(twice.err.contains("`clinic` twice"), "{}", twice.err);
    assert!(!s.path("s").exists());
}
