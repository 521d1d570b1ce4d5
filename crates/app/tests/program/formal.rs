//! Is a formal promise kept, told, and refused where it cannot be made?

use crate::session::{Done, Session};

/// The clinic with a metadata file that declares it.
fn clinic(n: usize) -> Session {
    let session = Session::new();
    session.clinic("clinic.csv", n);
    session.run(&["profile", "clinic.csv", "--declare", "-o", "m.json"]).ends(0);
    session
}

fn go(session: &Session, words: &str) -> Done {
    session.run(&words.split_whitespace().collect::<Vec<_>>())
}

const RUN: &str = "run clinic.csv --engine llm-elicit --model mock: --target readmitted_30d";

#[test]
fn a_promised_run_works_and_tells_its_promise_everywhere() {
    let session = clinic(400);
    go(&session, &format!("{RUN} --metadata m.json --epsilon 1 -o run")).ends(0);
    let model = session.json("run/model/model.json");
    let promise = &model["about"]["guarantee"];
    assert_eq!((&promise["kind"], &promise["epsilon"]), (&"formal".into(), &1.0.into()), "{promise}");
    assert_eq!((&promise["unit"], &promise["units"]), (&"patient".into(), &320.into()));
    assert_eq!(promise["noise"], "system");
    let delta = promise["delta"].as_f64().unwrap();
    assert!((delta - 320_f64.powf(-1.2)).abs() < 1e-12, "{delta}");
    assert_eq!(&model["model"]["formal"]["rho"], &promise["rho"]);
    assert_eq!(session.text("run/synthetic/data.csv").lines().count(), 321, "as many as there were patients");
    let said = "differentially private with epsilon 1 and delta";
    for file in ["manifest.json", "report/report.html", "report/report.md", "report/metrics.json"] {
        assert!(session.text(&format!("run/{file}")).contains(said), "{file}");
    }
    let report = session.text("run/report/report.html");
    assert!(report.contains("computed from raw training and holdout rows and are not covered"));
    let inspected = go(&session, "inspect run").ends(0).out;
    assert!(inspected.contains(said) && inspected.contains("one person replaced by another"), "{inspected}");
    assert!(inspected.contains("counts with noise"), "{inspected}");
    // The model draws on, and what is drawn keeps the promise.
    go(&session, "sample run -n 50 --model mock: -o more.csv").ends(0);
    assert_eq!(session.text("more.csv").lines().count(), 51);
    // Another run has other noise, from the same seed.
    go(&session, &format!("{RUN} --metadata m.json --epsilon 1 -o again")).ends(0);
    let counts =
        |run: &str| session.json(&format!("{run}/model/model.json"))["model"]["evidence"].to_string();
    assert_ne!(counts("run"), counts("again"), "noise comes from the operating system");
    assert!(session.text("run/recipe.toml").contains("epsilon = 1.0"));
}

/// Regression: a published tool took private label shares as public unless told otherwise (microsoft/DPSDA, llm-methods §19
/// item 20).
#[test]
fn dp_run_refuses_undeclared_public_inputs() {
    let session = clinic(300);
    let bare = go(&session, &format!("{RUN} --epsilon 1 -o x")).ends(3);
    assert!(bare.err.contains("nobody declared those of `patient_id`, `contact_email`"), "{}", bare.err);
    assert!(bare.err.contains("verosim profile TABLE --declare -o metadata.json"), "{}", bare.err);
    // Inferred, not declared.
    session.run(&["profile", "clinic.csv", "-o", "inferred.json"]).ends(0);
    let inferred = go(&session, &format!("{RUN} --metadata inferred.json --epsilon 1 -o x")).ends(3);
    assert!(inferred.err.contains("`age`") && inferred.err.contains("`sex`"), "{}", inferred.err);
    assert!(!inferred.err.contains("`patient_id`"), "identifiers need no domain: {}", inferred.err);
    // One column less.
    let mut metadata = session.json("m.json");
    let columns = metadata["tables"]["table"]["columns"].as_object_mut().unwrap();
    columns["age"]["x-verosim"]["bounds"] = serde_json::Value::Null;
    columns.remove("crp");
    session.file("less.json", metadata.to_string());
    let less = go(&session, &format!("{RUN} --metadata less.json --epsilon 1 -o x")).ends(3);
    assert!(less.err.contains("nobody declared those of `crp`, `age`"), "{}", less.err);
    // A kind that is told anew takes its bounds with it.
    let kind = go(&session, &format!("{RUN} --metadata m.json --kind age=nominal --epsilon 1 -o x")).ends(3);
    assert!(kind.err.contains("`age`"), "{}", kind.err);
    assert!(!session.path("x").exists(), "refused before anything is made");
}

