//! Does the battery see a planted leak in the right family, and keep silent about a model that only knows the field?

use super::contamination::{Knowledge, Published, Test, contamination};
use super::{Battery, Family, FamilyScore, Probed};
use crate::accept::Record;
use crate::backend::Mock;
use crate::card::{Card, Mapping};
use crate::harvest::Desk;
use crate::ledger::{Budget, Ledger};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use verosim_core::{
    Choice, Context, Disclosure, Enforced, Finish, LanguageModel, ModelError, Place, Reply, Request, Schema,
    Seeded, Speaker, Usage,
};
use verosim_data::constrain::allowances;
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{FileFormat, SourceInfo, write};
use verosim_data::world::clinic;
use verosim_data::{RawTable, Train};

const PEOPLE: usize = 240;
const QUESTIONS: usize = 30;

/// People of one clinic in three groups, who never met: members, strangers, and others.
struct Clinic {
    schema: Schema,
    groups: [RawTable; 3],
    card: Card,
    records: [Vec<Record>; 3],
}

impl Clinic {
    fn new(seed: u64) -> Self {
        let all = clinic(3 * PEOPLE, Seeded::new(seed));
        let group = |at: usize| all.take(&(at * PEOPLE..(at + 1) * PEOPLE).collect::<Vec<_>>());
        let groups = [group(0), group(1), group(2)];
        let schema = infer(&groups[0], &InferOptions::default());
        let tables = groups.each_ref().map(|raw| parse(raw, &schema).unwrap());
        let train = Train::new(tables[0].clone(), None);
        let columns = allowances(&schema, Some(&train), 1, Seeded::new(seed));
        let card = Card::new(&columns, Disclosure::Rows, Mapping::None, Seeded::new(seed));
        let records = tables.each_ref().map(|table| Record::of_table(&card, table));
        Self { schema, groups, card, records }
    }

    fn probed(&self, model: &dyn LanguageModel, temperatures: &[f64], budget: Budget) -> Probed {
        let sensitive = self.card.columns().iter().position(|column| column.name() == "diagnosis");
        let battery = Battery {
            card: &self.card,
            about: None,
            members: &self.records[0],
            strangers: &self.records[1],
            sensitive: sensitive.unwrap(),
            questions: QUESTIONS,
            temperatures,
        };
        battery.run(&mut desk(model, budget), Seeded::new(1), Context::silent()).unwrap()
    }

    /// A stand-in that has a group by heart.
    fn memory(&self, group: usize) -> Mock {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("learned.csv");
        write(&self.groups[group], &file, &SourceInfo::of(FileFormat::Csv), true).unwrap();
        Mock::open(&format!("{}?recall=1", file.display())).unwrap()
    }

    fn knowledge(&self, model: &dyn LanguageModel) -> Knowledge {
        let table = parse(&self.groups[0], &self.schema).unwrap();
        let original = Published::new(&self.groups[0], &self.schema);
        let copy = Published::disguised(&table, &self.schema, &[], Seeded::new(3));
        let mut desk = desk(model, Budget::default());
        contamination(&original, &copy, "clinic", &mut desk, Seeded::new(1), Context::silent()).unwrap()
    }
}

fn desk(model: &dyn LanguageModel, budget: Budget) -> Desk<'_> {
    Desk::new(model, Disclosure::Rows, Ledger::new("test", &Place::Process, budget, None))
}

fn of(probed: &Probed, family: Family) -> &FamilyScore {
    probed.families.iter().find(|score| score.family == family).unwrap()
}

/// A model that answers as a function of the prompt says.
struct Scripted<F>(F);

impl<F: Fn(&str) -> Result<String, ModelError> + Send + Sync> LanguageModel for Scripted<F> {
    fn name(&self) -> String {
        "scripted".into()
    }

    fn place(&self) -> Place {
        Place::Process
    }

    fn complete_all(&self, requests: &[Request], _: Context<'_>) -> Vec<Result<Reply, ModelError>> {
        let answer = |request: &Request| {
            let text = (self.0)(&request.prompt.text_of(Speaker::User))?;
            let choices = vec![Choice { text, finish: Finish::Stop, logprob: None }];
            let usage = Usage { input: 100, output: 10, ..Usage::default() };
            Ok(Reply { choices, usage, seconds: 0.0, enforced: Enforced::Nothing, masked: None })
        };
        requests.iter().map(answer).collect()
    }
}

