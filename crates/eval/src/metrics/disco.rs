//! pa.disco: do synthetic rows tell a person's secrets rightly and without doubt to who knows the keys?

use crate::card::{Reading, Told as Line};
use crate::classes::{Classes, Codes, KNOWN, WANTED, coded, everybody};
use crate::metric::Pass;
use crate::risk::{LEVEL, leave_roles};
use crate::roles::roles;
use crate::told::{Inevitable, Told, alone, told};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Range, Schema, Score, Seeded,
};
use verosim_math::learn::{Difference, Rate};

/// Excess of people of whom a sensitive cell is told by their keys.
pub(super) struct Disco;

static INFO: MetricInfo = MetricInfo {
    id: "pa.disco",
    name: "Disclosive and correct",
    question: "Do synthetic rows tell a person's secrets rightly and without doubt to who knows the keys?",
    page: "A person's secret is told when synthetic rows have the person's keys (quasi-identifiers), all of them have one \
           level of the sensitive column, and it is the true one: DiSCO of synthpop. The value is the share of people \
           learned from of whom at least one sensitive cell is told, minus that of the holdout, with Newcombe's interval; \
           0 is right, because much is told of people whom nobody learned from as well. Parts give, per sensitive column, \
           synthpop's shares of training rows (Dorig, iS, DiS, DiSCO), the same of the holdout, and DiSCO without what \
           everybody could guess: a level with more than 50 rows and more than 90 % of all that is told, or one that more \
           than 80 % of the people with a single key have (in classes of more than 4). Keys alone: UiO, UiS, UiOiS, repU. \
           Numbers with more than 120 (keys) or 20 (secrets) different values are told apart by 20 or 10 quantile bins; \
           synthpop takes them as they are. The report shows the same for fewer keys, the most telling first.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: -1.0, high: 1.0 },
    unit: "share of people",
    sources: &[Citation("raab2024"), Citation("newcombe1998")],
    maturity: Maturity::Checked,
};

/// Keys of the shortest set that the report shows.
const FEWEST_KEYS: usize = 2;
const METHOD: &str = "Newcombe's hybrid score interval of two independent shares";

impl Metric for Disco {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let roles = roles(data);
        leave_roles(&roles, data, ctx);
        let (keys, secrets) = (roles.needs_keys()?, roles.needs_secrets()?);
        let tables = everybody(data);
        let known: Vec<Codes> = keys.iter().map(|&at| coded(&tables, at, KNOWN)).collect();
        let wanted: Vec<Codes> = secrets.iter().map(|&at| coded(&tables, at, WANTED)).collect();
        let mut classes = Classes::one(&tables);
        let mut lines = Vec::new();
        let mut sides = Vec::new();
        for n_keys in 1..=keys.len() {
            classes = classes.split(&known[n_keys - 1]);
            if n_keys < FEWEST_KEYS.min(keys.len()) {
                continue;
            }
            sides = wanted.iter().map(|codes| both(&classes, codes, &known[..n_keys])).collect();
            let name = |at: &usize| data.schema.columns[*at].name.clone();
            lines.extend(sides.iter().zip(secrets).map(|([seen, unseen], secret)| Line {
                keys: keys[..n_keys].iter().map(name).collect(),
                sensitive: name(secret),
                seen: share(&seen.right),
                unseen: share(&unseen.right),
                excess: excess(&seen.right, &unseen.right),
                excess_without_inevitable: excess(&seen.right_beyond, &unseen.right_beyond).value,
            }));
        }
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.disclosure.lock()
        {
            found.told = lines;
        }
        let any = |side: usize| -> Vec<bool> {
            let n = tables[side].n_rows();
            (0..n).map(|row| sides.iter().any(|both| both[side].right[row])).collect()
        };
        let all = excess(&any(0), &any(1));
        let score = Score::new(all.value, all.n)
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?
            .with_parts(parts(data, &classes, &sides, secrets, [&any(0), &any(1)]));
        Ok(match all.interval {
            Some(interval) => score.with_interval(interval.low, interval.high, LEVEL, METHOD),
            None => score,
        })
    }
}

