//! Does each command do what its line in the help says?

use crate::session::Session;

#[test]
fn demo_needs_nothing_and_gives_a_verdict_and_a_report() {
    let s = Session::new();
    let done = s.run(&["demo", "-n", "300", "--progress", "none"]).ends(0);
    for word in ["realism", "utility", "privacy"] {
        assert!(done.out.contains(word), "{}", done.out);
    }
    assert!(done.out.ends_with("report: verosim-demo/report/report.html\n"), "{}", done.out);
    assert!(s.text("verosim-demo/report/report.html").contains("<html"));
    assert_eq!(
        s.text("verosim-demo/synthetic/data.csv").lines().count(),
        1 + 240,
        "a fifth of 300 is held out"
    );
    let again = s.run(&["demo", "-n", "300"]).ends(2);
    assert!(again.err.contains("`verosim-demo` exists already"), "{}", again.err);
}

#[test]
fn doctor_names_the_machine_and_the_engines() {
    let s = Session::new();
    let done = s.run(&["doctor"]).ends(0);
    for word in ["cores", "memory", "disk", "accelerator", "trees runs here", "(with --control)"] {
        assert!(done.out.contains(word), "{}", done.out);
    }
    assert!(s.files().is_empty(), "the probe is taken away");
    let machine: serde_json::Value = serde_json::from_str(&s.run(&["doctor", "--json"]).ends(0).out).unwrap();
    assert!(machine["cores"].as_u64().unwrap() >= 1);
}

#[test]
fn profile_recognises_and_edits_win() {
    let s = Session::new();
    s.clinic("clinic.csv", 200);
    let done = s.run(&["profile", "clinic.csv", "-o", "metadata.json"]).ends(0);
    assert!(done.out.starts_with("200 rows, 27 columns"), "{}", done.out);
    assert!(s.text("metadata.json").contains("x-verosim"));
    let json: serde_json::Value =
        serde_json::from_str(&s.run(&["profile", "clinic.csv", "--json"]).ends(0).out).unwrap();
    let kind = |json: &serde_json::Value, name: &str| {
        let columns = json["columns"].as_array().unwrap();
        columns.iter().find(|column| column["name"] == name).unwrap()["kind"].clone()
    };
    assert_eq!(kind(&json, "diagnosis"), "code");
    assert_eq!(kind(&json, "admission_date"), "date");
    let edited = s.text("metadata.json").replacen("\"kind\": \"count\"", "\"kind\": \"continuous\"", 1);
    s.file("edited.json", edited);
    let edited = s.run(&["profile", "clinic.csv", "--metadata", "edited.json", "--json"]).ends(0);
    let edited: serde_json::Value = serde_json::from_str(&edited.out).unwrap();
    assert_ne!(json["columns"], edited["columns"], "a person's edit wins over inference");
    let declared = s.run(&["profile", "clinic.csv", "--kind", "age=ordinal", "--json"]).ends(0);
    assert_eq!(kind(&serde_json::from_str(&declared.out).unwrap(), "age"), "ordinal");
}

#[test]
fn fit_sample_and_inspect_work_on_one_model() {
    let s = Session::new();
    s.clinic("clinic.csv", 400);
    let plan = s.run(&["fit", "clinic.csv", "-o", "m", "--dry-run"]).ends(0);
    assert!(plan.out.contains("memory about") && !s.path("m").exists(), "{}", plan.out);
    s.run(&["fit", "clinic.csv", "--engine", "trees", "--seed", "0", "-o", "m", "--progress", "none"])
        .ends(0);
    s.run(&["sample", "m", "-n", "50", "-o", "a.csv", "--seed", "0", "--progress", "none"]).ends(0);
    s.run(&["sample", "m", "-n", "50", "-o", "b.csv", "--seed", "0"]).ends(0);
    s.run(&["sample", "m", "-n", "50", "-o", "c.csv", "--seed", "1"]).ends(0);
    assert_eq!(s.text("a.csv"), s.text("b.csv"), "equal seeds, equal bytes");
    assert_ne!(s.text("a.csv"), s.text("c.csv"));
    let header = |name: &str| s.text(name).lines().next().unwrap().to_owned();
    assert_eq!(header("a.csv"), header("clinic.csv"), "columns come back as they were");
    assert_eq!(s.run(&["sample", "m", "-n", "50", "-q"]).ends(0).out, s.text("a.csv"), "standard output");
    for name in ["d.parquet", "d.arrow", "d.ndjson", "d.tsv", "d.csv.gz"] {
        s.run(&["sample", "m", "-n", "20", "-o", name]).ends(0);
        let read = s.run(&["profile", name]).ends(0);
        assert!(read.out.starts_with("20 rows, 27 columns"), "{name}: {}", read.out);
    }
    assert_eq!(s.run(&["sample", "m", "-n", "0", "-q"]).ends(0).out.lines().count(), 1, "no rows: a header");
    let inspected = s.run(&["inspect", "m"]).ends(0);
    assert!(inspected.out.contains("learned     400 rows") && inspected.out.contains("leaves of trees"));
    let json: serde_json::Value =
        serde_json::from_str(&s.run(&["inspect", "m", "--json"]).ends(0).out).unwrap();
    assert_eq!(json["engine"], "trees");
}

