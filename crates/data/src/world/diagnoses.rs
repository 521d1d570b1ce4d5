//! Which diagnoses does the fictional clinic see, in whom, and how often?

use super::Sex;

/// One diagnosis of the clinic: an ICD-10 code and who gets it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagnosis {
    /// ICD-10 code.
    pub code: &'static str,
    /// Relative frequency in the people who can have it, at age 60.
    pub weight: f64,
    /// Log change of frequency per ten years of age.
    pub per_decade: f64,
    /// The only sex that can have it, if there is one.
    pub only: Option<Sex>,
    /// Ages in years that can have it.
    pub ages: (u8, u8),
    /// How ill it makes: added to the log-odds of readmission and to the log of costs.
    pub severity: f64,
}

impl Diagnosis {
    /// Relative frequency of this diagnosis in a person of `sex` and `age` years; 0 where impossible.
    #[must_use]
    pub fn frequency(&self, sex: Sex, age: u8) -> f64 {
        let possible = self.only.is_none_or(|only| only == sex) && (self.ages.0..=self.ages.1).contains(&age);
        if possible { self.weight * (self.per_decade * (f64::from(age) - 60.0) / 10.0).exp() } else { 0.0 }
    }
}

/// Shorthand for the table below.
const fn dx(code: &'static str, weight: f64, per_decade: f64, severity: f64) -> Diagnosis {
    Diagnosis { code, weight, per_decade, only: None, ages: (18, 120), severity }
}

/// A diagnosis that only one sex can have, at some ages.
const fn only(sex: Sex, ages: (u8, u8), diagnosis: Diagnosis) -> Diagnosis {
    Diagnosis { only: Some(sex), ages, ..diagnosis }
}

/// All diagnoses. Frequencies are invented; the sex and age limits are those of the code book.
pub const DIAGNOSES: [Diagnosis; 44] = [
    dx("I10", 60.0, 0.25, -0.4),
    dx("I50.9", 42.0, 0.55, 0.9),
    dx("I25.10", 34.0, 0.40, 0.4),
    dx("I48.91", 30.0, 0.55, 0.3),
    dx("I21.4", 20.0, 0.35, 0.7),
    dx("I63.9", 18.0, 0.45, 0.8),
    dx("I70.2", 8.0, 0.45, 0.5),
    dx("J44.1", 36.0, 0.30, 0.8),
    dx("J18.9", 40.0, 0.25, 0.4),
    dx("J45.909", 14.0, -0.20, -0.1),
    dx("J96.01", 9.0, 0.25, 1.1),
    dx("E11.9", 38.0, 0.25, 0.1),
    dx("E11.65", 16.0, 0.10, 0.4),
    dx("E11.22", 10.0, 0.30, 0.8),
    dx("E10.10", 5.0, -0.40, 0.5),
    dx("E87.1", 12.0, 0.35, 0.4),
    dx("E03.9", 8.0, 0.10, -0.3),
    dx("N17.9", 22.0, 0.40, 0.7),
    dx("N18.3", 16.0, 0.45, 0.6),
    dx("N39.0", 24.0, 0.25, 0.1),
    dx("N20.0", 10.0, -0.10, -0.4),
    dx("K35.80", 12.0, -0.45, -0.6),
    dx("K80.20", 14.0, 0.05, -0.3),
    dx("K92.2", 13.0, 0.30, 0.4),
    dx("K70.30", 7.0, -0.05, 1.0),
    dx("K21.9", 10.0, 0.05, -0.5),
    dx("A41.9", 24.0, 0.30, 1.0),
    dx("C34.90", 11.0, 0.30, 1.3),
    dx("C18.9", 9.0, 0.35, 0.8),
    dx("C90.00", 3.0, 0.30, 1.2),
    dx("D50.9", 10.0, 0.15, -0.2),
    dx("D57.00", 1.5, -0.60, 0.9),
    dx("F32.9", 12.0, -0.10, 0.3),
    dx("F10.20", 10.0, -0.20, 0.6),
    dx("G40.909", 7.0, -0.10, 0.2),
    dx("G35", 2.0, -0.35, 0.3),
    dx("M54.5", 14.0, 0.0, -0.6),
    dx("M17.11", 15.0, 0.35, -0.4),
    dx("S72.001", 16.0, 0.80, 0.6),
    only(Sex::Male, (40, 120), dx("N40.1", 26.0, 0.45, -0.3)),
    only(Sex::Male, (40, 120), dx("C61", 16.0, 0.45, 0.3)),
    only(Sex::Female, (18, 49), dx("O80", 240.0, -0.10, -1.2)),
    only(Sex::Female, (18, 49), dx("O24.41", 60.0, 0.05, -0.5)),
    only(Sex::Female, (18, 55), dx("N80.0", 45.0, -0.05, -0.6)),
];
