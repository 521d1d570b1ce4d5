//! What do releases cost together that look at different people?

/// Which tables a promise must not tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbours {
    /// One has one person more. How many people there are is then itself a secret.
    AddRemove,
    /// They have equally many people, and one of them differs. How many there are is public.
    ReplaceOne,
}

impl Neighbours {
    /// In words, for guarantees.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::AddRemove => "one person added or removed",
            Self::ReplaceOne => "one person replaced by another; how many there are is public",
        }
    }
}

/// What releases over disjoint groups of people cost together, given what each costs by itself when one person is added to or
/// removed from its group: the dearest; where a person is replaced, it may leave one group and enter another, and the two
/// dearest add up.
#[must_use]
pub fn parallel(rhos: &[f64], neighbours: Neighbours) -> f64 {
    let mut dearest = [0.0_f64; 2];
    for &rho in rhos {
        if rho > dearest[0] {
            dearest = [rho, dearest[0]];
        } else if rho > dearest[1] {
            dearest[1] = rho;
        }
    }
    match neighbours {
        Neighbours::AddRemove => dearest[0],
        Neighbours::ReplaceOne => (dearest[0] + dearest[1]).next_up(),
    }
}
