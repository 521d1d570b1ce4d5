//! How are tables of numbers over a few columns multiplied and summed up?

/// Numbers for each combination of states of some columns, the first of which counts fastest.
pub(super) struct Factor {
    /// Places of the columns, ascending.
    pub(super) over: Vec<usize>,
    /// Number of states of each.
    pub(super) sizes: Vec<usize>,
    pub(super) cells: Vec<f64>,
    /// Logarithm of what all cells were divided by.
    pub(super) log_scale: f64,
}

/// Number of cells over columns of these sizes; `None` above `most`.
pub(super) fn n_cells(sizes: &[usize], most: usize) -> Option<usize> {
    Some(sizes.iter().copied().fold(1, usize::saturating_mul)).filter(|&cells| cells <= most)
}

impl Factor {
    /// The product of all, over all their columns; `None` when it has more than `most` cells.
    pub(super) fn product(factors: &[Self], most: usize) -> Option<Self> {
        let mut columns: Vec<(usize, usize)> =
            factors.iter().flat_map(|own| own.over.iter().copied().zip(own.sizes.iter().copied())).collect();
        columns.sort_unstable();
        columns.dedup();
        let (over, sizes): (Vec<usize>, Vec<usize>) = columns.into_iter().unzip();
        let mut cells = vec![1.0; n_cells(&sizes, most)?];
        for factor in factors {
            // How far a step in each column of the product leads in the factor.
            let mut strides = vec![0; over.len()];
            let mut stride = 1;
            for (place, size) in factor.over.iter().zip(&factor.sizes) {
                strides[over.binary_search(place).unwrap_or(0)] = stride;
                stride *= size;
            }
            for (cell, value) in cells.iter_mut().enumerate() {
                let (mut left, mut from) = (cell, 0);
                for (size, stride) in sizes.iter().zip(&strides) {
                    from += left % size * stride;
                    left /= size;
                }
                *value *= factor.cells[from];
            }
        }
        let mut product =
            Self { over, sizes, cells, log_scale: factors.iter().map(|own| own.log_scale).sum() };
        // Products of many chances would vanish; only proportions matter.
        let greatest = product.cells.iter().copied().fold(0.0, f64::max);
        if greatest > 0.0 {
            product.cells.iter_mut().for_each(|value| *value /= greatest);
            product.log_scale += greatest.ln();
        }
        Some(product)
    }

    /// Summed over the last column, which counts slowest.
    pub(super) fn summed(&self) -> Self {
        let kept = self.over.len().saturating_sub(1);
        let stride = self.sizes[..kept].iter().product();
        let mut cells = vec![0.0; stride];
        for (at, value) in self.cells.iter().enumerate() {
            cells[at % stride] += value;
        }
        Self {
            over: self.over[..kept].to_vec(),
            sizes: self.sizes[..kept].to_vec(),
            cells,
            log_scale: self.log_scale,
        }
    }

    /// The numbers of the last column where the others have the states that `state` gives by place.
    pub(super) fn last_given(&self, state: impl Fn(usize) -> u16) -> Vec<f32> {
        let (mut first, mut stride) = (0, 1);
        let kept = self.over.len().saturating_sub(1);
        for (&place, size) in self.over[..kept].iter().zip(&self.sizes) {
            first += usize::from(state(place)) * stride;
            stride *= size;
        }
        (first..self.cells.len()).step_by(stride).map(|at| self.cells[at] as f32).collect()
    }
}
