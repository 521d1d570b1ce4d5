//! Where do people begin and end in the files, and do the files keep the rules of MEDS?

use super::array;
use crate::event::STATIC;
use crate::{Fate, Findings, TimelineError};
use hashbrown::HashSet;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::{Path, PathBuf};
use verosim_core::Context;
use verosim_data::io::ReadError;

/// Events of a shard, about: a person is never cut.
const SHARD: usize = 1_000_000;
/// Rows per batch.
pub(super) const BATCH: usize = 65_536;

/// Rows of a file that are read at once.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) file: PathBuf,
    pub(super) from: usize,
    pub(super) rows: usize,
}

/// What a look at subjects and times tells.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) pieces: Vec<Piece>,
    /// Rows of each file.
    pub(super) rows: Vec<u64>,
    pub(super) people: u64,
    /// Whether a person's rows are all together and in order of time; they are sorted on reading otherwise.
    pub(super) orderly: bool,
    pub(super) findings: Findings,
}

/// Opens a Parquet file; readers of a foreign format may panic on junk, which is a damaged file and no crash.
pub(super) fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, TimelineError> {
    let file = File::open(path).map_err(|source| TimelineError::reading(path, source))?;
    std::panic::catch_unwind(|| ParquetRecordBatchReaderBuilder::try_new(file))
        .unwrap_or_else(|_| {
            Err(parquet::errors::ParquetError::General("its parts contradict each other".into()))
        })
        .map_err(|error| damaged(path, &error))
}

pub(super) fn damaged(path: &Path, why: &dyn std::fmt::Display) -> TimelineError {
    ReadError::Damaged { path: path.display().to_string(), format: "Parquet", why: why.to_string() }.into()
}

/// Looks at subjects and times of all files.
///
/// # Cost
/// Two of the columns are read; 16 bytes per person and one batch in memory.
pub(super) fn scan(files: &[PathBuf], ctx: Context<'_>) -> Result<Scan, TimelineError> {
    let mut scan = Scan { orderly: true, ..Scan::default() };
    let mut seen: HashSet<i64> = HashSet::new();
    for (at, path) in files.iter().enumerate() {
        ctx.progress.step(at, files.len(), "files");
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let builder = open(path)?;
        let schema = builder.schema().clone();
        let wanted = ["subject_id", "time"].map(|name| schema.index_of(name).ok());
        let [Some(subject), Some(time)] = wanted else {
            return Err(TimelineError::Broken {
                path: path.display().to_string(),
                shape: "MEDS",
                why: "it has no column `subject_id` or no column `time`".into(),
                next: "every file below `data/` must hold events; put other files elsewhere".into(),
            });
        };
        let mask = ProjectionMask::roots(builder.parquet_schema(), [subject, time]);
        let reader = builder
            .with_projection(mask)
            .with_batch_size(BATCH)
            .build()
            .map_err(|error| damaged(path, &error))?;
        let (mut row, mut from) = (0, 0);
        let mut last: Option<(i64, i64)> = None;
        for batch in reader {
            ctx.stop.check()?;
            let batch = batch.map_err(|error| damaged(path, &error))?;
            let column =
                |name: &str| batch.column_by_name(name).ok_or_else(|| damaged(path, &"a column is missing"));
            let Some(subjects) = array::integers(column("subject_id")?) else {
                return Err(damaged(path, &"`subject_id` holds something else than whole numbers"));
            };
            let Some(times) = array::instants(column("time")?) else {
                return Err(damaged(path, &"`time` holds something else than instants"));
            };
            for (&subject, &time) in subjects.iter().zip(&times) {
                match last {
                    Some((before, when)) if before == subject => {
                        if time < when {
                            let what = if time == STATIC {
                                "static rows behind dated ones"
                            } else {
                                "rows before the row above them"
                            };
                            scan.findings.note(&name, what, Fate::Kept, row as u64 + 1);
                            scan.orderly = false;
                        }
                    }
                    _ => {
                        if !seen.insert(subject) {
                            scan.findings.note(
                                &name,
                                "people whose rows are not together",
                                Fate::Kept,
                                row as u64 + 1,
                            );
                            scan.orderly = false;
                        }
                        if row - from >= SHARD {
                            scan.pieces.push(Piece { file: path.clone(), from, rows: row - from });
                            from = row;
                        }
                    }
                }
                last = Some((subject, time));
                row += 1;
            }
        }
        if row > from {
            scan.pieces.push(Piece { file: path.clone(), from, rows: row - from });
        }
        scan.rows.push(row as u64);
    }
    scan.people = seen.len() as u64;
    Ok(scan)
}
