//! What are the columns of an unknown table for, by their names and cells?

use super::mapping::{Derive, TableSpec};
use super::relate::{Seen, Way};
use crate::Kind;
use crate::event::instant;
use verosim_data::RawColumn;

/// The share of a column's cells that must be what it is taken for.
const MOST: f64 = 0.95;
/// Distinct cells looked at.
const LOOKED_AT: usize = 500;

/// Whether the cells are instants: days at least, so that numbers of four digits are none.
pub(super) fn is_instants(column: &RawColumn) -> bool {
    share(column, |cell| cell.len() >= 10 && instant::read(cell).is_some()) >= MOST
}

/// Whether the cells are numbers, some with a fraction.
pub(super) fn is_fractions(column: &RawColumn) -> bool {
    share(column, is_number) >= MOST && column.levels().iter().take(LOOKED_AT).any(|cell| cell.contains('.'))
}

/// Whether the cells are UUIDs.
pub(super) fn is_uuids(column: &RawColumn) -> bool {
    share(column, |cell| cell.len() == 36 && cell.bytes().filter(|&byte| byte == b'-').count() == 4) >= MOST
}

fn is_number(cell: &str) -> bool {
    super::cell::number(cell).is_some()
}

/// The share of the distinct filled cells that are so; 0 where all are empty.
fn share(column: &RawColumn, is: impl Fn(&str) -> bool) -> f64 {
    let filled: Vec<&str> = column
        .levels()
        .iter()
        .map(|level| &**level)
        .filter(|level| !level.is_empty())
        .take(LOOKED_AT)
        .collect();
    if filled.is_empty() {
        return 0.0;
    }
    filled.iter().filter(|cell| is(cell)).count() as f64 / filled.len() as f64
}

/// Words by which kinds of events are called, in the order in which they are tried.
const KINDS: [(&[&str], Kind); 17] = [
    (&["encounter", "visit", "admission", "hospitali"], Kind::Visit),
    (&["transfer", "ward", "icustay", "stay"], Kind::VisitDetail),
    (&["condition", "diagnos", "problem", "comorbid"], Kind::Condition),
    (&["immuni", "vaccin"], Kind::Immunization),
    (&["medication", "drug", "prescri", "pharmac"], Kind::Drug),
    (&["procedure", "surger", "operation"], Kind::Procedure),
    (&["lab", "observation", "measure", "vital", "result", "chart"], Kind::Measurement),
    (&["allerg"], Kind::Allergy),
    (&["device", "implant"], Kind::Device),
    (&["suppl"], Kind::Supply),
    (&["careplan", "care_plan"], Kind::CarePlan),
    (&["imag", "radiolog"], Kind::Imaging),
    (&["specimen", "sample"], Kind::Specimen),
    (&["note", "report", "document"], Kind::Note),
    (&["claim", "bill", "payer", "cost", "drg"], Kind::Billing),
    (&["order"], Kind::Order),
    (&["survey", "question", "answer"], Kind::Observation),
];

/// The kind of event that a table of that name holds.
fn kind_of(word: &str) -> Kind {
    KINDS
        .iter()
        .find(|(words, _)| words.iter().any(|known| word.contains(known)))
        .map_or(Kind::Other, |(_, kind)| *kind)
}

/// The table whose rows other events belong to.
pub(super) fn visits_of(seen: &[Seen], paths: &[Option<Way>]) -> Option<usize> {
    let is = |at: &usize| {
        let table = &seen[*at];
        let direct = paths[*at].as_ref().is_some_and(|path| path.depth == 0);
        direct && table.key.is_some() && kind_of(&table.word()) == Kind::Visit
    };
    (0..seen.len()).find(is)
}

