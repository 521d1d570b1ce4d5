//! How many different people stand behind each value?

/// Number of distinct subjects per code; rows when `subjects` is `None`. Codes at or past `n_codes` are skipped.
///
/// # Cost
/// O(n) without subjects, O(n log n) with.
pub(crate) fn support(codes: &[u32], n_codes: usize, subjects: Option<&[u32]>) -> Vec<usize> {
    let mut counts = vec![0; n_codes];
    match subjects {
        None => {
            for &code in codes {
                if let Some(count) = counts.get_mut(code as usize) {
                    *count += 1;
                }
            }
        }
        Some(subjects) => {
            let mut seen: Vec<u64> = codes
                .iter()
                .zip(subjects)
                .filter(|&(&code, _)| (code as usize) < n_codes)
                .map(|(&code, &subject)| u64::from(code) << 32 | u64::from(subject))
                .collect();
            seen.sort_unstable();
            seen.dedup();
            for pair in seen {
                counts[(pair >> 32) as usize] += 1;
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_counted_and_not_rows() {
        let codes = [0, 0, 0, 1, 1, u32::MAX];
        assert_eq!(support(&codes, 2, None), [3, 2], "by hand");
        assert_eq!(support(&codes, 2, Some(&[7, 7, 7, 7, 8, 9])), [1, 2], "one person fills code 0");
    }
}
