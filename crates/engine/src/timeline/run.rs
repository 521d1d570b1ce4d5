//! How do lives become judged synthetic ones, in one go?

use super::draw::{LifeAsk, draw_lives};
use super::fit::{TimelineRecipe, fit};
use super::judge::{LivesJudged, judge_lives};
use crate::cost::Meter;
use crate::error::EngineError;
use crate::host::Host;
use crate::manifest::{MANIFEST_VERSION, Manifest};
use crate::recipe::{Answers, Holdout, Recipe};
use crate::run::write_card;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use verosim_core::{Context, Preset, Seeded};
use verosim_data::constrain::RuleText;
use verosim_data::io::{ReadError, WriteError, sha256_bytes, sha256_file, write_bytes_atomically};
use verosim_eval::Card;
use verosim_timeline::shape::{Reading, Staging, Writing, begin, open};
use verosim_timeline::{Cohort, Source, split};

/// Where a run of lives writes, and what it may do.
#[derive(Clone, Debug)]
pub struct LivesOptions<'a> {
    /// Run folder.
    pub out: &'a Path,
    /// Whether to replace what is there.
    pub overwrite: bool,
    /// Shape to write; that of the source when `None`.
    pub to: Option<String>,
    /// People to draw; as many as training people when `None`.
    pub people: Option<u64>,
    /// Share of people held out.
    pub holdout: f64,
    /// How much is measured.
    pub preset: Preset,
    /// Whether nobody has what cannot happen to them.
    pub rules: bool,
    /// Rules of a person about single events.
    pub own: Vec<RuleText>,
    /// What the input is hashed by, when it is no folder.
    pub input: Option<&'a Path>,
}

/// What a run of lives made.
pub struct LivesFinished {
    /// All scores.
    pub card: Card,
    /// The report.
    pub report: PathBuf,
    /// The synthetic people.
    pub synthetic: PathBuf,
}

