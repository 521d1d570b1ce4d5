//! Do cells of a table read like orders to a language model?

use verosim_data::Table;
use verosim_eval::lexicon::Lexicon;

/// One warning per column of text that holds such cells: how many, and never what they say.
///
/// # Cost
/// Every different text of the table is read once.
#[must_use]
pub fn instructions(table: &Table) -> Vec<String> {
    let lexicon = Lexicon::injection();
    let found = |codes: &[u32], levels: &[String]| {
        let mut counts = vec![0_usize; levels.len()];
        for &code in codes {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        }
        let texts = levels.iter().zip(counts).filter(|(_, count)| *count > 0);
        texts.filter(|(text, _)| lexicon.found(text).is_any()).map(|(_, count)| count).sum::<usize>()
    };
    let columns = table.columns().iter().filter_map(|column| {
        let (codes, levels) = column.levels()?;
        Some((&column.name, found(codes, levels))).filter(|(_, cells)| *cells > 0)
    });
    columns
        .map(|(name, cells)| {
            let (cells, read) = if cells == 1 { ("1 cell".into(), "reads") } else { (format!("{cells} cells"), "read") };
            format!(
                "column `{name}`: {cells} {read} like instructions to a language model; look at them before any model reads this table"
            )
        })
        .collect()
}
