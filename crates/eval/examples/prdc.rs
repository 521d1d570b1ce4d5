//! How long do neighbourhoods take beside the package prdc? Used by `bench/prdc_speed.py`.
//!
//! `prdc REAL FAKE K`: CSVs of numbers without a header. Prints precision, recall, density, coverage and seconds.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::time::Instant;
use verosim_math::euclid::{Cloud, balls};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [real, fake, k] = words.as_slice() else {
        return Err("usage: prdc REAL FAKE K".into());
    };
    let (real, fake, k) = (read(real)?, read(fake)?, k.parse()?);
    let start = Instant::now();
    let (all, others) = (vec![0; real.n_rows()], vec![0; fake.n_rows()]);
    // One group, so that the last value is that of all rows.
    let of_real = balls(&real, &fake, k, (&all, &others), 1);
    let of_fake = balls(&fake, &real, k, (&others, &all), 1);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} {} {} {} {seconds}",
        of_real.inside[1], of_fake.inside[1], of_real.density[1], of_real.hit[1]
    );
    Ok(())
}

fn read(path: &str) -> Result<Cloud, Box<dyn Error>> {
    let mut columns: Vec<Vec<f32>> = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        for (at, cell) in line.split(',').enumerate() {
            if at == columns.len() {
                columns.push(Vec::new());
            }
            columns[at].push(cell.parse()?);
        }
    }
    Ok(Cloud::new(&columns, &[]))
}
