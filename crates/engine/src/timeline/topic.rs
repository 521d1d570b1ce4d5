//! What does `explain timelines` tell?

use super::portfolio::pages;
use std::fmt::Write as _;
use verosim_timeline::shape::SHAPES;

/// One line.
pub(crate) const SUMMARY: &str =
    "Patients' histories: OMOP, FHIR, MEDS, Synthea, MIMIC and plain tables in and out, engines, conditions.";

/// The page.
pub(crate) fn page() -> String {
    let mut text = format!("# timelines\n\n{SUMMARY}\n\n{WAY}\n\n## Shapes\n\n");
    for shape in SHAPES {
        let _ = writeln!(text, "- `{}`: {}", shape.id, shape.summary);
    }
    let _ = write!(text, "\n{CARRIED}\n\n## Engines\n\n");
    for page in pages() {
        let _ = writeln!(text, "- `{}`: {}", page.id, page.summary);
    }
    let _ = write!(text, "\n{ASKING}\n");
    text
}

const WAY: &str = "    verosim profile FOLDER                                   # what it is, how many people, what is wrong with it
    verosim convert FOLDER --to meds -o patients-meds        # another shape, and what could not be carried
    verosim fit FOLDER -o model
    verosim sample model --patients 10000 --to omop -o synthetic
    verosim sample model --patients 500 --where 'sex = F and age in 60..80 and has(ICD10:E11) and has(ICD10:I10)' -o women
    verosim sample model --patients 10000 --prevalence 'has(ICD10:E11)=0.2' -o diabetes
    verosim evaluate --train FOLDER --holdout FOLDER --synthetic FOLDER

A folder, or a file of FHIR, is recognised by what it holds; `--from SHAPE` says so where that is wrong. Everything becomes
events: whose, when (or for life), what (`KIND//SYSTEM//VALUE//UNIT`, as in `MEASUREMENT//LOINC//2339-0//mg/dL`), a number, a
text, when it ended, in which visit.";

const CARRIED: &str = "\
A row is one event, and what it holds beyond that travels with it as it is written, so that a folder converted to MEDS and back
has every cell that is carried. Tables that are about no patient (hospitals, payers, lists of codes) are named in the report of the
conversion, as is every kind of event that the target has no place for. Codes are not translated: an ICD code stays one.
People who are synthetic are called so in every shape's own way (`--synthetic` for `convert`, always for `sample`).

What is wrong with the data is counted, located and told with what became of it: rows that point to nobody, events before
birth or after death, ids that repeat, times that do not read, clocks of several zones. Nothing is left out in silence.";

const ASKING: &str = "\
Nobody gets a code that their sex or age rules out (the ICD rules of `explain clinical`, and lists of SNOMED CT, LOINC and RxNorm
codes), and nothing happens after death; `--rules none` lets the engine draw what it likes, `--rules FILE` adds rules about `sex`,
`age`, `icd10` and `icd9`.

`--where` asks for people by `sex`, `race`, `ethnicity`, `marital`, `language`, `insurance` (`=`, `!=`, `in (a, b)`), by `age` in
completed years at the first event, `events` and `visits` (`=`, `<`, `in 60..80`), `died`, and `has(SYSTEM:CODE)` for a code or all
that stand below it. Exactly as many people as asked for are written, or none, with how many were found. `visits` draws towards
facts, ages and codes that everybody must have; of the rest, and by other engines, people are drawn until enough are found, or
until one can see that too few will be. People are drawn in blocks that have a random stream each: equal seeds give equal people
at any number of threads. A draw into MEDS that was stopped goes on with `--resume`, and ends with the same bytes.

`--prevalence 'has(ICD10:E11)=0.2'` sets how many of the people meet a condition, to the person. Of several, the joint law is the
one nearest to the model's own with these shares (raking): what goes with what stays, and only how often changes.

`--continue FOLDER` goes on with the lives of the real people in FOLDER, each behind their last event (engine `visits`). The result
is their records with a drawn end: as confidential as FOLDER, whatever the model promises, and not called synthetic.

Every shard of 20,000 people is written before the next is drawn, so that memory does not grow with their number.";
