//! `smote`: rows between neighbouring patients. For augmentation where the data are, never for release.

#[cfg(test)]
mod tests;

use crate::cursor::{damaged, document, whole};
use crate::masks::{Masks, is_forbidden};
use crate::scale::Scale;
use crate::{Array, ConfigError, DynFitted, DynSynthesizer, Engine, LoadError, Saved, StoredFact, rows};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::settings::Settings;
use verosim_core::{
    Context, EnginePage, FitError, FittedSynthesizer, Guarantee, Interrupted, SampleError, Seeded, Setting,
    Synthesizer, UnknownColumn,
};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded, EncodedColumn, Tabular};
use verosim_math::learn::{Step, commonest, near_rows};

/// The registry item.
pub static SMOTE: SmoteEngine = SmoteEngine;

/// Most cells of a table: comparing all rows with all others takes the square of rows.
const MOST_CELLS: usize = 2_000_000;
/// Rows per block; a block is a pure function of (model, seed, block number).
const BLOCK: usize = 4_096;

static PAGE: EnginePage = EnginePage {
    id: "smote",
    summary: "SMOTE-NC: rows between neighbouring patients. Augmentation inside only, never a release.",
    method: "\
Picks a training row and one of its nearest rows, within its class when one is named, and makes a row between the two:
values that have an order lie at a share of the way, in ranks, the same share in all columns; levels and kinds of missing
are those that most of the neighbours have. A value that one of the two lacks is that of the other.

SMOTE-NC of Chawla et al. 2002 (`chawla2002`), which interpolates values and so makes ages with decimals; distances are
`gower1971`'s, in ranks.",
    limits: "\
*Augmentation inside only*: for training models on more rows of a small class, where the data are, and throwing the rows
away. Every row lies on the line between two patients, so that attacks find out who took part better than with any other
engine; extremes are never reached, spread is too small, levels of few are voted away. Refuses tables of more than two
million cells.",
    guarantee: "None: every synthetic row lies between two patients and often repeats one of them in most columns, and the model file \
                contains the training rows. Neither may leave the place of the data.",
    sources: &["chawla2002", "gower1971"],
    settings: &[
        Setting {
            name: "neighbours",
            default: "5",
            range: "1 to 50",
            purpose: "Nearest rows among which the other end is drawn, and which vote on levels.",
        },
        Setting {
            name: "class",
            default: "",
            range: "a column with levels, or nothing",
            purpose: "Column in whose levels neighbours must agree: the class of which more rows are wanted.",
        },
        Setting {
            name: "min_support",
            default: "5",
            range: "2 to 100",
            purpose: "Least people behind a value or level that may be drawn as it is (0 to 2 are added at random).",
        },
    ],
    control_only: true,
};

/// The `smote` engine.
#[derive(Debug)]
pub struct SmoteEngine;

/// Checked settings; every field is in its range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Smote {
    neighbours: usize,
    class: String,
    min_support: usize,
}

/// All training rows, and the nearest of each.
#[derive(Clone, Debug)]
pub struct FittedSmote {
    train: Encoded,
    /// Orders of columns that have one.
    scales: Vec<Option<Scale>>,
    near: Vec<Vec<u32>>,
}

impl Smote {
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    pub fn new(written: &Map<String, Value>) -> Result<Self, ConfigError> {
        let settings = Settings::new(&PAGE, written)?;
        Ok(Self {
            neighbours: settings.whole("neighbours", 1..=50)?,
            class: settings.text("class")?.to_owned(),
            min_support: settings.whole("min_support", 2..=100)?,
        })
    }
}

impl FittedSmote {
    fn new(train: Encoded, near: Vec<Vec<u32>>) -> Self {
        let counts = rows::counts(&train);
        let parts = train.domain().columns.iter().zip(&counts);
        let scales =
            parts.map(|(domain, counts)| domain.ordered.then(|| Scale::ordered(domain, counts))).collect();
        Self { train, scales, near }
    }

