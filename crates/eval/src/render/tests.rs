//! Does the page say everything, leak nothing, and need no network?

use crate::card::{About, CARD_VERSION, Card, ColumnPicture, Entry, Outcome, Reading, Status, Verdict};
use crate::card::{Probe, ProbedFamily, ProbedPeople, ProbedRate, ProbedTable, ProbedTest, Prompts};
use crate::render::{card_from_json, html, json, markdown, probe_html, probe_markdown, probe_verdicts};

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
        strongest: Some(crate::card::Strongest {
            scores: vec![crate::card::FamilyScore {
                id: "pm.dcr".into(),
                name: "Near <by>".into(),
                space: "own ranks".into(),
                auc: reading,
                found: None,
                advantage: 1.23,
                p: 0.12,
            }],
            strongest: 0,
            p: 0.0245,
            permutations: 2_000,
            least_detectable: 0.541,
            outlying: vec![
                crate::card::Outlying { at: 9, auc: None },
                crate::card::Outlying { at: 10, auc: Some(reading) },
            ],
        }),
        rules: vec![crate::card::RuleCount {
            id: "bp".into(),
            severity: "impossible".into(),
            words: "below <the> other".into(),
            source: None,
            holdout: None,
            synthetic: Some(Reading { value: 12.5, interval: None, n: 80 }),
            train: None,
            excess: None,
            refused: Some(7),
        }],
        clinical: None,
        equity: Vec::new(),
        canaries: Some(crate::card::CanaryAudit {
            planted: 51,
            controls: 49,
            kinds: vec![crate::card::CanaryRates {
                kind: "exact number".into(),
                planted: 20,
                found: 9,
                controls: 20,
                alarms: 1,
            }],
            auc: Some(reading),
            found: reading,
            alarms: reading,
            guesses: 10,
            epsilon: 1.25,
            epsilon_of_rates: 1.5,
            epsilon_at_most: 2.0,
        }),
        relations: crate::card::Relations {
            worst: vec![crate::card::PairGap {
                first: "sex<".into(),
                second: "preg|nant".into(),
                measure: "Cramér's V".into(),
                holdout: 0.41,
                synthetic: 0.02,
            }],
            offered: vec![crate::card::OfferedRule {
                kind: "order".into(),
                words: "`dbp<` is never above `sbp`".into(),
                broken: 0.125,
                n: 80,
            }],
        },
        ..Card::default()
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
    assert!(
        page.contains("below &lt;the&gt; other</td>") && page.contains("<td>12.5</td><td>7</td>"),
        "rules are told"
    );
    assert!(
        page.contains("48 of 2000 permutations") && page.contains("Near &lt;by&gt; (own ranks)"),
        "attacks"
    );
    assert!(page.contains("<tr><th scope=\"row\">10</th>") && !page.contains("<tr><th scope=\"row\">9</th>"));
    assert!(page.contains("9 of 20 found, 1 of 20 controls") && page.contains("must not be released"));
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

fn probe() -> Probe {
    let rate = |told: u64| ProbedRate { told, asked: 20, value: told as f64 / 20.0, low: 0.0, high: 1.0 };
    let family = |family: &str, told: u64, p: f64| ProbedFamily {
        family: family.into(),
        members: rate(told),
        strangers: rate(1),
        p,
        ..ProbedFamily::default()
    };
    let people = ProbedPeople {
        leaks: true,
        sensitive: "dia|gno<i>sis".into(),
        worst: Some(1),
        families: vec![family("cloze", 2, 0.4), family("template", 19, 3.2e-9)],
        prompts: Prompts { asked: 80, unanswered: 7, beyond_budget: 3 },
        ..ProbedPeople::default()
    };
    let test = ProbedTest {
        test: "header".into(),
        decides: true,
        told: rate(2),
        copy: Some(rate(1)),
        guess: 0.04,
        p: 0.5,
        ..ProbedTest::default()
    };
    let published = ProbedTable { table: "heart".into(), tests: vec![test], ..ProbedTable::default() };
    Probe { version: 1, people: Some(people), published: Some(published), ..Probe::default() }
}

#[test]
fn a_probe_names_its_worst_family_and_says_what_was_left_out() {
    let probe = probe();
    let verdicts = probe_verdicts(&probe);
    assert_eq!((verdicts[0].outcome, verdicts[1].outcome), (Outcome::Fail, Outcome::Pass));
    let sentence = &verdicts[0].sentence;
    assert!(sentence.contains("worst is template at temperature 0: 19 of 20 against 1 of 20"), "{sentence}");
    assert!(
        sentence.contains("7 of 80 questions brought no answer, 3 of these because the budget"),
        "{sentence}"
    );
    assert!(verdicts[1].sentence.contains("2 of 20 right, 1 of 20 of the copy, 4 % by guessing"));
    assert!(probe.fails());
    let none = Probe { people: Some(ProbedPeople::default()), ..Probe::default() };
    assert_eq!(probe_verdicts(&none)[0].outcome, Outcome::NotAssessable);
    let text = probe_markdown(&probe);
    assert!(text.contains("| template | 0 | 19/20 (95 %, 0 to 100) | 1/20 (5 %, 0 to 100) |"), "{text}");
    assert!(text.contains("`dia\\|gno&lt;i>sis`"), "{text}");
    let page = probe_html(&probe);
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n") && !page.contains("gno<i>"));
    for tag in ["section", "table", "article", "svg", "tbody", "main", "header"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "every <{tag}> is closed");
    }
}

#[test]
fn the_report_has_the_section_of_a_probe_only_when_there_was_one() {
    let mut card = card();
    let title = "What the model tells of people";
    assert!(!html(&card).contains(title) && !markdown(&card).contains(title));
    card.probe = Some(probe());
    assert!(html(&card).contains(title) && html(&card).contains("href=\"#people\""));
    assert!(markdown(&card).contains(title) && markdown(&card).contains("| header | 2/20"));
    assert_eq!(card_from_json(&json(&card)).unwrap(), card);
}

#[test]
fn pairs_and_offered_rules_are_shown_and_escaped() {
    let (page, text) = (html(&card()), markdown(&card()));
    assert!(
        page.contains("sex&lt; and preg|nant") && page.contains("12.5 %") && page.contains("never above")
    );
    assert!(
        text.contains("preg\\|nant | Cramér's V | 0.41 | 0.02") && text.contains("`dbp&lt;` is never above")
    );
}
