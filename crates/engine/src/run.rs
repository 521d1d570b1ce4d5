//! How does a table become a judged synthetic one, stage by stage, so that nothing finished is ever lost?

use crate::artefact::{About, Artefact, type_word};
use crate::cost::Meter;
use crate::draw::draw;
use crate::error::EngineError;
use crate::evaluate::{Bench, evaluate};
use crate::host::Host;
use crate::load::{Source, load, load_like};
use crate::manifest::{MANIFEST_VERSION, Manifest};
use crate::plan::Plan;
use crate::recipe::{Holdout, Recipe};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use verosim_core::{Context, Seeded};
use verosim_data::frame::format;
use verosim_data::infer::metadata;
use verosim_data::io::{self, FileFormat, SourceInfo, sha256_file, write_bytes_atomically};
use verosim_data::split::{overlap, row_hashes, split_rows, subjects_of};
use verosim_data::{RawTable, Table, Train};
use verosim_eval::render;
use verosim_eval::{Card, JudgeSettings};
use verosim_models::engine;

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

/// Most rows per table that costly metrics draw.
pub const JUDGE_ROWS: usize = 10_000;
/// Holdout rows found in training, as a share, from which the holdout is refused.
const OVERLAP_SHARE: f64 = 0.02;

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
    let chosen = engine(&recipe.engine)?;
    if chosen.page().control_only && !recipe.control {
        return Err(EngineError::ControlOnly { engine: chosen.page().id });
    }
    chosen.configure(&recipe.settings)?;
    let mut folder = Folder::open(input, recipe, options, host)?;
    let seed = Seeded::new(recipe.seed);

    let meter = Meter::start(host);
    ctx.progress.step(0, STAGES, "profile");
    let source = load(input, recipe, options.metadata, options.memory_limit, ctx)?;
    let raw_bytes = source.raw.columns().iter().map(verosim_data::RawColumn::bytes).sum();
    Plan::new(recipe, &source.schema, source.raw.n_rows(), raw_bytes, host.threads)?
        .check(options.memory_limit)?;
    folder.stage("profile", &["metadata.json"], meter, |path| {
        write_bytes_atomically(
            &path.join("metadata.json"),
            metadata::to_json(&source.schema).as_bytes(),
            true,
        )?;
        Ok(())
    })?;

    let meter = Meter::start(host);
    ctx.progress.step(1, STAGES, "split");
    let split = split(&source, recipe, seed, ctx)?;
    folder.stage("split", &["split/train.ids", "split/holdout.ids"], meter, |path| {
        // Sixteen-byte keyed hashes: they prove which rows went where to whoever holds the data and the recipe.
        let key: [u8; 16] = std::array::from_fn(|at| (seed.split("ids").key() >> (at % 8 * 8)) as u8);
        for (name, raw) in [("train", &split.train_raw), ("holdout", &split.holdout_raw)] {
            let mut text = String::new();
            for hash in row_hashes(raw, &source.raw, &key) {
                hash.iter().for_each(|byte| {
                    let _ = write!(text, "{byte:02x}");
                });
                text.push('\n');
            }
            write_bytes_atomically(&path.join(format!("split/{name}.ids")), text.as_bytes(), true)?;
        }
        Ok(())
    })?;

    let meter = Meter::start(host);
    ctx.progress.step(2, STAGES, "fit");
    let artefact = if folder.is_finished("fit") {
        Artefact::load(&folder.path.join("model"))?
    } else {
        let train = Train::new(split.train.clone(), split.train_subjects.clone());
        let artefact = fit(&train, &source, recipe, host, ctx)?;
        folder.stage("fit", &["model/model.json", "model/arrays.safetensors"], meter, |path| {
            artefact.save(&path.join("model"), true)
        })?;
        artefact
    };
    folder.manifest.guarantee = Some(artefact.fitted.guarantee().sentence());

    let meter = Meter::start(host);
    ctx.progress.step(3, STAGES, "sample");
    let n = recipe.num_rows.unwrap_or(split.train.n_rows());
    let how = SourceInfo { gzip: false, notes: Vec::new(), ..source.info.clone() };
    let file = format!("synthetic/data.{}", how.format.extension());
    if !folder.is_finished("sample") {
        let table = draw(&artefact, n, None, None, seed.split("sample"), ctx)?;
        let raw = format(&table, artefact.codec.schema(), &source.types());
        folder
            .stage("sample", &[&file], meter, |path| Ok(io::write(&raw, &path.join(&file), &how, true)?))?;
    }

    let meter = Meter::start(host);
    ctx.progress.step(4, STAGES, "evaluate");
    if !folder.is_finished("evaluate") {
        let mut schema = artefact.codec.schema().clone();
        schema.columns.retain(|column| source.schema.index_of(&column.name).is_ok());
        let delimiter =
            matches!(how.format, FileFormat::Csv | FileFormat::Tsv).then_some(how.delimiter as char);
        let (_, synthetic) = load_like(&folder.path.join(&file), &schema, delimiter, "synthetic data", ctx)?;
        // A second draw for the two-draw form of the classifier test; written and read like the first.
        let second = draw(
            &artefact,
            split.holdout.n_rows().min(JUDGE_ROWS),
            None,
            None,
            seed.split("second draw"),
            ctx,
        )?;
        let second = format(&second, artefact.codec.schema(), &source.types());
        let second = verosim_data::frame::parse(&second, &schema)
            .map_err(|source| EngineError::Parse { role: "second draw", source })?;
        let bench = Bench {
            schema: &source.schema,
            train: &split.train,
            holdout: &split.holdout,
            synthetic: &synthetic,
            second: Some(&second),
            targets: &recipe.targets,
            train_subjects: split.train_subjects.as_deref(),
            holdout_subjects: split.holdout_subjects.as_deref(),
        };
        let settings = JudgeSettings {
            title: input.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            engine: recipe.engine.clone(),
            guarantee: artefact.fitted.guarantee().sentence(),
            date: host.today.clone(),
            only: Vec::new(),
            row_limit: JUDGE_ROWS,
        };
        let mut card = evaluate(&bench, &settings, seed.split("judge"), ctx)?;
        card.warnings.extend(source.info.notes.iter().cloned());
        card.warnings.extend(artefact.codec.notes().iter().cloned());
        card.costs = folder.manifest.stages.iter().map(|stage| stage.cost.clone()).collect();
        card.costs.push(meter.stop("evaluate"));
        let cost = card.costs.last().cloned().unwrap_or_else(|| Meter::start(host).stop("evaluate"));
        folder.finish("evaluate", &["report/metrics.json"], cost, |path| {
            Ok(write_bytes_atomically(
                &path.join("report/metrics.json"),
                render::json(&card).as_bytes(),
                true,
            )?)
        })?;
    }

    let meter = Meter::start(host);
    ctx.progress.step(5, STAGES, "report");
    let card = read_card(&folder.path)?;
    folder.stage("report", &["report/report.html", "report/report.md"], meter, |path| {
        write_bytes_atomically(&path.join("report/report.html"), render::html(&card).as_bytes(), true)?;
        write_bytes_atomically(&path.join("report/report.md"), render::markdown(&card).as_bytes(), true)?;
        Ok(())
    })?;
    ctx.progress.step(STAGES, STAGES, "done");
    Ok(Finished {
        card,
        report: folder.path.join("report/report.html"),
        synthetic: folder.path.join(&file),
        manifest: folder.manifest,
    })
}

