//! How does a numeric column become tokens and ranks, and back?

use super::grid::Grid;
use super::missing::missing_tokens;
use super::quantiles::Quantiles;
use super::{CodecSettings, ColumnDomain, EncodedColumn, Token};
use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};
use verosim_core::ColumnSchema;
use verosim_core::schema::Format;

/// Numbers as a hybrid of tokens (missing kinds, spikes, lattice values) and ranks (everything else).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NumberCodec {
    grid: Grid,
    /// Quantile function of the continuous rows; `None` when every value is a token.
    quantiles: Option<Quantiles>,
    /// Half-width, in ranks, of the window of the final draw.
    window: f64,
}

/// A decoded cell.
pub(super) enum Cell {
    Missing(u8),
    Number(f64),
    /// What the column that bounds this one has.
    Equal,
}

/// A value is a spike when it carries at least this share of the rows ...
const SPIKE_SHARE: f64 = 0.01;
/// ... and at least this many times the rows of the average value.
const SPIKE_EXCESS: f64 = 4.0;
/// The window shrinks in small columns to this share of their ranks.
const WINDOW_SHARE: f64 = 0.02;

impl NumberCodec {
    /// Learns and encodes `values` (`NaN` where `missing` is not 0); `k` people must stand behind a token.
    pub(super) fn fit(
        values: &[f64],
        missing: &[u8],
        subjects: Option<&[u32]>,
        schema: &ColumnSchema,
        settings: &CodecSettings,
        k: usize,
    ) -> (Self, ColumnDomain, EncodedColumn) {
        let mut order: Vec<u32> =
            (0..values.len() as u32).filter(|&row| missing[row as usize] == 0).collect();
        order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
        let sorted: Vec<f64> = order.iter().map(|&row| values[row as usize]).collect();
        let people: Option<Vec<u32>> = subjects.map(|s| order.iter().map(|&row| s[row as usize]).collect());
        let decimals = match schema.format {
            Format::Number { max_decimals, .. } => max_decimals,
            Format::Text | Format::Time { .. } => 0,
        };
        let grid = Grid::learn(&sorted, decimals, schema.kind);

        let runs = runs(&sorted, people.as_deref());
        let own_token = tokens_of_their_own(&runs, sorted.len(), settings.lattice_limit, k);
        let mut free = Vec::new();
        let mut free_people = Vec::new();
        for (run, own) in runs.iter().zip(&own_token) {
            if !own {
                free.extend_from_slice(&sorted[run.first..run.end]);
                free_people.extend(people.iter().flat_map(|p| p[run.first..run.end].iter().copied()));
            }
        }
        let any_token = own_token.contains(&true);
        // A handful of stray values beside a lattice is folded into its nearest tokens.
        let has_continuous = free.len() >= k || !any_token && !free.is_empty();

        let (mut tokens, missing_token) = missing_tokens(missing);
        let first_value = tokens.len();
        let mut token_rank = vec![f32::NAN; tokens.len()];
        for run in runs.iter().zip(&own_token).filter(|(_, own)| **own).map(|(run, _)| run) {
            tokens.push(Token::Value(run.value));
            token_rank.push(if has_continuous {
                free.partition_point(|&value| value < run.value) as f32
            } else {
                f32::NAN
            });
        }
        let lattice: Vec<f64> =
            runs.iter().zip(&own_token).filter(|(_, own)| **own).map(|(run, _)| run.value).collect();
        let continuous = tokens.len() as u32;
        if has_continuous {
            tokens.push(Token::Continuous);
            token_rank.push(f32::NAN);
        }

        let mut encoded = EncodedColumn {
            tokens: missing
                .iter()
                .map(|&code| missing_token[usize::from(code.max(1)) - 1].unwrap_or(0))
                .collect(),
            ranks: if has_continuous { vec![0.0; values.len()] } else { Vec::new() },
        };
        let (mut token, mut rank) = (first_value as u32, 0_usize);
        for (run, own) in runs.iter().zip(&own_token) {
            let rows = &order[run.first..run.end];
            if *own {
                rows.iter().for_each(|&row| encoded.tokens[row as usize] = token);
                token += 1;
            } else if has_continuous {
                // Ties share their middle rank.
                let middle = rank as f32 + 0.5 * rows.len() as f32;
                for &row in rows {
                    encoded.tokens[row as usize] = continuous;
                    encoded.ranks[row as usize] = middle;
                }
                rank += rows.len();
            } else {
                let nearest = first_value as u32 + nearest(&lattice, run.value) as u32;
                rows.iter().for_each(|&row| encoded.tokens[row as usize] = nearest);
            }
        }

        let domain = ColumnDomain {
            name: schema.name.clone(),
            tokens,
            ordered: true,
            n_ranks: if has_continuous { free.len() } else { 0 },
            token_rank,
            parents: Vec::new(),
            stage: 0,
        };
        let quantiles = has_continuous.then(|| {
            let free_people = subjects.map(|_| free_people.as_slice());
            Quantiles::learn(&free, free_people, k, &grid, schema.bounds)
        });
        let window = (settings.rank_window as f64).min(free.len() as f64 * WINDOW_SHARE);
        (Self { grid, quantiles, window }, domain, encoded)
    }

