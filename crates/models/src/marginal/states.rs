//! Which codes of a column are told apart beside other columns, when each is counted with noise?

use serde::{Deserialize, Serialize};
use verosim_data::{ColumnDomain, Token};
use verosim_math::stats::{isotonic, onto_simplex};

/// The codes of a column as states, and how common a code is within its state. All of it follows from noisy counts and
/// declarations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct States {
    /// The state of each code; the last code stands for what nobody declared.
    of: Vec<u16>,
    /// How common each code is within its state.
    chances: Vec<f32>,
}

/// A state holds at least this many standard deviations of the noise.
const CLEAR: f64 = 3.0;
/// Below so many, a kind of missing is taken for noise: where there is none, one column in forty would have some.
const FAINT: f64 = 2.0;

impl States {
    /// States from the noisy `counts` of all codes, each with noise of `variance`, of `people`; about `most` of them.
    ///
    /// Neighbouring cells of numbers and neighbouring levels with an order are joined until a state stands clear of the noise;
    /// levels without an order that do not are one state; kinds of missing that do not join the largest state. Within a state,
    /// numbers fall off outwards at both ends of the column, and elsewhere are as uneven as the counts are beyond
    /// what noise makes them.
    pub(crate) fn learn(
        counts: &[i64],
        variance: f64,
        people: usize,
        domain: &ColumnDomain,
        most: usize,
    ) -> Self {
        let raw: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
        let kept = onto_simplex(&raw, people as f64);
        let elsewhere = kept.len() - 1;
        let first = n_missing(domain);
        let least = (CLEAR * variance.sqrt()).max(people as f64 / most as f64);
        let present: Vec<usize> = (first..elsewhere).collect();
        let mut groups = if present.is_empty() {
            Vec::new()
        } else if domain.ordered {
            runs(&present, &kept, least)
        } else {
            levels(&present, &kept, CLEAR * variance.sqrt(), most)
        };
        let n_present = groups.len();
        // A kind of missing that may be nothing but noise is not drawn.
        let seen = |code: usize| raw[code] >= FAINT * variance.sqrt();
        let clear = |&code: &usize| kept[code] >= CLEAR * variance.sqrt();
        let (own, faint): (Vec<usize>, Vec<usize>) = (0..first).partition(|code| clear(code));
        groups.extend(own.into_iter().map(|code| vec![code]));
        if groups.is_empty() {
            groups.push(Vec::new());
        }
        let mass = |group: &Vec<usize>| group.iter().map(|&code| kept[code]).sum::<f64>();
        let largest = |from: usize, groups: &[Vec<usize>]| {
            (from..groups.len()).max_by(|&a, &b| mass(&groups[a]).total_cmp(&mass(&groups[b]))).unwrap_or(0)
        };
        let at = largest(0, &groups);
        groups[at].extend(faint);
        // What nobody declared counts as missing where that is a state, and is never drawn.
        let at = if groups.len() > n_present { largest(n_present, &groups) } else { largest(0, &groups) };
        groups[at].push(elsewhere);

        let mut of = vec![0; kept.len()];
        let mut chances = vec![0.0; kept.len()];
        for (state, group) in groups.iter().enumerate() {
            let (drawn, missing): (Vec<usize>, Vec<usize>) =
                group.iter().filter(|&&code| code != elsewhere).partition(|&&code| code >= first);
            let numbers = domain.continuous().is_some();
            let is_end = (state == 0, state + 1 == n_present);
            let shape = shape(&drawn, &raw, &kept, variance, numbers, is_end);
            let weights: Vec<(usize, f64)> = drawn
                .iter()
                .copied()
                .zip(shape)
                .chain(missing.iter().map(|&code| (code, if seen(code) { kept[code] } else { 0.0 })))
                .collect();
            let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
            for (code, weight) in &weights {
                chances[*code] = if total > 0.0 { weight / total } else { 1.0 / weights.len() as f64 } as f32;
            }
            group.iter().for_each(|&code| of[code] = state as u16);
        }
        Self { of, chances }
    }

    /// Number of states.
    pub(crate) fn len(&self) -> usize {
        self.of.iter().max().map_or(0, |&most| usize::from(most) + 1)
    }

    /// The state of each code.
    pub(crate) fn of(&self) -> &[u16] {
        &self.of
    }

