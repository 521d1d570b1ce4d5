//! How does a table become a judged synthetic one, stage by stage, so that nothing finished is ever lost?

mod contest;
mod curated;
mod exchange;
mod folder;
mod progress;
mod ruled;

use crate::artefact::{Artefact, FORMAT_VERSION};
use crate::auto::{AUTO, planned};
use crate::canary;
use crate::cost::Meter;
use crate::draw::{Ask, Blocks, draw_obeying};
use crate::error::EngineError;
use crate::evaluate::{Bench, evaluate, judged, narrow};
use crate::fit::{check, fit};
use crate::formal::Terms;
use crate::host::Host;
use crate::instructions::instructions;
use crate::language::{LanguageOptions, Partner, partner};
use crate::load::{Source, load, load_like};
use crate::manifest::Manifest;
use crate::obey::{Obedience, rules};
use crate::plan::Plan;
use crate::probe::of_run;
use crate::recipe::{Holdout, Recipe};
use crate::split::{Split, split};
use curated::read_curated;
use exchange::read_account;
pub use folder::Place;
pub(crate) use folder::{Beginning, Folder, admit};
pub(crate) use progress::Shares;
use ruled::{Chosen, read_ruled};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use verosim_core::{Context, Guarantee, Preset, Seeded, Silent};
use verosim_data::canary::Canaries;
use verosim_data::frame::{format, parse};
use verosim_data::infer::metadata;
use verosim_data::io::{
    FileFormat, SourceInfo, WriteError, sha256_bytes, sha256_file, write_bytes_atomically, write_parts,
};
use verosim_data::split::row_hashes;
use verosim_data::{RawTable, Table, Train};
use verosim_eval::card::{CanaryAudit, Card, Cost};
use verosim_eval::changes::{Change, changes};
use verosim_eval::policy::Policy;
use verosim_eval::{JudgeSettings, render};
use verosim_llm::preset::DynPrompted;

/// Where a run writes and what it may take.
pub struct RunOptions<'a> {
    /// Run folder.
    pub out: &'a Path,
    /// Text of a metadata file whose answers win over inference.
    pub metadata: Option<&'a str>,
    /// Go on with what is there.
    pub resume: bool,
    /// Start anew over what is there.
    pub overwrite: bool,
    /// Most bytes.
    pub memory_limit: Option<u64>,
    /// How a language model is reached, when the engine asks one.
    pub language: &'a LanguageOptions,
}

/// What a run made.
pub struct Finished {
    /// All scores.
    pub card: Card,
    /// The report.
    pub report: PathBuf,
    /// The synthetic table.
    pub synthetic: PathBuf,
    /// The record.
    pub manifest: Manifest,
}

impl<'a> RunOptions<'a> {
    /// Where it writes.
    #[must_use]
    pub fn place(&self) -> Place<'a> {
        Place { out: self.out, resume: self.resume, overwrite: self.overwrite }
    }
}

/// Names of the random streams of a run of a table.
const STREAMS: [&str; 7] = ["ids", "split", "fit", "sample", "second draw", "judge", "canaries"];

/// The stages, in order.
pub const STAGES: [&str; 6] = ["profile", "split", "fit", "sample", "evaluate", "report"];

/// Most rows per table that costly metrics draw.
#[must_use]
pub fn judge_rows(preset: Preset) -> usize {
    match preset {
        Preset::Quick => 5_000,
        Preset::Standard => 10_000,
        Preset::Release => 20_000,
    }
}

