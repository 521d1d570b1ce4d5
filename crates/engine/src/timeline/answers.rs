//! Which answers of a recipe mean something for patient records?

use super::portfolio::DEFAULT;
use crate::error::EngineError;
use crate::recipe::{Answers, Holdout, Judging, Recipe};
use std::path::Path;

/// The recipe for patient records: engine [`DEFAULT`] and the built-in rules, unless something else is said.
///
/// # Errors
/// [`EngineError::TablesOnly`] for what only tables have, which would be ignored here.
pub fn for_records(answers: Answers, path: &Path) -> Result<Recipe, EngineError> {
    let engine = answers.engine.clone().unwrap_or_else(|| DEFAULT.into());
    let clinical = answers.clinical.unwrap_or(true);
    let recipe = Recipe { engine, clinical, ..answers.resolve() };
    let Judging { preset: _, policy: _, quasi, sensitive, population, groups, compat, survival } =
        &recipe.judge;
    let of_tables = [
        ("target", !recipe.targets.is_empty()),
        ("subject", recipe.subject.is_some()),
        ("kind", !recipe.kinds.is_empty()),
        ("delimiter", recipe.delimiter.is_some()),
        ("model", recipe.model.is_some()),
        ("disclose", recipe.disclose.is_some()),
        ("about", recipe.about.is_some()),
        ("curate", recipe.curate.is_some()),
        ("epsilon", recipe.epsilon.is_some()),
        ("delta", recipe.delta.is_some()),
        ("insecure-seed", recipe.insecure_seed.is_some()),
        ("canaries", recipe.canaries.is_some()),
        ("concepts", !recipe.concepts.is_empty()),
        ("a file as holdout", matches!(recipe.holdout, Holdout::File(_))),
        ("quasi", !quasi.is_empty()),
        ("sensitive", !sensitive.is_empty()),
        ("population", population.is_some()),
        ("group", !groups.is_empty()),
        ("compat", *compat),
        ("survival", survival.is_some()),
    ];
    refuse(&of_tables, path)?;
    Ok(recipe)
}

/// Refuses the first thing that was `said` though only tables have it.
///
/// # Errors
/// [`EngineError::TablesOnly`].
pub fn refuse(said: &[(&'static str, bool)], path: &Path) -> Result<(), EngineError> {
    match said.iter().find(|(_, is_said)| *is_said) {
        Some((what, _)) => Err(EngineError::TablesOnly { what, path: path.display().to_string() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_tables_have_is_not_ignored() {
        let path = Path::new("records");
        let recipe = for_records(Answers::default(), path).unwrap();
        assert_eq!((recipe.engine.as_str(), recipe.clinical), (DEFAULT, true));
        let said = [
            Answers { targets: vec!["y".into()], ..Answers::default() },
            Answers { epsilon: Some(1.0), ..Answers::default() },
            Answers { holdout: Some(Holdout::File("other.csv".into())), ..Answers::default() },
            Answers { judge: Judging { compat: true, ..Judging::default() }, ..Answers::default() },
        ];
        for answers in said {
            let error = for_records(answers, path).unwrap_err();
            assert!(matches!(error, EngineError::TablesOnly { .. }), "{error}");
        }
    }
}
