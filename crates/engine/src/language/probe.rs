//! How are two tables brought before a model, to see what it tells of their people?

use super::{LanguageOptions, desk, exchange, partner};
use crate::error::EngineError;
use crate::load::{load, load_like};
use crate::recipe::Recipe;
use crate::split::refuse_overlap;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use verosim_core::{Context, Disclosure, Seeded};
use verosim_data::Train;
use verosim_data::constrain::allowances;
use verosim_data::io::{WriteError, write_bytes_atomically};
use verosim_eval::card::Exchange;
use verosim_llm::accept::{Record, Tally};
use verosim_llm::card::{Card, Mapping};
use verosim_llm::probe::{Battery, Probed};

/// Two files in their roles, and where the result goes.
#[derive(Clone, Copy, Debug)]
pub struct Suspects<'a> {
    /// People that the model may have learned from.
    pub train: &'a Path,
    /// Other people of the same population.
    pub holdout: &'a Path,
    /// Text of a metadata file whose answers win over inference.
    pub metadata: Option<&'a str>,
    /// Column of the private fact.
    pub sensitive: &'a str,
    /// Questions of each family about members.
    pub questions: usize,
    /// Sampling temperature.
    pub temperature: f64,
    /// Folder for `probe.json` and `probe.md`.
    pub out: &'a Path,
    /// Replace a result that is there.
    pub overwrite: bool,
    /// Most bytes that a table may take.
    pub memory_limit: Option<u64>,
}

/// What a model told, and what asking took.
#[derive(Clone, Debug, Serialize)]
pub struct Probing {
    /// Family by family.
    #[serde(flatten)]
    pub probed: Probed,
    /// Whether more is told of members than chance explains.
    pub leaks: bool,
    /// Column of the private fact.
    pub sensitive: String,
    /// Temperature of all answers.
    pub temperature: f64,
    /// What asking took.
    pub exchange: Exchange,
}

/// Asks the battery of questions about people of both files, and writes what came out; the page's path.
///
/// # Errors
/// [`EngineError::NotDisclosed`] unless the recipe lets the model see rows (they are in the questions), those of reading the
/// files and of opening the model.
pub fn probe(
    suspects: &Suspects<'_>,
    recipe: &Recipe,
    options: &LanguageOptions,
    ctx: Context<'_>,
) -> Result<(Probing, PathBuf), EngineError> {
    let page = suspects.out.join("probe.md");
    if !suspects.overwrite && page.exists() {
        return Err(WriteError::Exists { path: page.display().to_string() }.into());
    }
    let partner = partner(recipe, options)?;
    let source = load(suspects.train, recipe, suspects.metadata, suspects.memory_limit, ctx)?;
    let (raw, holdout) = load_like(
        suspects.holdout,
        &source.schema,
        recipe.delimiter,
        suspects.memory_limit,
        "the holdout",
        ctx,
    )?;
    refuse_overlap(&source.raw, &raw, &source.schema)?;
    source.schema.index_of(suspects.sensitive)?;
    let seed = Seeded::new(recipe.seed).split("probe");
    let train: Train = source.train();
    let columns = allowances(&source.schema, Some(&train), 1, seed.split("allowances"));
    let card = Card::new(&columns, Disclosure::Rows, Mapping::None, seed.split("names"));
    let sensitive = card.columns().iter().position(|column| column.name() == suspects.sensitive);
    let sensitive = sensitive.ok_or(EngineError::NothingToJudge)?;
    let (members, controls) =
        (Record::of_table(&card, train.table()), Record::of_table(&card, &holdout));
    let battery = Battery {
        card: &card,
        members: &members,
        controls: &controls,
        sensitive,
        questions: suspects.questions,
        temperature: suspects.temperature,
    };
    let mut desk = desk(&partner, options);
    let probed = battery.run(&mut desk, seed, ctx)?;
    let probing = Probing {
        leaks: probed.leaks(),
        sensitive: suspects.sensitive.to_owned(),
        temperature: suspects.temperature,
        exchange: exchange(desk.spent(), &Tally::default(), None),
        probed,
    };
    let json = serde_json::to_vec_pretty(&probing).expect("finite numbers and text are always JSON");
    write_bytes_atomically(&suspects.out.join("probe.json"), &json, true)?;
    write_bytes_atomically(&page, markdown(&probing).as_bytes(), true)?;
    Ok((probing, page))
}

/// The table of families, with what counts and how sure it is.
#[must_use]
pub fn markdown(probing: &Probing) -> String {
    let mut text = format!(
        "# What {} tells of people\n\nThe private fact is `{}`; temperature {}. Controls are people whom the model cannot have \
         learned from: what it tells of them is guessed. Intervals are exact, at 95 %.\n\n{}\n\n",
        probing.exchange.model,
        probing.sensitive,
        probing.temperature,
        verdict(probing)
    );
    text.push_str("| family | told of members | of controls | excess | p | counts when |\n|---|---|---|---|---|---|\n");
    for score in &probing.probed.families {
        let (members, controls, excess) = (&score.members, &score.controls, &score.excess);
        let _ = writeln!(
            text,
            "| {} | {}/{} ({:.1} %, {:.1} to {:.1}) | {}/{} ({:.1} %) | {:+.1} % ({:+.1} to {:+.1}) | {:.4} | {} |",
            score.family.name(),
            members.told,
            members.asked,
            100.0 * members.value,
            100.0 * members.low,
            100.0 * members.high,
            controls.told,
            controls.asked,
            100.0 * controls.value,
            100.0 * excess.value,
            100.0 * excess.low,
            100.0 * excess.high,
            excess.p,
            score.family.counts()
        );
    }
    let _ = writeln!(
        text,
        "\n{} requests to {}, {} unanswered.",
        probing.exchange.requests, probing.exchange.host, probing.probed.unanswered
    );
    text
}

/// The result in a sentence.
#[must_use]
pub fn verdict(probing: &Probing) -> String {
    match probing.probed.worst() {
        Some(worst) if probing.leaks => format!(
            "It tells more of members than chance explains: worst is {}, {:+.1} % (p = {:.1e}).",
            worst.family.name(),
            100.0 * worst.excess.value,
            worst.excess.p
        ),
        Some(worst) => format!(
            "No family tells more of members than chance explains; the least sure is {} with an excess of at most {:.1} %.",
            worst.family.name(),
            100.0 * worst.excess.high
        ),
        None => "No question was answered.".into(),
    }
}
