//! Which plan does each column of a training split get, and what do its cells look like as tokens?

use super::bound::{Bound, bounded};
use super::derive::{Formula, derived};
use super::exclude::exclusions;
use super::level::LevelCodec;
use super::missing::missing_tokens;
use super::number::NumberCodec;
use super::offset::{offset_dates, offsets};
use super::plan::Plan;
use super::surrogate::Surrogate;
use super::{CodecSettings, ColumnDomain, Domain, EncodedColumn, Token};
use crate::Train;
use crate::frame::{Cells, Column};
use rand::RngExt as _;
use rayon::prelude::*;
use std::collections::BTreeMap;
use verosim_core::schema::Treatment;
use verosim_core::{ColumnSchema, Kind, Schema, Seeded};

/// Everything that fitting a codec yields.
pub(super) struct Learned {
    pub(super) domain: Domain,
    pub(super) schema: Schema,
    pub(super) plans: Vec<Plan>,
    pub(super) notes: Vec<String>,
    pub(super) columns: Vec<EncodedColumn>,
}

/// What a column's plan needs to know about other columns.
enum Role {
    Alone,
    OffsetFrom(usize),
    Bounded(Bound),
    Computed(Formula, usize, usize),
}

pub(super) fn learn(train: &Train, schema: &Schema, settings: &CodecSettings, seed: Seeded) -> Learned {
    let mut notes = Vec::new();
    let kept: Vec<(&Column, &ColumnSchema)> = schema
        .columns
        .iter()
        .filter_map(|schema| {
            if schema.treatment == Treatment::Drop {
                notes.push(format!("`{}` is left out: {}", schema.name, reason(schema)));
                return None;
            }
            Some((train.table().column(&schema.name)?, schema))
        })
        .collect();
    let roles = if settings.protects() {
        roles(&kept, &mut notes)
    } else {
        kept.iter().map(|_| Role::Alone).collect()
    };
    let subjects = train.subjects();
    let made: Vec<Made> = (0..kept.len())
        .into_par_iter()
        .map(|at| make(&kept, at, &roles[at], subjects, settings, seed.split(&kept[at].1.name)))
        .collect();

    let (mut plans, mut domains, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    for made in made {
        notes.extend(made.note);
        let mut plan = made.plan;
        if let Some((mut domain, column)) = made.modelled {
            set_domain(&mut plan, domains.len());
            domain.stage = stage(&domain, &column);
            domains.push(domain);
            columns.push(column);
        }
        plans.push(plan);
    }
    for plan in &plans {
        let Plan::Bounded { domain, bound, .. } = plan else { continue };
        for token in &mut domains[*domain].tokens {
            if let (Token::Equal(column), Some(anchor)) = (token, plans[bound.anchor].domain()) {
                *column = anchor as u32;
            }
        }
    }
    let exclusions = exclusions(&domains, &columns, train.table().n_rows());
    let kept_columns = kept.iter().map(|(_, schema)| (*schema).clone()).collect();
    let named = |name: &Option<String>| name.clone().filter(|name| kept.iter().any(|(_, s)| s.name == *name));
    Learned {
        domain: Domain { columns: domains, exclusions },
        schema: Schema {
            columns: kept_columns,
            subject: named(&schema.subject),
            primary_key: named(&schema.primary_key),
        },
        plans,
        notes,
        columns,
    }
}

struct Made {
    plan: Plan,
    modelled: Option<(ColumnDomain, EncodedColumn)>,
    note: Option<String>,
}

fn make(
    kept: &[(&Column, &ColumnSchema)],
    at: usize,
    role: &Role,
    subjects: Option<&[u32]>,
    settings: &CodecSettings,
    seed: Seeded,
) -> Made {
    let (column, schema) = kept[at];
    let mut rng = seed.rng();
    // The threshold itself is blurred, so that what is missing from the output tells no exact count.
    let k = if settings.protects() { settings.min_support + rng.random_range(0..=2_usize) } else { 1 };
    if schema.treatment == Treatment::Regenerate {
        return regenerate(column, schema);
    }
    match (&column.cells, role) {
        (_, Role::Computed(formula, left, right)) => {
            let (mut tokens, missing_token) = missing_tokens(&column.missing);
            let computed = tokens.len() as u32;
            tokens.push(Token::Level(0));
            let encoded = column
                .missing
                .iter()
                .map(
                    |&code| {
                        if code == 0 { computed } else { missing_token[usize::from(code) - 1].unwrap_or(0) }
                    },
                )
                .collect();
            let domain = ColumnDomain {
                name: schema.name.clone(),
                token_rank: vec![f32::NAN; tokens.len()],
                tokens,
                ordered: false,
                n_ranks: 0,
                parents: Vec::new(),
                stage: 0,
            };
            Made {
                plan: Plan::Derived { domain: 0, formula: formula.clone(), left: *left, right: *right },
                modelled: Some((domain, EncodedColumn { tokens: encoded, ranks: Vec::new() })),
                note: Some(format!("`{}` is recomputed: {}", schema.name, formula.words(&schema.name))),
            }
        }
        (Cells::Number(values), Role::OffsetFrom(anchor)) => {
            let from = kept[*anchor].0.numbers().unwrap_or_default();
            let offsets = offsets(values, from);
            let mut offset_schema = schema.clone();
            offset_schema.bounds = None;
            if schema.kind == Kind::Date {
                offset_schema.kind = Kind::Count; // Weekdays belong to the anchor.
            }
            let (codec, domain, encoded) =
                NumberCodec::fit(&offsets, &column.missing, subjects, &offset_schema, settings, k);
            Made {
                plan: Plan::Offset { domain: 0, codec, anchor: *anchor },
                modelled: Some((domain, encoded)),
                note: Some(format!(
                    "`{}` is drawn as a distance from `{}`",
                    schema.name, kept[*anchor].1.name
                )),
            }
        }
        (Cells::Number(values), Role::Bounded(bound)) => {
            let (anchor, anchor_schema) = kept[bound.anchor];
            // Rows that equal the anchor are a token, told apart from all markers of missing by a code of their own.
            let from = anchor.numbers().unwrap_or_default();
            let mut missing = column.missing.clone();
            for (code, (value, from)) in missing.iter_mut().zip(values.iter().zip(from)) {
                if value == from {
                    *code = u8::MAX;
                }
            }
            let (codec, mut domain, encoded) =
                NumberCodec::fit(values, &missing, subjects, schema, settings, k);
            if let Some(token) = domain.tokens.iter_mut().find(|token| **token == Token::Missing(u8::MAX - 1))
            {
                *token = Token::Equal(0); // Which column of the domain that is will be known when all are there.
            }
            Made {
                plan: Plan::Bounded { domain: 0, codec, bound: *bound },
                modelled: Some((domain, encoded)),
                note: Some(bound.words(&schema.name, &anchor_schema.name)),
            }
        }
        (Cells::Number(values), Role::Alone) => {
            let (codec, domain, encoded) =
                NumberCodec::fit(values, &column.missing, subjects, schema, settings, k);
            Made { plan: Plan::Number { domain: 0, codec }, modelled: Some((domain, encoded)), note: None }
        }
        (Cells::Level { codes, levels }, _) => {
            let (codec, domain, encoded, pooled) =
                LevelCodec::fit(codes, levels, &column.missing, subjects, schema, k, &mut rng);
            let rare = levels.len() - codec.levels.len();
            let note = (rare > 0).then(|| {
                format!(
                    "`{}`: {rare} rare levels ({pooled} rows) are learned as their nearest common level",
                    schema.name
                )
            });
            Made { plan: Plan::Level { domain: 0, codec }, modelled: Some((domain, encoded)), note }
        }
    }
}

fn regenerate(column: &Column, schema: &ColumnSchema) -> Made {
    let plan = match &column.cells {
        Cells::Level { codes, levels } => {
            Plan::Surrogate { surrogate: Surrogate::learn(codes, levels, schema.identifier) }
        }
        Cells::Number(values) => {
            // Bounds from the outer 5 %, rounded outwards to two figures: nobody's own value.
            let mut present: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
            present.sort_by(f64::total_cmp);
            let pick = |share: f64| {
                let at = (share * present.len().saturating_sub(1) as f64) as usize;
                present.get(at).copied().unwrap_or(0.0)
            };
            let (low, high) = (pick(0.05), pick(0.95));
            let step = 10_f64.powf((high - low).abs().max(1.0).log10().floor() - 1.0);
            Plan::Anywhere { low: (low / step).floor() * step, high: (high / step).ceil() * step }
        }
    };
    let note = Some(format!("`{}` is made anew and not learned: {}", schema.name, reason(schema)));
    Made { plan, modelled: None, note }
}

/// Finds computed columns, numbers that another bounds, and dates that hang on another date.
fn roles(kept: &[(&Column, &ColumnSchema)], notes: &mut Vec<String>) -> Vec<Role> {
    let mut roles: Vec<Role> = kept.iter().map(|_| Role::Alone).collect();
    let modelled: Vec<usize> =
        (0..kept.len()).filter(|&at| kept[at].1.treatment == Treatment::Model).collect();
    let candidates: Vec<_> = modelled.iter().map(|&at| kept[at]).collect();
    let position: BTreeMap<&str, usize> =
        kept.iter().enumerate().map(|(at, (_, s))| (s.name.as_str(), at)).collect();
    for (at, formula) in derived(&candidates) {
        let (left, right) = (position[formula.left.as_str()], position[formula.right.as_str()]);
        roles[modelled[at]] = Role::Computed(formula, left, right);
    }
    let free: Vec<usize> = modelled.iter().copied().filter(|&at| matches!(roles[at], Role::Alone)).collect();
    for (at, bound) in bounded(kept, &free) {
        roles[at] = Role::Bounded(bound);
    }
    for (at, anchor) in offset_dates(kept, &free, notes) {
        roles[at] = Role::OffsetFrom(anchor);
    }
    roles
}

/// Rare outcomes first, then short vocabularies, then codes, then numbers: a hint that the search for an order may
/// overrule.
fn stage(domain: &ColumnDomain, column: &EncodedColumn) -> u8 {
    let short = domain.continuous().is_none() && domain.tokens.len() <= 6;
    if short {
        let mut counts = vec![0_usize; domain.tokens.len()];
        column.tokens.iter().for_each(|&token| counts[token as usize] += 1);
        let commonest = counts.iter().copied().max().unwrap_or(0);
        return u8::from(commonest * 10 <= column.tokens.len() * 8);
    }
    match domain.continuous() {
        Some(_) => 4,
        None if domain.ordered => 3,
        None => 2,
    }
}

fn set_domain(plan: &mut Plan, at: usize) {
    match plan {
        Plan::Number { domain, .. }
        | Plan::Cut { domain, .. }
        | Plan::Level { domain, .. }
        | Plan::Offset { domain, .. }
        | Plan::Bounded { domain, .. }
        | Plan::Derived { domain, .. } => *domain = at,
        Plan::Computed { .. } | Plan::Given | Plan::Surrogate { .. } | Plan::Anywhere { .. } => {}
    }
}

fn reason(schema: &ColumnSchema) -> &str {
    if schema.reason.is_empty() { "declared so" } else { &schema.reason }
}