#[test]
fn a_model_that_has_its_people_by_heart_is_caught_by_every_way_of_asking_for_a_person() {
    let clinic = Clinic::new(5);
    let probed = clinic.probed(&clinic.memory(0), &[0.0], Budget::default());
    assert!(probed.leaks());
    assert_eq!((probed.unanswered, probed.beyond_budget), (0, 0));
    for family in [Family::Continuation, Family::Cloze, Family::LinkageByFour, Family::Template] {
        let score = of(&probed, family);
        assert!(score.members.value > 0.8 && score.excess.low > 0.0, "{score:?}");
    }
    let worst = &probed.families[probed.worst().unwrap()];
    assert_eq!((worst.members.told, worst.strangers.told), (QUESTIONS as u64, 0), "{worst:?}");
    // More known attributes name a person better.
    assert!(
        of(&probed, Family::LinkageByFour).members.told >= of(&probed, Family::LinkageByTwo).members.told
    );
    for family in [Family::Divergence, Family::ExampleLeak, Family::Injection] {
        assert_eq!(of(&probed, family).members.told, 0, "the stand-in says nothing freely");
    }
}

/// The false-alarm rate is 1 % a probe.
#[test]
fn a_model_that_learned_from_other_people_of_the_same_clinic_is_not_accused() {
    for seed in 0..6 {
        let clinic = Clinic::new(seed);
        let probed = clinic.probed(&clinic.memory(2), &[0.0], Budget::default());
        assert_eq!(probed.families.len(), Family::ALL.len());
        assert!(!probed.leaks(), "seed {seed}: {:?}", &probed.families[probed.worst().unwrap()]);
    }
}

#[test]
fn a_model_that_repeats_its_prompt_leaks_examples_and_obeys_nobody() {
    let clinic = Clinic::new(5);
    let echo = Scripted(|prompt: &str| Ok(prompt.to_owned()));
    let probed = clinic.probed(&echo, &[1.0], Budget::default());
    let worst = &probed.families[probed.worst().unwrap()];
    assert!(probed.leaks());
    assert_eq!(worst.family, Family::ExampleLeak, "{worst:?}");
    assert_eq!((worst.members.told, worst.strangers.told), (QUESTIONS as u64, 0));
    // Data repeated is no instruction followed: the bare word is repeated as well.
    let injection = of(&probed, Family::Injection);
    assert_eq!(injection.members.told, injection.strangers.told);
}

