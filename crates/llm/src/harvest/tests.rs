//! Does the loop take what is right and refuse the rest by its name, whatever a reply holds?

use super::{Asker, Desk, Gathered, Limits, Need, Question, Why, gather};
use crate::accept::{Cell, Reason, Record};
use crate::card::{Card, Mapping};
use crate::ledger::{Budget, Ledger};
use std::collections::BTreeMap;
use std::sync::Mutex;
use verosim_core::{
    Choice, ColumnContract, ColumnSchema, Context, Disclosure, Enforced, Finish, Hint as _, Kind,
    LanguageModel, Mode, ModelError, Place, Prompt, Reply, Request, RowForm, Seeded, Usage, Values,
};
use verosim_data::constrain::{Allowance, Allowed, Known, Range, Rules};

/// Asks for blood pressures of people seen on a day.
struct Ward {
    card: Card,
    form: RowForm,
    rows: usize,
    candidates: usize,
    is_rich: bool,
    is_varied: bool,
    rules: Rules,
    pool: Vec<Record>,
}

impl Ward {
    fn new(form: RowForm) -> Self {
        let mut pressure = ColumnSchema::declared("pressure", Kind::Continuous);
        pressure.unit = Some("mmHg".into());
        let range = Some(Range { low: 40.0, high: 2000.0, quantiles: None });
        let columns = [
            (pressure, Allowed::Number { range, decimals: 1 }),
            (
                ColumnSchema::declared("sex", Kind::Nominal),
                Allowed::Levels { texts: vec!["F".into(), "M".into()], shares: Vec::new() },
            ),
            (ColumnSchema::declared("seen", Kind::Date), Allowed::Number { range: None, decimals: 0 }),
        ]
        .map(|(schema, values)| Allowance {
            schema,
            values,
            known: Known::Declared,
            missing: 0.0,
            nullable: false,
        });
        let card = Card::new(&columns, Disclosure::Metadata, Mapping::None, Seeded::new(1));
        Self {
            card,
            form,
            rows: 30,
            candidates: 1,
            is_rich: true,
            is_varied: false,
            rules: Rules::default(),
            pool: Vec::new(),
        }
    }
}

impl Asker for Ward {
    fn card(&self) -> &Card {
        &self.card
    }
    fn shares(&self) -> Option<(usize, Vec<f64>)> {
        None
    }
    fn rows_per_reply(&self) -> usize {
        self.rows
    }
    fn is_rich(&self) -> bool {
        self.is_rich
    }
    fn rules(&self) -> &Rules {
        &self.rules
    }
    fn pool(&self) -> &[Record] {
        &self.pool
    }
    fn is_varied(&self) -> bool {
        self.is_varied
    }
    fn question(&self, _: u64, _: &Need, _: Seeded) -> Question {
        let order = vec![0, 1, 2];
        let mut contract = self.card.contract(self.form, &order, self.rows * self.candidates);
        if self.candidates > 1 {
            let values = Values::Number { low: Some(0.0), high: Some(1.0), decimals: 2 };
            contract.columns.push(ColumnContract { name: "probability".into(), values, nullable: false });
        }
        Question {
            prompt: Prompt::new(Vec::new()),
            contract,
            order,
            candidates: self.candidates,
            mode: Mode::Chat,
            temperature: 1.0,
            top_p: 1.0,
            max_tokens: 500,
            prefix: String::new(),
        }
    }
}

/// Answers request number `n` (from 0) as told.
struct Scripted<F>(F, Mutex<usize>);

impl<F: Fn(usize) -> (String, Finish) + Send + Sync> LanguageModel for Scripted<F> {
    fn name(&self) -> String {
        "scripted".into()
    }
    fn place(&self) -> Place {
        Place::Process
    }
    fn complete_all(&self, requests: &[Request], _: Context<'_>) -> Vec<Result<Reply, ModelError>> {
        let one = |_: &Request| {
            let mut number = self.1.lock().unwrap();
            let (text, finish) = (self.0)(*number);
            *number += 1;
            let choices = vec![Choice { text, finish, logprob: None }];
            let usage = Usage { input: 100, output: 500, ..Usage::default() };
            Ok(Reply { choices, usage, seconds: 0.0, enforced: Enforced::Nothing, masked: None })
        };
        requests.iter().map(one).collect()
    }
}

