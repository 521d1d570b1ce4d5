//! How many people share each combination of codes?

/// Number of combinations of codes.
pub(super) fn cells(columns: &[(&[u16], usize)]) -> usize {
    columns.iter().fold(1, |cells: usize, (_, size)| cells.saturating_mul(*size))
}

/// People in each combination, the last column counting fastest.
///
/// # Cost
/// O(people · columns).
pub(super) fn count(columns: &[(&[u16], usize)]) -> Vec<i64> {
    let mut counts = vec![0_i64; cells(columns)];
    match columns {
        [] => {}
        [(codes, _)] => codes.iter().for_each(|&code| counts[usize::from(code)] += 1),
        [(a, _), (b, size)] => {
            a.iter().zip(*b).for_each(|(&a, &b)| counts[usize::from(a) * size + usize::from(b)] += 1);
        }
        [(a, _), (b, middle), (c, last)] => {
            for ((&a, &b), &c) in a.iter().zip(*b).zip(*c) {
                counts[(usize::from(a) * middle + usize::from(b)) * last + usize::from(c)] += 1;
            }
        }
        [(first, _), rest @ ..] => {
            for (row, &code) in first.iter().enumerate() {
                let at = |at: usize, (codes, size): &(&[u16], usize)| at * size + usize::from(codes[row]);
                counts[rest.iter().fold(usize::from(code), at)] += 1;
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_person_stands_in_one_cell() {
        let (a, b, c): (&[u16], &[u16], &[u16]) = (&[0, 1, 1, 1], &[2, 0, 0, 1], &[0, 1, 1, 0]);
        assert_eq!(count(&[(a, 2)]), [1, 3]);
        assert_eq!(count(&[(a, 2), (b, 3)]), [0, 0, 1, 2, 1, 0], "by hand");
        let three = count(&[(a, 2), (b, 3), (c, 2)]);
        assert_eq!((three[4], three[7], three[8]), (1, 2, 1), "by hand: (0 2 0), (1 0 1) twice, (1 1 0)");
        let four = count(&[(a, 2), (b, 3), (c, 2), (a, 2)]);
        assert_eq!((four.len(), four.iter().sum::<i64>(), four[15]), (24, 4, 2));
    }
}
