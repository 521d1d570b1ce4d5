//! How does the fictional clinic write its patients down?

use super::{Patient, Sex, Smoking};
use crate::{RawColumn, RawTable, SourceType};
use chrono::{Days, NaiveDate};
use rand::{Rng, RngExt as _};
use verosim_core::Seeded;

/// Outcomes that the demo judges utility by: a binary and a numeric one.
pub const CLINIC_TARGETS: [&str; 2] = ["readmitted_30d", "charge_eur"];

/// Draws and writes `n` fictional patients: 27 columns of an untidy extract.
///
/// Row `i` depends on (seed, i) only, so two calls share rows where they overlap. Costs about 4 µs a row.
#[must_use]
pub fn clinic(n: usize, seed: Seeded) -> RawTable {
    let mut columns: Vec<RawColumn> =
        HEADER.iter().map(|name| RawColumn::new(name, SourceType::Text)).collect();
    for row in 0..n {
        let mut rng = seed.split("clinic").split_at(row as u64).rng();
        let patient = Patient::draw(&mut rng);
        for (column, cell) in columns.iter_mut().zip(write(&patient, row, &mut rng)) {
            column.push(&cell);
        }
    }
    RawTable::new(columns).expect("every row writes one cell per column")
}

const HEADER: [&str; 27] = [
    "patient_id",
    "contact_email",
    "admission_date",
    "discharge_date",
    "los_days",
    "age",
    "sex",
    "ethnicity",
    "insurance",
    "smoking",
    "height_cm",
    "weight_kg",
    "bmi",
    "sbp",
    "dbp",
    "heart_rate",
    "diagnosis",
    "diabetes",
    "pregnant",
    "n_comorbidities",
    "prior_visits",
    "creatinine",
    "hba1c",
    "ldl",
    "crp",
    "charge_eur",
    "readmitted_30d",
];

/// The cells of one patient, in the order of the columns: rounded, heaped and partly hidden.
pub fn write(patient: &Patient, row: usize, rng: &mut impl Rng) -> [String; 27] {
    let height = heaped_height(patient.height_cm, rng);
    let weight = (patient.weight_kg * 10.0).round() / 10.0;
    let measured = rng.random_bool(0.94);
    // MNAR: a laboratory value is asked for when somebody fears that it is off.
    let fear = |worry: f64, rng: &mut dyn FnMut() -> f64| rng() < 1.0 / (1.0 + (-worry).exp());
    let mut uniform = || rng.random::<f64>();
    let creatinine = fear(0.9 + 1.6 * (patient.creatinine - 0.9), &mut uniform);
    let hba1c = fear(-1.6 + 1.9 * (patient.hba1c - 5.4), &mut uniform);
    let ldl = uniform();
    let crp = fear(-0.4 + 0.9 * (patient.crp.ln() - 1.5), &mut uniform);
    let pregnant = match patient.sex {
        Sex::Male => String::new(),
        Sex::Female if patient.age > 55 => "no".into(),
        Sex::Female => if patient.diagnosis.code.starts_with('O') { "yes" } else { "no" }.into(),
    };
    [
        format!("VC-{:06}", 100_000 + (row * 7919) % 900_000),
        format!("p{:05}@clinic.example", (row * 104_729) % 100_000),
        day(patient.admitted),
        day(patient.admitted + patient.nights as i32),
        patient.nights.to_string(),
        patient.age.to_string(),
        if patient.sex == Sex::Female { "F" } else { "M" }.into(),
        if rng.random_bool(0.03) { "?".into() } else { Patient::ETHNICITIES[patient.ethnicity].into() },
        if patient.private { "private" } else { "statutory" }.into(),
        match patient.smoking {
            _ if rng.random_bool(0.08) => "unknown".into(),
            Smoking::Never => "never".into(),
            Smoking::Former => "former".into(),
            Smoking::Current => "current".into(),
        },
        if measured { trimmed(height) } else { String::new() },
        if measured { format!("{weight:.1}") } else { String::new() },
        if measured { format!("{:.1}", weight / (height / 100.0).powi(2)) } else { String::new() },
        heaped_pressure(patient.systolic, rng),
        heaped_pressure(patient.diastolic, rng),
        format!("{:.0}", patient.heart_rate),
        patient.diagnosis.code.into(),
        if patient.diabetes { "yes" } else { "no" }.into(),
        pregnant,
        patient.comorbidities.to_string(),
        patient.prior_visits.to_string(),
        if creatinine { format!("{:.2}", patient.creatinine) } else { "NA".into() },
        if hba1c { format!("{:.1}", patient.hba1c) } else { "NA".into() },
        // Two reasons for no LDL: not asked for, and a spoilt sample.
        match ldl {
            ..0.30 => String::new(),
            0.30..0.34 => "-9".into(),
            _ => format!("{:.0}", patient.ldl),
        },
        // Under the limit of detection the laboratory prints a text.
        if !crp {
            "NA".into()
        } else if patient.crp < 1.0 {
            "<1".into()
        } else {
            format!("{:.1}", patient.crp)
        },
        format!("{:.2}", patient.charge_eur),
        u8::from(patient.readmitted).to_string(),
    ]
}

