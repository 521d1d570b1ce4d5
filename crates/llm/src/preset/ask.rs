//! How is a request for rows put together from a style and what may be told?

use super::settle::settled;
use super::style::{Examples, Order, Sections, Style, Writers};
use super::{DynPrompted, Filler};
use crate::accept::Record;
use crate::card::Card;
use crate::codec::{codec, header, sentence};
use crate::harvest::{Asker, Desk, Gathered, Limits, Need, Question, Stopped, gather};
use crate::prompt;
use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use verosim_core::{
    ColumnContract, Context, Disclosure, Guarantee, Mode, PrivacyClass, Prompt, RowContract, RowForm,
    Section, Seeded, Speaker, StoredFact, Values,
};
use verosim_data::Table;
use verosim_data::constrain::{Allowance, Allowed, Known, Rules};

/// Everything that asking needs; saved as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) style: Style,
    pub(super) columns: Vec<Allowance>,
    pub(super) target: Option<usize>,
    pub(super) about: Option<String>,
    pub(super) disclosure: Disclosure,
    /// Real rows that may be shown; none unless rows may be told.
    pub(super) pool: Vec<Record>,
    /// Shares of the outcome's levels that the rows must come out with; empty for those of the model.
    pub(super) shares: Vec<f64>,
    pub(super) rich: bool,
    /// Whether real rows differ even roughly.
    pub(super) varied: bool,
    /// Seed of code names.
    pub(super) naming: u64,
    pub(super) dependency: Vec<usize>,
    /// What no row may be.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub(super) rules: Rules,
}

/// A preset that is ready to ask for rows.
pub(super) struct RowPrompted {
    pub(super) state: State,
    pub(super) card: Card,
}

impl RowPrompted {
    pub(super) fn new(state: State) -> Self {
        let card =
            Card::new(&state.columns, state.disclosure, state.style.mapping, Seeded::new(state.naming));
        Self { state, card }
    }

    /// Reads back a saved state, trusting nothing in it.
    pub(super) fn load(saved: &Value) -> Result<Self, String> {
        let state: State =
            serde_json::from_value(saved.clone()).map_err(|_| "its preparation does not read".to_owned())?;
        let n = state.columns.len();
        let mut order = state.dependency.clone();
        order.sort_unstable();
        let levels = |at: usize| match &state.columns[at].values {
            Allowed::Levels { texts, .. } => texts.len(),
            _ => 0,
        };
        let fits = |record: &Record| {
            record.0.len() == n
                && record.0.iter().enumerate().all(|(at, cell)| match cell {
                    crate::accept::Cell::Level(level) => (*level as usize) < levels(at),
                    _ => true,
                })
        };
        let sound = order == (0..n).collect::<Vec<_>>()
            && state.target.is_none_or(|target| target < n)
            && (state.shares.is_empty()
                || state.target.is_some_and(|target| levels(target) == state.shares.len()))
            && state.shares.iter().all(|share| (0.0..=1.0).contains(share))
            && state.style.rows > 0
            && (1..=50).contains(&state.style.candidates)
            && state.pool.iter().all(fits);
        if sound { Ok(Self::new(state)) } else { Err("its preparation is inconsistent".into()) }
    }

    /// Columns of the row in the order of this request.
    pub(super) fn order(&self, rng: &mut impl rand::Rng) -> Vec<usize> {
        let n = self.card.columns().len();
        let mut order: Vec<usize> = (0..n).collect();
        match self.state.style.order {
            Order::Table => {}
            Order::OutcomeFirst => {
                if let Some(target) = self.state.target {
                    order[..=target].rotate_right(1);
                }
            }
            Order::Random => order.shuffle(rng),
            Order::Dependency => order.clone_from(&self.state.dependency),
        }
        order
    }

