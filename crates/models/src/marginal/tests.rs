//! Tables with a seal around them, for tests.
