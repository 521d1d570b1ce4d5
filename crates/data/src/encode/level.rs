//! How does a column of levels become tokens, and back?

use super::hierarchy::groups;
use super::missing::missing_tokens;
use super::support::support;
use super::{ColumnDomain, EncodedColumn, Token};
use crate::frame::NO_LEVEL;
use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use verosim_core::{CodeSystem, ColumnSchema, Kind};

/// Levels that enough people share, or that a person declared: that those exist is no secret. Rows of other levels are learned as a relative: the codes that share the longest
/// stem with them, in proportion to how common those are, else any level; so no rare level is stored or drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct LevelCodec {
    pub(super) levels: Vec<String>,
}

/// Columns with more levels than this are split into groups.
const MOST_FLAT: usize = 40;

impl LevelCodec {
    /// Learns and encodes; also says how many rows held a level that was too rare to keep.
    pub(super) fn fit(
        codes: &[u32],
        levels: &[String],
        missing: &[u8],
        subjects: Option<&[u32]>,
        schema: &ColumnSchema,
        k: usize,
        rng: &mut impl Rng,
    ) -> (Self, ColumnDomain, EncodedColumn, usize) {
        let people = support(codes, levels.len(), subjects);
        let rows = support(codes, levels.len(), None);
        let is_declared = |at: usize| people[at] > 0 && schema.levels.contains(&levels[at]);
        let mut kept: Vec<usize> =
            (0..levels.len()).filter(|&at| people[at] >= k || is_declared(at)).collect();
        if schema.kind != Kind::Ordinal {
            kept.sort_by(|&a, &b| rows[b].cmp(&rows[a]).then(levels[a].cmp(&levels[b])));
        }
        let (mut tokens, missing_token) = missing_tokens(missing);
        let first = tokens.len() as u32;
        let mut token_of = vec![None; levels.len()];
        for (at, &level) in kept.iter().enumerate() {
            token_of[level] = Some(first + at as u32);
            tokens.push(Token::Level(at as u32));
        }
        if tokens.is_empty() {
            tokens.push(Token::Missing(0)); // No level is shared by enough people: nothing may be written.
        }
        let relatives = Relatives::new(levels, &kept, &rows, schema);
        let mut pooled = 0;
        let encoded = EncodedColumn {
            tokens: codes
                .iter()
                .zip(missing)
                .map(|(&code, &missing)| {
                    if code == NO_LEVEL {
                        return missing_token[usize::from(missing.max(1)) - 1].unwrap_or(0);
                    }
                    token_of[code as usize].unwrap_or_else(|| {
                        pooled += 1;
                        relatives.draw(code as usize, rng).map_or(0, |at| first + at as u32)
                    })
                })
                .collect(),
            ranks: Vec::new(),
        };
        let names: Vec<String> = kept.iter().map(|&level| levels[level].clone()).collect();
        let parents = match schema.code_system {
            Some(system) if names.len() > MOST_FLAT => {
                let weights: Vec<usize> = kept.iter().map(|&level| rows[level]).collect();
                let of_level = groups(&names, &weights, system, MOST_FLAT - first as usize);
                // Missing kinds are groups of their own, before the groups of levels.
                (0..first).chain(of_level.iter().map(|group| first + group)).collect()
            }
            _ => Vec::new(),
        };
        let domain = ColumnDomain {
            name: schema.name.clone(),
            token_rank: vec![f32::NAN; tokens.len()],
            tokens,
            ordered: schema.kind == Kind::Ordinal,
            n_ranks: 0,
            parents,
            stage: 0,
        };
        (Self { levels: names }, domain, encoded, pooled)
    }

    /// The token of each level of another table; `None` for levels that are not known here.
    pub(super) fn tokens_of(&self, levels: &[String], domain: &ColumnDomain) -> Vec<Option<u32>> {
        let at: BTreeMap<&str, usize> =
            self.levels.iter().enumerate().map(|(at, level)| (level.as_str(), at)).collect();
        let token = |at: usize| domain.tokens.iter().position(|token| *token == Token::Level(at as u32));
        let of = |level: &String| Some(token(*at.get(level.as_str())?)? as u32);
        levels.iter().map(of).collect()
    }

