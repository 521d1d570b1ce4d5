//! Does an engine keep the promises that all engines make?

use super::conditional::check_conditional;
use super::tables::{awkward, clinic, understood};
use crate::formal::{Terms, keep};
use crate::load::{Source, declare};
use std::sync::Arc;
use verosim_core::{Context, FitError, Seeded};
use verosim_data::io::{FileFormat, SourceInfo};
use verosim_data::{Codec, Encoded, EncodedColumn, RawTable, Token, Train};
use verosim_models::{DynFitted, DynSynthesizer, Engine, Filler};

/// Checks one engine; returns what it broke, in words.
///
/// Equal seeds give equal rows at any thread count; other seeds give other rows; exactly n rows come back, 0 and 1
/// among them; drawn tokens and ranks lie in the domain; a saved model draws the same; awkward tables (one level, all
/// missing, constant) are learned or refused, never a panic; the page is complete. An engine that promises learns from declared
/// tables under terms whose noise is seeded, and refuses to learn without.
#[must_use]
pub fn check_engine(engine: &dyn Engine) -> Vec<String> {
    let mut broken = Vec::new();
    let page = engine.page();
    for (what, text) in [
        ("summary", page.summary),
        ("method", page.method),
        ("limits", page.limits),
        ("guarantee", page.guarantee),
    ] {
        if text.is_empty() {
            broken.push(format!("its page has no {what}"));
        }
    }
    let Ok(configured) = engine.configure(&serde_json::Map::new()) else {
        return vec!["its default settings are refused".into()];
    };
    // What a run writes into its recipe must be legal there.
    if engine.configure(&configured.settings()).map(|again| again.settings()) != Ok(configured.settings()) {
        broken.push("its resolved settings do not configure it alike".into());
    }
    if configured.promising().is_some() != engine.promises() {
        broken.push("it promises and does not, or the other way round".into());
    }
    let fit = |threads: usize| {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        pool.install(|| learn(&*configured, &clinic(400)))
    };
    let (Ok((codec, one)), Ok((_, many))) = (fit(1), fit(5)) else {
        return vec!["it cannot learn the fictional clinic".into()];
    };
    let rows = |fitted: &dyn verosim_models::DynFitted, n: usize, seed: u64| {
        fitted.sample(n, Seeded::new(seed), Context::silent()).ok().map(|drawn| drawn.columns().to_vec())
    };
    let first = rows(&*one, 300, 3);
    if first.is_none() || first != rows(&*many, 300, 3) {
        broken.push("equal seeds give other rows at another thread count".into());
    }
    if first == rows(&*one, 300, 4) {
        broken.push("other seeds give the same rows".into());
    }
    for n in [0, 1, 300] {
        let drawn = one.sample(n, Seeded::new(5), Context::silent());
        if !drawn.as_ref().is_ok_and(|drawn| drawn.n_rows() == n && in_domain(drawn)) {
            broken.push(format!("{n} rows asked: not {n} rows within the domain"));
        } else if let Ok(drawn) = drawn
            && codec.decode(&drawn, Seeded::new(6)).n_rows() != n
        {
            broken.push(format!("{n} rows asked: decoded to another number"));
        }
    }
    if engine.fills() != one.filler().is_some() {
        broken
            .push("its registry item and what it learned differ on whether missing cells are filled".into());
    }
    if let Some(filler) = one.filler() {
        let other = many.filler().expect("both were learned alike");
        broken.extend(check_filler(filler, other, &codec));
    }
    if engine.conditions() != one.conditional().is_some() {
        broken.push("its registry item and what it learned differ on whether conditions are drawn".into());
    }
    if engine.conditions() {
        broken.extend(check_conditional(&*one, &*many, &codec));
    }
    match engine.load(&one.save(), Arc::clone(codec.domain())) {
        Ok(back) if rows(&*back, 300, 3) == first => {}
        Ok(_) => broken.push("a saved model draws other rows".into()),
        Err(error) => broken.push(format!("its own saved model is refused: {error}")),
    }
    for (name, table) in awkward() {
        // A refusal in words is fine; what is learned must draw.
        if let Ok((codec, fitted)) = learn(&*configured, &table) {
            match fitted.sample(50, Seeded::new(3), Context::silent()) {
                Ok(drawn) if in_domain(&drawn) && codec.decode(&drawn, Seeded::new(4)).n_rows() == 50 => {}
                _ => broken.push(format!("{name}: learned, but does not draw")),
            }
            if let Some(filler) = fitted.filler() {
                let (_, parsed) = understood(&table);
                let filled = filler.fill(&codec.encode(&parsed), 0, Seeded::new(5), Context::silent());
                if !filled.is_ok_and(|filled| in_domain(&filled)) {
                    broken.push(format!("{name}: learned, but does not fill"));
                }
            }
        }
    }
    broken
}