const STAGES: usize = 6;

/// Reads the card of a run.
///
/// # Errors
/// [`EngineError::CannotResume`] when there is none or it does not read.
pub fn read_card(folder: &Path) -> Result<Card, EngineError> {
    let refuse = |why: String| EngineError::CannotResume { path: folder.display().to_string(), why };
    let text = std::fs::read_to_string(folder.join("report/metrics.json"))
        .map_err(|_| refuse("it has no report/metrics.json".into()))?;
    render::card_from_json(&text).map_err(|error| refuse(error.to_string()))
}

/// Learns a model from `train`.
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
    let chosen = engine(&recipe.engine)?;
    if chosen.page().control_only && !recipe.control {
        return Err(EngineError::ControlOnly { engine: chosen.page().id });
    }
    let configured = chosen.configure(&recipe.settings)?;
    let seed = Seeded::new(recipe.seed).split("fit");
    let (codec, encoded) =
        verosim_data::Codec::fit(train, &source.schema, &configured.codec(), seed.split("codec"));
    let fitted = configured.fit(&encoded, seed.split("engine"), ctx)?;
    let about = About {
        made_by: format!("verosim {}", host.version),
        seed: recipe.seed,
        n_rows: train.table().n_rows(),
        settings: configured.settings(),
        guarantee: fitted.guarantee(),
        format: source.info.format.extension().to_owned(),
        delimiter: source.info.delimiter as char,
        types: source.types().into_iter().map(|(name, kind)| (name, type_word(kind).to_owned())).collect(),
    };
    Ok(Artefact { engine: chosen, fitted, codec, about })
}

