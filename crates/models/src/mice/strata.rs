//! Where is a scale of scores cut, so that enough people stand behind each stretch?

use std::collections::BTreeMap;

/// Stretches of scores.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Strata {
    /// Scores at which a stretch ends and the next begins; ascending.
    pub(super) cuts: Vec<f32>,
}

/// When a stretch is long enough.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enough {
    /// Least different people.
    pub(super) people: usize,
    /// Rows that end a stretch.
    pub(super) rows: usize,
    /// Rows of the rarer outcome that end a stretch before that; none ends it when 0.
    pub(super) rare: usize,
}

impl Strata {
    pub(super) fn n(&self) -> usize {
        self.cuts.len() + 1
    }

    /// The stretch of a score.
    pub(super) fn of(&self, score: f32) -> usize {
        self.cuts.partition_point(|&cut| cut <= score)
    }

    /// Cuts between scores: `scores` with the person and whether the rarer outcome came, in any order. Equal scores stay
    /// together; a last stretch of too few people is the one before.
    ///
    /// # Cost
    /// O(rows log rows).
    pub(super) fn cut(mut scores: Vec<(f32, u32, bool)>, enough: Enough) -> Self {
        scores.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut last_seen = BTreeMap::new();
        let mut cuts = Vec::new();
        let (mut rows, mut people, mut rare) = (0, 0, 0);
        for (at, &(score, person, is_rare)) in scores.iter().enumerate() {
            let is_long = enough.rows <= rows || enough.rare > 0 && enough.rare <= rare;
            if people >= enough.people && is_long && scores[at - 1].0 < score {
                cuts.push(score);
                (rows, people, rare) = (0, 0, 0);
            }
            rows += 1;
            rare += usize::from(is_rare);
            // Numbers of stretches begin at 1, so that nobody was seen in the first.
            people += usize::from(last_seen.insert(person, cuts.len() + 1) != Some(cuts.len() + 1));
        }
        if people < enough.people {
            cuts.pop();
        }
        Self { cuts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_have_people_and_equal_scores_stay_together() {
        let enough = Enough { people: 3, rows: 3, rare: 0 };
        let of = |scores: &[f32]| {
            let rows = scores.iter().enumerate().map(|(at, &score)| (score, at as u32, false));
            Strata::cut(rows.collect(), enough).cuts
        };
        assert_eq!(of(&[3.0, 1.0, 2.0, 5.0, 4.0, 6.0, 7.0]), [4.0], "a last one of one is joined");
        assert_eq!(of(&[1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0]), [2.0]);
        assert_eq!(of(&[1.0; 9]), [] as [f32; 0]);
        // Three rows of one person are one.
        let same = (0..9).map(|at| (at as f32, at / 3, false)).collect();
        assert_eq!(Strata::cut(same, enough).cuts, [] as [f32; 0]);
        // Rare outcomes end a stretch early.
        let rare = (0..12).map(|at| (at as f32, at, at >= 8)).collect();
        let cuts = Strata::cut(rare, Enough { people: 2, rows: 6, rare: 2 }).cuts;
        assert_eq!(cuts, [6.0, 10.0]);
        let strata = Strata { cuts };
        assert_eq!([5.9, 6.0, 99.0].map(|score| strata.of(score)), [0, 1, 2]);
    }
}
