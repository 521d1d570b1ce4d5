//! Does each command do what its line in the help says?

use crate::session::Session;

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
fn completions_and_the_manual_are_generated() {
    let s = Session::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(s.run(&["completions", shell]).ends(0).out.contains("verosim"), "{shell}");
    }
    assert!(s.run(&["man"]).ends(0).out.contains(".TH verosim 1"));
}
