//! Does every resource come back as it was?

use super::*;
use crate::event::instant;
use serde_json::json;
use std::fmt::Write as _;

const NOT_CARRIED: &[&str] =
    &["Organization/o1", "Practitioner/pr1", "Location/l1", "Provenance/pv1", "Device/de2"];

/// The fixture, but for what no event is.
fn expected() -> BTreeMap<String, Value> {
    let mut all = resources(FIXTURE.lines());
    all.retain(|key, _| !NOT_CARRIED.contains(&key.as_str()));
    all
}

fn same(got: &BTreeMap<String, Value>, want: &BTreeMap<String, Value>) {
    assert_eq!(got.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>());
    for (key, value) in want {
        assert_eq!(&got[key], value, "{key}");
    }
}

#[test]
fn ndjson_comes_back_resource_by_resource() {
    let source = read_files(&[("part-1.ndjson", FIXTURE.as_bytes())]);
    let out = tempfile::tempdir().unwrap();
    let written = write(&shards(&source), out.path(), &WriteOptions::default());
    assert!(written.loss.is_empty(), "{:?}", written.loss);
    same(&resources_in(out.path()), &expected());
    // Digits and all: an equal value could have been written with others.
    let observations = fs::read_to_string(out.path().join("Observation.ndjson")).unwrap();
    assert!(observations.contains("\"value\":167.30") && observations.contains("\"value\":131.0"));
    let manifest: Value =
        serde_json::from_slice(&fs::read(out.path().join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["output"][0]["type"], "AllergyIntolerance");
    assert_eq!(manifest["requiresAccessToken"], false);
    // What was written reads as what was read.
    assert_eq!(texts(&shards(&open(out.path()))), texts(&shards(&source)));
}

fn texts(events: &[Events]) -> Vec<String> {
    let row = |events: &Events, row: usize| {
        format!(
            "{} {} {} {}",
            events.subjects()[row],
            events.times()[row],
            events.codes().cell(row),
            events.numbers()[row]
        )
    };
    let mut all: Vec<String> = events
        .iter()
        .flat_map(|events| (0..events.len()).map(|at| row(events, at)).collect::<Vec<_>>())
        .collect();
    all.sort();
    all
}

/// The fixture as a Bundle in which everything refers by address.
fn bundle() -> String {
    let mut all: Vec<Value> = FIXTURE.lines().map(|line| decimal::parse(line).unwrap()).collect();
    // Ids of UUID form, so that addresses are made of them.
    let uuid = |at: usize| format!("00000000-0000-4000-8000-{at:012}");
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for (at, resource) in all.iter_mut().enumerate() {
        let old =
            format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
        ids.insert(old, uuid(at));
        resource["id"] = json!(uuid(at));
    }
    let entries: Vec<Value> = all
        .into_iter()
        .map(|resource| {
            let mut text = decimal::print(&resource);
            for (old, new) in &ids {
                text = text.replace(&format!("\"reference\":\"{old}\""), &format!("\"reference\":\"urn:uuid:{new}\""));
                let name = old.split('/').next().unwrap();
                text = text.replace(&format!("/fhir/{old}/"), &format!("/fhir/{name}/{new}/"));
            }
            let url = format!("urn:uuid:{}", resource["id"].as_str().unwrap());
            let name = resource["resourceType"].clone();
            json!({ "fullUrl": url, "resource": decimal::parse(&text).unwrap(), "request": {"method": "POST", "url": name} })
        })
        .collect();
    decimal::print(&json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }))
}

#[test]
fn bundles_come_back_and_settle_outside() {
    let text = bundle();
    let source = read_files(&[("Anna_Beispiel.json", text.as_bytes())]);
    let findings: Vec<_> = source.findings().iter().map(|finding| finding.to_string()).collect();
    assert!(!findings.join("\n").contains("Anna"), "names of files may be those of patients");
    let out = tempfile::tempdir().unwrap();
    write(&shards(&source), out.path(), &package(Package::Bundles));
    let mut want = resources([text.as_str()].into_iter());
    let gone = ["Organization", "Practitioner", "Location", "Provenance"];
    want.retain(|key, value| {
        !gone.iter().any(|name| key.starts_with(&format!("{name}/")))
            && !value.to_string().contains("Shared scanner")
    });
    // Each patient has a file of her own, so the seealso link is all that is left between them.
    same(&resources_in(out.path()), &want);
    let lines = tempfile::tempdir().unwrap();
    write(&shards(&source), lines.path(), &WriteOptions::default());
    let settled = resources_in(lines.path());
    let observation = settled.values().find(|one| one["resourceType"] == "Observation").unwrap();
    let patient = observation["subject"]["reference"].as_str().unwrap();
    assert!(settled.contains_key(patient), "{patient}");
    assert!(!format!("{settled:?}").contains("reference\": String(\"urn:uuid:"));
}

