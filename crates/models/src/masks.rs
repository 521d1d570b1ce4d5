//! Which tokens are impossible, given what was drawn before?

use verosim_data::{Domain, EncodedColumn};

/// The impossible pairs of a domain, arranged for drawing columns in an order.
#[derive(Debug)]
pub(crate) struct Masks {
    /// Per column of the domain: the earlier columns that forbid something in it.
    of: Vec<Vec<Ban>>,
}

/// What one earlier column forbids in a later one.
#[derive(Debug)]
struct Ban {
    earlier: usize,
    /// Per token of the earlier column: bits of the forbidden tokens; empty when nothing is.
    forbidden: Vec<Vec<u64>>,
}

impl Masks {
    /// `place[column]` is the position of a column in the drawing order.
    pub(crate) fn new(domain: &Domain, place: &[usize]) -> Self {
        let mut masks = Self { of: domain.columns.iter().map(|_| Vec::new()).collect() };
        for pair in &domain.exclusions {
            let is_in_order = place[pair.a.0 as usize] < place[pair.b.0 as usize];
            let (a, b) = if is_in_order { (pair.a, pair.b) } else { (pair.b, pair.a) };
            masks.add(domain, a, b);
        }
        masks
    }

    /// For drawing a column when all others are there: each forbids in each.
    pub(crate) fn mutual(domain: &Domain) -> Self {
        let mut masks = Self { of: domain.columns.iter().map(|_| Vec::new()).collect() };
        for pair in &domain.exclusions {
            masks.add(domain, pair.a, pair.b);
            masks.add(domain, pair.b, pair.a);
        }
        masks
    }

    /// The token `a`, which is there, forbids the token `b`.
    fn add(&mut self, domain: &Domain, a: (u32, u32), b: (u32, u32)) {
        let (earlier, later) = (a.0 as usize, b.0 as usize);
        let bans = &mut self.of[later];
        let at = bans.iter().position(|ban| ban.earlier == earlier).unwrap_or_else(|| {
            bans.push(Ban { earlier, forbidden: vec![Vec::new(); domain.columns[earlier].tokens.len()] });
            bans.len() - 1
        });
        let bits = &mut bans[at].forbidden[a.1 as usize];
        bits.resize(domain.columns[later].tokens.len().div_ceil(64), 0);
        bits[b.1 as usize / 64] |= 1 << (b.1 % 64);
    }

    /// Whether anything can be forbidden in `column`.
    pub(crate) fn applies(&self, column: usize) -> bool {
        !self.of[column].is_empty()
    }

    /// Whether the tokens of `column` can forbid anything in another.
    pub(crate) fn concerns(&self, column: usize) -> bool {
        self.of.iter().flatten().any(|ban| ban.earlier == column)
    }

    /// Collects the bits that forbid tokens of `column` in row `row` into `active`.
    pub(crate) fn active<'a>(
        &'a self,
        column: usize,
        drawn: &[EncodedColumn],
        row: usize,
        active: &mut Vec<&'a [u64]>,
    ) {
        self.active_beside(column, drawn, row, |_| true, active);
    }

    /// [`active`](Self::active), of those columns alone that are there.
    pub(crate) fn active_beside<'a>(
        &'a self,
        column: usize,
        drawn: &[EncodedColumn],
        row: usize,
        is_there: impl Fn(usize) -> bool,
        active: &mut Vec<&'a [u64]>,
    ) {
        active.clear();
        for ban in self.of[column].iter().filter(|ban| is_there(ban.earlier)) {
            let bits = &ban.forbidden[drawn[ban.earlier].tokens[row] as usize];
            if !bits.is_empty() {
                active.push(bits);
            }
        }
    }
}

/// Whether one of `active` forbids `token`.
pub(crate) fn is_forbidden(active: &[&[u64]], token: u32) -> bool {
    active.iter().any(|bits| bits[token as usize / 64] >> (token % 64) & 1 == 1)
}