/// Half of the heights are asked for and told in steps of 5 or 1 cm; the rest are measured to 0.5 cm.
fn heaped_height(height: f64, rng: &mut impl Rng) -> f64 {
    match rng.random::<f64>() {
        ..0.12 => (height / 5.0).round() * 5.0,
        0.12..0.70 => height.round(),
        _ => (height * 2.0).round() / 2.0,
    }
}

/// Cuffs read by eye end in 0 or in an even digit; machines show any number.
fn heaped_pressure(pressure: f64, rng: &mut impl Rng) -> String {
    let read = match rng.random::<f64>() {
        ..0.35 => (pressure / 10.0).round() * 10.0,
        0.35..0.75 => (pressure / 2.0).round() * 2.0,
        _ => pressure.round(),
    };
    format!("{read:.0}")
}

/// `172` for whole numbers, `172.5` otherwise.
fn trimmed(x: f64) -> String {
    if x.fract() == 0.0 { format!("{x:.0}") } else { format!("{x:.1}") }
}

fn day(days: i32) -> String {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day of the calendar");
    (epoch + Days::new(u64::try_from(days).unwrap_or(0))).format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::DIAGNOSES;

    fn column<'a>(table: &'a RawTable, name: &str) -> &'a RawColumn {
        table.columns().iter().find(|column| column.name == name).unwrap()
    }

    #[test]
    fn rows_depend_on_seed_and_row_only() {
        let (long, short) = (clinic(60, Seeded::new(3)), clinic(40, Seeded::new(3)));
        for (a, b) in long.columns().iter().zip(short.columns()) {
            assert!((0..40).all(|row| a.cell(row) == b.cell(row)), "{}", a.name);
        }
        assert_ne!(
            column(&long, "charge_eur").cell(0),
            column(&clinic(1, Seeded::new(4)), "charge_eur").cell(0)
        );
    }

    #[test]
    fn no_patient_is_impossible() {
        let table = clinic(4_000, Seeded::new(1));
        let (sex, age, code) = (column(&table, "sex"), column(&table, "age"), column(&table, "diagnosis"));
        for row in 0..table.n_rows() {
            let found = DIAGNOSES.iter().find(|diagnosis| diagnosis.code == code.cell(row)).unwrap();
            let sex = if sex.cell(row) == "F" { Sex::Female } else { Sex::Male };
            assert!(found.frequency(sex, age.cell(row).parse().unwrap()) > 0.0, "row {row}");
            assert!(column(&table, "admission_date").cell(row) <= column(&table, "discharge_date").cell(row));
        }
    }

    #[test]
    fn laboratory_values_are_missing_because_of_what_they_hide() {
        // MNAR by construction: the unmeasured must truly be lower. False alarm below 1e-6 at 4,000 rows.
        let (mut kept, mut hidden) = (vec![], vec![]);
        for row in 0..4_000 {
            let mut rng = Seeded::new(2).split("clinic").split_at(row).rng();
            let patient = Patient::draw(&mut rng);
            let seen = write(&patient, row as usize, &mut rng)[22] != "NA";
            if seen { &mut kept } else { &mut hidden }.push(patient.hba1c);
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        assert!(hidden.len() > 400 && mean(&kept) > mean(&hidden) + 0.3, "{} {}", mean(&kept), mean(&hidden));
    }
}
