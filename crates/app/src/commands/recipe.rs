//! How do flags, environment and a recipe file become one recipe?

use crate::args::{EngineFlags, JudgeFlags, ModelFlags, PromiseFlags, RuleFlags, TableFlags, TellFlags};
use serde_json::Value;
use std::path::Path;
use verosim_engine::EngineError;
use verosim_engine::data::io::ReadError;
use verosim_engine::recipe::{
    Answers, Holdout, Judging, Recipe, RecipeError, RuleFile, parse_delimiter, parse_disclosure, parse_kind,
    parse_preset, rules_from_toml,
};

/// Flags over the file over defaults.
pub(super) fn recipe(
    flags: &TableFlags,
    engine: Option<&EngineFlags>,
    num_rows: Option<usize>,
    holdout: Option<&str>,
    targets: &[String],
    tell: Option<&TellFlags>,
    language: Option<&ModelFlags>,
) -> Result<Recipe, EngineError> {
    let recipe = answers(flags, engine, num_rows, holdout, targets, tell, language)?.resolve();
    // Commands that learn nothing promise nothing.
    Ok(if engine.is_some() { recipe } else { Recipe { epsilon: None, ..recipe } })
}

/// Flags over the file.
pub(super) fn answers(
    flags: &TableFlags,
    engine: Option<&EngineFlags>,
    num_rows: Option<usize>,
    holdout: Option<&str>,
    targets: &[String],
    tell: Option<&TellFlags>,
    language: Option<&ModelFlags>,
) -> Result<Answers, EngineError> {
    let about = match tell.and_then(|tell| tell.about.as_deref()) {
        Some(text) if Path::new(text).is_file() => Some(text_of(Path::new(text))?),
        text => text.map(str::to_owned),
    };
    let disclose = tell.and_then(|tell| tell.disclose.as_deref()).map(parse_disclosure).transpose()?;
    let mut answers = Answers {
        model: language.and_then(|language| language.model.clone()),
        disclose,
        about,
        engine: engine.and_then(|flags| flags.engine.clone()),
        seed: flags.seed,
        num_rows,
        holdout: holdout.map(Holdout::parse).transpose()?,
        targets: targets.to_vec(),
        subject: flags.subject.clone(),
        delimiter: flags.delimiter.as_deref().map(parse_delimiter).transpose()?,
        control: engine.and_then(|flags| flags.control.then_some(true)),
        ..Answers::default()
    };
    for pair in &flags.kinds {
        let (column, kind) = split(pair, "kind")?;
        answers.kinds.insert(column.to_owned(), parse_kind(column, kind)?);
    }
    for pair in engine.map_or(&[][..], |flags| &flags.settings) {
        let (name, value) = split(pair, "set")?;
        // Numbers and truth values as such, anything else as text.
        let value = serde_json::from_str::<Value>(value)
            .ok()
            .filter(|value| value.is_number() || value.is_boolean())
            .unwrap_or_else(|| Value::from(value));
        answers.settings.insert(name.to_owned(), value);
    }
    let file = match &flags.config {
        Some(path) => Answers::from_toml(path, &text_of(path)?)?,
        None => Answers::default(),
    };
    Ok(answers.over(file))
}

/// The recipe with the flags of a promise.
pub(super) fn promising(recipe: Recipe, flags: &PromiseFlags) -> Recipe {
    Recipe {
        epsilon: flags.epsilon.or(recipe.epsilon),
        delta: flags.delta.or(recipe.delta),
        insecure_seed: flags.insecure_seed.or(recipe.insecure_seed),
        ..recipe
    }
}

/// The recipe with what flags say of its judgement.
pub(super) fn judged_by(recipe: Recipe, flags: &JudgeFlags) -> Result<Recipe, EngineError> {
    Ok(Recipe { judge: judging(flags)?.over(recipe.judge.clone()), ..recipe })
}

/// What flags say of the judgement.
pub(super) fn judging(flags: &JudgeFlags) -> Result<Judging, EngineError> {
    let survival = flags.survival.as_deref().map(|text| {
        text.split_once(',').map(|(time, event)| [time, event].map(|name| name.trim().to_owned())).ok_or_else(
            || RecipeError::Value {
                key: "survival".into(),
                found: format!("`{text}`"),
                wanted: "TIME,EVENT: two columns".into(),
            },
        )
    });
    Ok(Judging {
        preset: flags.preset.as_deref().map(parse_preset).transpose()?.unwrap_or_default(),
        policy: flags.policy.clone(),
        quasi: flags.quasi.clone(),
        sensitive: flags.sensitive.clone(),
        population: flags.population,
        groups: flags.group.clone(),
        compat: flags.compat,
        survival: survival.transpose()?,
    })
}

/// The recipe with the rules of a file in the place of its own, when one was named.
pub(super) fn with_rules(recipe: Recipe, flags: &RuleFlags) -> Result<Recipe, EngineError> {
    Ok(match &flags.rules {
        Some(name) if name.as_os_str() == "clinical" && !name.exists() => Recipe { clinical: true, ..recipe },
        Some(name) if name.as_os_str() == "none" && !name.exists() => {
            Recipe { rules: Vec::new(), clinical: false, ..recipe }
        }
        Some(path) => {
            let RuleFile { rules, clinical, concepts } = rules_from_toml(path, &text_of(path)?)?;
            Recipe { rules, clinical, concepts, ..recipe }
        }
        None => recipe,
    })
}

/// The text of a metadata file, when one was named.
pub(super) fn metadata(flags: &TableFlags) -> Result<Option<String>, EngineError> {
    flags.metadata.as_deref().map(text_of).transpose()
}

pub(super) fn text_of(path: &Path) -> Result<String, EngineError> {
    std::fs::read_to_string(path).map_err(|source| {
        let path = path.display().to_string();
        match source.kind() {
            std::io::ErrorKind::NotFound => ReadError::NotFound { path, nearest: None }.into(),
            _ => ReadError::Io { path, source }.into(),
        }
    })
}

fn split<'a>(pair: &'a str, flag: &str) -> Result<(&'a str, &'a str), EngineError> {
    pair.rsplit_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        RecipeError::Value {
            key: flag.to_owned(),
            found: format!("`{pair}`"),
            wanted: if flag == "kind" { "COLUMN=KIND".into() } else { "KEY=VALUE".into() },
        }
        .into()
    })
}
