//! Is bad FHIR told, and does the rest come through?

use super::*;
use crate::{Fate, TimelineError};
use std::io::Write as _;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","gender":"female"}"#;

fn condition(id: &str, more: &str) -> String {
    format!(
        r#"{{"resourceType":"Condition","id":"{id}","code":{{"text":"canary"}},"subject":{{"reference":"Patient/p"}}{more}}}"#
    )
}

const DATED: &str = r#","onsetDateTime":"2020-01-01T10:00:00Z""#;

/// Reads lines; the findings in words, and the number of events.
fn told(lines: &[&str]) -> (String, usize) {
    let source = read_files(&[("Condition.ndjson", lines.join("\n").as_bytes())]);
    summary(&source)
}

fn summary(source: &FhirSource) -> (String, usize) {
    let lines: Vec<String> = source.findings().iter().map(|finding| finding.to_string()).collect();
    let told = lines.join("\n");
    assert!(!told.contains("canary"), "a finding never tells a cell");
    (told, shards(source).iter().map(Events::len).sum())
}

fn check(lines: &[&str], finding: &str, events: usize) {
    let (told, n) = told(lines);
    assert!(told.contains(finding), "{finding}\n{told}");
    assert_eq!(n, events, "{finding}");
}

#[test]
fn what_is_wrong_is_counted_and_the_rest_is_read() {
    let good = condition("c", DATED);
    let plain = condition("d", "");
    let unread = condition("d", r#","onsetDateTime":"canary""#);
    let zoned = condition("e", r#","onsetDateTime":"2020-01-01T10:00:00+05:00""#);
    let stranger = good.replace("Patient/p", "Patient/canary").replace(r#""id":"c""#, r#""id":"x""#);
    let group = plain.replace("Patient/p", "Group/g");
    let nobody = r#"{"resourceType":"Condition","id":"n","code":{"text":"canary"}}"#;
    let null = condition("z", &format!("{DATED},\"severity\":null"));
    let other = good.replace("canary", "canary 2");
    let alien = r#"{"resourceType":"canary","id":"1"}"#;
    let known = r#"{"resourceType":"Flag","id":"1"}"#;
    let deep = format!("{}{}", r#"{"resourceType":"Condition","x":"#.repeat(150), "1}");
    let cases: &[(&[&str], &str, usize)] = &[
        (
            &[PATIENT, "{\"resourceType\": \"Con", &good],
            "Condition.ndjson: 1 documents that do not read as JSON, set aside (lines 2)",
            3,
        ),
        (
            &["{broken", PATIENT],
            "Condition.ndjson: 1 documents that do not read as JSON, set aside (lines 1)",
            2,
        ),
        (
            &[PATIENT, &stranger],
            "1 resources that refer to a Patient that no resource is, kept as they came (lines 2)",
            4,
        ),
        (
            &[PATIENT, &plain],
            "1 resources without a date: they stand before all that have one, kept without it (lines 2)",
            3,
        ),
        (&[PATIENT, &unread], "1 resources with a date that does not read", 3),
        (
            &[PATIENT, &good, &zoned],
            "1 times in another zone than the first: the clock of the place is kept",
            4,
        ),
        (&[PATIENT, &good, &good], "1 resources that repeat one of the same id, set aside (lines 3)", 3),
        (
            &[PATIENT, &good, &other],
            "1 resources whose id another one of the type has, kept as they came (lines 3)",
            4,
        ),
        (
            &[PATIENT, &PATIENT.replace("female", "male")],
            "1 Patient resources whose id another Patient has, set aside",
            2,
        ),
        (&[PATIENT, alien], "1 resources of a type that FHIR R4 does not know, set aside (lines 2)", 2),
        (&[PATIENT, known], "1 Flag resources, a type that is not read, set aside (lines 2)", 2),
        (&[PATIENT, "{\"a\":1}"], "1 objects without a resourceType, set aside (lines 2)", 2),
        (&[PATIENT, &deep], "1 documents that nest deeper than 127 levels, set aside (lines 2)", 2),
        (&[PATIENT, &group], "1 resources about something else than a patient, set aside (lines 2)", 2),
        (&[PATIENT, nobody], "1 resources that name no patient, set aside (lines 2)", 2),
        (&[PATIENT, &null], "1 resources with members that are null, kept without it (lines 2)", 3),
        (
            &[PATIENT, r#"{"resourceType":"Patient","gender":"male"}"#],
            "1 Patient resources without an id, set aside",
            2,
        ),
    ];
    for (lines, finding, events) in cases {
        check(lines, finding, *events);
    }
}

#[test]
fn a_missing_patient_is_written_so_that_references_resolve() {
    let stranger = condition("x", DATED).replace("Patient/p", "Patient/q-1");
    let source = read_files(&[("Condition.ndjson", format!("{PATIENT}\n{stranger}\n").as_bytes())]);
    let out = tempfile::tempdir().unwrap();
    write(&shards(&source), out.path(), &WriteOptions::default());
    let all = resources_in(out.path());
    assert!(all.contains_key("Patient/q-1"));
    assert_eq!(all["Condition/x"]["subject"]["reference"], "Patient/q-1");
}

#[test]
fn a_bundle_without_a_patient_is_told() {
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{}}}]}}"#,
        condition("c", DATED)
    );
    let (told, events) = summary(&read_files(&[("x.json", bundle.as_bytes())]));
    assert!(told.contains("bundles: 1 Bundles without a Patient, kept as they came (lines 1)"), "{told}");
    assert_eq!(events, 2);
    // Bundles of hospitals and practitioners are no trouble.
    let staff = r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Organization","id":"1"}}]}"#;
    let (told, _) = summary(&read_files(&[("x.json", staff.as_bytes()), ("y.ndjson", PATIENT.as_bytes())]));
    assert!(!told.contains("without a Patient"), "{told}");
}

