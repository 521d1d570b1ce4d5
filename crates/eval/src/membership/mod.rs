//! What do all membership attacks share: who is attacked, what the attacker holds, and how near they are?
//!
//! Nothing here depends on who is called a member but the drawing of people: coordinates, thresholds and scales are made
//! of training and holdout people together, so that permuted labels are a fair comparison.

mod between;
mod distances;
mod keys;
mod learned;
mod people;
mod space;
mod spelling;
mod suite;

pub(crate) use between::{Between, Real};
pub(crate) use distances::Distance;
pub(crate) use space::{Scale, Space};
pub(crate) use suite::{Attacker, Membership, Scored};
