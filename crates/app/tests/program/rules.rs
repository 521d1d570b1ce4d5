//! Are rules kept by every engine, counted in every report, and refused in words when they make no sense?

use crate::session::Session;

/// Half of the clinic is older than 60; of men's pregnancies there are none.
const RULES: &str = "version = 1\n\n[[rule]]\nid = \"adults\"\nseverity = \"implausible\"\nwords = \"nobody is above \
                     sixty\"\nsource = \"a test\"\nnever = \"age > 60\"\n\n[[rule]]\nid = \"bp\"\nseverity = \
                     \"impossible\"\nwords = \"diastolic is below systolic\"\nwhen = \"sbp is not missing\"\nthen = \"dbp < \
                     sbp\"\n";

/// Cells of a column.
fn column(csv: &str, name: &str) -> Vec<f64> {
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let at = lines.next().unwrap().iter().position(|head| *head == name).unwrap();
    lines.map(|cells| cells[at].parse().unwrap_or(f64::NAN)).collect()
}

fn keeps_rules(csv: &str) -> bool {
    let (age, sbp, dbp) = (column(csv, "age"), column(csv, "sbp"), column(csv, "dbp"));
    let broken = |row: usize| age[row] > 60.0 || dbp[row] >= sbp[row];
    !(0..age.len()).any(broken)
}

#[test]
fn every_engine_keeps_the_rules_and_counts_what_it_refused() {
    let s = Session::new();
    s.clinic("clinic.csv", 300);
    s.file("rules.toml", RULES);
    for engine in ["trees", "independent", "cllm", "epic", "great", "llm-elicit", "llm-zero"] {
        let words = format!("run clinic.csv --engine {engine} --rules rules.toml -n 60 -q -o {engine}");
        let model = ["--model", "mock:clinic.csv", "--disclose", "rows"];
        let words: Vec<&str> = words.split(' ').chain(model).collect();
        s.run(&words).ends(0);
        let csv = s.text(&format!("{engine}/synthetic/data.csv"));
        assert_eq!(csv.lines().count(), 61, "{engine}");
        assert!(keeps_rules(&csv), "{engine}");
        let ruled = s.json(&format!("{engine}/synthetic/rules.json"));
        let refused = ruled["refused"]["adults"].as_u64().unwrap();
        assert!(refused > 0, "{engine}: {ruled}");
        let card = s.json(&format!("{engine}/report/metrics.json"));
        let rule = &card["rules"][0];
        assert_eq!((rule["id"].as_str(), rule["refused"].as_u64()), (Some("adults"), Some(refused)));
        assert_eq!(rule["synthetic"]["value"].as_f64(), Some(0.0), "{engine}");
        assert!(rule["holdout"]["value"].as_f64() > Some(200.0), "{engine}: {rule}");
        let report = s.text(&format!("{engine}/report/report.html"));
        assert!(report.contains("nobody is above sixty (a test)"), "{engine}");
        assert!(report.contains("real rows break rule `adults`"), "{engine}: refusing bends, and says so");
        s.run(&["verify", engine]).ends(0);
        // The recipe holds the rules, and its own run is made again by it.
        s.run(&["run", "clinic.csv", "--config", &format!("{engine}/recipe.toml"), "-q", "-o", "again"])
            .ends(0);
        assert_eq!(csv, s.text("again/synthetic/data.csv"), "{engine}");
        std::fs::remove_dir_all(s.path("again")).unwrap();
    }
    let account = s.json("cllm/exchange/account.json");
    assert_eq!(account["refused_by_rule"][0][0], "adults");
    let sent = s.text("cllm/exchange/transcript.jsonl");
    assert!(sent.contains("\"id\":\"rules\",\"class\":\"metadata\""), "the model is told the rules");
    // Identifiers go on over rounds of drawing.
    let csv = s.text("trees/synthetic/data.csv");
    let ids: std::collections::BTreeSet<&str> =
        csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(ids.len(), 60);
}

