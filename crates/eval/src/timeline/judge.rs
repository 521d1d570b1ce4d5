//! How do three sets of lives become a card?

use super::pictures::drawn;
use super::{
    LifeTrio, Lives, TIMELINE_METRICS, TimelineContext, TimelineFindings, TimelineMetric, TimelineTrio,
    Vocabulary, floor, gates, some_people,
};
use crate::card::{About, CARD_VERSION, TimePictures};
use crate::judge::entry;
use crate::metric::Pass;
use crate::{Card, JudgeError, JudgeSettings};
use verosim_core::{Context, Seeded};
use verosim_timeline::Events;

/// People of each set below which nothing is judged.
const LEAST_PEOPLE: usize = 10;

/// Whether so many people of a role, `training`, `holdout` or `synthetic`, can be judged: worth asking before anything is learned.
///
/// # Errors
/// [`JudgeError::TooFewPeople`].
pub fn can_be_judged(role: &'static str, found: usize) -> Result<(), JudgeError> {
    if found < LEAST_PEOPLE {
        return Err(JudgeError::TooFewPeople { role, found, needed: LEAST_PEOPLE });
    }
    Ok(())
}

/// Judges three sets of lives: all metrics of timelines with ceilings and floors, pictures, verdicts. `Card::costs` is left
/// empty. `settings` are those of the judge of tables; its `row_limit` is the most people of each set (all when 0).
///
/// Ceilings are training people in the place of synthetic ones, floors training people whose codes were dealt out anew;
/// privacy metrics carry their own controls instead.
///
/// # Errors
/// [`JudgeError`]; a metric that fails is an entry with a reason, not an error.
///
/// # Cost
/// About 150 bytes per event beside the events themselves. 10,000 people of 100 events in each set take about a minute
/// on two cores.
pub fn judge_timelines(
    trio: &TimelineTrio<'_>,
    settings: &JudgeSettings,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Card, JudgeError> {
    let sets = [("training", trio.train), ("holdout", trio.holdout), ("synthetic", trio.synthetic)];
    for (role, events) in sets {
        can_be_judged(role, events.n_people())?;
    }
    let limit = if settings.row_limit == 0 { usize::MAX } else { settings.row_limit };
    let thin = seed.split("thin");
    let [train, holdout, synthetic] = sets.map(|(role, events)| some_people(events, limit, thin.split(role)));
    let shuffled = floor::dealt(&train, seed.split("shuffle"));
    let vocabulary = Vocabulary::of(&[&train, &holdout, &synthetic]);
    let lives = |events: &Events| Lives::of(events, &vocabulary);
    let (lived_train, lived_holdout, lived_synthetic, lived_floor) =
        (lives(&train), lives(&holdout), lives(&synthetic), lives(&shuffled));
    drop((train, holdout, synthetic, shuffled));
    let data = LifeTrio {
        vocabulary: &vocabulary,
        train: &lived_train,
        holdout: &lived_holdout,
        synthetic: &lived_synthetic,
        possible: trio.possible,
        declared: trio.declared,
    };
    let findings = TimelineFindings::default();
    let chosen: Vec<&&dyn TimelineMetric> = TIMELINE_METRICS
        .iter()
        .filter(|metric| match &settings.only[..] {
            [] => metric.preset() <= settings.preset,
            only => only.iter().any(|id| id == metric.info().id),
        })
        .collect();
    let mut entries = Vec::with_capacity(chosen.len());
    for (at, metric) in chosen.iter().enumerate() {
        ctx.stop.check()?;
        let info = metric.info();
        ctx.progress.step(at, chosen.len(), &format!("judging: {}", info.id));
        let measure = |pass: Pass| {
            let synthetic = match pass {
                Pass::Synthetic => data.synthetic,
                Pass::Ceiling => data.train,
                Pass::Floor => &lived_floor,
            };
            let context = TimelineContext { ctx, pass, findings: &findings };
            metric.compute(&LifeTrio { synthetic, ..data }, seed.split(info.id), &context)
        };
        let known = settings.references.iter().find(|known| known.id == info.id);
        entries.push(entry(info, metric.applies_to(&data), known, settings.bare, measure)?);
    }
    let pictures = findings.pictures.into_inner().unwrap_or_default();
    let attacks = findings.attacks.into_inner().unwrap_or_default();
    let unassessed = entries.iter().filter(|entry| entry.reading.is_none()).count();
    let mut warnings = warnings(&data);
    if unassessed > 0 {
        warnings.push(format!("{unassessed} figures could not be computed; each says why below"));
    }
    Ok(Card {
        version: CARD_VERSION,
        about: About {
            title: settings.title.clone(),
            engine: settings.engine.clone(),
            judge: concat!("verosim ", env!("CARGO_PKG_VERSION")).into(),
            seed: seed.key(),
            date: settings.date.clone(),
            n_train: trio.train.n_people(),
            n_holdout: trio.holdout.n_people(),
            n_synthetic: trio.synthetic.n_people(),
            n_columns: vocabulary.len(),
            targets: Vec::new(),
            guarantee: settings.guarantee.clone(),
            left_out: Vec::new(),
        },
        verdicts: gates::verdicts(&entries, &attacks, data.holdout.n_people()),
        warnings,
        giveaways: findings.giveaways.into_inner().unwrap_or_default(),
        tasks: findings.tasks.into_inner().unwrap_or_default(),
        attacks,
        copying: findings.copying.into_inner().unwrap_or_default(),
        time: Some(TimePictures {
            n_codes: vocabulary.len(),
            n_events: [trio.train, trio.holdout, trio.synthetic].map(Events::len),
            lives: drawn(data.synthetic, &vocabulary),
            ..pictures
        }),
        entries,
        ..Card::default()
    })
}

/// What a person must know before reading scores.
fn warnings(data: &LifeTrio<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    let holdout = data.holdout.n_people();
    if holdout < 200 {
        warnings.push(format!(
            "only {holdout} holdout people: intervals are wide, and membership cannot be judged"
        ));
    } else if holdout < 1_000 {
        warnings.push(format!(
            "only {holdout} holdout people: no attack at 1 % false alarms can be made below 1,000"
        ));
    }
    warnings
}
