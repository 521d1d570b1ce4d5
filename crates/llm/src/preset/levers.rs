//! Do the levers against sameness do what their settings say?

use super::tests::{Proxy, data, declare_ranges, gather, prepare};
use super::{Brief, ENGINES};
use crate::accept::Reason;
use crate::backend::Mock;
use crate::ledger::Budget;
use crate::schema::rows_schema;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use verosim_core::{
    Context, Contract, Disclosure, Hint as _, PrivacyClass, Request, RowContract, Schema, Seeded,
};
use verosim_data::Train;
use verosim_data::constrain::{Rules, allowances};
use verosim_data::world::clinic;

const PRESETS: [&str; 4] = ["cllm", "epic", "great", "llm-zero"];

fn patients() -> (Schema, Train) {
    let (mut schema, train) = data(&clinic(300, Seeded::new(1)));
    declare_ranges(&mut schema, &train);
    (schema, train)
}

fn contract(request: &Request) -> &RowContract {
    let Contract::Rows(contract) = &request.contract else { panic!() };
    contract
}

fn sections(request: &Request) -> Vec<&'static str> {
    request.prompt.sections().iter().map(verosim_core::Section::id).collect()
}

#[test]
fn settled_values_are_kept_in_every_form_and_rows_that_lack_them_are_refused() {
    let (schema, train) = patients();
    for id in PRESETS {
        let set = [("condition", json!("age, sex"))];
        let fitted = prepare(id, &set, &schema, Some(&train), None, Disclosure::Rows);
        let proxy = Proxy::new("");
        let gathered = gather(&*fitted, 70, &proxy, Budget::default());
        assert_eq!((gathered.rows.len(), gathered.shortfall), (70, None), "{id}");
        assert!(!gathered.tally.rejected.contains_key(&Reason::Given), "{id}: {:?}", gathered.tally.rejected);
        for request in proxy.sent.lock().unwrap().iter() {
            let contract = contract(request);
            assert_eq!(contract.given.len(), contract.rows, "{id}: every row has its own");
            for given in &contract.given {
                let names: BTreeSet<&str> =
                    given.iter().map(|(at, _)| contract.columns[*at].name.as_str()).collect();
                assert_eq!(names, BTreeSet::from(["age", "sex"]), "{id}");
            }
        }
        let deaf = gather(&*fitted, 70, &Mock::open("?ignore=0.3").unwrap(), Budget::default());
        assert_eq!(deaf.rows.len(), 70, "{id}: {:?}", deaf.shortfall);
        let refused: u64 = deaf.tally.rejected.values().sum();
        assert!(refused > 0, "{id}");
    }
}

#[test]
fn a_column_that_is_not_there_cannot_be_settled() {
    let (schema, train) = patients();
    for id in PRESETS {
        let engine = ENGINES.iter().find(|engine| engine.page().id == id).unwrap();
        let settings: Map<String, Value> = [("condition".to_owned(), json!("agee"))].into_iter().collect();
        let columns = allowances(&schema, Some(&train), 5, Seeded::new(1));
        let brief = Brief {
            columns,
            train: Some(&train),
            sealed: None,
            target: None,
            about: None,
            rules: &Rules::default(),
            disclosure: Disclosure::Metadata,
        };
        let error = engine.configure(&settings).unwrap().fit(&brief, Seeded::new(2), Context::silent());
        let error = error.err().unwrap();
        assert_eq!(error.to_string(), "there is no column `agee`");
        assert_eq!(error.hint().as_deref(), Some("did you mean `age`?"));
    }
}

