//! How does the whole way look, when nobody has data at hand?

use crate::error::EngineError;
use crate::host::Host;
use crate::recipe::{Answers, Recipe};
use crate::run::{Finished, RunOptions, admit, run};
use verosim_core::{Context, Seeded};
use verosim_data::io::{FileFormat, SourceInfo, WriteError, write};
use verosim_data::world::{CLINIC_TARGETS, clinic};

/// Writes `n_rows` fictional patients into the run folder and runs them end to end.
///
/// # Errors
/// Those of [`run`].
pub fn demo(
    n_rows: usize,
    seed: u64,
    options: &RunOptions<'_>,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<Finished, EngineError> {
    admit(options.place())?;
    let folder = options.out.join("input");
    std::fs::create_dir_all(&folder).map_err(|source| WriteError::io(&folder, source))?;
    let input = folder.join("clinic.csv");
    write(&clinic(n_rows, Seeded::new(seed)), &input, &SourceInfo::of(FileFormat::Csv), true)?;
    run(&input, &recipe(seed), options, host, ctx)
}

/// The recipe of the demo.
#[must_use]
pub fn recipe(seed: u64) -> Recipe {
    let targets = CLINIC_TARGETS.map(str::to_owned).to_vec();
    Answers { seed: Some(seed), targets, ..Answers::default() }.resolve()
}