/// Splits the people of `source`, learns, draws, judges and reports. The folder appears when all of it is done.
///
/// # Errors
/// [`EngineError`]; what stood there before is as it was.
pub fn run_lives(
    source: &dyn Source,
    recipe: &TimelineRecipe,
    options: &LivesOptions<'_>,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<LivesFinished, EngineError> {
    super::portfolio::configure(&recipe.engine, &recipe.settings, recipe.control)?;
    if options.out.exists() && !options.out.join("manifest.json").exists() {
        return Err(EngineError::ForeignFolder { path: options.out.display().to_string() });
    }
    let staging = Staging::begin(options.out, options.overwrite)?;
    let folder = staging.folder();
    let seed = Seeded::new(recipe.seed);
    let mut manifest = Manifest {
        version: MANIFEST_VERSION,
        made_by: format!("verosim {}", host.version),
        formats: BTreeMap::from([("timeline model".to_owned(), 1)]),
        date: host.today.clone(),
        machine: host.machine.clone(),
        recipe: recorded(recipe, options),
        streams: ["holdout", "fit", "sample", "judge"]
            .map(|name| (name.to_owned(), format!("{:016x}", seed.split(name).key())))
            .into(),
        inputs: inputs(source, options)?,
        stages: Vec::new(),
    };
    let meter = Meter::start(host);
    let profile = verosim_timeline::profile(source, ctx)?;
    let text = serde_json::to_vec_pretty(&profile.json()).expect("a profile is always JSON");
    write_bytes_atomically(&folder.join("profile.json"), &text, true)?;
    let mut costs = vec![meter.stop("profile")];
    manifest.finish(folder, "profile", &["profile.json"], None, None, costs[0].clone())?;

    let meter = Meter::start(host);
    let (train, holdout) = split(source, options.holdout, seed);
    let sides = [("train", train.cohort()), ("holdout", holdout.cohort())];
    let mut names = Vec::new();
    for (side, cohort) in sides {
        let name = format!("split/{side}.ids");
        let path = staging.path(&name)?;
        write_bytes_atomically(&path, hashed_ids(cohort, recipe.seed, ctx)?.as_bytes(), true)?;
        names.push(name);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    manifest.finish(folder, "split", &names, None, None, meter.stop("split"))?;

    let meter = Meter::start(host);
    let model = fit(train, recipe, host, ctx)?;
    model.save(&staging.path("model")?, true)?;
    costs.push(meter.stop("fit"));
    let statement = model.about.guarantee.sentence();
    let files = files_below(folder, "model")?;
    let named: Vec<&str> = files.iter().map(String::as_str).collect();
    manifest.finish(folder, "fit", &named, Some(statement.clone()), None, costs[1].clone())?;

    let meter = Meter::start(host);
    let to = options.to.clone().unwrap_or_else(|| super::draw::shape_or_meds(&source.about().shape));
    let place = staging.path("synthetic")?;
    let writing = Writing {
        to: to.clone(),
        name: source.about().name.clone(),
        synthetic: true,
        created: format!("{}T00:00:00", host.today),
        codes: model.code_book(),
        overwrite: true,
        ..Writing::default()
    };
    let people = options.people.unwrap_or(model.about.people);
    let ask =
        LifeAsk { people, condition: None, rules: options.rules, own: options.own.clone(), max_tries: 1_000 };
    draw_lives(&model, &ask, begin(&place, &writing)?, seed.split("sample"), ctx)?;
    costs.push(meter.stop("sample"));
    let files = files_below(folder, "synthetic")?;
    let named: Vec<&str> = files.iter().map(String::as_str).collect();
    manifest.finish(folder, "sample", &named, None, None, costs[2].clone())?;

    let meter = Meter::start(host);
    let drawn = open(&place, &Reading { from: Some(to), ..Reading::default() }, ctx)?;
    let what = LivesJudged {
        title: if source.about().name.is_empty() { "patients".into() } else { source.about().name.clone() },
        engine: recipe.engine.clone(),
        guarantee: statement,
        date: host.today.clone(),
        preset: options.preset,
        seed: recipe.seed,
    };
    let mut card = judge_lives([train.cohort(), holdout.cohort(), Cohort::all(drawn.as_ref())], &what, ctx)?;
    costs.push(meter.stop("evaluate"));
    card.costs.clone_from(&costs);
    write_card(&staging.path("report")?, &card)?;
    let files = files_below(folder, "report")?;
    let (figures, pages): (Vec<&str>, Vec<&str>) =
        files.iter().map(String::as_str).partition(|name| name.ends_with("metrics.json"));
    manifest.finish(folder, "evaluate", &figures, None, None, costs[3].clone())?;
    let meter = Meter::start(host);
    manifest.finish(folder, "report", &pages, None, None, meter.stop("report"))?;
    drop(drawn);
    staging.commit()?;
    Ok(LivesFinished {
        card,
        report: options.out.join("report/report.html"),
        synthetic: options.out.join("synthetic"),
    })
}

/// The recipe as runs of tables write it.
fn recorded(recipe: &TimelineRecipe, options: &LivesOptions<'_>) -> Recipe {
    Recipe {
        engine: recipe.engine.clone(),
        seed: recipe.seed,
        num_rows: options.people.map(|people| people as usize),
        holdout: Holdout::Share(options.holdout),
        control: recipe.control,
        settings: recipe.settings.clone(),
        rules: options.own.clone(),
        clinical: options.rules,
        ..Answers::default().resolve()
    }
}

/// Hashes of all input files, or of what the source is called where it is no folder.
fn inputs(source: &dyn Source, options: &LivesOptions<'_>) -> Result<BTreeMap<String, String>, EngineError> {
    let Some(folder) = options.input else {
        let told = format!("{} {:?}", source.about().name, source.about().people);
        return Ok(BTreeMap::from([("train".to_owned(), sha256_bytes(told.as_bytes()))]));
    };
    let mut hashes = BTreeMap::new();
    for name in files_below(folder, "")? {
        let hash = sha256_file(&folder.join(&name))?;
        hashes.insert(name, hash);
    }
    Ok(hashes)
}

/// One hash of each person's id, so that sides can be compared and nobody named.
fn hashed_ids(cohort: Cohort<'_>, seed: u64, ctx: Context<'_>) -> Result<String, EngineError> {
    let mut lines = Vec::new();
    for shard in 0..cohort.shards() {
        ctx.stop.check()?;
        let events = cohort.read(shard, ctx)?;
        lines
            .extend(events.people().map(|person| sha256_bytes(format!("{seed} {}", person.id()).as_bytes())));
    }
    lines.sort();
    Ok(lines.join("\n") + "\n")
}

/// Files below a folder, relative to `root`, in order.
fn files_below(root: &Path, below: &str) -> Result<Vec<String>, EngineError> {
    let mut found = Vec::new();
    let mut waiting = vec![root.join(below)];
    while let Some(folder) = waiting.pop() {
        let io = |source| ReadError::Io { path: folder.display().to_string(), source };
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if let Ok(name) = path.strip_prefix(root) {
                found.push(name.display().to_string());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Writes the card of a judgement that is no run.
///
/// # Errors
/// [`WriteError::Exists`] when a report is there and `overwrite` is not said.
pub fn write_judgement(folder: &Path, card: &Card, overwrite: bool) -> Result<PathBuf, EngineError> {
    if !overwrite && folder.join("metrics.json").exists() {
        return Err(WriteError::Exists { path: folder.display().to_string() }.into());
    }
    std::fs::create_dir_all(folder).map_err(|source| WriteError::io(folder, source))?;
    write_card(folder, card)
}
