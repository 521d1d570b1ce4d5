//! Which codes does the fictional clinic write, and what do they mean?

use crate::CodeBook;

/// Type 2 diabetes.
pub const DIABETES: &str = "CONDITION//ICD10//E11.9";
/// Hypertension.
pub const HYPERTENSION: &str = "CONDITION//ICD10//I10";
/// Chronic kidney disease, stage 3.
pub const KIDNEY: &str = "CONDITION//ICD10//N18.3";
/// Asthma.
pub const ASTHMA: &str = "CONDITION//ICD10//J45.9";
/// Influenza.
pub const INFLUENZA: &str = "CONDITION//ICD10//J11";
/// Supervision of pregnancy; women from 15 to 49 only.
pub const PREGNANCY: &str = "CONDITION//ICD10//Z34.9";
/// Birth of a child; women from 15 to 49 only.
pub const DELIVERY: &str = "CONDITION//ICD10//O80";
/// Cancer of the prostate; men only.
pub const PROSTATE: &str = "CONDITION//ICD10//C61";

/// A visit by day.
pub const AMBULATORY: &str = "VISIT//CLINIC//ambulatory";
/// A visit to the emergency department.
pub const EMERGENCY: &str = "VISIT//CLINIC//emergency";
/// A stay.
pub const INPATIENT: &str = "VISIT//CLINIC//inpatient";
/// End of a stay: to home.
pub const HOME: &str = "OBSERVATION//DISCHARGE//home";
/// End of a stay: to a nursing home.
pub const NURSING: &str = "OBSERVATION//DISCHARGE//nursing home";
/// End of a stay: by death.
pub const DIED: &str = "OBSERVATION//DISCHARGE//died";

/// Glycated haemoglobin, %.
pub const HBA1C: &str = "MEASUREMENT//LOINC//4548-4//%";
/// Glucose, mg/dL.
pub const GLUCOSE: &str = "MEASUREMENT//LOINC//2345-7//mg/dL";
/// Creatinine, mg/dL.
pub const CREATININE: &str = "MEASUREMENT//LOINC//2160-0//mg/dL";
/// Haemoglobin, g/dL.
pub const HAEMOGLOBIN: &str = "MEASUREMENT//LOINC//718-7//g/dL";
/// Systolic blood pressure, mmHg.
pub const SYSTOLIC: &str = "MEASUREMENT//LOINC//8480-6//mm[Hg]";
/// Heart rate, beats per minute.
pub const HEART_RATE: &str = "MEASUREMENT//LOINC//8867-4//{beats}/min";
/// Smoking; its text is `never`, `former` or `current`.
pub const SMOKING: &str = "OBSERVATION//LOINC//72166-2";

/// Metformin.
pub const METFORMIN: &str = "DRUG//ATC//A10BA02";
/// Ramipril.
pub const RAMIPRIL: &str = "DRUG//ATC//C09AA05";
/// Salbutamol.
pub const SALBUTAMOL: &str = "DRUG//ATC//R03AC02";
/// Oseltamivir.
pub const OSELTAMIVIR: &str = "DRUG//ATC//J05AH02";

/// Radiography of the chest.
pub const CHEST: &str = "PROCEDURE//ICD10PCS//BW03ZZZ";
/// Delivery; women from 15 to 49 only.
pub const BIRTHING: &str = "PROCEDURE//ICD10PCS//10E0XZZ";
/// Biopsy of the prostate; men only.
pub const BIOPSY: &str = "PROCEDURE//ICD10PCS//0VB03ZX";

/// Female.
pub const FEMALE: &str = "SEX//F";
/// Male.
pub const MALE: &str = "SEX//M";
/// Groups of people, the last two small on purpose, and their shares.
pub const GROUPS: [(&str, f64); 5] = [
    ("RACE//White", 0.66),
    ("RACE//Black", 0.15),
    ("RACE//Asian", 0.12),
    ("RACE//Mixed", 0.055),
    ("RACE//Indigenous", 0.015),
];

const WORDS: &[(&str, &str)] = &[
    (DIABETES, "Type 2 diabetes mellitus without complications"),
    (HYPERTENSION, "Essential (primary) hypertension"),
    (KIDNEY, "Chronic kidney disease, stage 3"),
    (ASTHMA, "Asthma, unspecified"),
    (INFLUENZA, "Influenza, virus not identified"),
    (PREGNANCY, "Supervision of normal pregnancy, unspecified"),
    (DELIVERY, "Single spontaneous delivery"),
    (PROSTATE, "Malignant neoplasm of prostate"),
    (AMBULATORY, "Visit by day"),
    (EMERGENCY, "Visit to the emergency department"),
    (INPATIENT, "Stay"),
    (HOME, "Discharged to home"),
    (NURSING, "Discharged to a nursing home"),
    (DIED, "Died in hospital"),
    (HBA1C, "Hemoglobin A1c/Hemoglobin.total in Blood"),
    (GLUCOSE, "Glucose [Mass/volume] in Serum or Plasma"),
    (CREATININE, "Creatinine [Mass/volume] in Serum or Plasma"),
    (HAEMOGLOBIN, "Hemoglobin [Mass/volume] in Blood"),
    (SYSTOLIC, "Systolic blood pressure"),
    (HEART_RATE, "Heart rate"),
    (SMOKING, "Tobacco smoking status"),
    (METFORMIN, "metformin"),
    (RAMIPRIL, "ramipril"),
    (SALBUTAMOL, "salbutamol"),
    (OSELTAMIVIR, "oseltamivir"),
    (CHEST, "Plain radiography of chest"),
    (BIRTHING, "Delivery of products of conception"),
    (BIOPSY, "Excision of prostate, diagnostic"),
    (FEMALE, "Female"),
    (MALE, "Male"),
    (crate::BIRTH, "Birth"),
    (crate::DEATH, "Death"),
];

/// All of them in words.
#[must_use]
pub fn book() -> CodeBook {
    let mut book = CodeBook::default();
    WORDS.iter().for_each(|(code, words)| book.note(code, words));
    GROUPS.iter().for_each(|(code, _)| book.note(code, code.trim_start_matches("RACE//")));
    book
}
