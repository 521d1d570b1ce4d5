//! How are lives read, counted and drawn, whichever engine it is for?

pub(crate) mod clock;
pub(crate) mod count;
#[cfg(test)]
pub(crate) mod planted;
pub(crate) mod sitting;
pub(crate) mod sketch;
pub(crate) mod spread;
pub(crate) mod vocabulary;
