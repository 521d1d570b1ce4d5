//! Are resources valid that are made of events which no resource was?

use super::*;
use crate::event::{Builder, Event, STATIC, instant};
use crate::{CodeBook, Fate};

/// Events as generators and other shapes have them.
pub(in super::super) fn foreign() -> Events {
    let mut builder = Builder::default();
    let ward = builder.extra("ward");
    let at = |text: &str| instant::read(text).unwrap().micros;
    let (day, later) = (at("2020-05-06 10:30:00"), at("2020-05-08 09:00:00"));
    let event = |code: &'static str, time: i64| Event { subject: 10_000_032, time, code, ..Event::default() };
    for (code, time) in [
        ("GENDER//F", STATIC),
        ("RACE//white", STATIC),
        ("ETHNICITY//nonhispanic", STATIC),
        ("MARITAL//SINGLE", STATIC),
        ("LANGUAGE//en", STATIC),
        ("MEDS_BIRTH", at("1950-01-01")),
        ("MEDS_DEATH", later),
    ] {
        builder.push(&event(code, time));
    }
    let stay = Event {
        end: later,
        visit: "22595853",
        ..event("HOSPITAL_ADMISSION//EW EMER.//PHYSICIAN REFERRAL", day)
    };
    builder.push(&stay);
    builder.push(&Event { visit: "7", ..event("VISIT//OMOP//9203", later) });
    builder.push(&Event { end: later, visit: "22595853", ..event("ICU_ADMISSION//Medical ICU", day) });
    for code in [
        "CONDITION//SNOMED//38341003",
        "DIAGNOSIS//ICD//10//I10",
        "PROCEDURE//CPT//99213",
        "ALLERGY//TEXT//nuts",
        "DEVICE//OMOP//4222966",
        "IMMUNIZATION//CVX//140",
        "CAREPLAN//SNOMED//698360004",
        "SPECIMEN//SNOMED//122555007",
        "ORDER//LOINC//24357-6",
        "IMAGING//SNOMED//399208008",
        "SUPPLY//SNOMED//337388004",
        "INSURANCE//Medicaid",
        "OTHER//thing",
        "OBSERVATION//LOINC//72166-2",
        "DRUG",
        "BILLING//CPT//99213",
    ] {
        builder.push(&Event { visit: "22595853", ..event(code, day) });
        builder.push(&event(code, STATIC));
        builder.push(&Event { end: later, text: "in words", number: Some(2.5), ..event(code, day) });
    }
    for code in [
        "MEASUREMENT//LOINC//2339-0//mg/dL",
        "LAB//50912//mg/dL",
        "MEASUREMENT//LOINC//8867-4///min",
        "LAB//1",
    ] {
        builder.push(&Event {
            number: Some(6.3),
            visit: "22595853",
            extras: &[(ward, "north")],
            ..event(code, day)
        });
    }
    builder.push(&Event { text: "SNOMED//260385009", ..event("MEASUREMENT//LOINC//5778-6", day) });
    builder.push(&Event { number: Some(10.0), end: later, ..event("DRUG//RXNORM//314076//mg", day) });
    builder.push(&Event { number: Some(99.5), end: later, ..event("BILLING//CPT//99213//USD", day) });
    builder.push(&Event { text: "Seen today.\nStable.", visit: "404", ..event("NOTE//LOINC//34117-2", day) });
    for source in [
        "MedicationAdministration",
        "MedicationStatement",
        "ExplanationOfBenefit",
        "DiagnosticReport",
        "Device",
    ] {
        builder.push(&Event { source, ..event("DRUG//RXNORM//314076", day) });
        builder.push(&Event { source, ..event("DRUG//RXNORM//314076", STATIC) });
    }
    builder
        .push(&Event { source: "Observation.component", ..event("MEASUREMENT//LOINC//8480-6//mm[Hg]", day) });
    builder.push(&event("OBSERVED//x", day));
    builder.push(&Event { subject: -7, time: day, code: "CONDITION//TEXT//alone", ..Event::default() });
    builder.finish()
}

#[test]
fn whatever_is_made_is_valid_and_points_somewhere() {
    for kind in [Package::Ndjson, Package::Bundles] {
        let out = tempfile::tempdir().unwrap();
        let options = WriteOptions { synthetic: true, us_core: true, ..package(kind) };
        // The sink itself refuses what breaks the standard.
        let written = write(&[foreign()], out.path(), &options);
        let all = resources_in(out.path());
        assert_eq!(written.tables.iter().map(|(_, rows)| *rows).sum::<u64>(), all.len() as u64);
        for resource in all.values() {
            assert_eq!(resource["meta"]["tag"][0]["code"], "HTEST");
            assert!(!resource.to_string().contains("null"));
            for place in ["subject", "patient", "beneficiary", "encounter", "context", "partOf"] {
                if let Some(reference) = resource[place]["reference"].as_str() {
                    let (_, id) = reference.rsplit_once(['/', ':']).unwrap();
                    assert!(all.keys().any(|key| key.ends_with(id)), "{place} points nowhere");
                }
            }
        }
        let classes: Vec<&str> =
            all.values().filter_map(|resource| resource["class"]["code"].as_str()).collect();
        assert!(classes.len() == 3 && classes.contains(&"EMER") && classes.contains(&"IMP"), "{classes:?}");
        assert_eq!(all["Patient/10000032"]["gender"], "female");
        let extensions = &all["Patient/10000032"]["extension"];
        assert_eq!(extensions[0]["extension"][0]["valueCoding"]["code"], "2106-3");
    }
}