#[test]
fn promises_that_nobody_can_keep_are_refused_in_words() {
    let session = clinic(60);
    for (words, code, says) in [
        ("--epsilon 0", 2, "`epsilon` is 0; it must be a number above 0 and up to 1000"),
        ("--epsilon -1", 2, "`epsilon` is -1; it must be"),
        ("--epsilon nan", 2, "`epsilon` is NaN; it must be"),
        ("--epsilon 1 --delta 1", 2, "`delta` is 1; it must be a number above 0"),
        ("--epsilon 1 --delta 0.5", 3, "not below one over the number of patients, 48"),
        ("--delta 1e-6", 2, "`delta` is given without `epsilon`"),
        ("--insecure-seed 1", 2, "`insecure_seed` is given without `epsilon`"),
        ("--epsilon 1 --curate protective", 2, "`curate` is a rule that looks at real rows again"),
        ("--engine mst", 2, "engine `mst` learns under a formal promise only, and no `epsilon` says which"),
        ("--engine aim", 2, "say how much one patient may change: `--epsilon 1`, with declared metadata"),
        ("--epsilon 1 --engine trees", 2, "engine `trees` makes no formal promise"),
        (
            "--epsilon 1 --engine cllm",
            2,
            "engines that make one: `mst`, `aim`, `privbayes`, `tab-pe`, `llm-elicit`",
        ),
    ] {
        let (base, own) = match words.split_once("--engine ") {
            Some((rest, engine)) => (format!("run clinic.csv --engine {engine} --model mock:"), rest),
            None => (RUN.to_owned(), words),
        };
        let done = go(&session, &format!("{base} --metadata m.json {own} -o x"));
        assert_eq!(done.code, code, "{words}: {}", done.err);
        assert!(done.err.contains(says), "{words}: {}", done.err);
    }
    let no_rows = go(&session, "fit m.json --engine llm-elicit --epsilon 1 -o x").ends(3);
    assert!(no_rows.err.contains("two patients or more, and there are 0"), "{}", no_rows.err);
}

#[test]
fn classical_engines_keep_a_promise_from_declarations_alone() {
    let session = clinic(400);
    for engine in ["mst", "aim", "privbayes", "tab-pe"] {
        let run = format!("run clinic.csv --engine {engine} --target readmitted_30d --preset quick");
        let bare = go(&session, &format!("{run} --epsilon 1 -o x")).ends(3);
        assert!(bare.err.contains("nobody declared those of `patient_id`, `contact_email`"), "{}", bare.err);
        go(&session, &format!("{run} --metadata m.json --epsilon 1 -o {engine}")).ends(0);
        let promise = &session.json(&format!("{engine}/model/model.json"))["about"]["guarantee"];
        assert_eq!((&promise["kind"], &promise["epsilon"]), (&"formal".into(), &1.0.into()), "{promise}");
        assert_eq!((&promise["units"], &promise["noise"]), (&320.into(), &"system".into()));
        let made = session.text(&format!("{engine}/synthetic/data.csv"));
        assert_eq!(made.lines().count(), 321, "as many as there were patients");
        assert_eq!(made.lines().next(), session.text("clinic.csv").lines().next());
        let report = session.text(&format!("{engine}/report/report.html"));
        assert!(report.contains("differentially private with epsilon 1 and delta"));
        assert!(report.contains("computed from raw training and holdout rows and are not covered"));
        let inspected = go(&session, &format!("inspect {engine}")).ends(0).out;
        assert!(inspected.contains("from counts with noise"), "{inspected}");
        let sample = format!("sample {engine} -n 40 --seed 3");
        go(&session, &format!("{sample} --where {} -o {engine}-some.csv", commonest(&made))).ends(0);
        for out in ["one", "two"] {
            go(&session, &format!("{sample} -o {engine}-{out}.csv")).ends(0);
        }
        assert_eq!(session.text(&format!("{engine}-one.csv")), session.text(&format!("{engine}-two.csv")));
    }
}

/// What most rows of a table have in one of its columns, as a condition: with so much noise nothing else is sure to be common.
fn commonest(table: &str) -> String {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut counts: std::collections::BTreeMap<(&str, &str), usize> = std::collections::BTreeMap::new();
    for line in lines {
        for (name, cell) in names.iter().zip(line.split(',')) {
            let is_plain = cell.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if is_plain && !["", "NA"].contains(&cell) {
                *counts.entry((name, cell)).or_default() += 1;
            }
        }
    }
    let ((name, cell), _) = counts.into_iter().max_by_key(|one| one.1).expect("something came");
    format!("{name}={cell}")
}

