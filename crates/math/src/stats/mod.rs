//! Which distances, tests and intervals are measured on samples?
