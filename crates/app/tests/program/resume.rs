//! Is nothing that was finished ever lost, however the program ends?

use crate::session::{Session, finish};
use serde_json::Value;
use std::time::{Duration, Instant};

const RUN: [&str; 8] = ["run", "clinic.csv", "--seed", "4", "--engine", "trees", "-o", "r"];

/// The files of a run that must not depend on how often it was stopped.
fn made(s: &Session, run: &str) -> Vec<String> {
    ["metadata.json", "split/train.ids", "model/model.json", "synthetic/data.csv"]
        .map(|file| s.text(&format!("{run}/{file}")))
        .to_vec()
}

#[test]
fn a_run_stopped_after_any_stage_is_finished_by_resume() {
    let s = Session::new();
    s.clinic("clinic.csv", 200);
    s.run(&[&RUN[..], &["-q"]].concat()).ends(0);
    let whole = made(&s, "r");
    for kept in [0, 1, 3, 5, 6] {
        let manifest = s.json("r/manifest.json");
        let stages = manifest["stages"].as_array().unwrap().clone();
        // What a kill leaves: the stages so far, and perhaps a file that was being written.
        let mut cut = manifest.clone();
        cut["stages"] = Value::Array(stages[..kept].to_vec());
        s.file("r/manifest.json", cut.to_string());
        for stage in &stages[kept..] {
            for file in stage["outputs"].as_object().unwrap().keys() {
                let _ = std::fs::remove_file(s.path(&format!("r/{file}")));
            }
        }
        s.file("r/synthetic/.data.csv.part", "half a ro");
        let early = s.run(&["verify", "r"]);
        if kept < 6 {
            let said = early.ends(3).err;
            assert!(said.contains("unfinished: there is no stage"), "after {kept} stages: {said}");
        }
        let asked = s.run(&RUN).ends(2);
        assert!(asked.err.contains("`--resume` goes on with it"), "{}", asked.err);
        s.run(&[&RUN[..], &["--resume", "-q"]].concat()).ends(0);
        assert!(whole == made(&s, "r"), "after {kept} stages");
        let after = s.json("r/manifest.json");
        assert_eq!(
            after["stages"].as_array().unwrap()[..kept],
            stages[..kept],
            "finished stages are not made again"
        );
        assert!(!s.path("r/synthetic/.data.csv.part").exists());
        s.run(&["verify", "r"]).ends(0);
    }
}

#[test]
fn other_settings_or_another_table_cannot_be_resumed() {
    let s = Session::new();
    s.clinic("clinic.csv", 120);
    let run = ["run", "clinic.csv", "--engine", "independent", "-o", "r", "-q"];
    s.run(&run).ends(0);
    let other = s.run(&[&run[..], &["--resume", "--seed", "5"]].concat()).ends(2);
    assert!(other.err.contains("it was made by other settings"), "{}", other.err);
    s.clinic("clinic.csv", 121);
    let other = s.run(&[&run[..], &["--resume"]].concat()).ends(2);
    assert!(other.err.contains("the input files have changed"), "{}", other.err);
    s.run(&[&run[..], &["--overwrite"]].concat()).ends(0);
    s.run(&["verify", "r"]).ends(0);
}

#[test]
fn somebodys_folder_is_never_overwritten() {
    let s = Session::new();
    s.clinic("clinic.csv", 120);
    s.file("thesis/chapter1.txt", "years of work");
    let before = s.files();
    for flag in ["--overwrite", "--resume", "-q"] {
        s.run(&["run", "clinic.csv", "--engine", "independent", "-o", "thesis", flag]).ends(2);
    }
    assert!(before == s.files(), "nothing was touched");
}

/// Waits until the run has recorded a stage; `false` when it ended before.
#[cfg(unix)]
fn wait_for_a_stage(s: &Session, child: &mut std::process::Child) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_mins(1) {
        let text = std::fs::read_to_string(s.path("r/manifest.json")).unwrap_or_default();
        if text.contains("\"name\": \"profile\"") {
            return child.try_wait().unwrap().is_none();
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

#[cfg(unix)]
#[test]
fn kill_9_and_ctrl_c_lose_nothing() {
    let s = Session::new();
    s.clinic("clinic.csv", 3000);
    let slow = ["--set", "trees=20"];
    let run: Vec<&str> = [&RUN[..], &slow, &["-q"]].concat();
    let start = || s.command(&[&run[..], &["--resume"]].concat()).spawn().unwrap();

    let mut child = start();
    assert!(wait_for_a_stage(&s, &mut child), "the run is long enough to be killed in");
    child.kill().unwrap();
    child.wait().unwrap();
    let finished = s.json("r/manifest.json")["stages"].as_array().unwrap().clone();
    assert!(finished.len() < 6, "it was killed before its end");

    let mut child = start();
    std::thread::sleep(Duration::from_millis(60));
    let mut signal = std::process::Command::new("kill");
    signal.args(["-INT", &child.id().to_string()]).status().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "Ctrl-C is told from other ends");

    finish(s.command(&[&run[..], &["--resume"]].concat())).ends(0);
    assert_eq!(s.json("r/manifest.json")["stages"].as_array().unwrap()[..finished.len()], finished[..]);
    s.run(&["verify", "r"]).ends(0);
    let whole: Vec<&str> = run.iter().map(|word| if *word == "r" { "whole" } else { *word }).collect();
    s.run(&whole).ends(0);
    assert!(made(&s, "r") == made(&s, "whole"), "stopped twice or never, the bytes are the same");
}

#[cfg(unix)]
#[test]
fn two_processes_do_not_write_one_run() {
    let s = Session::new();
    s.clinic("clinic.csv", 3000);
    let args = [&RUN[..], &["--set", "trees=20", "-q"]].concat();
    let mut child = s.command(&args).spawn().unwrap();
    assert!(wait_for_a_stage(&s, &mut child), "the run is long enough");
    let second = s.run(&[&args[..], &["--resume"]].concat());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(second.ends(2).err.contains("another verosim is at work in `r`"));
}

#[test]
fn limits_are_held_to() {
    let s = Session::new();
    s.clinic("clinic.csv", 3000);
    let small = s.run(&["run", "clinic.csv", "-o", "r", "--memory-limit", "26MiB"]).ends(5);
    assert!(small.err.contains("MiB may be used"), "{}", small.err);
    assert!(small.err.contains("hint: raise `--memory-limit`"), "{}", small.err);
    assert!(!s.path("r").exists(), "refused before anything was written");
    let short = s.run(&["run", "clinic.csv", "-o", "r", "--time-limit", "0.03"]).ends(5);
    assert!(short.err.contains("stopped at the time limit"), "{}", short.err);
    assert!(short.err.contains("`--resume` goes on from what was finished"), "{}", short.err);
    s.run(&["run", "clinic.csv", "-o", "r", "--resume", "-q"]).ends(0);
}
