//! Does a run get through whatever a server does, and is no row lost or doubled on the way?

use crate::session::Session;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a server does with a request.
#[derive(Clone, Copy)]
enum Act {
    Answer,
    TooMany,
    Broken,
    Drop,
    /// A stream that ends in the middle of its third record.
    Cut,
    Hang,
}

/// A server of rows whose `dose` stands nowhere else.
struct Server {
    address: String,
    /// Doses of records that went out whole.
    served: Arc<Mutex<BTreeSet<String>>>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    fn start(script: impl Fn(usize) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/v1#tiny", listener.local_addr().unwrap());
        let (served, requests) = (Arc::<Mutex<BTreeSet<String>>>::default(), Arc::<AtomicUsize>::default());
        let (log, count, script) = (Arc::clone(&served), Arc::clone(&requests), Arc::new(script));
        let doses = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, count, script) = (Arc::clone(&log), Arc::clone(&count), Arc::clone(&script));
                let doses = Arc::clone(&doses);
                std::thread::spawn(move || {
                    let Some(body) = read(&stream) else { return };
                    let act = script(count.fetch_add(1, SeqCst));
                    let rows = &body["response_format"]["json_schema"]["schema"]["properties"]["rows"];
                    let n = rows["maxItems"].as_u64().unwrap_or(1) as usize;
                    let _ = answer(stream, act, n, &doses, &log);
                });
            }
        });
        Self { address, served, requests }
    }

    fn served(&self) -> BTreeSet<String> {
        self.served.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        line.to_lowercase().strip_prefix("content-length:").and_then(|n| n.trim().parse::<usize>().ok())
    });
    let mut body = vec![0; length?];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn answer(
    mut stream: TcpStream,
    act: Act,
    n: usize,
    doses: &AtomicUsize,
    log: &Mutex<BTreeSet<String>>,
) -> std::io::Result<()> {
    let record = |at: usize, goes_out: bool| {
        let dose = format!("{:.3}", 100.0 + doses.fetch_add(1, SeqCst) as f64 * 0.001);
        let text = format!(r#"{{"age": {}, "dose": {dose}, "sex": "{}"}}"#, 20 + at % 60, ["F", "M"][at % 2]);
        if goes_out {
            log.lock().unwrap().insert(dose);
        }
        text
    };
    let head = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\nconnection: close\r\n{more}\r\n");
    match act {
        Act::TooMany => {
            write!(stream, "{}", head("429 Slow down", "retry-after: 0\r\ncontent-length: 0\r\n"))
        }
        Act::Broken => write!(stream, "{}", head("500 Broken", "content-length: 0\r\n")),
        Act::Drop => Ok(()),
        Act::Hang => {
            std::thread::sleep(Duration::from_secs(10));
            Ok(())
        }
        Act::Cut => {
            let rows = [record(0, true), record(1, true), record(2, false)].join(",");
            let text = format!("{{\"rows\": [{}", &rows[..rows.len() - 9]);
            let event = json!({ "choices": [{ "index": 0, "delta": { "content": text } }] });
            let event = format!("data: {event}\n\n");
            let kind = "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
            write!(stream, "{}{:x}\r\n{event}\r\n", head("200 OK", kind), event.len())
        }
        Act::Answer => {
            let rows: Vec<String> = (0..n).map(|at| record(at, true)).collect();
            let text = format!("{{\"rows\": [{}]}}", rows.join(","));
            let body = json!({ "choices": [{ "index": 0, "message": { "content": text }, "finish_reason": "stop" }] });
            let body = body.to_string();
            let kind = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
            write!(stream, "{}{body}", head("200 OK", &kind))
        }
    }
}

/// A ward, and a description of its columns.
fn session() -> Session {
    let session = Session::new();
    let row =
        |row: usize| format!("{},{:.3},{}", 20 + row % 60, 100.0 + row as f64 * 0.1, ["F", "M"][row % 2]);
    let rows: Vec<String> = (0..200).map(row).collect();
    session.file("ward.csv", format!("age,dose,sex\n{}\n", rows.join("\n")));
    let column = |sdtype: &str, ours: Value| json!({ "sdtype": sdtype, "x-verosim": ours });
    let decimals = json!({ "as": "number", "min_decimals": 3, "max_decimals": 3, "point": "." });
    let columns = json!({
        "age": column("numerical", json!({ "kind": "count", "bounds": [18, 99] })),
        "dose": column("numerical", json!({ "kind": "continuous", "bounds": [50, 500], "format": decimals })),
        "sex": column("categorical", json!({ "kind": "nominal", "levels": ["F", "M"] })),
    });
    let tables = json!({ "METADATA_SPEC_VERSION": "V1", "tables": { "t": { "columns": columns } } });
    session.file("m.json", tables.to_string());
    session
}

fn run<'a>(address: &'a str, n: &'a str, out: &'a str) -> Vec<&'a str> {
    let words = "run ward.csv --metadata m.json --engine cllm --set prevalence=model --set rows_per_reply=10 \
                 --request-timeout 2s -q --model";
    words.split_whitespace().chain([address, "-n", n, "-o", out]).collect()
}

