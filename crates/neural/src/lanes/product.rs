//! How are matrices multiplied so that a row's result depends on that row alone?
//!
//! By hand and not by a library: those that are fast want raw pointers, or choose another order of summation for another
//! number of rows. Here each entry is one chain of fused multiply-adds over the inner index (in blocks of [`DEEP`] for
//! [`Columns`]), whatever stands beside it. On one core of 2024 this reaches half to nine tenths of what it can do.

use pulp::{Arch, Simd, WithSimd};

/// Rows of one tile: 6 x 16 sums fill 12 of 16 vector registers of 8 numbers.
const TALL: usize = 6;
/// Columns of one tile; the width of every right-hand matrix is rounded up to a multiple of it.
const WIDE: usize = 16;
/// Most terms of a sum over rows before it is added to the result.
const DEEP: usize = 256;

/// A right-hand matrix, laid out in panels of 16 columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    deep: usize,
    wide: usize,
    lines: Vec<[f32; WIDE]>,
}

impl Packed {
    /// Takes the `deep` x `wide` row-major matrix `b`.
    pub(crate) fn rows(&mut self, b: &[f32], deep: usize, wide: usize) {
        self.shape(deep, wide);
        if deep == 0 {
            return;
        }
        for (j, panel) in self.lines.chunks_exact_mut(deep).enumerate() {
            let width = (wide - j * WIDE).min(WIDE);
            for (line, row) in panel.iter_mut().zip(b.chunks_exact(wide)) {
                line[..width].copy_from_slice(&row[j * WIDE..][..width]);
            }
        }
    }

    /// Takes the transpose of the `wide` x `deep` row-major matrix `b`.
    pub(crate) fn transposed(&mut self, b: &[f32], wide: usize, deep: usize) {
        self.shape(deep, wide);
        for (j, column) in b.chunks_exact(deep).enumerate() {
            self.put_column(j, column);
        }
    }

    /// Takes rows `ids` of `table` as columns; rows of `table` are `deep` long.
    pub(crate) fn gathered_columns(&mut self, table: &[f32], deep: usize, ids: &[u32]) {
        self.shape(deep, ids.len());
        for (j, &id) in ids.iter().enumerate() {
            self.put_column(j, &table[id as usize * deep..][..deep]);
        }
    }

    /// Takes rows `ids` of `table` as rows, then empty rows up to a multiple of 16; rows of `table` are `wide` long.
    pub(crate) fn gathered_rows(&mut self, table: &[f32], wide: usize, ids: &[u32]) {
        let deep = ids.len().next_multiple_of(WIDE);
        self.shape(deep, wide);
        for (p, &id) in ids.iter().enumerate() {
            for (j, piece) in table[id as usize * wide..][..wide].chunks(WIDE).enumerate() {
                self.lines[j * deep + p][..piece.len()].copy_from_slice(piece);
            }
        }
    }

    /// Columns of a product with this matrix: a multiple of 16.
    pub(crate) fn wide(&self) -> usize {
        self.wide
    }

    fn shape(&mut self, deep: usize, wide: usize) {
        self.deep = deep;
        self.wide = wide.next_multiple_of(WIDE);
        self.lines.clear();
        self.lines.resize(deep * self.wide / WIDE, [0.0; WIDE]);
    }

    fn put_column(&mut self, j: usize, column: &[f32]) {
        let panel = &mut self.lines[j / WIDE * self.deep..][..self.deep];
        for (line, x) in panel.iter_mut().zip(column) {
            line[j % WIDE] = *x;
        }
    }
}

/// `c += a b`.
///
/// # Shapes
/// `a: [m, b.deep]`, `c: [m, b.wide()]`, both row-major.
pub(crate) fn multiply(a: &[f32], b: &Packed, c: &mut [f32]) {
    if b.deep > 0 && !a.is_empty() {
        Arch::new().dispatch(Multiply { a, b, c });
    }
}

