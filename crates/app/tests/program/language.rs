//! Do engines that ask a language model keep their promises from the command line?

use crate::session::Session;

const PRESETS: [&str; 5] = ["cllm", "epic", "great", "llm-elicit", "llm-zero"];

#[test]
fn every_preset_runs_end_to_end_and_replays_to_the_byte() {
    let session = Session::new();
    session.clinic("clinic.csv", 240);
    for preset in PRESETS {
        let run = session.run(&[
            "run",
            "clinic.csv",
            "--engine",
            preset,
            "--model",
            "mock:",
            "-n",
            "60",
            "-o",
            preset,
        ]);
        assert_eq!(run.code, 0, "{preset}: {}", run.err);
        let account = session.json(&format!("{preset}/exchange/account.json"));
        assert_eq!(account["accepted"], 60);
        assert_eq!(account["host"], "this process");
        let report = session.text(&format!("{preset}/report/report.html"));
        assert!(report.contains("Language model") && report.contains("per row taken"), "{preset}");
        let manifest = session.json(&format!("{preset}/manifest.json"));
        let sent =
            manifest["stages"].as_array().unwrap().iter().find(|stage| stage["name"] == "sample").unwrap();
        assert_eq!(sent["sent"]["class"], account["class"], "the manifest names what was told");
        let model = format!("replay:{preset}/exchange/transcript.jsonl");
        let again = format!("{preset}-again");
        let replay = session.run(&[
            "run",
            "clinic.csv",
            "--engine",
            preset,
            "--model",
            &model,
            "-n",
            "60",
            "-o",
            &again,
        ]);
        assert_eq!(replay.code, 0, "{preset}: {}", replay.err);
        for file in ["synthetic/data.csv", "exchange/transcript.jsonl"] {
            assert_eq!(
                session.text(&format!("{preset}/{file}")),
                session.text(&format!("{again}/{file}")),
                "{preset} {file}"
            );
        }
        assert_eq!(session.run(&["verify", preset]).code, 0);
    }
}

#[test]
fn a_shortfall_keeps_its_rows_and_says_how_many_are_possible() {
    let session = Session::new();
    session.clinic("clinic.csv", 240);
    let run = session.run(&[
        "run",
        "clinic.csv",
        "--engine",
        "cllm",
        "--model",
        "mock:?garbage=0.98",
        "-n",
        "900",
        "-o",
        "run",
    ]);
    assert_eq!(run.code, 5, "{}", run.err);
    assert!(run.err.contains("of 900 rows") && run.err.contains("rows likely"), "{}", run.err);
    let kept = session.text("run/synthetic/partial.csv").lines().count() - 1;
    assert!(run.err.contains(&format!("error: {kept} of 900 rows")), "{}", run.err);
    assert!(!session.path("run/synthetic/data.csv").exists(), "no short table under the full name");
}

#[test]
fn limits_hold_and_a_higher_one_goes_on_without_asking_again() {
    let session = Session::new();
    session.clinic("clinic.csv", 240);
    let base = ["run", "clinic.csv", "--engine", "cllm", "--model", "mock:", "-n", "150", "-o", "run"];
    let first = session.run(&[&base[..], &["--max-tokens", "20000"]].concat());
    assert_eq!(first.code, 5, "{}", first.err);
    assert!(first.err.contains("--max-tokens"), "{}", first.err);
    assert!(session.path("run/synthetic/partial.csv").exists());
    let asked = session.text("run/exchange/transcript.jsonl");
    let second = session.run(&[&base[..], &["--max-tokens", "900000", "--resume"]].concat());
    assert_eq!(second.code, 0, "{}", second.err);
    let all = session.text("run/exchange/transcript.jsonl");
    assert!(all.starts_with(&asked) && all.len() > asked.len(), "what was answered is not asked again");
    assert!(!session.path("run/synthetic/partial.csv").exists(), "the whole replaces the part");
    let whole = session.run(&[&base[..9], &["other"]].concat());
    assert_eq!(whole.code, 0, "{}", whole.err);
    assert_eq!(session.text("run/synthetic/data.csv"), session.text("other/synthetic/data.csv"));
}

