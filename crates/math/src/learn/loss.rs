//! What is predicted, and how do gradients of its loss follow from scores?

/// What is predicted, one value per row of the table.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Yes or no; loss: negative log-likelihood.
    Binary(&'a [bool]),
    /// One of `n_classes` classes; loss: negative log-likelihood of the softmax.
    Classes {
        /// Class of each row, below `n_classes`.
        codes: &'a [u32],
        /// Number of classes.
        n_classes: usize,
    },
    /// A finite number; loss: half the squared error.
    Number(&'a [f64]),
}

impl Target<'_> {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Binary(values) => values.len(),
            Self::Classes { codes, .. } => codes.len(),
            Self::Number(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every one of `rows` has a legal value.
    pub(super) fn is_legal(&self, rows: &[u32]) -> bool {
        rows.iter().all(|&row| match self {
            Self::Binary(values) => (row as usize) < values.len(),
            Self::Classes { codes, n_classes } => {
                codes.get(row as usize).is_some_and(|&code| (code as usize) < *n_classes)
            }
            Self::Number(values) => values.get(row as usize).is_some_and(|value| value.is_finite()),
        })
    }

    /// Scores that fit best without any column. A class that never occurs is counted as half a row, so
    /// that scores stay finite.
    pub(super) fn start(&self, rows: &[u32], weight: impl Fn(u32) -> u32) -> Vec<f64> {
        let total: f64 = rows.iter().map(|&row| f64::from(weight(row))).sum::<f64>().max(1.0);
        let share = |hits: f64| (hits.max(0.5) / total).min(1.0);
        match self {
            Self::Binary(values) => {
                let yes: f64 =
                    rows.iter().filter(|&&row| values[row as usize]).map(|&row| f64::from(weight(row))).sum();
                vec![(share(yes) / share(total - yes)).ln()]
            }
            Self::Classes { codes, n_classes } => {
                let mut counts = vec![0.0; *n_classes];
                for &row in rows {
                    counts[codes[row as usize] as usize] += f64::from(weight(row));
                }
                counts.into_iter().map(|count| share(count).ln()).collect()
            }
            Self::Number(values) => {
                vec![
                    rows.iter().map(|&row| values[row as usize] * f64::from(weight(row))).sum::<f64>()
                        / total,
                ]
            }
        }
    }

    /// Gradient and curvature of the loss of `row` in score `class`, from its current scores.
    pub(super) fn derivatives(&self, row: u32, class: usize, scores: &[f64]) -> (f64, f64) {
        match self {
            Self::Binary(values) => {
                let p = sigmoid(scores[0]);
                (p - f64::from(u8::from(values[row as usize])), p * (1.0 - p))
            }
            Self::Classes { codes, n_classes } => {
                let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = scores.iter().map(|score| (score - top).exp()).sum();
                let p = (scores[class] - top).exp() / sum;
                let hit = f64::from(u8::from(codes[row as usize] as usize == class));
                // Friedman 2001, doi:10.1214/aos/1013203451: K/(K-1) makes up for the redundant score.
                let k = *n_classes as f64;
                (p - hit, k / (k - 1.0).max(1.0) * p * (1.0 - p))
            }
            Self::Number(values) => (scores[0] - values[row as usize], 1.0),
        }
    }

    /// Loss of one row.
    pub(super) fn loss(&self, row: u32, scores: &[f64]) -> f64 {
        match self {
            Self::Binary(values) => {
                let signed = if values[row as usize] { -scores[0] } else { scores[0] };
                // ln(1 + e^x) without overflow.
                signed.max(0.0) + (-signed.abs()).exp().ln_1p()
            }
            Self::Classes { codes, .. } => {
                let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = scores.iter().map(|score| (score - top).exp()).sum();
                top + sum.ln() - scores[codes[row as usize] as usize]
            }
            Self::Number(values) => 0.5 * (scores[0] - values[row as usize]).powi(2),
        }
    }

    /// What scores mean, without the data.
    pub(super) fn link(&self) -> Link {
        match self {
            Self::Binary(_) => Link::Logistic,
            Self::Classes { .. } => Link::Softmax,
            Self::Number(_) => Link::Identity,
        }
    }
}

/// How scores become predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Logistic,
    Softmax,
    Identity,
}

impl Link {
    /// Turns the scores of one row into predictions, in place.
    pub(super) fn apply(self, scores: &mut [f64]) {
        match self {
            Self::Logistic => scores.iter_mut().for_each(|score| *score = sigmoid(*score)),
            Self::Softmax => {
                let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = scores.iter().map(|score| (score - top).exp()).sum();
                scores.iter_mut().for_each(|score| *score = (*score - top).exp() / sum);
            }
            Self::Identity => {}
        }
    }
}

/// The logistic function.
pub(super) fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_loss() {
        // Central differences of `loss`; the softmax curvature carries K/(K-1) on purpose.
        let targets =
            [Target::Binary(&[true]), Target::Classes { codes: &[1], n_classes: 3 }, Target::Number(&[2.5])];
        for target in targets {
            let scores = [0.3, -0.4, 1.1];
            let width = target.start(&[0], |_| 1).len();
            let scores = &scores[..width];
            for class in 0..width {
                let moved = |by: f64| {
                    let mut scores = scores.to_vec();
                    scores[class] += by;
                    target.loss(0, &scores)
                };
                let (gradient, curvature) = target.derivatives(0, class, scores);
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let bend = (moved(1e-4) - 2.0 * moved(0.0) + moved(-1e-4)) / 1e-8;
                let factor = if width == 3 { 1.5 } else { 1.0 };
                assert!((gradient - slope).abs() < 1e-8 && (curvature - factor * bend).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn starts_are_the_priors() {
        let rows = [0, 1, 2, 3];
        let start = Target::Binary(&[true, false, false, false]).start(&rows, |_| 1);
        assert!((sigmoid(start[0]) - 0.25).abs() < 1e-12);
        assert!(Target::Binary(&[true; 4]).start(&rows, |_| 1)[0].is_finite(), "one class only");
        let weighted = Target::Number(&[1.0, 0.0, 0.0, 0.0]).start(&rows, |row| 1 + row);
        assert!((weighted[0] - 0.1).abs() < 1e-12, "1 of 1+2+3+4 by weight");
    }
}
