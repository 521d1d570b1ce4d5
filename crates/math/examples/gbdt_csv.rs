//! How do our boosted trees do on a CSV? Used by `bench/gbdt_vs_lightgbm.py`.
//!
//! `gbdt_csv TRAIN TEST OUT`: headers `num:NAME`, `cat:NAME` (whole codes from 0) and `target` (0 or 1);
//! empty cells are missing. Writes one probability per test row and prints the seconds of binning,
//! fitting and predicting.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::time::Instant;
use verosim_math::learn::{Binned, Boosting, Feature, NO_LEVEL, Sample, Target};

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [train, test, out] = paths.as_slice() else {
        return Err("usage: gbdt_csv TRAIN TEST OUT".into());
    };
    let (train, test) = (Columns::read(train)?, Columns::read(test)?);
    let start = Instant::now();
    let data = Binned::new(&train.features());
    let sick: Vec<bool> = train.target.iter().map(|&y| y > 0.5).collect();
    let model = Boosting::default().fit(&Sample::all(&data, Target::Binary(&sick)))?;
    let risk = model.predict_raw(&test.features());
    println!("{}", start.elapsed().as_secs_f64());
    let lines: Vec<String> = risk.iter().map(f64::to_string).collect();
    std::fs::write(out, lines.join("\n"))?;
    Ok(())
}

enum Column {
    Number(Vec<f64>),
    Level(Vec<u32>, usize),
}

struct Columns {
    columns: Vec<Column>,
    target: Vec<f64>,
}

impl Columns {
    fn read(path: &str) -> Result<Self, Box<dyn Error>> {
        let text = std::fs::read_to_string(path)?;
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().ok_or("empty file")?.split(',').collect();
        let mut cells = vec![Vec::new(); names.len()];
        for line in lines {
            for (column, cell) in cells.iter_mut().zip(line.split(',')) {
                column.push(if cell.is_empty() { f64::NAN } else { cell.parse()? });
            }
        }
        let mut read = Self { columns: Vec::new(), target: Vec::new() };
        for (name, values) in names.into_iter().zip(cells) {
            if name == "target" {
                read.target = values;
            } else if name.starts_with("cat:") {
                let codes: Vec<u32> =
                    values.iter().map(|v| if v.is_nan() { NO_LEVEL } else { *v as u32 }).collect();
                let n = codes.iter().filter(|&&c| c != NO_LEVEL).max().map_or(0, |&c| c as usize + 1);
                read.columns.push(Column::Level(codes, n));
            } else {
                read.columns.push(Column::Number(values));
            }
        }
        Ok(read)
    }

    fn features(&self) -> Vec<Feature<'_>> {
        self.columns
            .iter()
            .map(|column| match column {
                Column::Number(values) => Feature::Number(values),
                Column::Level(codes, n_levels) => Feature::Level { codes, n_levels: *n_levels },
            })
            .collect()
    }
}