#[test]
fn conditions_are_met_exactly_or_the_shortfall_is_explained() {
    let s = Session::new();
    s.clinic("clinic.csv", 600);
    s.run(&["fit", "clinic.csv", "-o", "m", "-q"]).ends(0);
    let done = s.run(&["sample", "m", "-n", "25", "--where", "age >= 70 and sex = F", "-q"]).ends(0);
    let mut lines = done.out.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 25);
    for row in &rows {
        assert_eq!(row[place("sex")], "F");
        assert!(row[place("age")].parse::<f64>().unwrap() >= 70.0);
    }
    let none = s
        .run(&["sample", "m", "-n", "5", "--where", "age < 0", "--max-tries", "9000", "-o", "none.csv"])
        .ends(3);
    assert!(none.err.contains("0 of 5 units meet `--where` after 9000 draws"), "{}", none.err);
    assert!(none.err.contains("hint: ") && !s.path("none.csv").exists());
}

#[test]
fn evaluate_judges_anybodys_data_and_gates_on_request() {
    let s = Session::new();
    let all = s.clinic("all.csv", 900);
    s.table("train.csv", &all.take(&(0..500).collect::<Vec<_>>()));
    s.table("holdout.csv", &all.take(&(500..700).collect::<Vec<_>>()));
    s.table("real.csv", &all.take(&(700..900).collect::<Vec<_>>()));
    let roles = |synthetic: &'static str| {
        ["evaluate", "--train", "train.csv", "--holdout", "holdout.csv", "--synthetic", synthetic]
    };
    let args = [&roles("real.csv")[..], &["--target", "readmitted_30d", "-o", "good", "--progress", "none"]];
    let good = s.run(&args.concat()).ends(0);
    assert!(good.out.contains("report: good/report.html"), "{}", good.out);
    assert!(s.json("good/metrics.json")["about"]["n_synthetic"] == 200);
    // Training rows as synthetic data are a leak: the verdict fails, and with --gate so does the command.
    let args = [&roles("train.csv")[..], &["-o", "leak", "--gate", "--json"]].concat();
    let leak = s.run(&args).ends(4);
    let card: serde_json::Value = serde_json::from_str(&leak.out).unwrap();
    let privacy = card["verdicts"].as_array().unwrap().iter().find(|v| v["question"] == "privacy").unwrap();
    assert_eq!(privacy["outcome"], "fail");
    s.run(&["report", "leak"]).ends(0);
}

#[test]
fn run_holds_out_a_file_and_verify_sees_every_change() {
    let s = Session::new();
    let all = s.clinic("all.csv", 500);
    s.table("train.csv", &all.take(&(0..350).collect::<Vec<_>>()));
    s.table("holdout.csv", &all.take(&(350..500).collect::<Vec<_>>()));
    let args = ["run", "train.csv", "--holdout", "holdout.csv", "--engine", "independent", "-n", "120"];
    s.run(&[&args[..], &["-o", "r", "--progress", "none"]].concat()).ends(0);
    let manifest = s.json("r/manifest.json");
    let names: Vec<&str> =
        manifest["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["profile", "split", "fit", "sample", "evaluate", "report"]);
    assert_eq!(manifest["inputs"].as_object().unwrap().len(), 2);
    assert_eq!(s.text("r/synthetic/data.csv").lines().count(), 121);
    assert_eq!(s.text("r/split/holdout.ids").lines().count(), 150);
    let whole = s.run(&["verify", "r"]).ends(0);
    assert!(whole.out.starts_with("as it was made: 6 stages"), "{}", whole.out);
    s.run(&["report", "r"]).ends(0);
    s.run(&["verify", "r"]).ends(0);
    // From a recipe that a run wrote, the same run comes again.
    s.run(&["run", "train.csv", "--config", "r/recipe.toml", "-o", "again", "-q"]).ends(0);
    assert_eq!(s.text("again/synthetic/data.csv"), s.text("r/synthetic/data.csv"));
    // A model of a run can be drawn from and inspected.
    s.run(&["sample", "r", "-n", "3"]).ends(0);
    let data = s.text("r/synthetic/data.csv");
    s.file("r/synthetic/data.csv", data.replacen(',', ";", 1));
    let changed = s.run(&["verify", "r"]).ends(3);
    assert!(changed.err.contains("was changed after it was made: synthetic/data.csv"), "{}", changed.err);
    s.file("r/synthetic/data.csv", data);
    s.run(&["verify", "r"]).ends(0);
    let text = s.text("r/manifest.json");
    s.file("r/manifest.json", text.replacen("\"threads\": ", "\"threads\": 9", 1));
    let changed = s.run(&["verify", "r"]).ends(3);
    assert!(changed.err.contains("record of stage `profile`"), "{}", changed.err);
}

#[test]
fn explain_prints_pages_and_lists() {
    let s = Session::new();
    let engines = s.run(&["explain", "engines"]).ends(0).out;
    for line in engines.lines() {
        let id = line.split_whitespace().next().unwrap();
        let page = s.run(&["explain", id]).ends(0).out;
        assert!(page.contains("## When it loses") && page.contains("## Guarantee"), "{page}");
    }
    let metrics = s.run(&["explain", "metrics"]).ends(0).out;
    assert!(metrics.lines().count() >= 15, "{metrics}");
    let page = s.run(&["explain", metrics.split_whitespace().next().unwrap()]).ends(0).out;
    assert!(page.contains("Sources:"), "{page}");
    let wrong = s.run(&["explain", "tress"]).ends(2);
    assert!(wrong.err.contains("did you mean `trees`?"), "{}", wrong.err);
}

#[test]
fn completions_and_the_manual_are_generated() {
    let s = Session::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(s.run(&["completions", shell]).ends(0).out.contains("verosim"), "{shell}");
    }
    assert!(s.run(&["man"]).ends(0).out.contains(".TH verosim 1"));
}
