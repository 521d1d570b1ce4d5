//! Which flags are about patient records?

use super::Output;
use clap::Args;
use std::path::PathBuf;

/// How patient records are read, as flags.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ShapeFlags {
    /// Shape of what is read; `verosim explain timelines` lists them [default: recognised]
    #[arg(long, help_heading = "Patient timelines", value_name = "SHAPE")]
    pub(crate) from: Option<String>,
    /// Mapping file (TOML) of a folder of plain tables; see `verosim explain timelines`
    #[arg(long, help_heading = "Patient timelines", value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// Folder of the OMOP vocabulary (CONCEPT.csv and so on), for names and standard concepts
    #[arg(
        long,
        help_heading = "Patient timelines",
        hide_env_values = true,
        env = "VEROSIM_VOCABULARY",
        value_name = "FOLDER"
    )]
    pub(crate) vocabulary: Option<PathBuf>,
}

/// `convert`
#[derive(Debug, Args)]
#[command(mut_arg("out", |out| out.help("File or folder to write; the extension of a file chooses its format")))]
pub(crate) struct Convert {
    /// Table, or folder of patient records
    pub(crate) path: PathBuf,
    /// Shape to write; `verosim explain timelines` lists them
    #[arg(long, value_name = "SHAPE")]
    pub(crate) to: Option<String>,
    /// What the person knows better
    #[command(flatten)]
    pub(crate) shape: ShapeFlags,
    /// Say in the output that these people are synthetic
    #[arg(long)]
    pub(crate) synthetic: bool,
    /// Where to write
    #[command(flatten)]
    pub(crate) output: Output,
}