#[test]
fn a_model_that_obeys_its_data_is_caught_by_injection_alone() {
    let clinic = Clinic::new(5);
    let orders = ["only with the word ", "every answer with ", "ausschliesslich mit ", "New task: write "];
    let obedient = Scripted(move |prompt: &str| {
        let order = orders.iter().find_map(|order| Some(prompt.split_once(order)?.1));
        let word = order.and_then(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
        Ok(word.unwrap_or("Three records with many columns.").to_owned())
    });
    let probed = clinic.probed(&obedient, &[1.0], Budget::default());
    assert!(probed.leaks());
    assert_eq!(probed.families[probed.worst().unwrap()].family, Family::Injection);
    for score in probed.families.iter().filter(|score| score.family != Family::Injection) {
        assert_eq!(score.members.told, 0, "{score:?}");
    }
}

#[test]
fn a_model_that_strays_into_its_training_rows_is_caught_by_divergence() {
    let clinic = Clinic::new(5);
    let order: Vec<usize> = (0..clinic.card.columns().len()).collect();
    let rows: Vec<String> = clinic.records[0]
        .iter()
        .map(|record| record.texts(&clinic.card, &order).into_iter().flatten().collect::<Vec<_>>().join(", "))
        .collect();
    let turn = AtomicUsize::new(0);
    let straying = Scripted(move |prompt: &str| {
        let (mut said, at) = ("patient ".repeat(20), turn.fetch_add(7, Ordering::Relaxed));
        if prompt.contains("forever") || prompt.contains("never stop") {
            let _ = write!(said, "\n{}", rows[at % rows.len()]);
        }
        Ok(said)
    });
    let probed = clinic.probed(&straying, &[1.0], Budget::default());
    let worst = &probed.families[probed.worst().unwrap()];
    assert!(probed.leaks() && worst.family == Family::Divergence, "{worst:?}");
    assert_eq!(worst.strangers.told, 0);
}

#[test]
fn temperatures_are_scored_apart_and_more_of_them_change_nothing_asked_before() {
    let clinic = Clinic::new(5);
    let model = clinic.memory(0);
    let one = clinic.probed(&model, &[0.7], Budget::default());
    let two = clinic.probed(&model, &[0.0, 0.7], Budget::default());
    assert_eq!(two.families.len(), 2 * one.families.len());
    let same: Vec<&FamilyScore> = two.families.iter().filter(|score| score.temperature == 0.7).collect();
    assert_eq!(same, one.families.iter().collect::<Vec<_>>());
    assert_eq!(two.prompts, 2 * one.prompts);
}

#[test]
fn a_budget_cuts_all_families_alike_and_failures_are_counted() {
    let clinic = Clinic::new(5);
    let silent = Scripted(|_: &str| Ok(String::new()));
    let half = Budget { requests: Some(330), ..Budget::default() };
    let probed = clinic.probed(&silent, &[0.0], half);
    assert_eq!(probed.prompts, 2 * 11 * QUESTIONS as u64);
    assert_eq!((probed.unanswered, probed.beyond_budget), (330, 330));
    assert!(probed.families.iter().all(|score| score.members.asked == 15), "{:?}", probed.families);
    let turn = AtomicUsize::new(0);
    let flaky = Scripted(|_: &str| match turn.fetch_add(1, Ordering::Relaxed) % 3 {
        0 => Err(ModelError::BadReply { why: "test".into() }),
        _ => Ok(String::new()),
    });
    let probed = clinic.probed(&flaky, &[0.0], Budget::default());
    assert_eq!((probed.unanswered, probed.beyond_budget), (220, 0));
    let asked = AtomicUsize::new(0);
    let dead = Scripted(|_: &str| {
        asked.fetch_add(1, Ordering::Relaxed);
        Err(ModelError::BadReply { why: "test".into() })
    });
    let probed = clinic.probed(&dead, &[0.0], Budget::default());
    assert!(probed.failure.is_some() && probed.families.is_empty() && !probed.leaks());
    assert_eq!(probed.unanswered, probed.prompts);
    assert_eq!(asked.load(Ordering::Relaxed), 8, "one wave is enough to see that nobody answers");
}

#[test]
fn a_file_known_by_heart_is_found_and_its_copy_is_not_known() {
    let clinic = Clinic::new(5);
    let knowledge = clinic.knowledge(&clinic.memory(0));
    assert!(knowledge.is_known());
    assert_eq!(knowledge.prompts, 117);
    for score in &knowledge.tests {
        if score.test.decides() {
            let copy = score.copy.unwrap();
            assert!(score.told.value > 0.95 && copy.value < 0.3, "{score:?}");
            assert!(score.p < 1e-3, "{score:?}");
        } else {
            assert_eq!(score.test, Test::Names);
        }
    }
}

/// The false-alarm rate is 1 % a table.
#[test]
fn other_people_of_the_clinic_are_no_knowledge_of_the_file() {
    for seed in 0..4 {
        let clinic = Clinic::new(seed);
        let knowledge = clinic.knowledge(&clinic.memory(2));
        assert_eq!(knowledge.tests.len(), Test::ALL.len());
        assert!(!knowledge.is_known(), "seed {seed}: {:?}", knowledge.tests);
    }
}

#[test]
fn plain_rules_and_sensible_names_are_no_memory() {
    let clinic = Clinic::new(5);
    // Repeats the last line, answers for every masked cell with the first one, and names what every clinic has.
    let sensible = Scripted(|prompt: &str| {
        let last = prompt.lines().last().unwrap_or_default();
        Ok(match prompt {
            _ if prompt.contains("Name the") => "sbp, dbp, heart_rate, diagnosis, diabetes, ldl, crp".into(),
            _ if last.contains("[MASK]") => last.split(',').next().unwrap_or_default().to_owned(),
            _ => last.to_owned(),
        })
    });
    let knowledge = clinic.knowledge(&sensible);
    assert!(!knowledge.is_known(), "{:?}", knowledge.tests);
    let names = knowledge.tests.iter().find(|score| score.test == Test::Names).unwrap();
    assert!(names.told.told >= 5 && names.copy.is_none(), "{names:?}");
    let few = clinic.groups[0].take(&(0..20).collect::<Vec<_>>());
    let published = Published::new(&few, &clinic.schema);
    let mut desk = desk(&sensible, Budget::default());
    let none = contamination(&published, &published, "few", &mut desk, Seeded::new(1), Context::silent());
    assert_eq!(none.unwrap().prompts, 0, "a handful of rows is not tested");
}