    /// The token and rank of a number; `None` where `domain` has no number at all.
    pub(super) fn encode(&self, value: f64, domain: &ColumnDomain) -> Option<(u32, f32)> {
        let of = |token: &Token| match token {
            Token::Value(own) => Some(*own),
            _ => None,
        };
        let own = domain.tokens.iter().position(|token| of(token) == Some(value));
        if let Some(token) = own {
            return Some((token as u32, 0.0));
        }
        if let (Some(token), Some(quantiles)) = (domain.continuous(), &self.quantiles) {
            return Some((token, quantiles.rank(value) as f32));
        }
        let gap = |at: &usize| of(&domain.tokens[*at]).map_or(f64::INFINITY, |own| (own - value).abs());
        let nearest = (0..domain.tokens.len()).min_by(|a, b| gap(a).total_cmp(&gap(b)))?;
        gap(&nearest).is_finite().then_some((nearest as u32, 0.0))
    }

    /// The cell of a drawn token and rank.
    pub(super) fn decode(&self, token: &Token, rank: f32, rng: &mut impl Rng) -> Cell {
        match token {
            Token::Missing(marker) => Cell::Missing(*marker),
            Token::Value(value) => Cell::Number(*value),
            Token::Equal(_) => Cell::Equal,
            Token::Continuous | Token::Level(_) => match &self.quantiles {
                Some(quantiles) => {
                    let moved = f64::from(rank) + self.window * (2.0 * rng.random::<f64>() - 1.0);
                    Cell::Number(quantiles.draw(moved, &self.grid, rng))
                }
                None => Cell::Missing(0),
            },
        }
    }

    /// The ranks from which numbers between these can be drawn, the end not included; `None` when there are none.
    pub(super) fn ranks_within(&self, reach: (f64, f64)) -> Option<(f32, f32)> {
        let quantiles = self.quantiles.as_ref()?;
        let (first, end) = quantiles.ranks_within(reach, 2.0 * self.grid.half_step())?;
        // Drawn ranks are moved within the window.
        let moved = ((first - self.window).max(0.0), (end + self.window).min(quantiles.n_ranks() as f64));
        Some((moved.0 as f32, moved.1 as f32))
    }

    /// Whether the parts fit together and fit `domain`.
    pub(super) fn is_sound(&self, domain: &ColumnDomain) -> bool {
        let continuous = domain.continuous().is_some();
        self.grid.is_sound()
            && self.window >= 0.0
            && self.window.is_finite()
            && continuous == self.quantiles.is_some()
            && self.quantiles.as_ref().is_none_or(|q| q.is_sound() && q.n_ranks() == domain.n_ranks)
            && domain.tokens.iter().all(|token| match token {
                Token::Value(value) => value.is_finite(),
                Token::Missing(_) | Token::Equal(_) | Token::Continuous => true,
                Token::Level(_) => false,
            })
    }
}

