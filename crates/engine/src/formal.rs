//! Which terms does a formal promise have, and what may be known without paying?

use crate::error::EngineError;
use crate::load::{Source, described};
use crate::portfolio::{drawn, pages, prompted};
use crate::recipe::{Recipe, RecipeError};
use verosim_core::schema::{Format, NumberTraits, Treatment};
use verosim_core::{ColumnSchema, Context, FitError, Hint as _, Kind, Schema, Seeded};
use verosim_data::io::FileFormat;
use verosim_data::{Codec, RawTable, SourceType, Train};
use verosim_llm::preset::PromptEngine;
use verosim_models::{DynFitted, Engine, Promising};
use verosim_privacy::{Noise, PrivacyError, Promise, SealedTable};

/// Most that `epsilon` may be: beyond it the word promises nothing to anybody.
const MOST_EPSILON: f64 = 1000.0;

/// What a recipe wants promised, checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Invariant: above 0, up to [`MOST_EPSILON`].
    epsilon: f64,
    /// Invariant: above 0 and below 1.
    delta: Option<f64>,
    insecure_seed: Option<u64>,
}

impl Terms {
    /// The terms of a recipe; `None` when it asks for no promise.
    ///
    /// # Errors
    /// [`RecipeError::Value`] for numbers that promise nothing and answers that need or contradict `epsilon`;
    /// [`EngineError::NoPromise`] for an engine that makes none, [`EngineError::NeedsPromise`] for one that must.
    pub fn of(recipe: &Recipe) -> Result<Option<Self>, EngineError> {
        let value = |key: &str, found: String, wanted: &str| {
            let wanted = wanted.to_owned();
            EngineError::from(RecipeError::Value { key: key.into(), found, wanted })
        };
        let Some(epsilon) = recipe.epsilon else {
            let alone =
                [("delta", recipe.delta.is_some()), ("insecure_seed", recipe.insecure_seed.is_some())];
            return match alone.into_iter().find(|(_, is_given)| *is_given) {
                Some((key, _)) => {
                    Err(value(key, "given without `epsilon`".into(), "left out, or given beside `epsilon`"))
                }
                None if drawn(&recipe.engine).is_some_and(Engine::promises) => {
                    Err(EngineError::NeedsPromise { engine: recipe.engine.clone() })
                }
                None => Ok(None),
            };
        };
        if !(epsilon > 0.0 && epsilon <= MOST_EPSILON) {
            return Err(value("epsilon", epsilon.to_string(), "a number above 0 and up to 1000"));
        }
        if let Some(delta) = recipe.delta
            && !(delta > 0.0 && delta < 1.0)
        {
            return Err(value(
                "delta",
                delta.to_string(),
                "a number above 0 and below one over the patients",
            ));
        }
        if !can_promise(&recipe.engine) {
            return Err(EngineError::NoPromise { engine: recipe.engine.clone(), who: promising() });
        }
        if recipe.curate.as_deref().is_some_and(|rule| rule != "none") {
            let found = "a rule that looks at real rows again, beside `epsilon`".into();
            return Err(value("curate", found, "`none` or left out"));
        }
        Ok(Some(Self { epsilon, delta: recipe.delta, insecure_seed: recipe.insecure_seed }))
    }

    /// Terms whose noise can be repeated: for checks, and for nobody's promise.
    pub(crate) fn repeatable(epsilon: f64, seed: u64) -> Self {
        Self { epsilon, delta: None, insecure_seed: Some(seed) }
    }

    /// Bound on what one person changes.
    #[must_use]
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// As asked; the engine's default when `None`.
    #[must_use]
    pub fn delta(&self) -> Option<f64> {
        self.delta
    }

    /// Refuses rows that the terms cannot be kept for, before any work is done; spends nothing.
    ///
    /// # Errors
    /// [`FitError::NotReleased`] for fewer than two persons and for numbers that promise nothing.
    pub fn admit(&self, train: &Train) -> Result<(), EngineError> {
        self.promise(train.n_people())?;
        Ok(())
    }

    /// The promise that the terms make to so many people.
    fn promise(&self, people: usize) -> Result<Promise, FitError> {
        Promise::new(self.epsilon, self.delta, people).map_err(|error| not_released(&error))
    }

    /// A fresh source of noise.
    #[must_use]
    pub fn noise(&self) -> Noise {
        self.insecure_seed
            .map_or_else(Noise::system, |seed| Noise::insecure(Seeded::new(seed).split("noise")))
    }
}

/// Whether the engine called `id` can make a promise.
fn can_promise(id: &str) -> bool {
    prompted(id).is_some_and(PromptEngine::can_promise) || drawn(id).is_some_and(Engine::promises)
}

/// Engines that can make a promise.
fn promising() -> Vec<&'static str> {
    pages().map(|page| page.id).filter(|id| can_promise(id)).collect()
}

