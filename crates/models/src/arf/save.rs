//! How are leaves written as data and read back without trust?

use super::law::Laws;
use super::{Arf, FittedArf};
use crate::cursor::{damaged, document, floats, whole};
use crate::{Array, LoadError, Saved, StoredFact};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use verosim_data::Domain;

#[derive(Serialize, Deserialize)]
struct Document {
    settings: Arf,
    accuracy: f64,
}

pub(super) fn save(model: &FittedArf) -> Saved {
    let document = Document { settings: model.settings.clone(), accuracy: model.accuracy };
    let (mut entries, mut knot_counts) = (Vec::new(), Vec::new());
    let (mut tokens, mut counts, mut knots) = (Vec::new(), Vec::new(), Vec::new());
    for laws in &model.laws {
        let (own, own_knots) = laws.sizes();
        entries.extend(own);
        knot_counts.extend(own_knots);
        tokens.extend(&laws.tokens);
        counts.extend(&laws.counts);
        knots.extend(&laws.knots);
    }
    Saved {
        document: serde_json::to_value(document).expect("numbers and names are always JSON"),
        arrays: BTreeMap::from([
            ("leaf_rows".into(), Array::U32(model.rows.clone())),
            ("entries".into(), Array::U32(entries)),
            ("knots_per_leaf".into(), Array::U32(knot_counts)),
            ("tokens".into(), Array::U32(tokens)),
            ("counts".into(), Array::U32(counts)),
            ("knots".into(), Array::F32(knots)),
        ]),
    }
}

pub(super) fn load(saved: &Saved, domain: Arc<Domain>) -> Result<FittedArf, LoadError> {
    let written: Document = document(saved)?;
    if !written.settings.is_sound() || !written.accuracy.is_finite() {
        return Err(damaged("its settings are out of range".into()));
    }
    let rows = whole(saved, "leaf_rows")?.rest().to_vec();
    if rows.is_empty() || rows.contains(&0) {
        return Err(damaged("a leaf has no rows".into()));
    }
    let (mut entries, mut knot_counts) = (whole(saved, "entries")?, whole(saved, "knots_per_leaf")?);
    let (mut tokens, mut counts) = (whole(saved, "tokens")?, whole(saved, "counts")?);
    let mut knots = floats(saved, "knots")?;
    let sum = |sizes: &[u32]| sizes.iter().fold(0_usize, |sum, &size| sum.saturating_add(size as usize));
    let mut laws = Vec::with_capacity(domain.columns.len());
    for column in &domain.columns {
        let own = entries.take(rows.len())?;
        let own_knots = knot_counts.take(if column.continuous().is_some() { rows.len() } else { 0 })?;
        let n = sum(own);
        let law = Laws::from_parts(
            column,
            (own, own_knots),
            tokens.take(n)?,
            counts.take(n)?,
            knots.take(sum(own_knots))?,
        );
        laws.push(
            law.ok_or_else(|| damaged(format!("the leaves of column `{}` are inconsistent", column.name)))?,
        );
    }
    entries.finish()?;
    knot_counts.finish()?;
    tokens.finish()?;
    counts.finish()?;
    knots.finish()?;
    Ok(FittedArf::new(written.settings, domain, rows, laws, written.accuracy))
}

pub(super) fn stored(model: &FittedArf) -> Vec<StoredFact> {
    let least = model.rows.iter().min().copied().unwrap_or(0) as usize;
    vec![
        StoredFact { what: "leaves of trees".into(), items: model.rows.len(), least_support: least },
        StoredFact {
            what: "token counts in leaves".into(),
            items: model.laws.iter().map(|laws| laws.counts.len()).sum(),
            least_support: 1,
        },
        StoredFact {
            what: "quantile knots of ranks in leaves".into(),
            items: model.laws.iter().map(|laws| laws.knots.len()).sum(),
            least_support: 1,
        },
    ]
}
