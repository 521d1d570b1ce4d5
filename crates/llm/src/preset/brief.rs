//! What may a preset know when it is prepared?

use verosim_core::Disclosure;
use verosim_data::Train;
use verosim_data::constrain::{Allowance, Rules};

/// Everything that is known about the data before a model is asked. What of it reaches a prompt is decided by the
/// disclosure, not here.
pub struct Brief<'a> {
    /// What each modelled column may hold.
    pub columns: Vec<Allowance>,
    /// Training rows, when there are any.
    pub train: Option<&'a Train>,
    /// Name of the outcome.
    pub target: Option<&'a str>,
    /// What the user says about the data.
    pub about: Option<&'a str>,
    /// What no row may be. A person wrote it, so that the model is told whatever else it may be told.
    pub rules: &'a Rules,
    /// The most that the model may be told.
    pub disclosure: Disclosure,
}
