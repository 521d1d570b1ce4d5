//! What does a mask cost? Run by `cargo test --release -p verosim-llm --features local -- --ignored --nocapture mask`.

use super::grammar::grammar;
use super::sampler::Sampling;
use super::sentencepiece::tokenizer_json;
use super::tests::rows;
use super::vocabulary::Vocabulary;
use llguidance::Matcher;
use rand::RngExt as _;
use std::time::Instant;
use verosim_core::{Contract, Mode, RowForm, Seeded};

/// A vocabulary of `size` pieces as large models have them: bytes, letters, numbers of up to three digits, and pieces of
/// two to nine letters, with and without a space before them.
fn vocabulary(size: usize) -> Vocabulary {
    let mut rng = Seeded::new(1).rng();
    let mut pieces: Vec<String> = vec!["<unk>".into(), "<s>".into(), "</s>".into()];
    pieces.extend((0..256).map(|byte| format!("<0x{byte:02X}>")));
    let mut kinds = vec![2, 3, 3];
    kinds.extend([6; 256]);
    let mut seen: std::collections::HashSet<String> = pieces.iter().cloned().collect();
    let letters = ('!'..='~').map(String::from);
    let numbers = (10..1_000).map(|number: u32| number.to_string());
    let marks =
        ["\":", ",\"", "\",\"", "\":\"", "},", ",\n{\"", " is", "],", "{\"", "\u{2581}\"", "\u{2581}"]
            .map(String::from);
    pieces.extend(letters.chain(numbers).chain(marks).filter(|piece| seen.insert(piece.clone())));
    while pieces.len() < size {
        let length = rng.random_range(2..=9);
        let word: String = (0..length).map(|_| char::from(b'a' + rng.random_range(0..26_u8))).collect();
        let piece = match rng.random_range(0..4) {
            0 => word,
            1 => word[..1].to_uppercase() + &word[1..],
            _ => format!("\u{2581}{word}"),
        };
        if seen.insert(piece.clone()) {
            pieces.push(piece);
        }
    }
    kinds.resize(pieces.len(), 1);
    let scores: Vec<f32> = (0..pieces.len()).map(|id| -(id as f32)).collect();
    let json = tokenizer_json(&pieces, &scores, &kinds, true);
    Vocabulary::new(&json, size, Some(1), vec![2]).unwrap()
}

#[test]
#[ignore = "a measurement"]
fn mask_at_32_thousand_tokens() {
    let vocabulary = vocabulary(32_768);
    let sampling = Sampling { temperature: 1.0, top_p: 1.0 };
    for form in [RowForm::Json, RowForm::Csv, RowForm::Sentence] {
        let mut contract = rows(form, 20);
        // Twenty columns.
        let more: Vec<_> = (0..13)
            .map(|at| {
                let mut column = contract.columns[at % 6].clone();
                column.name = format!("{} {at}", column.name);
                column
            })
            .collect();
        contract.columns.extend(more);
        let made = Instant::now();
        let grammar = grammar(&Contract::Rows(contract), Mode::Chat).unwrap();
        let first = Matcher::new(vocabulary.grammars().create_parser(grammar));
        let made = made.elapsed();
        let mut rng = Seeded::new(2).rng();
        let logits: Vec<f32> = (0..32_768).map(|_| rng.random_range(-3.0..3.0)).collect();
        for pass in 0..2 {
            let mut matcher = first.clone();
            let (mut times, mut forced) = (Vec::new(), 0);
            while !matcher.is_stopped() {
                let ahead = matcher.compute_ff_tokens();
                if !ahead.is_empty() {
                    forced += ahead.len();
                    matcher.consume_tokens(&ahead).unwrap();
                    continue;
                }
                let start = Instant::now();
                let mask = matcher.compute_mask_or_eos().unwrap();
                times.push(start.elapsed().as_secs_f64() * 1e6);
                let token = sampling.draw(&logits, Some(&mask), &mut rng).unwrap().token;
                matcher.consume_token(token).unwrap();
            }
            times.sort_by(f64::total_cmp);
            let mean = times.iter().sum::<f64>() / times.len() as f64;
            let at = |share: f64| times[(share * (times.len() - 1) as f64) as usize];
            println!(
                "{form:?} pass {pass}: grammar {made:?}, {} masks, {forced} forced tokens; mean {mean:.1} µs, median \
                 {:.1}, 99 % {:.1}, most {:.1}",
                times.len(),
                at(0.5),
                at(0.99),
                at(1.0)
            );
            assert!(mean < 200.0);
        }
    }
}
