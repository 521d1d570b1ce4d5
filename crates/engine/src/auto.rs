//! Which engine suits a table best?

use crate::error::EngineError;
use crate::evaluate::{Bench, evaluate};
use crate::formal::Terms;
use crate::host::Host;
use crate::load::Source;
use crate::make::{Made, Order, make};
use crate::portfolio::{Configured, check_owners, configure, of_engine};
use crate::recipe::Recipe;
use serde::{Deserialize, Serialize};
use verosim_core::schema::Treatment;
use verosim_core::{Context, Preset, Seeded, Silent};
use verosim_data::constrain::Rules;
use verosim_data::split::split_rows;
use verosim_data::{Table, Train};
use verosim_eval::JudgeSettings;
use verosim_eval::card::Outcome;

/// The word that stands in the place of an engine.
pub const AUTO: &str = "auto";
/// Engines that are tried, the one that is right most often first.
pub const SHORTLIST: [&str; 5] = ["trees", "arf", "copula", "bayesnet", "gibbs"];
/// What is chosen when none passes: it knows nothing of anybody but how common values are.
const FLOOR: &str = "independent";
/// Share of the training people who judge.
const HELD: f64 = 0.25;
/// Wall seconds that learning, drawing and judging may take over all candidates; a candidate that is begun is finished.
const SECONDS: f64 = 600.0;
/// Rows that judge over all trials of an engine, where they can: trials are repeated on other splits until they do.
const ENOUGH: usize = 3_000;
/// Most trials of an engine.
const TRIALS: usize = 8;
/// Of so many trials one may fail the privacy gate: one in twenty does by chance, and of eight two rarely do.
const ONE_IN: usize = 8;
/// Rows of each table that are judged.
const JUDGED: usize = 5_000;
/// What decides.
const MEASURED: [&str; 4] = ["re.c2st", "ut.tstr", "pm.max", "pd.copy"];

/// What was tried, and what was chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Engine.
    pub engine: String,
    /// Why, in a sentence.
    pub why: String,
    /// All that were tried, in order.
    pub candidates: Vec<Candidate>,
}

/// One engine on trial, learned from three quarters of the training people and judged on the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Engine.
    pub engine: String,
    /// AUC of a classifier between its rows and people who were not learned from; 0.5 is right.
    pub realism: Option<f64>,
    /// Score of a model learned on its rows; `None` without an outcome.
    pub utility: Option<f64>,
    /// The same of each trial, of which these are means.
    #[serde(default)]
    pub trials: Vec<Trial>,
    /// Whether it passes the privacy gate.
    pub passes: bool,
    /// Why it was not tried to the end.
    pub why_not: Option<String>,
    /// Wall seconds of the trial.
    pub seconds: f64,
}

/// What came of an engine on one split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// AUC of a classifier between its rows and people who were not learned from.
    pub realism: Option<f64>,
    /// Score of a model learned on its rows.
    pub utility: Option<f64>,
}

/// Refuses settings and promises that no engine of the shortlist could be chosen under.
///
/// # Errors
/// Those of settings; [`EngineError::NoPromise`], because trials are judged on rows.
pub(crate) fn check(recipe: &Recipe) -> Result<(), EngineError> {
    check_owners(recipe, &SHORTLIST)?;
    for engine in SHORTLIST {
        configure(&of_engine(recipe, engine, recipe.seed))?;
    }
    Terms::of(recipe)?;
    Ok(())
}

/// The engine that plans reckon with: the recipe's own, or that of the shortlist which takes most, for any may be chosen.
///
/// # Errors
/// Those of [`configure`].
pub(crate) fn planned(recipe: &Recipe) -> Result<Configured, EngineError> {
    if recipe.engine == AUTO {
        configure(&of_engine(recipe, SHORTLIST[0], recipe.seed))
    } else {
        configure(recipe)
    }
}

