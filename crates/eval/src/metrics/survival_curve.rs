//! su.km: do synthetic patients live as long as real ones?

use crate::analysis::survival_of;
use crate::card::{SurvivalPicture, SurvivalPoint};
use crate::jackknife::jackknifed;
use crate::metric::Pass;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::stats::quantile_sorted;
use verosim_math::survival::{KaplanMeier, apart};

/// Mean absolute difference of Kaplan–Meier curves.
pub(super) struct SurvivalCurve;

static INFO: MetricInfo = MetricInfo {
    id: "su.km",
    name: "Distance of survival curves",
    question: "Do synthetic patients live as long as real ones?",
    page: "Area between the Kaplan-Meier curves of holdout and synthetic rows up to a horizon, over the horizon; exact, not on \
           a grid. The horizon is the time that 95 % of the training and of the holdout rows do not outlast, so that it does \
           not depend on the synthetic rows; a curve that ends before is carried on flat. Parts: optimism, the same area \
           with its sign (above 0: synthetic patients live too long); short-sightedness, how much earlier than the last \
           holdout row the last synthetic one lies, as a share (below 0: it lies later). Time and event columns are named \
           with `--survival TIME,EVENT`. synthcity's SurvivalKMDistance reads both curves at 1,000 points; it differs from \
           the exact area by the width of one. Needs rows whose time and event are known; others are left out.",
    family: Family::Utility,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "mean difference of shares",
    sources: &[Citation("norcliffe2023"), Citation("kaplan1958")],
    maturity: Maturity::Checked,
};

/// Times and events of one table.
pub(super) type Followed = (Vec<f64>, Vec<bool>);

/// Rows and events below which no curve is compared.
const LEAST_ROWS: usize = 20;
/// Fewer real events than this are not told.
const LEAST_TOLD: usize = 11;
/// Points of the drawn curves: steps of single people are not seen on it.
const GRID: usize = 24;

impl Metric for SurvivalCurve {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let [train, real, synthetic] = followed(data)?;
        let horizon = horizon(&train, &real)?;
        ctx.ctx.stop.check()?;
        let of = |rows: &Followed, keep: &[usize]| {
            let (times, events) = some(rows, keep);
            KaplanMeier::of(&times, &events)
        };
        let score = jackknifed(real.0.len(), synthetic.0.len(), seed, |keep, made| {
            Some(apart(&of(&real, keep)?, &of(&synthetic, made)?, horizon)?.area)
        })?;
        let whole = |rows: &Followed| KaplanMeier::of(&rows.0, &rows.1);
        let undefined = || MetricError::Undefined { why: "there is no curve".into() };
        let (curve, made) = (whole(&real).ok_or_else(undefined)?, whole(&synthetic).ok_or_else(undefined)?);
        let optimism = apart(&curve, &made, horizon).map_or(f64::NAN, |apart| apart.optimism);
        let short = (curve.last() - made.last()) / curve.last();
        if ctx.pass == Pass::Synthetic
            && let (Some(learned), Ok(mut found)) = (whole(&train), ctx.findings.survival.lock())
        {
            *found = picture(data, [&curve, &made, &learned], horizon);
        }
        Ok(score.with_parts([("optimism".to_owned(), optimism), ("short-sightedness".to_owned(), short)]))
    }
}

/// Times and events of training, holdout and synthetic rows.
pub(super) fn followed(data: &Trio<'_>) -> Result<[Followed; 3], MetricError> {
    if data.survival.is_none() {
        let reason = "no survival columns were named: use --survival TIME,EVENT".into();
        return Err(NotApplicable { reason }.into());
    }
    let of = |table: &Table| {
        let why = || MetricError::Undefined { why: "the column of times holds no numbers".into() };
        let rows = survival_of(data, table).ok_or_else(why)?;
        if rows.0.len() < LEAST_ROWS {
            let found = rows.0.len();
            return Err(MetricError::TooFew { unit: "rows with time and event", needed: LEAST_ROWS, found });
        }
        Ok(rows)
    };
    Ok([of(data.train)?, of(data.holdout)?, of(data.synthetic)?])
}

/// The time that 95 % of training and of holdout rows do not outlast.
pub(super) fn horizon(train: &Followed, real: &Followed) -> Result<f64, MetricError> {
    let most = |rows: &Followed| {
        let mut times = rows.0.clone();
        times.sort_by(f64::total_cmp);
        quantile_sorted(&times, 0.95).unwrap_or(0.0)
    };
    let horizon = most(train).min(most(real));
    if horizon > 0.0 {
        Ok(horizon)
    } else {
        Err(MetricError::Undefined { why: "nearly all times are 0".into() })
    }
}

/// Some rows of one table.
pub(super) fn some(rows: &Followed, keep: &[usize]) -> Followed {
    (keep.iter().map(|&row| rows.0[row]).collect(), keep.iter().map(|&row| rows.1[row]).collect())
}

/// Curves of holdout, synthetic and training rows on a grid; `None` where fewer than 11 real people had the event.
fn picture(
    data: &Trio<'_>,
    [real, synthetic, train]: [&KaplanMeier; 3],
    horizon: f64,
) -> Option<SurvivalPicture> {
    let (time, event) = data.survival?;
    let name = |at: usize| data.schema.columns[at].name.clone();
    let events = real.events_until(horizon);
    if events < LEAST_TOLD || train.events_until(horizon) < LEAST_TOLD {
        return None;
    }
    let points = (0..=GRID)
        .map(|at| horizon * at as f64 / GRID as f64)
        .map(|time| SurvivalPoint {
            time,
            real: rounded(real.at(time)),
            synthetic: synthetic.at(time),
            train: rounded(train.at(time)),
        })
        .collect();
    Some(SurvivalPicture {
        time: name(time),
        event: name(event),
        events: [events, synthetic.events_until(horizon)],
        points,
    })
}

/// To half a percent: no single person is seen in a share of real people.
fn rounded(share: f64) -> f64 {
    (share * 200.0).round() / 200.0
}