#[test]
fn codes_come_back_whole_and_losses_are_told() {
    let (out, events) = (tempfile::tempdir().unwrap(), foreign());
    let written = write(std::slice::from_ref(&events), out.path(), &WriteOptions::default());
    let back = &shards(&open(out.path()))[0];
    let codes = |events: &Events| {
        let mut codes: Vec<String> =
            (0..events.len()).map(|row| events.codes().cell(row).to_owned()).collect();
        // The Patient is told in the words of FHIR.
        codes.retain(|code| {
            !["GENDER", "SEX", "RACE", "ETHNICITY", "MARITAL", "LANGUAGE", "PERSON", "OBSERVED"]
                .contains(&code.split("//").next().unwrap())
        });
        codes.sort();
        codes
    };
    assert_eq!(codes(back), codes(&events));
    let told: Vec<String> = written.loss.iter().map(|finding| finding.to_string()).collect();
    for part in [
        "OBSERVED: 1 events of a kind that no resource is",
        "extra.ward: 4 cells",
        "NOTE: 1 visits that no event tells of",
        "ALLERGY: 1 numbers that a AllergyIntolerance has no place for",
        "DRUG: 1 times that a Device has no place for",
    ] {
        assert!(told.iter().any(|line| line.starts_with(part)), "{part}: {told:#?}");
    }
    assert_eq!(written.loss.total(Fate::Kept), 0);
}

#[test]
fn the_same_events_make_the_same_files() {
    let bytes = || {
        let out = tempfile::tempdir().unwrap();
        write(&[foreign()], out.path(), &WriteOptions::default());
        fs::read(out.path().join("Observation.ndjson")).unwrap()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn the_book_gives_words_and_addresses() {
    let source = read_files(&[("all.ndjson", FIXTURE.as_bytes())]);
    let mut builder = Builder::default();
    builder.push(&Event { subject: 1, time: 0, code: "CONDITION//dx//D-7", ..Event::default() });
    let out = tempfile::tempdir().unwrap();
    let codes: CodeBook = source.codes().clone();
    write(&[builder.finish()], out.path(), &WriteOptions { codes, ..WriteOptions::default() });
    let text = fs::read_to_string(out.path().join("Condition.ndjson")).unwrap();
    assert!(text.contains("http://hospital.org/codes/dx") && text.contains("House code"), "{text}");
}

#[test]
fn files_that_are_there_stay_unless_told() {
    let out = tempfile::tempdir().unwrap();
    write(&[foreign()], out.path(), &WriteOptions::default());
    assert!(FhirSink::create(out.path(), WriteOptions::default()).is_err());
    let few = foreign().retain(|row| row < 9);
    write(&[few], out.path(), &WriteOptions { overwrite: true, ..WriteOptions::default() });
    let names =
        fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let whole = ["Condition.ndjson", "Patient.ndjson", "Procedure.ndjson", "manifest.json"];
    assert_eq!(names, whole, "what was left of the older export is gone, and no part is left");
    let dropped = tempfile::tempdir().unwrap();
    let mut sink = FhirSink::create(dropped.path(), WriteOptions::default()).unwrap();
    sink.write(&foreign(), Context::silent()).unwrap();
    drop(sink);
    assert_eq!(fs::read_dir(dropped.path()).unwrap().count(), 0);
}

/// For `bench/fhir_check.py`, which reads what this writes with models that others made: set `VEROSIM_FHIR_OUT`, and
/// `VEROSIM_FHIR_IN` to read something else than the fixture.
#[test]
#[ignore = "writes a folder for another program"]
fn writes_for_other_readers() {
    let Some(out) = std::env::var_os("VEROSIM_FHIR_OUT") else { return };
    let out = Path::new(&out);
    let source = match std::env::var_os("VEROSIM_FHIR_IN") {
        Some(path) => open(Path::new(&path)),
        None => read_files(&[("all.ndjson", FIXTURE.as_bytes())]),
    };
    for finding in source.findings().iter() {
        println!("read: {finding}");
    }
    for (name, events) in [("round", shards(&source)), ("made", vec![foreign()])] {
        for (kind, end) in [(Package::Ndjson, "ndjson"), (Package::Bundles, "bundles")] {
            let options = WriteOptions {
                overwrite: true,
                synthetic: name == "made",
                us_core: name == "made",
                ..package(kind)
            };
            let written = write(&events, &out.join(format!("{name}-{end}")), &options);
            for finding in written.loss.iter() {
                println!("{name}-{end}: {finding}");
            }
        }
    }
}
