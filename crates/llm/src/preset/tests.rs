//! Do all presets keep what they promise, whatever the model does?

use super::{Brief, DynPrompted, ENGINES};
use crate::backend::{Access, Mock, open};
use crate::harvest::{Desk, Gathered, Why};
use crate::ledger::{Budget, BudgetLimit, Ledger, Price};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use verosim_core::{
    Context, Disclosure, Kind, LanguageModel, ModelError, Place, PrivacyClass, Reply, Request, Schema, Seeded,
};
use verosim_data::constrain::{Allowed, RuleText, Rules, Severity, allowances};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::world::clinic;
use verosim_data::{Cells, RawColumn, RawTable, SourceType, Train};

/// Keeps every byte that reaches the model, like a proxy on the wire.
pub(super) struct Proxy {
    inner: Mock,
    pub(super) sent: Mutex<Vec<Request>>,
}

impl Proxy {
    pub(super) fn new(name: &str) -> Self {
        Self { inner: Mock::open(name).unwrap(), sent: Mutex::default() }
    }

    fn bytes(&self) -> String {
        serde_json::to_string(&*self.sent.lock().unwrap()).unwrap()
    }
}

impl LanguageModel for Proxy {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn place(&self) -> Place {
        self.inner.place()
    }
    fn complete_all(&self, requests: &[Request], ctx: Context<'_>) -> Vec<Result<Reply, ModelError>> {
        self.sent.lock().unwrap().extend(requests.iter().cloned());
        self.inner.complete_all(requests, ctx)
    }
}

pub(super) fn data(raw: &RawTable) -> (Schema, Train) {
    let schema = infer(raw, &InferOptions::default());
    let table = parse(raw, &schema).unwrap();
    (schema, Train::new(table, None))
}

/// Ranges that nobody declared are not told at metadata, and a stand-in cannot guess them.
pub(super) fn declare_ranges(schema: &mut Schema, train: &Train) {
    for allowed in allowances(&schema.clone(), Some(train), 5, Seeded::new(1)) {
        if let Allowed::Number { range: Some(range), .. } = allowed.values {
            let at = schema.index_of(&allowed.schema.name).unwrap();
            schema.columns[at].bounds = Some((range.low, range.high));
        }
    }
}

