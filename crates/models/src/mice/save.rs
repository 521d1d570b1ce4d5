//! How are laws written as data and read back without trust?

use super::chain::Set;
use super::design::places;
use super::law::{Law, MOST_QUESTIONS, Numbers, Question, Score};
use super::shape::Shape;
use super::strata::Strata;
use super::{FittedMice, Mice, shapes};
use crate::cursor::{Cursor, damaged, document, floats, whole};
use crate::{Array, LoadError, Saved, StoredFact, rows};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_data::Domain;

#[derive(Serialize, Deserialize)]
struct Document {
    settings: Mice,
    /// Rows of each token of each column.
    counts: Vec<Vec<u64>>,
    /// Sets of laws; those of a set stand one after the other, given all others first.
    sets: usize,
}

/// Sizes, places in the design, and numbers, in the order in which laws are walked.
#[derive(Default)]
struct Writer {
    sizes: Vec<u32>,
    features: Vec<u32>,
    values: Vec<f32>,
}

impl Writer {
    fn law(&mut self, law: &Law) {
        self.sizes.extend([law.questions.len() as u32, u32::from(law.numbers.is_some())]);
        for question in &law.questions {
            self.scale(&question.score, &question.strata);
            self.values.extend(&question.chances);
        }
        if let Some(numbers) = &law.numbers {
            self.scale(&numbers.score, &numbers.strata);
            for knots in &numbers.knots {
                self.sizes.push(knots.len() as u32);
                self.values.extend(knots);
            }
        }
    }

    fn scale(&mut self, score: &Score, strata: &Strata) {
        self.sizes.extend([score.features.len() as u32, strata.cuts.len() as u32]);
        self.features.extend(&score.features);
        self.values.extend(score.weights.iter().chain(&strata.cuts));
    }
}

struct Reader<'a> {
    sizes: Cursor<'a, u32>,
    features: Cursor<'a, u32>,
    values: Cursor<'a, f32>,
    /// Columns of the design.
    width: usize,
}

impl Reader<'_> {
    fn law(&mut self, shape: &Shape) -> Result<Law, LoadError> {
        let (n, has_numbers) = (self.sizes.next()? as usize, self.sizes.next()? != 0);
        let is_scored = (0..shape.n_classes()).any(|class| shape.is_scored(class));
        // What is not asked is drawn by how common it is, so one class must be left.
        if n > MOST_QUESTIONS.min(shape.n_classes().saturating_sub(1)) || has_numbers != is_scored {
            return Err(damaged("a column has other questions than classes".into()));
        }
        let questions = (0..n)
            .map(|_| {
                let (score, strata) = self.scale()?;
                let chances = self.values.take(strata.n())?.to_vec();
                if chances.iter().any(|chance| !(0.0..=1.0).contains(chance)) {
                    return Err(damaged("a chance is out of range".into()));
                }
                Ok(Question { score, strata, chances })
            })
            .collect::<Result<_, _>>()?;
        let numbers = if has_numbers {
            let (score, strata) = self.scale()?;
            let knots = (0..strata.n())
                .map(|_| {
                    let n = self.sizes.next()? as usize;
                    let knots = self.values.take(n)?.to_vec();
                    if n == 0 || knots.iter().any(|knot| !knot.is_finite()) {
                        return Err(damaged("a stratum has no residuals".into()));
                    }
                    Ok(knots)
                })
                .collect::<Result<_, _>>()?;
            Some(Numbers { score, strata, knots })
        } else {
            None
        };
        Ok(Law { questions, numbers })
    }

    fn scale(&mut self) -> Result<(Score, Strata), LoadError> {
        let (n, cuts) = (self.sizes.next()? as usize, self.sizes.next()? as usize);
        let features = self.features.take(n)?.to_vec();
        let weights = self.values.take(n)?.to_vec();
        let cuts = self.values.take(cuts)?.to_vec();
        let is_sound = features.iter().all(|&at| (at as usize) < self.width)
            && weights.iter().chain(&cuts).all(|x| x.is_finite())
            && cuts.windows(2).all(|pair| pair[0] < pair[1]);
        if !is_sound {
            return Err(damaged("a score or its strata are out of range".into()));
        }
        Ok((Score { features, weights }, Strata { cuts }))
    }
}

pub(super) fn save(model: &FittedMice) -> Saved {
    let mut writer = Writer::default();
    for set in &model.sets {
        set.given_all.iter().chain(&set.in_turn).for_each(|law| writer.law(law));
    }
    let document =
        Document { settings: model.settings.clone(), counts: model.counts.clone(), sets: model.sets.len() };
    Saved {
        document: serde_json::to_value(document).expect("numbers and lists are always JSON"),
        arrays: BTreeMap::from([
            ("sizes".into(), Array::U32(writer.sizes)),
            ("features".into(), Array::U32(writer.features)),
            ("values".into(), Array::F32(writer.values)),
        ]),
    }
}

pub(super) fn load(saved: &Saved, domain: Arc<Domain>) -> Result<FittedMice, LoadError> {
    let written: Document = document(saved)?;
    let is_sound = written.settings.is_sound() && written.sets == written.settings.sets;
    if !rows::are_counts(&written.counts, &domain) || !is_sound {
        return Err(damaged("counts or settings do not fit the columns".into()));
    }
    let shapes = shapes(&domain, &written.counts);
    let mut reader = Reader {
        sizes: whole(saved, "sizes")?,
        features: whole(saved, "features")?,
        values: floats(saved, "values")?,
        width: places(&shapes).last().copied().unwrap_or(1),
    };
    let sets = (0..written.sets)
        .map(|_| {
            let mut laws = || shapes.iter().map(|shape| reader.law(shape)).collect::<Result<Vec<Law>, _>>();
            Ok(Set { given_all: laws()?, in_turn: laws()? })
        })
        .collect::<Result<_, LoadError>>()?;
    reader.sizes.finish()?;
    reader.features.finish()?;
    reader.values.finish()?;
    Ok(FittedMice::new(written.settings, domain, written.counts, sets))
}

pub(super) fn stored(model: &FittedMice) -> Vec<StoredFact> {
    let laws = || model.sets.iter().flat_map(|set| set.given_all.iter().chain(&set.in_turn));
    let chances = laws().flat_map(|law| &law.questions).map(|question| question.chances.len()).sum();
    let knots = laws().flat_map(|law| &law.numbers).flat_map(|numbers| &numbers.knots).map(Vec::len).sum();
    let weights = laws()
        .map(|law| {
            let asked: usize = law.questions.iter().map(|question| question.score.weights.len()).sum();
            asked + law.numbers.as_ref().map_or(0, |numbers| numbers.score.weights.len())
        })
        .sum();
    // A table of fewer people than a stratum needs is one stratum.
    let least = model.settings.leaf_rows.min(model.n_rows());
    vec![
        StoredFact {
            what: "counts of tokens".into(),
            items: model.counts.iter().map(Vec::len).sum(),
            least_support: 1,
        },
        StoredFact { what: "weights of scores".into(), items: weights, least_support: least },
        StoredFact { what: "chances in strata".into(), items: chances, least_support: least },
        StoredFact { what: "quantile knots of residuals in strata".into(), items: knots, least_support: 2 },
    ]
}
