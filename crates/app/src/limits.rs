//! How are sizes and times written on the command line?

/// Bytes from `2GiB`, `500MB`, `1.5G` or a plain number of bytes.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor = match unit.to_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" | "kib" => 1024.0,
        "m" | "mb" | "mib" => 1024.0 * 1024.0,
        "g" | "gb" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err("write a size such as 2GiB or 500MB".into()),
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 && number * factor < 1e18 => Ok((number * factor) as u64),
        _ => Err("write a size such as 2GiB or 500MB".into()),
    }
}

/// Seconds from `90`, `90s`, `5m` or `2h`.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err("write a time such as 90s, 5m or 2h".into()),
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number * factor),
        _ => Err("write a time such as 90s, 5m or 2h".into()),
    }
}

/// An amount of money from 0.
pub(crate) fn amount(text: &str) -> Result<f64, String> {
    let wrong = || "write an amount such as 2.50".to_owned();
    text.trim().parse::<f64>().ok().filter(|amount| *amount >= 0.0 && amount.is_finite()).ok_or_else(wrong)
}

/// A sampling temperature from 0 to 2.
pub(crate) fn temperature(text: &str) -> Result<f64, String> {
    let wrong = || "write a number from 0 to 2".to_owned();
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|degree| (0.0..=2.0).contains(degree))
        .map(f64::abs)
        .ok_or_else(wrong)
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let at = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    (text[..at].trim(), &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_read() {
        assert_eq!(bytes("2GiB"), Ok(2 << 30));
        assert_eq!(bytes("500 MB"), Ok(500 << 20));
        assert_eq!(bytes("123"), Ok(123));
        assert!(bytes("-1").is_err() && bytes("2 parsecs").is_err() && bytes("nan").is_err());
        assert_eq!(seconds("5m"), Ok(300.0));
        assert_eq!(temperature("0.7"), Ok(0.7));
        assert!(temperature("2.1").is_err() && temperature("nan").is_err() && temperature("-1").is_err());
        assert!(seconds("soon").is_err() && seconds("0").is_err());
    }
}
