//! What will a run do, and will it fit?

use crate::artefact::Artefact;
use crate::auto::{AUTO, SHORTLIST, planned};
use crate::error::EngineError;
use crate::language::LanguageOptions;
use crate::language::Partner;
use crate::load::Source;
use crate::portfolio::Configured;
use crate::recipe::{Holdout, Recipe};
use crate::run::judge_rows;
use serde::Serialize;
use std::fmt::Write as _;
use verosim_core::schema::Treatment;
use verosim_core::{Schema, Usage};

/// What a run will do, what it will take, and where that comes from.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Engine id.
    pub engine: String,
    /// Rows to learn from.
    pub n_train: usize,
    /// Rows held out, about.
    pub n_holdout: usize,
    /// Rows to draw.
    pub n_synthetic: usize,
    /// Columns that are learned.
    pub modelled: usize,
    /// Columns made anew.
    pub regenerated: Vec<String>,
    /// Columns left out.
    pub dropped: Vec<String>,
    /// Predicted greatest memory, bytes.
    pub memory_bytes: u64,
    /// Predicted seconds of one core for learning.
    pub fit_seconds: f64,
    /// Predicted seconds of one core for drawing.
    pub draw_seconds: f64,
    /// Predicted seconds of one core for judging.
    pub judge_seconds: f64,
    /// Cores.
    pub threads: usize,
    /// What a language model will be asked, when one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions: Option<Questions>,
}

/// What a language model will be asked, if every record of its replies can be used.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Questions {
    /// Requests.
    pub requests: usize,
    /// Tokens of all prompts, about.
    pub input_tokens: u64,
    /// Tokens of all replies, at most.
    pub output_tokens: u64,
    /// What they cost at most, when there is a price: amount and currency with day.
    pub cost: Option<(f64, String)>,
    /// Where they go, and the most that they tell.
    pub host: String,
    /// The most that they tell.
    pub discloses: String,
}

/// Seconds of one core that judging takes per thousand rows and column, up to the judge's row limit (measured).
const JUDGE_SECONDS: f64 = 0.04;
/// Bytes that judging takes per cell that it draws (measured on tables of 14 to 77 columns).
const JUDGE_BYTES: u64 = 210;

impl Plan {
    /// Plans a run over `source`. The rows of a holdout file are guessed from its size beside that of the source.
    ///
    /// # Errors
    /// Those of the engine's settings.
    pub fn new(recipe: &Recipe, source: &Source, threads: usize) -> Result<Self, EngineError> {
        let (schema, n_rows) = (&source.schema, source.raw.n_rows());
        let is_auto = recipe.engine == AUTO;
        let configured = planned(recipe)?;
        let (held, read) = match &recipe.holdout {
            Holdout::Share(share) => ((n_rows as f64 * share).round() as usize, n_rows),
            Holdout::File(path) => {
                let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
                let held = (n_rows as f64 * bytes as f64 / source.file_bytes.max(1) as f64).round() as usize;
                (held, n_rows + held)
            }
        };
        let named = |treatment: Treatment| {
            schema
                .columns
                .iter()
                .filter(|c| c.treatment == treatment)
                .map(|c| c.name.clone())
                .collect::<Vec<_>>()
        };
        let modelled = schema.columns.iter().filter(|column| column.treatment == Treatment::Model).count();
        let n_train = read - held;
        let n_synthetic = recipe.num_rows.unwrap_or(n_train);
        let (model_bytes, seconds) = match &configured {
            Configured::Drawn(_, configured) => configured.predict_cost(n_train, modelled),
            Configured::Prompted(..) => (n_synthetic as u64 * modelled as u64 * 64, 0.1),
        };
        let questions = match &configured {
            Configured::Drawn(..) => None,
            Configured::Prompted(_, configured) => {
                let requests = n_synthetic.div_ceil(configured.rows_per_reply().max(1));
                Some(Questions { requests, ..Questions::default() })
            }
        };
        // Understood tables take nine bytes a cell: training, holdout, synthetic twice.
        let cells = (read + 3 * n_synthetic) as u64 * schema.columns.len() as u64;
        let judged_cells = (n_synthetic.min(judge_rows(recipe.judge.preset)) * modelled) as u64;
        let judged = judged_cells as f64 / 1000.0 * JUDGE_SECONDS;
        Ok(Self {
            engine: recipe.engine.clone(),
            n_train,
            n_holdout: held,
            n_synthetic,
            modelled,
            regenerated: named(Treatment::Regenerate),
            dropped: named(Treatment::Drop),
            memory_bytes: (40 << 20)
                + (2.0 * source.raw_bytes() as f64 * read as f64 / n_rows.max(1) as f64) as u64
                + 13 * cells
                + model_bytes.max(JUDGE_BYTES * judged_cells),
            // Trials learn from fewer people, and the more people there are the fewer trials.
            fit_seconds: if is_auto { seconds * SHORTLIST.len() as f64 } else { seconds },
            draw_seconds: n_synthetic as f64 * modelled as f64 * 1.5e-6,
            judge_seconds: judged,
            threads,
            questions,
        })
    }

