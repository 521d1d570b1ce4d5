//! Through which single door do all questions to a model pass?

use crate::harvest::Question;
use crate::ledger::{BudgetLimit, Ledger, Spent};
use verosim_core::{
    Context, Contract, Disclosure, LanguageModel, ModelError, NotDisclosed, Prompt, Reply, Request, Seeded,
};

/// A model with its account and with what it may be told. Nothing is sent that the disclosure does not allow, or that a
/// budget may not cover.
pub struct Desk<'a> {
    model: &'a dyn LanguageModel,
    disclosure: Disclosure,
    ledger: Ledger,
}

impl<'a> Desk<'a> {
    /// A desk before `model`.
    #[must_use]
    pub fn new(model: &'a dyn LanguageModel, disclosure: Disclosure, ledger: Ledger) -> Self {
        Self { model, disclosure, ledger }
    }

    /// What was spent here.
    #[must_use]
    pub fn spent(&self) -> &Spent {
        self.ledger.spent()
    }

    /// What the model may be told.
    #[must_use]
    pub fn disclosure(&self) -> Disclosure {
        self.disclosure
    }

    /// Requests like `request` that the budget still covers, at most `most`.
    #[must_use]
    pub fn affords(&self, request: &Request, most: u64) -> u64 {
        self.ledger.affords(request, most)
    }

    /// A question as a request.
    ///
    /// # Errors
    /// [`NotDisclosed`].
    pub fn request(&self, question: &Question, seed: Seeded) -> Result<Request, NotDisclosed> {
        self.prepare(
            question.prompt.clone(),
            Contract::Rows(question.contract.clone()),
            Request {
                mode: question.mode,
                temperature: question.temperature,
                top_p: question.top_p,
                max_tokens: question.max_tokens,
                ..Request::plain(seed.key())
            },
        )
    }

    /// A prompt as a request, with the parameters of `like`.
    ///
    /// # Errors
    /// [`NotDisclosed`].
    pub fn prepare(
        &self,
        prompt: Prompt,
        contract: Contract,
        like: Request,
    ) -> Result<Request, NotDisclosed> {
        Ok(Request { prompt: prompt.clear(self.disclosure)?, contract, ..like })
    }

    /// Sends as many of the requests as the budget covers, in order: their answers, and the limit that stopped the rest.
    pub fn ask(
        &mut self,
        requests: &[Request],
        ctx: Context<'_>,
    ) -> (Vec<Result<Reply, ModelError>>, Option<BudgetLimit>) {
        let mut limit = None;
        let mut sent = 0;
        for at in 0..requests.len() {
            limit = self.ledger.refuses(&requests[at], &requests[..at]);
            if limit.is_some() {
                break;
            }
            sent = at + 1;
        }
        let answers = if sent == 0 { Vec::new() } else { self.model.complete_all(&requests[..sent], ctx) };
        for (request, answer) in requests.iter().zip(&answers) {
            match answer {
                Ok(reply) => self.ledger.enter(request, reply),
                Err(ModelError::Interrupted(_)) => {}
                Err(_) => self.ledger.enter_failure(request),
            }
        }
        (answers, limit)
    }
}
