//! How are sequential forests grown on binned predictors, and what do their leaves keep?
