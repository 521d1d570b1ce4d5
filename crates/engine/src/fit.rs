//! How is a model learned from training rows?

use crate::artefact::{About, Artefact, Learned, type_word};
use crate::error::EngineError;
use crate::formal::{self, Terms};
use crate::host::Host;
use crate::load::Source;
use crate::obey::rules;
use crate::portfolio::Configured;
pub use crate::portfolio::configure;
use crate::recipe::Recipe;
use verosim_core::{Context, Disclosure, Seeded};
use verosim_data::constrain::{Allowance, Rules, allowances};
use verosim_data::encode::CodecSettings;
use verosim_data::{Codec, Train};
use verosim_llm::preset::{Brief, Sealed};

/// People behind a level or a bound that a language model may hear of or rows may hold.
const LEAST_SUPPORT: usize = 5;

/// Learns a model from `train`; `source` says how its file was written. A prompted engine prepares its prompts with what
/// the recipe discloses (nothing but metadata when it does not say) and asks nothing yet. Under a formal promise rows go
/// into a seal, and everything else follows from the declared schema.
///
/// # Errors
/// Those of the settings and of the engine.
pub fn fit(
    train: &Train,
    source: &Source,
    recipe: &Recipe,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<Artefact, EngineError> {
    let configured = configure(recipe)?;
    let settings = configured.settings();
    let rules = rules(recipe, source)?;
    let seed = Seeded::new(recipe.seed).split("fit");
    let terms = Terms::of(recipe)?;
    let mut n_rows = train.table().n_rows();
    let mut types = source.types();
    let (codec, learned) = match (configured, terms) {
        (Configured::Drawn(engine, configured), Some(terms)) => {
            let promising = configured
                .promising()
                .ok_or_else(|| EngineError::NoPromise { engine: engine.page().id.into(), who: Vec::new() })?;
            let kept = formal::keep(promising, &terms, train, &source.schema, seed, ctx)?;
            n_rows = kept.people;
            types = formal::types(source);
            (kept.codec, Learned::Drawn { engine, fitted: kept.fitted })
        }
        (Configured::Drawn(engine, configured), None) => {
            let (codec, encoded) =
                Codec::fit(train, &source.schema, &configured.codec(), seed.split("codec"));
            ctx.stop.check()?;
            let fitted = configured.fit(&encoded, seed.split("engine"), ctx)?;
            (codec, Learned::Drawn { engine, fitted })
        }
        (Configured::Prompted(engine, configured), None) => {
            let (codec, _) =
                Codec::fit(train, &source.schema, &CodecSettings::default(), seed.split("codec"));
            ctx.stop.check()?;
            let seen = (n_rows > 0).then_some(train);
            let mut columns = allowances(&source.schema, seen, LEAST_SUPPORT, seed.split("allowances"));
            columns.retain(|column| codec.computed().all(|name| name != column.schema.name));
            let brief = Brief { train: seen, ..brief(recipe, columns, &rules) };
            let fitted = configured.fit(&brief, seed.split("engine"), ctx)?;
            (codec.without_values(), Learned::Prompted { engine, fitted })
        }
        // Everything here is computed from declarations, but for what leaves the seal.
        (Configured::Prompted(engine, configured), Some(terms)) => {
            let choice = seed.split("one row per person");
            let sealed = Sealed::new(train, terms.epsilon(), terms.delta(), choice, terms.noise())?;
            n_rows = sealed.people();
            types = formal::types(source);
            let columns = allowances(&source.schema, None, LEAST_SUPPORT, seed.split("allowances"));
            let brief = Brief { sealed: Some(&sealed), ..brief(recipe, columns, &rules) };
            let fitted = configured.fit(&brief, seed.split("engine"), ctx)?;
            (Codec::declared(&source.schema), Learned::Prompted { engine, fitted })
        }
    };
    let about = About {
        made_by: format!("verosim {}", host.version),
        seed: recipe.seed,
        n_rows,
        settings,
        guarantee: learned.guarantee(),
        format: source.info.format.extension().to_owned(),
        delimiter: source.info.delimiter as char,
        types: types.into_iter().map(|(name, kind)| (name, type_word(kind).to_owned())).collect(),
        rules,
        canaries: 0,
    };
    Ok(Artefact { learned, codec, about })
}

/// What a preset may know without any row.
fn brief<'a>(recipe: &'a Recipe, columns: Vec<Allowance>, rules: &'a Rules) -> Brief<'a> {
    Brief {
        columns,
        train: None,
        sealed: None,
        target: recipe.targets.first().map(String::as_str),
        about: recipe.about.as_deref(),
        rules,
        disclosure: recipe.disclose.unwrap_or(Disclosure::Metadata),
    }
}