/// What is told of people learned from, and of others.
fn both(classes: &Classes, codes: &Codes, known: &[Codes]) -> [Told; 2] {
    let keys =
        |table: usize| -> Vec<&[u32]> { known.iter().map(|codes| codes.of[table].as_slice()).collect() };
    let seen = told(classes, &codes.of, 0, 2);
    let inevitable = Inevitable::of(&seen.right, &classes.of[0], &codes.of[0], &keys(0));
    let unseen = told(classes, &codes.of, 1, 2).beyond(&inevitable, &codes.of[1], &keys(1));
    [seen.beyond(&inevitable, &codes.of[0], &keys(0)), unseen]
}

fn parts(
    data: &Trio<'_>,
    classes: &Classes,
    sides: &[[Told; 2]],
    secrets: &[usize],
    any: [&[bool]; 2],
) -> Vec<(String, f64)> {
    let alone = alone(classes, 0, 2);
    let mut parts = vec![
        ("any secret, learned from".to_owned(), share(any[0]).value),
        ("any secret, others".to_owned(), share(any[1]).value),
        ("UiO".to_owned(), alone.real),
        ("UiS".to_owned(), alone.synthetic),
        ("UiOiS".to_owned(), alone.found),
        ("repU".to_owned(), alone.both),
    ];
    for ([seen, unseen], &secret) in sides.iter().zip(secrets) {
        let name = &data.schema.columns[secret].name;
        let of = |rows: &[bool]| share(rows).value;
        for (what, value) in [
            ("Dorig", seen.by_real),
            ("iS", seen.found),
            ("DiS", seen.of_one),
            ("DiSCO", of(&seen.right)),
            ("DiSCO, others", of(&unseen.right)),
            ("DiSCO beyond the inevitable", of(&seen.right_beyond)),
            ("DiSCO beyond the inevitable, others", of(&unseen.right_beyond)),
        ] {
            parts.push((format!("{name}: {what}"), value));
        }
    }
    parts
}

fn share(flags: &[bool]) -> Reading {
    let rate = Rate::exact(hits(flags), flags.len(), LEVEL);
    Reading {
        value: rate.value,
        interval: Some(Interval { low: rate.low, high: rate.high, level: LEVEL }),
        n: rate.n,
    }
}

/// The share of `seen` minus that of `unseen`.
pub(super) fn excess(seen: &[bool], unseen: &[bool]) -> Reading {
    let found = Difference::newcombe((hits(seen), hits(unseen)), (seen.len(), unseen.len()), LEVEL);
    Reading {
        value: found.value,
        interval: Some(Interval { low: found.low, high: found.high, level: LEVEL }),
        n: seen.len() + unseen.len(),
    }
}

fn hits(flags: &[bool]) -> usize {
    flags.iter().filter(|&&flag| flag).count()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PEOPLE, Three, found, people};
    use super::*;

    const N: usize = 400;

    #[test]
    fn copies_tell_more_of_those_who_were_copied() {
        let copied = Three::new(&PEOPLE, [&people(0, N), &people(400, N), &people(0, N)]);
        let (score, findings) = found(&Disco, &copied.trio()).unwrap();
        let part = |name: &str| score.parts().iter().find(|(part, _)| part == name).unwrap().1;
        assert_eq!(
            part("illness: DiSCO"),
            part("illness: Dorig"),
            "a copy tells what the table itself tells"
        );
        assert!(score.interval().unwrap().low > 0.0, "{score:?}");
        assert_eq!(
            findings.disclosure.into_inner().unwrap().told.len(),
            1,
            "one secret, one set of two keys"
        );
        let fresh = Three::new(&PEOPLE, [&people(0, N), &people(400, N), &people(800, N)]);
        let (score, _) = found(&Disco, &fresh.trio()).unwrap();
        assert!(score.interval().unwrap().low < 0.0 && score.interval().unwrap().high > 0.0, "{score:?}");
    }

    #[test]
    fn tables_without_keys_are_told_the_flag() {
        let rows: Vec<[String; 2]> = (0..30).map(|at| [at.to_string(), format!("l{}", at % 2)]).collect();
        let three = Three::new(&["crp", "illness"], [&rows, &rows, &rows]);
        assert!(found(&Disco, &three.trio()).is_err_and(|error| error.to_string().contains("--quasi")));
    }
}
