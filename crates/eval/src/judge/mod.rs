//! How do three tables become a card: every metric, its ceiling and floor, pictures and a verdict?

mod clinical;
mod clock;
mod disclosure;
mod equity;
mod gates;
mod pictures;
mod shuffle;
#[cfg(test)]
mod tests;

pub(crate) use shuffle::shuffled;

use crate::card::{About, CARD_VERSION, Entry, Reading, Status};
use crate::trio::{align, some_rows};
use crate::{Card, EvalContext, Findings, METRICS, Metric, MetricError, NotApplicable, Pass, Trio, Whole};
use verosim_core::{Context, Direction, Family, Hint, Interrupted, MetricInfo, Preset, Score, Seeded};

/// What a caller may choose about a judgement.
#[derive(Clone, Debug, Default)]
pub struct JudgeSettings {
    /// Title of the data set, for the report.
    pub title: String,
    /// Engine id, or `unknown`.
    pub engine: String,
    /// Guarantee in words.
    pub guarantee: String,
    /// Day, as `2026-11-23`.
    pub date: String,
    /// How much of the portfolio is computed.
    pub preset: Preset,
    /// Only these metric ids, whatever the preset; those of the preset when empty.
    pub only: Vec<String>,
    /// Most rows per table that costly metrics draw.
    pub row_limit: usize,
    /// Entries of an earlier judgement of the same real people whose ceilings and floors are taken over; they are measured
    /// when this is empty.
    pub references: Vec<Entry>,
    /// Leave ceilings and floors out: values alone, for studies that compare many tables.
    pub bare: bool,
}

/// Why a trio could not be judged at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeError {
    /// A table has too few rows.
    #[error("the {role} table has {found} rows; judging needs at least {needed}")]
    TooFewRows {
        /// `training`, `holdout` or `synthetic`.
        role: &'static str,
        /// Rows.
        found: usize,
        /// Needed.
        needed: usize,
    },
    /// A set of timelines has too few people.
    #[error("there are {found} {role} people; judging needs at least {needed}")]
    TooFewPeople {
        /// `training`, `holdout` or `synthetic`.
        role: &'static str,
        /// People.
        found: usize,
        /// Needed.
        needed: usize,
    },
    /// The run was stopped.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Hint for JudgeError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::TooFewRows { role: "holdout", .. } | Self::TooFewPeople { role: "holdout", .. } => {
                Some("hold more people out: `--holdout 0.3`".into())
            }
            Self::TooFewRows { .. } => Some("bring more rows".into()),
            Self::TooFewPeople { .. } => Some("bring more people".into()),
            Self::Interrupted(_) => Some("repeat the command with `--resume`".into()),
        }
    }
}

/// Least rows of each table.
const LEAST_ROWS: usize = 10;