#[test]
fn a_model_keeps_its_rules_and_takes_others() {
    let s = Session::new();
    s.clinic("clinic.csv", 300);
    s.file("rules.toml", RULES);
    s.file("other.toml", RULES.replace("age > 60", "age < 60").replace("adults", "elders"));
    s.run(&["fit", "clinic.csv", "--engine", "independent", "--rules", "rules.toml", "-q", "-o", "m"])
        .ends(0);
    let own = s.run(&["sample", "m", "-n", "80", "-o", "own.csv"]).ends(0);
    assert!(own.err.contains("refused by rule `adults`"), "{}", own.err);
    assert!(keeps_rules(&s.text("own.csv")));
    s.run(&["sample", "m", "-n", "80", "--rules", "other.toml", "-o", "elders.csv"]).ends(0);
    let ages = column(&s.text("elders.csv"), "age");
    assert!(ages.len() == 80 && ages.iter().all(|age| *age >= 60.0));
    // A condition of the draw and the rules hold together.
    let both = s.run(&["sample", "m", "-n", "30", "--where", "age > 50", "-q"]).ends(0);
    let ages = column(&both.out, "age");
    assert!(ages.len() == 30 && ages.iter().all(|age| *age > 50.0 && *age <= 60.0), "{ages:?}");
    // Judging counts and refuses nothing.
    s.run(&["sample", "m", "-n", "200", "--rules", "other.toml", "-q", "-o", "made.csv"]).ends(0);
    s.clinic("all.csv", 500);
    let all = s.text("all.csv");
    let lines: Vec<&str> = all.lines().collect();
    s.file("holdout.csv", [&lines[..1], &lines[301..]].concat().join("\n"));
    let files =
        "evaluate --train clinic.csv --holdout holdout.csv --synthetic made.csv --rules rules.toml -o e -q";
    s.run(&files.split(' ').collect::<Vec<_>>()).ends(0);
    let rule = &s.json("e/metrics.json")["rules"][0];
    assert!(rule["synthetic"]["value"].as_f64() > Some(900.0) && rule["refused"].is_null(), "{rule}");
}

#[test]
fn a_rule_that_everybody_breaks_ends_with_a_shortfall_that_names_it() {
    let s = Session::new();
    s.clinic("clinic.csv", 200);
    s.file("rules.toml", RULES.replace("age > 60", "age >= 0").replace("adults", "nobody"));
    for engine in ["independent", "cllm", "llm-elicit"] {
        let words =
            format!("run clinic.csv --engine {engine} --model mock: --rules rules.toml -n 50 -o {engine}");
        let run = s.run(&words.split(' ').collect::<Vec<_>>()).ends(5);
        assert!(
            run.err.contains("error: 0 of 50 rows") && run.err.contains("`nobody`"),
            "{engine}: {}",
            run.err
        );
        assert!(run.err.contains("hint: "), "{}", run.err);
        assert!(
            !s.path(&format!("{engine}/synthetic/data.csv")).exists(),
            "no short table under the full name"
        );
        assert!(s.json(&format!("{engine}/synthetic/rules.json"))["refused"]["nobody"].as_u64() > Some(49));
    }
}

#[test]
fn rules_that_make_no_sense_are_refused_in_words() {
    let s = Session::new();
    s.clinic("clinic.csv", 200);
    for (rules, words, hint) in [
        (RULES.replace("age", "aeg"), "rule `adults`: there is no column `aeg`", "did you mean `age`?"),
        (
            RULES.replace("severity", "sevrity"),
            "rule `adults` has a key `sevrity`",
            "did you mean `severity`?",
        ),
        (RULES.replace("version = 1", "version = 7"), "`version` is 7; it must be 1", "write 1"),
        (RULES.replace("[[rule]]", "[[rule"), "`rules.toml` is not TOML", "verosim explain rules"),
        (
            RULES.replace("age > 60", "patient_id is missing"),
            "`patient_id` is not learned",
            "leave the rule out",
        ),
        (RULES.replace("id = \"bp\"", "id = \"adults\""), "two rules `adults`", "a name"),
        (RULES.replace("age > 60", "sex = G"), "`G` is not a value of column `sex`", "verosim profile"),
    ] {
        s.file("rules.toml", rules);
        for command in ["run", "fit"] {
            let done = s.run(&[command, "clinic.csv", "--rules", "rules.toml", "-o", "x"]).ends(2);
            assert!(done.err.contains(words) && done.err.contains(hint), "{}", done.err);
            assert!(!s.path("x").exists());
        }
    }
    let page = s.run(&["explain", "rules"]).ends(0).out;
    assert!(page.contains("[[rule]]") && s.run(&["explain", "topics"]).ends(0).out.contains("rules"));
    let near = s.run(&["explain", "rulse"]).ends(2);
    assert!(near.err.contains("did you mean `rules`?"), "{}", near.err);
}
