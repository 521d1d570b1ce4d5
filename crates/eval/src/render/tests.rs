//! Does the page say everything, leak nothing, and need no network?

use crate::card::{About, CARD_VERSION, Card, ColumnPicture, Entry, Outcome, Reading, Status, Verdict};
use crate::render::{card_from_json, html, json, markdown};

fn card() -> Card {
    let entry = |id: &str, reading: Option<Reading>| Entry {
        id: id.into(),
        name: id.into(),
        family: "realism".into(),
        question: "q".into(),
        direction: "higher".into(),
        unit: "AUC".into(),
        status: if reading.is_some() { Status::Ok } else { Status::Failed },
        reason: reading.is_none().then(|| "needs <two> columns".into()),
        reading,
        ceiling: reading,
        floor: None,
        position: Some(0.9),
        method: String::new(),
        parts: Vec::new(),
        seconds: 0.1,
    };
    let reading = Reading { value: 0.52, interval: None, n: 100 };
    Card {
        version: CARD_VERSION,
        about: About { title: "<script>alert(1)</script>".into(), ..About::default() },
        verdicts: vec![Verdict {
            question: "realism".into(),
            outcome: Outcome::Pass,
            sentence: "s".into(),
            gates: vec![("re.c2st".into(), Outcome::Pass, "rule".into())],
        }],
        warnings: vec!["few rows".into()],
        entries: vec![entry("re.c2st", Some(reading)), entry("re.acc2", None)],
        columns: vec![ColumnPicture {
            name: "a\"b<i>".into(),
            kind: "nominal".into(),
            missing: [0.0, 0.1, 0.2],
            labels: vec!["x".into(), "other".into()],
            edges: Vec::new(),
            holdout: vec![Some(0.9), None],
            synthetic: vec![Some(0.8), Some(0.2)],
            similarity: Some(0.9),
            ceiling: None,
            measure: "TV".into(),
            solo_auc: None,
        }],
        associations: None,
        giveaways: Vec::new(),
        tasks: Vec::new(),
        attacks: Vec::new(),
        copying: Vec::new(),
        costs: Vec::new(),
        exchange: None,
        curated: None,
    }
}

#[test]
fn names_are_escaped_and_nothing_is_loaded() {
    let page = html(&card());
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert"));
    assert!(!page.contains("a\"b<i>"), "column names are escaped");
    for word in ["http://", "https://", "src=", "@import", "url(", "NaN"] {
        assert!(!page.replace("isNaN", "").contains(word), "{word} in the page");
    }
    assert!(page.contains("&lt; 11 rows"), "suppressed counts are said");
    assert!(page.contains("needs &lt;two&gt; columns"), "a reason stands where there is no number");
    for metric in crate::METRICS {
        assert!(page.contains(metric.info().id), "{} is explained", metric.info().id);
    }
    for tag in ["section", "table", "details", "article", "svg", "tbody"] {
        let count = |text: &str| page.matches(text).count();
        let opened = count(&format!("<{tag}>")) + count(&format!("<{tag} "));
        assert_eq!(opened, count(&format!("</{tag}>")), "every <{tag}> is closed");
    }
}

#[test]
fn cards_come_back_and_other_versions_are_refused() {
    let card = card();
    assert_eq!(card_from_json(&json(&card)).unwrap(), card);
    let other = json(&card).replacen("\"version\": 1", "\"version\": 9", 1);
    assert_eq!(
        card_from_json(&other).unwrap_err().to_string(),
        "the card has version 9; this build reads version 1"
    );
    assert!(card_from_json("{").is_err());
}

#[test]
fn markdown_has_the_verdict_and_every_entry() {
    let text = markdown(&card());
    assert!(text.contains("- **realism: pass.** s"));
    assert!(text.contains("| `re.acc2` re.acc2 | needs &lt;two> columns |"));
}
