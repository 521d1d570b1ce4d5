//! Which log-linear trend does what came follow, beside what was due?

/// What a trend is linear in; the first is 1.
pub(super) type Row = [f64; 4];

/// Pull of slopes to 0, as of a normal prior of deviation 1/2.
const RIDGE: f64 = 4.0;
/// Most sweeps, and the size of a step at which they end.
const SWEEPS: usize = 200;
const SMALL: f64 = 1e-5;
/// Most that a trend multiplies or divides by, in logarithms.
const MOST: f64 = 6.0;

/// Slopes of a logarithm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Trend(Row);

impl Trend {
    /// The Poisson regression of what came with the logarithm of what was due as offset, slopes penalised, by Newton's steps in
    /// one slope after the other. Each row goes with what came and what was due.
    pub(super) fn fit(rows: &[(Row, f64, f64)]) -> Self {
        let mut slopes = [0.0_f64; 4];
        for _ in 0..SWEEPS {
            let mut largest = 0.0_f64;
            for at in 0..slopes.len() {
                let ridge = if at == 0 { 0.0 } else { RIDGE };
                let (mut gradient, mut curve) = (-ridge * slopes[at], ridge);
                for (row, came, due) in rows {
                    let due = due * Self(slopes).at(row);
                    gradient += row[at] * (came - due);
                    curve += row[at] * row[at] * due;
                }
                let step = if curve > 1e-9 { (gradient / curve).clamp(-1.0, 1.0) } else { 0.0 };
                slopes[at] = (slopes[at] + step).clamp(-MOST, MOST);
                largest = largest.max(step.abs());
            }
            if largest < SMALL {
                break;
            }
        }
        Self(slopes)
    }

    /// By how much it multiplies.
    pub(super) fn at(&self, row: &Row) -> f64 {
        let log: f64 = self.0.iter().zip(row).map(|(slope, x)| slope * x).sum();
        log.clamp(-MOST, MOST).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_is_that_of_a_poisson_regression() {
        let row = |x: f64| [1.0, x, 0.0, 0.0];
        // By hand: without a slope that matters, what came over what was due.
        let flat = Trend::fit(&[(row(0.0), 30.0, 20.0), (row(0.0), 15.0, 10.0)]);
        assert!((flat.at(&row(0.0)) - 1.5).abs() < 1e-4, "{flat:?}");
        // So many that the pull does not matter: 1/2 and 2 lie on the line with slope ln 2, through 1.
        let steep = Trend::fit(&[(row(-1.0), 2e6, 4e6), (row(1.0), 8e6, 4e6)]);
        assert!((steep.at(&row(1.0)) - 2.0).abs() < 1e-3, "{steep:?}");
        assert!((steep.at(&row(2.0)) - 4.0).abs() < 1e-2, "{steep:?}");
        // What never came goes down, but not to nothing.
        let never = Trend::fit(&[(row(0.0), 0.0, 50.0)]);
        assert!((never.at(&row(0.0)) - (-MOST).exp()).abs() < 1e-9, "{never:?}");
    }
}