    /// Real rows for this request, always drawn from the whole pool.
    pub(super) fn shown(&self, rng: &mut impl rand::Rng) -> Vec<Record> {
        let pool = &self.state.pool;
        if pool.is_empty() {
            return Vec::new();
        }
        let draw = |mut rows: Vec<usize>, n: usize, rng: &mut _| -> Vec<Record> {
            rows.shuffle(rng);
            rows.truncate(n);
            rows.into_iter().map(|row| pool[row].clone()).collect()
        };
        match (self.state.style.examples, self.state.target) {
            (Examples::Nothing, _) => Vec::new(),
            (Examples::Drawn(n), _) | (Examples::Balanced { per_level: n, .. }, None) => {
                draw((0..pool.len()).collect(), n, rng)
            }
            (Examples::Balanced { per_level, sets }, Some(target)) => {
                let mut levels: Vec<_> =
                    pool.iter().map(|record| format!("{:?}", record.0[target])).collect();
                levels.sort();
                levels.dedup();
                let of = |level: &String| {
                    (0..pool.len()).filter(|&row| format!("{:?}", pool[row].0[target]) == *level).collect()
                };
                levels.iter().flat_map(|level| draw(of(level), per_level * sets, rng)).collect()
            }
        }
    }

    /// Examples as text: for groups, set after set.
    pub(super) fn example_text(&self, contract: &RowContract, order: &[usize], shown: &[Record]) -> String {
        let texts: Vec<Vec<Option<String>>> =
            shown.iter().map(|record| record.texts(&self.card, order)).collect();
        let codec = codec(contract.form);
        let (Examples::Balanced { per_level, sets }, Some(target)) =
            (self.state.style.examples, self.state.target)
        else {
            return codec.encode(contract, &texts);
        };
        let all = RowContract { groups: self.card.columns()[target].shown.clone(), ..contract.clone() };
        let mut text = String::new();
        for set in 0..sets {
            let rows: Vec<Vec<Option<String>>> = all
                .groups
                .iter()
                .flat_map(|group| {
                    let of_group = texts.iter().filter(|row| row[0].as_ref() == Some(group));
                    of_group.skip(set * per_level).take(per_level).cloned().collect::<Vec<_>>()
                })
                .collect();
            if !rows.is_empty() {
                text.push_str(&codec.encode(&all, &rows));
            }
        }
        text
    }