#[test]
fn a_description_is_enough_where_no_patient_is_needed() {
    let session = Session::new();
    let metadata = r#"{"METADATA_SPEC_VERSION": "V1", "tables": {"t": {"columns": {
        "age": {"sdtype": "numerical", "x-verosim": {"kind": "count", "bounds": [18, 99]}},
        "sex": {"sdtype": "categorical", "x-verosim": {"kind": "nominal", "levels": ["F", "M"]}},
        "mrn": {"sdtype": "id"},
        "seen": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}}}}}"#;
    session.file("m.json", metadata);
    let fit =
        session.run(&["fit", "m.json", "--engine", "llm-zero", "--about", "a heart clinic", "-o", "model"]);
    assert_eq!(fit.code, 0, "{}", fit.err);
    let out = session.run(&["sample", "model", "-n", "25", "--model", "mock:", "-o", "rows.csv"]);
    assert_eq!(out.code, 0, "{}", out.err);
    let rows = session.text("rows.csv");
    assert_eq!(rows.lines().count(), 26, "{rows}");
    assert!(rows.lines().next().unwrap().contains("age,sex"), "{rows}");
    // Without any row there is nobody to tell of.
    assert!(session.run(&["inspect", "model"]).out.contains("told no statistic and no cell"));
}

#[test]
fn mistakes_are_told_with_the_next_step() {
    let session = Session::new();
    session.clinic("clinic.csv", 240);
    let cases: [(&[&str], i32, &str); 6] = [
        (&["run", "clinic.csv", "--engine", "cllm"], 2, "name one with `--model`"),
        (&["run", "clinic.csv", "--engine", "clm", "--model", "mock:"], 2, "did you mean `cllm`?"),
        (&["run", "clinic.csv", "--engine", "cllm", "--model", "nothing"], 2, "names no language model"),
        (&["run", "clinic.csv", "--engine", "cllm", "--model", "mock:?garbage=x"], 3, "the mock knows"),
        (
            &["run", "clinic.csv", "--engine", "cllm", "--model", "mock:", "--disclose", "all"],
            2,
            "metadata, aggregate or rows",
        ),
        (&["run", "clinic.csv", "--engine", "cllm", "--model", "replay:clinic.csv"], 3, "is no transcript"),
    ];
    for (args, code, words) in cases {
        let run = session.run(&[args, &["-o", "x"]].concat());
        assert_eq!(run.code, code, "{args:?}: {}", run.err);
        assert!(run.err.contains(words), "{args:?}: {}", run.err);
        assert!(!session.path("x/manifest.json").exists(), "{args:?}");
    }
}

#[test]
fn the_plan_says_who_is_asked_what_it_is_told_and_what_it_costs() {
    let session = Session::new();
    session.clinic("clinic.csv", 240);
    session.file(
        "prices.toml",
        "date = \"2026-11-01\"\ncurrency = \"USD\"\n[[model]]\nname = \"mock\"\ninput = 1.0\noutput = 4.0\n",
    );
    let args =
        ["run", "clinic.csv", "--engine", "cllm", "--model", "mock:", "--prices", "prices.toml", "-o", "run"];
    let plan = session.run(&[&args[..], &["--dry-run"]].concat());
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert!(plan.out.contains("asks this process, disclosing rows"), "{}", plan.out);
    assert!(plan.out.contains("USD of 2026-11-01"), "{}", plan.out);
    assert!(!session.path("run").exists(), "a plan writes nothing");
    let dear = session.run(&[&args[..], &["--max-cost", "0.0001"]].concat());
    assert_eq!(dear.code, 5, "{}", dear.err);
    assert!(dear.err.contains("0 of") && dear.err.contains("--max-cost"), "{}", dear.err);
}

#[test]
fn utility_has_its_price_beside_engines_that_need_no_model() {
    let session = Session::new();
    session.clinic("clinic.csv", 500);
    let words = "run clinic.csv --target readmitted_30d --engine great --model mock:clinic.csv -n 200 -o run";
    session.run(&words.split(' ').collect::<Vec<_>>()).ends(0);
    let contest = &session.json("run/report/metrics.json")["contest"];
    let contenders = contest["contenders"].as_array().unwrap();
    let engines: Vec<&str> = contenders.iter().map(|own| own["engine"].as_str().unwrap()).collect();
    assert_eq!(engines, ["great", "independent", "trees"]);
    let account = session.json("run/exchange/account.json");
    let tokens = account["input_tokens"].as_u64().unwrap() + account["output_tokens"].as_u64().unwrap();
    assert_eq!(contenders[0]["tokens"].as_u64(), Some(tokens), "the ledger's figure");
    assert!(contenders[1]["tokens"].is_null() && contenders[2]["seconds"].as_f64() > Some(0.0), "{contest}");
    for page in ["report.html", "report.md"] {
        let page = session.text(&format!("run/report/{page}"));
        assert!(page.contains("What utility took") && page.contains("Each +0.01 above no skill takes"));
    }
}

