//! pd.nndr, pd.nnaa, pd.auth, pd.ident: what do distances to the nearest rows say of training people beyond others?

use crate::jackknife::jackknifed;
use crate::membership::{Between, Real};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::neighbours::Neighbour;

/// One diagnostic of distances to the nearest rows.
pub(super) struct Nearest {
    info: &'static MetricInfo,
    of: fn(&Between) -> Values,
}

/// Values row by row whose means are compared.
struct Values {
    /// Beside training rows: of real rows and of synthetic rows; either may be empty.
    train: [Vec<f64>; 2],
    /// The same beside holdout rows.
    holdout: [Vec<f64>; 2],
    told: Told,
}

/// What the value of the metric is.
#[derive(Clone, Copy)]
enum Told {
    /// The mean beside training rows.
    Train,
    /// The mean beside holdout rows minus that beside training rows.
    Loss,
}

pub(super) static NNDR: Nearest = Nearest { info: &NNDR_INFO, of: nndr };
pub(super) static NNAA: Nearest = Nearest { info: &NNAA_INFO, of: nnaa };
pub(super) static AUTH: Nearest = Nearest { info: &AUTH_INFO, of: auth };
pub(super) static IDENT: Nearest = Nearest { info: &IDENT_INFO, of: ident };

/// Rows of each role below which nothing is said.
const LEAST: usize = 20;

impl Metric for Nearest {
    fn info(&self) -> &'static MetricInfo {
        self.info
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let between = ctx.findings.membership.between(data, ctx);
        if between.n < LEAST {
            return Err(MetricError::TooFew { unit: "holdout rows", needed: LEAST, found: between.n });
        }
        let values = (self.of)(&between);
        let every: Vec<usize> = (0..between.n).collect();
        let side = |values: &[Vec<f64>; 2], real: &[usize], made: &[usize]| {
            let means = [mean(&values[0], real), mean(&values[1], made)];
            let known: Vec<f64> = means.into_iter().flatten().collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        let told = |real: &[usize], made: &[usize]| match values.told {
            Told::Train => side(&values.train, real, made),
            Told::Loss => Some(side(&values.holdout, real, made)? - side(&values.train, real, made)?),
        };
        // Rows that are asked about are left out in turn; those that they are near to stay: a bootstrap would put copies there.
        let score = jackknifed(between.n, between.n, seed, told)?;
        let parts = [("beside training rows", &values.train), ("beside holdout rows", &values.holdout)];
        Ok(score.with_parts(
            parts
                .into_iter()
                .filter_map(|(name, values)| Some((name.to_owned(), side(values, &every, &every)?))),
        ))
    }
}

fn mean(values: &[f64], rows: &[usize]) -> Option<f64> {
    if values.is_empty() || rows.is_empty() {
        return None;
    }
    Some(rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64)
}

/// 1 where the first is greater.
fn greater(a: &[f32], b: &[f32]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| f64::from(u8::from(a > b))).collect()
}

fn first(found: &[Vec<Neighbour>]) -> Vec<f32> {
    found.iter().map(|found| found.first().map_or(f32::MAX, |one| one.distance)).collect()
}

fn nndr(between: &Between) -> Values {
    let ratios = |real: &Real| -> Vec<f64> {
        let ratio = |found: &Vec<Neighbour>| match found.as_slice() {
            [first, second, ..] => (f64::from(first.distance) + TINY) / (f64::from(second.distance) + TINY),
            _ => 1.0,
        };
        real.from_made.iter().map(ratio).collect()
    };
    let of = |real| [Vec::new(), ratios(real)];
    Values { train: of(&between.train), holdout: of(&between.holdout), told: Told::Loss }
}

/// Added to both distances of a ratio, as mostlyai-qa does: two copies of one row give 1.
const TINY: f64 = 1e-8;

fn nnaa(between: &Between) -> Values {
    let of = |real: &Real| {
        [greater(&real.to_made, &real.to_own), greater(&first(&real.from_made), &between.made_to_made)]
    };
    Values { train: of(&between.train), holdout: of(&between.holdout), told: Told::Loss }
}

fn auth(between: &Between) -> Values {
    let of = |real: &Real| {
        let authentic = |found: &Vec<Neighbour>| {
            let nearest = found.first();
            let farther = nearest.is_none_or(|one| one.distance > real.to_own[one.row as usize]);
            f64::from(u8::from(farther))
        };
        [Vec::new(), real.from_made.iter().map(authentic).collect()]
    };
    Values { train: of(&between.train), holdout: of(&between.holdout), told: Told::Train }
}

fn ident(between: &Between) -> Values {
    let of = |real: &Real| [greater(&real.to_own, &real.to_made), Vec::new()];
    Values { train: of(&between.train), holdout: of(&between.holdout), told: Told::Train }
}

