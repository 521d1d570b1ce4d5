//! Do real servers on this machine, with a real model of ours, hold up as partners?
//!
//! `LLAMA_SERVER_PYTHON` names a Python that has `llama-cpp-python[server]`, `TRANSFORMERS_COMMAND` the command of
//! `transformers` with its extra `serving`; without them `python3` and `transformers` are tried. A server that is not
//! installed is skipped with a printed reason.

#![allow(clippy::print_stdout, reason = "says what was skipped, and what a server yielded")]

use crate::local::twenty_columns;
use crate::session::Session;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use verosim_nano::{Nano, Shape};

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts `command` with a free port put after its words, and waits until it answers.
    fn start(mut command: Command) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        command.arg(port.to_string()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Self { child: command.spawn().unwrap(), port };
        let start = Instant::now();
        while !server.answers() {
            assert!(start.elapsed() < Duration::from_mins(2), "the server does not start");
            assert!(server.child.try_wait().unwrap().is_none(), "the server ended");
            std::thread::sleep(Duration::from_millis(200));
        }
        server
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut answer = String::new();
        let asked = stream.write_all(b"GET /v1/models HTTP/1.0\r\nhost: localhost\r\n\r\n");
        asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains(" 200 ")
    }

    fn address(&self, model: &str) -> String {
        format!("http://127.0.0.1:{}/v1#{model}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program that `variable` names, or `otherwise`, when `test` of it succeeds.
fn installed(variable: &str, otherwise: &str, test: &[&str]) -> Option<String> {
    let program = std::env::var(variable).unwrap_or_else(|_| otherwise.to_owned());
    let done = Command::new(&program).args(test).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if done.is_ok_and(|status| status.success()) {
        return Some(program);
    }
    println!("skipped: `{program}` cannot do `{}`; name one that can in {variable}", test.join(" "));
    None
}

/// Fits `llm-zero` to a description, asks the server for `n` rows in at most so many requests of half a minute, and gives
/// the exit status and the account.
fn ask(session: &Session, server: &Server, model: &str, n: &str, requests: u32) -> (i32, Value) {
    let most = format!("max_requests={requests}");
    let words =
        ["fit", "m.json", "--engine", "llm-zero", "--set", "rows_per_reply=2", "--set", &most, "-o", "model"];
    session.run(&words).ends(0);
    let address = server.address(model);
    let words = ["sample", "model", "-n", n, "--model", &address, "--request-timeout", "30"];
    let done = session.run(&[&words[..], &["--json", "-o", "rows.csv"]].concat());
    let told: Value = serde_json::from_str(done.out.trim()).unwrap_or_else(|_| panic!("{}", done.err));
    let account = &told["account"];
    println!(
        "{}: {} of {} records taken, refused {}; {} requests, {} tokens written",
        session.text("m.json").len(),
        account["accepted"],
        account["produced"],
        account["refused"],
        account["requests"],
        account["output_tokens"]
    );
    (done.code, account.clone())
}

/// Levels alone: all of it can be said in a schema that the server honours.
fn levels() -> Value {
    let column = |levels: &[&str]| json!({ "sdtype": "categorical", "x-verosim": { "kind": "nominal", "levels": levels } });
    json!({ "METADATA_SPEC_VERSION": "V1", "tables": { "t": { "columns": {
        "sex": column(&["F", "M"]),
        "triage": column(&["1 red", "2 orange", "3 yellow", "4 green"]),
        "diagnosis": column(&["I21.4", "J18.9", "A41.9, sepsis", "Ménière"]),
        "died": column(&["yes", "no"]),
    } } } })
}

#[test]
fn llama_cpp_honours_our_schema() {
    let python = installed("LLAMA_SERVER_PYTHON", "python3", &["-c", "import llama_cpp.server"]);
    let Some(python) = python else { return };
    let session = Session::new();
    Nano::random(Shape::SMALL, 7).unwrap().write_gguf(&session.path("nano.gguf"), true).unwrap();
    let mut command = Command::new(python);
    command.current_dir(session.path("")).args(["-m", "llama_cpp.server", "--model", "nano.gguf"]);
    command.args(["--n_ctx", "16384", "--host", "127.0.0.1", "--port"]);
    let server = Server::start(command);

    session.file("m.json", levels().to_string());
    let (code, account) = ask(&session, &server, "nano", "20", 100);
    assert_eq!((code, account["accepted"].as_u64()), (0, Some(20)), "{account}");
    // What is not taken is not wrong: the reply ended within it, or it came after the twentieth.
    let refused = account["refused"].as_array().unwrap();
    let blameless = |reason: &Value| reason[0] == "cut off" || reason[0] == "more than asked for";
    assert!(refused.iter().all(blameless), "{account}");

    // Ranges are none of what this server honours, and its grammar of twenty columns is slow: random weights then write
    // numbers that nobody has, and some requests run out of time. What came is told, and the search ends.
    std::fs::remove_file(session.path("rows.csv")).unwrap();
    std::fs::remove_dir_all(session.path("model")).unwrap();
    session.file("m.json", twenty_columns().to_string());
    let (code, account) = ask(&session, &server, "nano", "3", 3);
    assert!(code == 0 || code == 5, "{account}");
    let number = |key: &str| account[key].as_u64().unwrap();
    assert!(number("requests") + number("failed") > 0, "{account}");
    let refused: u64 =
        account["refused"].as_array().unwrap().iter().map(|reason| reason[1].as_u64().unwrap()).sum();
    assert_eq!(number("accepted") + refused, number("produced"), "every record is counted: {account}");
}

#[test]
fn transformers_serve_is_a_partner_that_enforces_nothing() {
    let Some(program) = installed("TRANSFORMERS_COMMAND", "transformers", &["serve", "--help"]) else {
        return;
    };
    let session = Session::new();
    let folder = session.path("nano");
    Nano::random(Shape::SMALL, 7).unwrap().write_folder(&folder).unwrap();
    let mut command = Command::new(program);
    command.current_dir(session.path("")).env("HF_HUB_OFFLINE", "1").args([
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
    ]);
    let server = Server::start(command);
    session.file("m.json", levels().to_string());
    let (code, account) = ask(&session, &server, &folder.display().to_string(), "3", 100);
    // Random bytes are no letters, which this server's streams break off at, and no rows: all of them are counted and refused, and the search ends.
    assert_eq!((code, account["accepted"].as_u64(), account["failed"].as_u64()), (5, Some(0), Some(0)));
    assert!(account["requests"].as_u64().unwrap() > 0, "{account}");
}
