//! Does a unit look like one of UCUM?

/// Atoms that take prefixes (UCUM 2.1, tables of base and derived units). Not kelvin: laboratories write `K/uL` for thousands.
const METRIC: &[&str] = &[
    "g", "L", "l", "m", "s", "mol", "eq", "kat", "Pa", "J", "W", "V", "A", "Hz", "N", "Bq", "Gy", "Sv", "cd",
    "C", "t", "U", "[IU]", "[iU]", "osm", "cal", "bar", "Cel", "m[Hg]", "m[H2O]", "Ohm", "S", "F", "T", "Wb",
    "lm", "lx", "rad", "B", "bit", "By",
];
/// Atoms that take none.
const PLAIN: &[&str] = &[
    "%", "min", "h", "d", "wk", "mo", "a", "[in_i]", "[ft_i]", "[lb_av]", "[oz_av]", "[degF]", "deg", "[pH]",
    "10*", "10^", "[arb'U]", "[drp]", "[CFU]", "[HPF]", "[LPF]", "[cup_us]", "[foz_us]", "[tsp_us]",
    "[tbs_us]", "[ppm]", "[ppb]", "[PFU]", "[Ch]", "[kU]", "1", "[diop]", "[MET]", "[nmi_i]", "[mi_i]",
    "[psi]", "u", "[GPL'U]", "[MPL'U]", "[beth'U]",
];
const PREFIXES: &[&str] = &["k", "h", "da", "d", "c", "m", "u", "n", "p", "f", "M", "G", "T"];

/// Whether `unit` is a term of UCUM's atoms, prefixes, exponents and annotations: `mg/dL`, `10*3/uL`, `{score}`.
pub(super) fn like(unit: &str) -> bool {
    if unit.is_empty() || !unit.bytes().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    let mut depth = 0_i32;
    let mut terms = vec![String::new()];
    for letter in unit.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            '/' | '.' if depth == 0 => terms.push(String::new()),
            '(' | ')' if depth == 0 => {}
            _ if depth == 0 => terms.iter_mut().last().into_iter().for_each(|term| term.push(letter)),
            _ => {}
        }
        if !(0..=1).contains(&depth) {
            return false;
        }
    }
    depth == 0 && terms.iter().all(|term| is_term(term))
}

/// An atom with its exponent; empty where an annotation stands alone (`{beats}/min`) or at the head of `/min`.
fn is_term(term: &str) -> bool {
    if term.is_empty() || is_atom(term) {
        return true;
    }
    let base = term.trim_end_matches(|letter: char| letter.is_ascii_digit()).trim_end_matches(['+', '-']);
    is_atom(base) || base.is_empty()
}

fn is_atom(term: &str) -> bool {
    let metric = |atom: &str| METRIC.contains(&atom);
    PLAIN.contains(&term)
        || metric(term)
        || PREFIXES.iter().any(|prefix| term.strip_prefix(prefix).is_some_and(metric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_laboratories_are_told_from_words() {
        let good = [
            "mg/dL",
            "mm[Hg]",
            "10*3/uL",
            "{score}",
            "/min",
            "kg/m2",
            "%",
            "fL",
            "m[IU]/L",
            "{nominal}",
            "U/L",
            "Cel",
            "mL/min/{1.73_m2}",
            "ng/mL",
            "a",
            "cm",
            "pg",
            "mmol/L",
        ];
        good.iter().for_each(|unit| assert!(like(unit), "{unit}"));
        for unit in ["", "K/uL", "mEq/L", "per minute", "inches", "mmHg", "µg", "{open", "UNITS", "bpm"] {
            assert!(!like(unit), "{unit}");
        }
    }
}
