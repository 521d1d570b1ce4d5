//! Does a mistake that was made once stay mended? Each test names what went wrong.

use crate::session::Session;

/// A condition of a hundred thousand parentheses exhausted the stack.
#[test]
fn deep_conditions_are_refused() {
    let s = Session::new();
    s.clinic("clinic.csv", 100);
    s.run(&["fit", "clinic.csv", "--engine", "independent", "-o", "m", "-q"]).ends(0);
    let deep = "(".repeat(100_000);
    let done = s.run(&["sample", "m", "-n", "1", "--where", &deep]).ends(2);
    assert!(done.err.contains("expected fewer parentheses in each other"), "{}", done.err);
}

/// A run that was killed before its first record could neither be resumed nor overwritten.
#[test]
fn a_folder_of_empty_folders_is_free() {
    let s = Session::new();
    s.clinic("clinic.csv", 100);
    s.file("r/.manifest.json.part", "{");
    std::fs::create_dir_all(s.path("r/model")).unwrap();
    s.run(&["run", "clinic.csv", "--engine", "independent", "-o", "r", "-q", "--resume"]).ends(0);
    assert!(!s.path("r/.manifest.json.part").exists());
}

/// `report` made the pages anew, and `verify` then called the run tampered with.
#[test]
fn a_report_made_again_is_recorded() {
    let s = Session::new();
    s.clinic("clinic.csv", 100);
    s.run(&["run", "clinic.csv", "--engine", "independent", "-o", "r", "-q"]).ends(0);
    s.file("r/report/report.html", "old page");
    s.run(&["verify", "r"]).ends(3);
    s.run(&["report", "r"]).ends(0);
    s.run(&["verify", "r"]).ends(0);
}

/// A hint of `fit` advised `--resume`, which `fit` does not have.
#[test]
fn only_runs_advise_to_resume() {
    let s = Session::new();
    s.clinic("clinic.csv", 2000);
    let done = s.run(&["fit", "clinic.csv", "-o", "m", "--set", "trees=50", "--time-limit", "0.02"]).ends(5);
    assert!(done.err.contains("hint: raise `--time-limit`; nothing half-written was left"), "{}", done.err);
    assert!(!s.path("m/model.json").exists());
}
