//! How much energy did a remote model take, within which limits?

use super::Price;
use serde::{Deserialize, Serialize};
use verosim_core::Usage;

/// Energy of exchanges in watt-hours: always an interval, because the size of remote models is a guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// Least.
    pub low_wh: f64,
    /// Greatest.
    pub high_wh: f64,
}

impl Energy {
    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { low_wh: self.low_wh + other.low_wh, high_wh: self.high_wh + other.high_wh }
    }
}

/// Requests that a server works on at once; the published fit takes 64.
const BATCH: f64 = 64.0;
/// Power of a server without its eight accelerators, in kW; and its accelerators.
const SERVER_KW: f64 = 1.2;
const SERVER_GPUS: f64 = 8.0;
/// Memory of an accelerator in GB, and bits of a parameter.
const GPU_GB: f64 = 80.0;
const BITS: f64 = 16.0;
/// Power usage effectiveness of data centres: least and greatest of the usual ones.
const PUE: (f64, f64) = (1.1, 1.5);
/// Energy of reading a token beside writing one. Ours: reading is done for all tokens of a prompt at once, at 5 to 15
/// times the throughput of writing (prefill beside decode on the same accelerators).
const PREFILL: (f64, f64) = (1.0 / 15.0, 1.0 / 5.0);

/// Energy of an exchange with a model elsewhere, from its tokens and seconds; `None` when the price list guesses no size.
///
/// Watt-hours per token written: `1.1665e-6 · exp(-0.011206 · b) · B + 4.0529e-5` per accelerator with `B` billions of
/// active parameters and `b` = 64 requests in a batch; the rest of the server for the seconds that the tokens take, at
/// most those measured. The published formula leaves reading out; its term is ours, stands alone, and is proportional to
/// the tokens read. The power usage effectiveness is multiplied in once.
///
/// # Source
/// EcoLogits (Rincé and Banse 2025, JOSS 10(111), 7471), `impacts/llm.py`.
#[must_use]
pub fn remote_energy(price: &Price, usage: &Usage, seconds: f64) -> Option<Energy> {
    let (low, high) = price.active_billions?;
    let (total_low, total_high) = price.total_billions.unwrap_or((low, high));
    let of = |active: f64, total: f64, prefill: f64, pue: f64| {
        let per_token = wh_per_token(active);
        let gpus = gpus(total);
        let latency = (usage.output as f64 * seconds_per_token(active)).min(seconds.max(0.0));
        let server = latency / 3600.0 * SERVER_KW * 1000.0 * gpus / SERVER_GPUS / BATCH;
        let fresh = usage.input.saturating_sub(usage.cached) as f64;
        let tokens = usage.output as f64 + fresh * prefill;
        pue * (server + gpus * per_token * tokens)
    };
    Some(Energy {
        low_wh: of(low, total_low, PREFILL.0, PUE.0),
        high_wh: of(high, total_high, PREFILL.1, PUE.1),
    })
}

fn wh_per_token(active_billions: f64) -> f64 {
    1.1665e-6 * (-0.011_206 * BATCH).exp() * active_billions + 4.0529e-5
}

fn seconds_per_token(active_billions: f64) -> f64 {
    6.785e-4 * active_billions + 3.119e-4 * BATCH + 1.9474e-2
}

fn gpus(total_billions: f64) -> f64 {
    let needed = (1.2 * total_billions * BITS / 8.0 / GPU_GB).ceil().max(1.0);
    2_f64.powf(needed.log2().ceil())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(active: (f64, f64)) -> Price {
        Price {
            name: "m".into(),
            input: 1.0,
            cached: None,
            output: 1.0,
            active_billions: Some(active),
            total_billions: None,
            grams_per_kwh: None,
        }
    }

    /// Regression: a published implementation multiplied the power usage effectiveness in twice and left input out.
    #[test]
    fn each_term_enters_once() {
        let usage = |input, output| Usage { input, output, ..Usage::default() };
        let energy = |usage: &Usage| remote_energy(&price((8.0, 8.0)), usage, 1e9).unwrap();
        // By hand for 8 billions: 1.1665e-6 · e^(-0.717184) · 8 + 4.0529e-5 = 4.50845e-5 Wh a token on one accelerator;
        // 0.0448636 s a token · 1200 W / 3600 / 8 / 64 = 2.92080e-5 Wh of server.
        let written = energy(&usage(0, 1000));
        assert!((written.low_wh - 1.1 * 1000.0 * (4.508_45e-5 + 2.920_8e-5)).abs() < 1e-5, "{written:?}");
        assert!((written.high_wh / written.low_wh - 1.5 / 1.1).abs() < 1e-9, "PUE once");
        let read = energy(&usage(1000, 0));
        assert!((read.high_wh - 1.5 * 1000.0 * 4.508_45e-5 / 5.0).abs() < 1e-6, "{read:?}");
        let both = energy(&usage(1000, 1000));
        assert!((both.high_wh - written.high_wh - read.high_wh).abs() < 1e-12, "the terms add up");
        assert_eq!(gpus(8.0), 1.0);
        assert_eq!(gpus(405.0), 16.0, "1.2 · 405 · 2 / 80 = 12.2, next power of two");
    }
}
