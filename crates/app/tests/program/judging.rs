//! Is anybody's synthetic data judged as readily as ours, against what a person wants it for?

use crate::session::Session;
use std::fmt::Write as _;

/// People with a level that is a number, a truth value, a day and a decimal.
fn people(from: usize, n: usize) -> Vec<[String; 5]> {
    let person = |row: usize| {
        let at = (from + row) * 7919;
        [
            (30 + at % 50).to_string(),
            (1 + at / 50 % 3).to_string(),
            (at / 7 % 2).to_string(),
            format!("20{:02}-{:02}-{:02}", 10 + at / 11 % 10, 1 + at / 13 % 12, 1 + at / 17 % 28),
            format!("{}.{}", 20 + at / 19 % 20, 1 + at / 23 % 9),
        ]
    };
    (0..n).map(person).collect()
}

const NAMES: [&str; 5] = ["age", "grade", "died", "seen", "bmi"];

fn written(header: &str, rows: &[[String; 5]], line: impl Fn(usize, &[String; 5]) -> String) -> String {
    let mut text = format!("{header}\n");
    for (at, row) in rows.iter().enumerate() {
        let _ = writeln!(text, "{}", line(at, row));
    }
    text
}

#[test]
fn files_of_other_programs_are_judged_alike() {
    let s = Session::new();
    let plain = |rows: &[[String; 5]]| written(&NAMES.join(","), rows, |_, row| row.join(","));
    s.file("train.csv", plain(&people(0, 300)));
    s.file("holdout.csv", plain(&people(1_000, 200)));
    let made = people(2_000, 200);
    s.file("plain.csv", plain(&made));
    // As pandas writes it: an index, levels as floats, truth values as words, days as instants, columns moved.
    let pandas = |at: usize, [age, grade, died, seen, bmi]: &[String; 5]| {
        format!(
            "{at},{seen} 00:00:00,{bmi}0,{grade}.0,{},{age}.0",
            if died == "1" { "True" } else { "False" }
        )
    };
    s.file("pandas.csv", written(",seen,bmi,grade,died,age", &made, pandas));
    // As R writes it for a spreadsheet: row names, semicolons, decimal commas, days first.
    let day = |seen: &str| seen.split('-').rev().collect::<Vec<_>>().join("/");
    let r = |at: usize, [age, grade, died, seen, bmi]: &[String; 5]| {
        format!("{};{age};{grade};{died};{};{}", at + 1, day(seen), bmi.replace('.', ","))
    };
    s.file("r.csv", written(";age;grade;died;seen;bmi", &made, r));
    let figures = |file: &str| {
        let words = ["evaluate", "--train", "train.csv", "--holdout", "holdout.csv", "--synthetic", file];
        let kinds = ["--kind", "grade=nominal", "--kind", "died=boolean", "--kind", "seen=date"];
        s.run(&[&words[..], &kinds, &["-o", "e", "--overwrite", "-q", "--preset", "quick"]].concat()).ends(0);
        s.text("e/figures.csv")
    };
    let wanted = figures("plain.csv");
    assert!(wanted.contains("realism,re.acc1,,synthetic,"), "{wanted}");
    assert_eq!(figures("pandas.csv"), wanted);
    assert_eq!(figures("r.csv"), wanted);

    s.file("hours.csv", plain(&made).replace("-14,", "-14 07:30:00,"));
    let words = ["evaluate", "--train", "train.csv", "--holdout", "holdout.csv", "--synthetic", "hours.csv"];
    let done = s.run(&[&words[..], &["--kind", "seen=date", "-o", "h"]].concat()).ends(3);
    assert!(done.err.contains("`seen`") && done.err.contains("do not read as date"), "{}", done.err);
}