#[test]
fn curation_fills_up_what_it_drops_after_any_engine() {
    let session = Session::new();
    session.clinic("clinic.csv", 500);
    let base = ["run", "clinic.csv", "--target", "readmitted_30d", "-n", "200"];
    let run = session.run(&[&base[..], &["--curate", "published", "-o", "trees"]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(session.text("trees/synthetic/data.csv").lines().count(), 201);
    let curated = session.json("trees/synthetic/curation.json");
    assert_eq!((curated["kept"].as_u64(), curated["rule"].as_str()), (Some(200), Some("published")));
    assert!(curated["pool"].as_u64() >= Some(200));
    assert!(session.text("trees/report/report.html").contains("whose outcome does not follow from the rest"));
    // Identifiers go on over rounds of drawing.
    let ids: std::collections::BTreeSet<String> = session
        .text("trees/synthetic/data.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(ids.len(), 200, "no identifier twice");
    // `cllm` curates by itself once there is an outcome, and says so when there is none.
    let own =
        session.run(&[&base[..], &["--engine", "cllm", "--model", "mock:clinic.csv", "-o", "own"]].concat());
    assert_eq!(own.code, 0, "{}", own.err);
    assert_eq!(session.json("own/synthetic/curation.json")["rule"], "protective");
    let none =
        session.run(&["run", "clinic.csv", "--engine", "cllm", "--model", "mock:", "-n", "40", "-o", "none"]);
    assert_eq!(none.code, 0, "{}", none.err);
    assert!(session.text("none/report/report.md").contains("rows were not curated: no outcome was named"));
    for (args, words) in [
        (&["run", "clinic.csv", "--curate", "protective"][..], "none is named"),
        (
            &["run", "clinic.csv", "--target", "readmitted_30d", "--curate", "best"][..],
            "none, protective or published",
        ),
    ] {
        let refused = session.run(&[args, &["-o", "x"]].concat());
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(refused.err.contains(words), "{}", refused.err);
    }
}

#[test]
fn an_expert_is_believed_as_far_as_the_rows_bear_it_out() {
    let session = Session::new();
    session.clinic("few.csv", 40);
    session.clinic("many.csv", 2_000);
    // A description of the columns, as a code book gives it.
    session.run(&["profile", "many.csv", "--declare", "-o", "m.json"]).ends(0);
    let run = |out: &str, model: &str| {
        let words =
            "run few.csv --metadata m.json --target readmitted_30d --engine llm-elicit --holdout 0.3 -n 500";
        let words: Vec<&str> = words.split(' ').chain(["--model", model, "-o", out]).collect();
        session.run(&words).ends(0);
        session.json(&format!("{out}/exchange/account.json"))
    };
    let knowing = run("knowing", "mock:many.csv");
    let prior = &knowing["prior"];
    assert!(prior["trust"].as_f64().unwrap() > 0.0, "{prior}");
    let worth = |account: &serde_json::Value| -> f64 {
        let columns = account["prior"]["columns"].as_array().unwrap();
        columns.iter().map(|column| column["weight"].as_f64().unwrap()).sum::<f64>() / columns.len() as f64
    };
    let guessing = run("guessing", "mock:");
    assert!(worth(&knowing) > 2.0 * worth(&guessing), "{} {}", worth(&knowing), worth(&guessing));
    let report = session.text("guessing/report/report.html");
    assert!(report.contains("prior switched off") && report.contains("in conflict with rows"));
    // Twice as many rows ask nothing more.
    let more = session.run(&[
        "sample",
        "knowing/model",
        "-n",
        "4000",
        "--model",
        "mock:many.csv",
        "--json",
        "-o",
        "more.csv",
    ]);
    let told: serde_json::Value = serde_json::from_str(more.ends(0).out.trim()).unwrap();
    assert_eq!(told["account"]["requests"], knowing["requests"]);
    assert_eq!(session.text("more.csv").lines().count(), 4_001);
}

#[test]
fn an_expert_needs_no_patient_and_one_who_says_nothing_is_no_expert() {
    let session = Session::new();
    session.clinic("many.csv", 2_000);
    session.run(&["profile", "many.csv", "--declare", "-o", "m.json"]).ends(0);
    session.run(&["fit", "m.json", "--engine", "llm-elicit", "-o", "model"]).ends(0);
    session.run(&["sample", "model", "-n", "300", "--model", "mock:many.csv", "-o", "rows.csv"]).ends(0);
    assert_eq!(session.text("rows.csv").lines().count(), 301);
    let silent =
        session.run(&["sample", "model", "-n", "9", "--model", "mock:?refuse=1", "-o", "none.csv"]).ends(5);
    assert!(silent.err.contains("no answer says anything"), "{}", silent.err);
}
