//! Which rows lie between the rows of a table?

use verosim_core::Seeded;
use verosim_data::Table;
use verosim_data::frame::{Cells, Column, NO_LEVEL};
use verosim_math::learn::smote;

/// Neighbours of SMOTE, as its authors have it.
const NEIGHBOURS: usize = 5;

/// `n` rows between neighbours of `table`, by SMOTE.
pub(crate) fn between(table: &Table, n: usize, seed: Seeded) -> Option<Table> {
    let (mut numbers, mut levels) = (Vec::new(), Vec::new());
    for column in table.columns() {
        match &column.cells {
            Cells::Number(values) => numbers.push(values.clone()),
            Cells::Level { codes, .. } => levels.push(codes.clone()),
        }
    }
    let made = smote(&numbers, &levels, NEIGHBOURS, n, &mut seed.split("smote").rng());
    let (mut numbers, mut levels) = (made.numbers.into_iter(), made.levels.into_iter());
    let columns = table.columns().iter().map(|column| {
        let (cells, missing) = match &column.cells {
            Cells::Number(_) => {
                let values = numbers.next()?;
                let missing = values.iter().map(|value| u8::from(value.is_nan())).collect();
                (Cells::Number(values), missing)
            }
            Cells::Level { levels: names, .. } => {
                let codes = levels.next()?;
                let missing = codes.iter().map(|&code| u8::from(code == NO_LEVEL)).collect();
                (Cells::Level { codes, levels: names.clone() }, missing)
            }
        };
        Some(Column { cells, missing, ..column.clone() })
    });
    Table::new(columns.collect::<Option<Vec<_>>>()?)
}
