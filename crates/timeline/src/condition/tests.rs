//! Do people meet what they should?

use super::{ConditionError, PersonCondition};
use crate::event::{Builder, Event, Events, instant};
use verosim_core::Hint as _;

/// A woman of 70 with diabetes and hypertension, and a boy of 6 with nothing, who died.
fn two() -> Events {
    let mut builder = Builder::default();
    let day = |year| instant::day(year, 1, 2).unwrap();
    for (subject, time, code) in [
        (1, crate::event::STATIC, "SEX//F"),
        (1, crate::event::STATIC, "RACE//White"),
        (1, day(1930), "MEDS_BIRTH"),
        (1, day(2001), "VISIT//outpatient"),
        (1, day(2001), "CONDITION//ICD10CM//E11.9"),
        (1, day(2002), "DIAGNOSIS//ICD//10//I10"),
        (2, crate::event::STATIC, "SEX//SNOMED//male"),
        (2, day(2000), "MEDS_BIRTH"),
        (2, day(2006), "VISIT//emergency"),
        (2, day(2006), "MEDS_DEATH"),
    ] {
        builder.push(&Event { subject, time, code, ..Event::default() });
    }
    builder.finish()
}

#[test]
fn people_meet_what_they_should() {
    let events = two();
    for (text, want) in [
        ("sex = F", [true, false]),
        ("sex = male", [false, true]),
        ("sex != male", [true, false]),
        ("race = white", [true, false]),
        ("race in (Black, White)", [true, false]),
        ("age in 60..80", [true, false]),
        ("age = 6", [false, true]),
        ("age >= 70 and age < 71", [false, false]),
        ("age > 70", [true, false]),
        ("has(ICD10:E11)", [true, false]),
        ("has(ICD10:E11.9) and has(ICD10:I10)", [true, false]),
        ("has(ICD10:E11.91)", [false, false]),
        ("has(ICD9:E11)", [false, false]),
        ("has(MEDS_DEATH)", [false, true]),
        ("died or sex = F", [true, true]),
        ("not (died or age < 60)", [true, false]),
        ("events >= 4 and visits = 1", [true, false]),
        ("sex = F and age in 60..80 and has(ICD10:E11) and has(ICD10:I10)", [true, false]),
        ("ethnicity = hispanic", [false, false]),
    ] {
        let condition = PersonCondition::parse(text).unwrap();
        let met: Vec<bool> = events.people().map(|person| condition.holds(&person)).collect();
        assert_eq!(met, want, "{text}");
    }
}

#[test]
fn ages_that_everybody_must_have_are_known() {
    for (text, want) in [
        ("sex = F", None),
        ("age in 60..80 and sex = F", Some([60.0, 80.0])),
        ("age >= 40 and (age < 65 and died)", Some([40.0, 65.0])),
        ("age > 80 and age < 60", Some([80.0, 60.0])),
        ("age < 10 or died", None),
        ("not age < 10", None),
    ] {
        assert_eq!(PersonCondition::ages([&PersonCondition::parse(text).unwrap()]), want, "{text}");
    }
    let two = ["age < 80", "age > 60 and died"].map(|text| PersonCondition::parse(text).unwrap());
    assert_eq!(PersonCondition::ages(&two), Some([60.0, 80.0]));
}

#[test]
fn what_does_not_read_is_told_with_its_place() {
    for (text, told) in [
        ("", "at letter 1: a condition is expected"),
        ("sex =", "at letter 6: a value is expected"),
        ("sex F", "at letter 5: `=`, `!=` or `in` is expected"),
        ("age in 60", "at letter 8: a number is expected"),
        ("age >= old", "at letter 8: a number is expected"),
        ("(sex = F", "at letter 9: `)` is expected"),
        ("sex = F age > 3", "at letter 9: `and`, `or` or the end is expected"),
        ("has ICD10:E11", "at letter 5: `(` is expected"),
        ("'open", "`open` is nothing that people have"),
        ("agee > 3", "`agee` is nothing that people have"),
    ] {
        assert_eq!(PersonCondition::parse(text).unwrap_err().to_string(), told, "{text}");
    }
    let error = PersonCondition::parse("agee > 3").unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("did you mean `age`?"));
    assert!(matches!(error, ConditionError::Unknown { .. }));
}

#[test]
fn what_everybody_must_have_is_told() {
    let known = [
        "SEX//F",
        "SEX//M",
        "CONDITION//ICD10CM//E11.9",
        "CONDITION//ICD10CM//E11.2",
        "CONDITION//ICD10CM//I10",
    ];
    let condition = PersonCondition::parse("sex = female and (died or age > 3) and has(ICD10:E11)").unwrap();
    assert_eq!(condition.facts(&known), [["SEX//F"]]);
    assert_eq!(condition.codes(&known), [["CONDITION//ICD10CM//E11.9", "CONDITION//ICD10CM//E11.2"]]);
    let either = PersonCondition::parse("sex = female or has(ICD10:E11)").unwrap();
    assert!(either.facts(&known).is_empty() && either.codes(&known).is_empty());
}