/// The doses of a file, which must differ from each other.
fn doses(session: &Session, file: &str) -> BTreeSet<String> {
    let text = session.text(file);
    let all: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
    let distinct: BTreeSet<String> = all.iter().map(|&dose| dose.to_owned()).collect();
    assert_eq!(distinct.len(), all.len(), "{file}: a row is doubled");
    distinct
}

#[test]
fn a_run_gets_through_faults_and_accounts_for_every_row() {
    let session = session();
    let faults = [Act::TooMany, Act::Broken, Act::Drop, Act::Cut, Act::Hang, Act::Cut, Act::TooMany];
    let server = Server::start(move |number| faults.get(number).copied().unwrap_or(Act::Answer));
    session.run(&run(&server.address, "95", "run")).ends(0);
    let had = doses(&session, "run/synthetic/data.csv");
    let served = server.served();
    assert_eq!(had.len(), 95);
    assert!(had.is_subset(&served), "every row is one that was served");
    let account = session.json("run/exchange/account.json");
    let refused = |words: &str| {
        let all = account["refused"].as_array().unwrap();
        all.iter().find(|reason| reason[0] == words).map_or(0, |reason| reason[1].as_u64().unwrap())
    };
    assert_eq!(
        refused("cut off"),
        2,
        "of each stream that broke off the third record, and no more: {account}"
    );
    let whole = account["accepted"].as_u64().unwrap() + refused("more than asked for");
    assert_eq!(
        whole as usize,
        served.len(),
        "what came whole was taken or was more than asked for: {account}"
    );
    assert_eq!(account["failed"], 1, "the one that hung; what was tried again is no failure: {account}");
    assert!(session.text("run/report/report.md").contains("cut off"), "the report tells of it");
}

#[test]
fn a_server_that_dies_leaves_a_part_and_resume_adds_the_rest() {
    let session = session();
    let is_well = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&is_well);
    let server =
        Server::start(move |number| if number < 5 || state.load(SeqCst) { Act::Answer } else { Act::Broken });
    let args = run(&server.address, "300", "run");
    let dead = session.run(&args).ends(5);
    assert!(dead.err.contains("of 300 rows") && dead.err.contains("status 500"), "{}", dead.err);
    let part = doses(&session, "run/synthetic/partial.csv");
    assert_eq!(part.len(), 50, "five replies of ten");
    assert!(!session.path("run/synthetic/data.csv").exists());
    is_well.store(true, SeqCst);
    let before = server.requests.load(SeqCst);
    session.run(&[&args[..], &["--resume"]].concat()).ends(0);
    let had = doses(&session, "run/synthetic/data.csv");
    assert_eq!(had.len(), 300);
    assert!(part.is_subset(&had), "what was had before is not lost");
    assert!(had.is_subset(&server.served()));
    assert!(server.requests.load(SeqCst) - before <= 30, "what was answered is not asked again");
    assert!(!session.path("run/synthetic/partial.csv").exists());
}