    fn build(&self, number: u64, need: &Need, seed: Seeded) -> Question {
        let style = &self.state.style;
        let mut rng = seed.split("question").rng();
        let mut order = self.order(&mut rng);
        // What is settled comes first, so that the rest can follow from it.
        if style.form == RowForm::Sentence {
            let is_drawn_by_model =
                |at: &usize| style.condition.iter().all(|name| name != self.card.columns()[*at].name());
            order.sort_by_key(is_drawn_by_model);
        }
        let candidates = style.candidates.max(1);
        let records = style.records_per_reply().min(need.rows.max(1));
        let mut contract = self.card.contract(style.form, &order, records * candidates);
        if candidates > 1 {
            contract.columns.push(probability(&contract));
        }
        let mut told = self.card.class();
        let in_groups = matches!(style.examples, Examples::Balanced { .. }) && self.state.target.is_some();
        if let (true, Some(target)) = (in_groups, self.state.target) {
            // Only levels of which rows are still wanted, because balanced prompts would waste most of a rare outcome's
            // replies; but which level is had first tells how common it is, a statistic.
            let may_tell = self.state.disclosure.allows(PrivacyClass::Aggregate);
            let wanted = |at: &usize| !may_tell || need.by_level.is_empty() || need.by_level[*at] > 0;
            let shown = &self.card.columns()[target].shown;
            contract.groups = (0..shown.len()).filter(wanted).map(|at| shown[at].clone()).collect();
            // Groups are equally long.
            let groups = contract.groups.len().max(1);
            contract.rows = contract.rows.div_ceil(groups) * groups;
            if contract.groups.len() < shown.len() {
                told = PrivacyClass::Aggregate.max(told);
            }
        }
        let mut given_class = PrivacyClass::Metadata;
        if !style.condition.is_empty() {
            // A base model only sees where its own row begins.
            let records = if style.mode == Mode::Completion { 1 } else { contract.rows / candidates };
            let group = self.state.target.filter(|_| in_groups);
            for _ in 0..records {
                let (given, class) = settled(&self.state, &self.card, &order, group, &mut rng);
                contract.given.extend(std::iter::repeat_n(given, candidates));
                given_class = given_class.max(class);
            }
        }
        let shown = self.shown(&mut rng);
        let mut sections = self.head(&order);
        let fixed = sections.iter().take_while(|section| section.speaker() == Speaker::System).count();
        // A text to go on with must end in its examples.
        let in_words = style.mode == Mode::Chat && style.form != RowForm::Csv;
        if style.sections == Sections::Shuffled && !in_words {
            sections[fixed..].shuffle(&mut rng);
        }
        if !shown.is_empty() {
            let bare = style.mode == Mode::Completion || style.form == RowForm::Csv;
            let text = self.example_text(&contract, &order, &shown);
            sections.push(prompt::examples(shown.len(), text.trim_end(), bare));
        }
        // A base model is shown the shape; anything else is told it as well.
        if style.mode == Mode::Chat || shown.is_empty() {
            if style.diversity {
                sections.push(prompt::push(number));
            }
            if style.writers == Writers::Many {
                sections.push(prompt::persona(&mut rng));
            }
            if style.sections == Sections::Shuffled && in_words {
                sections[fixed..].shuffle(&mut rng);
            }
            sections.extend(prompt::conditioning(&contract, candidates, given_class));
            sections.push(prompt::output_contract(&contract, candidates, told));
        }
        let mut prefix = String::new();
        match (style.form, style.mode) {
            (RowForm::Csv, _) if !shown.is_empty() => {
                sections.push(prompt::trigger(header(&contract).trim_end(), PrivacyClass::Metadata));
            }
            (RowForm::Sentence, Mode::Completion) => {
                let given = contract.given.first().map_or(&[][..], Vec::as_slice);
                if !given.is_empty() {
                    let cells = given.iter().map(|(at, text)| (*at, Some(text.as_str())));
                    prefix = format!("{}, ", sentence(&contract, cells));
                    sections.push(prompt::trigger(prefix.trim_end(), given_class));
                }
            }
            _ => sections.push(prompt::trigger(prompt::DO_NOT_REPEAT, PrivacyClass::Public)),
        }
        let max_tokens = tokens_of_rows(&contract);
        Question {
            prompt: Prompt::new(sections),
            contract,
            order,
            candidates,
            mode: style.mode,
            temperature: style.temperature_of(number),
            top_p: style.top_p,
            max_tokens,
            prefix,
        }
    }

    /// The sections before any row: the same in every request, so that servers can cache them.
    pub(super) fn head(&self, order: &[usize]) -> Vec<Section> {
        let mut sections = vec![prompt::role()];
        if self.state.style.form == RowForm::Json {
            sections.push(prompt::objective());
        }
        sections.extend(self.state.about.as_deref().map(prompt::domain_context));
        let fixed: Vec<usize> = match self.state.style.order {
            Order::Random => (0..order.len()).collect(),
            _ => order.to_vec(),
        };
        sections.push(prompt::schema(&self.card, &fixed, self.state.target));
        sections.extend(prompt::rules(&self.state.rules));
        let tells = self.state.style.statistics && self.state.pool.is_empty();
        if tells && self.state.disclosure.allows(PrivacyClass::Aggregate) && self.knows_statistics() {
            sections.push(prompt::statistics(&self.card, &fixed));
        }
        sections
    }

    fn knows_statistics(&self) -> bool {
        self.state.columns.iter().any(|column| match &column.values {
            Allowed::Levels { shares, .. } => !shares.is_empty(),
            Allowed::Number { range, .. } => range.is_some_and(|range| range.quantiles.is_some()),
            Allowed::Anything => false,
        })
    }
}

/// The column in which a model says how likely a candidate is; called like no other.
fn probability(contract: &RowContract) -> ColumnContract {
    let mut name = "probability".to_owned();
    while contract.columns.iter().any(|column| column.name == name) {
        name.insert(0, '_');
    }
    let values = Values::Number { low: Some(0.0), high: Some(1.0), decimals: 2 };
    ColumnContract { name, values, nullable: false }
}

