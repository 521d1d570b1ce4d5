//! What is a row as a point?

/// Rows a tile.
pub(super) const TILE: usize = 256;

/// Points with numbers and levels as coordinates.
///
/// A column of levels stands for as many indicator coordinates as it has levels, each times 1/√2: two points with
/// different levels are 1 apart, with equal ones 0. The squared distance is the sum of squared differences of numbers
/// and the number of unequal levels.
///
/// # Shapes
/// `n_rows` points; `width` coordinates: the numbers first, then the indicators of each column of levels.
///
/// # Cost
/// Four bytes a number, one byte a level.
///
/// # Example
/// ```
/// use verosim_math::euclid::Cloud;
/// let cloud = Cloud::new(&[vec![0.0, 3.0], vec![0.0, 4.0]], &[]);
/// assert_eq!(cloud.distance(0, &cloud, 1), 5.0);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cloud {
    n_rows: usize,
    /// Tile by tile, column-major within a tile, the last tile padded with zeros.
    numbers: Vec<f32>,
    /// As `numbers`.
    levels: Vec<u8>,
    n_numbers: usize,
    /// Levels of each column of levels.
    n_levels: Vec<usize>,
}

impl Cloud {
    /// Points from columns of finite numbers, and columns of level codes with their number of levels. Shorter columns are
    /// padded with zeros; codes past the last level count as the last.
    #[must_use]
    pub fn new(numbers: &[Vec<f32>], levels: &[(Vec<u8>, usize)]) -> Self {
        let n_rows = numbers
            .iter()
            .map(Vec::len)
            .chain(levels.iter().map(|(codes, _)| codes.len()))
            .max()
            .unwrap_or(0);
        let tiles = n_rows.div_ceil(TILE);
        let mut cloud = Self {
            n_rows,
            numbers: vec![0.0; tiles * numbers.len() * TILE],
            levels: vec![0; tiles * levels.len() * TILE],
            n_numbers: numbers.len(),
            n_levels: levels.iter().map(|(_, n)| (*n).clamp(1, 256)).collect(),
        };
        for (at, column) in numbers.iter().enumerate() {
            for (row, &value) in column.iter().enumerate() {
                cloud.numbers[(row / TILE * numbers.len() + at) * TILE + row % TILE] = value;
            }
        }
        for (at, (column, _)) in levels.iter().enumerate() {
            let last = (cloud.n_levels[at] - 1) as u8;
            for (row, &code) in column.iter().enumerate() {
                cloud.levels[(row / TILE * levels.len() + at) * TILE + row % TILE] = code.min(last);
            }
        }
        cloud
    }

    /// The points of `first`, then those of `second`, which must have as many columns; a cloud of other columns adds none.
    #[must_use]
    pub fn joined(first: &Self, second: &Self) -> Self {
        let clouds = [first, second];
        let number = |column: usize| -> Vec<f32> {
            let rows =
                |cloud: &Self| (0..cloud.n_rows).map(|row| cloud.number(row, column)).collect::<Vec<_>>();
            clouds.iter().flat_map(|cloud| rows(cloud)).collect()
        };
        let level = |column: usize| -> (Vec<u8>, usize) {
            let rows =
                |cloud: &Self| (0..cloud.n_rows).map(|row| cloud.level(row, column)).collect::<Vec<_>>();
            let n = clouds.iter().map(|cloud| cloud.n_levels[column]).max().unwrap_or(1);
            (clouds.iter().flat_map(|cloud| rows(cloud)).collect(), n)
        };
        if first.n_numbers != second.n_numbers || first.n_levels.len() != second.n_levels.len() {
            return first.clone();
        }
        let numbers: Vec<Vec<f32>> = (0..first.n_numbers).map(number).collect();
        let levels: Vec<(Vec<u8>, usize)> = (0..first.n_levels.len()).map(level).collect();
        Self::new(&numbers, &levels)
    }

    /// Number of points.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of coordinates.
    #[must_use]
    pub fn width(&self) -> usize {
        self.n_numbers + self.n_levels.iter().sum::<usize>()
    }

    /// The distance of two points of clouds with equal columns.
    #[must_use]
    pub fn distance(&self, row: usize, other: &Self, at: usize) -> f64 {
        self.squared(row, other, at).sqrt()
    }

    /// The squared distance in double precision, for what single precision cannot decide.
    pub(super) fn squared(&self, row: usize, other: &Self, at: usize) -> f64 {
        let numbers: f64 = (0..self.n_numbers)
            .map(|column| (f64::from(self.number(row, column)) - f64::from(other.number(at, column))).powi(2))
            .sum();
        let unequal = (0..self.n_levels.len())
            .filter(|&column| self.level(row, column) != other.level(at, column))
            .count();
        numbers + unequal as f64
    }

    pub(super) fn number(&self, row: usize, column: usize) -> f32 {
        self.numbers[(row / TILE * self.n_numbers + column) * TILE + row % TILE]
    }

    pub(super) fn level(&self, row: usize, column: usize) -> u8 {
        self.levels[(row / TILE * self.n_levels.len() + column) * TILE + row % TILE]
    }

    pub(super) fn n_numbers(&self) -> usize {
        self.n_numbers
    }

    pub(super) fn n_levels(&self) -> &[usize] {
        &self.n_levels
    }

    /// The numbers of one tile, column by column.
    pub(super) fn tile_numbers(&self, tile: usize) -> std::slice::ChunksExact<'_, f32> {
        let size = self.n_numbers * TILE;
        self.numbers[tile * size..][..size].chunks_exact(TILE)
    }

    /// The levels of one tile, column by column.
    pub(super) fn tile_levels(&self, tile: usize) -> std::slice::ChunksExact<'_, u8> {
        let size = self.n_levels.len() * TILE;
        self.levels[tile * size..][..size].chunks_exact(TILE)
    }
}