    /// Whether the parts fit `domain`.
    pub(super) fn is_sound(&self, domain: &ColumnDomain) -> bool {
        (domain.parents.is_empty() || domain.parents.len() == domain.tokens.len())
            && domain.tokens.iter().all(|token| match token {
                Token::Level(at) => (*at as usize) < self.levels.len(),
                Token::Missing(_) => true,
                Token::Value(_) | Token::Equal(_) | Token::Continuous => false,
            })
    }
}

/// Finds a kept level to stand for a rare one.
struct Relatives<'a> {
    levels: &'a [String],
    kept: &'a [usize],
    /// Running row counts of the kept levels.
    running: Vec<usize>,
    rows: &'a [usize],
    system: Option<CodeSystem>,
    ordinal: bool,
}

impl<'a> Relatives<'a> {
    fn new(levels: &'a [String], kept: &'a [usize], rows: &'a [usize], schema: &ColumnSchema) -> Self {
        let mut total = 0;
        let running = kept
            .iter()
            .map(|&level| {
                total += rows[level];
                total
            })
            .collect();
        Self {
            levels,
            kept,
            running,
            rows,
            system: schema.code_system,
            ordinal: schema.kind == Kind::Ordinal,
        }
    }

    /// Position among the kept levels.
    fn draw(&self, rare: usize, rng: &mut impl Rng) -> Option<usize> {
        if self.kept.is_empty() {
            return None;
        }
        if self.ordinal {
            return (0..self.kept.len()).min_by_key(|&at| self.kept[at].abs_diff(rare));
        }
        if let Some(system) = self.system {
            let mut stem = system.parent(&self.levels[rare]);
            while let Some(prefix) = stem {
                let kin: Vec<usize> = (0..self.kept.len())
                    .filter(|&at| self.levels[self.kept[at]].starts_with(prefix))
                    .collect();
                let total: usize = kin.iter().map(|&at| self.rows[self.kept[at]]).sum();
                if total > 0 {
                    let mut left = rng.random_range(0..total);
                    return kin.into_iter().find(|&at| {
                        let rows = self.rows[self.kept[at]];
                        let here = left < rows;
                        left = left.saturating_sub(rows);
                        here
                    });
                }
                stem = system.parent(prefix);
            }
        }
        let total = *self.running.last()?;
        let left = rng.random_range(0..total.max(1));
        Some(self.running.partition_point(|&end| end <= left).min(self.kept.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    fn fit(
        levels: &[&str],
        codes: &[u32],
        schema: &ColumnSchema,
    ) -> (LevelCodec, ColumnDomain, EncodedColumn, usize) {
        let levels: Vec<String> = levels.iter().map(|level| (*level).to_owned()).collect();
        let missing: Vec<u8> = codes.iter().map(|&code| u8::from(code == NO_LEVEL)).collect();
        LevelCodec::fit(codes, &levels, &missing, None, schema, 5, &mut Seeded::new(1).rng())
    }

    #[test]
    fn a_rare_code_is_learned_as_its_nearest_kin() {
        let mut schema = ColumnSchema::declared("diagnosis", Kind::Code);
        schema.code_system = Some(CodeSystem::Icd10);
        let codes: Vec<u32> = [vec![0; 30], vec![1; 10], vec![2], vec![NO_LEVEL; 3]].concat();
        let (codec, domain, encoded, pooled) = fit(&["I10", "E11.9", "E11.65"], &codes, &schema);
        assert_eq!(codec.levels, ["I10", "E11.9"]);
        assert_eq!(pooled, 1);
        assert_eq!(domain.tokens[encoded.tokens[40] as usize], Token::Level(1), "E11.65 shares the stem E11");
        assert_eq!(domain.tokens[encoded.tokens[41] as usize], Token::Missing(0));
        assert!(codec.is_sound(&domain));
    }

    #[test]
    fn a_rare_stage_is_learned_as_the_next_stage() {
        let schema = ColumnSchema::declared("stage", Kind::Ordinal);
        let codes: Vec<u32> = [vec![0; 9], vec![1; 9], vec![2; 9], vec![3]].concat();
        let (codec, _, encoded, _) = fit(&["I", "II", "III", "IV"], &codes, &schema);
        assert_eq!(codec.levels, ["I", "II", "III"]);
        assert_eq!(encoded.tokens[27], 2);
    }
}
