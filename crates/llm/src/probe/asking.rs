//! How are many questions put, and what becomes of those that bring no answer?

use crate::harvest::{Desk, Stopped};
use verosim_core::{Context, ModelError, Reply, Request};

/// Requests of the first wave: few, so that a model that fails is noticed before all have been sent.
const FIRST_WAVE: usize = 8;
/// Requests of the others. Fixed, so that what is asked does not depend on how fast answers come.
const WAVE: usize = 64;

/// Answers in the order of the questions.
pub(super) struct Answers {
    pub(super) replies: Vec<Option<Reply>>,
    /// Questions that the budget did not cover.
    pub(super) beyond_budget: u64,
    /// Why the model gave no answer at all.
    pub(super) failure: Option<ModelError>,
}

impl Answers {
    /// Questions without an answer.
    pub(super) fn unanswered(&self) -> u64 {
        self.replies.iter().filter(|reply| reply.is_none()).count() as u64
    }
}

/// Asks in waves. Stops asking when a first wave brings failures only.
pub(super) fn ask_all(
    desk: &mut Desk<'_>,
    requests: &[Request],
    ctx: Context<'_>,
) -> Result<Answers, Stopped> {
    let mut answers =
        Answers { replies: Vec::with_capacity(requests.len()), beyond_budget: 0, failure: None };
    let mut begin = 0;
    while begin < requests.len() {
        ctx.stop.check()?;
        let size = if begin == 0 { FIRST_WAVE } else { WAVE };
        let wave = &requests[begin..(begin + size).min(requests.len())];
        let (brought, _) = desk.ask(wave, ctx);
        answers.beyond_budget += (wave.len() - brought.len()) as u64;
        let mut first_failure = None;
        for answer in brought {
            match answer {
                Ok(reply) => answers.replies.push(Some(reply)),
                Err(ModelError::Interrupted(reason)) => return Err(reason.into()),
                Err(error) => {
                    first_failure.get_or_insert(error);
                    answers.replies.push(None);
                }
            }
        }
        begin += wave.len();
        answers.replies.resize(begin, None);
        ctx.progress.step(begin, requests.len(), "answers");
        if first_failure.is_some() && answers.unanswered() == begin as u64 {
            answers.failure = first_failure;
            answers.replies.resize(requests.len(), None);
            break;
        }
    }
    Ok(answers)
}