/// Judges a trio: all metrics with ceilings and floors, pictures, verdicts. `Card::costs` is left empty.
///
/// Tables are thinned to `row_limit` rows each (by seed) except where copies are counted. Ceilings are training rows in
/// the place of synthetic ones, floors column-shuffled training rows; privacy metrics carry their own controls instead.
///
/// # Errors
/// [`JudgeError`]; a metric that fails is an entry with a reason, not an error.
pub fn judge(
    trio: &Trio<'_>,
    settings: &JudgeSettings,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Card, JudgeError> {
    for (role, table) in [("training", trio.train), ("holdout", trio.holdout), ("synthetic", trio.synthetic)]
    {
        if table.n_rows() < LEAST_ROWS {
            return Err(JudgeError::TooFewRows { role, found: table.n_rows(), needed: LEAST_ROWS });
        }
    }
    let mut roles = vec![trio.train, trio.holdout, trio.synthetic];
    roles.extend(trio.second);
    roles.extend(trio.shown);
    let mut whole = align(&roles);
    let shown = trio.shown.and_then(|_| whole.pop());
    let limit = settings.row_limit;
    let rows: Vec<Vec<usize>> = whole
        .iter()
        .zip(["train", "holdout", "synthetic", "second"])
        .map(|(table, name)| some_rows(table.n_rows(), limit, seed.split("thin").split(name)))
        .collect();
    let thin: Vec<_> = whole.iter().zip(&rows).map(|(table, rows)| table.take(rows)).collect();
    let people = |subjects: Option<&[u32]>, rows: &[usize]| -> Option<Vec<u32>> {
        subjects.map(|subjects| rows.iter().map(|&row| subjects[row]).collect())
    };
    let train_people = people(trio.train_subjects, &rows[0]);
    let holdout_people = people(trio.holdout_subjects, &rows[1]);
    let thinned = Trio {
        schema: trio.schema,
        train: &thin[0],
        holdout: &thin[1],
        synthetic: &thin[2],
        second: thin.get(3),
        targets: trio.targets,
        keys: trio.keys,
        sensitive: trio.sensitive,
        population: trio.population,
        survival: trio.survival,
        train_subjects: train_people.as_deref(),
        holdout_subjects: holdout_people.as_deref(),
        whole: Some(Whole { train: &whole[0], holdout: &whole[1], synthetic: &whole[2] }),
        shown: shown.as_ref(),
        prose: trio.prose,
        groups: trio.groups,
        group_size: trio.group_size,
        concepts: trio.concepts,
    };
    let floor = shuffle::shuffled(&thin[0], seed.split("shuffle"));
    let findings = Findings::default();
    let chosen: Vec<&&dyn Metric> = METRICS
        .iter()
        .filter(|metric| match &settings.only[..] {
            [] => metric.preset() <= settings.preset,
            only => only.iter().any(|id| id == metric.info().id),
        })
        .collect();
    let mut entries = Vec::with_capacity(chosen.len());
    for (at, metric) in chosen.iter().enumerate() {
        ctx.stop.check()?;
        ctx.progress.step(at, chosen.len(), metric.info().id);
        let measure = |pass: Pass| {
            let synthetic = match pass {
                Pass::Synthetic => thinned.synthetic,
                Pass::Ceiling => thinned.train,
                Pass::Floor => &floor,
            };
            let context = EvalContext {
                ctx,
                row_limit: limit,
                pass,
                shared: seed.split("shared"),
                findings: &findings,
            };
            let data =
                if pass == Pass::Synthetic { thinned } else { Trio { synthetic, second: None, ..thinned } };
            metric.compute(&data, seed.split(metric.info().id), &context)
        };
        let known = settings.references.iter().find(|known| known.id == metric.info().id);
        let applies = metric.applies_to(thinned.schema);
        entries.push(entry(metric.info(), applies, known, settings.bare, measure)?);
    }
    let giveaways = findings.giveaways.into_inner().unwrap_or_default();
    let attacks = findings.attacks.into_inner().unwrap_or_default();
    let strongest = findings.strongest.into_inner().unwrap_or_default();
    let copying = findings.copying.into_inner().unwrap_or_default();
    let disclosure = findings
        .disclosure
        .into_inner()
        .ok()
        .filter(|found| found.roles.is_some() || !found.risks.is_empty());
    Ok(Card {
        version: CARD_VERSION,
        about: About {
            title: settings.title.clone(),
            engine: settings.engine.clone(),
            judge: concat!("verosim ", env!("CARGO_PKG_VERSION")).into(),
            seed: seed.key(),
            date: settings.date.clone(),
            n_train: trio.train.n_rows(),
            n_holdout: trio.holdout.n_rows(),
            n_synthetic: trio.synthetic.n_rows(),
            n_columns: trio.schema.columns.len(),
            targets: trio.targets.iter().map(|&at| trio.schema.columns[at].name.clone()).collect(),
            guarantee: settings.guarantee.clone(),
            left_out: Vec::new(),
        },
        verdicts: gates::verdicts(&entries, &attacks, trio.holdout.n_rows()),
        warnings: pictures::warnings(trio, &entries),
        columns: pictures::pictures(&thinned, &giveaways),
        associations: pictures::associations(&thinned),
        giveaways,
        relations: findings.relations.into_inner().unwrap_or_default(),
        tasks: findings.tasks.into_inner().unwrap_or_default(),
        forests: findings.forests.into_inner().unwrap_or_default(),
        survival: findings.survival.into_inner().unwrap_or_default(),
        calibrations: findings.calibrations.into_inner().unwrap_or_default(),
        panel: findings.panel.into_inner().unwrap_or_default(),
        attacks,
        strongest,
        copying,
        disclosure,
        clinical: findings.clinical.into_inner().unwrap_or_default(),
        equity: findings.equity.into_inner().unwrap_or_default(),
        remedies: findings.remedies.into_inner().unwrap_or_default(),
        entries,
        ..Card::default()
    })
}

/// Measures one metric on the synthetic units and on its references.
pub(crate) fn entry(
    info: &MetricInfo,
    applies: Result<(), NotApplicable>,
    known: Option<&Entry>,
    bare: bool,
    measure: impl Fn(Pass) -> Result<Score, MetricError> + Sync,
) -> Result<Entry, JudgeError> {
    let mut entry = Entry {
        id: info.id.to_owned(),
        name: info.name.to_owned(),
        family: family(info.family).to_owned(),
        question: info.question.to_owned(),
        direction: direction(info.direction),
        unit: info.unit.to_owned(),
        status: Status::Ok,
        reason: None,
        reading: None,
        ceiling: None,
        floor: None,
        position: None,
        method: String::new(),
        parts: Vec::new(),
        seconds: 0.0,
    };
    if let Err(reason) = applies {
        entry.status = Status::NotApplicable;
        entry.reason = Some(reason.reason);
        return Ok(entry);
    }
    // Attacks carry their own controls: a ceiling of training rows would be a leak by construction.
    let references = info.family != Family::Privacy && known.is_none() && !bare;
    let ((own, ceiling, floor), seconds) = clock::timed(|| {
        let reference = |pass: Pass| references.then(|| measure(pass).ok()).flatten();
        let (own, (ceiling, floor)) = rayon::join(
            || measure(Pass::Synthetic),
            || rayon::join(|| reference(Pass::Ceiling), || reference(Pass::Floor)),
        );
        (own, ceiling, floor)
    });
    entry.seconds = seconds;
    entry.ceiling = known.map_or(ceiling.as_ref().map(reading), |known| known.ceiling);
    entry.floor = known.map_or(floor.as_ref().map(reading), |known| known.floor);
    match own {
        Ok(score) => {
            entry.reading = Some(reading(&score));
            score.method().clone_into(&mut entry.method);
            entry.parts = score.parts().to_vec();
            entry.position = position(info.direction, score.value(), entry.ceiling, entry.floor);
        }
        Err(MetricError::Interrupted(reason)) => return Err(reason.into()),
        Err(MetricError::NotApplicable(reason)) => {
            entry.status = Status::NotApplicable;
            entry.reason = Some(reason.reason);
        }
        Err(error) => {
            entry.status = Status::Failed;
            entry.reason = Some(error.to_string());
        }
    }
    Ok(entry)
}

fn reading(score: &Score) -> Reading {
    Reading { value: score.value(), interval: score.interval(), n: score.n() }
}

/// Where the score lies from floor (0) to ceiling (1) on the scale where more is better; `None` when the two are less
/// than three standard errors apart.
fn position(
    direction: Direction,
    value: f64,
    ceiling: Option<Reading>,
    floor: Option<Reading>,
) -> Option<f64> {
    let (ceiling, floor) = (ceiling?, floor?);
    let map = |value: f64| match direction {
        Direction::Higher | Direction::Descriptive => value,
        Direction::Lower => -value,
        Direction::Target(at) => -(value - at).abs(),
    };
    let error = |one: Reading| one.interval.map_or(0.0, |interval| (interval.high - interval.low) / 3.92);
    let span = map(ceiling.value) - map(floor.value);
    let noise = (error(ceiling).powi(2) + error(floor).powi(2)).sqrt();
    (span > 3.0 * noise && span > 1e-9).then(|| (map(value) - map(floor.value)) / span)
}

fn family(family: Family) -> &'static str {
    match family {
        Family::Realism => "realism",
        Family::Utility => "utility",
        Family::Privacy => "privacy",
        Family::Equity => "equity",
        Family::Clinical => "clinical sense",
        Family::Diversity => "diversity",
        Family::Wording => "wording",
        Family::Cost => "cost",
    }
}

fn direction(direction: Direction) -> String {
    match direction {
        Direction::Higher => "higher".into(),
        Direction::Lower => "lower".into(),
        Direction::Target(at) => format!("target {at}"),
        Direction::Descriptive => "descriptive".into(),
    }
}
