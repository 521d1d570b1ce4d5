//! The whole of a local model, on files that nano models are written to.

use super::LocalModel;
use super::grammar::grammar;
use super::source::Source;
use crate::codec::{Raw, codec};
use candle_core::{Device, Tensor};
use std::path::{Path, PathBuf};
use verosim_core::{
    ColumnContract, Context, Contract, Disclosure, Enforced, Finish, LanguageModel, Mode, ModelError,
    PrivacyClass, Prompt, Request, RowContract, RowForm, Section, Speaker, Values,
};
use verosim_nano::{BEGIN, Nano, Shape};

fn files(folder: &Path) -> (Nano, PathBuf, PathBuf) {
    let nano = Nano::random(Shape::SMALL, 7).unwrap();
    let (gguf, tensors) = (folder.join("nano.gguf"), folder.join("nano"));
    nano.write_gguf(&gguf, false).unwrap();
    nano.write_folder(&tensors).unwrap();
    (nano, gguf, tensors)
}

fn ask(contract: Contract, mode: Mode, text: &str, seed: u64) -> Request {
    let section = Section::new("schema", Speaker::User, PrivacyClass::Public, text.to_owned());
    let prompt = Prompt::new(vec![section]).clear(Disclosure::Metadata).unwrap();
    Request { prompt, contract, mode, max_tokens: 4_000, ..Request::plain(seed) }
}

pub(super) fn rows(form: RowForm, rows: usize) -> RowContract {
    let column = |name: &str, values, nullable| ColumnContract { name: name.into(), values, nullable };
    let words = |words: &[&str]| Values::Levels(words.iter().map(|&word| word.to_owned()).collect());
    RowContract {
        form,
        columns: vec![
            column("age", Values::Number { low: Some(18.0), high: Some(99.0), decimals: 0 }, false),
            column("base excess", Values::Number { low: Some(-4.5), high: Some(3.25), decimals: 2 }, true),
            column("sex", words(&["F", "M"]), true),
            column("diagnosis, main", words(&["I21.4", "a \"b\", c", "é/ü", "x."]), false),
            column("seen", Values::Date { low: Some(18_000.0), high: Some(19_000.0) }, false),
            column("measured", Values::Datetime { low: Some(1.6e9), high: Some(1.7e9) }, true),
            column("remark", Values::Text, true),
        ],
        rows,
        groups: Vec::new(),
        given: Vec::new(),
    }
}

/// The files say what our own differentiable llama says, letter for letter of a text, read at once or in pieces.
#[test]
fn both_kinds_of_files_give_the_logits_of_the_model_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let (nano, gguf, tensors) = files(folder.path());
    let tokens: Vec<u32> = [&[BEGIN][..], &verosim_nano::encode("age is 63, sex is F")].concat();
    let input = Tensor::new(&tokens[..], &Device::Cpu).unwrap().unsqueeze(0).unwrap();
    let all = nano.logits(&input).unwrap().squeeze(0).unwrap().to_vec2::<f32>().unwrap();
    let wanted = all.last().unwrap();
    for path in [gguf, tensors] {
        let source = Source::open(&path).unwrap();
        assert_eq!(source.vocabulary.tokens("age is 63, sex is F").unwrap(), tokens);
        let at_once = source.weights.clone().read(&tokens, 0).unwrap();
        let mut model = source.weights.clone();
        model.read(&tokens[..4], 0).unwrap();
        model.read(&tokens[4..5], 4).unwrap();
        let in_pieces = model.read(&tokens[5..], 5).unwrap();
        for at in 0..wanted.len() {
            assert!((at_once[at] - wanted[at]).abs() < 2e-4, "{path:?}: {} {}", at_once[at], wanted[at]);
            assert!((in_pieces[at] - wanted[at]).abs() < 2e-4, "{path:?} in pieces");
        }
    }
}

#[test]
fn random_weights_write_rows_of_every_form_that_read_back_without_repair() {
    let folder = tempfile::tempdir().unwrap();
    let (_, gguf, tensors) = files(folder.path());
    for (path, form) in [(&gguf, RowForm::Json), (&tensors, RowForm::Csv), (&gguf, RowForm::Sentence)] {
        let model = LocalModel::open(path).unwrap();
        let contract = rows(form, 4);
        let requests: Vec<Request> = (0..5)
            .map(|seed| ask(Contract::Rows(contract.clone()), Mode::Chat, "Write patients.", seed))
            .collect();
        for reply in model.complete_all(&requests, Context::silent()) {
            let reply = reply.unwrap();
            assert_eq!((reply.enforced, reply.choices[0].finish), (Enforced::Grammar, Finish::Stop));
            assert!(reply.masked.unwrap() > 0.3, "random weights want other letters: {:?}", reply.masked);
            let read = codec(form).decode(&contract, &reply.choices[0].text, true);
            assert_eq!(read.len(), 4, "{}", reply.choices[0].text);
            for row in read {
                let cells = row.unwrap().cells;
                for (cell, column) in cells.iter().zip(&contract.columns) {
                    meets(cell.as_ref().unwrap(), column);
                }
            }
        }
    }
}

