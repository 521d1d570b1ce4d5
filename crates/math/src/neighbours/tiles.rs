//! How do references lie in memory so that one query is compared with many of them at once?

use super::Points;

/// References of one tile: what one query is compared with at once.
pub(super) const LANES: usize = 256;

/// References in tiles of [`LANES`] rows, column by column within a tile.
pub(super) struct Tiles {
    n_rows: usize,
    n_numbers: usize,
    /// Columns whose codes fit a byte.
    narrow: Vec<usize>,
    wide: Vec<usize>,
    numbers: Vec<f32>,
    bytes: Vec<u8>,
    words: Vec<u16>,
}

impl Tiles {
    pub(super) fn new(points: &Points) -> Self {
        let (n, l) = (points.n_numbers, points.n_levels);
        let fits = |column: &usize| (0..points.n_rows).all(|row| points.levels[row * l + column] < 256);
        let (narrow, wide): (Vec<usize>, Vec<usize>) = (0..l).partition(fits);
        let tiled = points.n_rows.div_ceil(LANES) * LANES;
        let mut tiles = Self {
            n_rows: points.n_rows,
            n_numbers: n,
            numbers: vec![0.0; tiled * n],
            bytes: vec![0; tiled * narrow.len()],
            words: vec![0; tiled * wide.len()],
            narrow,
            wide,
        };
        for row in 0..points.n_rows {
            let (tile, lane) = (row / LANES, row % LANES);
            let place = |columns: usize, at: usize| (tile * columns + at) * LANES + lane;
            for at in 0..n {
                tiles.numbers[place(n, at)] = points.numbers[row * n + at];
            }
            for (at, column) in tiles.narrow.iter().enumerate() {
                tiles.bytes[place(tiles.narrow.len(), at)] = points.levels[row * l + column] as u8;
            }
            for (at, column) in tiles.wide.iter().enumerate() {
                tiles.words[place(tiles.wide.len(), at)] = points.levels[row * l + column];
            }
        }
        tiles
    }

    pub(super) fn len(&self) -> usize {
        self.n_rows.div_ceil(LANES)
    }

    /// Rows of a tile; the last one may be short.
    pub(super) fn rows(&self, tile: usize) -> usize {
        LANES.min(self.n_rows - tile * LANES)
    }

    /// Distances of a query to the rows of a tile; `false`, with distances unfinished, as soon as none is below `bound`.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "compiled once for each set of vector instructions")]
    pub(super) fn distances(
        &self,
        tile: usize,
        numbers: &[f32],
        levels: &[u16],
        bound: f32,
        sums: &mut [f32; LANES],
    ) -> bool {
        let mut unequal = [0_u8; LANES];
        let mut spilled = [0_u16; LANES];
        for (at, &column) in self.narrow.iter().enumerate() {
            let theirs = &self.bytes[(tile * self.narrow.len() + at) * LANES..][..LANES];
            match u8::try_from(levels[column]) {
                Ok(own) => {
                    unequal.iter_mut().zip(theirs).for_each(|(sum, &code)| *sum += u8::from(code != own));
                }
                Err(_) => unequal.iter_mut().for_each(|sum| *sum += 1),
            }
            if at % 255 == 254 {
                spilled
                    .iter_mut()
                    .zip(&mut unequal)
                    .for_each(|(all, sum)| *all += u16::from(std::mem::take(sum)));
            }
        }
        for (at, &column) in self.wide.iter().enumerate() {
            let own = levels[column];
            let theirs = &self.words[(tile * self.wide.len() + at) * LANES..][..LANES];
            spilled.iter_mut().zip(theirs).for_each(|(sum, &code)| *sum += u16::from(code != own));
        }
        for ((sum, &few), &many) in sums.iter_mut().zip(&unequal).zip(&spilled) {
            *sum = f32::from(u16::from(few) + many);
        }
        // Whoever is too far by levels alone, or by half of the numbers, is not measured to the end.
        let half = self.n_numbers / 2;
        for (from, to) in [(0, half), (half, self.n_numbers)] {
            if !any_below(sums, bound) {
                return false;
            }
            for (at, &own) in numbers.iter().enumerate().take(to).skip(from) {
                let theirs = &self.numbers[(tile * self.n_numbers + at) * LANES..][..LANES];
                for (sum, &other) in sums.iter_mut().zip(theirs) {
                    let apart = (other - own).abs();
                    *sum += if apart < 1.0 { apart } else { 1.0 };
                }
            }
        }
        any_below(sums, bound)
    }
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "compiled once for each set of vector instructions")]
fn any_below(sums: &[f32; LANES], bound: f32) -> bool {
    sums.iter().fold(0_u32, |any, &sum| any | u32::from(sum < bound)) != 0
}