    /// Refuses a fit on `n_rows` rows whose memory, as predicted, is more than `limit`.
    ///
    /// # Errors
    /// [`EngineError::WillNotFit`], and those of the engine's settings.
    pub(crate) fn admit(
        recipe: &Recipe,
        schema: &Schema,
        n_rows: usize,
        limit: Option<u64>,
    ) -> Result<(), EngineError> {
        let Configured::Drawn(_, configured) = planned(recipe)? else { return Ok(()) };
        let modelled = schema.columns.iter().filter(|column| column.treatment == Treatment::Model).count();
        let needed = configured.predict_cost(n_rows, modelled).0;
        match limit {
            Some(limit) if needed > limit => Err(EngineError::WillNotFit { needed, limit }),
            _ => Ok(()),
        }
    }

    /// Wall seconds of each stage of a run, for the progress bar.
    #[must_use]
    pub fn stage_seconds(&self) -> [f64; 6] {
        let threads = self.threads.max(1) as f64;
        let cells = (self.n_train * self.modelled) as f64;
        // Reading and understanding takes about a microsecond a cell.
        [
            cells * 1e-6,
            cells * 2e-7,
            self.fit_seconds / threads,
            self.draw_seconds / threads,
            self.judge_seconds / threads,
            0.1,
        ]
    }

    /// Refuses what will not fit.
    ///
    /// # Errors
    /// [`EngineError::WillNotFit`].
    pub fn check(&self, memory_limit: Option<u64>) -> Result<(), EngineError> {
        match memory_limit {
            Some(limit) if self.memory_bytes > limit => {
                Err(EngineError::WillNotFit { needed: self.memory_bytes, limit })
            }
            _ => Ok(()),
        }
    }

    /// Adds what a prepared engine will read and write, and where that goes.
    #[must_use]
    pub fn with_questions(
        mut self,
        artefact: &Artefact,
        partner: &Partner,
        options: &LanguageOptions,
    ) -> Self {
        if let (Some(questions), Some(fitted)) = (&mut self.questions, artefact.learned.prompted()) {
            let (read, written) = fitted.tokens_per_request();
            if let Some(fixed) = fitted.questions() {
                questions.requests = fixed as usize;
            }
            questions.input_tokens = read * questions.requests as u64;
            questions.output_tokens = written * questions.requests as u64;
            let usage =
                Usage { input: questions.input_tokens, output: questions.output_tokens, ..Usage::default() };
            questions.cost = options.prices.as_ref().and_then(|list| {
                let price = list.of(&partner.model.name())?;
                Some((price.cost(&usage), format!("{} of {}", list.currency, list.date)))
            });
            partner.model.place().host().clone_into(&mut questions.host);
            fitted.disclosure().name().clone_into(&mut questions.discloses);
        }
        self
    }

    /// As lines of text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "engine {}: learn {} columns from {} rows, hold out {}, draw {}\n",
            self.engine, self.modelled, self.n_train, self.n_holdout, self.n_synthetic
        );
        if !self.regenerated.is_empty() {
            let _ = writeln!(text, "made anew: {}", self.regenerated.join(", "));
        }
        if !self.dropped.is_empty() {
            let _ = writeln!(text, "left out: {}", self.dropped.join(", "));
        }
        if let Some(asked) = &self.questions {
            let _ = write!(
                text,
                "asks {}, disclosing {}: {} requests or more, about {} tokens read and up to {} written",
                asked.host, asked.discloses, asked.requests, asked.input_tokens, asked.output_tokens
            );
            let _ = match &asked.cost {
                Some((cost, of)) => writeln!(text, "; up to {cost:.4} {of}"),
                None => writeln!(text),
            };
        }
        let _ = writeln!(
            text,
            "memory about {} MiB; time about {:.0} s on {} cores",
            self.memory_bytes >> 20,
            self.stage_seconds().iter().sum::<f64>().ceil(),
            self.threads
        );
        text
    }
}
