//! Which shapes do hospitals keep timelines in?

pub mod fhir;