/// Training and holdout rows.
pub struct Split {
    /// Rows to learn from, as they came.
    pub train_raw: RawTable,
    /// Rows held out, as they came.
    pub holdout_raw: RawTable,
    /// Rows to learn from.
    pub train: Table,
    /// Rows held out.
    pub holdout: Table,
    /// Person of each training row.
    pub train_subjects: Option<Vec<u32>>,
    /// Person of each holdout row.
    pub holdout_subjects: Option<Vec<u32>>,
}

/// Holds out a share of persons, or reads the holdout file and checks that it holds other people.
///
/// # Errors
/// [`EngineError::Overlap`], and those of reading.
pub fn split(source: &Source, recipe: &Recipe, seed: Seeded, ctx: Context<'_>) -> Result<Split, EngineError> {
    let subject = source.schema.subject.as_deref();
    let people = |raw: &RawTable| {
        raw.columns().iter().find(|column| Some(column.name.as_str()) == subject).map(subjects_of)
    };
    let split = match &recipe.holdout {
        Holdout::Share(share) => {
            let subjects = people(&source.raw);
            let (train, holdout) = split_rows(source.raw.n_rows(), subjects.as_deref(), *share, seed);
            let of = |rows: &[usize]| subjects.as_ref().map(|s| rows.iter().map(|&row| s[row]).collect());
            Split {
                train_subjects: of(&train),
                holdout_subjects: of(&holdout),
                train_raw: source.raw.take(&train),
                holdout_raw: source.raw.take(&holdout),
                train: source.table.take(&train),
                holdout: source.table.take(&holdout),
            }
        }
        Holdout::File(file) => {
            let (raw, holdout) =
                load_like(Path::new(file), &source.schema, recipe.delimiter, "holdout", ctx)?;
            refuse_overlap(&source.raw, &raw, subject)?;
            Split {
                train_subjects: people(&source.raw),
                holdout_subjects: people(&raw),
                train_raw: source.raw.clone(),
                holdout_raw: raw,
                train: source.table.clone(),
                holdout,
            }
        }
    };
    Ok(split)
}

/// Refuses a holdout that shares persons, or more rows than chance explains, with the training data.
///
/// # Errors
/// [`EngineError::Overlap`].
pub fn refuse_overlap(
    train: &RawTable,
    holdout: &RawTable,
    subject: Option<&str>,
) -> Result<(), EngineError> {
    let found = overlap(train, holdout, subject);
    let chance = ((OVERLAP_SHARE * found.n_rows as f64) as usize).max(3);
    if found.shared_subjects > 0 || found.shared_rows > chance {
        return Err(EngineError::Overlap {
            rows: found.shared_rows,
            of: found.n_rows,
            subjects: found.shared_subjects,
        });
    }
    Ok(())
}

/// A run folder with its manifest.
struct Folder {
    path: PathBuf,
    manifest: Manifest,
}

