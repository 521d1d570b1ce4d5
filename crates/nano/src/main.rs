//! Writes a nano model: `verosim-nano random OUT`, or `verosim-nano train TEXT OUT [STEPS]`. `OUT` ends in `.gguf`, or is
//! the name of a folder.

#![allow(clippy::print_stderr, reason = "a tool that talks to who runs it")]

use std::path::Path;
use std::process::ExitCode;
use verosim_nano::{Nano, Schedule, Shape, train};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["random", out] => random(Path::new(out)),
        ["train", text, out] => learned(Path::new(text), Path::new(out), 3_000),
        ["train", text, out, steps] => {
            learned(Path::new(text), Path::new(out), steps.parse().unwrap_or(3_000))
        }
        _ => Err("usage: verosim-nano random OUT | train TEXT OUT [STEPS]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Done = Result<(), Box<dyn std::error::Error>>;

fn random(out: &Path) -> Done {
    write(&Nano::random(Shape::SMALL, 7)?, out)
}

fn learned(text: &Path, out: &Path, steps: usize) -> Done {
    let text = std::fs::read_to_string(text)?;
    let model = Nano::random(Shape::SMALL, 7)?;
    let schedule = Schedule { steps, batch: 16, places: 256, rate: 3e-3 };
    for (at, loss) in train(&model, &text, schedule, 1)?.iter().enumerate() {
        eprintln!("step {}: {loss:.3} nats a letter", at * 100);
    }
    write(&model, out)
}

fn write(model: &Nano, out: &Path) -> Done {
    if out.extension().is_some_and(|end| end == "gguf") {
        model.write_gguf(out, true)?;
    } else {
        model.write_folder(out)?;
    }
    Ok(())
}