#[test]
fn candidates_with_probabilities_are_asked_for_and_one_of_each_record_is_taken() {
    let (schema, train) = patients();
    for id in ["cllm", "llm-zero"] {
        let set = [("verbalised", json!(5)), ("condition", json!("sex")), ("prevalence", json!("model"))];
        let set = if id == "cllm" { &set[..] } else { &set[..2] };
        let fitted = prepare(id, set, &schema, Some(&train), None, Disclosure::Rows);
        assert_eq!(fitted.rows_per_reply(), 6, "thirty rows are six records of five candidates");
        let proxy = Proxy::new("");
        let gathered = gather(&*fitted, 90, &proxy, Budget::default());
        assert_eq!((gathered.rows.len(), gathered.shortfall), (90, None), "{id}");
        let tally = &gathered.tally;
        assert!(tally.rejected[&Reason::NotDrawn] >= 4 * 90, "{id}: {tally:?}");
        assert!(tally.acceptance().mean() > 0.7, "{id}: what was not drawn is no failure: {tally:?}");
        for request in proxy.sent.lock().unwrap().iter() {
            let contract = contract(request);
            assert_eq!(contract.columns.last().unwrap().name, "probability");
            let schema = rows_schema(contract);
            let said = &schema["properties"]["rows"]["items"]["properties"]["probability"];
            assert_eq!(
                (said["minimum"].as_f64(), said["maximum"].as_f64()),
                (Some(0.0), Some(1.0)),
                "{said}"
            );
            assert!(contract.given.chunks(5).all(|record| record.iter().all(|given| *given == record[0])));
            let words = request.prompt.sections().iter().find(|section| section.id() == "output_contract");
            assert!(words.unwrap().text().contains("5 candidates for each of"));
        }
    }
}

/// A column of that name keeps it, and the likelihood gets another.
#[test]
fn a_column_called_probability_is_not_taken_for_one() {
    let mut columns = clinic(60, Seeded::new(3)).columns()[..4].to_vec();
    columns[3].name = "probability".into();
    let (schema, train) = data(&verosim_data::RawTable::new(columns).unwrap());
    let fitted = prepare("cllm", &[("verbalised", json!(3))], &schema, Some(&train), None, Disclosure::Rows);
    let proxy = Proxy::new("");
    gather(&*fitted, 10, &proxy, Budget::default());
    let sent = proxy.sent.lock().unwrap();
    let names: Vec<&str> = contract(&sent[0]).columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names.last(), Some(&"_probability"), "{names:?}");
    assert!(names.contains(&"probability"));
}

#[test]
fn the_temperature_of_a_request_follows_from_its_number() {
    let (schema, train) = patients();
    let set = [("temperature", json!(0.5)), ("temperature_to", json!(1.5)), ("temperature_over", json!(5))];
    for id in PRESETS {
        let fitted = prepare(id, &set, &schema, Some(&train), None, Disclosure::Rows);
        let proxy = Proxy::new("?fail=1");
        gather(&*fitted, 500, &proxy, Budget::default());
        let sent = proxy.sent.lock().unwrap();
        let told: Vec<f64> = sent.iter().take(7).map(|request| request.temperature).collect();
        assert_eq!(told, [0.5, 0.75, 1.0, 1.25, 1.5, 1.5, 1.5], "{id}");
    }
}

#[test]
fn writers_and_orders_change_with_the_request_and_come_from_the_seed() {
    let (schema, train) = patients();
    let set = [("sections", json!("shuffled")), ("order", json!("random")), ("rows_per_reply", json!(3))];
    for id in ["cllm", "llm-zero"] {
        let fitted = prepare(id, &set, &schema, Some(&train), None, Disclosure::Rows);
        let sent = || {
            let proxy = Proxy::new("");
            gather(&*fitted, 60, &proxy, Budget::default());
            proxy.sent.into_inner().unwrap()
        };
        let requests = sent();
        let mut writers = BTreeSet::new();
        let (mut orders, mut columns) = (BTreeSet::new(), BTreeSet::new());
        for request in &requests {
            let persona = request.prompt.sections().iter().find(|section| section.id() == "persona").unwrap();
            assert_eq!(persona.class(), PrivacyClass::Public);
            writers.insert(persona.text().to_owned());
            let ids = sections(request);
            assert_eq!(
                (ids[0], ids[ids.len() - 2], ids[ids.len() - 1]),
                ("role", "output_contract", "trigger")
            );
            orders.insert(ids);
            columns.insert(
                contract(request).columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>(),
            );
        }
        let n = requests.len();
        assert!(writers.len() > n / 2 && orders.len() > 5 && columns.len() > n / 2, "{id}: {n} requests");
        assert_eq!(sent(), requests, "{id}: equal seeds ask equally");
        let plain = prepare(id, &[("personas", json!("off"))], &schema, Some(&train), None, Disclosure::Rows);
        let proxy = Proxy::new("");
        gather(&*plain, 200, &proxy, Budget::default());
        let orders: BTreeSet<_> = proxy.sent.lock().unwrap().iter().map(sections).collect();
        assert_eq!(orders.len(), 1, "{id}: servers can cache what is always the same");
        assert!(!orders.first().unwrap().contains(&"persona"));
    }
}
