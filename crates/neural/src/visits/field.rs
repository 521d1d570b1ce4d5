//! What is the base told of where a life stands, packed into one number?

/// Folds that the base is counted in; the last is that of watched people, and what follows stands for none.
pub(super) const FOLDS: usize = 5;
pub(super) const NO_FOLD: u64 = 7;

/// A part of the base's context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Class,
    /// The last code, step, gap or kind of stay.
    Last,
    /// The one before; for what comes between stays, how many there were of what sort.
    Before,
    /// The kind of stay.
    Kind,
    /// Age and sex.
    Group,
    /// What counts for the part being told: the last number, the number just told, how many events or stays there were,
    /// how long until the data end, how time went on last.
    Bin,
}

impl Field {
    pub(super) const fn mask(self) -> u64 {
        match self {
            Self::Class => 0xfff,
            Self::Last => 0xffff << 12,
            Self::Before => 0xffff << 28,
            Self::Kind => 0x7f << 44,
            Self::Group => 0x3f << 51,
            Self::Bin => 0xf << 57,
        }
    }
}

pub(super) fn fold_of(context: u64) -> usize {
    (context >> 61) as usize
}
