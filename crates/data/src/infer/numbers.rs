//! Are the texts numbers, and how do they look as numbers?

use super::column::Texts;
use crate::frame::decimal;
use verosim_core::schema::{Format, NumberTraits};

/// Numbers and how they are written.
pub(super) struct Numbers {
    pub(super) format: Format,
    pub(super) traits: NumberTraits,
    /// Distinct values with row counts, ascending.
    values: Vec<(f64, usize)>,
}

impl Numbers {
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.format, Format::Number { max_decimals: 0, .. })
    }

    pub(super) fn values(&self) -> &[(f64, usize)] {
        &self.values
    }

    pub(super) fn reason(&self) -> String {
        match self.format {
            Format::Number { max_decimals, .. } => format!("numbers with up to {max_decimals} decimals"),
            _ => "numbers".into(),
        }
    }
}

/// `None` unless every text is a number in one style (decimal point, or decimal comma).
pub(super) fn look(texts: &Texts<'_>) -> Option<Numbers> {
    let point = ['.', ','].into_iter().find(|&point| {
        let reads = texts.levels.iter().all(|(text, _)| decimal::read(text, point).is_some());
        // With a comma, three digits after each one would be thousands; those are refused.
        let thousands = || texts.levels.iter().all(|(text, _)| decimal::decimals(text, ',') == Some(3));
        reads && (point == '.' || !thousands())
    })?;
    let mut values: Vec<(f64, usize)> =
        texts.levels.iter().filter_map(|(text, rows)| Some((decimal::read(text, point)?, *rows))).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    values.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 += later.1;
        }
        same
    });
    let places: Vec<u8> =
        texts.levels.iter().filter_map(|(text, _)| decimal::decimals(text, point)).collect();
    let written_short = places.iter().copied().min().unwrap_or(0);
    // Values such as 1e-7 have no decimals of their own: as many as doubles need.
    let exponents = places.len() < texts.levels.len();
    let mut max_decimals = places.iter().copied().max().unwrap_or(0);
    if exponents {
        let most = texts.levels.iter().filter_map(|(text, _)| decimal::read(text, point)).map(needed).max();
        max_decimals = max_decimals.max(most.unwrap_or(0));
    }
    // Texts such as 3.000 and 3.5 have trailing zeros that say nothing about precision.
    let useful = values.iter().map(|(value, _)| needed(*value)).max().unwrap_or(0);
    let max_decimals = max_decimals.min(useful.max(written_short));
    let format = Format::Number { min_decimals: written_short.min(max_decimals), max_decimals, point };
    let traits = traits(&values, max_decimals);
    Some(Numbers { format, traits, values })
}

/// Decimals that writing `value` exactly needs.
fn needed(value: f64) -> u8 {
    let text = format!("{value}");
    text.split('.').nth(1).map_or(0, |digits| digits.len().min(17) as u8)
}

fn traits(values: &[(f64, usize)], decimals: u8) -> NumberTraits {
    let rows: usize = values.iter().map(|(_, rows)| rows).sum();
    let share = |n: usize| n as f64 / rows.max(1) as f64;
    let zeros = values.iter().filter(|(value, _)| *value == 0.0).map(|(_, n)| n).sum::<usize>();
    let mean_rows = rows as f64 / values.len().max(1) as f64;
    let stands_out = |n: usize| share(n) >= 0.01 && n as f64 >= 4.0 * mean_rows && n >= 10;
    let mut traits = NumberTraits {
        zero_share: (values.len() > 10 && stands_out(zeros)).then(|| share(zeros)),
        spikes: values.iter().filter(|(_, n)| values.len() > 10 && stands_out(*n)).count(),
        ..NumberTraits::default()
    };
    if decimals <= 9 {
        let scale = 10_f64.powi(i32::from(decimals));
        let units: Vec<(i64, usize)> =
            values.iter().map(|(value, n)| ((value * scale).round() as i64, *n)).collect();
        let step = units.iter().fold(0_u64, |step, (unit, _)| gcd(step, unit.unsigned_abs()));
        if step > 0 {
            traits.grid = Some(step as f64 / scale);
            let round: usize =
                units.iter().filter(|(unit, _)| (unit.unsigned_abs() / step) % 5 == 0).map(|(_, n)| n).sum();
            // A fifth of points is round by chance.
            traits.heaping = (values.len() >= 20 && share(round) > 0.3).then(|| share(round));
        }
    }
    traits
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(levels: &[(&'a str, usize)]) -> Texts<'a> {
        Texts { name: "x", levels: levels.to_vec(), rows: levels.iter().map(|(_, n)| n).sum() }
    }

    #[test]
    fn formats_keep_the_decimals_of_the_source() {
        let format = |levels: &[(&'static str, usize)]| look(&texts(levels)).map(|numbers| numbers.format);
        let number =
            |min_decimals, max_decimals, point| Some(Format::Number { min_decimals, max_decimals, point });
        assert_eq!(format(&[("12.0", 1), ("12.5", 1)]), number(1, 1, '.'));
        assert_eq!(format(&[("12", 1), ("12.25", 1)]), number(0, 2, '.'));
        assert_eq!(format(&[("12,5", 1), ("3", 1)]), number(0, 1, ','));
        assert_eq!(format(&[("1.000", 1), ("2.500", 1)]), number(3, 3, '.'));
        assert_eq!(format(&[("1,000", 1), ("2,500", 1)]), None, "thousands are refused");
        assert_eq!(format(&[("7.5e-01", 1), ("0.25", 1)]), number(2, 2, '.'));
    }

    #[test]
    fn heaps_and_zeros_are_noticed() {
        let names: Vec<String> = (0..40).map(|n| n.to_string()).collect();
        let levels: Vec<(&str, usize)> = names
            .iter()
            .enumerate()
            .map(|(n, name)| {
                (
                    name.as_str(),
                    if n == 0 {
                        300
                    } else if n % 5 == 0 {
                        50
                    } else {
                        4
                    },
                )
            })
            .collect();
        let traits = look(&texts(&levels)).unwrap().traits;
        assert_eq!(traits.grid, Some(1.0));
        assert!(traits.heaping.unwrap() > 0.8);
        assert!(traits.zero_share.unwrap() > 0.3);
    }
}