/// The clinic in another order, with other identifiers, and other values wherever nobody declared one: the counts are the
/// same, and so is every byte of the model.
#[test]
fn what_nobody_declared_is_not_in_a_model_of_noisy_tables() {
    let session = clinic(300);
    let text = session.text("clinic.csv");
    let header = text.lines().next().unwrap().to_owned();
    let mut rows: Vec<Vec<String>> =
        text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect();
    let at = |name: &str| header.split(',').position(|column| column == name).unwrap();
    let (sex, age) = (at("sex"), at("age"));
    rows[3][sex] = "canary".into();
    rows[4][age] = "4000".into();
    let write = |name: &str, rows: &[Vec<String>]| {
        let lines: Vec<String> =
            std::iter::once(header.clone()).chain(rows.iter().map(|row| row.join(","))).collect();
        session.file(name, lines.join("\n") + "\n");
    };
    write("one.csv", &rows);
    rows[3][sex] = "another bird".into();
    rows[4][age] = "-17".into();
    for (number, row) in rows.iter_mut().enumerate() {
        row[0] = format!("canary{number}");
        row[1] = format!("{number}@canary.example");
    }
    rows.reverse();
    write("two.csv", &rows);
    for engine in ["mst", "aim", "privbayes", "tab-pe"] {
        for table in ["one", "two"] {
            let fit =
                format!("fit {table}.csv --metadata m.json --engine {engine} --epsilon 2 --insecure-seed 7");
            go(&session, &format!("{fit} -o {engine}-{table}")).ends(0);
        }
        for file in ["model.json", "arrays.safetensors"] {
            let read =
                |table: &str| std::fs::read(session.path(&format!("{engine}-{table}/{file}"))).unwrap();
            assert!(read("one") == read("two"), "{engine} {file}");
        }
        let model = session.text(&format!("{engine}-one/model.json"));
        assert!(!model.contains("canary") && !model.contains("VC-"), "{engine}");
    }
}

/// The clinic, each patient written differently in every way that no declared cell can tell: identifiers, and values
/// within their cells.
#[test]
fn no_raw_read_follows_the_release() {
    let session = clinic(200);
    let text = session.text("clinic.csv");
    let mut lines = text.lines();
    let header = lines.next().unwrap().to_owned();
    let mut other = vec![header];
    for line in lines {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        // Other identifiers, of another shape.
        cells[0] = format!("canary{}", cells[0].len() * 7 + other.len());
        cells[1] = format!("{}@canary.example", other.len() % 90);
        other.push(cells.join(","));
    }
    session.file("other.csv", other.join("\n") + "\n");
    for table in ["clinic", "other"] {
        let fit = format!(
            "fit {table}.csv --metadata m.json --engine llm-elicit --epsilon 1 --insecure-seed 7 -o {table}-model"
        );
        let done = go(&session, &fit).ends(0);
        assert!(done.err.contains("INSECURE SEED: the noise can be repeated"), "{}", done.err);
    }
    for file in ["model.json", "arrays.safetensors"] {
        assert_eq!(
            session.text(&format!("clinic-model/{file}")),
            session.text(&format!("other-model/{file}"))
        );
    }
    let model = session.text("clinic-model/model.json");
    assert!(!model.contains("VC-") && !model.contains("canary"), "{model}");
    let (mut traits, mut reasons) = (0, 0);
    for column in session.json("clinic-model/model.json")["codec"]["schema"]["columns"].as_array().unwrap() {
        traits += usize::from(!column["traits"]["heaping"].is_null() || column["traits"]["spikes"] != 0);
        reasons += usize::from(column["reason"] != "declared");
    }
    assert_eq!((traits, reasons), (0, 0), "what inference saw in the rows is not saved");
}

#[test]
fn a_patient_counts_once_and_a_plan_spends_nothing() {
    let session = Session::new();
    // Three visits of each of forty patients.
    let visit = |at: usize| {
        let died = if at.is_multiple_of(4) { "yes" } else { "no" };
        format!("p{},{},{died}\n", at / 3, 30 + at % 50)
    };
    let text = std::iter::once("person,age,died\n".to_owned()).chain((0..120).map(visit)).collect::<String>();
    session.file("visits.csv", text);
    session.file(
        "m.json",
        r#"{"METADATA_SPEC_VERSION": "V1", "tables": {"t": {"columns": {
        "person": {"sdtype": "id"},
        "age": {"sdtype": "numerical", "x-verosim": {"kind": "count", "bounds": [18, 99]}},
        "died": {"sdtype": "categorical", "x-verosim": {"kind": "nominal", "levels": ["no", "yes"]}}},
        "x-verosim": {"subject": "person"}}}}"#,
    );
    let fit = "fit visits.csv --metadata m.json --engine llm-elicit --epsilon 2";
    let done = go(&session, &format!("{fit} -o model")).ends(0);
    assert!(
        done.err.contains("learned 40 rows") && done.err.contains("for each of 40 patients"),
        "{}",
        done.err
    );
    let plan =
        "run visits.csv --metadata m.json --engine llm-elicit --model mock: --epsilon 2 --dry-run -o run";
    let planned = go(&session, plan).ends(0);
    assert!(planned.out.contains("asks this process"), "{}", planned.out);
    assert!(!session.path("run").exists());
    // A recipe file says the same as the flags.
    session.file("r.toml", "engine = 'llm-elicit'\nepsilon = 2\ninsecure_seed = 5\n");
    go(&session, "fit visits.csv --metadata m.json --config r.toml -o by-file").ends(0);
    go(&session, &format!("{fit} --insecure-seed 5 -o by-flags")).ends(0);
    assert_eq!(session.text("by-file/model.json"), session.text("by-flags/model.json"));
}