#[test]
fn events_say_what_resources_say() {
    let source = read_files(&[("all.ndjson", FIXTURE.as_bytes())]);
    let events = &shards(&source)[0];
    let find = |code: &str| {
        (0..events.len()).find(|&row| events.codes().cell(row) == code).unwrap_or_else(|| panic!("{code}"))
    };
    for code in [
        "SEX//F",
        "RACE//CDCREC//2106-3",
        "MARITAL//v3-MaritalStatus//M",
        "LANGUAGE//BCP47//en-US",
        "VISIT//ActCode//AMB",
        "VISIT_DETAIL//ActCode//IMP",
        "CONDITION//dx//D-7",
        "ALLERGY//SNOMED//84489001",
        "DRUG//RXNORM//310798",
        "DRUG//RXNORM//197361",
        "IMMUNIZATION//CVX//140//mL",
        "CAREPLAN//SNOMED//698360004",
        "BILLING//SNOMED//185347001//USD",
        "IMAGING//SNOMED//399208008",
        "ORDER//LOINC//24357-6",
        "NOTE//LOINC//34117-2",
        "OBSERVATION//LOINC//72166-2",
        "INSURANCE//TEXT//Medicare",
        "SUPPLY//SNOMED//337388004",
        "SPECIMEN//SNOMED//122555007",
    ] {
        find(code);
    }
    let height = find("MEASUREMENT//LOINC//8302-2//cm");
    assert_eq!(events.numbers()[height], 167.3);
    let local = instant::read("2019-03-04T08:15:30").unwrap().micros;
    assert_eq!(events.times()[height], local, "the clock of the place is kept");
    let pressure = find("MEASUREMENT//LOINC//8480-6//mm[Hg]");
    assert_eq!(
        (events.numbers()[pressure], events.sources().cell(pressure)),
        (131.0, "Observation.component")
    );
    assert_eq!(events.visits().cell(pressure), "9d1f2e34-1111-4222-8333-444455556666");
    let note = find("NOTE//LOINC//34117-2");
    assert_eq!(events.texts().cell(note), "Chief complaint: übel.");
    let smoking = find("OBSERVATION//LOINC//72166-2");
    assert_eq!(events.texts().cell(smoking), "SNOMED//266919005");
    let birth = find("MEDS_BIRTH");
    assert_eq!(events.times()[birth], instant::read("1956-07-19T03:14:00").unwrap().micros);
    let book = source.codes();
    assert_eq!(book.description("CONDITION//SNOMED//38341003"), "Hypertension");
    assert_eq!(book.get("CONDITION//dx//D-7").unwrap().parents, ["http://hospital.org/codes/dx|D-7"]);
    assert!(
        (0..events.len()).all(|row| book.get(events.codes().cell(row)).is_some()),
        "every code is in the book"
    );
    assert_eq!(source.about().people, Some(2));
}

#[test]
fn memory_limits_do_not_change_what_comes_back() {
    let mut text = String::new();
    for patient in 0..300 {
        writeln!(text, "{{\"resourceType\":\"Patient\",\"id\":\"q{patient}\",\"gender\":\"male\"}}").unwrap();
        for at in 0..230 {
            writeln!(
                text,
                "{{\"resourceType\":\"Observation\",\"id\":\"q{patient}-{at}\",\"status\":\"final\",\"code\":{{\"coding\":\
                 [{{\"system\":\"http://loinc.org\",\"code\":\"{}\"}}]}},\"subject\":{{\"reference\":\"Patient/q{patient}\"}},\
                 \"effectiveDateTime\":\"2020-01-{:02}T10:00:00+01:00\",\"valueQuantity\":{{\"value\":{at}.50,\"unit\":\"kg\"}}}}",
                at % 40,
                at % 28 + 1
            )
            .unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("all.ndjson"), &text).unwrap();
    let options = ReadOptions { memory: 8 << 20, ..ReadOptions::default() };
    let source = FhirSource::open(folder.path(), &options, Context::silent()).unwrap();
    assert!(source.shards() > 1);
    let out = tempfile::tempdir().unwrap();
    let written = write(&shards(&source), out.path(), &WriteOptions::default());
    assert_eq!(written.people, 300);
    same(&resources_in(out.path()), &resources(text.lines()));
}

#[test]
fn packed_and_numbered_files_are_known_by_what_they_hold() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let half = FIXTURE.lines().count() / 2;
    let part = |lines: &mut dyn Iterator<Item = &str>| lines.collect::<Vec<_>>().join("\n");
    std::io::Write::write_all(&mut packer, part(&mut FIXTURE.lines().skip(half)).as_bytes()).unwrap();
    let first = part(&mut FIXTURE.lines().take(half));
    let packed = packer.finish().unwrap();
    let files: [(&str, &[u8]); 4] = [
        ("a_000.ndjson.gz", &packed),
        ("Observation.000.ndjson", first.as_bytes()),
        ("manifest.json", br#"{"transactionTime":"x","output":[]}"#),
        ("readme.txt", b"no"),
    ];
    let split = texts(&shards(&read_files(&files)));
    assert_eq!(split, texts(&shards(&read_files(&[("x.ndjson", FIXTURE.as_bytes())]))));
}
