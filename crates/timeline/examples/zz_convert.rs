//! Scratch.
use std::path::Path;
use verosim_core::Context;
use verosim_timeline::shape::{Reading, Writing, begin, open, recognise};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (from, to, place) = (Path::new(&args[1]), &args[2], Path::new(&args[3]));
    let reading = Reading { mapping: args.get(4).map(Into::into), ..Reading::default() };
    if let Ok((shape, why)) = recognise(from) {
        eprintln!("{}: {why}", shape.id);
    }
    let start = std::time::Instant::now();
    let source = match open(from, &reading, Context::silent()) {
        Ok(s) => s,
        Err(e) => {
            eprintln!("ERROR {e}");
            std::process::exit(1)
        }
    };
    eprintln!("opened {:?}", start.elapsed());
    let writing = Writing {
        to: to.clone(),
        codes: source.codes().clone(),
        found: source.mapping(),
        splits: source.about().splits.clone(),
        name: source.about().name.clone(),
        created: "2026-11-30T00:00:00".into(),
        overwrite: true,
        mapping: args.get(4).map(Into::into),
        ..Writing::default()
    };
    let sink = begin(place, &writing).unwrap_or_else(|e| panic!("{e}"));
    match verosim_timeline::convert(source.as_ref(), sink, Context::silent()) {
        Ok(c) => println!("{}", c.text()),
        Err(e) => eprintln!("ERROR {e}"),
    }
    eprintln!("done {:?}", start.elapsed());
}
