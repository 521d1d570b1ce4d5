//! Can rows be asked for by group, and an engine be left to the program?

use crate::session::Session;

/// Rows by the cells of one column.
fn counts(s: &Session, file: &str, column: &str) -> Vec<(String, usize)> {
    let text = s.text(file);
    let mut lines = text.lines();
    let at = lines.next().unwrap().split(',').position(|name| name == column).unwrap();
    let mut counts: Vec<(String, usize)> = Vec::new();
    for line in lines {
        let cell = line.split(',').nth(at).unwrap().to_owned();
        match counts.iter_mut().find(|(known, _)| *known == cell) {
            Some((_, n)) => *n += 1,
            None => counts.push((cell, 1)),
        }
    }
    counts.sort();
    counts
}

#[test]
fn groups_are_balanced_exactly_and_weights_undo_it() {
    let s = Session::new();
    s.clinic("clinic.csv", 600);
    s.run(&["fit", "clinic.csv", "--engine", "bayesnet", "-o", "m", "-q"]).ends(0);
    s.run(&["sample", "m", "-n", "4000", "-o", "plain.csv", "-q"]).ends(0);
    let plain = counts(&s, "plain.csv", "sex");
    let balance = ["sample", "m", "-n", "301", "--balance", "sex", "--weights", "w.csv", "-o", "b.csv"];
    s.run(&balance).ends(0);
    let made = counts(&s, "b.csv", "sex");
    let levels: Vec<&String> =
        plain.iter().map(|(level, _)| level).filter(|level| !level.is_empty()).collect();
    assert_eq!(made.iter().map(|(_, n)| n).sum::<usize>(), 301);
    let even = 301 / levels.len();
    assert!(made.iter().all(|(_, n)| (even..=even + 1).contains(n)), "{made:?}");
    // Weighted, women are as common as in rows that nobody balanced.
    let text = s.text("b.csv");
    let at = text.lines().next().unwrap().split(',').position(|name| name == "sex").unwrap();
    let weights: Vec<f64> = s.text("w.csv").lines().skip(1).map(|line| line.parse().unwrap()).collect();
    let sexes: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').nth(at).unwrap()).collect();
    assert_eq!(weights.len(), 301);
    assert!((weights.iter().sum::<f64>() - 301.0).abs() < 0.01);
    let known: usize = plain.iter().filter(|(level, _)| !level.is_empty()).map(|(_, n)| n).sum();
    for (level, n) in plain.iter().filter(|(level, _)| !level.is_empty()) {
        let weight: f64 =
            sexes.iter().zip(&weights).filter(|(sex, _)| *sex == level).map(|(_, weight)| weight).sum();
        let (weighted, plain) = (weight / 301.0, *n as f64 / known as f64);
        assert!((weighted - plain).abs() < 0.05, "{level}: {weighted} and {plain}");
    }
    let twice = [&balance[..7], &["w2.csv", "-o", "b2.csv", "-q"]].concat();
    s.run(&twice).ends(0);
    assert!(s.text("b.csv") == s.text("b2.csv"), "equal seeds");
    let refused = s.run(&balance).ends(2);
    assert!(refused.err.contains("exists"), "{}", refused.err);
}

#[test]
fn shares_and_what_a_table_lacks_are_met() {
    let s = Session::new();
    s.clinic("clinic.csv", 500);
    s.run(&["fit", "clinic.csv", "--engine", "copula", "-o", "m", "-q"]).ends(0);
    let level = counts(&s, "clinic.csv", "sex")
        .into_iter()
        .map(|(level, _)| level)
        .find(|level| !level.is_empty())
        .unwrap();
    let shares = format!("sex={level}:1");
    s.run(&["sample", "m", "-n", "50", "--balance", &shares, "--where", "age >= 60", "-o", "one.csv", "-q"])
        .ends(0);
    assert_eq!(counts(&s, "one.csv", "sex"), [(level.clone(), 50)]);
    s.run(&["sample", "m", "--augment", "smoking=clinic.csv", "-o", "more.csv", "-q"]).ends(0);
    let known = |file: &str| -> Vec<(String, usize)> {
        counts(&s, file, "smoking").into_iter().filter(|(level, _)| !level.is_empty()).collect()
    };
    let (before, more) = (known("clinic.csv"), known("more.csv"));
    let most = before.iter().map(|(_, n)| *n).max().unwrap();
    for (level, n) in &more {
        let had = before.iter().find(|(known, _)| known == level).map_or(0, |(_, n)| *n);
        assert_eq!(had + n, most, "{level}");
    }
    for (args, word) in [
        (["--balance", "age"], "two levels"),
        (["--balance", "sex=X:1"], "levels of `sex`"),
        (["--balance", "gender"], "gender"),
        (["--augment", "sex"], "COLUMN=TABLE"),
        (["--weights", "w.csv"], "--balance"),
    ] {
        let refused = s.run(&[&["sample", "m"][..], &args].concat()).ends(2);
        assert!(refused.err.contains(word), "{args:?}: {}", refused.err);
    }
    let few = s.run(&["sample", "m", "-n", "4000", "--balance", "sex", "--max-tries", "2000", "-q"]).ends(5);
    assert!(few.err.contains("of a group of column `sex` were found in 2000 draws"), "{}", few.err);
}

