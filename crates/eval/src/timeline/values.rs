//! How alike are values of which each person has several?

use super::Lives;
use crate::jackknife::Groups;
use verosim_math::stats::Merged;

/// Values with the group of the person whose they are.
#[derive(Default)]
pub(crate) struct Values {
    values: Vec<f64>,
    groups: Vec<u8>,
}

impl Values {
    /// What `of` gives for each person.
    pub(crate) fn per_person<I: IntoIterator<Item = f64>>(
        lives: &Lives,
        groups: &[u8],
        of: impl Fn(&super::Life) -> I,
    ) -> Self {
        let mut all = Self::default();
        for (life, &group) in lives.people.iter().zip(groups) {
            of(life).into_iter().for_each(|value| all.push(value, group));
        }
        all
    }

    pub(crate) fn push(&mut self, value: f64, group: u8) {
        self.values.push(value);
        self.groups.push(group);
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(crate) fn merged(&self, made: &Self) -> Merged {
        Merged::new((&self.values, &self.groups), (&made.values, &made.groups))
    }
}

/// Both sides of one quantity, merged.
pub(crate) fn both<I: IntoIterator<Item = f64>>(
    real: &Lives,
    made: &Lives,
    groups: &Groups,
    of: impl Fn(&Lives, &super::Life) -> I,
) -> [Values; 2] {
    [
        Values::per_person(real, &groups.real, |life| of(real, life)),
        Values::per_person(made, &groups.synthetic, |life| of(made, life)),
    ]
}

/// One minus the greatest gap of distribution functions, without group `out`.
pub(crate) fn alike(merged: &Merged, out: usize) -> Option<f64> {
    merged.greatest(out).map(|gap| 1.0 - gap)
}