fn meets(cell: &Raw, column: &ColumnContract) {
    if *cell == Raw::Null {
        return assert!(column.nullable, "{}", column.name);
    }
    let text = match cell {
        Raw::Number(number) => number.to_string(),
        Raw::Text(text) => text.clone(),
        _ => panic!("{cell:?}"),
    };
    let met = match &column.values {
        Values::Number { low, high, .. } => {
            let number: f64 = text.parse().unwrap();
            number >= low.unwrap() && number <= high.unwrap()
        }
        Values::Levels(levels) => levels.contains(&text),
        Values::Date { .. } => ("2019-04-14"..="2022-01-08").contains(&text.as_str()) && text.len() == 10,
        Values::Datetime { .. } => ("2020-09-14".."2023-11-14").contains(&text.as_str()) && text.len() == 19,
        Values::Text => !text.trim().is_empty() && text.chars().count() <= 80,
    };
    assert!(met, "{}: {text}", column.name);
}

#[test]
fn groups_and_given_values_are_written_where_they_belong() {
    let folder = tempfile::tempdir().unwrap();
    let (_, gguf, _) = files(folder.path());
    let model = LocalModel::open(&gguf).unwrap();
    let mut contract = rows(RowForm::Csv, 4);
    contract.columns.swap(0, 2);
    contract.groups = vec!["F".into(), "M".into()];
    let reply = model
        .complete(&ask(Contract::Rows(contract.clone()), Mode::Chat, "Write.", 1), Context::silent())
        .unwrap();
    let read = codec(RowForm::Csv).decode(&contract, &reply.choices[0].text, true);
    let sexes: Vec<Raw> = read.into_iter().map(|row| row.unwrap().cells[0].clone().unwrap()).collect();
    assert_eq!(sexes, ["F", "F", "M", "M"].map(|sex| Raw::Text(sex.into())));

    let mut contract = rows(RowForm::Sentence, 2);
    contract.given = vec![vec![(0, "63".into()), (1, "-1.50".into())]];
    let request =
        ask(Contract::Rows(contract.clone()), Mode::Completion, "age is 63, base excess is -1.50,", 1);
    let text = model.complete(&request, Context::silent()).unwrap().choices[0].text.clone();
    assert!(text.starts_with("sex is "), "{text}");
    let read =
        codec(RowForm::Sentence).decode(&contract, &format!("age is 63, base excess is -1.50, {text}"), true);
    assert!(read.len() == 2 && read.iter().all(Result::is_ok), "{text}");
}

#[test]
fn any_json_schema_is_met() {
    let folder = tempfile::tempdir().unwrap();
    let (_, _, tensors) = files(folder.path());
    let schema = serde_json::json!({
        "type": "object",
        "properties": {
            "low": { "type": "integer", "minimum": 3, "maximum": 12 },
            "law": { "enum": ["normal", "lognormal"] },
        },
        "required": ["low", "law"],
        "additionalProperties": false,
    });
    let model = LocalModel::open(&tensors).unwrap();
    let reply =
        model.complete(&ask(Contract::Json(schema), Mode::Chat, "Which law?", 3), Context::silent()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&reply.choices[0].text).unwrap();
    assert!((3..=12).contains(&value["low"].as_i64().unwrap()));
    assert!(["normal", "lognormal"].contains(&value["law"].as_str().unwrap()));
}

#[test]
fn a_reply_is_a_function_of_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let (_, gguf, _) = files(folder.path());
    let model = LocalModel::open(&gguf).unwrap();
    let requests: Vec<Request> = (0..6)
        .map(|seed| Request {
            n: 2,
            max_tokens: 60,
            ..ask(Contract::Text, Mode::Completion, "Once upon a time", seed)
        })
        .collect();
    let texts = |replies: Vec<Result<verosim_core::Reply, ModelError>>| -> Vec<String> {
        replies.into_iter().flat_map(|reply| reply.unwrap().choices).map(|choice| choice.text).collect()
    };
    let together = texts(model.complete_all(&requests, Context::silent()));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let alone: Vec<String> = one.install(|| {
        requests
            .iter()
            .rev()
            .flat_map(|request| texts(vec![model.complete(request, Context::silent())]))
            .collect()
    });
    let mut alone: Vec<String> = alone.chunks(2).rev().flatten().cloned().collect();
    assert_eq!(together, alone);
    alone.sort();
    alone.dedup();
    assert_eq!(alone.len(), 12, "seeds and choices differ");
}

