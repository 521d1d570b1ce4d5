//! Does the client get through whatever servers do, and lose or double nothing?

use super::HttpModel;
use super::scripted::{Act, End, Scripted, Seen};
use crate::backend::Access;
use serde_json::{Value, json};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};
use verosim_core::{
    Context, Contract, Disclosure, Enforced, Finish, Hint as _, Interrupted, LanguageModel, Mode, ModelError,
    PrivacyClass, Prompt, Request, Section, Silent, Speaker, Stop, UsageSource,
};

fn access() -> Access {
    let first_wait = Duration::from_millis(5);
    Access { key: Some("sk-CANARYKEY".into()), timeout_s: 2, retries: 3, first_wait, ..Access::default() }
}

fn question(seed: u64) -> Request {
    let section = |speaker, text: &str| Section::new("x", speaker, PrivacyClass::Public, text.into());
    let sections =
        vec![section(Speaker::System, "You write rows."), section(Speaker::User, "CANARYPROMPT rows:")];
    Request {
        prompt: Prompt::new(sections).clear(Disclosure::Metadata).unwrap(),
        contract: Contract::Json(json!({ "type": "object" })),
        max_tokens: 50,
        ..Request::plain(seed)
    }
}

fn chat(text: &str, finish: &str) -> String {
    json!({
        "choices": [{ "index": 0, "message": { "content": text }, "finish_reason": finish }],
        "usage": { "prompt_tokens": 11, "completion_tokens": 7, "prompt_tokens_details": { "cached_tokens": 3 } },
    })
    .to_string()
}

fn delta(text: &str) -> String {
    json!({ "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] }).to_string()
}

fn end() -> String {
    json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] }).to_string()
}

type Script = fn(usize, &Seen) -> Act;

fn ask(server: &Scripted, request: &Request) -> Result<verosim_core::Reply, ModelError> {
    HttpModel::open(&server.address, &access()).unwrap().complete(request, Context::silent())
}

#[test]
fn whole_and_streamed_answers_are_read_with_their_tokens() {
    let server = Scripted::start(|_, _| Act::Whole(200, "", chat("{\"rows\":[]}", "stop")));
    let reply = ask(&server, &question(1)).unwrap();
    assert_eq!((reply.choices[0].text.as_str(), reply.choices[0].finish), ("{\"rows\":[]}", Finish::Stop));
    assert_eq!((reply.usage.input, reply.usage.cached, reply.usage.output), (11, 3, 7));
    assert_eq!((reply.usage.source, reply.enforced), (UsageSource::Provider, Enforced::Schema));
    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/v1/chat/completions");
    assert_eq!(seen.body["messages"][0], json!({ "role": "system", "content": "You write rows." }));
    assert_eq!(seen.body["model"], "tiny");
    assert!(seen.head.contains("Bearer sk-CANARYKEY"), "the key goes into its header and nowhere else");
    assert!(!seen.body.to_string().contains("CANARYKEY"));

    let server = Scripted::start(|_, _| {
        let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "length" }] }).to_string();
        let usage =
            json!({ "choices": [], "usage": { "prompt_tokens": 5, "completion_tokens": 2 } }).to_string();
        Act::Stream(vec![delta("{\"a\""), delta(": 1"), end, usage], End::Done)
    });
    let reply = ask(&server, &question(1)).unwrap();
    assert_eq!((reply.choices[0].text.as_str(), reply.choices[0].finish), ("{\"a\": 1", Finish::Length));
    assert_eq!(reply.usage.output, 2);
}

#[test]
fn failures_that_may_pass_are_tried_again_and_others_are_not() {
    let scripts: [(&str, Script); 4] = [
        ("429", |n, _| {
            if n < 2 {
                Act::Whole(429, "retry-after: 0\r\n", "{}".into())
            } else {
                Act::Whole(200, "", chat("x", "stop"))
            }
        }),
        ("500", |n, _| {
            if n < 2 { Act::Whole(500, "", "oops".into()) } else { Act::Whole(200, "", chat("x", "stop")) }
        }),
        ("dropped", |n, _| if n < 2 { Act::Drop } else { Act::Whole(200, "", chat("x", "stop")) }),
        ("truncated", |n, _| {
            if n < 2 {
                Act::Whole(200, "", "{\"choices\": [{\"ind".into())
            } else {
                Act::Whole(200, "", chat("x", "stop"))
            }
        }),
    ];
    for (name, script) in scripts {
        let server = Scripted::start(script);
        assert_eq!(ask(&server, &question(1)).unwrap().choices[0].text, "x", "{name}");
        assert_eq!(server.seen().len(), 3, "{name}");
    }
    let server = Scripted::start(|_, _| Act::Whole(503, "", "CANARYPROMPT".into()));
    let error = ask(&server, &question(1)).unwrap_err();
    assert!(matches!(error, ModelError::Status { status: 503, .. }), "{error}");
    assert_eq!(server.seen().len(), 4, "once and three tries more");
    let server = Scripted::start(|_, _| {
        Act::Whole(
            401,
            "",
            r#"{"error": {"message": "bad key sk-CANARYKEY", "code": "invalid_api_key"}}"#.into(),
        )
    });
    let error = ask(&server, &question(1)).unwrap_err();
    assert_eq!(server.seen().len(), 1);
    assert!(error.to_string().contains("status 401 (invalid_api_key)"), "{error}");
    assert!(error.hint().unwrap().contains("VEROSIM_API_KEY"));
}