struct Multiply<'a> {
    a: &'a [f32],
    b: &'a Packed,
    c: &'a mut [f32],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { a, b, c } = self;
        let (deep, wide) = (b.deep, b.wide);
        let m = a.len() / deep;
        for (j, panel) in b.lines.chunks_exact(deep).enumerate() {
            for i in (0..m).step_by(TALL) {
                // Rows past the end repeat the last one and are not written.
                let rows: [&[f32]; TALL] =
                    std::array::from_fn(|r| &a[(i + r).min(m - 1) * deep..][..panel.len()]);
                let tile = tile(simd, panel, |p| std::array::from_fn(|r| rows[r][p]));
                add_tile(&tile, c, i, m, j, wide);
            }
        }
    }
}

/// Products of a transposed matrix with another, for gradients of weights: `c += aᵀ b`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    left: Vec<[f32; TALL]>,
    right: Packed,
}

impl Columns {
    /// `c += aᵀ b`.
    ///
    /// # Shapes
    /// `a: [k, m]`, `b: [k, n]`, `c: [m, n]`, all row-major; `n` is a multiple of 16.
    pub(crate) fn multiply(&mut self, a: &[f32], m: usize, b: &[f32], n: usize, c: &mut [f32]) {
        if m == 0 || n == 0 {
            return;
        }
        for (a, b) in a.chunks(DEEP * m).zip(b.chunks(DEEP * n)) {
            let deep = a.len() / m;
            self.left.clear();
            self.left.resize(deep * m.div_ceil(TALL), [0.0; TALL]);
            for (i, panel) in self.left.chunks_exact_mut(deep).enumerate() {
                let height = (m - i * TALL).min(TALL);
                for (line, row) in panel.iter_mut().zip(a.chunks_exact(m)) {
                    line[..height].copy_from_slice(&row[i * TALL..][..height]);
                }
            }
            self.right.rows(b, deep, n);
            Arch::new().dispatch(MultiplyColumns { left: &self.left, right: &self.right, c, m });
        }
    }
}

struct MultiplyColumns<'a> {
    left: &'a [[f32; TALL]],
    right: &'a Packed,
    c: &'a mut [f32],
    m: usize,
}

impl WithSimd for MultiplyColumns<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let deep = self.right.deep;
        for (j, panel) in self.right.lines.chunks_exact(deep).enumerate() {
            for (i, left) in self.left.chunks_exact(deep).enumerate() {
                let left = &left[..panel.len()];
                let tile = tile(simd, panel, |p| left[p]);
                add_tile(&tile, self.c, i * TALL, self.m, j, self.right.wide);
            }
        }
    }
}

/// The sums over `p` of `left(p)[i] * panel[p][j]`.
#[inline(always)]
fn tile<S: Simd>(simd: S, panel: &[[f32; WIDE]], left: impl Fn(usize) -> [f32; TALL]) -> [[f32; WIDE]; TALL] {
    match S::F32_LANES {
        16 => tile_of::<S, 1>(simd, panel, left),
        8 => tile_of::<S, 2>(simd, panel, left),
        4 => tile_of::<S, 4>(simd, panel, left),
        _ => tile_of::<S, 16>(simd, panel, left),
    }
}

#[inline(always)]
fn tile_of<S: Simd, const VECTORS: usize>(
    simd: S,
    panel: &[[f32; WIDE]],
    left: impl Fn(usize) -> [f32; TALL],
) -> [[f32; WIDE]; TALL] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TALL];
    for (p, line) in panel.iter().enumerate() {
        let (line, _) = S::as_simd_f32s(line);
        let line: [S::f32s; VECTORS] = std::array::from_fn(|v| line[v]);
        let left = left(p);
        for i in 0..TALL {
            let x = simd.splat_f32s(left[i]);
            for v in 0..VECTORS {
                sums[i][v] = simd.mul_add_f32s(x, line[v], sums[i][v]);
            }
        }
    }
    let mut tile = [[0.0; WIDE]; TALL];
    for (row, sums) in tile.iter_mut().zip(&sums) {
        S::as_mut_simd_f32s(row).0.copy_from_slice(sums);
    }
    tile
}