    /// Codes of a state that can be drawn, with their chances.
    pub(crate) fn codes(&self, state: usize) -> Vec<(usize, f32)> {
        let codes = self.of.iter().zip(&self.chances).enumerate();
        codes
            .filter(|(_, (of, chance))| usize::from(**of) == state && **chance > 0.0)
            .map(|(code, (_, chance))| (code, *chance))
            .collect()
    }

    /// The sum of noisy counts over each state, and how many counts there are in it.
    pub(crate) fn sums(&self, counts: &[i64]) -> (Vec<f64>, Vec<usize>) {
        let (mut sums, mut parts) = (vec![0.0; self.len()], vec![0; self.len()]);
        for (&state, &count) in self.of.iter().zip(counts) {
            sums[usize::from(state)] += count as f64;
            parts[usize::from(state)] += 1;
        }
        (sums, parts)
    }

    /// Whether there is a state for each code of `domain`, and in each state something to draw; what nobody declared is
    /// never drawn.
    pub(crate) fn is_sound(&self, domain: &ColumnDomain) -> bool {
        let n = domain.n_codes() + 1;
        let states = self.len();
        self.of.len() == n
            && self.chances.len() == n
            && states <= n
            && self.chances.iter().all(|chance| (0.0..=1.0).contains(chance))
            && self.chances[n - 1] == 0.0
            && (0..states).all(|state| !self.codes(state).is_empty())
    }
}

/// Number of kinds of missing; their tokens come first.
pub(crate) fn n_missing(domain: &ColumnDomain) -> usize {
    domain.tokens.iter().take_while(|token| matches!(token, Token::Missing(_))).count()
}

/// Neighbours joined until each group holds `least`; a code that holds it alone is not joined to much less.
fn runs(codes: &[usize], kept: &[f64], least: f64) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let (mut group, mut sum) = (Vec::new(), 0.0);
    for &code in codes {
        if kept[code] >= least && sum >= 0.5 * least {
            groups.push(std::mem::take(&mut group));
            sum = 0.0;
        }
        group.push(code);
        sum += kept[code];
        if sum >= least {
            groups.push(std::mem::take(&mut group));
            sum = 0.0;
        }
    }
    match groups.last_mut() {
        Some(last) if sum < 0.5 * least => last.extend(group),
        _ if group.is_empty() => {}
        _ => groups.push(group),
    }
    groups
}

/// Levels that hold `least` on their own, commonest first, at most `most`; all others together.
fn levels(codes: &[usize], kept: &[f64], least: f64, most: usize) -> Vec<Vec<usize>> {
    let mut order = codes.to_vec();
    order.sort_by(|&a, &b| kept[b].total_cmp(&kept[a]).then(a.cmp(&b)));
    let clear = order.iter().take(most.max(2) - 1).take_while(|&&code| kept[code] >= least).count();
    let rest = order.split_off(clear);
    let mut groups: Vec<Vec<usize>> = order.into_iter().map(|code| vec![code]).collect();
    let sum: f64 = rest.iter().map(|&code| kept[code]).sum();
    match groups.last_mut() {
        Some(last) if sum < least => last.extend(rest),
        _ if rest.is_empty() => {}
        _ => groups.push(rest),
    }
    groups
}

/// How common the codes of one state are.
fn shape(
    codes: &[usize],
    raw: &[f64],
    kept: &[f64],
    variance: f64,
    numbers: bool,
    (is_lowest, is_highest): (bool, bool),
) -> Vec<f64> {
    let own: Vec<f64> = codes.iter().map(|&code| raw[code]).collect();
    if !numbers || own.len() < 2 {
        return codes.iter().map(|&code| kept[code]).collect();
    }
    let rising = match (is_lowest, is_highest) {
        (true, false) => Some(isotonic(&own)),
        (false, true) => {
            let outwards: Vec<f64> = own.iter().rev().copied().collect();
            Some(isotonic(&outwards).into_iter().rev().collect())
        }
        _ => None,
    };
    if let Some(falls_off) = rising {
        return falls_off.into_iter().map(|count: f64| count.max(0.0)).collect();
    }
    let mean = own.iter().sum::<f64>() / own.len() as f64;
    let spread = own.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (own.len() - 1) as f64;
    let signal = if spread > 0.0 { (1.0 - variance / spread).max(0.0) } else { 0.0 };
    own.iter().map(|count| (mean + signal * (count - mean)).max(0.0)).collect()
}
