//! How is a published table brought before a model, beside a copy that nobody has seen?

use super::ProbeOptions;
use crate::error::EngineError;
use crate::load::load;
use crate::recipe::Recipe;
use std::collections::BTreeMap;
use std::path::Path;
use verosim_core::{Context, Seeded};
use verosim_llm::harvest::{Desk, Stopped};
use verosim_llm::probe::contamination::{Knowledge, LEAST_ROWS, Published, contamination};

/// A table in the words of its file, and its copy.
pub(super) struct Table {
    pub(super) name: String,
    original: Published,
    copy: Published,
}

impl Table {
    pub(super) fn load(
        path: &Path,
        options: &ProbeOptions<'_>,
        recipe: &Recipe,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Self, EngineError> {
        // What a person said of columns, they said of the people's tables where there are some.
        let (recipe, metadata) = if options.suspects.is_some() {
            (Recipe { kinds: BTreeMap::new(), targets: Vec::new(), subject: None, ..recipe.clone() }, None)
        } else {
            (recipe.clone(), options.metadata)
        };
        let source = load(path, &recipe, metadata, options.memory_limit, ctx)?;
        let original = Published::new(&source.raw, &source.schema);
        if original.n_rows() < LEAST_ROWS || original.n_columns() < 2 {
            return Err(EngineError::TooSmallToKnow {
                path: path.display().to_string(),
                rows: original.n_rows(),
                columns: original.n_columns(),
            });
        }
        let copy =
            Published::disguised(&source.table, &source.schema, &source.types(), seed.split("disguise"));
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { name, original, copy })
    }

    pub(super) fn ask(
        &self,
        desk: &mut Desk<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Knowledge, Stopped> {
        contamination(&self.original, &self.copy, &self.name, desk, seed.split("published"), ctx)
    }
}
