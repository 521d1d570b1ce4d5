//! What will a fit take, before it begins?

use super::Boosted;

/// Questions that a cell passes, on average over columns: numbers take five, flags one.
const QUESTIONS: f64 = 3.0;

/// Peak bytes and CPU seconds of a fit and a draw of as many rows.
pub(super) fn predict(settings: &Boosted, n_rows: usize, n_columns: usize) -> (u64, f64) {
    let (n, p) = (n_rows as f64, n_columns as f64);
    let copies = (settings.copies_of(n_rows) as f64 * n).min(settings.most_rows as f64);
    let seen = (settings.column_share * p).min(40.0);
    let passes = 0.5 * (settings.leaves as f64).log2();
    // Measured on tables of 3,547 x 19, 7,284 x 44 and 81,413 x 48: fewer rounds than allowed, and splits beside where rows are few.
    let fit = copies * seen * passes * settings.rounds as f64 * QUESTIONS * p * 1.8e-9;
    let draw = n * p * QUESTIONS * settings.rounds as f64 * 1e-8;
    // Encoded cells and codes; copies of what is seen, and for each question its rows, gradients and scores.
    let bytes = n * p * 9.0 + 16.0 * copies * (p + 60.0);
    (bytes as u64, fit + draw + 1e-3 * p)
}
