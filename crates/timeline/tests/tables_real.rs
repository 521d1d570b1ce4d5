//! Do real folders of tables come back cell by cell?
//!
//! The data are looked for in `VEROSIM_DATA`; where they are absent, tests are skipped and say so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_data::io::{FileFormat, Parts, ReadOptions, SourceInfo};
use verosim_timeline::shape::tables::{
    Mapping, Tables, TablesOptions, TablesSink, mapping, recognise, relate,
};
use verosim_timeline::{Fate, Sink as _, Source as _};

fn data(folder: &str) -> Option<PathBuf> {
    let root = std::env::var("VEROSIM_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let path = Path::new(&root).join(folder);
    if !path.is_dir() {
        eprintln!("skipped: no real data at {root} (set VEROSIM_DATA)");
        return None;
    }
    Some(path)
}

/// The rows of a file by their cells in order of the columns' names: a number per row that equal rows share.
fn rows(path: &Path) -> (Vec<String>, Vec<u128>) {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut parts = Parts::open(path, &ReadOptions::default(), 50_000).unwrap();
    let mut names = parts.names();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&at| names[at].clone());
    names.sort();
    let mut all = Vec::new();
    while let Some(part) = parts.next_part(Context::silent()).unwrap() {
        for row in 0..part.table.n_rows() {
            let (mut a, mut b) = (DefaultHasher::new(), DefaultHasher::new());
            b.write_u8(7);
            for &at in &order {
                let cell = part.table.columns()[at].cell(row);
                cell.hash(&mut a);
                cell.hash(&mut b);
            }
            all.push(u128::from(a.finish()) << 64 | u128::from(b.finish()));
        }
    }
    all.sort_unstable();
    (names, all)
}

fn file_of(folder: &Path, table: &str) -> PathBuf {
    let plain = folder.join(format!("{table}.csv"));
    if plain.exists() { plain } else { folder.join(format!("{table}.csv.gz")) }
}

/// Reads, writes, and compares: names and rows of the carried tables, and names of those that are not carried.
fn there_and_back(
    folder: &Path,
    mapping: &Mapping,
    options: TablesOptions,
) -> (BTreeMap<String, u64>, Vec<String>) {
    let start = std::time::Instant::now();
    let ctx = Context::silent();
    let tables = Tables::open(folder, mapping, options, ctx).unwrap();
    let read = start.elapsed();
    let out = tempfile::tempdir().unwrap();
    let how = SourceInfo::of(FileFormat::Csv);
    let mut sink =
        Box::new(TablesSink::create(out.path(), tables.mapping(), tables.codes(), &how, false).unwrap());
    let mut events = 0;
    for shard in 0..tables.shards() {
        let shard = tables.read(shard, ctx).unwrap();
        events += shard.len();
        sink.write(&shard, ctx).unwrap();
    }
    let written = sink.finish(tables.codes(), ctx).unwrap();
    eprintln!(
        "{}: {events} events of {} people, read in {read:.2?}, written in {:.2?}",
        mapping.shape(),
        written.people,
        start.elapsed().saturating_sub(read)
    );
    for finding in tables.findings().iter() {
        eprintln!("  {finding}");
    }
    assert_eq!(written.events, events as u64);
    let mut carried = BTreeMap::new();
    for (table, n) in &written.tables {
        let (names, want) = rows(&file_of(folder, table));
        let (got_names, got) = rows(&file_of(out.path(), table));
        assert_eq!(names, got_names, "{table}");
        let differ = want.len().abs_diff(got.len()) + want.iter().zip(&got).filter(|(a, b)| a != b).count();
        assert!(want == got, "{table}: {differ} of {} rows differ", want.len());
        assert_eq!(want.len() as u64, *n);
        carried.insert(table.clone(), *n);
    }
    let lost: Vec<String> = written.loss.iter().map(|finding| finding.place).collect();
    let told: Vec<String> = tables
        .findings()
        .iter()
        .filter(|finding| finding.fate == Fate::NotCarried && finding.count > 0)
        .map(|finding| finding.place)
        .collect();
    assert_eq!(told, lost, "what is told when reading is told when writing");
    eprintln!("  carried {carried:?}\n  not carried {lost:?}");
    (carried, lost)
}

fn known(name: &str, folder: &str, options: TablesOptions) -> Option<(BTreeMap<String, u64>, Vec<String>)> {
    let folder = data(folder)?;
    let recognised = recognise(&folder, Context::silent()).unwrap().expect("it is recognised");
    assert_eq!(recognised.mapping.shape(), name, "{}", recognised.reason);
    Some(there_and_back(&folder, &mapping(name).unwrap(), options))
}

#[test]
fn synthea_comes_back() {
    let Some((carried, lost)) = known("synthea", "synthea_ehr/csv", TablesOptions::default()) else { return };
    assert_eq!(carried.len(), 15);
    assert_eq!(lost, ["organizations", "payers", "providers"]);
}

#[test]
fn mimic_iv_comes_back() {
    let Some((carried, lost)) = known("mimic-iv", "mimic_iv_demo", TablesOptions::default()) else { return };
    assert_eq!(carried.len(), 18);
    assert_eq!(lost, ["hosp/d_labitems", "hosp/provider", "icu/caregiver"]);
}

#[test]
fn mimic_iii_comes_back() {
    let Some((carried, lost)) = known("mimic-iii", "mimic_iii_demo", TablesOptions::default()) else {
        return;
    };
    assert_eq!(carried.len(), 19);
    assert_eq!(carried["chartevents"], 758_355);
    assert_eq!(lost, ["caregivers", "d_cpt", "d_icd_diagnoses", "d_icd_procedures", "d_items", "d_labitems"]);
}

#[test]
fn a_flat_folder_comes_back() {
    let Some(folder) = data("synthea_ehr/flat300") else { return };
    assert!(recognise(&folder, Context::silent()).unwrap().is_none());
    let mapping = relate(&folder, Context::silent()).unwrap();
    eprintln!("{}", mapping.to_toml());
    let (carried, lost) = there_and_back(&folder, &mapping, TablesOptions::default());
    assert_eq!((carried.len(), carried["observations"], lost.len()), (7, 47_307, 0));
    // Little memory: the same by way of a temporary folder.
    let options = TablesOptions { memory_limit: 4 << 20, part_rows: 1_000 };
    assert_eq!(there_and_back(&folder, &mapping, options).0, carried);
}

#[test]
fn eighteen_tables_are_related_without_a_mapping() {
    let Some(folder) = data("synthea_ehr/csv") else { return };
    let mapping = relate(&folder, Context::silent()).unwrap();
    let (carried, lost) = there_and_back(&folder, &mapping, TablesOptions::default());
    assert_eq!(
        (carried.len(), lost),
        (15, vec!["organizations".into(), "payers".into(), "providers".into()])
    );
}
