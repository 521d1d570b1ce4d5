//! Which pages are about neither an engine nor a metric?

use crate::portfolio::{conditional, fillers};
use verosim_data::constrain::clinical::{concepts, library};

/// Name, summary and page of each topic.
pub(crate) const TOPICS: &[(&str, &str, &str)] = &[
    ("auto", AUTO_SUMMARY, AUTO),
    ("rules", RULES_SUMMARY, RULES),
    ("canaries", CANARIES_SUMMARY, CANARIES),
    ("studies", STUDIES_SUMMARY, STUDIES),
];

const AUTO_SUMMARY: &str = "The engine chosen by trial on the training people: `--engine auto`.";

const AUTO: &str = "\
A quarter of the training people is held back, `trees`, `arf`, `copula`, `bayesnet` and `gibbs` learn from the others, and
their rows are judged on those held back: can a classifier tell them from real people (re.c2st), does what is learned from
them work (ut.tstr, where an outcome is named), and the privacy gate of the report (pm.max, pd.copy). On few people this is
repeated on other splits, until 3,000 rows have judged or eight times, and averaged. An engine that fails the gate on more
than one split in eight is out. Of the others the one is chosen whose greater regret is least: how much further from one
half its C2ST is than the nearest, and how much less it teaches than the most useful. Where an engine that stands before it
in this list is within a standard error over splits (nadeau2003), that one is taken, because the order is that of other
tables. It then learns from all training people.

The run's own holdout is never seen by any of this, so that the report judges the choice as it would judge any engine. The
trial and its figures stand in `model.json` under `choice` and in the report's notes; they are computed from training rows.
Engines whose trial would take longer than what is left of ten minutes are left out and named. Where none passes,
`independent` is taken. Settings are written with the engine's name: `--set trees.leaf_rows=40`.

Sources: breiman1984, nadeau2003.";

const STUDIES_SUMMARY: &str = "Many fits on one protocol: `study efficiency`, `study equity` and `bench`, and how their figures are made.";

const STUDIES: &str = "    verosim study efficiency TABLE --target died --sizes 20,50,100,200 --engines trees,arf,copula
    verosim study equity TABLE --target died --group sex
    verosim bench heart.csv#num framingham.csv#CVD --engines trees,arf --peer 'SDV=python peer.py copula {train} {out} {rows} {seed}'

`study efficiency` learns every engine from 20, 50, ... people and from all, and tells for each size whether its rows teach
more than the people themselves do, how many real people they are worth, how real they look, and what they tell of those
learned from. `study equity` fills small groups up with each engine's rows and sets that beside weights, resampling,
SMOTE and thresholds, all with one learner on the same people (see `eq.vsml`). `bench` sets engines and other programs beside
each other on several tables, with mean ranks, their critical difference, and who is on the front.

Each repeat splits the people anew (`--repeats`), and all engines of a repeat learn from the same people; smaller sizes are
parts of larger ones. Figures are means over repeats with intervals that are corrected for the people that repeats share
(nadeau2003). A fit that fails, or takes longer than `--fit-limit`, is a result and is told with its reason. Every fit is
written to `arms.ndjson` before the next one begins: a study that was stopped or killed goes on with `--resume` and tells
the same, but for seconds. Engines that ask a language model take part when one is named with `--model`. `auto` takes part
as an engine: its trials see nobody of those held out, and are among its seconds.

Another program takes part as NAME=PROGRAM ARGUMENTS, parted by spaces and read by no shell: {train} is a CSV of the
training people, {out} where it must write as many columns, {rows} how many rows, {seed} a whole number. What it prints is
not shown, because it may hold cells.

Sources: nadeau2003, demsar2006.";

const RULES_SUMMARY: &str =
    "What no synthetic row may be, as a file: `--rules FILE` of run, fit, sample and evaluate.";

const RULES: &str = "\
A rule file is TOML:

    version = 1

    [[rule]]
    id = \"dbp-below-sbp\"
    severity = \"impossible\"            # or implausible, or unusual
    words = \"diastolic pressure is below systolic pressure\"
    source = \"where that is written\"   # may be left out
    never = \"dbp >= sbp\"

    [[rule]]
    id = \"no-pregnant-men\"
    severity = \"impossible\"
    words = \"men are not pregnant\"
    when = \"sex = M\"
    then = \"pregnant = no\"