impl Folder {
    fn open(
        input: &Path,
        recipe: &Recipe,
        options: &RunOptions<'_>,
        host: &Host<'_>,
    ) -> Result<Self, EngineError> {
        let path = options.out.to_path_buf();
        let name = path.display().to_string();
        let mut inputs = BTreeMap::from([("train".to_owned(), sha256_file(input)?)]);
        if let Holdout::File(file) = &recipe.holdout {
            inputs.insert("holdout".into(), sha256_file(Path::new(file))?);
        }
        if let Some(metadata) = options.metadata {
            inputs.insert("metadata".into(), io::sha256_bytes(metadata.as_bytes()));
        }
        // The demo keeps its table in `input`; anything else makes the folder somebody's.
        let occupied = std::fs::read_dir(&path).is_ok_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != "input"))
        });
        let known = if occupied { Manifest::read(&path)? } else { None };
        if options.resume && occupied {
            let Some(manifest) = known else {
                return Err(EngineError::CannotResume {
                    path: name,
                    why: "there is no manifest in it".into(),
                });
            };
            if manifest.recipe != *recipe {
                return Err(EngineError::CannotResume {
                    path: name,
                    why: "it was made by other settings".into(),
                });
            }
            if manifest.inputs != inputs {
                return Err(EngineError::CannotResume {
                    path: name,
                    why: "the input files have changed".into(),
                });
            }
            return Ok(Self { path, manifest });
        }
        if occupied {
            if !options.overwrite {
                return Err(EngineError::RunExists { path: name });
            }
            if known.is_none() {
                return Err(EngineError::CannotResume {
                    path: name,
                    why: "it is not a run and will not be overwritten".into(),
                });
            }
        }
        let io = |source| io::WriteError::Io { path: name.clone(), source };
        for part in ["", "split", "model", "synthetic", "report", "logs"] {
            std::fs::create_dir_all(path.join(part)).map_err(io)?;
        }
        let manifest = Manifest {
            version: MANIFEST_VERSION,
            made_by: format!("verosim {}", host.version),
            date: host.today.clone(),
            recipe: recipe.clone(),
            inputs,
            guarantee: None,
            threads: host.threads,
            stages: Vec::new(),
        };
        manifest.write(&path)?;
        write_bytes_atomically(&path.join("recipe.toml"), recipe.to_toml().as_bytes(), true)?;
        let folder = Self { path, manifest };
        folder.log("start", 0.0);
        Ok(folder)
    }

    fn is_finished(&self, name: &str) -> bool {
        self.manifest.finished(&self.path, name).is_some()
    }

    /// Runs a stage unless it is finished.
    fn stage(
        &mut self,
        name: &str,
        files: &[&str],
        meter: Meter<'_>,
        make: impl FnOnce(&Path) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        if self.is_finished(name) {
            return Ok(());
        }
        self.drop_from(name);
        make(&self.path)?;
        let cost = meter.stop(name);
        self.record(name, files, cost)
    }

    fn finish(
        &mut self,
        name: &str,
        files: &[&str],
        cost: verosim_eval::card::Cost,
        make: impl FnOnce(&Path) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        self.drop_from(name);
        make(&self.path)?;
        self.record(name, files, cost)
    }

    fn record(
        &mut self,
        name: &str,
        files: &[&str],
        cost: verosim_eval::card::Cost,
    ) -> Result<(), EngineError> {
        self.log(name, cost.wall_s);
        let path = self.path.clone();
        self.manifest.finish(&path, name, files, cost)
    }

    /// A stage that is made again takes everything after it with it.
    fn drop_from(&mut self, name: &str) {
        if let Some(at) = self.manifest.stages.iter().position(|stage| stage.name == name) {
            self.manifest.stages.truncate(at);
        }
    }

    /// One line per stage; a log that cannot be written stops nothing.
    fn log(&self, stage: &str, seconds: f64) {
        use std::io::Write as _;
        let line = json!({ "stage": stage, "seconds": seconds, "peak_bytes": crate::cost::peak_bytes() });
        let file =
            std::fs::OpenOptions::new().create(true).append(true).open(self.path.join("logs/events.jsonl"));
        if let Ok(mut file) = file {
            let _ = writeln!(file, "{line}");
        }
    }
}
