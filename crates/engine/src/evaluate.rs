//! How are three tables brought before the judge?

use crate::error::EngineError;
use crate::recipe::Judging;
use verosim_core::schema::Treatment;
use verosim_core::{ColumnSchema, Context, Kind, Preset, Schema, Seeded};
use verosim_data::Table;
use verosim_data::constrain::Rules;
use verosim_data::constrain::clinical::Given;
use verosim_eval::card::Outcome;
use verosim_eval::compat::compat;
use verosim_eval::controls::controls;
use verosim_eval::draws::across;
use verosim_eval::policy::Policy;
use verosim_eval::rules::count_broken;
use verosim_eval::{Card, JudgeSettings, Prose, Trio, judge};

/// Tables in their roles, not yet narrowed to what is judged.
pub struct Bench<'a> {
    /// What the columns hold.
    pub schema: &'a Schema,
    /// Rows that were learned from.
    pub train: &'a Table,
    /// Rows of other people.
    pub holdout: &'a Table,
    /// Rows under judgement.
    pub synthetic: &'a Table,
    /// A second draw, when there is one.
    pub second: Option<&'a Table>,
    /// Further tables of the same generator, each with its name.
    pub further: &'a [(String, Table)],
    /// Rules whose breaches are counted.
    pub rules: &'a Rules,
    /// Outcome columns by name.
    pub targets: &'a [String],
    /// Person of each training row.
    pub train_subjects: Option<&'a [u32]>,
    /// Person of each holdout row.
    pub holdout_subjects: Option<&'a [u32]>,
    /// Real rows that a language model was shown.
    pub shown: Option<&'a Table>,
    /// What the card is held against.
    pub policy: Option<&'a Policy>,
    /// Holdout people below which nothing is told of a group; that of the judge when `None`.
    pub group_size: Option<usize>,
    /// Which columns play which part, and what else is told.
    pub judging: &'a Judging,
    /// Which column holds which concept of clinical rules, where the dictionary is wrong.
    pub concepts: &'a toml::Table,
}