/// Tokens that the rows of a contract take at most, with room for words around them: three characters a token.
pub(super) fn tokens_of_rows(contract: &RowContract) -> u32 {
    let per_row: usize = contract
        .columns
        .iter()
        .map(|column| {
            let value = match &column.values {
                Values::Number { decimals, .. } => 10 + usize::from(*decimals),
                Values::Levels(levels) => levels.iter().map(String::len).max().unwrap_or(4) + 2,
                Values::Date { .. } => 12,
                Values::Datetime { .. } => 21,
                Values::Text => 40,
            };
            let name = if contract.form == RowForm::Csv { 0 } else { column.name.len() + 5 };
            value + name + 1
        })
        .sum();
    let rows = contract.rows.max(1) as u32;
    rows * (per_row as u32).div_ceil(2) + 64
}

impl Asker for RowPrompted {
    fn card(&self) -> &Card {
        &self.card
    }

    fn shares(&self) -> Option<(usize, Vec<f64>)> {
        self.state.target.filter(|_| !self.state.shares.is_empty()).map(|at| (at, self.state.shares.clone()))
    }

    fn rows_per_reply(&self) -> usize {
        self.state.style.records_per_reply()
    }

    fn is_rich(&self) -> bool {
        self.state.rich
    }

    fn rules(&self) -> &Rules {
        &self.state.rules
    }

    fn pool(&self) -> &[Record] {
        &self.state.pool
    }

    fn is_varied(&self) -> bool {
        self.state.varied
    }

    fn question(&self, number: u64, need: &Need, seed: Seeded) -> Question {
        self.build(number, need, seed)
    }
}

impl DynPrompted for RowPrompted {
    fn guarantee(&self) -> Guarantee {
        let measures = match (self.state.disclosure, self.state.pool.len()) {
            (Disclosure::Rows, n) if n > 0 => {
                // In tables of few possible rows the same row is no copy.
                let taken = if self.state.rich { ", none of them is taken as an answer" } else { "" };
                format!("up to {n} real rows were shown to the model{taken}, rare levels and extremes masked")
            }
            (Disclosure::Metadata, _) => "the model was told no statistic and no cell of the data".to_owned(),
            _ => "the model was told protected statistics and no cell of the data".to_owned(),
        };
        Guarantee::None { measures }
    }

    fn disclosure(&self) -> Disclosure {
        self.state.disclosure
    }

    fn columns(&self) -> Vec<Allowance> {
        self.state.columns.clone()
    }

    fn gather(
        &self,
        n: usize,
        desk: &mut Desk<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Gathered, Stopped> {
        let limits = Limits { requests: self.state.style.max_requests, ..Limits::default() };
        gather(self, n, limits, desk, seed, ctx)
    }

    fn shown(&self) -> Option<Table> {
        (!self.state.pool.is_empty()).then(|| self.table(&self.state.pool))
    }

    fn table(&self, rows: &[Record]) -> Table {
        Record::to_table(rows, &self.card)
    }

    fn filler(&self) -> Option<&dyn Filler> {
        // Only sentences put known cells before the others, in any order.
        (self.state.style.form == RowForm::Sentence).then_some(self)
    }

    fn tokens_per_request(&self) -> (u64, u64) {
        let need = Need { rows: self.state.style.rows, by_level: Vec::new() };
        let question = self.build(0, &need, Seeded::new(0));
        let read = question.prompt.chars().div_ceil(4);
        (read as u64, u64::from(question.max_tokens))
    }

    fn rows_per_reply(&self) -> usize {
        self.state.style.records_per_reply()
    }

    fn save(&self) -> Value {
        serde_json::to_value(&self.state).expect("finite numbers and text are always JSON")
    }

    fn stored(&self) -> Vec<StoredFact> {
        let mut facts = Vec::new();
        let learned = self.state.columns.iter().filter(|column| column.known == Known::Learned).count();
        if learned > 0 {
            let what = "columns with levels, ranges and shares".to_owned();
            facts.push(StoredFact { what, items: learned, least_support: 5 });
        }
        if !self.state.pool.is_empty() {
            let what = "real rows that prompts may show".to_owned();
            facts.push(StoredFact { what, items: self.state.pool.len(), least_support: 1 });
        }
        facts
    }
}