#[inline(always)]
fn add_tile(tile: &[[f32; WIDE]; TALL], c: &mut [f32], i: usize, m: usize, j: usize, wide: usize) {
    for (r, sums) in tile.iter().enumerate().take(m - i) {
        let into = &mut c[(i + r) * wide + j * WIDE..][..WIDE];
        for (into, sum) in into.iter_mut().zip(sums) {
            *into += sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: u32) -> Vec<f32> {
        (0..n as u32).map(|i| ((i.wrapping_mul(2_654_435_761) ^ seed) >> 8) as f32 / 8e6 - 1.0).collect()
    }

    #[test]
    fn products_are_those_of_the_definition() {
        for (m, k, n) in [(1, 1, 16), (5, 7, 32), (6, 300, 48), (13, 513, 16), (12, 16, 64)] {
            let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
            let exact = |i: usize, j: usize| -> f64 {
                (0..k).map(|p| f64::from(a[i * k + p]) * f64::from(b[p * n + j])).sum()
            };
            let (mut packed, mut c) = (Packed::default(), vec![0.5; m * n]);
            packed.rows(&b, k, n);
            multiply(&a, &packed, &mut c);
            let across: Vec<f32> = (0..k * m).map(|at| a[at % m * k + at / m]).collect();
            let mut of_columns = vec![0.5; m * n];
            Columns::default().multiply(&across, m, &b, n, &mut of_columns);
            let turned: Vec<f32> = (0..n * k).map(|at| b[at % k * n + at / k]).collect();
            let mut again = Packed::default();
            again.transposed(&turned, n, k);
            assert_eq!(again.lines, packed.lines);
            for at in 0..m * n {
                let want = exact(at / n, at % n) + 0.5;
                // k terms of size at most 1, each rounded to 24 bits.
                let near = k as f64 * 6e-8 * 2.0 + 1e-7;
                assert!((f64::from(c[at]) - want).abs() < near, "{m} {k} {n}");
                assert!((f64::from(of_columns[at]) - want).abs() < near, "{m} {k} {n}");
            }
        }
    }

    #[test]
    fn gathered_tables_are_those_of_their_rows() {
        let table = numbers(9 * 16, 3);
        let ids = [7, 0, 3];
        let chosen: Vec<f32> = ids.iter().flat_map(|&id| table[id * 16..][..16].to_vec()).collect();
        let (mut got, mut want) = (Packed::default(), Packed::default());
        got.gathered_columns(&table, 16, &[7, 0, 3]);
        want.transposed(&chosen, 3, 16);
        assert_eq!(got.lines, want.lines);
        got.gathered_rows(&table, 16, &[7, 0, 3]);
        want.rows(&[chosen, vec![0.0; 13 * 16]].concat(), 16, 16);
        assert_eq!(got.lines, want.lines);
    }

    #[test]
    fn a_row_depends_on_that_row_alone() {
        let (k, n) = (128, 384);
        let (a, b) = (numbers(50 * k, 4), numbers(k * n, 5));
        let mut packed = Packed::default();
        packed.rows(&b, k, n);
        let mut all = vec![0.0; 50 * n];
        multiply(&a, &packed, &mut all);
        for (from, to) in [(0, 1), (3, 10), (7, 50), (49, 50), (12, 25)] {
            let mut some = vec![0.0; (to - from) * n];
            multiply(&a[from * k..to * k], &packed, &mut some);
            assert_eq!(some, all[from * n..to * n], "rows {from} to {to}, to the bit");
        }
    }

    #[test]
    fn every_width_of_vectors_gives_the_same_bits() {
        let (m, k, n) = (7, 65, 32);
        let (a, b) = (numbers(m * k, 6), numbers(k * n, 7));
        let mut packed = Packed::default();
        packed.rows(&b, k, n);
        let mut all = [vec![0.0; m * n], vec![0.0; m * n], vec![0.0; m * n], vec![0.0; m * n]];
        let [here, one, four, sixteen] = &mut all;
        multiply(&a, &packed, here);
        Multiply { a: &a, b: &packed, c: one }.with_simd(pulp::Scalar);
        Multiply { a: &a, b: &packed, c: four }.with_simd(pulp::Scalar128b);
        Multiply { a: &a, b: &packed, c: sixteen }.with_simd(pulp::Scalar512b);
        assert!(all.iter().all(|c| c == &all[0]));
    }
}
