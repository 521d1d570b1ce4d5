//! Does an engine that draws under conditions draw what it would have drawn among very many rows?

use super::tables::{clinic, understood};
use verosim_core::{Context, Seeded};
use verosim_data::constrain::Condition;
use verosim_data::{Codec, Encoded, Evidence};
use verosim_models::DynFitted;

/// Rows drawn in search of those that meet a condition, and directly.
const SOUGHT: usize = 60_000;
const DIRECT: usize = 6_000;

/// Rows drawn directly meet the condition, are as common as the engine says, look like those found among many, and come
/// again from equal seeds; `many` is what five threads learned.
pub(super) fn check_conditional(one: &dyn DynFitted, many: &dyn DynFitted, codec: &Codec) -> Vec<String> {
    let (schema, table) = understood(&clinic(400));
    let mut broken = Vec::new();
    let Ok(sought) = one.sample(SOUGHT, Seeded::new(7), Context::silent()) else {
        return vec!["rows asked: none drawn".into()];
    };
    for text in [
        "sex = F and age >= 60",
        "ldl is missing and insurance = private",
        "sbp >= 130 and sbp < 150 or sbp > 170",
    ] {
        let condition = Condition::parse(text, &schema, &table).expect("the clinic has these columns");
        let evidence = codec.evidence(&condition);
        let direct = |fitted: &dyn DynFitted, evidence: Evidence| {
            let law = fitted.conditional()?.given(evidence)?;
            Some((law.chance(), law.sample(DIRECT, Seeded::new(8), Context::silent()).ok()?))
        };
        let (Some((chance, drawn)), Some((_, again))) =
            (direct(one, evidence.clone()), direct(many, evidence.clone()))
        else {
            broken.push(format!("`{text}`: no row drawn"));
            continue;
        };
        let found: Vec<usize> = (0..SOUGHT).filter(|&row| evidence.admits(&sought, row)).collect();
        let share = found.len() as f64 / SOUGHT as f64;
        if !is_near(share, chance, SOUGHT as f64) {
            broken.push(format!("`{text}`: said to be {chance} of all rows, and found in {share}"));
        }
        // What an engine holds to be impossible has no law.
        if chance == 0.0 {
            continue;
        }
        if drawn.columns() != again.columns() {
            broken.push(format!("`{text}`: equal seeds give other rows at another thread count"));
        }
        if (0..DIRECT).any(|row| !evidence.admits(&drawn, row)) {
            broken.push(format!("`{text}`: rows that do not meet it"));
        }
        broken.extend(unlike(&sought, &found, &drawn).map(|what| format!("`{text}`: {what}")));
    }
    broken
}

/// A token that is not as common among rows drawn directly as among those found.
fn unlike(sought: &Encoded, found: &[usize], drawn: &Encoded) -> Option<String> {
    let both = (found.len() as f64).min(drawn.n_rows() as f64) / 2.0;
    let columns = sought.columns().iter().zip(drawn.columns()).zip(&sought.domain().columns);
    columns.into_iter().find_map(|((one, other), domain)| {
        (0..domain.tokens.len() as u32).find_map(|token| {
            let of_found = found.iter().filter(|&&row| one.tokens[row] == token).count() as f64;
            let of_drawn = other.tokens.iter().filter(|&&own| own == token).count() as f64;
            let (a, b) = (of_found / found.len().max(1) as f64, of_drawn / drawn.n_rows() as f64);
            (!is_near(a, b, both)).then(|| {
                format!("token {token} of `{}` in {b} of rows drawn, {a} of those found", domain.name)
            })
        })
    })
}

/// Five standard errors, and a hundredth for cells that exclude each other, which laws given evidence leave out.
fn is_near(a: f64, b: f64, n: f64) -> bool {
    let middle = f64::midpoint(a, b);
    (a - b).abs() <= 5.0 * (middle * (1.0 - middle) / n.max(1.0)).sqrt() + 0.01
}
