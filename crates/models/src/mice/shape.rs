//! Which questions are asked of a column, and what does a cell of it tell other columns?

use crate::scale::Scale;
use rand::{Rng, RngExt as _};
use verosim_data::{ColumnDomain, Token};
use verosim_math::stats::{normal_quantile, normal_share};

/// The values of a column as classes: common values one by one, and all others as one, in which numbers have a score. Kinds
/// of missing are no class: there is no such cell in a completed row.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// Commonest first.
    classes: Vec<Class>,
    /// Rows of each class.
    rows: Vec<f64>,
    of_token: Vec<Option<u16>>,
    rest: Scale,
    /// Rows that the rest has.
    rest_rows: f64,
    /// Whether the rest lies on a scale, so that scores mean something.
    is_number: bool,
    has_hinges: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Class {
    Token(u32),
    Rest,
}

/// A column of at most so many ordered values is a list of levels.
const MOST_LISTED: usize = 8;
/// A value on a scale is a class of its own from this share of the column on.
const OWN_SHARE: f64 = 0.1;
/// Levels of an unordered column that are classes of their own.
const MOST_LEVELS: usize = 24;
/// Rows that a class must have for other columns to be told of it.
const LEAST_ROWS: f64 = 20.0;
/// Rows from which on the effect of a number may bend.
const BENDING_ROWS: f64 = 100.0;
/// Normal scores at which it bends: the quartiles.
const BENDS: f64 = 0.674;

impl Shape {
    /// `counts` are the rows of each token, and all that is needed to make the same shape again.
    pub(super) fn new(domain: &ColumnDomain, counts: &[u64]) -> Self {
        let is_value = |token: &u32| {
            counts[*token as usize] > 0 && !matches!(domain.tokens[*token as usize], Token::Missing(_))
        };
        let mut tokens: Vec<u32> = (0..counts.len() as u32).filter(is_value).collect();
        let total: f64 = tokens.iter().map(|&token| counts[token as usize] as f64).sum();
        tokens.sort_by_key(|&token| (std::cmp::Reverse(counts[token as usize]), token));
        let continuous = domain.continuous();
        let is_listed = continuous.is_none() && tokens.len() <= MOST_LISTED;
        let is_own = |at: usize, token: u32| {
            let is_common = counts[token as usize] as f64 >= OWN_SHARE * total;
            match domain.tokens[token as usize] {
                Token::Equal(_) => true,
                _ if Some(token) == continuous => false,
                _ if domain.ordered => is_listed || is_common,
                _ => at < MOST_LEVELS,
            }
        };
        let own: Vec<u32> = tokens
            .iter()
            .enumerate()
            .filter(|&(at, &token)| is_own(at, token))
            .map(|(_, &token)| token)
            .collect();
        let mut others = counts.to_vec();
        for (token, count) in others.iter_mut().enumerate() {
            if own.contains(&(token as u32)) || !is_value(&(token as u32)) {
                *count = 0;
            }
        }
        let rest_rows = others.iter().sum::<u64>() as f64;
        let rest = if domain.ordered {
            Scale::ordered(domain, &others)
        } else {
            tokens.retain(|token| !own.contains(token));
            Scale::listed(&tokens, &others)
        };
        let mut classes: Vec<(Class, f64)> =
            own.iter().map(|&token| (Class::Token(token), counts[token as usize] as f64)).collect();
        if rest_rows > 0.0 {
            let at = classes.partition_point(|(_, rows)| *rows >= rest_rows);
            classes.insert(at, (Class::Rest, rest_rows));
        }
        let (classes, rows): (Vec<Class>, Vec<f64>) = classes.into_iter().unzip();
        let class = |token: u32| {
            let own = classes.iter().position(|class| *class == Class::Token(token));
            own.or_else(|| {
                // A token without a row in training, of another table: as the rest, if there is one.
                let is_missing = matches!(domain.tokens[token as usize], Token::Missing(_));
                if is_missing { None } else { classes.iter().position(|class| *class == Class::Rest) }
            })
        };
        let of_token = (0..counts.len() as u32).map(|token| class(token).map(|at| at as u16)).collect();
        Self {
            of_token,
            rest,
            rest_rows,
            is_number: domain.ordered && rest_rows > 0.0,
            has_hinges: rest_rows >= BENDING_ROWS,
            classes,
            rows,
        }
    }

    /// Number of classes; 0 for a column without any value.
    pub(super) fn n_classes(&self) -> usize {
        self.classes.len()
    }

    /// The class of a token; `None` for kinds of missing.
    pub(super) fn class(&self, token: u32) -> Option<u16> {
        self.of_token[token as usize]
    }

    /// Whether cells of a class have a score.
    pub(super) fn is_scored(&self, class: usize) -> bool {
        self.is_number && self.classes.get(class) == Some(&Class::Rest)
    }

    /// A class from `first` on, by how common it is.
    pub(super) fn by_share(&self, first: usize, rng: &mut impl Rng) -> usize {
        let mut left = rng.random::<f64>() * self.rows[first..].iter().sum::<f64>();
        for (class, rows) in self.rows.iter().enumerate().skip(first) {
            if left < *rows {
                return class;
            }
            left -= rows;
        }
        self.rows.len() - 1
    }

