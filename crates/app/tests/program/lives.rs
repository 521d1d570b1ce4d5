//! Do folders of patient records go the whole way: read, learned, drawn, steered, judged, written in other shapes?

use crate::session::Session;
use std::path::Path;

/// Files below a folder with their bytes, in order.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// A run of the fictional clinic's patients; its synthetic people are MEDS.
fn demo(s: &Session) {
    s.run(&["demo", "--timelines", "-n", "240", "-o", "demo", "-q"]).ends(0);
}

#[test]
fn histories_go_the_whole_way_and_into_other_shapes() {
    let s = Session::new();
    demo(&s);
    for file in
        ["profile.json", "manifest.json", "model/model.json", "report/report.html", "report/metrics.json"]
    {
        assert!(s.path("demo").join(file).exists(), "{file}");
    }
    assert!(s.text("demo/report/report.html").contains("lo.c2st"));
    s.run(&["verify", "demo", "-q"]).ends(0);
    let told = s.run(&["inspect", "demo"]).ends(0).out;
    assert!(told.contains("of timelines") && told.contains("least"), "{told}");

    let profile = s.run(&["profile", "demo/synthetic", "--json", "-q"]).ends(0).out;
    let profile: serde_json::Value = serde_json::from_str(&profile).unwrap();
    assert_eq!(profile["shape"], "meds");
    assert!(profile["people"].as_u64().unwrap() > 120 && profile["events"].as_u64().unwrap() > 1_500);
    assert!(profile["name"].as_str().unwrap().starts_with("synthetic patients"));

    for (shape, file) in [("omop", "person.csv"), ("fhir", "Patient.ndjson"), ("synthea", "patients.csv")] {
        let told = s.run(&["convert", "demo/synthetic", "--to", shape, "--synthetic", "-o", shape]).ends(0);
        assert!(told.err.contains("read as meds"), "{}", told.err);
        assert!(s.path(shape).join(file).exists(), "{shape}");
        let again = s.run(&["profile", shape, "--json"]).ends(0);
        assert!(again.err.contains(&format!("read as {shape}")), "{}", again.err);
        let again: serde_json::Value = serde_json::from_str(&again.out).unwrap();
        assert_eq!(again["people"], profile["people"], "{shape}");
    }
    let refused = s.run(&["convert", "demo/synthetic", "--to", "omop", "-o", "omop"]).ends(2);
    assert!(refused.err.contains("exists already"), "{}", refused.err);
    let judged = ["evaluate", "--train", "omop", "--holdout", "demo/input", "--synthetic", "omop", "-o", "e"];
    let told = s.run(&judged).ends(0).out;
    let same =
        ["evaluate", "--train", "demo/input", "--holdout", "demo/input", "--synthetic", "omop", "-o", "f"];
    let same = s.run(&same).ends(3).err;
    assert!(same.contains("holds people of the training data"), "{same}");
    assert!(told.contains("FAIL  privacy"), "who is handed back is found out: {told}");
}

#[test]
fn people_are_asked_for_by_what_they_have() {
    let s = Session::new();
    demo(&s);
    let asked = [
        "sample",
        "demo",
        "--patients",
        "40",
        "--where",
        "sex = F and age >= 40 and has(ICD10:I10)",
        "--to",
        "omop",
        "-o",
        "women",
        "-q",
    ];
    s.run(&asked).ends(0);
    let people = s.text("women/person.csv");
    assert_eq!(people.lines().count(), 41);
    assert!(people.lines().skip(1).all(|line| line.split(',').nth(1) == Some("8532")), "all are women");
    let ids = |text: &str, at: usize, holds: &str| -> std::collections::BTreeSet<String> {
        let met = text.lines().skip(1).filter(|line| line.contains(holds));
        met.map(|line| line.split(',').nth(at).unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&s.text("women/condition_occurrence.csv"), 1, "I10").len(), 40, "all have hypertension");

    // Ages are drawn towards, where few people have them.
    s.run(&["sample", "demo", "-n", "60", "--where", "age in 79..81", "-o", "old", "-q"]).ends(0);
    for none in ["age > 150", "age > 80 and age < 60"] {
        let none = s.run(&["sample", "demo", "-n", "5", "--where", none, "-o", "none"]).ends(3);
        assert!(none.err.contains("0 of 5"), "{}", none.err);
    }
    let none = s.run(&["sample", "demo", "-n", "5", "--where", "has(ICD10:Z99)", "-o", "none"]).ends(3);
    assert!(none.err.contains("0 of 5"), "{}", none.err);
    assert!(!s.path("none").exists());
    let wrong = s.run(&["sample", "demo", "-n", "5", "--where", "agee > 3", "-o", "none"]).ends(2);
    assert!(wrong.err.contains("did you mean `age`?"), "{}", wrong.err);
}