#[test]
fn what_is_broken_off_is_kept_and_what_does_not_end_is_cut() {
    let server =
        Scripted::start(|_, _| Act::Stream(vec![delta("{\"rows\":[{\"a\":1},"), delta("{\"a\"")], End::Cut));
    let reply = ask(&server, &question(1)).unwrap();
    assert_eq!(
        (reply.choices[0].text.as_str(), reply.choices[0].finish),
        ("{\"rows\":[{\"a\":1},{\"a\"", Finish::Broken)
    );
    assert_eq!(reply.usage.source, UsageSource::Estimate);
    let server =
        Scripted::start(|_, _| Act::Stream(vec![delta("blah blah blah blah blah blah ")], End::Never));
    let reply = ask(&server, &question(1)).unwrap();
    assert_eq!(reply.choices[0].finish, Finish::Length);
    assert!(reply.choices[0].text.len() < 200_000);
    let access = Access { timeout_s: 1, ..access() };
    let within = |server: &Scripted| {
        let begun = Instant::now();
        let answer =
            HttpModel::open(&server.address, &access).unwrap().complete(&question(1), Context::silent());
        assert!(begun.elapsed() < Duration::from_secs(3));
        answer
    };
    let server = Scripted::start(|_, _| Act::Hang);
    assert!(matches!(within(&server).unwrap_err(), ModelError::TimedOut { seconds: 1, .. }));
    let server = Scripted::start(|_, _| Act::Stream(vec![delta("half")], End::Silent));
    assert_eq!(within(&server).unwrap().choices[0].finish, Finish::Broken);
}

#[test]
fn refusals_of_the_model_are_told_as_such() {
    let server = Scripted::start(|_, _| {
        Act::Whole(
            200,
            "",
            json!({ "choices": [{ "message": { "refusal": "I can't." }, "finish_reason": "stop" }] })
                .to_string(),
        )
    });
    assert_eq!(ask(&server, &question(1)).unwrap().choices[0].finish, Finish::Refused);
    let server = Scripted::start(|_, _| Act::Whole(200, "", chat("", "content_filter")));
    assert_eq!(ask(&server, &question(1)).unwrap().choices[0].finish, Finish::Refused);
}

#[test]
fn what_a_server_cannot_do_is_asked_once() {
    let server = Scripted::start(|_, seen| match &seen.body["response_format"]["type"] {
        Value::String(kind) if kind == "json_schema" => Act::Whole(
            500,
            "",
            r#"{"error": {"message": "Input should be 'text' or 'json_object': response_format"}}"#.into(),
        ),
        _ if seen.body.get("stream_options").is_some() => {
            Act::Whole(400, "", r#"{"error": {"message": "unknown field `stream_options`"}}"#.into())
        }
        _ => Act::Whole(200, "", chat("{}", "stop")),
    });
    let model = HttpModel::open(&server.address, &access()).unwrap();
    assert_eq!(model.complete(&question(1), Context::silent()).unwrap().enforced, Enforced::Json);
    assert_eq!(server.seen().len(), 3);
    model.complete(&question(2), Context::silent()).unwrap();
    assert_eq!(server.seen().len(), 4, "remembered");

    let server = Scripted::start(|_, seen| {
        if seen.path.ends_with("/v1/completions") {
            Act::Whole(404, "", String::new())
        } else {
            Act::Whole(200, "", chat("x", "stop"))
        }
    });
    let text = Request { mode: Mode::Completion, contract: Contract::Text, ..question(1) };
    let model = HttpModel::open(&server.address, &access()).unwrap();
    for _ in 0..2 {
        let reply = model.complete(&text, Context::silent()).unwrap();
        assert_eq!((reply.choices[0].text.as_str(), reply.enforced), ("x", Enforced::Nothing));
    }
    let paths: Vec<String> = server.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/v1/completions", "/v1/chat/completions", "/v1/chat/completions"]);
}

#[test]
fn without_a_name_the_first_listed_model_is_asked() {
    let server = Scripted::start(|_, seen| match seen.path.as_str() {
        "/v1/models" => Act::Whole(200, "", json!({ "data": [{ "id": "only-one" }] }).to_string()),
        _ => Act::Whole(200, "", chat("x", "stop")),
    });
    let address = server.address.replace("#tiny", "");
    let model = HttpModel::open(&address, &access()).unwrap();
    model.complete(&question(1), Context::silent()).unwrap();
    model.complete(&question(2), Context::silent()).unwrap();
    assert_eq!(server.seen().len(), 3, "listed once");
    assert_eq!(server.seen()[1].body["model"], "only-one");
}

#[test]
fn sixty_four_streams_are_held_at_once_and_answers_keep_their_order() {
    let together = Arc::new(Barrier::new(64));
    let server = Scripted::start(move |_, seen| {
        // Nobody is answered before all have come.
        together.wait();
        Act::Stream(vec![delta(&format!("answer {}", seen.body["seed"])), end()], End::Done)
    });
    let model =
        HttpModel::open(&server.address, &Access { concurrency: 64, timeout_s: 20, ..access() }).unwrap();
    let questions: Vec<Request> = (0..64).map(question).collect();
    let answers = model.complete_all(&questions, Context::silent());
    for (at, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap().choices[0].text, format!("answer {at}"));
    }
}