#[test]
fn auto_tries_several_engines_and_says_why_it_took_one() {
    let s = Session::new();
    s.clinic("clinic.csv", 400);
    let run = [
        "run",
        "clinic.csv",
        "--engine",
        "auto",
        "--target",
        "readmitted_30d",
        "--preset",
        "quick",
        "-o",
        "r",
        "-q",
    ];
    s.run(&run).ends(0);
    let model = s.json("r/model/model.json");
    let choice = &model["about"]["choice"];
    assert_eq!(choice["candidates"].as_array().unwrap().len(), 5);
    assert_eq!(model["engine"], choice["engine"]);
    let card = s.json("r/report/metrics.json");
    assert_eq!(card["about"]["engine"], choice["engine"]);
    let why = choice["why"].as_str().unwrap();
    assert!(card["warnings"].as_array().unwrap().iter().any(|warning| warning == why), "{why}");
    assert!(why.starts_with("`auto` chose "), "{why}");
    s.run(&["verify", "r", "-q"]).ends(0);
    let wrong = s.run(&["run", "clinic.csv", "--engine", "auto", "--set", "leaf_rows=30", "-o", "x"]).ends(2);
    assert!(wrong.err.contains("ENGINE.KEY=VALUE"), "{}", wrong.err);
    let promised = s.run(&["fit", "clinic.csv", "--engine", "auto", "--epsilon", "1", "-o", "y"]).ends(2);
    assert!(promised.err.contains("`auto` makes no formal promise"), "{}", promised.err);
    s.run(&["explain", "auto"]).ends(0);
}

/// A combination that some one in ten thousand rows have is drawn within a few times as many draws as rows are asked for,
/// by engines whose law can be reckoned with; by others it is looked for until draws run out.
#[test]
fn rare_combinations_are_drawn_directly_where_the_engine_can() {
    let s = Session::new();
    s.clinic("clinic.csv", 1_500);
    let rare =
        "age >= 60 and age < 62 and sex = F and smoking = current and insurance = private and ldl is missing";
    for engine in ["bayesnet", "arf", "independent"] {
        s.run(&["fit", "clinic.csv", "--engine", engine, "-o", engine, "-q"]).ends(0);
        let ask = ["sample", engine, "-n", "300", "--where", rare, "--max-tries", "6000", "-q"];
        let done = s.run(&ask).ends(0);
        let mut lines = done.out.lines();
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        let place = |name: &str| header.iter().position(|column| *column == name).unwrap();
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        assert_eq!(rows.len(), 300, "{engine}");
        for row in &rows {
            let age: f64 = row[place("age")].parse().unwrap();
            assert!((60.0..62.0).contains(&age), "{engine}: {age}");
            let cells = ["sex", "smoking", "insurance"].map(|name| row[place(name)]);
            assert_eq!(cells, ["F", "current", "private"], "{engine}");
            assert!(matches!(row[place("ldl")], "" | "-9"), "{engine}: {}", row[place("ldl")]);
        }
        assert_eq!(s.run(&ask).ends(0).out, done.out, "{engine}: equal seeds");
    }
    s.run(&["fit", "clinic.csv", "--engine", "gibbs", "-o", "gibbs", "-q"]).ends(0);
    let short =
        s.run(&["sample", "gibbs", "-n", "300", "--where", rare, "--max-tries", "6000", "-q"]).ends(3);
    assert!(short.err.contains("of 300 units meet `--where` after 6000 draws"), "{}", short.err);
    let page = s.run(&["explain", "steering"]).ends(0).out;
    assert!(page.contains("`arf`, `bayesnet`, `mst`, `aim`, `privbayes`, `independent`"), "{page}");
}

#[test]
fn strata_are_drawn_before_everybody_else() {
    let s = Session::new();
    s.clinic("clinic.csv", 400);
    s.run(&["fit", "clinic.csv", "--set", "first=insurance,height_cm", "-o", "m", "-q"]).ends(0);
    assert_eq!(s.json("m/model.json")["about"]["settings"]["first"], "insurance,height_cm");
    s.run(&["sample", "m", "-n", "50", "-q"]).ends(0);
    let wrong = s.run(&["fit", "clinic.csv", "--set", "first=insurence", "-o", "w", "-q"]).ends(2);
    assert!(
        wrong.err.contains("insurence") && wrong.err.contains("did you mean `insurance`"),
        "{}",
        wrong.err
    );
}