/// Equal neighbours among sorted values.
struct Run {
    value: f64,
    first: usize,
    end: usize,
    people: usize,
}

fn runs(sorted: &[f64], people: Option<&[u32]>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, &value) in sorted.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.value == value => run.end = at + 1,
            _ => runs.push(Run { value, first: at, end: at + 1, people: 0 }),
        }
    }
    for run in &mut runs {
        run.people = match people {
            None => run.end - run.first,
            Some(people) => {
                let mut seen = people[run.first..run.end].to_vec();
                seen.sort_unstable();
                seen.dedup();
                seen.len()
            }
        };
    }
    runs
}

/// Which distinct values get a token: all supported ones of a lattice, else the spikes.
fn tokens_of_their_own(runs: &[Run], n: usize, lattice_limit: usize, k: usize) -> Vec<bool> {
    let lattice = runs.len() <= lattice_limit;
    let average = n as f64 / runs.len().max(1) as f64;
    let spike = (SPIKE_SHARE * n as f64).max(10.0).max(SPIKE_EXCESS * average);
    runs.iter().map(|run| run.people >= k && (lattice || (run.end - run.first) as f64 >= spike)).collect()
}

/// Position of the entry of ascending `values` that is nearest to `value`.
fn nearest(values: &[f64], value: f64) -> usize {
    let after = values.partition_point(|&v| v < value);
    match after {
        0 => 0,
        after if after == values.len() => after - 1,
        after if value - values[after - 1] <= values[after] - value => after - 1,
        after => after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::{Kind, Seeded};

    fn schema(decimals: u8) -> ColumnSchema {
        let mut schema = ColumnSchema::declared("x", Kind::Continuous);
        schema.format = Format::Number { min_decimals: 0, max_decimals: decimals, point: '.' };
        schema
    }

    #[test]
    fn zeros_are_a_spike_and_the_rest_follow_ranks() {
        let values: Vec<f64> =
            (0..1000).map(|i| if i < 300 { 0.0 } else { f64::from((i * 7919) % 9973) / 10.0 }).collect();
        let (codec, domain, encoded) =
            NumberCodec::fit(&values, &[0; 1000], None, &schema(1), &CodecSettings::default(), 5);
        assert_eq!(domain.tokens, [Token::Value(0.0), Token::Continuous]);
        assert_eq!((domain.n_ranks, domain.token_rank[0]), (700, 0.0));
        assert!(codec.is_sound(&domain));
        let mut rng = Seeded::new(5).rng();
        let moved = (300..1000)
            .map(|row| {
                let token = &domain.tokens[encoded.tokens[row] as usize];
                match codec.decode(token, encoded.ranks[row], &mut rng) {
                    Cell::Number(value) => (value - values[row]).abs(),
                    Cell::Missing(_) | Cell::Equal => f64::INFINITY,
                }
            })
            .fold(0.0, f64::max);
        // 700 values over 997.3 units: a window of 4 ranks and a segment of 5 move at most about 14 units, tails more.
        assert!(moved < 60.0, "moved {moved}");
    }

    #[test]
    fn rare_values_of_a_lattice_are_folded_into_the_nearest() {
        let values: Vec<f64> = (0..50).map(|i| if i == 0 { 2.2 } else { f64::from(i % 2 + 1) }).collect();
        let (_, domain, encoded) =
            NumberCodec::fit(&values, &[0; 50], None, &schema(1), &CodecSettings::default(), 5);
        assert_eq!(domain.tokens, [Token::Value(1.0), Token::Value(2.0)]);
        assert_eq!(encoded.tokens[0], 1, "2.2 is nearest to 2");
    }
}
