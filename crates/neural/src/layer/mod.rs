//! Of which parts is a network made, each with its way forth and back?

mod dropout;
mod head;
mod input;
mod norm;
mod recurrent;

pub(crate) use dropout::Dropout;
pub(crate) use head::{Head, Learn, Loss, class_logits};

pub(crate) use input::{Bags, Input};
pub(crate) use norm::{Norm, norm_row};
pub(crate) use recurrent::{Recurrent, Scratch, advance};

use crate::lanes::add;

/// Adds the sum of all rows to `into`, which is as long as a row.
fn add_rows(into: &mut [f32], rows: &[f32]) {
    for row in rows.chunks_exact(into.len()) {
        add(into, row);
    }
}
