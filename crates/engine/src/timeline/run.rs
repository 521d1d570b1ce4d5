//! How do lives become judged synthetic ones, stage by stage, so that nothing finished is lost?

use super::convert::apart;
use super::draw::{LifeAsk, draw_lives};
use super::fit::fit;
use super::judge::{LivesJudged, judge_lives};
use super::model::{FORMAT_VERSION, TimelineModel};
use super::portfolio::configure;
use crate::cost::Meter;
use crate::error::EngineError;
use crate::host::Host;
use crate::recipe::{Holdout, Recipe, RecipeError};
use crate::run::{
    Beginning, Folder, Place, REPORT_FILES, STAGES, Shares, admit, read_card, write_card, write_pages,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use verosim_core::{Context, Seeded};
use verosim_data::io::{ReadError, WriteError, sha256_bytes, sha256_file, write_bytes_atomically};
use verosim_eval::Card;
use verosim_eval::timeline::can_be_judged;
use verosim_timeline::shape::{Reading, Writing, begin, open};
use verosim_timeline::{Cohort, Source, Train, split};

/// Names of the random streams.
const STREAMS: [&str; 4] = ["holdout", "fit", "sample", "judge"];

/// What the stages take of a run, about: a network learns longest.
const SECONDS: [f64; 6] = [1.0, 1.0, 60.0, 5.0, 20.0, 1.0];

/// What a run of lives made.
pub struct LivesFinished {
    /// All scores.
    pub card: Card,
    /// The report.
    pub report: PathBuf,
    /// The synthetic people.
    pub synthetic: PathBuf,
}

/// Splits the people of `source`, which was read from `input`, learns, draws, judges and reports into a run folder.
///
/// Every stage is recorded when its files are whole; a run that was stopped or killed goes on with the first that is not, and
/// a draw into MEDS within its stage.
///
/// # Errors
/// [`EngineError`]; what was finished stays.
pub fn run_lives(
    source: &dyn Source,
    recipe: &Recipe,
    place: Place<'_>,
    input: &Path,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<LivesFinished, EngineError> {
    let (_, engine) = configure(&recipe.engine, &recipe.settings, recipe.control)?;
    // The demo keeps its records in the run folder, where a run changes nothing.
    if input != place.out.join("input") {
        apart(input, place.out)?;
    }
    admit(place)?;
    let Holdout::Share(share) = recipe.holdout else {
        let (key, found) = ("holdout".into(), "a file".into());
        return Err(RecipeError::Value { key, found, wanted: "a share of the people".into() }.into());
    };
    // A policy that does not read is told before anything is made.
    recipe.judge.policy()?;
    // The recipe that is recorded answers every question but the shape, which the model knows.
    let recipe = &Recipe { settings: engine.settings(), ..recipe.clone() };
    let inputs = inputs(input)?;
    let beginning =
        Beginning { recipe, inputs, model: ("timeline model", FORMAT_VERSION), streams: &STREAMS };
    let folder = Folder::open(place, beginning, host)?;
    let seed = Seeded::new(recipe.seed);
    let (train, holdout) = split(source, share, seed);
    let shares = Shares::new(ctx, STAGES.len());
    shares.foretell(&SECONDS);
    let ctx = Context { progress: &shares, stop: ctx.stop };
    let mut run = LivesRun { source, recipe, seed, train, host, ctx, folder };
    let begin = |stage: usize| shares.begin(stage, STAGES[stage]);
    begin(0);
    run.profile()?;
    begin(1);
    run.split([train.cohort(), holdout.cohort()])?;
    begin(2);
    let model = run.fit()?;
    begin(3);
    run.sample(&model)?;
    begin(4);
    run.evaluate(&model, holdout.cohort())?;
    begin(5);
    let card = read_card(place.out)?;
    let meter = Meter::start(host);
    run.folder.stage("report", &REPORT_FILES, meter, |path| write_pages(&path.join("report"), &card))?;
    Ok(LivesFinished {
        card,
        report: place.out.join(REPORT_FILES[0]),
        synthetic: place.out.join("synthetic"),
    })
}

/// A run in the making.
struct LivesRun<'a> {
    source: &'a dyn Source,
    recipe: &'a Recipe,
    seed: Seeded,
    train: Train<'a>,
    host: &'a Host<'a>,
    ctx: Context<'a>,
    folder: Folder,
}

impl LivesRun<'_> {
    fn profile(&mut self) -> Result<(), EngineError> {
        let meter = Meter::start(self.host);
        let (source, recipe, ctx) = (self.source, self.recipe, self.ctx);
        self.folder.stage("profile", &["profile.json", "recipe.toml"], meter, |path| {
            let profile = verosim_timeline::profile(source, ctx)?;
            let text = serde_json::to_vec_pretty(&profile.json()).expect("a profile is always JSON");
            write_bytes_atomically(&path.join("profile.json"), &text, true)?;
            Ok(write_bytes_atomically(&path.join("recipe.toml"), recipe.to_toml().as_bytes(), true)?)
        })
    }

    fn split(&mut self, sides: [Cohort<'_>; 2]) -> Result<(), EngineError> {
        let meter = Meter::start(self.host);
        let (seed, ctx) = (self.recipe.seed, self.ctx);
        let files = ["split/train.ids", "split/holdout.ids"];
        self.folder.stage("split", &files, meter, |path| {
            for ((file, role), cohort) in files.iter().zip(["training", "holdout"]).zip(sides) {
                let ids = hashed_ids(cohort, seed, ctx)?;
                can_be_judged(role, ids.split_whitespace().count())?;
                write_bytes_atomically(&path.join(file), ids.as_bytes(), true)?;
            }
            Ok(())
        })
    }

    fn fit(&mut self) -> Result<TimelineModel, EngineError> {
        let place = self.folder.path.join("model");
        if self.folder.is_finished("fit") {
            return TimelineModel::load(&place);
        }
        let meter = Meter::start(self.host);
        let model = fit(self.train, self.recipe, self.host, self.ctx)?;
        model.save(&place, true)?;
        self.record("fit", "model", Some(model.about.guarantee.sentence()), meter)?;
        Ok(model)
    }

    fn sample(&mut self, model: &TimelineModel) -> Result<(), EngineError> {
        if self.folder.is_finished("sample") {
            return Ok(());
        }
        let meter = Meter::start(self.host);
        let people = self.recipe.num_rows.map_or(model.about.people, |n| n as u64);
        let ask = LifeAsk {
            people,
            rules: self.recipe.clinical,
            own: self.recipe.rules.clone(),
            ..LifeAsk::default()
        };
        let to = self.shape(model);
        let writing = Writing {
            to: to.clone(),
            name: self.source.about().name.clone(),
            synthetic: true,
            created: format!("{}T00:00:00", self.folder.manifest.date),
            codes: model.code_book(),
            found: model.about.mapping.clone(),
            overwrite: true,
            attempt: ask.words(model, self.recipe.seed, &to),
            resume: true,
            ..Writing::default()
        };
        let sink = begin(&self.folder.path.join("synthetic"), &writing)?;
        draw_lives(model, &ask, sink, self.seed.split("sample"), self.ctx)?;
        self.record("sample", "synthetic", None, meter)
    }

    fn evaluate(&mut self, model: &TimelineModel, holdout: Cohort<'_>) -> Result<(), EngineError> {
        if self.folder.is_finished("evaluate") {
            return Ok(());
        }
        let meter = Meter::start(self.host);
        let reading = Reading { from: Some(self.shape(model)), ..Reading::default() };
        let drawn = open(&self.folder.path.join("synthetic"), &reading, self.ctx)?;
        let name = &self.source.about().name;
        let what = LivesJudged {
            title: if name.is_empty() { "patients".into() } else { name.clone() },
            engine: self.recipe.engine.clone(),
            guarantee: model.about.guarantee.sentence(),
            date: self.folder.manifest.date.clone(),
            preset: self.recipe.judge.preset,
            own: self.recipe.rules.clone(),
            policy: self.recipe.judge.policy()?,
            seed: self.recipe.seed,
        };
        let cohorts = [self.train.cohort(), holdout, Cohort::all(drawn.as_ref())];
        let mut card = judge_lives(cohorts, &what, self.ctx)?;
        let cost = meter.stop("evaluate");
        let told = ["profile", "fit", "sample"];
        let before = self.folder.manifest.stages.iter().filter(|stage| told.contains(&stage.name.as_str()));
        card.costs = before.map(|stage| stage.cost.clone()).chain([cost.clone()]).collect();
        write_card(&self.folder.path.join("report"), &card)?;
        self.folder.record("evaluate", &["report/metrics.json"], None, None, cost)
    }

    /// Shape that is written.
    fn shape(&self, model: &TimelineModel) -> String {
        self.recipe.to.clone().unwrap_or_else(|| model.shape())
    }

    /// Records a stage with all files below one folder of the run.
    fn record(
        &mut self,
        stage: &str,
        below: &str,
        statement: Option<String>,
        meter: Meter<'_>,
    ) -> Result<(), EngineError> {
        let files = files_below(&self.folder.path, below)?;
        let named: Vec<&str> = files.iter().map(String::as_str).collect();
        self.folder.record(stage, &named, statement, None, meter.stop(stage))
    }
}

/// Hashes of all input files.
fn inputs(folder: &Path) -> Result<BTreeMap<String, String>, EngineError> {
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
