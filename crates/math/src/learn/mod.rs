//! Which small supervised learners do judges share?