/// Known cells stand, holes get a value of their column, draws differ, and equal seeds repeat; `many` is what five threads
/// learned.
fn check_filler(one: &dyn Filler, many: &dyn Filler, codec: &Codec) -> Vec<String> {
    let mut broken = Vec::new();
    let (_, table) = understood(&clinic(200));
    let mut incomplete = codec.encode(&table);
    for (at, holes) in incomplete.holes.iter_mut().enumerate() {
        *holes = (0..200).filter(|row| holes.contains(row) || (row * 7 + at as u32 * 3) % 11 < 3).collect();
    }
    let fill = |filler: &dyn Filler, draw: usize, seed: u64| {
        filler.fill(&incomplete, draw, Seeded::new(seed), Context::silent()).ok()
    };
    let (Some(first), Some(again), Some(other)) = (fill(one, 0, 1), fill(many, 0, 1), fill(one, 1, 1)) else {
        return vec!["missing cells asked: none filled".into()];
    };
    if first.columns() != again.columns() {
        broken.push("equal seeds fill other cells at another thread count".into());
    }
    if first.columns() == other.columns() {
        broken.push("two draws fill the same cells".into());
    }
    if !in_domain(&first) {
        broken.push("filled cells are not within the domain".into());
    }
    let domains = &codec.domain().columns;
    for ((now, before), (domain, holes)) in
        first.columns().iter().zip(incomplete.rows.columns()).zip(domains.iter().zip(&incomplete.holes))
    {
        let is_same = |row: &usize| {
            now.tokens[*row] == before.tokens[*row] && now.ranks.get(*row) == before.ranks.get(*row)
        };
        if !(0..200).filter(|row| !holes.contains(&(*row as u32))).all(|row| is_same(&row)) {
            broken.push(format!("known cells of `{}` are changed", domain.name));
        }
        let is_missing = |token: u32| matches!(domain.tokens[token as usize], Token::Missing(_));
        let has_values = domain.tokens.iter().any(|token| !matches!(token, Token::Missing(_)));
        if has_values && holes.iter().any(|&row| is_missing(now.tokens[row as usize])) {
            broken.push(format!("holes of `{}` are filled with nothing", domain.name));
        }
    }
    broken
}

/// Learns a table as a run would.
fn learn(configured: &dyn DynSynthesizer, raw: &RawTable) -> Result<(Codec, Box<dyn DynFitted>), FitError> {
    let (schema, table) = understood(raw);
    let Some(promising) = configured.promising() else {
        let train = Train::new(table, None);
        let (codec, train) = Codec::fit(&train, &schema, &configured.codec(), Seeded::new(1));
        return Ok((codec, configured.fit(&train, Seeded::new(2), Context::silent())?));
    };
    let info = SourceInfo::of(FileFormat::Csv);
    let source = Source { raw: raw.clone(), table, schema, info, file_bytes: 0 };
    let schema = declare(&source, 5, Seeded::new(1));
    let (terms, train) = (Terms::repeatable(1.0, 7), Train::new(source.table, None));
    let kept = keep(promising, &terms, &train, &schema, Seeded::new(2), Context::silent())?;
    Ok((kept.codec, kept.fitted))
}

fn in_domain(drawn: &Encoded) -> bool {
    drawn.columns().iter().zip(&drawn.domain().columns).all(|(column, domain): (&EncodedColumn, _)| {
        column.tokens.iter().all(|&token| (token as usize) < domain.tokens.len())
            && column.ranks.iter().all(|&rank| rank >= 0.0 && (rank as f64) < domain.n_ranks.max(1) as f64)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_engine_keeps_its_promises() {
        for engine in verosim_models::ENGINES {
            let broken = super::check_engine(*engine);
            assert!(broken.is_empty(), "{}: {broken:?}", engine.page().id);
        }
    }
}
