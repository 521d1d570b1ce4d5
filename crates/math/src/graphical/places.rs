//! Where does each cell of a table stand in the table of some of its axes?

/// For each cell over the axes `from`, its cell over the axes `to`, which are some of them; both ascending, and the last axis
/// counts fastest. `sizes` are the states of all axes.
///
/// # Cost
/// O(cells of `from`).
///
/// # Example
/// ```
/// // Two axes of 2 and 3 states; the table of the second alone.
/// assert_eq!(verosim_math::graphical::places(&[2, 3], &[0, 1], &[1]), [0, 1, 2, 0, 1, 2]);
/// ```
#[must_use]
pub fn places(sizes: &[usize], from: &[usize], to: &[usize]) -> Vec<u32> {
    let mut steps = vec![0; from.len()];
    let mut step = 1;
    for (at, axis) in from.iter().enumerate().rev() {
        if to.contains(axis) {
            steps[at] = step;
            step *= sizes[*axis] as u32;
        }
    }
    let mut places = vec![0_u32];
    for (axis, step) in from.iter().zip(steps) {
        let states = 0..sizes[*axis] as u32;
        places = places
            .iter()
            .flat_map(|&before| states.clone().map(move |state| before + state * step))
            .collect();
    }
    places
}
