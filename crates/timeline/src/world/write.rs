//! How does the fictional clinic write a life down?

use super::TRUTH;
use super::codes::{
    AMBULATORY, ASTHMA, BIOPSY, BIRTHING, CHEST, CREATININE, DELIVERY, DIABETES, DIED, EMERGENCY, FEMALE,
    GLUCOSE, HAEMOGLOBIN, HBA1C, HEART_RATE, HOME, HYPERTENSION, INFLUENZA, INPATIENT, KIDNEY, MALE,
    METFORMIN, NURSING, OSELTAMIVIR, PREGNANCY, PROSTATE, RAMIPRIL, SALBUTAMOL, SMOKING, SYSTOLIC,
};
use super::life::{Life, normal};
use super::occasions::{Reason, Setting, Visit, visits};
use crate::event::instant::{DAY, SECOND};
use crate::event::{Builder, Event};
use crate::{BIRTH, DEATH};
use rand::{Rng, RngExt as _};

/// Writes one life.
pub(super) fn write(id: i64, life: &Life, rng: &mut impl Rng, to: &mut Builder) {
    to.push(&Event { subject: id, code: if life.woman { FEMALE } else { MALE }, ..Event::default() });
    to.push(&Event { subject: id, code: life.group, ..Event::default() });
    to.push(&Event { subject: id, time: instant(life.born), code: BIRTH, ..Event::default() });
    let visits = visits(life, rng);
    let mut name = String::new();
    for (at, visit) in visits.iter().enumerate() {
        name.clear();
        let _ = std::fmt::Write::write_fmt(&mut name, format_args!("{id}-{}", at + 1));
        let pen = Pen { id, visit, name: &name, is_first: at == 0 };
        pen.write(life, rng, to);
    }
    if let Some(death) = life.death {
        let fatal = visits.last().is_some_and(|visit| visit.fatal);
        let visit = if fatal { &name } else { "" };
        to.push(&Event { subject: id, time: instant(death), code: DEATH, visit, ..Event::default() });
    }
}

/// Microseconds of a day, to the minute.
fn instant(day: f64) -> i64 {
    let minute = 60 * SECOND;
    (day * (DAY / minute) as f64).floor() as i64 * minute
}

/// Writes one visit.
struct Pen<'a> {
    id: i64,
    visit: &'a Visit,
    name: &'a str,
    is_first: bool,
}

