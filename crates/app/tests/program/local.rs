//! Do models in this process write valid rows, whatever their weights?

use crate::session::Session;
use serde_json::{Map, Value, json};
use verosim_nano::{Nano, Shape};

/// Twenty columns: levels, ranges, days and decimals.
pub(crate) fn twenty_columns() -> Value {
    let mut columns = Map::new();
    let mut put = |name: &str, sdtype: &str, ours: Value| {
        columns.insert(name.into(), json!({ "sdtype": sdtype, "x-verosim": ours }));
    };
    let decimals =
        |most: u8| json!({ "as": "number", "min_decimals": 0, "max_decimals": most, "point": "." });
    for (name, low, high) in [
        ("age", 18, 99),
        ("parity", 0, 9),
        ("heart_rate", 30, 220),
        ("platelets", 5, 900),
        ("offset", -30, 30),
    ] {
        put(name, "numerical", json!({ "kind": "count", "bounds": [low, high] }));
    }
    for (name, low, high, most) in [
        ("bmi", 12.0, 60.0, 1),
        ("lactate", 0.2, 25.0, 2),
        ("base_excess", -25.5, 25.5, 1),
        ("creatinine", 0.15, 12.0, 2),
        ("ph", 6.8, 7.8, 3),
    ] {
        let mut ours = json!({ "kind": "continuous", "bounds": [low, high] });
        ours["format"] = decimals(most);
        put(name, "numerical", ours);
    }
    for (name, levels) in [
        ("sex", &["F", "M"][..]),
        ("smoker", &["never", "former", "current"]),
        ("triage", &["1 red", "2 orange", "3 yellow", "4 green", "5 blue"]),
        ("diagnosis", &["I21.4", "J18.9", "A41.9", "S72.0", "E11.9", "N17.9"]),
        ("ward", &["CCU, east", "MICU \"A\"", "SICU"]),
        ("insurance", &["public", "private", "none"]),
        ("blood_group", &["0", "A", "B", "AB"]),
        ("died", &["yes", "no"]),
    ] {
        put(name, "categorical", json!({ "kind": "nominal", "levels": levels }));
    }
    for (name, low, high) in [("admitted", 17_000, 19_000), ("discharged", 17_000, 19_100)] {
        let pattern = json!({ "as": "time", "pattern": "%Y-%m-%d" });
        put(name, "datetime", json!({ "kind": "date", "bounds": [low, high], "format": pattern }));
    }
    json!({ "METADATA_SPEC_VERSION": "V1", "tables": { "t": { "columns": columns } } })
}

#[test]
fn random_weights_give_valid_rows_only() {
    let session = Session::new();
    session.file("m.json", twenty_columns().to_string());
    let nano = Nano::random(Shape::SMALL, 7).unwrap();
    nano.write_gguf(&session.path("nano.gguf"), true).unwrap();
    nano.write_folder(&session.path("nano")).unwrap();
    let fit = session.run(&["fit", "m.json", "--engine", "llm-zero", "-o", "model"]);
    assert_eq!(fit.code, 0, "{}", fit.err);
    for model in ["nano.gguf", "nano"] {
        let out = format!("{model}.csv");
        let sample =
            session.run(&["sample", "model", "-n", "12", "--model", model, "--json", "-o", &out]).ends(0);
        assert_eq!(session.text(&out).lines().count(), 13);
        let told: Value = serde_json::from_str(sample.out.trim()).unwrap();
        let account = &told["account"];
        let refused = account["refused"].as_array().unwrap();
        assert!(refused.iter().all(|reason| reason[0] == "cut off"), "{account}");
        assert_eq!(
            (account["repaired"].as_u64(), account["counted_by"].as_str()),
            (Some(0), Some("tokenizer"))
        );
        assert!(account["masked"].as_f64().unwrap() > 0.3, "{account}");
    }
}