/// Prompts share a beginning: it is read once, and not a bit of any reply changes.
#[test]
fn what_prompts_begin_with_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let (_, gguf, _) = files(folder.path());
    let model = LocalModel::open(&gguf).unwrap();
    let head = "The same words stand at the beginning of every prompt. ".repeat(12);
    let request = |seed: u64| Request {
        max_tokens: 40,
        ..ask(Contract::Text, Mode::Completion, &format!("{head} Number {seed}."), seed)
    };
    let warm: Vec<_> =
        (0..4).map(|seed| model.complete(&request(seed), Context::silent()).unwrap()).collect();
    let cached: Vec<u64> = warm.iter().map(|reply| reply.usage.cached).collect();
    assert_eq!(cached, [0, 0, 512, 512]);
    let cold = LocalModel::open(&gguf).unwrap().complete(&request(3), Context::silent()).unwrap();
    assert_eq!((cold.usage.cached, &cold.choices), (0, &warm[3].choices));
}

/// A cell that holds the name of a special token must not become that token.
#[test]
fn special_tokens_in_cells_lose_their_meaning() {
    let folder = tempfile::tempdir().unwrap();
    let (_, gguf, _) = files(folder.path());
    let source = Source::open(&gguf).unwrap();
    let harmless = source.vocabulary.harmless("ends</s> here");
    assert_eq!(harmless, "ends< /s> here");
    assert!(!source.vocabulary.tokens(&harmless).unwrap().contains(&verosim_nano::END));
    assert!(source.vocabulary.tokens("ends</s> here").unwrap().contains(&verosim_nano::END));
}

#[test]
fn what_cannot_be_used_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (_, gguf, tensors) = files(folder.path());
    let why = |path: &Path| LocalModel::open(path).map(|_| ()).unwrap_err().to_string();
    let bytes = std::fs::read(&gguf).unwrap();
    let cut = folder.path().join("cut.gguf");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    assert!(why(&cut).contains("do not read"), "{}", why(&cut));
    std::fs::write(&cut, "no model").unwrap();
    assert!(why(&cut).contains("no GGUF file"), "{}", why(&cut));
    std::fs::remove_file(tensors.join("tokenizer.json")).unwrap();
    assert!(why(&tensors).contains("tokenizer.json"));
    let config = tensors.join("config.json");
    let text = std::fs::read_to_string(&config).unwrap().replace("\"llama\"", "\"mamba\"");
    std::fs::write(&config, text).unwrap();
    assert!(why(&tensors).contains("`mamba`"));

    let model = LocalModel::open(&gguf).unwrap();
    let long = ask(Contract::Text, Mode::Completion, &"long ".repeat(2_000), 1);
    let error = model.complete(&long, Context::silent()).unwrap_err().to_string();
    assert!(error.contains("the model reads 4096"), "{error}");
}

#[test]
fn text_needs_no_grammar() {
    assert!(grammar(&Contract::Text, Mode::Chat).is_none());
}

/// GReaT's published guided sampling wrote another delimiter than its training texts: here what a codec writes, examples
/// of prompts included, is letter for letter what the grammar admits.
#[test]
fn the_grammar_admits_what_codecs_write() {
    let folder = tempfile::tempdir().unwrap();
    let (_, gguf, _) = files(folder.path());
    let vocabulary = Source::open(&gguf).unwrap().vocabulary;
    let text =
        |cells: &[&str]| cells.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect();
    let written: Vec<Vec<Option<String>>> = vec![
        text(&["63", "-1.50", "F", "a \"b\", c", "2020-02-29", "2021-05-06T07:08:09", "well, so far"]),
        text(&["18", "", "", "I21.4", "2019-05-01", "", ""]),
        text(&["99", "3.25", "M", "é/ü", "2021-12-31", "2022-01-01T00:00:00", "x"]),
    ];
    for form in [RowForm::Json, RowForm::Csv, RowForm::Sentence] {
        let mut contract = rows(form, 3);
        if form != RowForm::Json {
            // Bare texts of the grammar need no quotes; those of codecs may.
            contract.columns.pop();
        }
        let width = contract.columns.len();
        let cells: Vec<_> = written.iter().map(|row| row[..width].to_vec()).collect();
        let mut said = codec(form).encode(&contract, &cells);
        if form == RowForm::Csv {
            // Answers have no header.
            said = said.split_once('\n').unwrap().1.to_owned();
        }
        let grammar = grammar(&Contract::Rows(contract), Mode::Chat).unwrap();
        let mut matcher = llguidance::Matcher::new(vocabulary.grammars().create_parser(grammar));
        for (at, token) in
            vocabulary.tokens(&said).unwrap().into_iter().filter(|&token| token != BEGIN).enumerate()
        {
            assert!(matcher.consume_token(token).is_ok(), "{form:?}: token {at} of {said}");
        }
        assert!(matcher.is_accepting().unwrap(), "{form:?}: {said}");
    }
}
