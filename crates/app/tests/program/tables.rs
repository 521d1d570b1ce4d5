//! Do folders of tables come back as folders of tables, with every key intact?

use crate::session::Session;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of a file by the names of its columns. The tables of these tests have no quotes.
fn rows(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    lines.map(|line| names.iter().copied().zip(line.split(',')).collect()).collect()
}

#[test]
fn a_folder_of_tables_is_drawn_as_rows_whose_keys_hold() {
    let s = Session::new();
    s.run(&["demo", "--timelines", "-n", "300", "-o", "demo", "-q"]).ends(0);
    s.run(&["convert", "demo/synthetic", "--to", "synthea", "--synthetic", "-o", "real", "-q"]).ends(0);
    s.run(&["fit", "real", "--engine", "relational", "-o", "model", "-q"]).ends(0);
    let told = s.run(&["inspect", "model"]).ends(0).out;
    assert!(told.contains("relational, of timelines") && told.contains("leaves of trees"), "{told}");
    let sample = ["sample", "model", "--patients", "250", "--seed", "3", "--to", "synthea", "-q", "-o"];
    s.run(&[&sample[..], &["drawn"]].concat()).ends(0);
    s.run(&[&sample[..], &["again"]].concat()).ends(0);

    let (patients, encounters) = (s.text("drawn/patients.csv"), s.text("drawn/encounters.csv"));
    assert_eq!((&patients, &encounters), (&s.text("again/patients.csv"), &s.text("again/encounters.csv")));
    let people: BTreeSet<&str> = rows(&patients).iter().map(|row| row["Id"]).collect();
    assert_eq!(people.len(), 250);
    let visits: BTreeMap<&str, &str> =
        rows(&encounters).iter().map(|row| (row["Id"], row["PATIENT"])).collect();
    assert_eq!(visits.len(), rows(&encounters).len(), "keys of visits differ");
    assert!(visits.len() > 400 && visits.values().all(|person| people.contains(person)));
    let observations = s.text("drawn/observations.csv");
    let observed = rows(&observations);
    let whose = |row: &BTreeMap<&str, &str>| visits.get(row["ENCOUNTER"]) == Some(&row["PATIENT"]);
    assert!(observed.len() > 1_000 && observed.iter().all(whose), "of visits of the same people");
    let real = s.text("real/patients.csv");
    let real: BTreeSet<&str> = rows(&real).iter().map(|row| row["Id"]).collect();
    assert!(people.is_disjoint(&real), "names of patients are new");
    let profile = s.run(&["profile", "drawn", "--json", "-q"]).ends(0).out;
    let profile: serde_json::Value = serde_json::from_str(&profile).unwrap();
    assert_eq!((profile["shape"].as_str(), profile["people"].as_u64()), (Some("synthea"), Some(250)));
}
