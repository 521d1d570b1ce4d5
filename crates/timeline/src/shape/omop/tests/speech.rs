//! What does a vocabulary add?

use super::super::{Omop, Reading, Writing, validate};
use super::fixture::{declared, folder, open, rows, shards, told, write};
use crate::event::{Builder, Event, instant};
use crate::{BIRTH, CodeBook, Source as _};
use tempfile::TempDir;
use verosim_core::Context;

/// A made-up vocabulary around the concepts of the fixture; its words are ours.
fn vocabulary() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, lines: &[&str]| {
        std::fs::write(folder.path().join(name), lines.join("\n").replace('|', "\t") + "\n").unwrap();
    };
    write(
        "CONCEPT.csv",
        &[
            "concept_id|concept_name|domain_id|vocabulary_id|concept_class_id|standard_concept|concept_code|\
             valid_start_date|valid_end_date|invalid_reason",
            "372328|Ear \"trouble\"|Condition|SNOMED|Disorder|S|65363002|19700101|20991231|",
            "45000001|Ear trouble, old|Condition|ICD10CM|code||H66.90|19700101|20991231|",
            "19073183|Tablet|Drug|RxNorm|Clinical Drug|S|308182|19700101|20991231|",
            "1713332|Stuff|Drug|RxNorm|Ingredient|S|723|19700101|20991231|",
            "3025315|Weight|Measurement|LOINC|Lab Test|S|29463-7|19700101|20991231|",
            "9529|kilogram|Unit|UCUM|Unit|S|kg|19700101|20991231|",
            "9201|Stay|Visit|Visit|Visit|S|IP|19700101|20991231|",
        ],
    );
    write(
        "CONCEPT_RELATIONSHIP.csv",
        &[
            "concept_id_1|concept_id_2|relationship_id|valid_start_date|valid_end_date|invalid_reason",
            "45000001|372328|Maps to|19700101|20991231|",
            "45000001|9529|Maps to|19700101|20991231|D",
        ],
    );
    write(
        "CONCEPT_ANCESTOR.csv",
        &[
            "ancestor_concept_id|descendant_concept_id|min_levels_of_separation|max_levels_of_separation",
            "1713332|19073183|2|2",
        ],
    );
    write(
        "VOCABULARY.csv",
        &["vocabulary_id|vocabulary_name|vocabulary_reference|vocabulary_version", "None|n|r|v5.0 made up"],
    );
    folder
}

#[test]
fn codes_get_systems_words_and_parents() {
    let (from, words) = (folder(&[]), vocabulary());
    let reading = Reading { vocabulary: Some(words.path().to_owned()), ..Reading::default() };
    let source = Omop::open(from.path(), &reading, Context::silent()).unwrap();
    let codes = source.codes();
    assert_eq!(codes.description("CONDITION//SNOMED//65363002"), "Ear \"trouble\"");
    assert_eq!(codes.description("MEASUREMENT//LOINC//29463-7//kg"), "Weight");
    assert_eq!(codes.description("VISIT//Visit//IP"), "Stay");
    assert!(codes.get("CONDITION//SOURCE//odd/ /code").is_some());
    let to = tempfile::tempdir().unwrap();
    let vocabulary = Some(words.path().to_owned());
    let writing = Writing { vocabulary, codes: codes.clone(), ..Writing::new(declared()) };
    let written = write(&shards(&source), to.path(), writing).unwrap();
    assert_eq!(told(&written.loss), Vec::<String>::new(), "drug eras are by ingredient");
    let (_, eras) = rows(&to.path().join("drug_era.csv"));
    assert_eq!(eras, [["1", "1", "1713332", "2020-01-02", "2020-01-12", "1", "0"]]);
    // Every cell still comes back.
    for name in ["condition_occurrence", "measurement", "visit_occurrence", "drug_exposure"] {
        let path = from.path().join(format!("{name}.csv"));
        let (columns, before) = rows(&path);
        assert!(!before.is_empty());
        let after = super::fixture::multiset(&to.path().join(format!("{name}.csv")), &columns);
        assert_eq!(super::fixture::multiset(&path, &columns), after, "{name}");
    }
}

#[test]
fn drawn_codes_become_standard_concepts() {
    let words = vocabulary();
    let mut builder = Builder::default();
    let time = instant::day(2020, 1, 2).unwrap();
    builder.push(&Event { subject: 1, time, code: BIRTH, ..Event::default() });
    let mut codes = CodeBook::default();
    for code in ["CONDITION//ICD10CM//H66.90", "DRUG//RXNORM//308182", "MEASUREMENT//LOINC//29463-7//kg"] {
        codes.note(code, "");
        builder.push(&Event { subject: 1, time, code, ..Event::default() });
    }
    let to = tempfile::tempdir().unwrap();
    let vocabulary = Some(words.path().to_owned());
    let writing = Writing { codes, vocabulary, ..Writing::new(declared()) };
    write(&[builder.finish()], to.path(), writing).unwrap();
    let cell = |table: &str, name: &str| {
        let (names, rows) = rows(&to.path().join(format!("{table}.csv")));
        rows[0][names.iter().position(|known| known == name).unwrap()].clone()
    };
    assert_eq!(cell("condition_occurrence", "condition_concept_id"), "372328");
    assert_eq!(cell("condition_occurrence", "condition_source_concept_id"), "45000001");
    assert_eq!(cell("condition_occurrence", "condition_source_value"), "H66.90");
    assert_eq!(cell("drug_exposure", "drug_concept_id"), "19073183");
    assert_eq!(cell("measurement", "unit_concept_id"), "9529");
    assert_eq!(cell("cdm_source", "vocabulary_version"), "v5.0 made up");
}

#[test]
fn concepts_are_held_against_the_vocabulary() {
    let (from, words) = (folder(&[]), vocabulary());
    let findings = validate(from.path(), Some(words.path()), Context::silent()).unwrap();
    let told = told(&findings);
    let expected = "condition_occurrence.condition_type_concept_id: 3 concepts that the vocabulary does not have, kept \
                    as they came (lines 2, 3, 4)";
    assert!(told.iter().any(|sentence| sentence == expected), "{told:#?}");
    assert!(told.iter().all(|sentence| !sentence.starts_with("drug_exposure.drug_concept_id")), "{told:#?}");
    assert!(open(from.path()).is_ok());
}
