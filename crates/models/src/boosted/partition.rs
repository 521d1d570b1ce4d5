//! In which questions, one after the other, is the state of a cell told?

use crate::states::States;
use std::ops::Range;
use verosim_data::{ColumnDomain, Token};

/// Questions about the states of a column, from the coarsest to single states: missing or not, then which half of the values by
/// how many rows have them, and so on. A value that many rows have stands alone early.
///
/// # Source
/// Halves of halves, and the short way to a single value: BaltoBot of McCarter 2024 (`mccarter2024`), there over cuts
/// of the column's own; here over states.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Partition {
    /// All states, so that the states of each answer stand together.
    pub(super) order: Vec<u16>,
    /// The first is asked first; those that follow from an answer stand after it.
    pub(super) questions: Vec<Question>,
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    /// Two answers or more, side by side.
    pub(super) answers: Vec<Answer>,
}

/// What an answer leaves possible.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// Places in the order of states.
    pub(super) places: Range<usize>,
    /// The question that follows; none for a single state.
    pub(super) next: Option<usize>,
}

impl Partition {
    /// Levels without an order are told apart in one question where they are `at_once` or fewer. `margin` is how common each
    /// state is.
    pub(super) fn new(domain: &ColumnDomain, states: &States, margin: &[f32], at_once: usize) -> Self {
        let kind = |state: u16| match states.apart().get(usize::from(state)) {
            Some(&token) if matches!(domain.tokens[token as usize], Token::Missing(_)) => 0,
            Some(_) => 1,
            None => 2,
        };
        let mut order: Vec<u16> = (0..states.n() as u16).collect();
        order.sort_by_key(|&state| (kind(state), state));
        let shares: Vec<f64> = order.iter().map(|&state| f64::from(margin[usize::from(state)])).collect();
        let kinds: Vec<u8> = order.iter().map(|&state| kind(state)).collect();
        let mut waiting: Vec<Range<usize>> = std::iter::once(0..order.len()).collect();
        let mut questions: Vec<Question> = Vec::new();
        let mut asked = 0;
        // Ranges are asked about in the order in which they are found, so that numbers of questions are known before.
        while asked < waiting.len() {
            let range = waiting[asked].clone();
            asked += 1;
            if range.len() < 2 {
                continue; // A column of one state.
            }
            let (first, last) = (kinds[range.start], kinds[range.end - 1]);
            let parts = if first != last {
                let cut = range.start + kinds[range.clone()].partition_point(|&kind| kind == first);
                vec![range.start..cut, cut..range.end]
            } else if (!domain.ordered || first < 2) && range.len() <= at_once {
                range.map(|place| place..place + 1).collect()
            } else {
                let cut = halved(&shares, &range);
                vec![range.start..cut, cut..range.end]
            };
            let answers = parts.into_iter().map(|places| {
                let next = (places.len() > 1).then(|| {
                    waiting.push(places.clone());
                    waiting.len() - 1
                });
                Answer { places, next }
            });
            questions.push(Question { answers: answers.collect() });
        }
        Self { order, questions }
    }
}

/// Where a range of at least two places is cut so that both sides are as common as can be.
fn halved(shares: &[f64], range: &Range<usize>) -> usize {
    let all: f64 = shares[range.clone()].iter().sum();
    let mut before = 0.0;
    let mut best = (f64::INFINITY, range.start + 1);
    for cut in range.start + 1..range.end {
        before += shares[cut - 1];
        let off = (before - 0.5 * all).abs();
        if off < best.0 {
            best = (off, cut);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(tokens: Vec<Token>, ordered: bool) -> ColumnDomain {
        let token_rank = vec![f32::NAN; tokens.len()];
        ColumnDomain {
            name: "x".into(),
            tokens,
            ordered,
            n_ranks: 0,
            token_rank,
            parents: Vec::new(),
            stage: 0,
        }
    }

    fn asked(domain: &ColumnDomain, counts: &[u64], at_once: usize) -> Vec<Vec<usize>> {
        let states = States::fine(domain, counts, 32, 1);
        let partition = Partition::new(domain, &states, &states.margin(counts), at_once);
        for (number, question) in partition.questions.iter().enumerate() {
            assert!(question.answers.iter().all(|answer| answer.next.is_none_or(|next| next > number)));
        }
        let sizes = |question: &Question| question.answers.iter().map(|answer| answer.places.len()).collect();
        partition.questions.iter().map(sizes).collect()
    }

    #[test]
    fn missing_is_asked_first_and_values_are_halved_by_rows() {
        let mut tokens: Vec<Token> = (0..5).map(|at| Token::Value(f64::from(at))).collect();
        tokens.push(Token::Missing(0));
        // By hand: missing; 0 has half of the rows and stands alone; then 1 and 2 against 3 and 4.
        let numbers = asked(&domain(tokens, true), &[40, 10, 10, 10, 10, 20], 8);
        assert_eq!(numbers, [vec![1, 5], vec![1, 4], vec![2, 2], vec![1, 1], vec![1, 1]]);
    }

    #[test]
    fn few_levels_are_one_question_and_many_are_halved() {
        let tokens: Vec<Token> = (0..4).map(Token::Level).collect();
        let levels = domain(tokens, false);
        assert_eq!(asked(&levels, &[5, 5, 5, 5], 4), [[1, 1, 1, 1]]);
        assert_eq!(asked(&levels, &[5, 5, 5, 5], 3), [vec![2, 2], vec![1, 1], vec![1, 1]]);
        assert!(asked(&levels, &[5, 0, 0, 0], 3).is_empty(), "one level is no question");
    }
}
