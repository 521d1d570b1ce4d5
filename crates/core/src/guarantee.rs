//! What does a fitted engine promise about privacy?

use serde::{Deserialize, Serialize};

/// The privacy promise of a fitted engine. [`Guarantee::None`] is a legal, loud answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Guarantee {
    /// No formal promise: attacks on the output are the only evidence. Says why in words.
    None {
        /// What the engine does instead, in one sentence.
        measures: String,
    },
    /// The output hardly depends on any one person: differential privacy.
    Formal(Formal),
    /// The engine hands training rows back; only good as a control.
    Leaks,
}

/// A promise with a proof. Everything that it rests on is named in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Formal {
    /// Bound on how much likelier any output gets through one person, as a logarithm.
    pub epsilon: f64,
    /// Probability that the bound does not hold.
    pub delta: f64,
    /// What was spent, in zero-concentrated terms; `epsilon` and `delta` follow from it.
    pub rho: f64,
    /// Whom the promise is made to: `patient`.
    pub unit: String,
    /// Units that were counted; public.
    pub units: usize,
    /// Which tables cannot be told apart.
    pub neighbours: String,
    /// How costs were added.
    pub accountant: String,
    /// What was released, with noise.
    pub releases: Vec<String>,
    /// What was taken as public and is not protected.
    pub public: Vec<String>,
    /// Where the noise came from.
    pub noise: NoiseOrigin,
}

/// Where the randomness of noise came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoiseOrigin {
    /// The operating system: nobody can make the noise again.
    System,
    /// A seed that somebody knows: they can take the noise off.
    InsecureSeed,
}

impl Formal {
    /// Whether every number of it is one.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let numbers = [self.epsilon, self.delta, self.rho];
        numbers.iter().all(|number| number.is_finite() && *number > 0.0) && self.delta < 1.0
    }
}

impl Guarantee {
    /// The sentence that reports and manifests print.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::None { measures } => format!("no formal privacy guarantee; {measures}"),
            Self::Formal(formal) => {
                let Formal { epsilon, delta, rho, unit, units, neighbours, accountant, .. } = formal;
                let noise = match formal.noise {
                    NoiseOrigin::System => "the operating system's generator",
                    NoiseOrigin::InsecureSeed => {
                        "an INSECURE SEED: the noise can be repeated and taken off by whoever knows it, and nothing is \
                         promised towards them"
                    }
                };
                format!(
                    "differentially private with epsilon {epsilon} and delta {delta:.2e} for each of {units} {unit}s \
                     ({neighbours}); {accountant}, rho {rho:.3e}; noise from {noise}; released: {}; taken as public: {}",
                    formal.releases.join(", "),
                    formal.public.join(", ")
                )
            }
            Self::Leaks => "releases training rows as they are; for control runs only".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formal_promise_names_what_it_rests_on_and_comes_back_as_written() {
        let formal = Formal {
            epsilon: 1.0,
            delta: 1e-5,
            rho: 0.02,
            unit: "patient".into(),
            units: 240,
            neighbours: "one person replaced by another".into(),
            accountant: "zCDP".into(),
            releases: vec!["counts of 3 columns".into()],
            public: vec!["declared bounds".into(), "the number of patients".into()],
            noise: NoiseOrigin::System,
        };
        let guarantee = Guarantee::Formal(formal.clone());
        assert_eq!(
            guarantee.sentence(),
            "differentially private with epsilon 1 and delta 1.00e-5 for each of 240 patients (one person replaced by \
             another); zCDP, rho 2.000e-2; noise from the operating system's generator; released: counts of 3 columns; \
             taken as public: declared bounds, the number of patients"
        );
        let text = serde_json::to_string(&guarantee).unwrap();
        assert_eq!(serde_json::from_str::<Guarantee>(&text).unwrap(), guarantee);
        let seeded = Guarantee::Formal(Formal { noise: NoiseOrigin::InsecureSeed, ..formal.clone() });
        assert!(seeded.sentence().contains("can be repeated"));
        assert!(formal.is_sound() && !Formal { delta: 1.0, ..formal.clone() }.is_sound());
        assert!(!Formal { epsilon: f64::NAN, ..formal }.is_sound());
    }
}
