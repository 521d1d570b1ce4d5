//! Does FHIR come back as it was, and is bad FHIR told?

mod bad;
mod made;
mod round;

use super::{FhirSink, FhirSource, Package, ReadOptions, WriteOptions, decimal};
use crate::{Events, Sink as _, Source, Written};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use verosim_core::Context;

/// Two patients and every type of resource, one on each line, in the manner of Synthea; written by hand.
pub(super) const FIXTURE: &str = include_str!("synthea.ndjson");

pub(super) fn open(path: &Path) -> FhirSource {
    FhirSource::open(path, &ReadOptions::default(), Context::silent()).unwrap()
}

/// Reads a folder in which `files` stand.
pub(super) fn read_files(files: &[(&str, &[u8])]) -> FhirSource {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    open(folder.path())
}

pub(super) fn shards(source: &dyn Source) -> Vec<Events> {
    (0..source.shards()).map(|shard| source.read(shard, Context::silent()).unwrap()).collect()
}

pub(super) fn write(events: &[Events], folder: &Path, options: &WriteOptions) -> Written {
    let mut sink = Box::new(FhirSink::create(folder, options.clone()).unwrap());
    for shard in events {
        sink.write(shard, Context::silent()).unwrap();
    }
    sink.finish(&options.codes, Context::silent()).unwrap()
}

pub(super) fn package(package: Package) -> WriteOptions {
    WriteOptions { package, ..WriteOptions::default() }
}

/// All resources below a folder or in texts, by type and id.
pub(super) fn resources<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut keep = |resource: Value| {
        let key =
            format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
        assert!(found.insert(key.clone(), resource).is_none(), "{key} twice");
    };
    for text in texts.filter(|text| !text.trim().is_empty()) {
        let mut value = decimal::parse(text).unwrap();
        if value["resourceType"] == "Bundle" {
            for entry in value["entry"].as_array_mut().unwrap() {
                keep(entry["resource"].take());
            }
        } else {
            keep(value);
        }
    }
    found
}

pub(super) fn resources_in(folder: &Path) -> BTreeMap<String, Value> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() != "manifest.json" {
            texts.push(fs::read_to_string(path).unwrap());
        }
    }
    resources(texts.iter().flat_map(|text| text.lines()))
}