/// What an engine learned under terms, and everything beside it that goes into the model.
pub(crate) struct Kept {
    pub(crate) codec: Codec,
    pub(crate) fitted: Box<dyn DynFitted>,
    /// People that the promise was made to. Public.
    pub(crate) people: usize,
}

/// Learns from one row of each person, coded by the declared `schema` alone and sealed: the engine sees nothing else of them.
///
/// # Errors
/// [`FitError`], most of them [`FitError::NotReleased`].
pub(crate) fn keep(
    engine: &dyn Promising,
    terms: &Terms,
    train: &Train,
    schema: &Schema,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Kept, FitError> {
    let rows = train.one_per_person(seed.split("one row per person"));
    let promise = terms.promise(rows.len())?;
    let n_columns = Codec::cut(schema, 1).domain().columns.len();
    let codec = Codec::cut(schema, engine.cells(&promise, n_columns));
    let codes = codec.codes(&train.table().take(&rows));
    let sealed = SealedTable::new(codes, promise, terms.noise()).map_err(|error| not_released(&error))?;
    let public = public_facts(train.subjects().is_some());
    let fitted = engine.fit(sealed, codec.domain().clone(), public, seed.split("engine"), ctx)?;
    Ok(Kept { codec, fitted, people: rows.len() })
}

fn not_released(error: &PrivacyError) -> FitError {
    FitError::NotReleased { why: error.to_string(), next: error.hint() }
}

/// What the promise does not cover because it counts as known.
fn public_facts(has_subjects: bool) -> Vec<String> {
    let persons = if has_subjects {
        "which column numbers patients (one row of each was counted)"
    } else {
        "that every row is another patient"
    };
    [
        "kinds, formats, missing markers, bounds and levels of columns as declared",
        "the format of the file",
        "the number of patients",
        persons,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The schema of `raw` as declared in `metadata` and nothing but: no cell of the table is looked at, and what inference
/// once wrote into the file about rows (reasons, confidence, traits) is taken out.
///
/// # Errors
/// [`EngineError::Undeclared`] with the columns whose bounds or levels nobody declared, and those of the metadata.
pub(crate) fn declared(
    raw: &RawTable,
    metadata: Option<&str>,
    recipe: &Recipe,
) -> Result<Schema, EngineError> {
    let names = || raw.columns().iter().map(|column| column.name.clone());
    let Some(metadata) = metadata else {
        return Err(EngineError::Undeclared { columns: names().collect() });
    };
    let described = described(metadata, recipe)?.schema;
    let mut undeclared: Vec<String> = names().filter(|name| described.index_of(name).is_err()).collect();
    let place = |column: &ColumnSchema| names().position(|name| name == column.name).unwrap_or(usize::MAX);
    let mut schema = Schema { columns: described.columns.into_iter().map(public).collect(), ..described };
    schema.columns.sort_by_key(place);
    let open = schema.columns.iter().filter(|column| is_open(column));
    undeclared.extend(open.map(|column| column.name.clone()));
    if undeclared.is_empty() { Ok(schema) } else { Err(EngineError::Undeclared { columns: undeclared }) }
}

/// Whether a column's values are not known without looking at rows.
fn is_open(column: &ColumnSchema) -> bool {
    let is_free = matches!(column.kind, Kind::Id | Kind::Text);
    match column.treatment {
        Treatment::Drop => false,
        Treatment::Regenerate if !column.kind.is_numeric() => false,
        Treatment::Model if is_free => false,
        _ if column.kind.is_numeric() => {
            !column.bounds.is_some_and(|(low, high)| low.is_finite() && high.is_finite() && low < high)
        }
        _ => column.levels.is_empty(),
    }
}

/// What a person's review of a metadata file declares: its words about kinds, formats, values and treatments.
fn public(column: ColumnSchema) -> ColumnSchema {
    let order = column.order.into_iter().filter(|level| column.levels.contains(level)).collect();
    ColumnSchema {
        confidence: 1.0,
        reason: "declared".into(),
        traits: NumberTraits::default(),
        order,
        ..column
    }
}

/// How columns are typed in output: as in files that carry their own types, and as declared in those that do not.
pub(crate) fn types(source: &Source) -> Vec<(String, SourceType)> {
    let is_typed = matches!(source.info.format, FileFormat::Parquet | FileFormat::Arrow);
    let is_text = matches!(source.info.format, FileFormat::Csv | FileFormat::Tsv);
    let declared = |column: &ColumnSchema| match (column.kind, &column.format) {
        (Kind::Count, _) | (Kind::Continuous, Format::Number { max_decimals: 0, .. }) => SourceType::Integer,
        (Kind::Continuous, _) => SourceType::Float,
        _ => SourceType::Text,
    };
    let (raw, schema) = (source.raw.columns(), &source.schema);
    raw.iter()
        .map(|raw| {
            let column = schema.columns.iter().find(|column| column.name == raw.name);
            let kind = match column {
                _ if is_typed => raw.source,
                Some(column) if !is_text => declared(column),
                _ => SourceType::Text,
            };
            (raw.name.clone(), kind)
        })
        .collect()
}