/// Judges the columns that are modelled; identifiers, free text and columns with one value are left out and named. Free
/// text that both tables have is read for harmful wording.
///
/// # Errors
/// [`EngineError::NothingToJudge`], or those of the judge.
pub fn evaluate(
    bench: &Bench<'_>,
    settings: &JudgeSettings,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Card, EngineError> {
    let (schema, mut left_out) = judged(bench.schema)?;
    let narrow = |table: &Table| narrow(table, &schema);
    let is_read = |column: &ColumnSchema| {
        let has = |table: &Table| table.column(&column.name).is_some();
        column.kind == Kind::Text && has(bench.holdout) && has(bench.synthetic)
    };
    let read: Vec<&ColumnSchema> = bench.schema.columns.iter().filter(|column| is_read(column)).collect();
    for (name, reason) in &mut left_out {
        if read.iter().any(|column| column.name == *name) {
            "free text: read for harmful wording (tx.*), not compared".clone_into(reason);
        }
    }
    let (train, holdout, synthetic) = (narrow(bench.train), narrow(bench.holdout), narrow(bench.synthetic));
    let second = bench.second.map(narrow);
    // Rows shown for columns that changed since are of no use.
    let shown = bench.shown.map(narrow).filter(|shown| shown.columns().len() == schema.columns.len());
    let texts = |table: &Table| {
        let columns = read.iter().filter_map(|column| table.column(&column.name).cloned()).collect();
        Table::new(columns).expect("columns of one table are equally long")
    };
    let (holdout_prose, synthetic_prose) = (texts(bench.holdout), texts(bench.synthetic));
    let mut find = |names: &[String], part: &str| -> Result<Vec<usize>, EngineError> {
        let mut found = Vec::new();
        for name in names {
            if let Some(at) = schema.columns.iter().position(|column| column.name == *name) {
                found.push(at);
            } else {
                bench.schema.index_of(name)?;
                left_out.push((name.clone(), format!("asked for as {part}, but not modelled")));
            }
        }
        Ok(found)
    };
    let targets = find(bench.targets, "an outcome")?;
    let keys = find(&bench.judging.quasi, "what an attacker knows")?;
    let sensitive = find(&bench.judging.sensitive, "what an attacker wants")?;
    let groups = find(&bench.judging.groups, "a group")?;
    let survival = match &bench.judging.survival {
        Some(names) => {
            find(names, "survival")?.try_into().ok().map(|[time, event]: [usize; 2]| (time, event))
        }
        None => None,
    };
    let concepts = Given::from_toml(bench.concepts)?;
    let trio = Trio {
        schema: &schema,
        train: &train,
        holdout: &holdout,
        synthetic: &synthetic,
        second: second.as_ref(),
        targets: &targets,
        keys: &keys,
        sensitive: &sensitive,
        population: bench.judging.population,
        survival,
        train_subjects: bench.train_subjects,
        holdout_subjects: bench.holdout_subjects,
        whole: None,
        shown: shown.as_ref(),
        prose: Some(Prose { holdout: &holdout_prose, synthetic: &synthetic_prose }),
        groups: &groups,
        group_size: bench.group_size,
        concepts: Some(&concepts),
    };
    let mut card = judge(&trio, settings, seed, ctx)?;
    card.about.left_out = left_out;
    card.rules = count_broken(bench.rules, bench.holdout, bench.synthetic);
    let is_first = settings.references.is_empty();
    if settings.preset == Preset::Release && settings.only.is_empty() && is_first {
        card.controls = controls(&trio, seed.split("controls"), ctx)?;
    }
    if bench.judging.compat {
        card.compat = compat(&train, &holdout, &synthetic, seed);
    }
    card.policy = bench.policy.map(|policy| policy.judge(&card));
    if !bench.further.is_empty() {
        again(&mut card, bench, settings, seed, ctx)?;
    }
    Ok(card)
}

/// Judges further tables of the same generator as the first one, and writes down how they differ. The policy is what the
/// worst of them comes to.
fn again(
    card: &mut Card,
    bench: &Bench<'_>,
    settings: &JudgeSettings,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<(), EngineError> {
    let settings = JudgeSettings { references: card.entries.clone(), ..settings.clone() };
    let none = Judging { compat: false, ..bench.judging.clone() };
    let mut cards = Vec::with_capacity(bench.further.len());
    for (_, table) in bench.further {
        let second = Some(bench.synthetic);
        let one = Bench { synthetic: table, second, further: &[], judging: &none, ..*bench };
        cards.push(evaluate(&one, &settings, seed, ctx)?);
    }
    let all: Vec<&Card> = std::iter::once(&*card).chain(&cards).collect();
    let names: Vec<String> = std::iter::once(settings.title.clone())
        .chain(bench.further.iter().map(|(name, _)| name.clone()))
        .collect();
    let draws = across(&all, &names);
    for table in &draws.tables[1..] {
        for (question, outcome) in &table.verdicts {
            let first = card.verdicts.iter().find(|verdict| verdict.question == *question);
            if *outcome == Outcome::Fail && first.is_none_or(|first| first.outcome != Outcome::Fail) {
                card.warnings.insert(0, format!("another table, {}, fails on {question}", table.name));
            }
        }
    }
    let mut policies = cards.iter_mut().filter_map(|card| card.policy.take());
    let worst = policies.find(|policy| policy.outcome == Outcome::Fail);
    if let (Some(own), Some(worst)) = (&mut card.policy, worst)
        && own.outcome != Outcome::Fail
    {
        *own = worst;
    }
    card.draws = draws;
    Ok(())
}

/// The columns that are judged, and the others with the reason.
#[allow(clippy::type_complexity, reason = "columns and reasons, as the card lists them")]
pub(crate) fn judged(schema: &Schema) -> Result<(Schema, Vec<(String, String)>), EngineError> {
    let mut left_out = Vec::new();
    let mut kept = Vec::new();
    for column in &schema.columns {
        let reason = match (column.treatment, column.kind) {
            (Treatment::Drop, _) => "left out of the synthetic data",
            (Treatment::Regenerate, _) => "identifier, made anew",
            (_, Kind::Id | Kind::Text) => "identifier or free text",
            (_, Kind::Constant) => "one value only",
            _ => {
                kept.push(column.clone());
                continue;
            }
        };
        left_out.push((column.name.clone(), reason.to_owned()));
    }
    if kept.is_empty() {
        return Err(EngineError::NothingToJudge);
    }
    Ok((Schema { columns: kept, ..Schema::default() }, left_out))
}

/// The columns of `schema`, in its order.
pub(crate) fn narrow(table: &Table, schema: &Schema) -> Table {
    let columns = schema.columns.iter().filter_map(|column| table.column(&column.name).cloned()).collect();
    Table::new(columns).expect("columns of one table are equally long")
}