impl Pen<'_> {
    fn put(&self, at: i64, code: &str, number: Option<f64>, text: &str, to: &mut Builder) {
        let number = number.map(|number| number as f32);
        to.push(&Event {
            subject: self.id,
            time: at,
            code,
            number,
            text,
            visit: self.name,
            ..Event::default()
        });
    }

    fn write(&self, life: &Life, rng: &mut impl Rng, to: &mut Builder) {
        let visit = self.visit;
        let (start, end) = (instant(visit.start), instant(visit.end));
        let code = match visit.setting {
            Setting::Ambulatory => AMBULATORY,
            Setting::Emergency => EMERGENCY,
            Setting::Inpatient => INPATIENT,
        };
        let event = Event { subject: self.id, time: start, end, code, visit: self.name, ..Event::default() };
        to.push(&event);
        // What happens takes its turn, minute by minute, and never after the end.
        let turn = |step: i64| (start + step * 5 * 60 * SECOND).min(end);
        let diabetes = life.diabetes && (self.is_first || rng.random_bool(0.5));
        let hypertension = life.hypertension && (self.is_first || rng.random_bool(0.5));
        let asthma = life.asthma && (self.is_first || rng.random_bool(0.3));
        let found = |of: Reason| visit.reasons.iter().any(|&(_, reason)| reason == of);
        let kidney = life.kidney_at(visit.start) && (self.is_first || rng.random_bool(0.5));
        if self.is_first {
            self.put(turn(0), SMOKING, None, life.smoking, to);
        }
        for (is, code) in
            [(hypertension, HYPERTENSION), (diabetes, DIABETES), (kidney, KIDNEY), (asthma, ASTHMA)]
        {
            if is && !(code == KIDNEY && found(Reason::Kidney)) {
                self.put(turn(1), code, None, "", to);
            }
        }
        // All that came up later in a stay comes at its own time, so it is written behind: the set is sorted anyway.
        for &(at, reason) in &visit.reasons {
            let at = instant(at).clamp(start, end);
            let code = match reason {
                Reason::Kidney => KIDNEY,
                Reason::Influenza => INFLUENZA,
                Reason::Pregnancy => PREGNANCY,
                Reason::Delivery => DELIVERY,
                Reason::Prostate => PROSTATE,
                _ => continue,
            };
            self.put(at, code, None, "", to);
        }
        self.measure(life, turn(2), rng, to);
        for (is, code, share) in [
            (diabetes && life.metformin, METFORMIN, 0.9),
            (hypertension && life.ramipril, RAMIPRIL, 0.8),
            (asthma, SALBUTAMOL, 0.7),
        ] {
            if is && rng.random_bool(share) {
                self.put(turn(3), code, None, "", to);
            }
        }
        if let Some(&(at, _)) = visit.reasons.iter().find(|(_, reason)| *reason == Reason::Influenza)
            && rng.random_bool(0.2)
        {
            self.put(instant(at).clamp(start, end), OSELTAMIVIR, None, "", to);
        }
        for (of, code) in [(Reason::Delivery, BIRTHING), (Reason::Prostate, BIOPSY)] {
            if let Some(&(at, _)) = visit.reasons.iter().find(|(_, reason)| *reason == of) {
                self.put(instant(at).clamp(start, end), code, None, "", to);
            }
        }
        if visit.setting != Setting::Ambulatory && rng.random_bool(0.35) {
            self.put(turn(4), CHEST, None, "", to);
        }
        if visit.setting == Setting::Inpatient {
            let nursing = life.age(visit.start) > 75.0 && rng.random_bool(0.25);
            let code = if visit.fatal {
                DIED
            } else if nursing {
                NURSING
            } else {
                HOME
            };
            self.put(end, code, None, "", to);
        }
    }

    /// Signs and laboratory values: the ill are measured more, and off.
    fn measure(&self, life: &Life, at: i64, rng: &mut impl Rng, to: &mut Builder) {
        let truth = &TRUTH;
        let stay = self.visit.setting == Setting::Inpatient;
        let kidney = life.kidney_at(self.visit.end);
        let years = life.age(self.visit.start);
        let put = |code: &str, value: f64, digits: i32, to: &mut Builder| {
            let scale = 10_f64.powi(digits);
            self.put(at, code, Some((value * scale).round() / scale), "", to);
        };
        if rng.random_bool(0.6) {
            let systolic = 112.0 + 0.2 * years + if life.hypertension { 16.0 } else { 0.0 };
            put(SYSTOLIC, systolic + 7.0 * life.own[3] + 8.0 * normal(rng), 0, to);
            put(HEART_RATE, 74.0 + 6.0 * life.own[4] + 7.0 * normal(rng), 0, to);
        }
        let chance = if life.diabetes { truth.hba1c_diabetes } else { truth.hba1c_others };
        if !stay && rng.random_bool(chance) {
            let shift = if life.diabetes { truth.hba1c_shift } else { 0.0 };
            let hba1c =
                truth.hba1c_mean + shift + truth.hba1c_person * life.own[0] + truth.hba1c_visit * normal(rng);
            put(HBA1C, hba1c, 1, to);
            if rng.random_bool(0.8) {
                let glucose = 28.7 * hba1c - 46.7 + truth.glucose_noise * normal(rng);
                put(GLUCOSE, glucose.max(40.0), 0, to);
            }
        }
        if stay || rng.random_bool(if kidney { 0.8 } else { 0.15 }) {
            let usual: f64 = if life.woman { 0.75 } else { 0.95 };
            let log = usual.ln() + if kidney { 0.7 } else { 0.0 } + 0.15 * life.own[1] + 0.08 * normal(rng);
            put(CREATININE, log.exp(), 2, to);
        }
        if stay || rng.random_bool(if kidney { 0.6 } else { 0.1 }) {
            let usual = if life.woman { 13.4 } else { 14.8 } - if kidney { 1.8 } else { 0.0 };
            put(HAEMOGLOBIN, usual + 0.8 * life.own[2] + 0.4 * normal(rng), 1, to);
        }
    }
}
