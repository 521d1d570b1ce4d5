//! What is the next step after a failure?

use super::EngineError;
use verosim_core::Hint;
use verosim_llm::harvest::Why;
use verosim_llm::probe::contamination::LEAST_ROWS;

impl Hint for EngineError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Recipe(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Condition(error) => error.hint(),
            Self::Rule(error) => error.hint(),
            Self::Policy(error) => error.hint(),
            Self::Given(error) => error.hint(),
            Self::Unspoken { .. } => Some("name the column under `[concepts]` in the rule file; `verosim explain rules`".into()),
            Self::Canary(error) => error.hint(),
            Self::RuledOut { rule, .. } => Some(format!(
                "the engine hardly draws rows that keep rule `{rule}`: see how many real rows keep it with `verosim evaluate --rules`, and mend or leave out the rule"
            )),
            Self::Column(error) => error.hint(),
            Self::Metadata(error) => error.hint(),
            Self::Read(error) => error.hint(),
            Self::Write(error) => error.hint(),
            Self::Timeline(error) => error.hint(),
            Self::Person(error) => error.hint(),
            Self::NotApart { .. } => Some("write to a folder beside it".into()),
            Self::TablesOnly { .. } => Some("leave it out; `verosim explain timelines` tells what there is".into()),
            Self::CannotGoOn { .. } => Some("fit engine `visits`, which can".into()),
            Self::Parse { source, .. } => source.hint(),
            Self::Fit(error) => error.hint(),
            Self::Sample(error) => error.hint(),
            Self::Artefact(error) => error.hint(),
            Self::Judge(error) => error.hint(),
            Self::Interrupted(_) => Some("repeat the command with `--resume`".into()),
            Self::Model(error) | Self::Unfilled { why: Some(Why::Model(error)), .. } => error.hint(),
            Self::NotDisclosed(error) => error.hint(),
            Self::Curate(error) => error.hint(),
            Self::NothingToCurateBy => Some("name it with `--target COLUMN`".into()),
            Self::CuratedAway { file, .. } => Some(format!("the rows kept are in `{file}`; the engine's outcomes hardly follow from the rest: use another, or `--curate none`")),
            Self::NothingPrivate => Some("name it with `--sensitive COLUMN`".into()),
            Self::NotShown { .. } => {
                Some("name another column with `--sensitive`, or say what it holds with `--kind COLUMN=nominal`".into())
            }
            Self::NobodyKnown { .. } => Some("bring more people, or name another column with `--sensitive`".into()),
            Self::TooSmallToKnow { .. } => Some(format!(
                "bring the whole table as it was published: {LEAST_ROWS} rows of two columns or more"
            )),
            Self::Unanswered { .. } => Some("raise `--max-tokens` or `--max-cost`".into()),
            Self::NoProbeFolder { path } => {
                Some(format!("write to `{path}/probe`: the report of a run shows what is there"))
            }
            Self::NoModel { .. } | Self::NobodyToProbe => Some(
                "name one with `--model`: an address (`http://localhost:8080/v1#NAME`), a model file, or `mock:` to try"
                    .into(),
            ),
            Self::Unconfirmed { host } => Some(format!(
                "say `--yes` if {host} may have them, or send less with `--disclose aggregate`, or use a local model"
            )),
            Self::Shortfall { shortfall, .. } => shortfall.hint(),
            Self::NoPromise { who, .. } => {
                let who: Vec<String> = who.iter().map(|id| format!("`{id}`")).collect();
                Some(format!("engines that make one: {}", who.join(", ")))
            }
            Self::NeedsPromise { .. } => Some(
                "say how much one patient may change: `--epsilon 1`, with declared metadata \
                 (`verosim profile TABLE --declare -o metadata.json`, review, `--metadata metadata.json`)"
                    .into(),
            ),
            Self::Undeclared { .. } => Some(
                "write them down with `verosim profile TABLE --declare -o metadata.json`, review what may be known to all, \
                 and bring it with `--metadata metadata.json`"
                    .into(),
            ),
            Self::CannotImpute { who, .. } => {
                let who: Vec<String> = who.iter().map(|id| format!("`{id}`")).collect();
                Some(format!("fit one that does with `verosim fit TABLE --engine ID`: {}", who.join(", ")))
            }
            Self::Unfilled { why: Some(Why::Budget(limit)), .. } => Some(format!("raise `{}`", limit.flag())),
            Self::Unfilled { .. } => {
                Some("use another model, or a model file, whose answers are valid by construction".into())
            }
            Self::NoCondition { .. } => {
                Some("settle values with `--set condition=COLUMN` when fitting, or filter the rows afterwards".into())
            }
            Self::ControlOnly { .. } => Some("say `--control` if that is what you want".into()),
            Self::Overlap { .. } => Some(
                "hold out other people: with repeated persons, name their column with `--subject`".into(),
            ),
            Self::SamePeople { .. } => {
                Some("hold out other people, whom the generator has not seen: `verosim run` splits a folder so".into())
            }
            Self::OtherColumns { nearest: Some(nearest), unknown, .. } => {
                Some(format!("is `{}` meant to be `{nearest}`?", unknown.first().map_or("", String::as_str)))
            }
            Self::OtherColumns { .. } => Some(
                "bring files with the same columns; identifiers that are made anew may be left out".into(),
            ),
            Self::TooFewToSplit { .. } => {
                Some("bring more persons, or name a file of other people with `--holdout FILE`".into())
            }
            Self::NothingToJudge => Some("override a kind with `--kind COLUMN=nominal`".into()),
            Self::RunExists { .. } => {
                Some("`--resume` goes on with it, `--overwrite` starts anew, `--out` writes elsewhere".into())
            }
            Self::ForeignFolder { .. } => Some("write elsewhere with `--out`".into()),
            Self::Busy { .. } => Some("wait until it is done, or write elsewhere with `--out`".into()),
            Self::NotARun { .. } => {
                Some("name the folder that `verosim run` or `verosim evaluate` made".into())
            }
            Self::Card { .. } => {
                Some("make the run again; the card was made by another release or damaged".into())
            }
            Self::Unfinished { .. } => Some("repeat the run with `--resume`".into()),
            Self::CannotResume { .. } => {
                Some("start anew with `--overwrite`, or write elsewhere with `--out`".into())
            }
            Self::WillNotFit { .. } => Some(
                "raise `--memory-limit`, bring fewer rows or columns, or use `--engine independent`".into(),
            ),
            Self::GroupShort { .. } => Some("ask for fewer rows of the rarest group, or raise `--max-tries`".into()),
            Self::Peer { .. } => Some("try the command by hand; its output is not shown, because it may hold cells".into()),
            Self::Tampered { .. } => Some("make the run again; do not rely on these files".into()),
            Self::NothingToExplain { nearest, .. } => Some(match nearest {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "`verosim explain engines`, `metrics` and `topics` list what there is".into(),
            }),
        }
    }
}