/// What columns of persons tell.
pub(super) fn derived(table: &Seen) -> Vec<Derive> {
    let mut found = Vec::new();
    let mut add = |words: &[&str], code: &str, timed: bool| {
        let column = table.head.columns().iter().find(|column| {
            let name = column.name.to_lowercase();
            words.iter().any(|word| name == *word || (word.len() > 3 && name.starts_with(word)))
                && (!timed || is_instants(column))
        });
        if let Some(column) = column {
            let name = &column.name;
            let code = code.replace("{}", &format!("{{{name}}}"));
            found.push(Derive {
                column: name.clone(),
                code,
                timed,
                less_years: None,
                style: None,
                fill_only: false,
            });
        }
    };
    add(&["sex", "gender"], "SEX//{}", false);
    add(&["race"], "RACE//{}", false);
    add(&["ethnic"], "ETHNICITY//{}", false);
    add(&["marital"], "MARITAL//{}", false);
    add(&["language"], "LANGUAGE//{}", false);
    add(&["insurance"], "INSURANCE//{}", false);
    add(&["birth", "dob", "date_of_birth"], "MEDS_BIRTH", true);
    add(&["death", "dod", "date_of_death", "deceased"], "MEDS_DEATH", true);
    found
}

/// Says what the columns of a table of events are for; `taken` are keys.
pub(super) fn roles(spec: &mut TableSpec, table: &Seen, taken: &[usize], is_visits: bool) {
    let word = table.word();
    let kind = if is_visits { Kind::Visit } else { kind_of(&word) };
    // Only one table is that of visits; others of that kind are parts of them.
    let kind = if kind == Kind::Visit && !is_visits { Kind::VisitDetail } else { kind };
    let free: Vec<(String, &RawColumn)> = table
        .head
        .columns()
        .iter()
        .enumerate()
        .filter(|(at, _)| !taken.contains(at))
        .map(|(_, column)| (column.name.to_lowercase(), column))
        .collect();
    let find = |words: &[&str], fits: &dyn Fn(&RawColumn) -> bool| {
        words.iter().find_map(|word| {
            let like = |(name, column): &&(String, &RawColumn)| name.contains(word) && fits(column);
            free.iter().find(like).map(|(_, column)| column.name.clone())
        })
    };
    const BEGINS: [&str; 14] = [
        "start",
        "begin",
        "onset",
        "admit",
        "intime",
        "from",
        "performed",
        "authored",
        "charttime",
        "issued",
        "time",
        "date",
        "recorded",
        "",
    ];
    const ENDS: [&str; 9] =
        ["stop", "end", "disch", "abate", "outtime", "resol", "until", "todate", "through"];
    let ends: Option<String> = find(&ENDS, &is_instants);
    let is_begin = |column: &RawColumn| is_instants(column) && Some(&column.name) != ends.as_ref();
    let begin = find(&BEGINS, &is_begin);
    spec.time = begin.into_iter().collect();
    spec.end = ends.into_iter().collect();
    if spec.time.is_empty() {
        // What only ends is told by its end.
        spec.time = std::mem::take(&mut spec.end);
    }
    let any = |column: &RawColumn| !is_instants(column);
    let exact = |words: &[&str], fits: &dyn Fn(&RawColumn) -> bool| {
        free.iter()
            .find(|(name, column)| words.contains(&name.as_str()) && fits(column))
            .map(|(_, c)| c.name.clone())
    };
    let codes = [
        "code",
        "itemid",
        "item_id",
        "icd_code",
        "icd9_code",
        "concept_id",
        "loinc",
        "snomed",
        "rxnorm",
        "ndc",
        "cpt",
    ];
    let code = exact(&codes, &any).or_else(|| {
        find(&["_code", "code", "icd"], &|c| any(c) && !c.name.to_lowercase().contains("reason"))
    });
    let code =
        code.or_else(|| exact(&["name", "test", "test_name", "drug", "type", "category", "label"], &any));
    let unit = exact(&["unit", "units", "valueuom", "uom", "value_unit"], &any);
    let mut pattern =
        format!("{}//{}", kind.word(), word.to_uppercase().replace("//", "/").replace(['{', '}'], ""));
    for column in code.iter().chain(&unit) {
        if !column.contains(['{', '}']) {
            pattern.extend(["//{", column, "}"]);
        }
    }
    spec.code = Some(pattern);
    spec.value = exact(
        &["value", "valuenum", "value_num", "result", "result_value", "amount", "dose", "quantity"],
        &any,
    );
    spec.text = exact(&["text", "note", "note_text", "comment", "comments"], &any);
    if code.is_some() {
        spec.description = exact(&["description", "display", "long_title", "title", "label", "name"], &any)
            .filter(|column| code.as_ref() != Some(column));
    }
}