/// Tries the shortlist on splits of the training people and chooses: of those that pass the privacy gate the first whose
/// greater regret is the least or within a standard error of it, over realism (distance of the C2ST from one half) and, where
/// an outcome is named, utility. What holds the run's holdout is never seen.
///
/// # Errors
/// Those of settings, and where the work is stopped.
pub(crate) fn choose(
    train: &Train,
    source: &Source,
    recipe: &Recipe,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<Choice, EngineError> {
    check(recipe)?;
    let seed = Seeded::new(recipe.seed).split(AUTO);
    let splits: Vec<Inner> =
        (0..trials(train.table().n_rows())).map(|at| Inner::new(train, seed.split_at(at))).collect();
    let begun = (host.clock)();
    let mut candidates = Vec::new();
    for (at, engine) in SHORTLIST.into_iter().enumerate() {
        ctx.stop.check()?;
        ctx.progress.step(at, SHORTLIST.len() + 1, &format!("trying `{engine}`"));
        let left = SECONDS - ((host.clock)() - begun);
        candidates.push(candidate(engine, &splits, left, source, recipe, host, ctx)?);
    }
    Ok(chosen(candidates))
}

/// Splits of `n` training rows on which an engine is tried.
fn trials(n: usize) -> u64 {
    let held = (n as f64 * HELD).max(1.0);
    (ENOUGH as f64 / held).ceil().clamp(1.0, TRIALS as f64) as u64
}

/// Training people, parted once more.
struct Inner {
    train: Train,
    holdout: Table,
    holdout_people: Option<Vec<u32>>,
    seed: Seeded,
}

impl Inner {
    fn new(train: &Train, seed: Seeded) -> Self {
        let (learned, held) = split_rows(train.table().n_rows(), train.subjects(), HELD, seed);
        let people = |rows: &[usize]| -> Option<Vec<u32>> {
            train.subjects().map(|subjects| rows.iter().map(|&row| subjects[row]).collect())
        };
        Self {
            train: Train::new(train.table().take(&learned), people(&learned)),
            holdout: train.table().take(&held),
            holdout_people: people(&held),
            seed,
        }
    }
}

fn candidate(
    engine: &str,
    splits: &[Inner],
    left: f64,
    source: &Source,
    recipe: &Recipe,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<Candidate, EngineError> {
    let mut found = Candidate { engine: engine.to_owned(), passes: true, ..Candidate::default() };
    let own = of_engine(recipe, engine, recipe.seed);
    let n = splits.first().map_or(0, |inner| inner.train.table().n_rows());
    if let Configured::Drawn(_, configured) = configure(&own)? {
        let modelled = source.schema.columns.iter().filter(|column| column.treatment == Treatment::Model);
        let seconds = configured.predict_cost(n, modelled.count()).1 / host.machine.threads.max(1) as f64;
        if seconds * splits.len() as f64 > left {
            found.passes = false;
            found.why_not =
                Some(format!("would take about {seconds:.0} s, and {:.0} s are left", left.max(0.0)));
            return Ok(found);
        }
    }
    let begun = (host.clock)();
    let mut leaks = 0;
    for inner in splits {
        match trial(&own, inner, source, host, ctx) {
            Ok((trial, passes)) => {
                found.trials.push(trial);
                leaks += usize::from(!passes);
            }
            Err(error) if error.interruption().is_some() => return Err(error),
            Err(error) => {
                found.passes = false;
                found.why_not = Some(error.to_string());
                break;
            }
        }
    }
    found.passes &= leaks * ONE_IN <= splits.len();
    (found.realism, found.utility) = means(&found.trials, None);
    found.seconds = (host.clock)() - begun;
    Ok(found)
}

/// Mean realism and utility over all trials but one.
fn means(trials: &[Trial], without: Option<usize>) -> (Option<f64>, Option<f64>) {
    let mean = |of: fn(&Trial) -> Option<f64>| {
        let own = trials.iter().enumerate().filter(|(at, _)| Some(*at) != without);
        let values: Vec<f64> = own.filter_map(|(_, trial)| of(trial)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    (mean(|trial| trial.realism), mean(|trial| trial.utility))
}

/// What an engine does on one split, and whether it passes the privacy gate there.
fn trial(
    recipe: &Recipe,
    inner: &Inner,
    source: &Source,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<(Trial, bool), EngineError> {
    let quiet = Context { progress: &Silent, stop: ctx.stop };
    let n = inner.train.table().n_rows();
    let order = Order { source, recipe, n, partner: None, host };
    let Made { table, .. } = make(&order, &inner.train, inner.seed.split("sample"), quiet)?;
    let nothing = Rules::default();
    let bench = Bench {
        schema: &source.schema,
        train: inner.train.table(),
        holdout: &inner.holdout,
        synthetic: &table,
        second: None,
        further: &[],
        rules: &nothing,
        targets: &recipe.targets,
        train_subjects: inner.train.subjects(),
        holdout_subjects: inner.holdout_people.as_deref(),
        shown: None,
        policy: None,
        group_size: None,
        judging: &recipe.judge,
        concepts: &recipe.concepts,
    };
    let settings = JudgeSettings {
        only: MEASURED.map(str::to_owned).to_vec(),
        preset: Preset::Standard,
        row_limit: JUDGED,
        bare: true,
        ..JudgeSettings::default()
    };
    let card = evaluate(&bench, &settings, inner.seed.split("judge"), quiet)?;
    let value = |id: &str| card.entries.iter().find(|entry| entry.id == id).and_then(|entry| entry.reading);
    let task = card.tasks.iter().find(|task| task.learner == "boosted trees");
    let privacy = card.verdicts.iter().filter(|verdict| verdict.question == "privacy");
    let passes = privacy.map(|verdict| verdict.outcome).all(|outcome| outcome != Outcome::Fail);
    let realism = value("re.c2st").map(|own| own.value);
    Ok((Trial { realism, utility: task.map(|task| task.synthetic.value) }, passes))
}

/// The greater regret of each candidate, over realism and utility, without one of the trials.
fn regrets(candidates: &[&Candidate], without: Option<usize>) -> Vec<f64> {
    let means: Vec<_> = candidates.iter().map(|own| means(&own.trials, without)).collect();
    let apart = |realism: Option<f64>| realism.map_or(f64::INFINITY, |realism| (realism - 0.5).abs());
    let least = means.iter().map(|own| apart(own.0)).fold(f64::INFINITY, f64::min);
    let most = means.iter().filter_map(|own| own.1).fold(f64::NEG_INFINITY, f64::max);
    let useful = |utility: Option<f64>| utility.map_or(0.0, |utility| most - utility);
    means.iter().map(|own| (apart(own.0) - least).max(useful(own.1))).collect()
}

/// Of the candidates that pass, the first whose regret is the least or within a standard error of it: what trials cannot tell
/// apart, the order of the shortlist does. Beside it the one whose regret is the least.
///
/// # Source
/// The rule of one standard error of Breiman et al. 1984, section 3.4.3; the error of a difference by the jackknife over
/// splits, widened for the people that splits share (`nadeau2003`).
fn best(candidates: &[Candidate]) -> Option<(&Candidate, &Candidate)> {
    let passing: Vec<&Candidate> =
        candidates.iter().filter(|own| own.passes && own.realism.is_some()).collect();
    let regret = regrets(&passing, None);
    let least = (0..passing.len()).min_by(|&a, &b| regret[a].total_cmp(&regret[b]))?;
    let k = passing.iter().map(|own| own.trials.len()).min().unwrap_or(0);
    let left_out: Vec<Vec<f64>> = (0..k).map(|at| regrets(&passing, Some(at))).collect();
    let error = |own: usize| {
        let n = k as f64;
        let differences: Vec<f64> = left_out.iter().map(|regret| regret[own] - regret[least]).collect();
        let mean = differences.iter().sum::<f64>() / n;
        let spread = differences.iter().map(|own| (own - mean).powi(2)).sum::<f64>();
        (spread * (n - 1.0) / n * (1.0 + n * HELD / (1.0 - HELD))).sqrt()
    };
    let is_as_good = |&own: &usize| own == least || k > 1 && regret[own] - regret[least] <= error(own);
    (0..=least).find(is_as_good).map(|own| (passing[own], passing[least]))
}

/// The choice and why, in a sentence.
fn chosen(candidates: Vec<Candidate>) -> Choice {
    let describe = |own: &Candidate| {
        let useful = own.utility.map_or(String::new(), |utility| format!(", utility {utility:.3}"));
        own.realism
            .map_or_else(|| own.engine.clone(), |told| format!("`{}` (C2ST {told:.3}{useful})", own.engine))
    };
    let Some((best, least)) = best(&candidates).map(|(own, least)| (own.clone(), least.engine.clone()))
    else {
        let why = format!(
            "no engine of the shortlist passes the privacy gate on these people, so `{FLOOR}` was taken"
        );
        return Choice { engine: FLOOR.into(), why, candidates };
    };
    let others: Vec<String> = candidates
        .iter()
        .filter(|own| own.engine != best.engine && own.realism.is_some())
        .map(|own| {
            let failed = if own.passes { "" } else { ", fails the privacy gate" };
            format!("{}{failed}", describe(own))
        })
        .collect();
    let left: Vec<String> = candidates
        .iter()
        .filter_map(|own| Some(format!("; `{}` was left out: {}", own.engine, own.why_not.as_ref()?)))
        .collect();
    let over = if others.is_empty() { String::new() } else { format!(" over {}", others.join(", ")) };
    let alike = if least == best.engine {
        String::new()
    } else {
        format!("; `{least}` did better, but within a standard error, and comes later in the list")
    };
    let why = format!(
        "`auto` chose {}{over}, on a quarter of the training people that was held back for it{alike}{}",
        describe(&best),
        left.concat()
    );
    Choice { engine: best.engine, why, candidates }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_trial(engine: &str, realism: f64, utility: Option<f64>, passes: bool) -> Candidate {
        let trials = vec![Trial { realism: Some(realism), utility }];
        let realism = Some(realism);
        Candidate { engine: engine.into(), realism, utility, trials, passes, ..Candidate::default() }
    }

    #[test]
    fn the_least_of_the_greater_regrets_wins_and_a_leak_never_does() {
        let choice = chosen(vec![
            on_trial("trees", 0.53, Some(0.80), true),
            on_trial("arf", 0.60, Some(0.82), true),
            on_trial("copula", 0.55, Some(0.70), true),
            on_trial("gibbs", 0.50, Some(0.90), false),
        ]);
        assert_eq!(choice.engine, "trees", "regrets 0.02, 0.07 and 0.12");
        assert!(
            choice.why.contains("`gibbs` (C2ST 0.500, utility 0.900), fails the privacy gate"),
            "{}",
            choice.why
        );
        let without = chosen(vec![on_trial("trees", 0.56, None, true), on_trial("copula", 0.45, None, true)]);
        assert_eq!(without.engine, "copula", "0.05 from one half");
    }

    /// Regrets differ by 0.02. Where trials disagree, the difference is 0.03, 0.00 and 0.03 without one of them: squares about
    /// their mean add up to 0.0006, times 2/3, twice for people that splits share: an error of 0.028.
    #[test]
    fn what_trials_cannot_tell_apart_the_order_does() {
        let tried = |engine: &str, realism: [f64; 3]| {
            let trials: Vec<Trial> =
                realism.iter().map(|own| Trial { realism: Some(*own), utility: None }).collect();
            let realism = means(&trials, None).0;
            Candidate { engine: engine.into(), realism, trials, passes: true, ..Candidate::default() }
        };
        let taken = |own: &[Candidate]| best(own).map(|own| own.0.engine.clone());
        let steady = [tried("trees", [0.54; 3]), tried("copula", [0.52; 3])];
        assert_eq!(taken(&steady).as_deref(), Some("copula"));
        let unsteady = [tried("trees", [0.52, 0.58, 0.52]), tried("copula", [0.52; 3])];
        assert_eq!(taken(&unsteady).as_deref(), Some("trees"));
        let why = chosen(unsteady.to_vec()).why;
        assert!(
            why.ends_with("; `copula` did better, but within a standard error, and comes later in the list"),
            "{why}"
        );
        let better = [tried("trees", [0.52; 3]), tried("copula", [0.52, 0.58, 0.52])];
        assert_eq!(taken(&better).as_deref(), Some("trees"));
    }

    #[test]
    fn the_fewer_people_the_more_trials() {
        assert_eq!([2, 240, 3_547, 7_284, 16_000].map(trials), [8, 8, 4, 2, 1]);
    }

    #[test]
    fn the_floor_is_taken_when_nothing_passes() {
        let mut slow = Candidate { engine: "arf".into(), ..Candidate::default() };
        slow.why_not = Some("would take about 900 s, and 600 s are left".into());
        let choice = chosen(vec![on_trial("trees", 0.5, None, false), slow.clone()]);
        assert_eq!(choice.engine, FLOOR);
        let choice = chosen(vec![on_trial("trees", 0.5, None, true), slow]);
        assert!(
            choice.why.ends_with("`arf` was left out: would take about 900 s, and 600 s are left"),
            "{}",
            choice.why
        );
    }
}
