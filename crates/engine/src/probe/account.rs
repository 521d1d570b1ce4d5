//! How do the scores of a probe become what is written down?

use super::Suspects;
use verosim_eval::card::{ProbedFamily, ProbedPeople, ProbedRate, ProbedTable, ProbedTest, Prompts};
use verosim_llm::probe::contamination::Knowledge;
use verosim_llm::probe::{Probed, Rate};

pub(super) fn people(probed: &Probed, suspects: &Suspects<'_>, sensitive: &str) -> ProbedPeople {
    ProbedPeople {
        leaks: probed.leaks(),
        sensitive: sensitive.to_owned(),
        questions: suspects.questions,
        temperatures: suspects.temperatures.to_vec(),
        prompts: Prompts {
            asked: probed.prompts,
            unanswered: probed.unanswered,
            beyond_budget: probed.beyond_budget,
        },
        worst: probed.worst(),
        families: probed
            .families
            .iter()
            .map(|score| ProbedFamily {
                family: score.family.name().to_owned(),
                temperature: score.temperature,
                counts: score.family.counts().to_owned(),
                members: rate(score.members),
                strangers: rate(score.strangers),
                excess: score.excess.value,
                excess_low: score.excess.low,
                excess_high: score.excess.high,
                p: score.excess.p,
                guess: score.guess,
            })
            .collect(),
    }
}

pub(super) fn table(knowledge: &Knowledge, name: &str) -> ProbedTable {
    ProbedTable {
        known: knowledge.is_known(),
        table: name.to_owned(),
        prompts: Prompts {
            asked: knowledge.prompts,
            unanswered: knowledge.unanswered,
            beyond_budget: knowledge.beyond_budget,
        },
        tests: knowledge
            .tests
            .iter()
            .map(|score| ProbedTest {
                test: score.test.name().to_owned(),
                counts: score.test.counts().to_owned(),
                decides: score.test.decides(),
                told: rate(score.told),
                copy: score.copy.map(rate),
                guess: score.guess,
                p: score.p,
            })
            .collect(),
    }
}

fn rate(rate: Rate) -> ProbedRate {
    let Rate { told, asked, value, low, high } = rate;
    ProbedRate { told, asked, value, low, high }
}