/// Learns `input`, draws, judges and reports into the run folder.
///
/// Every stage writes its files whole and is then recorded; a run that was stopped or killed goes on with the first
/// stage that is not recorded.
///
/// # Errors
/// [`EngineError`]; what was finished stays.
pub fn run(
    input: &Path,
    recipe: &Recipe,
    options: &RunOptions<'_>,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<Finished, EngineError> {
    // The recipe that is recorded answers every question, the engine's own settings included.
    check(recipe)?;
    let configured = planned(recipe)?;
    let settings = if recipe.engine == AUTO { recipe.settings.clone() } else { configured.settings() };
    let mut recipe = Recipe { settings, ..recipe.clone() };
    let partner = configured.is_prompted().then(|| partner(&recipe, options.language)).transpose()?;
    recipe.disclose = partner.as_ref().map(|partner| partner.disclosure).or(recipe.disclose);
    let recipe = &recipe;
    let shares = Shares::new(ctx, STAGES.len());
    let ctx = Context { progress: &shares, stop: ctx.stop };

    // Everything that can be refused is refused before the folder is made.
    admit(options.place())?;
    let policy = recipe.judge.policy()?;
    shares.begin(0, STAGES[0]);
    let meter = Meter::start(host);
    let source = load(input, recipe, options.metadata, options.memory_limit, ctx)?;
    let plan = Plan::new(recipe, &source, host.machine.threads)?;
    plan.check(options.memory_limit)?;
    let rules = rules(recipe, &source)?;
    let profile_cost = meter.stop("profile");
    let seed = Seeded::new(recipe.seed);
    let split_meter = Meter::start(host);
    let split = split(&source, recipe, options.memory_limit, seed, ctx)?;
    if split.holdout.n_rows() == 0 {
        return Err(EngineError::TooFewToSplit { rows: source.raw.n_rows() });
    }
    if let Some(terms) = Terms::of(recipe)? {
        terms.admit(&Train::new(split.train.clone(), split.train_subjects.clone()))?;
    }
    let canaries = canary::make(recipe, &source, &split, &rules, seed)?;
    shares.foretell(&plan.stage_seconds());

    let mut inputs = BTreeMap::from([("train".to_owned(), sha256_file(input)?)]);
    if let Holdout::File(file) = &recipe.holdout {
        inputs.insert("holdout".into(), sha256_file(Path::new(file))?);
    }
    if let Some(metadata) = options.metadata {
        inputs.insert("metadata".into(), sha256_bytes(metadata.as_bytes()));
    }
    let beginning = Beginning { recipe, inputs, model: ("model", FORMAT_VERSION), streams: &STREAMS };
    let folder = Folder::open(options.place(), beginning, host)?;
    Run {
        recipe,
        source,
        split,
        canaries,
        seed,
        host,
        ctx,
        shares: &shares,
        memory_limit: options.memory_limit,
        language: options.language,
        partner,
        policy,
        notes: Vec::new(),
        folder,
    }
    .stages(input, profile_cost, split_meter)
}

/// A run in the making.
struct Run<'a> {
    recipe: &'a Recipe,
    source: Source,
    split: Split,
    /// Rows that are no patients, half of which are learned from.
    canaries: Option<Canaries>,
    seed: Seeded,
    host: &'a Host<'a>,
    ctx: Context<'a>,
    shares: &'a Shares<'a>,
    memory_limit: Option<u64>,
    language: &'a LanguageOptions,
    /// The language model, when the engine asks one.
    partner: Option<Partner>,
    /// What the card is held against.
    policy: Option<Policy>,
    /// What a person should know that came up on the way.
    notes: Vec<String>,
    folder: Folder,
}

impl<'a> Run<'a> {
    fn stages(mut self, input: &Path, profile: Cost, split: Meter<'a>) -> Result<Finished, EngineError> {
        if !self.folder.is_finished("profile") {
            let text = metadata::to_json(&self.source.schema);
            write_bytes_atomically(&self.folder.path.join("metadata.json"), text.as_bytes(), true)?;
            let recipe = self.recipe.to_toml();
            write_bytes_atomically(&self.folder.path.join("recipe.toml"), recipe.as_bytes(), true)?;
            self.folder.record("profile", &["metadata.json", "recipe.toml"], None, None, profile)?;
        }
        self.shares.begin(1, STAGES[1]);
        self.write_split(split)?;
        self.shares.begin(2, STAGES[2]);
        let artefact = self.fit()?;
        self.shares.begin(3, STAGES[3]);
        let synthetic = self.sample(&artefact)?;
        // What an earlier shortfall left is part of the whole now.
        let _ = std::fs::remove_file(self.folder.path.join(synthetic.replace("data.", "partial.")));
        self.shares.begin(4, STAGES[4]);
        if !self.folder.is_finished("evaluate") {
            self.evaluate(input, &artefact, &synthetic)?;
        }
        self.shares.begin(5, STAGES[5]);
        let card = read_card(&self.folder.path)?;
        let meter = Meter::start(self.host);
        self.folder.stage("report", &REPORT_FILES, meter, |path| write_pages(&path.join("report"), &card))?;
        Ok(Finished {
            card,
            report: self.folder.path.join(REPORT_FILES[0]),
            synthetic: self.folder.path.join(synthetic),
            manifest: self.folder.manifest,
        })
    }

