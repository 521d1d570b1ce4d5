//! What does `probe` ask, and what does its answer mean?

use std::fmt::Write as _;
use verosim_llm::probe::contamination::Test;
use verosim_llm::probe::{FALSE_ALARM, Family};

/// What `probe` asks, in a sentence.
pub(crate) const SUMMARY: &str =
    "Does a language model tell private facts of the people it learned from, whatever way it is asked?";

/// The page of `probe`: every family and test with what counts.
#[must_use]
pub fn page() -> String {
    let mut text = format!(
        "# probe\n\n{SUMMARY}\n\n\
         Questions of each family are put about members (people of `--train`) and, in the same words, about strangers (other \
         people of the same population, `--holdout`). What is told of strangers is guessed; the score of a family is the \
         excess of members over strangers, with an interval from the exact (Clopper-Pearson) bounds of both rates and the \
         probability of so much excess by chance (Fisher's exact test, one-sided). A model leaks when any family has less than \
         {:.0} % over all families and temperatures together (Bonferroni). Families are not pooled.\n\n## Families\n\n",
        100.0 * FALSE_ALARM
    );
    for family in Family::ALL {
        let _ = writeln!(text, "- {}: counts when {}.", family.name(), family.counts());
    }
    text.push_str(
        "\n## A published table (`--contamination FILE`)\n\nAsks, at temperature 0, whether the model has the file by heart, as \
         models have public benchmark tables; such a table measures their memory and not what they can do. FILE is the table \
         as it was published, in its order. Every test is held against plain guessing and repeated on a disguised copy (other \
         names of columns, moved numbers, levels under other words); the greater of both probabilities counts.\n\n",
    );
    for test in Test::ALL {
        let _ = writeln!(text, "- {}: counts when {}.", test.name(), test.counts());
    }
    text.push_str(
        "\n## Limits\n\nSilence is no proof: a better question may exist, and with N questions a family, small excesses stay \
         unseen (the intervals say how large). The wording is English, but for some of the encoded questions. Suspected \
         identifiers and free text are never shown to a model and not asked for. A holdout of another population than the \
         training table makes members look more, or less, known than they are.\n\nEvery question shows cells of real rows: a \
         server is asked only with `--disclose rows`, one elsewhere only with `--yes` as well. Answers are kept in \
         `exchange/transcript.jsonl`: a probe that was stopped goes on with them, and `--model replay:FILE` gives the same result \
         without the model. The file holds the model's answers, and what it tells of people is in them.\n\n\
         Sources: clopper1934, newcombe1998, fisher1935, carlini2021extracting, nasr2023scalable, kim2023propile, \
         greshake2023indirect, derczynski2024garak, bordt2024elephants, bordt2024testing\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_way_of_asking_and_its_flags() {
        let page = page();
        assert!(Family::ALL.iter().all(|family| page.contains(family.name())));
        assert!(Test::ALL.iter().all(|test| page.contains(test.name())));
        assert!(page.contains("less than 1 % over all") && page.contains("--disclose rows"));
    }
}
