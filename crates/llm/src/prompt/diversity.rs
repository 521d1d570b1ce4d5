//! What keeps a model from writing the typical record again and again?

use rand::seq::IndexedRandom as _;
use verosim_core::{PrivacyClass, Section, Speaker};

/// A push away from the typical record, another one for each request.
#[must_use]
pub fn push(number: u64) -> Section {
    const PUSHES: [&str; 8] = [
        "Let these records differ from each other in as many columns as real patients do.",
        "Include patients of all ages that occur, the youngest and the oldest as well.",
        "Include some patients who are healthier than most, and some who are sicker.",
        "Include some combinations that are uncommon but possible.",
        "Before each record, think of a new person: where they live, why they came, what they already had.",
        "Write these records as if they came from consecutive patients of one busy day.",
        "Write these records as if each came from another hospital.",
        "Consider several candidates for each record with their probabilities, and take one at random, not the likeliest.",
    ];
    said("diversity_directive", PUSHES[(number % PUSHES.len() as u64) as usize].to_owned())
}

const WRITERS: [&str; 8] = [
    "a ward nurse",
    "a family doctor",
    "a junior doctor on night duty",
    "an emergency physician",
    "a research nurse who copies from charts",
    "a medical coder",
    "an epidemiologist who runs a cohort",
    "a consultant who sees referred patients only",
];
const PLACES: [&str; 8] = [
    "a university hospital",
    "a small rural hospital",
    "a practice in a poor quarter of a large city",
    "a community hospital of a mining town",
    "a clinic of a prosperous suburb",
    "a military hospital",
    "a hospital by a holiday coast",
    "a regional referral centre",
];
const HABITS: [&str; 6] = [
    "writes down what is measured to the last digit",
    "sees more chronic than acute illness",
    "meets many patients for the first time",
    "has a long waiting list",
    "works in a winter of much influenza",
    "follows patients for years",
];

/// Who writes the records, drawn from 384 writers.
///
/// # Source
/// Attributes that a generator of ours draws: Yu et al. 2023, arXiv 2306.15895. Writers in place of one voice: Ge et al.
/// 2024, arXiv 2406.20094. The words are ours, and none is a fact about the data.
#[must_use]
pub fn persona(rng: &mut impl rand::Rng) -> Section {
    let mut one = |words: &[&'static str]| words.choose(rng).copied().unwrap_or_default();
    let (writer, place, habit) = (one(&WRITERS), one(&PLACES), one(&HABITS));
    said("persona", format!("Write these records as {writer} at {place} would see them, who {habit}."))
}

fn said(id: &'static str, text: String) -> Section {
    Section::new(id, Speaker::User, PrivacyClass::Public, text)
}