    /// Where a cell stands among all values of its column; `None` for levels without order and kinds of missing.
    fn place(&self, column: usize, row: usize) -> Option<f64> {
        let (scale, cells) = (self.scales[column].as_ref()?, &self.train.columns()[column]);
        scale.share(cells.tokens[row], cells.ranks.get(row).copied().unwrap_or(0.0))
    }

    /// The nearest rows of each, of the same class.
    fn nearest(&self, class: Option<usize>, k: usize) -> Vec<Vec<u32>> {
        let n = self.train.n_rows();
        let mut groups = std::collections::BTreeMap::<u32, Vec<u32>>::new();
        for row in 0..n {
            let key = class.map_or(0, |column| self.train.columns()[column].tokens[row]);
            groups.entry(key).or_default().push(row as u32);
        }
        let mut near = vec![Vec::new(); n];
        for rows in groups.values() {
            let (mut numbers, mut levels) = (Vec::new(), Vec::new());
            for (column, scale) in self.scales.iter().enumerate() {
                if scale.is_some() {
                    let place =
                        |&row: &u32| self.place(column, row as usize).map_or(f32::NAN, |share| share as f32);
                    numbers.push(rows.iter().map(place).collect());
                } else {
                    let tokens = &self.train.columns()[column].tokens;
                    levels.push(rows.iter().map(|&row| tokens[row as usize]).collect());
                }
            }
            for (at, found) in near_rows(&numbers, &levels, k).into_iter().enumerate() {
                near[rows[at] as usize] = found.into_iter().map(|other| rows[other as usize]).collect();
            }
        }
        near
    }

    /// The cell of a row between two.
    fn between(&self, column: usize, step: Step) -> (u32, f32) {
        let cells = &self.train.columns()[column];
        let others = &self.near[step.row];
        let Some(scale) = &self.scales[column] else {
            let votes = others.iter().map(|&row| cells.tokens[row as usize]);
            return (commonest(votes, cells.tokens[step.row]), 0.0);
        };
        // Kinds of missing are told by one more than their token, values all by 0.
        let kind = |row: usize| if self.place(column, row).is_some() { 0 } else { cells.tokens[row] + 1 };
        let most = commonest(others.iter().map(|&row| kind(row as usize)), kind(step.row));
        if most > 0 {
            return (most - 1, 0.0);
        }
        let third = || others.iter().find_map(|&row| self.place(column, row as usize));
        match (self.place(column, step.row), self.place(column, step.other)) {
            (Some(a), Some(b)) => scale.at(a + step.share * (b - a)),
            (Some(only), None) | (None, Some(only)) => scale.at(only),
            (None, None) => third().map_or((cells.tokens[step.row], 0.0), |share| scale.at(share)),
        }
    }

    fn draw_block(&self, masks: &Masks, n: usize, rng: &mut ChaCha8Rng) -> Vec<EncodedColumn> {
        let mut columns = vec![EncodedColumn::default(); self.scales.len()];
        let mut banned = Vec::new();
        for row in 0..n {
            let step = Step::draw(&self.near, rng);
            for at in 0..self.scales.len() {
                let mut cell = self.between(at, step);
                if masks.applies(at) {
                    masks.active(at, &columns, row, &mut banned);
                    // What most neighbours have may not go with what they have elsewhere; what one of them has may.
                    let cells = &self.train.columns()[at];
                    let own = [step.row, step.other].into_iter();
                    let mut ends = own.chain(self.near[step.row].iter().map(|&row| row as usize));
                    if is_forbidden(&banned, cell.0)
                        && let Some(end) = ends.find(|&end| !is_forbidden(&banned, cells.tokens[end]))
                    {
                        cell = (cells.tokens[end], cells.ranks.get(end).copied().unwrap_or(0.0));
                    }
                }
                columns[at].tokens.push(cell.0);
                if self.train.domain().columns[at].continuous().is_some() {
                    columns[at].ranks.push(cell.1);
                }
            }
        }
        columns
    }
}

