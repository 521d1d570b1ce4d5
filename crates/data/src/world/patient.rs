//! What is true of a fictional patient, before anything is written down?

use super::{DIAGNOSES, Diagnosis};
use rand::{Rng, RngExt as _};
use rand_distr::{Distribution as _, Gamma, LogNormal, Normal, Poisson};

/// Sex as the clinic records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// Written `F`.
    Female,
    /// Written `M`.
    Male,
}

/// Smoking status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoking {
    /// Written `never`.
    Never,
    /// Written `former`.
    Former,
    /// Written `current`.
    Current,
}

/// Everything that is true of one fictional patient. Fields are exact; [`super::write`] rounds, heaps
/// and hides them.
#[derive(Clone, Debug, PartialEq)]
pub struct Patient {
    /// Age in whole years, 18 to 99.
    pub age: u8,
    /// Sex.
    pub sex: Sex,
    /// One of five groups, by position in [`Patient::ETHNICITIES`].
    pub ethnicity: usize,
    /// Whether the patient pays privately.
    pub private: bool,
    /// Smoking status.
    pub smoking: Smoking,
    /// Height, cm.
    pub height_cm: f64,
    /// Weight, kg.
    pub weight_kg: f64,
    /// Whether the patient has diabetes.
    pub diabetes: bool,
    /// Main diagnosis.
    pub diagnosis: &'static Diagnosis,
    /// Further diagnoses.
    pub comorbidities: u32,
    /// Systolic blood pressure, mmHg.
    pub systolic: f64,
    /// Diastolic blood pressure, mmHg; below systolic.
    pub diastolic: f64,
    /// Heart rate, beats per minute.
    pub heart_rate: f64,
    /// Serum creatinine, mg/dL.
    pub creatinine: f64,
    /// Glycated haemoglobin, %.
    pub hba1c: f64,
    /// LDL cholesterol, mg/dL.
    pub ldl: f64,
    /// C-reactive protein, mg/L.
    pub crp: f64,
    /// Visits in the year before; zero-inflated.
    pub prior_visits: u32,
    /// Day of admission, days since 1970-01-01 (2019-01-01 to 2023-12-31, fewer at weekends).
    pub admitted: i32,
    /// Nights in hospital.
    pub nights: u32,
    /// Cost of the stay, EUR.
    pub charge_eur: f64,
    /// Whether the patient came back within 30 days.
    pub readmitted: bool,
}

