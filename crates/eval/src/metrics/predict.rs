//! How well is one column predicted from the others, learned from one table and tested on another?

use super::c2st::{area, learner};
use crate::features::Stacked;
use verosim_data::Table;
use verosim_data::frame::Cells;
use verosim_math::learn::{Boosting, Sample, Target};

/// Skill of predictions: 0 without skill, 1 when perfect, with its standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Skill {
    pub(super) value: f64,
    pub(super) deviation: f64,
}

/// Boosted trees learned on the rows of `learn` from all columns but `column` and tested on those of `test`, for the
/// answers of both tables one below the other. AUC is put on the scale 2 AUC - 1. `None` where a side has one answer only.
pub(super) fn of_answer(learn: &Table, test: &Table, column: usize, yes: &[bool]) -> Option<Skill> {
    let n = learn.n_rows();
    let scores = boosted(learn, test, column, Target::Binary(yes))?;
    let area = area(&scores, &yes[n..]).ok()?;
    Some(Skill { value: 2.0 * area.value - 1.0, deviation: 2.0 * area.variance.sqrt() })
}

/// Skill at one of the commonest levels of a column (mean over at most three, each against the rest), or R² of a number,
/// over rows where the column is present.
pub(super) fn of_column(learn: &Table, test: &Table, column: usize, classes: &[u32]) -> Option<Skill> {
    match (&learn.columns()[column].cells, &test.columns()[column].cells) {
        (Cells::Number(own), Cells::Number(tested)) => {
            let all: Vec<f64> = own.iter().chain(tested).copied().collect();
            let predicted = boosted(learn, test, column, Target::Number(&all))?;
            let m = tested.len() as f64;
            let mean = tested.iter().sum::<f64>() / m;
            let total: f64 = tested.iter().map(|x| (x - mean).powi(2)).sum();
            let errors: Vec<f64> = tested.iter().zip(&predicted).map(|(x, p)| (x - p).powi(2)).collect();
            let sum: f64 = errors.iter().sum();
            let spread: f64 = errors.iter().map(|error| (error - sum / m).powi(2)).sum();
            (total > 0.0).then(|| Skill { value: 1.0 - sum / total, deviation: spread.sqrt() / total })
        }
        (Cells::Level { codes: own, .. }, Cells::Level { codes: tested, .. }) => {
            let skills: Vec<Skill> = classes
                .iter()
                .filter_map(|&class| {
                    let yes: Vec<bool> = own.iter().chain(tested).map(|&code| code == class).collect();
                    of_answer(learn, test, column, &yes)
                })
                .collect();
            let k = skills.len() as f64;
            (k > 0.0).then(|| Skill {
                value: skills.iter().map(|skill| skill.value).sum::<f64>() / k,
                deviation: skills.iter().map(|skill| skill.deviation.powi(2)).sum::<f64>().sqrt() / k,
            })
        }
        _ => None,
    }
}

fn boosted(learn: &Table, test: &Table, column: usize, target: Target<'_>) -> Option<Vec<f64>> {
    let n = learn.n_rows();
    let binned = Stacked::new(&[learn, test], &[column]).binned();
    let (known, tested): (Vec<u32>, Vec<u32>) =
        (0..(n + test.n_rows()) as u32).partition(|&row| (row as usize) < n);
    if known.is_empty() || tested.is_empty() || binned.n_columns() == 0 {
        return None;
    }
    let settings = Boosting { rounds: 50, ..learner(n) };
    let model = settings.fit(&Sample::of(&binned, target, &known)).ok()?;
    Some(model.scores(&binned, &tested))
}

/// Mean over columns of the skill learned from synthetic rows over that learned from real ones, with its standard
/// deviation; over columns that real rows predict, by more than two standard errors. `None` where there is none.
pub(super) fn recovered(skills: &[(Skill, Skill)]) -> Option<(f64, f64)> {
    let predictable: Vec<(f64, f64)> = skills
        .iter()
        .filter(|(_, real)| real.value > 2.0 * real.deviation && real.value > 0.01)
        .map(|(made, real)| (made.value / real.value, made.deviation / real.value))
        // Worse than no skill is no skill; better than real is chance.
        .map(|(share, deviation)| (share.clamp(0.0, 1.0), deviation))
        .collect();
    let n = predictable.len() as f64;
    (n > 0.0).then(|| {
        let deviation =
            predictable.iter().map(|(_, deviation)| deviation * deviation).sum::<f64>().sqrt() / n;
        (predictable.iter().map(|(share, _)| share).sum::<f64>() / n, deviation)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_real_rows_predict_counts() {
        let skill = |value: f64| Skill { value, deviation: 0.1 };
        let pairs = [(skill(0.4), skill(0.8)), (skill(0.9), skill(0.6)), (skill(-0.3), skill(0.1))];
        let (value, deviation) = recovered(&pairs).unwrap();
        assert!((value - 0.75).abs() < 1e-12, "by hand: a half and one, the third is no skill: {value}");
        assert!((deviation - 0.5 * (0.125_f64.powi(2) + (0.1_f64 / 0.6).powi(2)).sqrt()).abs() < 1e-12);
        assert_eq!(recovered(&pairs[2..]), None);
    }
}