    /// Sixteen-byte keyed hashes: they prove which rows went where to whoever holds the data and the recipe.
    fn write_split(&mut self, meter: Meter<'_>) -> Result<(), EngineError> {
        let key: [u8; 16] = std::array::from_fn(|at| (self.seed.split("ids").key() >> (at % 8 * 8)) as u8);
        let ids = |raw: &RawTable| {
            let mut text = String::new();
            for hash in row_hashes(raw, &self.source.raw, &key) {
                for byte in hash {
                    let _ = write!(text, "{byte:02x}");
                }
                text.push('\n');
            }
            text
        };
        let texts = [("train", ids(&self.split.train_raw)), ("holdout", ids(&self.split.holdout_raw))];
        self.folder.stage("split", &["split/train.ids", "split/holdout.ids"], meter, |path| {
            for (name, text) in &texts {
                write_bytes_atomically(&path.join(format!("split/{name}.ids")), text.as_bytes(), true)?;
            }
            Ok(())
        })
    }

    fn fit(&mut self) -> Result<Artefact, EngineError> {
        let folder = self.folder.path.join("model");
        if self.folder.is_finished("fit") {
            return Artefact::load(&folder);
        }
        let meter = Meter::start(self.host);
        let (rows, people) = match &self.canaries {
            Some(canaries) => canaries.plant(&self.split.train, self.split.train_subjects.as_deref()),
            None => (self.split.train.clone(), self.split.train_subjects.clone()),
        };
        let mut artefact = fit(&Train::new(rows, people), &self.source, self.recipe, self.host, self.ctx)?;
        let mut statement = artefact.learned.guarantee().sentence();
        if let Some(canaries) = &self.canaries {
            artefact.about.canaries = canaries.n_planted();
            statement = format!("{statement}; {}", canary::warning(artefact.about.canaries));
        }
        artefact.save(&folder, true)?;
        let files = ["model/model.json", "model/arrays.safetensors"];
        self.folder.record("fit", &files, Some(statement), None, meter.stop("fit"))?;
        Ok(artefact)
    }

    /// Draws into a file of the source's format; its name within the folder.
    fn sample(&mut self, artefact: &Artefact) -> Result<String, EngineError> {
        let how = self.written();
        let file = format!("synthetic/data.{}", how.format.extension());
        let n = self.recipe.num_rows.unwrap_or(artefact.about.n_rows);
        let (seed, ctx) = (self.seed.split("sample"), self.ctx);
        if artefact.learned.prompted().is_some() {
            self.ask(artefact, n, &file, &how)?;
            return Ok(file);
        }
        let meter = Meter::start(self.host);
        if self.folder.is_finished("sample") {
            return Ok(file);
        }
        let curator = self.curator(artefact)?;
        if curator.is_ok() || !artefact.about.rules.is_empty() {
            let mut obedience = Obedience::new(&artefact.about.rules);
            let (table, curated) = match &curator {
                Ok(curator) => {
                    let (table, curated) = curator.fill(n, &artefact.codec, seed, |rows, round| {
                        let (ask, seed) = (Ask::rows(rows), seed.split_at(round));
                        let table = draw_obeying(artefact, &ask, &mut obedience, seed, ctx)?;
                        Ok((table, obedience.shortfall().is_none()))
                    })?;
                    (table, Some(curated))
                }
                Err(()) => (draw_obeying(artefact, &Ask::rows(n), &mut obedience, seed, ctx)?, None),
            };
            let chosen = Chosen {
                table: &table,
                asked: n,
                curated,
                ruled: obedience.account().cloned(),
                is_ruled_out: obedience.shortfall().is_some(),
                shortfall: None,
            };
            let accounts = self.write_chosen(chosen, &file, &how, artefact)?;
            let files: Vec<&str> = [file.as_str()].into_iter().chain(accounts).collect();
            self.folder.record("sample", &files, None, None, meter.stop("sample"))?;
            return Ok(file);
        }
        self.folder.stage("sample", &[&file], meter, |path| {
            let mut blocks = Blocks::new(artefact, Ask::rows(n), seed, ctx)?;
            write_parts(&path.join(&file), &how, true, || blocks.next_raw())
        })?;
        Ok(file)
    }

    /// A second draw for the two-draw form of the classifier test; written and read like the first.
    fn second_draw(&self, artefact: &Artefact, quiet: Context<'_>) -> Result<Table, EngineError> {
        let ask = Ask::rows(self.split.holdout.n_rows().min(judge_rows(self.recipe.judge.preset)));
        let mut obedience = Obedience::new(&artefact.about.rules);
        let second = draw_obeying(artefact, &ask, &mut obedience, self.seed.split("second draw"), quiet)?;
        let schema = artefact.codec.schema();
        parse(&format(&second, schema, &artefact.types()), schema)
            .map_err(|source| EngineError::Parse { role: "the second draw", source })
    }

