//! What leaves the program, byte by byte, when a server is asked?

use crate::session::Session;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use verosim_engine::data::{RawColumn, RawTable, SourceType};
use verosim_engine::llm::preset::ENGINES;

/// A server that keeps every byte it is sent and answers each question with the same text.
struct Recording {
    address: String,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Recording {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/v1#tiny", listener.local_addr().unwrap());
        let bytes: Arc<Mutex<Vec<u8>>> = Arc::default();
        let log = Arc::clone(&bytes);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream.try_clone().unwrap());
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if reader.read_line(&mut head).unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    let length = head.lines().find_map(|line| {
                        line.to_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse().unwrap())
                    });
                    let mut body = vec![0; length.unwrap_or(0)];
                    reader.read_exact(&mut body).unwrap();
                    log.lock().unwrap().extend(head.bytes().chain(body));
                    let answer = r#"{"choices": [{"index": 0, "message": {"content": "{\"rows\": []}"}, "text": "no rows", "finish_reason": "stop"}]}"#;
                    let _ = write!(
                        stream,
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
                        answer.len()
                    );
                });
            }
        });
        Self { address, bytes }
    }

    /// All that was sent since the last time, as text.
    fn take(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *self.bytes.lock().unwrap())).into_owned()
    }
}

/// Every cell stands nowhere else: record numbers, names, towns, measurements, outcomes.
fn table() -> (RawTable, Vec<String>) {
    let mut columns = ["record", "surname", "town", "pressure", "weight", "ill"]
        .map(|name| RawColumn::new(name, SourceType::Text));
    let mut cells = Vec::new();
    for row in 0..150 {
        let own = [
            format!("P{:06}", 918_273 + row),
            format!("Zqber{row}xa"),
            format!("Vleskow{}", row % 3),
            format!("{}", 731_000_000_017_u64 + 1_000_003 * row as u64),
            format!("{:.3}", 6_112.127 + 0.317 * row as f64),
            ["jyesq", "jnoq"][row % 2].to_owned(),
        ];
        for (column, cell) in columns.iter_mut().zip(&own) {
            column.push(cell);
            cells.push(cell.clone());
        }
    }
    (RawTable::new(columns.to_vec()).unwrap(), cells)
}

#[test]
fn no_cell_is_in_any_byte_sent_unless_the_recipe_says_so() {
    let session = Session::new();
    let (table, cells) = table();
    session.table("ward.csv", &table);
    let server = Recording::start();
    for engine in ENGINES {
        let id = engine.page().id;
        let args = ["run", "ward.csv", "--engine", id, "--model", &server.address, "-n", "20"];
        let run = |more: &[&str], out: &str| {
            let mut command = session.command(&[&args[..], more, &["-o", out]].concat());
            command.env("VEROSIM_API_KEY", "sk-CANARYKEY").output().unwrap()
        };
        let out = format!("{id}-default");
        let done = run(&[], &out);
        assert_eq!(done.status.code(), Some(5), "{id}: {}", String::from_utf8_lossy(&done.stderr));
        let sent = server.take();
        assert!(sent.contains("POST /v1/") && sent.contains("pressure"), "{id} asked and named columns");
        for cell in &cells {
            assert!(!sent.contains(cell.as_str()), "{id} sent {cell}");
        }
        assert_eq!(
            sent.matches("sk-CANARYKEY").count(),
            sent.matches("POST /v1/").count(),
            "in the header alone"
        );
        for file in ["exchange/transcript.jsonl", "exchange/account.json", "recipe.toml", "manifest.json"] {
            assert!(!session.text(&format!("{out}/{file}")).contains("CANARYKEY"), "{id} {file}");
        }
        // What the recipe allows is sent, and identifiers still are not.
        let done = run(&["--disclose", "rows"], &format!("{id}-rows"));
        assert_eq!(done.status.code(), Some(5), "{id}: {}", String::from_utf8_lossy(&done.stderr));
        let sent = server.take();
        let tells_rows = cells.iter().any(|cell| cell.starts_with("73") && sent.contains(cell.as_str()));
        assert_eq!(tells_rows, !["llm-elicit", "llm-zero"].contains(&id), "{id}");
        assert!(
            cells
                .iter()
                .filter(|cell| cell.starts_with("P9") || cell.starts_with("Zq"))
                .all(|cell| !sent.contains(cell.as_str())),
            "{id}"
        );
    }
    // Real rows go to another machine only when a person agrees.
    let far = session.run(&[
        "run",
        "ward.csv",
        "--engine",
        "cllm",
        "--model",
        "https://far.example/v1#x",
        "--disclose",
        "rows",
        "-o",
        "far",
    ]);
    assert_eq!(far.code, 2, "{}", far.err);
    assert!(
        far.err.contains("real rows would be sent to far.example:443") && far.err.contains("--yes"),
        "{}",
        far.err
    );
}
