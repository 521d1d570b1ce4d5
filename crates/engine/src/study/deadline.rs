//! How does one fit of many end in time without ending the others?

use verosim_core::{Interrupted, Stop};

/// Stops when the work around it must stop, and at a moment of its own.
pub(super) struct Deadline<'a> {
    pub(super) outer: &'a dyn Stop,
    pub(super) clock: &'a (dyn Fn() -> f64 + Sync),
    /// Seconds of the clock; never when infinite.
    pub(super) until: f64,
}

impl Stop for Deadline<'_> {
    fn check(&self) -> Result<(), Interrupted> {
        self.outer.check()?;
        if (self.clock)() > self.until { Err(Interrupted::Time) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Silent;

    struct Asked;

    impl Stop for Asked {
        fn check(&self) -> Result<(), Interrupted> {
            Err(Interrupted::Asked)
        }
    }

    #[test]
    fn the_moment_and_the_work_around_it_both_stop() {
        let clock = || 10.0;
        let at = |until: f64| Deadline { outer: &Silent, clock: &clock, until }.check();
        assert_eq!((at(9.0), at(11.0), at(f64::INFINITY)), (Err(Interrupted::Time), Ok(()), Ok(())));
        let both = Deadline { outer: &Asked, clock: &clock, until: 9.0 };
        assert_eq!(both.check(), Err(Interrupted::Asked), "the person goes first");
    }
}
