//! Which fictional patients with known truth can demos and tests use?
//!
//! The clinic does not exist. Its law is written down in [`Patient`], so that a test can ask for the
//! true probability behind a cell, and in [`write()`], which adds what makes hospital extracts
//! hard: missing values that depend on what they hide, digit preference, several missing markers,
//! limits of detection, rare codes, identifiers.

mod clinic;
mod diagnoses;
mod patient;

pub use clinic::{CLINIC_TARGETS, clinic, write};
pub use diagnoses::{DIAGNOSES, Diagnosis};
pub use patient::{Patient, Sex, Smoking};