#[test]
fn a_draw_is_the_same_at_any_number_of_threads() {
    let s = Session::new();
    demo(&s);
    for (threads, out) in [("1", "one"), ("4", "four")] {
        s.run(&["sample", "demo", "-n", "700", "--seed", "7", "--threads", threads, "-o", out, "-q"]).ends(0);
    }
    let data = |out: &str| -> Vec<(String, Vec<u8>)> {
        files(&s.path(out)).into_iter().filter(|(name, _)| name.starts_with("data/")).collect()
    };
    assert!(!data("one").is_empty() && data("one") == data("four"));
}

#[test]
fn flat_tables_change_their_format() {
    let s = Session::new();
    s.clinic("clinic.csv", 50);
    s.run(&["convert", "clinic.csv", "-o", "clinic.parquet", "-q"]).ends(0);
    s.run(&["convert", "clinic.parquet", "-o", "again.csv", "-q"]).ends(0);
    assert_eq!(s.text("clinic.csv").lines().count(), s.text("again.csv").lines().count());
    let told = s.run(&["convert", "clinic.csv"]).ends(2);
    assert!(told.err.contains("where to write"), "{}", told.err);
}

#[test]
fn folders_that_are_no_records_are_refused_with_a_hint() {
    let s = Session::new();
    std::fs::create_dir(s.path("empty")).unwrap();
    let told = s.run(&["profile", "empty"]).ends(3);
    assert!(told.err.contains("no shape of patient records") && told.err.contains("hint:"), "{}", told.err);
    let told = s.run(&["profile", "empty", "--from", "omopp"]).ends(2);
    assert!(told.err.contains("did you mean `omop`?"), "{}", told.err);
    let told = s.run(&["fit", "empty", "--engine", "markow"]).ends(2);
    assert!(told.err.contains("did you mean `markov`?"), "{}", told.err);
    let told = s.run(&["explain", "timelines"]).ends(0).out;
    for word in ["omop", "fhir", "meds", "synthea", "mimic-iv", "relational", "markov", "visits"] {
        assert!(told.contains(&format!("- `{word}`")), "{word}");
    }
}

/// Cuts a file of a folder to half its length.
fn cut(s: &Session, name: &str) {
    let bytes = std::fs::read(s.path(name)).unwrap();
    s.file(name, &bytes[..bytes.len() / 2]);
}

#[test]
fn damages_are_named_and_never_taken_for_another_shape() {
    let s = Session::new();
    demo(&s);
    for shape in ["meds", "fhir", "fhir-bundles"] {
        s.run(&["convert", "demo/input", "--to", shape, "-o", shape, "-q"]).ends(0);
    }
    // The only file of events: what is left are tables whose keys would lead to patients.
    cut(&s, "meds/data/train/0.parquet");
    let told = s.run(&["profile", "meds"]).ends(3).err;
    assert!(told.contains("0.parquet` is a damaged Parquet file") && told.contains("hint:"), "{told}");
    s.file("meds/data/train/0.parquet", "");
    let told = s.run(&["profile", "meds"]).ends(3).err;
    assert!(told.contains("0.parquet` is a damaged Parquet file"), "{told}");

    cut(&s, "fhir/Observation.ndjson");
    let mut lines: Vec<String> = s.text("fhir/Condition.ndjson").lines().map(str::to_owned).collect();
    lines[2].truncate(40);
    s.file("fhir/Condition.ndjson", lines.join("\n"));
    let told = s.run(&["profile", "fhir"]).ends(0).out;
    assert!(
        told.contains("Condition.ndjson: 1 documents that do not read as JSON, set aside (lines 3)"),
        "{told}"
    );
    assert!(
        told.contains("Observation.ndjson: 1 documents that do not read as JSON, set aside (lines "),
        "{told}"
    );

    // A file of FHIR alone is patient records too.
    let bundle = files(&s.path("fhir-bundles")).swap_remove(0).0;
    let told = s.run(&["profile", &format!("fhir-bundles/{bundle}")]).ends(0).out;
    assert!(told.contains("fhir timelines") && told.contains("\n1 people"), "{told}");
    let mut without = s.json(&format!("fhir-bundles/{bundle}"));
    let entries = without["entry"].as_array_mut().unwrap();
    entries.retain(|entry| entry["resource"]["resourceType"] != "Patient");
    s.file(&format!("fhir-bundles/{bundle}"), without.to_string());
    let told = s.run(&["profile", "fhir-bundles"]).ends(0).out;
    assert!(told.contains("1 Bundles without a Patient, kept as they came"), "{told}");

    s.file("tables/patients.csv", "id,sex\n1,F\n2,M\n");
    s.file("tables/visits.csv", "id,patient_id,start\n7,1,2020-01-02\n8,9,2020-01-03\n");
    s.file("tables/labs.parquet", "PAR1 and no more");
    s.file("tables/photo.csv", [0x89, b'P', b'N', b'G', 0, 1, 2]);
    let told = s.run(&["profile", "tables"]).ends(3).err;
    assert!(told.contains("labs.parquet` is a damaged Parquet file"), "{told}");
    std::fs::remove_file(s.path("tables/labs.parquet")).unwrap();
    let told = s.run(&["profile", "tables"]).ends(0).out;
    assert!(told.contains("photo: 1 does not read as a table, not carried"), "{told}");
}
