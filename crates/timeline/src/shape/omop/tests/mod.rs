//! Do rows come back cell by cell, do other events find a table, and is bad input told?

mod bad;
mod fixture;
mod foreign;
mod round;
mod speech;
