//! How do ledger and tally become the account that card and manifest show?

use verosim_eval::card::{Exchange, ExchangeGroup, Prior, PriorColumn};
use verosim_llm::accept::{GroupYield, Tally};
use verosim_llm::ledger::Spent;
use verosim_llm::preset::PriorAccount;

/// Groups by column and level.
fn sorted(tally: &Tally) -> Vec<&GroupYield> {
    let mut groups: Vec<&GroupYield> = tally.groups.iter().collect();
    groups.sort_by(|a, b| (&a.column, &a.value).cmp(&(&b.column, &b.value)));
    groups
}

/// The account of all exchanges with a model.
#[must_use]
pub fn exchange(spent: &Spent, tally: &Tally, prior: Option<&PriorAccount>) -> Exchange {
    let mut refused: Vec<(String, u64)> =
        tally.rejected.iter().map(|(reason, n)| (reason.words().to_owned(), *n)).collect();
    refused.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let mut columns: Vec<(String, u64)> =
        tally.columns.iter().map(|(column, reasons)| (column.clone(), reasons.values().sum())).collect();
    columns.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let mut rules: Vec<(String, u64)> = tally.rules.iter().map(|(id, n)| (id.clone(), *n)).collect();
    rules.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let counted: Vec<String> = spent.counted_by.keys().cloned().collect();
    Exchange {
        model: spent.model.clone(),
        host: spent.host.clone(),
        class: spent.class.map(|class| class.name().to_owned()).unwrap_or_default(),
        real_rows_shown: spent.real_rows_shown,
        requests: spent.requests,
        failed: spent.failed,
        input_tokens: spent.input_tokens,
        cached_tokens: spent.cached_tokens,
        output_tokens: spent.output_tokens,
        reasoning_tokens: spent.reasoning_tokens,
        counted_by: counted.join(", "),
        seconds: spent.seconds,
        cost: spent.cost,
        price_of: spent.price_of.clone(),
        energy_wh: spent.energy.map(|energy| [energy.low_wh, energy.high_wh]),
        masked: (spent.masked_replies > 0).then(|| spent.masked / spent.masked_replies as f64),
        prior: prior.map(believed),
        produced: tally.produced,
        accepted: tally.accepted,
        repaired: tally.repaired,
        refused,
        refused_by_column: columns,
        refused_by_rule: rules,
        groups: sorted(tally)
            .into_iter()
            .map(|group| ExchangeGroup {
                column: group.column.clone(),
                value: group.value.clone(),
                produced: group.produced,
                accepted: group.accepted,
            })
            .collect(),
    }
}

fn believed(prior: &PriorAccount) -> Prior {
    Prior {
        rows: prior.rows,
        trust: prior.trust,
        relations: prior.relations,
        rules: prior.rules.clone(),
        columns: prior
            .columns
            .iter()
            .map(|column| PriorColumn {
                column: column.column.clone(),
                said: column.said,
                weight: column.weight,
                agreement: column.agreement,
            })
            .collect(),
    }
}