#[test]
fn a_pretty_bundle_is_one_document() {
    let bundle = format!(
        "{{\n \"resourceType\": \"Bundle\",\n \"type\": \"collection\",\n \"entry\": [\n {{\"resource\": {PATIENT}}},\n {{\"resource\": {}}}\n ]\n}}\n",
        condition("c", DATED)
    );
    let (told, events) = summary(&read_files(&[("x.json", bundle.as_bytes())]));
    assert_eq!((told.as_str(), events), ("", 3));
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_file_that_was_cut_is_read_as_far_as_it_goes() {
    let lines: Vec<String> =
        (0..5000).map(|at| condition(&format!("c{}", at * 7919 % 100_003), DATED)).collect();
    let whole = packed(&format!("{PATIENT}\n{}", lines.join("\n")));
    let (told, events) = summary(&read_files(&[("a.ndjson.gz", &whole[..whole.len() / 2])]));
    assert!(told.contains("a.ndjson.gz: 1 files that end too early, kept without it"), "{told}");
    assert!(events > 100 && events < 5002, "{events}");
}

#[test]
fn a_line_far_beyond_the_limit_is_skipped_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(PATIENT.as_bytes()).unwrap();
    packer.write_all(b"\n\"").unwrap();
    let block = vec![b'a'; 1 << 20];
    (0..256).for_each(|_| packer.write_all(&block).unwrap());
    packer.write_all(format!("\n{}\n", condition("c", DATED)).as_bytes()).unwrap();
    fs::write(folder.path().join("big.ndjson.gz"), packer.finish().unwrap()).unwrap();
    let options = ReadOptions { longest: 1 << 20, ..ReadOptions::default() };
    let source = FhirSource::open(folder.path(), &options, Context::silent()).unwrap();
    let (told, events) = summary(&source);
    assert_eq!(told, "big.ndjson.gz: 1 lines longer than can be read, set aside (lines 2)");
    assert_eq!(events, 3);
}

#[test]
fn a_folder_that_is_no_fhir_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), "{\"a\": 1}").unwrap();
    let open = |path: &Path| FhirSource::open(path, &ReadOptions::default(), Context::silent());
    assert!(matches!(open(folder.path()), Err(TimelineError::Unknown { .. })));
    assert!(!FhirSource::recognises(folder.path()));
    fs::write(folder.path().join("a.ndjson"), r#"{"resourceType":"Organization","id":"1"}"#).unwrap();
    assert!(matches!(open(folder.path()), Err(TimelineError::Nobody { .. })));
    assert!(FhirSource::recognises(folder.path()));
}

#[test]
fn a_reference_by_identifier_is_followed() {
    let known = r#"{"resourceType":"Patient","id":"p","identifier":[{"system":"s","value":"v"}]}"#;
    let by = |subject: &str| condition("c", DATED).replace(r#"{"reference":"Patient/p"}"#, subject);
    for subject in
        [r#"{"reference":"Patient?identifier=s|v"}"#, r#"{"identifier":{"system":"s","value":"v"}}"#]
    {
        let (told, events) = told(&[known, &by(subject)]);
        assert_eq!((told.as_str(), events), ("", 2), "{subject}");
    }
    check(
        &[PATIENT, &by(r#"{"reference":"canary"}"#)],
        "1 resources whose patient cannot be told from the reference",
        2,
    );
    assert_eq!(read_files(&[("a.ndjson", known.as_bytes())]).findings().total(Fate::SetAside), 0);
}
