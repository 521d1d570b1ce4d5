//! A server on this machine that does what a test's script says.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) head: String,
    pub(super) body: Value,
}

/// What the server does with a request.
pub(super) enum Act {
    /// Answers with a status, further header lines and a body.
    Whole(u16, &'static str, String),
    /// Streams events, then ends as told.
    Stream(Vec<String>, End),
    /// Closes the connection without a word.
    Drop,
    /// Says nothing for a while.
    Hang,
}

/// How a stream ends.
pub(super) enum End {
    /// `[DONE]`.
    Done,
    /// In the middle.
    Cut,
    /// Never: the last event again and again.
    Never,
    /// It stays open and silent.
    Silent,
}

/// The server; it lives as long as the test program.
pub(super) struct Scripted {
    pub(super) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Scripted {
    /// Answers request number `n` (from 0) as `script(n, request)` says.
    pub(super) fn start(script: impl Fn(usize, &Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/v1#tiny", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, script) = (Arc::clone(&seen), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, script) = (Arc::clone(&log), Arc::clone(&script));
                std::thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    let number = {
                        let mut log = log.lock().unwrap();
                        log.push(request.clone());
                        log.len() - 1
                    };
                    let _ = act(stream, script(number, &request));
                });
            }
        });
        Self { address, seen }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        line.to_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse::<usize>())
    });
    let mut body = vec![0; length.and_then(Result::ok).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let path = head.split_whitespace().nth(1)?.to_owned();
    Some(Seen { path, head, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}

fn act(mut stream: TcpStream, act: Act) -> std::io::Result<()> {
    match act {
        Act::Whole(status, headers, body) => {
            let kind = "content-type: application/json\r\nconnection: close\r\n";
            write!(
                stream,
                "HTTP/1.1 {status} X\r\n{kind}{headers}content-length: {}\r\n\r\n{body}",
                body.len()
            )
        }
        Act::Stream(events, end) => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
            )?;
            let mut send = |event: &str| {
                let event = format!("data: {event}\n\n");
                write!(stream, "{:x}\r\n{event}\r\n", event.len())?;
                stream.flush()
            };
            for event in &events {
                send(event)?;
            }
            match end {
                End::Done => {
                    send("[DONE]")?;
                    write!(stream, "0\r\n\r\n")
                }
                End::Cut => Ok(()),
                End::Never => loop {
                    send(events.last().unwrap())?;
                },
                End::Silent => {
                    std::thread::sleep(Duration::from_secs(20));
                    Ok(())
                }
            }
        }
        Act::Drop => Ok(()),
        Act::Hang => {
            std::thread::sleep(Duration::from_secs(20));
            Ok(())
        }
    }
}