#[test]
fn a_policy_decides_and_pipelines_hear_of_it() {
    let s = Session::new();
    s.clinic("train.csv", 400);
    let text = s.text("train.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    s.file("learned.csv", format!("{header}\n{}\n", rows[..200].join("\n")));
    s.file("holdout.csv", format!("{header}\n{}\n", rows[200..].join("\n")));
    let words = ["evaluate", "--train", "learned.csv", "--holdout", "holdout.csv"];
    let judged = |more: &[&str]| s.run(&[&words[..], more, &["--overwrite", "--preset", "quick"]].concat());
    // The people learned from, offered as synthetic: no purpose allows that.
    let done =
        judged(&["--synthetic", "learned.csv", "--policy", "software-test", "--gate", "-o", "e"]).ends(4);
    assert!(done.out.contains("FAIL  policy software-test"), "{}", done.out);
    assert!(done.out.contains("any excess of copies over the holdout is copying"), "{}", done.out);
    assert_eq!(s.json("e/metrics.json")["policy"]["outcome"], "fail");
    let gates = s.text("e/gates.xml");
    assert!(
        gates.contains("<testsuite name=\"policy software-test\"") && gates.contains("<failure "),
        "{gates}"
    );
    assert!(s.text("e/report.html").contains("Policy <code>software-test</code>"));
    // A policy of one's own: what it does not ask does not fail it.
    let own = "version = 1\nid = 'mine'\nwords = 'a look'\n[[gate]]\nmetric = 're.acc1'\nat_least = 0.5\norigin = 'ours'\n";
    s.file("mine.toml", own);
    judged(&["--synthetic", "learned.csv", "--policy", "mine.toml", "--gate", "-o", "e"]).ends(0);
    s.file("mine.toml", own.replace("re.acc1", "re.acc9"));
    let done = judged(&["--synthetic", "learned.csv", "--policy", "mine.toml", "-o", "e"]).ends(2);
    assert!(
        done.err.contains("there is no metric `re.acc9`") && done.err.contains("did you mean"),
        "{}",
        done.err
    );
    let done = judged(&["--synthetic", "learned.csv", "--policy", "open-relaese", "-o", "e"]).ends(2);
    assert!(done.err.contains("did you mean `open-release`?"), "{}", done.err);
    let done = judged(&["--synthetic", "learned.csv", "--quasi", "aeg", "-o", "e"]).ends(2);
    assert!(done.err.contains("`aeg`"), "{}", done.err);
}

#[test]
fn of_several_tables_the_worst_decides() {
    let s = Session::new();
    s.clinic("all.csv", 900);
    let text = s.text("all.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let parts = [("train", 0), ("holdout", 225), ("other", 450), ("fresh", 675)];
    for (name, from) in parts {
        s.file(&format!("{name}.csv"), format!("{header}\n{}\n", rows[from..from + 225].join("\n")));
    }
    let words =
        ["evaluate", "--train", "train.csv", "--holdout", "holdout.csv", "--overwrite", "--preset", "quick"];
    let judged = |more: &[&str]| {
        let out: &[&str] = if more.contains(&"-o") { &[] } else { &["-o", "e"] };
        s.run(&[&words[..], more, out, &["--gate"]].concat())
    };
    let good = ["--synthetic", "fresh.csv", "--synthetic", "other.csv"];
    let done = judged(&good).ends(0);
    assert!(done.out.contains("fresh: ") && done.out.contains("other: "), "{}", done.out);
    let card = s.json("e/metrics.json");
    let spreads = card["draws"]["spreads"].as_array().unwrap().clone();
    let acc = spreads.iter().find(|spread| spread["id"] == "re.acc1").unwrap().clone();
    let mean = acc["mean"].as_f64().unwrap();
    let alone = |file: &str| {
        judged(&["--synthetic", file]).ends(0);
        let csv = s.text("e/figures.csv");
        let line =
            csv.lines().find(|line| line.starts_with("realism,re.acc1,,synthetic,")).unwrap().to_owned();
        line.split(',').nth(4).unwrap().parse::<f64>().unwrap()
    };
    let singles = (alone("fresh.csv"), alone("other.csv"));
    assert!((mean - f64::midpoint(singles.0, singles.1)).abs() < 1e-9, "{mean} {singles:?}");
    let done = judged(&["--synthetic", "fresh.csv", "--synthetic", "train.csv"]).ends(4);
    assert!(done.out.contains("train: ") && done.out.contains("privacy FAIL"), "{}", done.out);
    let page = s.text("e/report.html");
    assert!(page.contains("another table, train, fails on privacy") && page.contains("id=\"robustness\""));
    // What changed since the good tables were judged.
    judged(&["--synthetic", "train.csv", "-o", "bad"]).ends(4);
    judged(&["--synthetic", "fresh.csv"]).ends(0);
    let done = s.run(&["report", "bad", "--against", "e"]).ends(0);
    assert!(done.out.contains("worse") && done.out.contains("pd.copy"), "{}", done.out);
    let page = s.text("bad/against.html");
    assert!(page.contains("clearly worse") && page.contains("within chance"), "{page}");
    assert!(s.text("bad/against.md").contains("| privacy |"));
    let policy = ["--policy", "open-release", "--synthetic", "fresh.csv", "--synthetic", "train.csv"];
    judged(&policy).ends(4);
}

#[test]
fn what_other_tools_would_say_stands_beside_what_differs() {
    let s = Session::new();
    s.clinic("train.csv", 300);
    let words = ["evaluate", "--train", "train.csv", "--holdout", "other.csv", "--synthetic", "made.csv"];
    let text = s.text("train.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    for (name, part) in
        [("train.csv", &rows[..100]), ("other.csv", &rows[100..200]), ("made.csv", &rows[200..])]
    {
        s.file(name, format!("{header}\n{}\n", part.join("\n")));
    }
    s.run(&[&words[..], &["--compat", "--preset", "quick", "-o", "e", "-q"]].concat()).ends(0);
    let scores = s.json("e/metrics.json")["compat"].as_array().unwrap().clone();
    let names: Vec<&str> = scores.iter().map(|score| score["score"].as_str().unwrap()).collect();
    assert!(names.contains(&"QualityReport") && names.contains(&"DCROverfittingProtection"), "{names:?}");
    assert!(s.text("e/report.html").contains("As other tools say it"));
    let page = s.run(&["explain", "sdmetrics:KSComplement"]).ends(0).out;
    assert!(page.contains("is `re.ks` here"), "{page}");
    let page = s.run(&["explain", "policies"]).ends(0).out;
    assert!(page.contains("open-release"), "{page}");
    assert!(s.run(&["explain", "open-release"]).ends(0).out.contains("EMA Policy 0070"));
}

#[test]
fn built_in_rules_are_kept_by_engines_that_know_nothing_of_them() {
    let s = Session::new();
    s.clinic("clinic.csv", 500);
    let words = ["run", "clinic.csv", "--engine", "independent", "--preset", "quick", "-n", "300", "-q"];
    s.run(&[&words[..], &["-o", "free"]].concat()).ends(0);
    s.run(&[&words[..], &["--rules", "clinical", "-o", "kept"]].concat()).ends(0);
    let excess = |run: &str| {
        let card = s.json(&format!("{run}/report/metrics.json"));
        let entry = card["entries"]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["id"] == "cl.excess")
            .unwrap()
            .clone();
        let parts = entry["parts"].as_array().unwrap().clone();
        parts.iter().find(|part| part[0] == "impossible, excess").unwrap()[1].as_f64().unwrap()
    };
    assert!(excess("free") > 10.0, "columns that know nothing of each other make impossible people");
    assert!(excess("kept") <= 0.0, "{}", excess("kept"));
    let refused = s.json("kept/synthetic/rules.json")["refused"].as_object().unwrap().clone();
    assert!(refused.values().any(|n| n.as_u64().unwrap() > 0), "{refused:?}");
    assert!(s.text("kept/recipe.toml").contains("clinical = true"));
    let page = s.run(&["explain", "clinical"]).ends(0).out;
    assert!(page.contains("sex.female-icd10"), "{page}");
}