    /// The normal score of a cell among those that share a scale.
    pub(super) fn score(&self, token: u32, rank: f32) -> f64 {
        let edge = 0.5 / self.rest_rows.max(1.0);
        let share = self.rest.share(token, rank).unwrap_or(0.5);
        normal_quantile(share.clamp(edge, 1.0 - edge))
    }

    /// The cell of a class: at a normal score where the class has scores, else by how common cells are.
    pub(super) fn cell(&self, class: usize, score: f64, rng: &mut impl Rng) -> (u32, f32) {
        match self.classes[class] {
            Class::Token(token) => (token, 0.0),
            Class::Rest => {
                let share = if self.is_number { normal_share(score) } else { rng.random::<f64>() };
                self.rest.at(share.clamp(0.0, 1.0_f64.next_down()))
            }
        }
    }

    /// Numbers that a cell tells: marks of all classes but the commonest, and a score that may bend at the quartiles.
    pub(super) fn n_features(&self) -> usize {
        let marks = self.marked().count();
        marks + if self.is_number { 1 + 2 * usize::from(self.has_hinges) } else { 0 }
    }

    /// Calls `tell(feature, number)` for each number of a cell.
    pub(super) fn tell(&self, token: u32, rank: f32, mut tell: impl FnMut(usize, f32)) {
        let class = self.class(token).map(usize::from);
        let mut at = 0;
        for marked in self.marked() {
            tell(at, f32::from(u8::from(class == Some(marked))));
            at += 1;
        }
        if self.is_number {
            let is_scored = class.is_some_and(|class| self.is_scored(class));
            let score = if is_scored { self.score(token, rank) } else { 0.0 };
            tell(at, score as f32);
            if self.has_hinges {
                let beyond = |x: f64| if is_scored { x.max(0.0) as f32 } else { 0.0 };
                tell(at + 1, beyond(score - BENDS));
                tell(at + 2, beyond(-score - BENDS));
            }
        }
    }

    fn marked(&self) -> impl Iterator<Item = usize> {
        let enough = self.rows.iter().enumerate().skip(1).filter(|(_, rows)| **rows >= LEAST_ROWS);
        enough.map(|(class, _)| class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn zeros_are_a_class_and_other_numbers_have_scores() {
        let domain = ColumnDomain {
            name: "x".into(),
            tokens: vec![Token::Missing(0), Token::Value(0.0), Token::Continuous],
            ordered: true,
            n_ranks: 200,
            token_rank: vec![f32::NAN, 0.0, f32::NAN],
            parents: Vec::new(),
            stage: 0,
        };
        let shape = Shape::new(&domain, &[30, 100, 200]);
        assert_eq!(
            (shape.n_classes(), shape.class(0), shape.class(1), shape.class(2)),
            (2, None, Some(1), Some(0))
        );
        assert!(shape.is_scored(0) && !shape.is_scored(1));
        assert!((shape.score(2, 100.0)).abs() < 1e-9, "the median");
        let mut rng = Seeded::new(1).rng();
        assert_eq!(shape.cell(1, 0.0, &mut rng), (1, 0.0));
        for rank in [0.5, 37.0, 199.5] {
            let (token, back) = shape.cell(0, shape.score(2, rank), &mut rng);
            assert!(token == 2 && (back - rank).abs() < 0.01, "{rank} {back}");
        }
        let told = |token: u32, rank: f32| {
            let mut told = vec![f32::NAN; shape.n_features()];
            shape.tell(token, rank, |at, x| told[at] = x);
            told
        };
        assert_eq!(told(1, 0.0), [1.0, 0.0, 0.0, 0.0], "a zero is marked and has no score");
        assert!(told(2, 199.0)[2] > 1.0 && told(2, 199.0)[3] == 0.0, "a high value is beyond the upper bend");
    }

    #[test]
    fn levels_are_classes_and_rare_ones_share_the_last() {
        let n = 40_u32;
        let domain = ColumnDomain {
            name: "code".into(),
            tokens: (0..n).map(Token::Level).collect(),
            ordered: false,
            n_ranks: 0,
            token_rank: vec![f32::NAN; n as usize],
            parents: Vec::new(),
            stage: 0,
        };
        let counts: Vec<u64> = (0..u64::from(n)).map(|token| 100 - token).collect();
        let shape = Shape::new(&domain, &counts);
        // 16 levels of some 70 rows are together the commonest class.
        assert_eq!((shape.n_classes(), shape.class(39), shape.class(0)), (25, Some(0), Some(1)));
        assert!(!shape.is_scored(0) && shape.n_features() == 24);
        let mut rng = Seeded::new(1).rng();
        assert!((0..50).all(|_| (24..40).contains(&shape.cell(0, 0.0, &mut rng).0)));
        let nothing = ColumnDomain { tokens: vec![Token::Missing(0)], token_rank: vec![f32::NAN], ..domain };
        assert_eq!(Shape::new(&nothing, &[9]).n_classes(), 0);
    }
}
