//! What should a person do next, and which name did they mean?

/// The next step after an error: what happened is `Display`, what to do is here.
pub trait Hint {
    /// One sentence that starts with a verb, or `None` when there is nothing to advise.
    fn hint(&self) -> Option<String>;
}

/// The candidate nearest to `wrong`, when it is near enough to be a slip of the hand.
///
/// Near means a Jaro-Winkler similarity of at least 0.8 or one slip (a letter too many, too few, wrong or swapped), case
/// aside; ties go to the earlier candidate.
/// Costs O(candidates times length squared).
///
/// # Example
/// ```
/// use verosim_core::did_you_mean;
/// assert_eq!(did_you_mean("tress", ["trees", "independent"]), Some("trees"));
/// assert_eq!(did_you_mean("zebra", ["trees", "independent"]), None);
/// ```
pub fn did_you_mean<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let mut best: Option<(&str, f64)> = None;
    for candidate in candidates {
        let candidate_low = candidate.to_lowercase();
        let slip = wrong.chars().count() >= 3 && strsim::osa_distance(&wrong, &candidate_low) <= 1;
        let near = strsim::jaro_winkler(&wrong, &candidate_low).max(if slip { 0.9 } else { 0.0 });
        if near >= 0.8 && best.is_none_or(|(_, score)| near > score) {
            best = Some((candidate, near));
        }
    }
    best.map(|(name, _)| name)
}