A condition compares columns with values or with each other (`= != < <= > >=`), or says `in (a, b)`, `is missing`,
`is not missing`; `and`, `or`, `not` and parentheses join them, and names with spaces stand in quotes. `sample --where`
reads the same conditions. Numbers are reckoned with (`abs(bmi - weight / (height * height)) <= 1`; times in days:
`discharge - admission > 30`), `number(age) > 55` reads bands such as `[70-80)`, codes lie in ranges of their vocabulary
(`diagnosis in ICD10 (O00..O9A, Z34)`), and `any(a, b) in ...` asks any of several columns.

Rules may speak of concepts (`sbp`, `sex`, `icd10`; `verosim explain clinical` lists them) where no column has that name:
columns are found by name and content. Where that is wrong, or a unit cannot be told, say so in the file:

    [concepts]
    sbp = \"SYSBP\"
    sex = { column = \"s\", female = \"0\", male = \"1\" }
    glucose = { column = \"glu\", unit = \"mmol/L\" }

`include = \"clinical\"` adds the built-in rules that nobody can break, as `--rules clinical` does alone.

A comparison with a missing cell is unknown, as is what hangs on it (`not` of unknown is unknown, `and` needs one false
to be false, `or` one true to be true). A rule is broken only where that is certain: a row with a missing cell breaks it
only if the rule speaks of missing cells.

Rules are about columns that are learned. Unknown columns, keys and levels are refused.

run, fit, sample: rows that break a rule, whatever its severity, are refused and drawn again, by every engine and in
bounded rounds. Records of a language model are refused in the acceptance loop, and its prompts tell the rules, at every
`--disclose`: what a person wrote into a rule is no secret. `synthetic/rules.json` counts the rows refused by each rule;
a row that breaks two counts under both. Too few rows end with code 5 and the rule that refused most. Refusing bends what
is left: a rule that real rows break takes real sorts of patients away, and the report says so. The model keeps its
rules; `sample --rules FILE` puts others in their place.

run, evaluate: the report counts how many of 1,000 rows that a rule applies to break it, in the holdout and in the
synthetic rows. To count without refusing, judge with `evaluate --rules`.";

const CANARIES_SUMMARY: &str = "Whether single rows come back in the output, tried out on rows that are no patients: `run --canaries N`.";

const CANARIES: &str = "\
N canaries are made from the training rows: patients with an end that nobody has. Two fifths get a rare combination of
levels that enough people have, two fifths an exact number within the usual range, and a fifth are patients as they are,
who are there twice when planted. Rows from another world would not be learned, and their silence would comfort for
nothing. A fair coin for each decides whether it is learned from; the others are controls. Canaries keep the rules given
with `--rules`. They are neither judged nor held out, and they are written down nowhere: the same recipe and data give the
same ones again.

The attacker sees the synthetic rows alone. A canary's score is how much nearer the nearest synthetic row comes to it than
any training row; the quarter of each kind with the highest scores is guessed to be planted. The report tells hits and
false alarms with exact 95 % intervals, and the epsilon of differential privacy that is disproven: by the bound of one run
(Steinke, Nasr and Jagielski 2023), which holds although all canaries share one run, and from the two rates as if each
canary were a run of its own. Patients who are there twice are told but prove nothing. N of 100 (80 count, 20
are guessed) proves an epsilon of at most 1.8: no echo is no proof of safety.

At least 40 canaries and ten training rows for each are needed; with fewer the question is not assessable. Engines that
show a language model no row cannot give one back. `synthetic/data.*` of such a run is what the engine drew, canaries
among it where it leaks; the model learned from rows that are no patients. Neither may be released: run again without
`--canaries`.

Sources: meeus2025, steinke2023.";

pub(crate) const STEERING_SUMMARY: &str =
    "Which rows are drawn: `sample --where`, `--balance`, `--augment`, and the weights that undo it.";

/// How rows are asked for, and which engines draw those that meet a condition directly.
pub(crate) fn steering() -> String {
    let who: Vec<String> = conditional().iter().map(|id| format!("`{id}`")).collect();
    format!("# steering\n\n{STEERING_SUMMARY}\n\n{STEERING} {}.\n\n{STEERING_END}", who.join(", "))
}

const STEERING: &str = "\
`--where 'age >= 80 and sex = F'` gives exactly as many rows as asked for, all of which meet the condition as they are
written, or none, with exit code 3, how many were found and the share of the model's rows that meet it. `verosim explain rules`
shows what a condition may say.

Engines that need not try, so that one person in a million costs no more than one in two:";

const STEERING_END: &str = "\
Their law is reckoned once given what the condition says of each column; rows come from it as they would come from the
engine among very many. What a condition says of several columns at once, of dates that are learned as a distance from
others, and of columns that are computed is looked at row by row, as is all of it with other engines: those draw a
thousand rows for each one asked, half a million at least, or `--max-tries`. A model knows little of people of whom it saw
few. Asking it for thousands of them does not make it know more.

`--balance COLUMN` draws as many rows of each level, `--balance COLUMN=F:3,M:1` by shares, and `--augment COLUMN=TABLE` what
each level of that table lacks to be as common as the commonest. Rows of a level follow the model, `--where` holds for all of
them. `--weights FILE` keeps for each row the weight under which levels are as common as in the model: use it wherever
prevalence matters.";

pub(crate) const IMPUTE_SUMMARY: &str =
    "Missing cells filled several times over, and how what is computed on each table is pooled.";

/// Which engines fill cells, what that supposes, and the rules of pooling.
pub(crate) fn impute() -> String {
    let who: Vec<String> = fillers().iter().map(|id| format!("`{id}`")).collect();
    format!("# impute\n\n{IMPUTE_SUMMARY}\n\nEngines that fill cells: {}.\n\n{IMPUTE}", who.join(", "))
}

const IMPUTE: &str = "\
`verosim fit TABLE --engine mice -o MODEL`, then `verosim impute TABLE MODEL -m 20`: M tables with the known cells as they
came, byte by byte, and every missing cell drawn, and `account.json`, which says what was filled in which column and what
was not and why. A filled table is as confidential as the table itself.

Cells are drawn from their law given the known cells of the row, as the engine learned it. That is right where which cells
are missing hangs on cells that are known. Nothing in the table tells whether it does: where people are not weighed because
they are heavy, every engine errs. Cells that are missing because there is nothing to measure (a pregnancy of men) are
filled like others: leave such columns out, or give them a level of their own.

## Pooling over completed tables

Compute an estimate q and its squared standard error u on each of the M tables; never on one alone, and never on their
average. With W the mean of the u, B the variance of the q (divided by M - 1):

    estimate   mean of the q
    variance   T = W + (1 + 1/M) B
    interval   estimate +- t sqrt(T), t of Student's law with v degrees of freedom
    share of T that missing cells bring in: f = (1 + 1/M) B / T
    v = 1 / (1/a + 1/b),   a = (M - 1) / f^2,   b = (c + 1)/(c + 3) c (1 - f)

with c the degrees of freedom if nothing were missing (rows less parameters). Take M of about 100 f, 20 at least where a
decision hangs on it, and fit `mice` with as many `sets`.

Which engine? `mice` draws each table from laws of its own, so that B holds what is not known of the laws. All others take
theirs for certain, and those of few states flatten slopes. In a world of 500 rows where a third of three columns is missing
by another column, 95 % intervals of means and regression coefficients cover the truth in

    mice 93 to 96 %   copula 81 to 94 %   trees 57 to 95 %   gibbs 53 to 93 %   bayesnet 38 to 88 %   boosted 16 to 61 %
    complete rows 2 to 97 %

of 400 worlds (100 for all but `mice` and complete rows; five tables each). Take `mice` for estimates with intervals, and the
others for tables that shall only look whole.

## Pooling over synthetic tables

Nothing in such tables is real, and the rules are others; k is synthetic rows over real rows, and u is as computed on the
synthetic table.

    one model, M tables of it (most engines)     T = W (k + 1/M)
    a model from new people for each (mice)      T = W (k + (1 + k)/M)
    the same, without a word on the size         T = (1 + 1/M) B - W; k W where that is not above 0
    some cells real, others drawn                T = W + B/M

Five tables at least. `verosim sample MODEL --seed 1`, `--seed 2`, ... gives the tables of one model; `mice` picks a set by
the seed.

Sources: rubin1987, barnard1999, raghunathan2003, reiter2002, reiter2003, raab2016, rubin1976.
";

pub(crate) const CLINICAL_SUMMARY: &str =
    "Built-in clinical rules and the concepts that they speak of: `--rules clinical`, `cl.excess`.";

/// The concepts, and the built-in rules by severity.
pub(crate) fn clinical() -> String {
    use std::fmt::Write as _;
    let mut page = format!(
        "# clinical\n\n{CLINICAL_SUMMARY}\n\nThe judge counts all of them where a table has the columns (cl.excess); engines keep, \
         with `--rules clinical`, those that nobody can break: refusing what some real people are takes these people away.\n\n\
         ## Concepts\n\n"
    );
    for concept in concepts() {
        let _ = writeln!(page, "{:<22}{}", concept.id, concept.words);
    }
    let _ = write!(page, "\n## Rules\n\n");
    for template in library() {
        let rule = &template.rule;
        let _ = writeln!(page, "{:<28}{:<13}{}", rule.id, rule.severity.word(), rule.words);
    }
    page
}