    /// This run's tables in their roles, with rows under judgement.
    fn bench<'b>(&'b self, synthetic: &'b Table, artefact: &'b Artefact) -> Bench<'b> {
        Bench {
            schema: &self.source.schema,
            train: &self.split.train,
            holdout: &self.split.holdout,
            synthetic,
            second: None,
            further: &[],
            shown: None,
            policy: self.policy.as_ref(),
            group_size: None,
            judging: &self.recipe.judge,
            concepts: &self.recipe.concepts,
            rules: &artefact.about.rules,
            targets: &self.recipe.targets,
            train_subjects: self.split.train_subjects.as_deref(),
            holdout_subjects: self.split.holdout_subjects.as_deref(),
        }
    }

    fn written(&self) -> SourceInfo {
        SourceInfo { gzip: false, notes: Vec::new(), ..self.source.info.clone() }
    }

    fn evaluate(&mut self, input: &Path, artefact: &Artefact, file: &str) -> Result<(), EngineError> {
        let meter = Meter::start(self.host);
        // Reading and the second draw are short; the judge's own steps move the bar.
        let quiet = Context { progress: &Silent, stop: self.ctx.stop };
        let how = self.written();
        let schema = artefact.codec.schema();
        let delimited = matches!(how.format, FileFormat::Csv | FileFormat::Tsv);
        // What is judged is what was written.
        let (_, synthetic) = load_like(
            &self.folder.path.join(file),
            schema,
            delimited.then_some(how.delimiter as char),
            self.memory_limit,
            "the synthetic data",
            quiet,
        )?;
        let second = if artefact.learned.prompted().is_some() {
            None // A second draw would cost as much as the first.
        } else {
            Some(self.second_draw(artefact, quiet)?)
        };
        let shown = artefact.learned.prompted().and_then(DynPrompted::shown);
        let shown = shown.map(|rows| artefact.codec.complete(&rows, 0, self.seed.split("shown")));
        let (second, shown) = (second.as_ref(), shown.as_ref());
        let bench = Bench { second, shown, ..self.bench(&synthetic, artefact) };
        let settings = JudgeSettings {
            title: input.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            engine: artefact.learned.page().id.to_owned(),
            guarantee: artefact.learned.guarantee().sentence(),
            date: self.host.today.clone(),
            preset: self.recipe.judge.preset,
            only: Vec::new(),
            row_limit: judge_rows(self.recipe.judge.preset),
            references: Vec::new(),
            bare: false,
        };
        let mut card = evaluate(&bench, &settings, self.seed.split("judge"), self.ctx)?;
        card.warnings.extend(artefact.about.choice.iter().map(|choice| choice.why.clone()));
        if self.source.schema.subject.is_some() {
            card.warnings.push(
                "every synthetic row is a person of its own: table engines draw no repeated visits".into(),
            );
        }
        if matches!(artefact.learned.guarantee(), Guarantee::Formal(_)) {
            card.warnings.push(NOT_COVERED.into());
        }
        card.warnings.extend(self.source.info.notes.iter().cloned());
        card.warnings.extend(artefact.codec.notes().iter().cloned());
        card.warnings.extend(instructions(&self.split.train));
        let cost = meter.stop("evaluate");
        card.costs = self.folder.manifest.stages.iter().map(|stage| stage.cost.clone()).collect();
        card.costs.retain(|cost| cost.stage != "evaluate" && cost.stage != "report");
        card.costs.push(cost.clone());
        card.exchange = read_account(&self.folder.path);
        card.curated = read_curated(&self.folder.path);
        if artefact.learned.prompted().is_some() {
            card.contest = self.contest(&card)?;
        }
        if let Some(ruled) = read_ruled(&self.folder.path) {
            for rule in &mut card.rules {
                rule.refused = Some(ruled.refused.get(&rule.id).copied().unwrap_or(0));
            }
        }
        card.warnings.extend(card.rules.iter().filter_map(ruled::warning));
        card.warnings.append(&mut self.notes);
        let mut files = vec![CARD_FILE];
        if let Some(canaries) = &self.canaries {
            let warning = canary::warning(canaries.n_planted());
            self.ctx.progress.warn(&warning);
            card.warnings.insert(0, warning);
            card.canaries = self.audit(canaries, &synthetic)?;
            files.push(CANARIES);
        }
        let path = self.folder.path.join(CARD_FILE);
        write_bytes_atomically(&path, render::json(&card).as_bytes(), true)?;
        self.folder.record("evaluate", &files, None, None, cost)
    }

    /// Whether canaries echo in the synthetic rows; what became of each is written down, without a cell of it.
    fn audit(&self, canaries: &Canaries, synthetic: &Table) -> Result<Option<CanaryAudit>, EngineError> {
        let (schema, _) = judged(&self.source.schema)?;
        let narrowed = Canaries { rows: narrow(&canaries.rows, &schema), ..canaries.clone() };
        let tables = (narrow(&self.split.train, &schema), narrow(synthetic, &schema));
        let found = verosim_eval::canary::audit(&narrowed, &tables.0, &tables.1);
        let (audit, echoes) = found.unzip();
        self.write_json(CANARIES, &serde_json::json!({ "audit": audit, "canaries": echoes }))?;
        Ok(audit)
    }
}