fn settings(pairs: &[(&str, Value)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

pub(super) fn prepare(
    id: &str,
    set: &[(&str, Value)],
    schema: &Schema,
    train: Option<&Train>,
    target: Option<&str>,
    disclosure: Disclosure,
) -> Box<dyn DynPrompted> {
    prepare_with(id, set, schema, train, target, disclosure, &Rules::default())
}

fn prepare_with(
    id: &str,
    set: &[(&str, Value)],
    schema: &Schema,
    train: Option<&Train>,
    target: Option<&str>,
    disclosure: Disclosure,
    rules: &Rules,
) -> Box<dyn DynPrompted> {
    let engine = ENGINES.iter().find(|engine| engine.page().id == id).unwrap();
    let columns = allowances(schema, train, 5, Seeded::new(1));
    let brief = Brief { columns, train, sealed: None, target, about: Some("a clinic"), rules, disclosure };
    let fitted =
        engine.configure(&settings(set)).unwrap().fit(&brief, Seeded::new(2), Context::silent()).unwrap();
    // What is saved and read back is the same.
    let again = engine.load(&fitted.save()).unwrap();
    assert_eq!(again.save(), fitted.save());
    again
}

pub(super) fn gather(
    engine: &dyn DynPrompted,
    n: usize,
    model: &dyn LanguageModel,
    budget: Budget,
) -> Gathered {
    let price = Price {
        name: "mock".into(),
        input: 1.0,
        cached: None,
        output: 2.0,
        active_billions: None,
        total_billions: None,
        grams_per_kwh: None,
    };
    let ledger = Ledger::new("mock", &model.place(), budget, Some((price, "USD of today".into())));
    let mut desk = Desk::new(model, engine.disclosure(), ledger);
    let gathered = engine.gather(n, &mut desk, Seeded::new(3), Context::silent()).unwrap();
    assert_eq!(gathered.tally.accepted as usize, gathered.rows.len());
    let spent = desk.spent();
    assert!(
        budget.tokens.is_none_or(|limit| spent.input_tokens + spent.output_tokens <= limit),
        "never passed"
    );
    assert!(budget.cost.is_none_or(|limit| spent.cost.unwrap() <= limit), "never passed");
    gathered
}

#[test]
fn every_preset_gives_exactly_as_many_valid_rows_as_asked() {
    let (mut schema, train) = data(&clinic(400, Seeded::new(1)));
    declare_ranges(&mut schema, &train);
    for engine in ENGINES {
        let id = engine.page().id;
        for disclosure in Disclosure::ALL {
            let fitted = prepare(id, &[], &schema, Some(&train), None, disclosure);
            let model = Mock::open("").unwrap();
            let gathered = gather(&*fitted, 73, &model, Budget::default());
            assert_eq!(gathered.rows.len(), 73, "{id} {disclosure:?}: {:?}", gathered.shortfall);
            let table = fitted.table(&gathered.rows);
            assert_eq!(table.n_rows(), 73);
            for (column, allowed) in table.columns().iter().zip(fitted.columns()) {
                assert_eq!(column.name, allowed.schema.name);
                assert!(
                    allowed.nullable || column.missing.iter().all(|&code| code == 0),
                    "{id} {}",
                    column.name
                );
            }
            // The same again, at another number of threads.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            let again = pool.install(|| gather(&*fitted, 73, &model, Budget::default()));
            assert_eq!(again.rows, gathered.rows, "{id}");
        }
    }
}

fn rule(id: &str, condition: &str) -> RuleText {
    RuleText {
        id: id.into(),
        severity: Severity::Impossible,
        words: format!("words of {id}"),
        source: None,
        never: Some(condition.into()),
        when: None,
        then: None,
    }
}

#[test]
fn rules_are_told_at_every_disclosure_and_records_that_break_them_are_counted_and_refused() {
    let (mut schema, train) = data(&clinic(400, Seeded::new(1)));
    declare_ranges(&mut schema, &train);
    let written = [rule("young", "age < 60"), rule("low", "age < 50")];
    let rules = Rules::check(&written, &schema, train.table()).unwrap();
    for engine in ENGINES {
        let id = engine.page().id;
        let fitted = prepare_with(id, &[], &schema, Some(&train), None, Disclosure::Metadata, &rules);
        let proxy = Proxy::new("");
        let gathered = gather(&*fitted, 40, &proxy, Budget::default());
        for request in proxy.sent.lock().unwrap().iter() {
            let told = request.prompt.sections().iter().find(|section| section.id() == "rules").unwrap();
            assert!(told.class() <= PrivacyClass::Metadata, "{id}");
            assert!(told.text().contains("words of young (never age < 60)"), "{id}: {}", told.text());
        }
        if id == "llm-elicit" {
            continue; // Its sampler draws what it draws; whoever takes the rows refuses them.
        }
        let tally = &gathered.tally;
        assert!(
            rules.broken(&fitted.table(&gathered.rows)).iter().all(|broken| !broken.rows.contains(&true))
        );
        // Every record below 50 is below 60 as well.
        assert_eq!(tally.rules["young"], tally.rejected[&crate::accept::Reason::Rule], "{id}");
        assert!(
            tally.rules["low"] > 0 && tally.rules["low"] < tally.rules["young"],
            "{id}: {:?}",
            tally.rules
        );
    }
    let never = [rule("nobody", "age >= 0")];
    let rules = Rules::check(&never, &schema, train.table()).unwrap();
    let fitted = prepare_with("cllm", &[], &schema, Some(&train), None, Disclosure::Rows, &rules);
    let shortfall = gather(&*fitted, 40, &Mock::open("").unwrap(), Budget::default()).shortfall.unwrap();
    assert!(shortfall.to_string().contains("breaking a rule, mostly `nobody`"), "{shortfall}");
}

/// A table in which every cell is a word or number that stands nowhere else.
fn marked() -> (RawTable, Vec<String>) {
    let mut names = ["record", "surname", "town", "pressure", "weight", "ill"]
        .map(|name| RawColumn::new(name, SourceType::Text));
    let mut cells = Vec::new();
    for row in 0..120 {
        let own = [
            format!("P{:06}", 918_273 + row),
            format!("Zq{}xa", ["ber", "kol", "mun", "tav"][row % 4].to_owned() + &row.to_string()),
            format!("Vleskow{}", row % 3),
            format!("{}", 7_310 + 13 * row),
            format!("{:.3}", 61.127 + 0.317 * row as f64),
            ["jyes", "jno"][row % 2].to_owned(),
        ];
        for (column, cell) in names.iter_mut().zip(&own) {
            column.push(cell);
            cells.push(cell.clone());
        }
    }
    (RawTable::new(names.to_vec()).unwrap(), cells)
}

/// The proxy test: at the default class for servers, no cell of the training table is in any byte sent.
#[test]
fn no_cell_of_the_training_table_is_sent_at_metadata() {
    let (raw, cells) = marked();
    let (schema, train) = data(&raw);
    for engine in ENGINES {
        let id = engine.page().id;
        let fitted = prepare(id, &[], &schema, Some(&train), Some("ill"), Disclosure::Metadata);
        let proxy = Proxy::new("");
        gather(&*fitted, 60, &proxy, Budget::default());
        let sent = proxy.bytes();
        for cell in &cells {
            // Numbers that stand in a longer number are no cell.
            let told = sent.match_indices(cell.as_str()).any(|(at, _)| {
                let neighbour = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.');
                !neighbour(sent[..at].chars().next_back())
                    && !neighbour(sent[at + cell.len()..].chars().next())
            });
            assert!(!told, "{id} sent {cell}");
        }
        for request in proxy.sent.lock().unwrap().iter() {
            assert!(request.prompt.class() <= PrivacyClass::Metadata, "{id}");
            assert_eq!(request.prompt.real_rows(), 0);
        }
    }
}

#[test]
fn rows_are_shown_only_where_rows_may_be_told_and_identifiers_never() {
    let (raw, cells) = marked();
    let (schema, train) = data(&raw);
    let names: Vec<&String> = cells.iter().filter(|cell| cell.starts_with('P')).collect();
    let mut shown = BTreeSet::new();
    for engine in ENGINES {
        for disclosure in Disclosure::ALL {
            let fitted = prepare(engine.page().id, &[], &schema, Some(&train), Some("ill"), disclosure);
            let proxy = Proxy::new("");
            gather(&*fitted, 30, &proxy, Budget::default());
            let sent = proxy.bytes();
            assert!(names.iter().all(|name| !sent.contains(name.as_str())), "{}", engine.page().id);
            let rows: usize =
                proxy.sent.lock().unwrap().iter().map(|request| request.prompt.real_rows()).sum();
            assert!(rows == 0 || disclosure == Disclosure::Rows);
            if rows > 0 {
                shown.insert(engine.page().id);
            }
        }
    }
    assert_eq!(shown, BTreeSet::from(["cllm", "epic", "great"]));
}

/// Regression (CLLM's published loop resampled its own last sample, so distinct examples died out).
#[test]
fn examples_come_from_the_whole_set_in_every_round() {
    let (schema, train) = data(&clinic(60, Seeded::new(4)));
    let fitted =
        prepare("cllm", &[("rows_per_reply", json!(1))], &schema, Some(&train), None, Disclosure::Rows);
    let stored = fitted.stored();
    let pool = stored.iter().find(|fact| fact.what.starts_with("real rows")).unwrap().items;
    let proxy = Proxy::new("");
    gather(&*fitted, 200, &proxy, Budget::default());
    let mut shown = BTreeSet::new();
    for request in proxy.sent.lock().unwrap().iter() {
        let examples = request.prompt.sections().iter().find(|section| section.id() == "examples").unwrap();
        shown.extend(
            examples.text().lines().filter(|line| line.contains("{\"")).map(|line| {
                line.trim_start_matches("{\"rows\":[").trim_end_matches([',', ']', '}']).to_owned()
            }),
        );
    }
    assert_eq!(shown.len(), pool, "after 200 rounds every row of the pool was shown");
}

/// Regression (GReaT's published loop never ended at a tiny yield, and returned a short table in silence).
#[test]
fn at_one_in_a_thousand_the_loop_ends_and_says_what_is_possible() {
    let (mut schema, train) = data(&clinic(300, Seeded::new(1)));
    declare_ranges(&mut schema, &train);
    for id in ["cllm", "epic", "great", "llm-zero"] {
        let fitted = prepare(id, &[], &schema, Some(&train), None, Disclosure::Rows);
        let model = Mock::open("?garbage=0.999").unwrap();
        let gathered = gather(&*fitted, 1_000, &model, Budget::default());
        let shortfall = gathered.shortfall.unwrap();
        assert!(gathered.rows.len() < 1_000 && gathered.rows.len() == shortfall.accepted, "{id}");
        assert!(matches!(shortfall.why, Why::OutOfReach { .. }), "{id}: {shortfall}");
        let (least, most) = shortfall.possible.unwrap();
        assert!(least < most && most < 1_000, "{id}: {least} {most}");
        let rejected: u64 = gathered.tally.rejected.values().sum();
        assert_eq!(gathered.tally.produced, rejected + gathered.tally.accepted);
    }
}

#[test]
fn budgets_are_kept_and_named() {
    let (schema, train) = data(&clinic(300, Seeded::new(1)));
    let fitted = prepare("cllm", &[], &schema, Some(&train), None, Disclosure::Rows);
    let model = Mock::open("").unwrap();
    for (budget, limit) in [
        (Budget { tokens: Some(30_000), ..Budget::default() }, BudgetLimit::Tokens),
        (Budget { cost: Some(0.03), ..Budget::default() }, BudgetLimit::Cost),
        (Budget { requests: Some(3), ..Budget::default() }, BudgetLimit::Requests),
    ] {
        let gathered = gather(&*fitted, 2_000, &model, budget);
        let shortfall = gathered.shortfall.unwrap();
        let named = matches!(&shortfall.why, Why::Budget(found) if *found == limit)
            || matches!(shortfall.why, Why::OutOfReach { .. });
        assert!(named && !gathered.rows.is_empty(), "{shortfall}");
    }
}

#[test]
fn failing_models_end_the_loop_or_are_worked_around() {
    let (schema, train) = data(&clinic(300, Seeded::new(1)));
    let fitted = prepare("cllm", &[], &schema, Some(&train), None, Disclosure::Rows);
    for whole in ["?refuse=0.3", "?fence=1", "?cut=0.5", "?fail=0.4", "?garbage=0.4&fence=0.5&cut=0.2"] {
        let gathered = gather(&*fitted, 120, &Mock::open(whole).unwrap(), Budget::default());
        assert_eq!(gathered.rows.len(), 120, "{whole}: {:?}", gathered.shortfall);
    }
    let silent = gather(&*fitted, 120, &Mock::open("?fail=1").unwrap(), Budget::default());
    assert!(matches!(silent.shortfall.unwrap().why, Why::Model(ModelError::Status { status: 500, .. })));
    let parrot = gather(&*fitted, 120, &Mock::open("?repeat=1").unwrap(), Budget::default());
    let rows = parrot.rows.len();
    assert!(matches!(parrot.shortfall.unwrap().why, Why::NothingNew(_)));
    assert!(rows > 0, "what was new is kept");
    assert!(parrot.tally.rejected[&crate::accept::Reason::Repeated] > rows as u64, "repeats are no patients");
    assert!(open("mock:?garbage=2", &Access::default()).is_err());
}

/// Which group is no longer asked for would tell how common it is: at metadata all groups are asked for to the end.
#[test]
fn prevalence_is_not_told_by_what_is_no_longer_asked_for() {
    let (raw, _) = marked();
    let (mut schema, train) = data(&raw);
    declare_ranges(&mut schema, &train);
    for (disclosure, fewest) in [(Disclosure::Metadata, 2), (Disclosure::Rows, 1)] {
        let fitted = prepare("epic", &[], &schema, Some(&train), Some("ill"), disclosure);
        let proxy = Proxy::new("?garbage=0.3");
        assert_eq!(gather(&*fitted, 300, &proxy, Budget::default()).rows.len(), 300);
        let sent = proxy.sent.lock().unwrap();
        let groups = sent.iter().map(|request| match &request.contract {
            verosim_core::Contract::Rows(rows) => rows.groups.len(),
            _ => 0,
        });
        assert_eq!(groups.min(), Some(fewest), "{disclosure:?}");
    }
}

/// Regression (EPIC's balanced prompts destroyed the prevalence of the outcome).
#[test]
fn the_outcome_is_as_common_as_among_real_patients() {
    let raw = clinic(600, Seeded::new(1));
    let (schema, train) = data(&raw);
    let target = schema
        .columns
        .iter()
        .rev()
        .find(|column| column.kind == Kind::Boolean)
        .map(|column| column.name.clone())
        .unwrap();
    for id in ["epic", "cllm", "great"] {
        let fitted = prepare(id, &[], &schema, Some(&train), Some(&target), Disclosure::Rows);
        let columns = fitted.columns();
        let at = columns.iter().position(|column| column.schema.name == target).unwrap();
        let Allowed::Levels { shares, .. } = &columns[at].values else { panic!() };
        let gathered = gather(&*fitted, 200, &Mock::open("").unwrap(), Budget::default());
        let table = fitted.table(&gathered.rows);
        let Cells::Level { codes, .. } = &table.column(&target).unwrap().cells else { panic!() };
        let ones = codes.iter().filter(|&&code| code == 1).count() as f64;
        assert!((ones / 200.0 - shares[1]).abs() < 0.005, "{id}: {ones} of 200, wanted {}", shares[1]);
    }
}

#[test]
fn a_description_alone_is_enough_for_llm_zero() {
    let mut sex = verosim_core::ColumnSchema::declared("sex", Kind::Nominal);
    sex.levels = vec!["F".into(), "M".into()];
    let mut age = verosim_core::ColumnSchema::declared("age", Kind::Count);
    age.bounds = Some((18.0, 99.0));
    let free = verosim_core::ColumnSchema::declared("diagnosis", Kind::Nominal);
    let columns = vec![sex, age, verosim_core::ColumnSchema::declared("glucose", Kind::Continuous), free];
    let schema = Schema { columns, ..Schema::default() };
    let fitted = prepare("llm-zero", &[], &schema, None, None, Disclosure::Metadata);
    assert!(fitted.stored().is_empty(), "nothing about any patient");
    let gathered = gather(&*fitted, 50, &Mock::open("").unwrap(), Budget::default());
    let table = fitted.table(&gathered.rows);
    assert_eq!((table.n_rows(), table.columns().len()), (50, 4));
    let ages = table.column("age").unwrap().numbers().unwrap();
    assert!(ages.iter().filter(|age| age.is_finite()).all(|age| (18.0..=99.0).contains(age)));
}

#[test]
fn saved_preparations_that_do_not_fit_together_are_refused() {
    let (schema, train) = data(&clinic(60, Seeded::new(4)));
    for engine in ENGINES {
        let fitted = prepare(engine.page().id, &[], &schema, Some(&train), None, Disclosure::Rows);
        let saved = fitted.save();
        for (key, value) in [
            ("dependency", json!([0, 0])),
            ("target", json!(999)),
            ("shares", json!([0.5])),
            ("pool", json!([[{ "level": 7 }]])),
            ("columns", json!("none")),
            ("grids", json!([])),
            (
                "evidence",
                json!({ "rows": 3, "outcome": [-1.0], "counts": [], "missing": [], "pairs": [], "above": [] }),
            ),
        ] {
            let mut broken = saved.clone();
            // Not every preparation has all of these.
            if broken.get(key).is_none() {
                continue;
            }
            broken[key] = value;
            assert!(engine.load(&broken).is_err(), "{} {key}", engine.page().id);
        }
    }
}
