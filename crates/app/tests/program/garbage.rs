//! Can any bytes make the program panic?

use crate::session::Session;
use verosim_engine::core::Seeded;

/// Refused in words or read; an internal error (1) or a signal (-1) never.
#[test]
fn no_bytes_make_the_program_panic() {
    let s = Session::new();
    s.clinic("clinic.csv", 40);
    s.run(&["fit", "clinic.csv", "--engine", "independent", "-o", "m", "-q"]).ends(0);
    for name in ["c.parquet", "c.arrow", "c.ndjson", "c.csv.gz"] {
        s.run(&["sample", "m", "-n", "40", "-o", name, "-q"]).ends(0);
    }
    let mut round = 0;
    for name in
        ["clinic.csv", "c.parquet", "c.arrow", "c.ndjson", "c.csv.gz", "m/model.json", "m/arrays.safetensors"]
    {
        let whole = std::fs::read(s.path(name)).unwrap();
        for way in 0..6_u64 {
            round += 1;
            let mut bytes = whole.clone();
            let key = |at: u64| Seeded::new(7).split_at(round).split_at(at).key() as usize;
            match way {
                // Cut short, bytes changed here and there, a stretch twice, zeros in the middle.
                0 => bytes.truncate(key(0) % whole.len()),
                1..=3 => {
                    for at in 0..=10 * (way - 1) {
                        let place = key(at) % bytes.len();
                        bytes[place] = key(at + 100) as u8;
                    }
                }
                4 => bytes.extend_from_slice(&whole[..whole.len() / 3]),
                _ => bytes[whole.len() / 2..].iter_mut().take(64).for_each(|byte| *byte = 0),
            }
            s.file("x/input", &bytes);
            let done = if name.starts_with("m/") {
                let original = std::fs::read(s.path(name)).unwrap();
                s.file(name, &bytes);
                let done = s.run(&["sample", "m", "-n", "5", "-o", "x/out.csv", "--overwrite", "-q"]);
                s.file(name, original);
                done
            } else {
                s.run(&["fit", "x/input", "--engine", "independent", "-o", "x/m", "--overwrite", "-q"])
            };
            assert!(matches!(done.code, 0 | 2 | 3), "{name}, way {way}: {done:?}");
            assert!(done.code == 0 || done.err.contains("hint: "), "{name}, way {way}: {done:?}");
        }
    }
}