impl Patient {
    /// Groups of [`Patient::ethnicity`]; the last two are small on purpose.
    pub const ETHNICITIES: [&'static str; 5] = ["White", "Black", "Asian", "Mixed", "Indigenous"];
    const ETHNICITY_SHARES: [f64; 5] = [0.66, 0.15, 0.12, 0.055, 0.015];

    /// Draws a patient from the clinic's law.
    pub fn draw(rng: &mut impl Rng) -> Self {
        let sex = if rng.random_bool(0.53) { Sex::Female } else { Sex::Male };
        // Two populations share the clinic: obstetric and young surgical patients, and older people.
        let centre = if rng.random_bool(0.22) { 33.0 } else { 67.0 };
        let age = normal(rng, centre, 13.0).clamp(18.0, 99.0).floor() as u8;
        let years = f64::from(age);
        let ethnicity = choose(rng, &Self::ETHNICITY_SHARES);
        let private = rng.random_bool(if ethnicity == 0 { 0.22 } else { 0.11 });
        let smoking = match choose(rng, &if years < 40.0 { [0.62, 0.13, 0.25] } else { [0.45, 0.37, 0.18] }) {
            0 => Smoking::Never,
            1 => Smoking::Former,
            _ => Smoking::Current,
        };
        let height_cm = match sex {
            Sex::Female => normal(rng, 163.5 - 0.06 * (years - 50.0), 6.6),
            Sex::Male => normal(rng, 177.0 - 0.07 * (years - 50.0), 7.2),
        };
        let bmi = 26.8 * LogNormal::new(0.0, 0.19).expect("a positive spread").sample(rng);
        let weight_kg = bmi * (height_cm / 100.0).powi(2);
        let diabetes = rng.random_bool(logistic(-2.4 + 0.035 * (years - 55.0) + 0.11 * (bmi - 27.0)));
        let frequencies: Vec<f64> = DIAGNOSES
            .iter()
            .map(|diagnosis| {
                let diabetic = if diabetes { 6.0 } else { 0.25 };
                let smoker = if smoking == Smoking::Never { 0.5 } else { 1.6 };
                diagnosis.frequency(sex, age)
                    * if diagnosis.code.starts_with("E1") { diabetic } else { 1.0 }
                    * if matches!(diagnosis.code, "J44.1" | "C34.90") { smoker } else { 1.0 }
            })
            .collect();
        let diagnosis = &DIAGNOSES[choose(rng, &frequencies)];
        let burden = (0.5 + 0.045 * (years - 30.0).max(0.0) + f64::from(u8::from(diabetes))).max(0.1);
        let frailty = Gamma::new(4.0, 0.25).expect("positive").sample(rng);
        let comorbidities = count(rng, burden * frailty);
        let systolic =
            normal(rng, 121.0 + 0.38 * (years - 50.0) + 0.7 * (bmi - 27.0), 16.0).clamp(72.0, 235.0);
        let diastolic = (0.45 * systolic + normal(rng, 20.0, 8.0)).clamp(38.0, systolic - 15.0);
        let heart_rate = normal(rng, 76.0 + 4.0 * diagnosis.severity, 12.5).clamp(38.0, 178.0);
        let kidney = if diagnosis.code.starts_with("N1") || diagnosis.code == "E11.22" { 0.75 } else { 0.0 };
        let creatinine = 0.78
            * LogNormal::new(0.006 * (years - 50.0) + kidney, 0.24).expect("a positive spread").sample(rng)
            * if sex == Sex::Male { 1.2 } else { 1.0 };
        let hba1c = if diabetes {
            6.4 + Gamma::new(2.2, 0.65).expect("positive").sample(rng)
        } else {
            normal(rng, 5.45, 0.33).max(4.2)
        };
        let ldl =
            normal(rng, 122.0 - 0.2 * (years - 50.0) - if diabetes { 14.0 } else { 0.0 }, 33.0).max(28.0);
        let infected = matches!(diagnosis.code, "A41.9" | "J18.9" | "N39.0" | "K35.80");
        let crp = LogNormal::new(if infected { 4.1 } else { 1.3 }, 1.1).expect("positive").sample(rng);
        let prior_visits = if rng.random_bool(logistic(0.9 - 0.28 * f64::from(comorbidities))) {
            0
        } else {
            1 + count(rng, 0.6 + 0.35 * f64::from(comorbidities))
        };
        let admitted = weekday_weighted(rng);
        let ill = diagnosis.severity + 0.18 * f64::from(comorbidities) + 0.012 * (years - 60.0);
        let slow = Gamma::new(1.8, 1.0 / 1.8).expect("positive").sample(rng);
        let nights = count(rng, (0.75 + 0.42 * ill).exp() * slow);
        let charge_eur = (7.1 + 0.30 * ill + if private { 0.35 } else { 0.0 }).exp()
            * (0.35 + 0.28 * f64::from(nights))
            * LogNormal::new(0.0, 0.33).expect("positive").sample(rng);
        let mut patient = Self {
            age,
            sex,
            ethnicity,
            private,
            smoking,
            height_cm,
            weight_kg,
            diabetes,
            diagnosis,
            comorbidities,
            systolic,
            diastolic,
            heart_rate,
            creatinine,
            hba1c,
            ldl,
            crp,
            prior_visits,
            admitted,
            nights,
            charge_eur,
            readmitted: false,
        };
        patient.readmitted = rng.random_bool(patient.readmission_probability());
        patient
    }

    /// The true probability of readmission within 30 days: the best any model can know.
    #[must_use]
    pub fn readmission_probability(&self) -> f64 {
        logistic(
            -2.75
                + 0.85 * self.diagnosis.severity
                + 0.22 * f64::from(self.comorbidities)
                + 0.30 * f64::from(self.prior_visits.min(6))
                + 0.45 * (self.creatinine - 1.0).clamp(-0.5, 2.5)
                + 0.015 * (f64::from(self.age) - 60.0)
                // A deprived group is readmitted more often at equal illness: an equity truth to find.
                + if self.ethnicity == 4 { 0.8 } else { 0.0 },
        )
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn normal(rng: &mut impl Rng, mean: f64, sd: f64) -> f64 {
    Normal::new(mean, sd).expect("finite parameters").sample(rng)
}

fn count(rng: &mut impl Rng, mean: f64) -> u32 {
    Poisson::new(mean.clamp(1e-6, 200.0)).expect("a positive mean").sample(rng) as u32
}

/// Position drawn in proportion to `weights`.
fn choose(rng: &mut impl Rng, weights: &[f64]) -> usize {
    let mut left = rng.random::<f64>() * weights.iter().sum::<f64>();
    weights
        .iter()
        .position(|&weight| {
            left -= weight;
            left < 0.0
        })
        .unwrap_or(weights.len() - 1)
}

/// A day in 2019 to 2023; Saturdays and Sundays are kept with probability 0.45.
fn weekday_weighted(rng: &mut impl Rng) -> i32 {
    loop {
        let day = rng.random_range(17_897..19_723_i32); // 2019-01-01 up to 2023-12-31
        // 1970-01-01 was a Thursday: (day + 3) mod 7 is 0 on Mondays.
        if (day + 3).rem_euclid(7) < 5 || rng.random_bool(0.45) {
            return day;
        }
    }
}