/// Regression: the server of llama-cpp-python ends an answer with `[DONE]` and no reason as soon as the next request comes.
#[test]
fn a_server_that_interrupts_itself_is_asked_one_request_at_a_time() {
    let busy = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let server = Scripted::start(move |_, seen| {
        use std::sync::atomic::Ordering::SeqCst;
        busy.fetch_add(1, SeqCst);
        std::thread::sleep(Duration::from_millis(40));
        let alone = busy.load(SeqCst) == 1;
        busy.fetch_sub(1, SeqCst);
        let whole = delta(&format!("answer {}", seen.body["seed"]));
        if alone {
            Act::Stream(vec![whole, end()], End::Done)
        } else {
            Act::Stream(vec![delta("an")], End::Done)
        }
    });
    let model = HttpModel::open(&server.address, &Access { timeout_s: 20, ..access() }).unwrap();
    let questions: Vec<Request> = (0..6).map(question).collect();
    for (at, answer) in model.complete_all(&questions, Context::silent()).into_iter().enumerate() {
        let choice = answer.unwrap().choices[0].clone();
        assert_eq!((choice.text, choice.finish), (format!("answer {at}"), Finish::Stop));
    }
}

#[test]
fn a_wish_to_stop_is_heard_while_waiting() {
    struct Asked(Instant);
    impl Stop for Asked {
        fn check(&self) -> Result<(), Interrupted> {
            if self.0.elapsed() > Duration::from_millis(200) { Err(Interrupted::Asked) } else { Ok(()) }
        }
    }
    let server = Scripted::start(|_, _| Act::Hang);
    let model = HttpModel::open(&server.address, &access()).unwrap();
    let asked = Asked(Instant::now());
    let answer = model.complete(&question(1), Context { progress: &Silent, stop: &asked });
    assert_eq!(answer, Err(ModelError::Interrupted(Interrupted::Asked)));
    assert!(asked.0.elapsed() < Duration::from_millis(900));
}

#[test]
fn neither_key_nor_prompt_is_in_an_error_or_a_debug_text() {
    let mut told = Vec::new();
    for body in ["CANARYPROMPT", r#"{"error": {"message": "CANARYPROMPT", "code": "CANARYPROMPT rows:"}}"#] {
        for status in [200, 400, 404, 418, 500] {
            let server = Scripted::start(move |_, _| Act::Whole(status, "", body.to_owned()));
            let access = Access { retries: 0, ..access() };
            let model = HttpModel::open(&server.address, &access).unwrap();
            let error = model.complete(&question(1), Context::silent()).unwrap_err();
            told.push(format!("{error} {error:?} {:?} {model:?} {access:?}", error.hint()));
        }
    }
    let nobody = HttpModel::open("http://127.0.0.1:1/v1#x", &Access { retries: 0, ..access() }).unwrap();
    let error = nobody.complete(&question(1), Context::silent()).unwrap_err();
    assert!(matches!(error, ModelError::Unreachable { .. }));
    told.push(format!("{error:?}"));
    assert!(told.iter().all(|text| !text.contains("CANARY")), "{told:?}");
}
