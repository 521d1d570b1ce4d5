//! Do tables survive every format, and is every bad file refused in words?

use super::*;
use crate::{RawColumn, RawTable, SourceType};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use tempfile::TempDir;
use verosim_core::{Context, Hint as _};

fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn load(bytes: &[u8]) -> Result<(RawTable, SourceInfo), ReadError> {
    let (_folder, path) = file("t", bytes);
    read(&path, &ReadOptions::default(), Context::silent())
}

fn cells(table: &RawTable) -> Vec<Vec<String>> {
    table.columns().iter().map(|c| (0..c.len()).map(|row| c.cell(row).to_owned()).collect()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn formats_are_known_by_content() {
    let want = [vec!["1", "2"], vec!["é", ""]];
    for (bytes, format, why) in [
        (b"a,b\n1,\xc3\xa9\n2,\n".to_vec(), FileFormat::Csv, "plain"),
        (b"a;b\r\n1;\xc3\xa9\r\n2;\r\n".to_vec(), FileFormat::Csv, "semicolons and CRLF"),
        (b"a\tb\n1\t\xc3\xa9\n2\t\n".to_vec(), FileFormat::Tsv, "tabs"),
        (b"\xef\xbb\xbfa,b\n1,\xc3\xa9\n2,\n".to_vec(), FileFormat::Csv, "byte-order mark"),
        (b"a,b\n1,\xe9\n2,\n".to_vec(), FileFormat::Csv, "Latin-1"),
        (gzip(b"a,b\n1,\xc3\xa9\n2,\n"), FileFormat::Csv, "gzip"),
        (b"{\"a\":1,\"b\":\"\xc3\xa9\"}\n{\"a\":2,\"b\":null}\n".to_vec(), FileFormat::Ndjson, "objects"),
        (
            "\u{feff}a,b\n1,é\n2,\n".encode_utf16().flat_map(u16::to_le_bytes).collect(),
            FileFormat::Csv,
            "UTF-16",
        ),
    ] {
        let (table, info) = load(&bytes).unwrap_or_else(|error| panic!("{why}: {error}"));
        assert_eq!(
            (cells(&table), info.format),
            (want.iter().map(|c| c.iter().map(|s| (*s).to_owned()).collect()).collect(), format),
            "{why}"
        );
    }
    assert!(load(b"a,b\n1,\xe9\n").unwrap().1.notes[0].contains("1 cells are not UTF-8"));
}

#[test]
fn bad_files_are_refused_in_words() {
    let mut wide = String::new();
    (0..100_001).for_each(|at| write!(wide, "c{at},").unwrap());
    for (bytes, want) in [
        (&b""[..], "is empty"),
        (b"a,b\n", "has a header but no rows"),
        (b",,\n1,2,3\n", "none of the 3 columns of the first line has a name"),
        (b"a,b,a\n1,2,3\n", "column names repeat: a"),
        (b"a,b\n1,2\n1,2,3\n4\n", "2 rows do not have 2 cells (lines 3, 4)"),
        (b"a,b\n1,2\n3,\"open\n5,6\n", "the quote in the row that begins on line 3 is never closed"),
        (b"a,b\n\x00\x01,2\n", "it holds bytes that no text has"),
        (b"PK\x03\x04rest", "it is a ZIP archive or an Excel workbook"),
        (b"[{\"a\":1}]", "it is one JSON array"),
        (b"{\"a\":[1]}\n", "column `a` holds a list or an object"),
        (b"{\"a\":1}\n{nope\n", "damaged NDJSON file: line 2"),
        (b"PAR1junkjunkPAR1", "damaged Parquet file"),
        (b"ARROW1\x00\x00junk", "damaged Arrow file"),
        (wide.as_bytes(), "more than the 100000"),
    ] {
        let error = load(bytes).err().unwrap_or_else(|| panic!("not refused; wanted: {want}"));
        assert!(error.to_string().contains(want), "`{error}` lacks `{want}`");
        assert!(error.hint().is_some(), "`{error}` has no hint");
    }
    let whole = gzip(&b"a,b\n1,2\n".repeat(5000));
    assert!(load(&whole[..whole.len() / 2]).unwrap_err().to_string().contains("damaged gzip"));
}

#[test]
fn a_missing_file_gets_the_nearest_name() {
    let (folder, _) = file("patients.csv", b"a\n1\n");
    let asked = folder.path().join("pateints.csv");
    let error = read(&asked, &ReadOptions::default(), Context::silent()).unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean `patients.csv`?");
}

#[test]
fn a_line_without_end_is_refused_in_bounded_memory() {
    // 80 MiB of commas stand for 2 GB: the row limit is 64 MiB.
    let commas = vec![b','; 80 << 20];
    let error = load(&gzip(&commas)).unwrap_err();
    assert!(error.to_string().contains("longer than 64 MiB"), "{error}");
}

#[test]
fn the_memory_limit_is_held() {
    let mut text = String::from("a,b\n");
    (0..20_000).for_each(|row| writeln!(text, "value {row},other {row}").unwrap());
    let (_folder, path) = file("t.csv", text.as_bytes());
    let options = ReadOptions { memory_limit: Some(200_000), ..ReadOptions::default() };
    let error = read(&path, &options, Context::silent()).unwrap_err();
    assert!(error.is_resource(), "{error}");
}

#[test]
fn existing_files_and_missing_folders_are_refused() {
    let table = load(b"a\n1\n").unwrap().0;
    let (folder, path) = file("out.csv", b"precious");
    let how = SourceInfo::of(FileFormat::Csv);
    assert!(matches!(write(&table, &path, &how, false), Err(WriteError::Exists { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    write(&table, &path, &how, true).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"a\n1\n");
    let nowhere = folder.path().join("no/such/out.csv");
    assert!(matches!(write(&table, &nowhere, &how, false), Err(WriteError::Io { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written is left");
}

/// Any table of text cells, typed columns among them.
fn tables() -> impl Strategy<Value = RawTable> {
    let cell = prop_oneof![Just(String::new()), "[a-zA-Z0-9 ,;\"'\n|é]{0,8}"];
    proptest::collection::vec((cell, any::<i32>(), any::<bool>()), 1..30).prop_map(|rows| {
        let mut text = RawColumn::new("text, \"quoted\"", SourceType::Text);
        let mut number = RawColumn::new("number", SourceType::Integer);
        let mut truth = RawColumn::new("truth", SourceType::Boolean);
        for (cell, n, t) in rows {
            text.push(&cell);
            number.push(&n.to_string());
            truth.push(if t { "true" } else { "false" });
        }
        RawTable::new(vec![text, number, truth]).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_format_gives_back_what_it_was_given(table in tables()) {
        for format in [FileFormat::Csv, FileFormat::Tsv, FileFormat::Parquet, FileFormat::Arrow, FileFormat::Ndjson] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("t");
            write(&table, &path, &SourceInfo::of(format), false).unwrap();
            let options = ReadOptions { delimiter: Some(SourceInfo::of(format).delimiter), memory_limit: None };
            let (back, info) = read(&path, &options, Context::silent()).unwrap();
            prop_assert_eq!(info.format, format);
            // JSON objects come back in the order of their keys.
            let mut want: Vec<(String, Vec<String>)> = table.columns().iter().map(|c| c.name.clone()).zip(cells(&table)).collect();
            let mut got: Vec<(String, Vec<String>)> = back.columns().iter().map(|c| c.name.clone()).zip(cells(&back)).collect();
            want.sort();
            got.sort();
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn parts_make_the_same_file_as_the_whole(table in tables(), cut in 0.0_f64..1.0) {
        let cut = (table.n_rows() as f64 * cut) as usize;
        let parts = [table.take(&(0..cut).collect::<Vec<_>>()), table.take(&(cut..table.n_rows()).collect::<Vec<_>>())];
        for format in [FileFormat::Csv, FileFormat::Tsv, FileFormat::Parquet, FileFormat::Arrow, FileFormat::Ndjson] {
            for gzip in [false, true] {
                let folder = tempfile::tempdir().unwrap();
                let how = SourceInfo { gzip, ..SourceInfo::of(format) };
                write(&table, &folder.path().join("whole"), &how, false).unwrap();
                let mut rest = parts.iter().cloned();
                write_parts(&folder.path().join("parts"), &how, false, || Ok::<_, WriteError>(rest.next())).unwrap();
                let bytes = |name| {
                    let file = std::fs::read(folder.path().join(name)).unwrap();
                    let mut text = Vec::new();
                    // Where gzip was flushed depends on the parts; what it holds must not.
                    match flate2::read::GzDecoder::new(&file[..]).read_to_end(&mut text) {
                        Ok(_) if gzip => text,
                        _ => file,
                    }
                };
                prop_assert_eq!(bytes("whole"), bytes("parts"), "{:?}", format);
            }
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = load(&bytes);
    }

    #[test]
    fn damaged_files_of_every_format_are_errors_or_tables(table in tables(), at in 0.0_f64..1.0, byte in any::<u8>()) {
        for format in [FileFormat::Csv, FileFormat::Parquet, FileFormat::Arrow, FileFormat::Ndjson] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("t");
            write(&table, &path, &SourceInfo::of(format), false).unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            let place = ((bytes.len() - 1) as f64 * at) as usize;
            bytes[place] = byte;
            let _ = load(&bytes);
            let _ = load(&bytes[..place]);
        }
    }
}

/// The cells, lines and error of a file that is read in parts of `most` rows.
fn in_parts(bytes: &[u8], most: usize) -> (Vec<String>, Vec<u64>, Option<ReadError>) {
    let (_folder, path) = file("t", bytes);
    let mut parts = Parts::open(&path, &ReadOptions::default(), most).unwrap();
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    loop {
        match parts.next_part(Context::silent()) {
            Ok(Some(part)) => {
                assert!(part.table.n_rows() <= most);
                for row in 0..part.table.n_rows() {
                    let cells: Vec<&str> =
                        part.table.columns().iter().map(|column| column.cell(row)).collect();
                    rows.push(cells.join("|"));
                    lines.push(part.lines.of(row));
                }
            }
            Ok(None) => return (rows, lines, None),
            Err(error) => return (rows, lines, Some(error)),
        }
    }
}

#[test]
fn parts_tell_lines() {
    let text = b"a,b\n1,\"x\ny\"\n2,z\n\n3,w\n";
    let (rows, lines, error) = in_parts(text, 2);
    assert_eq!((rows, error.is_none()), (vec!["1|x\ny".into(), "2|z".into(), "3|w".into()], true));
    assert_eq!(lines[..2], [2, 4], "a cell with a line break moves what follows");
    let (_, lines, _) = in_parts(b"{\"a\":1}\n\n{\"b\":2}\n{\"a\":3}\n", 2);
    assert_eq!(lines, [1, 3, 4]);
}

#[test]
fn what_stands_before_a_damage_is_given_first() {
    let mut text = String::from("a,b\n");
    (0..20_000).for_each(|row| writeln!(text, "{row},{}", row * 7 % 13).unwrap());
    let whole = gzip(text.as_bytes());
    let (rows, _, error) = in_parts(&whole[..whole.len() / 2], 1_000);
    assert!(rows.len() > 1_000, "{}", rows.len());
    assert!(error.unwrap().to_string().contains("damaged gzip"));
    let (rows, _, error) = in_parts(b"a,b\n1,2\n1,2,3\n4\n5,6\n", 10);
    assert_eq!(rows, ["1|2", "5|6"]);
    assert!(error.unwrap().to_string().contains("2 rows do not have 2 cells (lines 3, 4)"));
    let (_folder, path) = file("t", b"a,b\n1,2\n4\n5,6\n");
    let mut parts = Parts::open(&path, &ReadOptions::default(), 10).unwrap().leaving_out_ragged();
    while parts.next_part(Context::silent()).unwrap().is_some() {}
    assert_eq!((parts.ragged().unwrap().rows, parts.ragged().unwrap().lines.clone()), (1, vec![3]));
}

#[test]
fn a_parquet_file_is_typed_before_its_cells_come() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let columns = [("id", SourceType::Integer), ("day", SourceType::Date), ("word", SourceType::Text)];
    let part = |cells: [&str; 3]| {
        let column = |at: usize| {
            let mut column = RawColumn::new(columns[at].0, SourceType::Text);
            column.push(cells[at]);
            column
        };
        RawTable::new((0..3).map(column).collect()).unwrap()
    };
    let how = SourceInfo::of(FileFormat::Parquet);
    let mut writer = TableWriter::create(&path, &how, &columns, false).unwrap();
    writer.write(&part(["", "2024-03-20", "x"])).unwrap();
    writer.write(&part(["7", "", ""])).unwrap();
    assert!(writer.write(&part(["seven", "", ""])).unwrap_err().to_string().contains("a cell of `id`"));
    assert_eq!(writer.finish().unwrap(), 2);
    let (table, _) = read(&path, &ReadOptions::default(), Context::silent()).unwrap();
    let kinds: Vec<SourceType> = table.columns().iter().map(|column| column.source).collect();
    assert_eq!(kinds, columns.map(|(_, kind)| kind));
    assert_eq!(cells(&table), [["", "7"], ["2024-03-20", ""], ["x", ""]]);
    drop(TableWriter::create(&folder.path().join("u.csv"), &how, &columns, false).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written is left");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn parts_hold_what_the_whole_holds(table in tables(), most in 1_usize..9) {
        for format in [FileFormat::Csv, FileFormat::Parquet, FileFormat::Arrow, FileFormat::Ndjson] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("t");
            let how = SourceInfo::of(format);
            write(&table, &path, &how, false).unwrap();
            let options = ReadOptions { delimiter: Some(how.delimiter), memory_limit: None };
            let (whole, _) = read(&path, &options, Context::silent()).unwrap();
            let mut parts = Parts::open(&path, &options, most).unwrap();
            let mut joined = RawTable::default();
            while let Some(part) = parts.next_part(Context::silent()).unwrap() {
                prop_assert!(part.table.n_rows() <= most);
                prop_assert!(joined.append(&part.table));
            }
            prop_assert_eq!(cells(&joined), cells(&whole));
        }
    }
}
