//! What does a language model tell of the people of two tables, and did it know a published table before?

mod account;
mod folder;
mod page;
mod people;
mod published;

pub(crate) use folder::of_run;
pub(crate) use page::SUMMARY;
pub use page::page;

use crate::error::EngineError;
use crate::language::{LanguageOptions, Partner, desk, exchange, partner};
use crate::recipe::Recipe;
use account::{people as account_of_people, table as account_of_table};
use people::People;
use published::Table;
use std::path::{Path, PathBuf};
use verosim_core::{Context, Prompt, Section, Seeded};
use verosim_eval::card::{PROBE_VERSION, Probe, Prompts};
use verosim_llm::accept::Tally;
use verosim_llm::backend::Recorder;

/// What a model is asked about, and where the result goes.
#[derive(Clone, Copy, Debug)]
pub struct ProbeOptions<'a> {
    /// People.
    pub suspects: Option<Suspects<'a>>,
    /// File of a table as it was published, in its published order.
    pub published: Option<&'a Path>,
    /// Text of a metadata file whose answers win over inference; of the published table when no people are asked about.
    pub metadata: Option<&'a str>,
    /// Folder for the pages, `probe.json` and the transcript.
    pub out: &'a Path,
    /// Replace a result that is there.
    pub overwrite: bool,
    /// Most bytes that a table may take.
    pub memory_limit: Option<u64>,
}

/// Two files in their roles, and what is asked about their people.
#[derive(Clone, Copy, Debug)]
pub struct Suspects<'a> {
    /// People that the model may have learned from.
    pub train: &'a Path,
    /// Other people of the same population.
    pub holdout: &'a Path,
    /// Column of the private fact; the recipe's first outcome when not given.
    pub sensitive: Option<&'a str>,
    /// Questions of each family about members, and as many about strangers.
    pub questions: usize,
    /// Sampling temperatures; each question is put at each.
    pub temperatures: &'a [f64],
}

/// Asks all questions and writes what came out; the path of the page. A probe that was stopped goes on with what its
/// transcript holds.
///
/// # Errors
/// [`EngineError::NotDisclosed`] unless the recipe lets the model see rows (they are in the questions),
/// [`EngineError::Unconfirmed`] when they would leave this machine and nobody agreed, [`EngineError::Overlap`],
/// [`EngineError::Unanswered`], and those of reading the files and of asking the model.
pub fn probe(
    options: &ProbeOptions<'_>,
    recipe: &Recipe,
    language: &LanguageOptions,
    ctx: Context<'_>,
) -> Result<(Probe, PathBuf), EngineError> {
    if recipe.model.is_none() {
        return Err(EngineError::NobodyToProbe);
    }
    folder::admit(options)?;
    let Partner { model, disclosure } = partner(recipe, language)?;
    // Nothing is read and no folder made for a model that may not be asked.
    Prompt::new(vec![Section::rows("person", 1, String::new())]).clear(disclosure)?;
    let seed = Seeded::new(recipe.seed).split("probe");
    let people =
        options.suspects.map(|suspects| People::load(&suspects, options, recipe, seed, ctx)).transpose()?;
    let table = options.published.map(|path| Table::load(path, options, recipe, seed, ctx)).transpose()?;
    let transcript = folder::open(options, &*model, disclosure)?;
    let model = Recorder::open(model, disclosure, &transcript)?;
    let partner = Partner { model: Box::new(model), disclosure };
    let mut desk = desk(&partner, language);
    let mut probe = Probe { version: PROBE_VERSION, ..Probe::default() };
    let mut failure = None;
    if let (Some(people), Some(suspects)) = (&people, &options.suspects) {
        let probed = people.ask(suspects, recipe, &mut desk, seed, ctx)?;
        probe.people = Some(account_of_people(&probed, suspects, &people.sensitive));
        failure = probed.failure;
    }
    if let (Some(table), None) = (&table, &failure) {
        let known = table.ask(&mut desk, seed, ctx)?;
        probe.published = Some(account_of_table(&known, &table.name));
        failure = known.failure;
    }
    if let Some(error) = failure {
        return Err(error.into());
    }
    let column = people.map(|people| people.sensitive).unwrap_or_default();
    refuse_silence(&probe, column)?;
    probe.exchange = exchange(desk.spent(), &Tally::default(), None);
    let page = folder::write(options.out, &probe)?;
    Ok((probe, page))
}

/// A probe that brought no answer at all is no result.
fn refuse_silence(probe: &Probe, column: String) -> Result<(), EngineError> {
    let scores = probe.people.as_ref().map_or(0, |people| people.families.len())
        + probe.published.as_ref().map_or(0, |published| published.tests.len());
    let prompts = [
        probe.people.as_ref().map_or(Prompts::default(), |people| people.prompts),
        probe.published.as_ref().map_or(Prompts::default(), |published| published.prompts),
    ];
    let asked = prompts[0].asked + prompts[1].asked;
    match scores {
        0 if asked == 0 => Err(EngineError::NobodyKnown { column }),
        0 => {
            let beyond_budget = prompts[0].beyond_budget + prompts[1].beyond_budget;
            Err(EngineError::Unanswered { asked, beyond_budget })
        }
        _ => Ok(()),
    }
}
