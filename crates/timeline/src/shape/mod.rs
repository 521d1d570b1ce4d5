//! Which shapes do hospitals keep timelines in?
pub mod omop;
