//! Which answer wins: flag, environment, file, default?

use crate::session::{Session, finish};

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let s = Session::new();
    s.clinic("clinic.csv", 120);
    s.file("r.toml", "engine = 'independent'\nseed = 7\n");
    let seed = |config: bool, environment: bool, flag: bool, out: &str| {
        let mut args = vec!["fit", "clinic.csv", "-q", "-o", out, "--engine", "independent"];
        args.extend(if config { &["--config", "r.toml"][..] } else { &[] });
        args.extend(if flag { &["--seed", "9"][..] } else { &[] });
        let mut command = s.command(&args);
        if environment {
            command.env("VEROSIM_SEED", "8");
        }
        finish(command).ends(0);
        s.json(&format!("{out}/model.json"))["about"]["seed"].as_u64().unwrap()
    };
    assert_eq!(seed(false, false, false, "default"), 0);
    assert_eq!(seed(true, false, false, "file"), 7);
    assert_eq!(seed(true, true, false, "environment"), 8);
    assert_eq!(seed(true, true, true, "flag"), 9);
}

#[test]
fn a_misspelt_variable_does_not_pass_in_silence() {
    let s = Session::new();
    let mut command = s.command(&["doctor"]);
    command.env("VEROSIM_SEDE", "1");
    let done = finish(command).ends(2);
    assert_eq!(
        done.err,
        "error: the environment has `VEROSIM_SEDE`, which nothing reads\nhint: did you mean `VEROSIM_SEED`?\n"
    );
}