fn ask(
    ward: &Ward,
    n: usize,
    requests: Option<u64>,
    script: impl Fn(usize) -> (String, Finish) + Send + Sync,
) -> Gathered {
    let model = Scripted(script, Mutex::default());
    let ledger = Ledger::new("scripted", &Place::Process, Budget::default(), None);
    let mut desk = Desk::new(&model, Disclosure::Metadata, ledger);
    let limits = Limits { requests, ..Limits::default() };
    let gathered = gather(ward, n, limits, &mut desk, Seeded::new(4), Context::silent()).unwrap();
    assert_eq!(gathered.rows.len() as u64, gathered.tally.accepted);
    let refused: u64 = gathered.tally.rejected.values().sum();
    assert_eq!(
        gathered.tally.produced,
        gathered.tally.accepted + refused,
        "each record is taken or refused once"
    );
    gathered
}

/// A reply: what is wrong with it, its text, how it ended, records taken, of these repaired, and the reasons of the others.
type Case<'a> = (&'a str, &'a str, Finish, u64, u64, &'a [(Reason, u64)]);

fn check(form: RowForm, cases: &[Case<'_>]) {
    for (what, text, finish, taken, repaired, reasons) in cases {
        let gathered = ask(&Ward::new(form), 50, Some(1), |_| ((*text).to_owned(), *finish));
        let tally = &gathered.tally;
        assert_eq!((tally.accepted, tally.repaired), (*taken, *repaired), "{form:?}, {what}: {tally:?}");
        let want: BTreeMap<Reason, u64> = reasons.iter().copied().collect();
        assert_eq!(tally.rejected, want, "{form:?}, {what}");
        assert!(gathered.shortfall.is_some(), "{form:?}, {what}: fewer than asked for is said");
    }
}

const A: &str = r#"{"pressure": 120.5, "sex": "F", "seen": "2026-11-24"}"#;

#[test]
fn adversarial_json_is_taken_apart_record_by_record() {
    let with = |pressure: &str| {
        format!(r#"{{"rows": [{{"pressure": {pressure}, "sex": "M", "seen": "2026-11-25"}}]}}"#)
    };
    let cut = format!(r#"{{"rows": [{A}, {{"pressure": 13"#);
    let fenced =
        format!("Sure! Here they are:\n```json\n{{\"rows\": [{A}]}}\n```\nI hope this helps {{you}}.");
    let twice = r#"{"rows": [{"pressure": 90, "pressure": 190, "sex": "F", "seen": "2026-11-24"}]}"#;
    let short = r#"{"rows": [{"pressure": 120.5, "sex": "F"}]}"#;
    let extra = r#"{"rows": [{"pressure": 120.5, "sex": "F", "seen": "2026-11-24", "mood": "good"}]}"#;
    let again = format!("{{\"rows\": [{}]}}", vec![A; 60].join(","));
    let endless = format!("{}{}", "[".repeat(20_000), "{\"rows\":".repeat(20_000));
    check(
        RowForm::Json,
        &[
            ("cut off", &cut, Finish::Length, 1, 0, &[(Reason::Truncated, 1)]),
            ("the connection was lost", &cut, Finish::Broken, 1, 0, &[(Reason::Truncated, 1)]),
            ("fences and prose", &fenced, Finish::Stop, 1, 0, &[(Reason::Unparseable, 1)]),
            ("a key twice", twice, Finish::Stop, 0, 0, &[(Reason::DuplicateKey, 1)]),
            ("NaN", &with("NaN"), Finish::Stop, 0, 0, &[(Reason::Unparseable, 1)]),
            ("NaN in quotes", &with("\"NaN\""), Finish::Stop, 0, 0, &[(Reason::TypeError, 1)]),
            ("infinity", &with("1e999"), Finish::Stop, 0, 0, &[(Reason::Unparseable, 1)]),
            ("thousands", &with("\"1,234.5\""), Finish::Stop, 1, 1, &[]),
            ("thousands without quotes", &with("1,234.5"), Finish::Stop, 0, 0, &[(Reason::Unparseable, 1)]),
            ("digits of another script", &with("\"١٢٠\""), Finish::Stop, 1, 1, &[]),
            ("its own unit", &with("\"120 mmHg\""), Finish::Stop, 1, 1, &[]),
            ("another unit", &with("\"16 kPa\""), Finish::Stop, 0, 0, &[(Reason::TypeError, 1)]),
            ("out of range", &with("20000"), Finish::Stop, 0, 0, &[(Reason::OutOfRange, 1)]),
            ("null where nothing is missing", &with("null"), Finish::Stop, 0, 0, &[(Reason::TypeError, 1)]),
            ("a column short", short, Finish::Stop, 0, 0, &[(Reason::MissingColumn, 1)]),
            ("a column more", extra, Finish::Stop, 1, 1, &[]),
            ("a refusal in words", "I'm sorry, I can't.", Finish::Stop, 0, 0, &[(Reason::Unparseable, 1)]),
            ("a refusal of the service", A, Finish::Refused, 0, 0, &[(Reason::Refused, 1)]),
            ("nothing", "", Finish::Stop, 0, 0, &[(Reason::Unparseable, 1)]),
            ("one record again and again", &again, Finish::Length, 1, 0, &[(Reason::Repeated, 59)]),
            ("brackets without end", &endless, Finish::Length, 0, 0, &[(Reason::Truncated, 1)]),
        ],
    );
}

#[test]
fn adversarial_csv_is_taken_apart_line_by_line() {
    let again = "120.5,F,2026-11-24\n".repeat(60);
    check(
        RowForm::Csv,
        &[
            ("cut off", "120.5,F,2026-11-24\n130,M,2026-1", Finish::Length, 1, 0, &[(Reason::Truncated, 1)]),
            ("fences and prose", "Here:\n```csv\n120.5,F,2026-11-24\n```\nDone.", Finish::Stop, 1, 0, &[]),
            ("the header again", "pressure,sex,seen\n120.5,F,2026-11-24\n", Finish::Stop, 1, 0, &[]),
            ("NaN", "NaN,F,2026-11-24\n", Finish::Stop, 0, 0, &[(Reason::TypeError, 1)]),
            ("thousands", "\"1,234.5\",F,2026-11-24\n", Finish::Stop, 1, 1, &[]),
            (
                "thousands without quotes",
                "1,234.5,F,2026-11-24\n",
                Finish::Stop,
                0,
                0,
                &[(Reason::ExtraColumn, 1)],
            ),
            ("digits of another script", "１２０,F,2026-11-24\n", Finish::Stop, 1, 1, &[]),
            ("another unit", "16 kPa,F,2026-11-24\n", Finish::Stop, 0, 0, &[(Reason::TypeError, 1)]),
            ("a cell short", "120.5,F\n", Finish::Stop, 0, 0, &[(Reason::MissingColumn, 1)]),
            ("a cell more", "120.5,F,2026-11-24,good\n", Finish::Stop, 0, 0, &[(Reason::ExtraColumn, 1)]),
            (
                "a quote without end",
                "\"120.5,F,2026-11-24\n",
                Finish::Stop,
                0,
                0,
                &[(Reason::Unparseable, 1)],
            ),
            (
                "a refusal in words",
                "I cannot help with that.",
                Finish::Stop,
                0,
                0,
                &[(Reason::Unparseable, 1)],
            ),
            ("one line again and again", &again, Finish::Length, 1, 0, &[(Reason::Repeated, 59)]),
        ],
    );
}

#[test]
fn adversarial_sentences_are_taken_apart_line_by_line() {
    let of = |pressure: &str| format!("pressure is {pressure}, sex is F, seen is 2026-11-24\n");
    let again = of("120.5").repeat(60);
    let cut = format!("{}pressure is 130, sex is M, seen is 2026-1", of("120.5"));
    let fenced = format!("Of course!\n```\n{}```\nThat is all.", of("120.5"));
    check(
        RowForm::Sentence,
        &[
            ("cut off", &cut, Finish::Length, 1, 0, &[(Reason::Truncated, 1)]),
            ("fences and prose", &fenced, Finish::Stop, 1, 0, &[]),
            (
                "a column twice",
                "pressure is 90, sex is F, sex is M, seen is 2026-11-24",
                Finish::Stop,
                0,
                0,
                &[(Reason::DuplicateKey, 1)],
            ),
            ("NaN", &of("NaN"), Finish::Stop, 0, 0, &[(Reason::TypeError, 1)]),
            ("thousands", &of("1,234.5"), Finish::Stop, 1, 1, &[]),
            ("digits of another script", &of("१२०"), Finish::Stop, 1, 1, &[]),
            ("another unit", &of("16 kPa"), Finish::Stop, 0, 0, &[(Reason::TypeError, 1)]),
            ("the word for missing", &of("missing"), Finish::Stop, 0, 0, &[(Reason::TypeError, 1)]),
            (
                "a column short",
                "pressure is 120.5, sex is F",
                Finish::Stop,
                0,
                0,
                &[(Reason::MissingColumn, 1)],
            ),
            (
                "a column more",
                "mood is good, pressure is 120.5, sex is F, seen is 2026-11-24",
                Finish::Stop,
                1,
                1,
                &[],
            ),
            (
                "a refusal in words",
                "I cannot help with that.",
                Finish::Stop,
                0,
                0,
                &[(Reason::Unparseable, 1)],
            ),
            ("one line again and again", &again, Finish::Length, 1, 0, &[(Reason::Repeated, 59)]),
        ],
    );
}

/// Thirty records of reply `number`, of which `new` are not those of all replies.
fn replies(number: usize, new: usize) -> (String, Finish) {
    let row = |at: usize| {
        let own = if at < new { 50.0 + (number * 30 + at) as f64 * 0.1 } else { 48.0 };
        format!(r#"{{"pressure": {own:.1}, "sex": "F", "seen": "2026-11-24"}}"#)
    };
    (format!("{{\"rows\": [{}]}}", (0..30).map(row).collect::<Vec<_>>().join(",")), Finish::Stop)
}

#[test]
fn a_model_that_repeats_itself_is_told_so_and_what_was_new_is_kept() {
    let ward = Ward::new(RowForm::Json);
    let gathered = ask(&ward, 600, None, |number| replies(number, 1));
    let shortfall = gathered.shortfall.unwrap();
    let Why::NothingNew(gain) = &shortfall.why else { panic!("{shortfall}") };
    // By hand: eight replies of thirty hold one new record each, and the one that all share.
    assert_eq!((gain.usable, gain.new, gain.tokens), (240, 9, 4_800));
    assert_eq!(gathered.rows.len(), 9);
    let words = shortfall.to_string();
    assert!(
        words.contains("9 of the last 240 usable records were unlike the others, for 4800 tokens"),
        "{words}"
    );
    assert!(shortfall.hint().unwrap().contains("verbalised=5"));
    // A model that begins to repeat itself later is stopped then.
    let later = ask(&ward, 900, None, |number| replies(number, if number < 16 { 30 } else { 0 }));
    assert!(matches!(later.shortfall.unwrap().why, Why::NothingNew(_)));
    assert!(later.rows.len() > 450, "{}", later.rows.len());
}

#[test]
fn a_model_that_writes_one_patient_with_other_digits_has_collapsed() {
    let ward = Ward { is_varied: true, ..Ward::new(RowForm::Json) };
    // Pressures of 50.0 to some 300 are one quarter of the range, and sex and day are the same for all.
    let gathered = ask(&ward, 600, None, |number| replies(number, 30));
    let Why::NothingNew(gain) = gathered.shortfall.unwrap().why else { panic!() };
    assert_eq!((gain.usable, gain.new), (240, 1), "240 records of one kind");
    assert_eq!(gathered.rows.len(), 240, "all are kept");
    // Where real rows are alike as well, nothing is wrong with it.
    let alike = Ward { is_varied: false, ..ward };
    assert!(ask(&alike, 600, None, |number| replies(number, 30)).shortfall.is_none());
}

#[test]
fn a_healthy_model_and_a_table_of_few_kinds_of_rows_are_not_stopped() {
    let ward = Ward::new(RowForm::Json);
    for new in [30, 15, 6] {
        assert!(
            ask(&ward, 300, None, |number| replies(number, new)).shortfall.is_none(),
            "{new} of 30 are new"
        );
    }
    let plain = Ward { is_rich: false, ..ward };
    let gathered = ask(&plain, 900, None, |number| replies(number, 0));
    assert_eq!((gathered.rows.len(), gathered.shortfall), (900, None), "equal rows are no fault there");
}

/// A copy was refused only in the answer to the prompt that had shown it; other answers brought it back.
#[test]
fn a_row_that_may_be_shown_is_a_copy_in_every_answer() {
    let shown = Record(vec![Cell::Number(120.5), Cell::Level(0), Cell::Number(20_781.0)]);
    let reply = |_: usize| (format!(r#"{{"rows": [{A}]}}"#), Finish::Stop);
    let ward = Ward { pool: vec![shown], ..Ward::new(RowForm::Json) };
    let gathered = ask(&ward, 1, Some(1), reply);
    assert_eq!(gathered.tally.rejected.get(&Reason::Copy), Some(&1), "{:?}", gathered.tally);
    // Where equal rows are no wonder, it is no copy.
    let plain = Ward { is_rich: false, ..ward };
    assert_eq!(ask(&plain, 1, Some(1), reply).rows.len(), 1);
}

/// Three candidates for each record: one without a sex, one of 0.8 and one of 0.2.
fn three_candidates(number: usize) -> (String, Finish) {
    let mut rows = Vec::new();
    for record in 0..30 {
        let own = 50.0 + (number * 30 + record) as f64 * 0.1;
        rows.push(format!(
            r#"{{"pressure": {own:.1}, "sex": "?", "seen": "2026-11-24", "probability": 0.9}}"#
        ));
        for (sex, probability) in [("F", "0.8"), ("M", "0.2")] {
            rows.push(format!(
                r#"{{"pressure": {own:.1}, "sex": "{sex}", "seen": "2026-11-24", "probability": {probability}}}"#
            ));
        }
    }
    (format!("{{\"rows\": [{}]}}", rows.join(",")), Finish::Stop)
}

#[test]
fn one_candidate_for_each_record_is_drawn_by_its_probability_and_the_others_are_no_failure() {
    let ward = Ward { candidates: 3, ..Ward::new(RowForm::Json) };
    let gathered = ask(&ward, 3_000, None, three_candidates);
    assert_eq!((gathered.rows.len(), gathered.shortfall), (3_000, None));
    let women = gathered.rows.iter().filter(|row| row.0[1] == Cell::Level(0)).count() as f64;
    // 0.8 among those that can be; five standard deviations of 3,000 draws are 0.037 (a false alarm in two million).
    assert!((women / 3_000.0 - 0.8).abs() < 0.037, "{women}");
    let pressures: std::collections::BTreeSet<String> =
        gathered.rows.iter().map(|row| format!("{:?}", row.0[0])).collect();
    assert_eq!(pressures.len(), 3_000, "one of each record");
    let tally = &gathered.tally;
    assert_eq!(tally.rejected[&Reason::NotDrawn], 3_000);
    assert_eq!(
        tally.rejected[&Reason::OutOfDomain],
        tally.produced / 3,
        "what is wrong with a candidate is told"
    );
    let acceptance = tally.acceptance();
    assert_eq!((acceptance.produced, acceptance.accepted), (tally.produced / 3, 3_000));
    assert!(
        acceptance.mean() > 0.98,
        "every record was had but those beyond the number asked for: {tally:?}"
    );
    let again = ask(&ward, 3_000, None, three_candidates);
    assert_eq!(again.rows, gathered.rows, "the draw is ours and seeded");
}