const fn diagnostic(
    [id, name, question, page]: [&'static str; 4],
    direction: Direction,
    low: f64,
    unit: &'static str,
    sources: &'static [Citation],
) -> MetricInfo {
    MetricInfo {
        id,
        name,
        question,
        page,
        family: Family::Privacy,
        direction,
        range: Range { low, high: 1.0 },
        unit,
        sources,
        maturity: Maturity::Checked,
    }
}

static NNDR_INFO: MetricInfo = diagnostic(
    [
        "pd.nndr",
        "Excess of near distance ratios",
        "Do synthetic rows sit on single training rows more than on single holdout rows?",
        "A diagnostic, not evidence. The distance of a synthetic row to its nearest row over that to the second nearest: near 0 \
         where it sits on one row and on no other. The mean ratio to holdout rows minus that to as many training rows (at most \
         2,000 of each, one of a person); 0 is right, above 0 training rows are sat on. mostlyai-qa tells the ratio of the tenth \
         smallest ratios, which rests on ten rows.",
    ],
    Direction::Lower,
    -1.0,
    "difference of ratios",
    &[Citation("platzer2021")],
);

static NNAA_INFO: MetricInfo = diagnostic(
    [
        "pd.nnaa",
        "Privacy loss by adversarial accuracy",
        "Are training rows mixed with synthetic rows more closely than holdout rows are?",
        "A diagnostic, not evidence. Nearest-neighbour adversarial accuracy of real against synthetic rows: half of the share of \
         real rows whose nearest synthetic row is farther than the nearest other real row, plus half of the same the other way \
         round; one half where both are alike. The value is that of the holdout minus that of training, as many of each (at most 2,000, \
         one of a person): 0 is right, above 0 training rows are mixed in more closely (others use the other sign). The plain bootstrap would put copies \
         at distance 0 and give 0.82 where 0.5 is true; here rows asked about are left out in turn.",
    ],
    Direction::Lower,
    -1.0,
    "difference of shares",
    &[Citation("yale2020")],
);

static AUTH_INFO: MetricInfo = diagnostic(
    [
        "pd.auth",
        "Authenticity",
        "How many synthetic rows are farther from a training row than another training row is?",
        "A diagnostic, not evidence. Share of synthetic rows whose distance to their nearest training row is greater than that \
         training row's distance to the nearest other training row. What is right depends on the table (some 0.57 for normal \
         data of eight columns), so that the same share beside holdout rows is the part to compare: much less beside training rows means \
         copying. synthcity looks up the wrong training row on its main branch; this is the definition. At most 2,000 rows of each, \
         one of a person.",
    ],
    Direction::Higher,
    0.0,
    "share of rows",
    &[Citation("alaa2022")],
);

static IDENT_INFO: MetricInfo = diagnostic(
    [
        "pd.ident",
        "Training rows nearer to a synthetic row",
        "How many training rows have a synthetic row nearer than any other training row?",
        "A diagnostic, not evidence: identifiability in the sense of ADS-GAN, without weights of columns. Some 0.5 is what other real \
         people score, which has been told as half of all patients identifiable; the same share beside holdout rows is the part to compare. At \
         most 2,000 rows of each, one of a person.",
    ],
    Direction::Lower,
    0.0,
    "share of rows",
    &[Citation("yoon2020")],
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Fixture G8 of the evaluation notes: eight real and eight synthetic points of the plane, Euclidean distances.
    fn g8() -> Between {
        let x = [(0., 0.), (1., 0.), (0., 1.), (2., 2.), (3., 1.), (1., 3.), (4., 4.), (0.5, 0.5)];
        let y = [(0., 0.1), (1.1, 0.), (2., 2.2), (3., 3.), (0.4, 0.6), (5., 5.), (1., 2.5), (0., 0.)];
        let near = |from: (f64, f64), to: &[(f64, f64)], except: Option<usize>| {
            let mut found: Vec<Neighbour> = to
                .iter()
                .enumerate()
                .filter(|(at, _)| Some(*at) != except)
                .map(|(row, p)| Neighbour {
                    row: row as u32,
                    distance: (p.0 - from.0).hypot(p.1 - from.1) as f32,
                })
                .collect();
            found.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.row.cmp(&b.row)));
            found
        };
        let to =
            |a: &[(f64, f64)], b: &[(f64, f64)]| a.iter().map(|&p| near(p, b, None)[0].distance).collect();
        let own = |a: &[(f64, f64)]| {
            a.iter().enumerate().map(|(at, &p)| near(p, a, Some(at))[0].distance).collect::<Vec<_>>()
        };
        let real = || Real {
            to_made: to(&x, &y),
            to_own: own(&x),
            from_made: y.iter().map(|&p| near(p, &x, None)).collect(),
        };
        Between { n: 8, train: real(), holdout: real(), made_to_made: own(&y) }
    }

    #[test]
    fn values_of_eight_points() {
        let all: Vec<usize> = (0..8).collect();
        let between = g8();
        let index: Vec<u32> = between.train.from_made.iter().map(|found| found[0].row).collect();
        // (3, 3) is as far from (2, 2) as from (4, 4).
        assert_eq!(index, [0, 1, 3, 3, 7, 6, 5, 0], "evaluation notes 9.2");
        let halves = nnaa(&between).train;
        // syntheval.metrics.privacy nn_adversarial_accuracy and synthcity IdentifiabilityScore, as of evaluation notes 9.2.
        assert_eq!([mean(&halves[0], &all), mean(&halves[1], &all)], [Some(0.125), Some(0.125)]);
        assert_eq!(mean(&ident(&between).train[0], &all), Some(0.875));
        assert_eq!(mean(&auth(&between).train[1], &all), Some(0.0), "authenticity of evaluation notes 9.2");
        // By hand: the first synthetic point is 0.1 from (0, 0) and hypot(0.5, 0.4) from (0.5, 0.5).
        assert!((nndr(&between).train[1][0] - 0.1 / 0.41_f64.sqrt()).abs() < 1e-6);
    }
}
