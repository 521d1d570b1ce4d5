//! Does every bad input give one clear message, a hint and the right exit code, and leave nothing half-written?

use crate::session::Session;

/// One row: a name, files, the command, its exit code, its message and its hint (parts of them).
struct Case {
    name: &'static str,
    files: Vec<(&'static str, Vec<u8>)>,
    command: Vec<&'static str>,
    code: i32,
    message: &'static str,
    hint: &'static str,
}

fn case(
    name: &'static str,
    bytes: impl Into<Vec<u8>>,
    command: &[&'static str],
    code: i32,
    message: &'static str,
    hint: &'static str,
) -> Case {
    Case { name, files: vec![("in.csv", bytes.into())], command: command.to_vec(), code, message, hint }
}

const RUN: [&str; 4] = ["run", "in.csv", "-o", "out"];

/// `n` rows of two plain columns.
fn plain(n: usize) -> String {
    let rows: Vec<String> = (0..n).map(|row| format!("{},{}", row % 7, row * 13 % 101)).collect();
    format!("ward,score\n{}\n", rows.join("\n"))
}

fn refused() -> Vec<Case> {
    let run = |more: &[&'static str]| [&RUN[..], more].concat();
    let mut binary = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0];
    binary.extend((0..4000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()));
    vec![
        case(
            "no file",
            plain(50),
            &["run", "inn.csv", "-o", "out"],
            2,
            "there is no file `inn.csv`",
            "did you mean `in.csv`?",
        ),
        case(
            "a folder of no records",
            plain(50),
            &["run", ".", "-o", "out"],
            3,
            "no shape of patient records",
            "name the folder",
        ),
        case("empty file", "", &RUN, 3, "`in.csv` is empty", "check that the export finished"),
        case("header only", "a,b,c\n", &RUN, 3, "has a header but no rows", "check that the export finished"),
        case("one row", "a,b\n1,2\n", &RUN, 3, "1 rows", "bring more"),
        case(
            "duplicate header names",
            "a,b,a\n1,2,3\n",
            &RUN,
            3,
            "column names repeat: a",
            "a name of its own",
        ),
        case(
            "ragged rows",
            "a,b\n1,2\n3\n4,5,6\n",
            &RUN,
            3,
            "2 rows do not have 2 cells (lines 3, 4)",
            "delimiter",
        ),
        case("binary junk", binary, &RUN, 3, "is not a table", "export the table"),
        case(
            "quotes never closed",
            "a,b\n1,\"2\n3,4\n",
            &RUN,
            3,
            "begins on line 2 is never closed",
            "close the quote",
        ),
        case(
            "target not found",
            plain(60),
            &run(&["--target", "scrore"]),
            2,
            "there is no column `scrore`",
            "did you mean `score`?",
        ),
        case(
            "subject not found",
            plain(60),
            &run(&["--subject", "wart"]),
            2,
            "there is no column `wart`",
            "did you mean `ward`?",
        ),
        case(
            "kind of no column",
            plain(60),
            &run(&["--kind", "scor=date"]),
            2,
            "there is no column `scor`",
            "did you mean `score`?",
        ),
        case(
            "no such kind",
            plain(60),
            &run(&["--kind", "score=dat"]),
            2,
            "there is no kind `dat`",
            "did you mean `date`?",
        ),
        case(
            "half a pair",
            plain(60),
            &run(&["--kind", "score"]),
            2,
            "it must be COLUMN=KIND",
            "COLUMN=KIND",
        ),
        case(
            "wrong kind",
            "a,b\nx,1\ny,2\nz,3\n",
            &run(&["--kind", "a=date"]),
            3,
            "3 of 3 cells do not read as date",
            "--kind a=nominal",
        ),
        case(
            "no such engine",
            plain(60),
            &run(&["--engine", "tress"]),
            2,
            "there is no engine `tress`",
            "did you mean `trees`?",
        ),
        case(
            "a control without saying so",
            plain(60),
            &run(&["--engine", "bootstrap"]),
            2,
            "is only a control",
            "--control",
        ),
        case(
            "no such setting",
            plain(60),
            &run(&["--set", "leaf_row=30"]),
            2,
            "no setting `leaf_row`",
            "did you mean `leaf_rows`?",
        ),
        case(
            "setting out of range",
            plain(60),
            &run(&["--set", "leaf_rows=3"]),
            2,
            "outside 11 to 100000",
            "11 to 100000",
        ),
        case(
            "share out of range",
            plain(60),
            &run(&["--holdout", "1.5"]),
            2,
            "`holdout` is 1.5",
            "a share above 0",
        ),
        case(
            "holdout not found",
            plain(60),
            &run(&["--holdout", "inn.csv"]),
            2,
            "there is no file `inn.csv`",
            "did you mean `in.csv`?",
        ),
        case(
            "holdout that overlaps",
            plain(60),
            &run(&["--holdout", "in.csv"]),
            3,
            "60 of 60 rows",
            "hold out other people",
        ),
        Case {
            files: vec![("in.csv", plain(60).into()), ("r.toml", b"engin = 'trees'".to_vec())],
            ..case(
                "unknown key",
                "",
                &run(&["--config", "r.toml"]),
                2,
                "the recipe has no key `engin`",
                "did you mean `engine`?",
            )
        },
        Case {
            files: vec![("in.csv", plain(60).into()), ("m.json", b"{\"tables\": 1}".to_vec())],
            ..case(
                "metadata of another shape",
                "",
                &run(&["--metadata", "m.json"]),
                3,
                "the metadata",
                "verosim profile",
            )
        },
        Case {
            files: vec![
                ("in.csv", plain(60).into()),
                ("hold.csv", plain(200).replace("ward", "wart").into()),
            ],
            ..case(
                "holdout with other columns",
                "",
                &run(&["--holdout", "hold.csv"]),
                3,
                "the holdout has other columns than the training data: without `ward` with `wart`",
                "is `wart` meant to be `ward`?",
            )
        },
        Case {
            files: vec![
                ("in.csv", plain(60).into()),
                ("hold.csv", b"ward,score\n900,1\n901,2\n902,3\n".to_vec()),
                ("syn.csv", b"ward,score,extra\n1,2,3\n4,5,6\n".to_vec()),
            ],
            ..case(
                "synthetic file with other columns",
                "",
                &[
                    "evaluate",
                    "--train",
                    "in.csv",
                    "--holdout",
                    "hold.csv",
                    "--synthetic",
                    "syn.csv",
                    "-o",
                    "out",
                ],
                3,
                "the synthetic data has other columns than the training data: with `extra`",
                "the same columns",
            )
        },
        case(
            "not a model",
            plain(60),
            &["sample", ".", "-n", "5", "-o", "out"],
            3,
            "is not a model",
            "verosim fit",
        ),
        case("not a run", plain(60), &["verify", "."], 2, "`.` is not a run", "verosim run"),
        case("not a report", plain(60), &["report", "."], 2, "`.` is not a run", "verosim run"),
        case("no such page", plain(60), &["explain", "re.kss"], 2, "nothing called `re.kss`", "did you mean"),
        case(
            "output exists",
            plain(60),
            &["profile", "in.csv", "-o", "in.csv"],
            2,
            "`in.csv` exists already",
            "--overwrite",
        ),
        #[cfg(target_os = "linux")]
        case(
            "a folder that cannot be written",
            plain(60),
            &["run", "in.csv", "-o", "/sys/verosim", "--engine", "independent"],
            2,
            "cannot write `/sys/verosim",
            "check that the folder",
        ),
    ]
}

#[test]
fn every_bad_input_is_refused_in_words() {
    for case in refused() {
        let s = Session::new();
        for (name, bytes) in &case.files {
            s.file(name, bytes);
        }
        let before = s.files();
        let done = s.run(&case.command);
        let name = case.name;
        assert_eq!(done.code, case.code, "{name}: {done:?}");
        assert_eq!(done.out, "", "{name}: words go to standard error");
        let (errors, hints): (Vec<&str>, Vec<&str>) = (
            done.err.lines().filter(|line| line.starts_with("error: ")).collect(),
            done.err.lines().filter(|line| line.starts_with("hint: ")).collect(),
        );
        assert_eq!((errors.len(), hints.len()), (1, 1), "{name}: one message, one hint: {}", done.err);
        assert!(errors[0].contains(case.message), "{name}: {}", errors[0]);
        assert!(hints[0].contains(case.hint), "{name}: {}", hints[0]);
        assert!(before == s.files(), "{name}: nothing is left behind");
    }
}

#[test]
fn machines_get_the_same_as_json() {
    let s = Session::new();
    let done = s.run(&["run", "nothing.csv", "--json"]).ends(2);
    let error: serde_json::Value = serde_json::from_str(&done.err).unwrap();
    assert_eq!(error["exit"], 2);
    assert_eq!(error["error"], "there is no file `nothing.csv`");
    assert!(error["hint"].as_str().unwrap().starts_with("check the path"));
}

/// Odd, but tables: these are learned and drawn.
#[test]
fn odd_tables_are_taken() {
    let rows = |f: &dyn Fn(usize) -> String| (0..90).map(f).collect::<String>();
    let odd: [(&str, Vec<u8>); 9] = [
        ("one column", format!("x\n{}", rows(&|row| format!("{}\n", row * 37 % 40))).into()),
        ("all-missing column", format!("x,empty\n{}", rows(&|row| format!("{row},\n"))).into()),
        ("constant column", format!("x,same\n{}", rows(&|row| format!("{},a\n", row * 7 % 50))).into()),
        (
            "Latin-1",
            [
                b"town,x\n".to_vec(),
                rows(&|row| format!("M#nchen,{row}\n"))
                    .replace('#', "\u{fc}")
                    .chars()
                    .map(|c| c as u8)
                    .collect(),
            ]
            .concat(),
        ),
        ("byte-order mark", format!("\u{feff}a,b\n{}", rows(&|row| format!("{},{}\n", row % 5, row))).into()),
        (
            "NaN and inf text",
            format!(
                "x,y\n{}",
                rows(&|row| format!(
                    "{},{}\n",
                    if row % 9 == 0 {
                        "NaN".into()
                    } else if row % 31 == 1 {
                        "inf".into()
                    } else {
                        row.to_string()
                    },
                    row % 4
                ))
            )
            .into(),
        ),
        (
            "whole numbers beyond 64 bits",
            format!("x,y\n{}", rows(&|row| format!("99999999999999999999{},{}\n", 1000 + row, row % 4)))
                .into(),
        ),
        (
            "huge exponents",
            format!("x,y\n{}", rows(&|row| format!("{}e30{},{}\n", row + 1, row % 9, row % 4))).into(),
        ),
        (
            "semicolons and decimal commas",
            format!("x;y\n{}", rows(&|row| format!("{},5;{}\n", row % 30, row % 4))).into(),
        ),
    ];
    for (name, bytes) in odd {
        let s = Session::new();
        s.file("in.csv", bytes);
        for engine in ["trees", "independent"] {
            let out = format!("m-{engine}");
            let fitted = s.run(&["fit", "in.csv", "--engine", engine, "-o", &out, "-q"]);
            assert_eq!(fitted.code, 0, "{name}: {fitted:?}");
            let drawn = s.run(&["sample", &out, "-n", "40", "-q"]);
            assert_eq!(drawn.code, 0, "{name}: {drawn:?}");
            assert_eq!(drawn.out.lines().count(), 41, "{name}");
        }
    }
    let s = Session::new();
    s.file("in.csv", [b"town,x\n".to_vec(), b"K\xf6ln,1\n".repeat(20)].concat());
    let said = s.run(&["profile", "in.csv"]).ends(0);
    assert!(said.err.contains("Latin-1") || said.err.contains("Windows-1252"), "said aloud: {}", said.err);
}

#[test]
fn a_wide_table_is_read_and_a_row_without_end_is_refused() {
    let s = Session::new();
    let header: Vec<String> = (0..10_000).map(|at| format!("c{at}")).collect();
    let rows: Vec<String> = (0..30).map(|row| vec![(row % 3).to_string(); 10_000].join(",")).collect();
    s.file("wide.csv", format!("{}\n{}\n", header.join(","), rows.join("\n")));
    let profile = s.run(&["profile", "wide.csv"]).ends(0);
    assert!(profile.out.starts_with("30 rows, 10000 columns"), "{}", &profile.out[..60]);
    let plan = s.run(&["run", "wide.csv", "--memory-limit", "30MiB", "-o", "r"]).ends(5);
    assert!(plan.err.contains("hint: raise `--memory-limit`"), "{}", plan.err);

    // A sparse file: 70 MiB of commas stand for 2 GB of them; the reader stops at 64 MiB of one row either way.
    let commas = vec![b','; 70 << 20];
    s.file("commas.csv", commas);
    let done = s.run(&["run", "commas.csv", "-o", "r", "-q"]).ends(3);
    assert!(done.err.contains("hint: "), "{}", done.err);
    assert!(!s.path("r").exists());
}

/// A file-size limit stands for a full disk: the system refuses the write half-way.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let s = Session::new();
    s.clinic("clinic.csv", 300);
    s.run(&["fit", "clinic.csv", "--engine", "independent", "-o", "m", "-q"]).ends(0);
    let before = s.files();
    let program = env!("CARGO_BIN_EXE_verosim");
    let full = |args: &str| {
        let mut shell = std::process::Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f 16; exec {program} {args}");
        shell.args(["-c", &script]).current_dir(s.path(""));
        crate::session::finish(shell)
    };
    let done = full("sample m -n 20000 -o big.csv -q").ends(5);
    assert!(done.err.contains("cannot write `big.csv`: the disk is full"), "{}", done.err);
    assert!(done.err.contains("hint: free some space"), "{}", done.err);
    assert!(before == s.files(), "no temporary file is left");
    let done = full("run clinic.csv --engine independent -n 20000 -o r -q").ends(5);
    assert!(done.err.contains("the disk is full"), "{}", done.err);
    s.run(&["run", "clinic.csv", "--engine", "independent", "-n", "20000", "-o", "r", "-q", "--resume"])
        .ends(0);
    // Standard output can be full too.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("{program} sample m -n 20000 -q > /dev/full")]).current_dir(s.path(""));
    let done = crate::session::finish(shell).ends(5);
    assert!(done.err.contains("cannot write `standard output`"), "{}", done.err);
}
