//! Which regular expression matches exactly the numbers of a range?

use std::fmt::Write as _;

/// One class of digits per place, from the first to the last.
type Places = Vec<(u8, u8)>;

/// Most decimals that a range is written out for.
const MOST_DECIMALS: u8 = 9;
/// Bounds of a number without bounds: more digits are no measurement.
const FARTHEST: f64 = 1e12;

/// A regular expression of the decimal numbers from `low` to `high` with at most `decimals` decimals, without leading
/// zeros, plus sign or exponent. Matches nothing when there are none. Cost: at most `2 · decimals · digits`
/// alternatives.
///
/// The bounds are exact: each count of decimals has a range of whole numbers of its own, with the point put in
/// afterwards. (Expressions of published code admit numbers beyond the bounds when a range crosses zero.)
#[must_use]
pub(super) fn number(low: Option<f64>, high: Option<f64>, decimals: u8) -> String {
    let low = low.unwrap_or(-FARTHEST).max(-FARTHEST);
    let high = high.unwrap_or(FARTHEST).min(FARTHEST);
    let mut ways = Vec::new();
    for written in 0..=usize::from(decimals.min(MOST_DECIMALS)) {
        let unit = 10_f64.powi(written as i32);
        // The bounds are decimals themselves: what binary fractions add to them is taken off again.
        let slack = |scaled: f64| scaled.abs().max(1.0) * 1e-12;
        let first = low * unit;
        let last = high * unit;
        let first = (first - slack(first)).ceil() as i128;
        let last = (last + slack(last)).floor() as i128;
        if first < 0 {
            let places = whole(-first, -last.min(-1));
            ways.extend(places.into_iter().map(|places| format!("-{}", pointed(places, written))));
        }
        if last >= 0 {
            ways.extend(whole(last, first.max(0)).into_iter().map(|places| pointed(places, written)));
        }
    }
    any_of(&ways)
}

/// A regular expression of the whole numbers from `low` to `high`, each written with `width` digits.
#[must_use]
pub(super) fn padded(low: u32, high: u32, width: usize) -> String {
    let ways: Vec<String> = same_length(u128::from(low), u128::from(high), width)
        .into_iter()
        .map(|places| pointed(places, 0))
        .collect();
    any_of(&ways)
}

/// Alternatives; nothing at all when there are none.
#[must_use]
pub(super) fn any_of(ways: &[String]) -> String {
    // A class without members matches nothing.
    if ways.is_empty() { r"[^\x00-\x{10FFFF}]".into() } else { format!("({})", ways.join("|")) }
}

/// The whole numbers from `low` to `high`, neither below 0, as classes per place.
fn whole(high: i128, low: i128) -> Vec<Places> {
    if low > high {
        return Vec::new();
    }
    let (mut low, high) = (low as u128, high as u128);
    let mut all = Vec::new();
    while low <= high {
        let digits = low.max(1).ilog10() as usize + 1;
        let last = (10_u128.pow(digits as u32) - 1).min(high);
        all.extend(same_length(low, last, digits));
        low = last + 1;
    }
    all
}

/// The numbers from `low` to `high` that have `width` digits, leading zeros included.
fn same_length(low: u128, high: u128, width: usize) -> Vec<Places> {
    if low > high {
        return Vec::new();
    }
    if width == 0 {
        return vec![Vec::new()];
    }
    let unit = 10_u128.pow(width as u32 - 1);
    let (first, last) = ((low / unit) as u8, (high / unit) as u8);
    let prefixed = |low: u8, high: u8, rest: Vec<Places>| {
        rest.into_iter().map(move |rest| [vec![(low, high)], rest].concat()).collect::<Vec<Places>>()
    };
    let (mut from, mut to) = (first, last);
    let mut all = Vec::new();
    if first == last {
        return prefixed(first, first, same_length(low % unit, high % unit, width - 1));
    }
    if !low.is_multiple_of(unit) {
        all.extend(prefixed(first, first, same_length(low % unit, unit - 1, width - 1)));
        from += 1;
    }
    if high % unit < unit - 1 {
        all.extend(prefixed(last, last, same_length(0, high % unit, width - 1)));
        to -= 1;
    }
    if from <= to {
        all.push([vec![(from, to)], vec![(0, 9); width - 1]].concat());
    }
    all
}

/// The places as an expression, with the point before the last `decimals`.
fn pointed(mut places: Places, decimals: usize) -> String {
    while places.len() <= decimals {
        places.insert(0, (0, 0));
    }
    let point = places.len() - decimals;
    let mut text = String::new();
    for (at, (low, high)) in places.into_iter().enumerate() {
        if at == point {
            text.push_str(r"\.");
        }
        let _ = if low == high { write!(text, "{low}") } else { write!(text, "[{low}-{high}]") };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    /// Whether the whole text matches.
    fn matches(expression: &str, text: &str) -> bool {
        Regex::new(&format!("^{expression}$")).unwrap().is_match(text)
    }

    /// Regression: expressions of published code for integer ranges across zero admit numbers beyond the bounds.
    #[test]
    fn integer_ranges_are_exact_by_enumeration() {
        for low in -23_i32..=23 {
            for high in low..=131 {
                let expression =
                    Regex::new(&format!("^{}$", number(Some(low.into()), Some(high.into()), 0))).unwrap();
                for value in -140..=140 {
                    let inside = (low..=high).contains(&value);
                    assert_eq!(expression.is_match(&value.to_string()), inside, "{value} in {low}..={high}");
                }
            }
        }
    }

    #[test]
    fn decimal_ranges_are_exact_by_enumeration() {
        for (low, high) in [(-150, 307), (0, 95), (95, 1005), (-300, -7), (29, 29)] {
            let (l, h) = (f64::from(low) / 100.0, f64::from(high) / 100.0);
            let expression = Regex::new(&format!("^{}$", number(Some(l), Some(h), 2))).unwrap();
            for value in -400..=1_100 {
                let text = format!("{:.2}", f64::from(value) / 100.0);
                assert_eq!(expression.is_match(&text), (low..=high).contains(&value), "{text} in {l}..={h}");
            }
            for value in -40..=110 {
                let text = format!("{:.1}", f64::from(value) / 10.0);
                let inside = (low..=high).contains(&(value * 10));
                // There is no negative zero.
                assert_eq!(expression.is_match(&text), inside, "{text} in {l}..={h}");
            }
        }
    }

    #[test]
    fn texts_that_are_no_plain_number_do_not_match() {
        let open = number(None, None, 1);
        for text in ["", "-", "+1", "01", "1.", ".5", "1e3", "1,000", "-0", "1.25", "NaN"] {
            assert!(!matches(&open, text), "{text}");
        }
        for text in ["0", "-7", "123456789012.5", "0.0"] {
            assert!(matches(&open, text), "{text}");
        }
        assert!(!matches(&number(Some(0.2), Some(0.8), 0), "0"), "no whole number lies between");
    }

    #[test]
    fn padded_numbers_keep_their_width() {
        let days = padded(9, 28, 2);
        assert!(matches(&days, "09") && matches(&days, "28"));
        assert!(!matches(&days, "9") && !matches(&days, "08") && !matches(&days, "29"));
    }
}
