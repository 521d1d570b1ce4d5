//! Which made tables have laws that tests know?

use crate::lives::planted::Held;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use verosim_core::Seeded;
use verosim_timeline::event::instant::{self, DAY, SECOND, Style};
use verosim_timeline::event::{Builder, STATIC};
use verosim_timeline::{BIRTH, Event};

/// Writes rows of tables.
struct Pen<'a> {
    to: &'a mut Builder,
    id: i64,
    patient: String,
}

impl Pen<'_> {
    fn row(&mut self, source: &str, event: &Event<'_>, cells: &[(&str, &str)]) {
        let mut extras: Vec<(usize, &str)> =
            cells.iter().map(|(name, cell)| (self.to.extra(name), *cell)).collect();
        extras.push((self.to.extra("subject"), &self.patient));
        self.to.push(&Event { subject: self.id, source, extras: &extras, ..*event });
    }
}

/// People of a made hospital, their visits, bills of visits, lines of bills, and notes.
///
/// Two fifths of the people are sick and have four to eight visits; a fifth of the others has none, the rest one to three. A visit
/// to a ward has two to four bills, any other at most one, and each bill up to four lines. The kind of nine lines in ten is
/// that of the ward, of which the bill between them knows nothing. The doses of one bill lie within 40 of 0, 100 or
/// 200. Each line but the first of a bill names the one before it. A third of the notes name no visit. Two people have
/// a status and a code that nobody else has.
pub(super) fn hospital(people: i64) -> Held {
    Held::made(|to| {
        let mut rng = Seeded::new(11).rng();
        let mut numbers = 0;
        for id in 1..=people {
            let patient = format!("{:08x}-0000-4000-8000-{id:012x}", id * 7_919);
            person(&mut Pen { to, id, patient }, &mut numbers, &mut rng);
        }
    })
}

fn person(pen: &mut Pen<'_>, numbers: &mut u64, rng: &mut ChaCha8Rng) {
    let id = pen.id;
    let sick = rng.random::<f64>() < 0.4;
    let (state, told) = if sick { ("sick", "MARITAL//sick") } else { ("well", "MARITAL//well") };
    let birth = (id % 9_000) * DAY;
    let date = instant::write(birth, Style::Date).unwrap_or_default();
    let name = format!("Canary{} Person{id}", id * 31);
    let cells = [("STATE", state), ("NAME", name.as_str()), ("BIRTHDATE", &date)];
    pen.row("patients", &Event { code: "PERSON//made", ..Event::default() }, &cells);
    let derived = Event { subject: id, code: told, source: "patients.STATE", ..Event::default() };
    pen.to.push(&derived);
    let birthday =
        Event { subject: id, time: birth, code: BIRTH, source: "patients.BIRTHDATE", ..Event::default() };
    pen.to.push(&birthday);
    let visits = match (sick, rng.random::<f64>() < 0.2) {
        (true, _) => rng.random_range(4..9),
        (false, true) => 0,
        (false, false) => rng.random_range(1..4),
    };
    let mut time = birth + rng.random_range(2_000..9_000) * DAY;
    for nth in 0..visits {
        time += rng.random_range(20..400) * DAY + rng.random_range(0..86_400) * SECOND;
        let visit = format!("{:012x}", 0x7000_0000_0000 + id * 4_096 + nth);
        let in_ward = rng.random::<f64>() < if sick { 0.7 } else { 0.2 };
        let ward = if in_ward { ["north", "south"][rng.random_range(0..2)] } else { "none" };
        let code = if in_ward { "VISIT//in" } else { "VISIT//out" };
        let end = time + rng.random_range(2..200) * 3_600 * SECOND;
        pen.row("visits", &Event { time, end, code, visit: &visit, ..Event::default() }, &[("WARD", ward)]);
        let bills = if in_ward { rng.random_range(2..5) } else { rng.random_range(0..2) };
        for _ in 0..bills {
            bill(pen, (time, &visit, ward), numbers, rng);
        }
        if rng.random::<f64>() < 0.5 {
            let visit = if rng.random::<f64>() < 1.0 / 3.0 { "" } else { &visit };
            let event = Event { time: time + DAY / 24, code: "NOTE//seen", visit, ..Event::default() };
            pen.row("notes", &event, &[]);
        }
    }
}

fn bill(pen: &mut Pen<'_>, (time, visit, ward): (i64, &str, &str), numbers: &mut u64, rng: &mut ChaCha8Rng) {
    *numbers += 1;
    let key = format!("{}", 70_000 + *numbers);
    let is_rare = pen.id <= 2;
    let status = if is_rare { "canary status" } else { ["open", "paid"][rng.random_range(0..2)] };
    let event = Event { time, end: STATIC, code: "BILLING//bill", visit, ..Event::default() };
    pen.row("bills", &event, &[("BILL", &key), ("STATUS", status)]);
    let level = 100 * rng.random_range(0..3);
    let mut before = String::new();
    for _ in 0..rng.random_range(0..5) {
        *numbers += 1;
        let line = format!("L-{numbers}");
        let kind = match (ward, rng.random::<f64>() < 0.9) {
            ("north", true) => "a",
            ("south", true) => "b",
            _ => ["a", "b", "c"][rng.random_range(0..3)],
        };
        let code = if is_rare { "BILLING//canary" } else { "BILLING//line" };
        let number = Some((level + rng.random_range(0..40)) as f32);
        let cells = [
            ("LINE", line.as_str()),
            ("BILL_OF", &key),
            ("KIND", kind),
            ("PLACE", visit),
            ("AFTER", &before),
        ];
        pen.row("lines", &Event { time, code, number, visit, ..Event::default() }, &cells);
        before = line;
    }
}
