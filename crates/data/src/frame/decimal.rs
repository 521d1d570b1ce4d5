//! Which texts are decimal numbers, and how is a number written like its source?

/// The number that `text` is, with `point` as the decimal sign.
///
/// Spaces around it, a sign and an exponent are allowed; thousands separators, `NaN`, `inf` and hexadecimal are not.
/// Whole numbers too large for 53 bits are read as the nearest double.
pub(crate) fn read(text: &str, point: char) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mantissa = digits.split(['e', 'E']).next()?;
    let plain = mantissa.chars().all(|c| c.is_ascii_digit() || c == point)
        && mantissa.chars().any(|c| c.is_ascii_digit())
        && mantissa.chars().filter(|&c| c == point).count() <= 1;
    if !plain {
        return None;
    }
    let value = if point == '.' { text.parse::<f64>() } else { text.replace(point, ".").parse::<f64>() };
    value.ok().filter(|value| value.is_finite())
}

/// Number of digits after the decimal sign, 0 without one; `None` for exponents, whose decimals say nothing.
pub(crate) fn decimals(text: &str, point: char) -> Option<u8> {
    let text = text.trim();
    if text.contains(['e', 'E']) {
        return None;
    }
    Some(text.split(point).nth(1).map_or(0, |digits| digits.len().min(255) as u8))
}

/// Whether the text would lose something as a number: leading zeros, or more digits than a double holds.
pub(crate) fn is_label(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole: &str = digits.split(['.', ',']).next().unwrap_or_default();
    let padded = whole.len() > 1 && whole.starts_with('0');
    padded || whole.chars().filter(char::is_ascii_digit).count() > 15
}

/// Writes `value` with at least `least` and at most `most` decimals.
pub(crate) fn write(value: f64, least: u8, most: u8, point: char) -> String {
    let mut text = if most >= 16 || value.abs() >= 1e15 {
        format!("{value}")
    } else {
        format!("{value:.*}", usize::from(most))
    };
    if let Some(at) = text.find('.') {
        let keep = at + 1 + usize::from(least);
        while text.len() > keep && text.ends_with('0') {
            text.pop();
        }
        if text.ends_with('.') {
            text.pop();
        }
    }
    if text.starts_with('-') && text[1..].chars().all(|c| c == '0' || c == '.') {
        text.remove(0); // No negative zero.
    }
    if point == '.' { text } else { text.replace('.', &point.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_strictly() {
        for (text, want) in [
            ("12.5", Some(12.5)),
            (" -3 ", Some(-3.0)),
            ("1e3", Some(1000.0)),
            ("NaN", None),
            ("inf", None),
            ("1,234", None),
            ("0x10", None),
            ("", None),
            (".", None),
            ("1e999", None),
        ] {
            assert_eq!(read(text, '.'), want, "{text}");
        }
        assert_eq!(read("12,5", ','), Some(12.5));
    }

    #[test]
    fn numbers_are_written_like_their_source() {
        for (value, least, most, want) in [
            (12.5, 0, 2, "12.5"),
            (12.0, 1, 1, "12.0"),
            (12.0, 0, 3, "12"),
            (-0.04, 0, 1, "0"),
            (0.1 + 0.2, 0, 1, "0.3"),
        ] {
            assert_eq!(write(value, least, most, '.'), want);
        }
        assert_eq!(write(2.5, 0, 1, ','), "2,5");
    }
}
