//! How is what each unit of utility took told, engine beside engine?

use super::words::{number, reading};
use crate::card::{Contender, Contest};

/// Heads of the table.
pub(super) const HEADS: [&str; 7] = [
    "Engine",
    "Utility",
    "Above real rows",
    "Seconds",
    "Energy",
    "Tokens",
    "Each +0.01 above no skill takes",
];

/// What the table shows, in a sentence.
pub(super) fn caption(contest: &Contest) -> String {
    format!(
        "{} of {} on the holdout by boosted trees learned on the synthetic rows of each engine, all from the same patients; on \
         as many real rows it is {}, without skill {}. Time and energy of learning and drawing.",
        contest.measure,
        contest.target,
        reading(&contest.real),
        number(contest.no_skill)
    )
}

/// One line per engine.
pub(super) fn lines(contest: &Contest) -> Vec<[String; 7]> {
    contest.contenders.iter().map(|contender| line(contest, contender)).collect()
}

fn line(contest: &Contest, contender: &Contender) -> [String; 7] {
    let [low, high] = contender.energy_wh;
    let energy = |low: f64, high: f64| {
        if high - low > 0.005 * high {
            format!("{} to {} Wh", short(low), short(high))
        } else {
            format!("{} Wh", short(high))
        }
    };
    let gain = contender.utility.value - contest.no_skill;
    // A gain within the interval of no skill has no price.
    let is_gain =
        contender.utility.interval.is_none_or(|interval| interval.low > contest.no_skill) && gain > 0.0;
    let each = if is_gain {
        let units = gain / 0.01;
        let mut parts =
            vec![format!("{} s", short(contender.seconds / units)), energy(low / units, high / units)];
        parts.extend(contender.tokens.map(|tokens| format!("{:.0} tokens", tokens as f64 / units)));
        parts.extend(
            contender
                .cost
                .zip(contest.price_of.as_ref())
                .map(|(cost, of)| format!("{:.6} {of}", cost / units)),
        );
        parts.join(", ")
    } else {
        "no gain".into()
    };
    [
        contender.engine.clone(),
        reading(&contender.utility),
        format!("{:+.3}", contender.utility.value - contest.real.value),
        format!("{:.2}", contender.seconds),
        energy(low, high),
        contender.tokens.map_or("none".into(), |tokens| tokens.to_string()),
        each,
    ]
}

/// Three digits, whatever the size.
fn short(value: f64) -> String {
    let digits = if value > 0.0 { (2.0 - value.log10().floor()).clamp(0.0, 9.0) as usize } else { 0 };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Reading;
    use verosim_core::Interval;

    fn read(value: f64) -> Reading {
        let interval = Some(Interval { low: value - 0.05, high: value + 0.05, level: 0.95 });
        Reading { value, interval, n: 100 }
    }

    /// By hand: 0.7 is twenty units of 0.01 above 0.5.
    #[test]
    fn each_unit_of_utility_has_its_price_and_no_gain_has_none() {
        let contender = |engine: &str, value: f64, tokens: Option<u64>| Contender {
            engine: engine.into(),
            utility: read(value),
            seconds: 4.0,
            energy_wh: [0.5, 1.0],
            tokens,
            cost: tokens.map(|_| 0.2),
        };
        let contest = Contest {
            target: "died".into(),
            measure: "AUC".into(),
            no_skill: 0.5,
            real: read(0.75),
            price_of: Some("USD of 2026-11-01".into()),
            contenders: vec![contender("cllm", 0.7, Some(20_000)), contender("independent", 0.52, None)],
        };
        let lines = lines(&contest);
        assert_eq!(lines[0][6], "0.200 s, 0.0250 to 0.0500 Wh, 1000 tokens, 0.010000 USD of 2026-11-01");
        assert_eq!(lines[0][2], "-0.050");
        assert_eq!((lines[1][5].as_str(), lines[1][6].as_str()), ("none", "no gain"));
        assert!(caption(&contest).contains("AUC of died on the holdout"));
    }
}