impl Engine for SmoteEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError> {
        Ok(Box::new(Smote::new(settings)?))
    }

    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError> {
        let n: usize = document(saved)?;
        let train = rows::load(saved, n, domain)?;
        let (mut sizes, mut found) = (whole(saved, "n_neighbours")?, whole(saved, "neighbours")?);
        let near = sizes
            .take(n)?
            .iter()
            .map(|&size| Ok(found.take(size as usize)?.to_vec()))
            .collect::<Result<Vec<Vec<u32>>, LoadError>>()?;
        sizes.finish()?;
        found.finish()?;
        if near.iter().flatten().any(|&row| row as usize >= n) {
            return Err(damaged("a neighbour is no row".into()));
        }
        Ok(Box::new(FittedSmote::new(train, near)))
    }
}

impl Synthesizer<Tabular> for Smote {
    type Fitted = FittedSmote;

    fn codec(&self) -> CodecSettings {
        CodecSettings { min_support: self.min_support, ..CodecSettings::default() }
    }

    fn fit(&self, train: &Encoded, _: Seeded, ctx: Context<'_>) -> Result<FittedSmote, FitError> {
        ctx.stop.check()?;
        let (rows, columns) = (train.n_rows(), train.columns().len());
        if columns == 0 {
            return Err(FitError::NothingToModel);
        }
        if rows < 2 {
            return Err(FitError::TooFewRows { found: rows, needed: 2, engine: "smote" });
        }
        if rows.saturating_mul(columns) > MOST_CELLS {
            return Err(FitError::TooManyCells { rows, columns, most: MOST_CELLS, engine: "smote" });
        }
        let names = || train.domain().columns.iter().map(|column| column.name.as_str());
        let class = match self.class.as_str() {
            "" => None,
            name => {
                Some(names().position(|own| own == name).ok_or_else(|| UnknownColumn::new(name, names()))?)
            }
        };
        let mut fitted = FittedSmote::new(train.clone(), Vec::new());
        fitted.near = fitted.nearest(class, self.neighbours);
        ctx.stop.check()?;
        Ok(fitted)
    }
}

impl DynSynthesizer for Smote {
    fn codec(&self) -> CodecSettings {
        Synthesizer::codec(self)
    }

    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError> {
        Ok(Box::new(Synthesizer::fit(self, train, seed, ctx)?))
    }

    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64) {
        let (n, p, k) = (n_rows as f64, n_columns as f64, self.neighbours as f64);
        ((n * p * 20.0 + n * (k * 12.0 + 60.0)) as u64, n * n * p * 4e-10 + n * p * 1e-7)
    }

    fn settings(&self) -> Map<String, Value> {
        crate::registry::written(self)
    }
}

impl FittedSynthesizer<Tabular> for FittedSmote {
    fn guarantee(&self) -> Guarantee {
        Guarantee::None {
            measures: "every row lies between two patients; for augmentation inside only".into(),
        }
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        let domain = self.train.domain();
        let masks = Masks::new(domain, &(0..domain.columns.len()).collect::<Vec<_>>());
        let blocks: Vec<Vec<EncodedColumn>> = (0..n.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                ctx.stop.check()?;
                let mut rng = seed.split_at(block as u64).rng();
                Ok(self.draw_block(&masks, BLOCK.min(n - block * BLOCK), &mut rng))
            })
            .collect::<Result<_, Interrupted>>()?;
        rows::joined(domain, blocks, n)
    }
}

impl DynFitted for FittedSmote {
    fn save(&self) -> Saved {
        let mut arrays = rows::save(&self.train);
        arrays.insert(
            "n_neighbours".into(),
            Array::U32(self.near.iter().map(|near| near.len() as u32).collect()),
        );
        arrays.insert("neighbours".into(), Array::U32(self.near.concat()));
        Saved { document: Value::from(self.train.n_rows()), arrays }
    }

    fn stored(&self) -> Vec<StoredFact> {
        vec![StoredFact { what: "whole training rows".into(), items: self.train.n_rows(), least_support: 1 }]
    }
}