/// What a formal promise is not made of.
const NOT_COVERED: &str = "epsilon covers the model folder and the synthetic table; the scores on this page are computed \
                           from raw training and holdout rows and are not covered, nor are the split and the manifest: share \
                           them as you would share the data";

/// The card and its pages, in the order that they are written: the card last, so that pages without a card are none.
const CARD: &str = "metrics.json";
const PAGES: [&str; 4] = ["report.html", "report.md", "figures.csv", "gates.xml"];

/// Where the report of a run or of an evaluation stands.
fn report_folder(folder: &Path) -> PathBuf {
    let of_run = folder.join("report");
    if of_run.join(CARD).exists() { of_run } else { folder.to_path_buf() }
}

/// Reads the card of a run or of an evaluation, with what a probe of its model found, where there was one.
///
/// # Errors
/// [`EngineError::NotARun`] when there is none, [`EngineError::Card`] when it does not read.
pub fn read_card(folder: &Path) -> Result<Card, EngineError> {
    let path = folder.display().to_string();
    let text = std::fs::read_to_string(report_folder(folder).join(CARD))
        .map_err(|_| EngineError::NotARun { path: path.clone() })?;
    let mut card =
        render::card_from_json(&text).map_err(|source| EngineError::Card { path: path.clone(), source })?;
    card.probe = of_run(folder)?;
    Ok(card)
}

/// Renders the report of a run or of an evaluation again; a run records it. The page's path.
///
/// # Errors
/// Those of [`read_card`] and of writing.
pub fn report(folder: &Path, host: &Host<'_>) -> Result<PathBuf, EngineError> {
    let card = read_card(folder)?;
    let meter = Meter::start(host);
    let run = Folder::reopen(folder)?;
    let pages = report_folder(folder);
    write_pages(&pages, &card)?;
    if let Some(mut run) = run {
        run.record("report", &REPORT_FILES, None, None, meter.stop("report"))?;
    }
    Ok(pages.join(PAGES[0]))
}

/// Writes what differs between an earlier run or evaluation and this one, beside this one's report; the page's path and
/// the changes, clearest first.
///
/// # Errors
/// Those of [`read_card`] and of writing.
pub fn report_against(folder: &Path, earlier: &Path) -> Result<(PathBuf, Vec<Change>), EngineError> {
    let (before, after) = (read_card(earlier)?, read_card(folder)?);
    let page = report_folder(folder).join("against.html");
    write_bytes_atomically(&page, render::changes_html(&before, &after).as_bytes(), true)?;
    write_bytes_atomically(
        &page.with_extension("md"),
        render::changes_markdown(&before, &after).as_bytes(),
        true,
    )?;
    Ok((page, changes(&before, &after)))
}

/// Writes the pages of a card into `folder`.
pub(crate) fn write_pages(folder: &Path, card: &Card) -> Result<(), EngineError> {
    std::fs::create_dir_all(folder).map_err(|source| WriteError::io(folder, source))?;
    write_bytes_atomically(&folder.join(PAGES[0]), render::html(card).as_bytes(), true)?;
    write_bytes_atomically(&folder.join(PAGES[1]), render::markdown(card).as_bytes(), true)?;
    write_bytes_atomically(&folder.join(PAGES[2]), render::tidy(card).as_bytes(), true)?;
    write_bytes_atomically(&folder.join(PAGES[3]), render::junit(card).as_bytes(), true)?;
    Ok(())
}

/// Writes a card and its pages into `folder`; the page's path.
pub(crate) fn write_card(folder: &Path, card: &Card) -> Result<PathBuf, EngineError> {
    write_pages(folder, card)?;
    write_bytes_atomically(&folder.join(CARD), render::json(card).as_bytes(), true)?;
    Ok(folder.join(PAGES[0]))
}

/// What became of each canary.
const CANARIES: &str = "synthetic/canaries.json";
const CARD_FILE: &str = "report/metrics.json";
pub(crate) const REPORT_FILES: [&str; 4] =
    ["report/report.html", "report/report.md", "report/figures.csv", "report/gates.xml"];
