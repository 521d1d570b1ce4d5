//! What may a preset know when it is prepared?

use super::Sealed;
use verosim_core::Disclosure;
use verosim_data::Train;
use verosim_data::constrain::{Allowance, Rules};

/// Everything that is known about the data before a model is asked. What of it reaches a prompt is decided by the
/// disclosure, not here.
pub struct Brief<'a> {
    /// What each modelled column may hold.
    pub columns: Vec<Allowance>,
    /// Training rows, when there are any and no formal promise is asked for.
    pub train: Option<&'a Train>,
    /// Training rows under a formal promise: they can be counted with noise, and nothing else. `train` is then `None`.
    pub sealed: Option<&'a Sealed<'a>>,
    /// Name of the outcome.
    pub target: Option<&'a str>,
    /// What the user says about the data.
    pub about: Option<&'a str>,
    /// What no row may be. A person wrote it, so that the model is told whatever else it may be told.
    pub rules: &'a Rules,
    /// The most that the model may be told.
    pub disclosure: Disclosure,
}
