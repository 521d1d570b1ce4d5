//! By which tests does a model show that it knows a published table?

/// A test (after the checks of Bordt, Nori and Caruana); wording is ours.
///
/// # Source
/// `bordt2024elephants`, `bordt2024testing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// Going on from the beginning of the file.
    Header,
    /// The line after ten consecutive ones.
    Row,
    /// The cell of the column with the most distinct values, given all others.
    Feature,
    /// The first cell of the line after ten consecutive ones.
    FirstToken,
    /// The second half of the names of columns.
    Names,
}

impl Test {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Header, Self::Row, Self::Feature, Self::FirstToken, Self::Names];

    /// The word of reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Row => "row completion",
            Self::Feature => "feature completion",
            Self::FirstToken => "first token",
            Self::Names => "column names",
        }
    }

    /// What counts as knowing, and what it is held against, in words.
    #[must_use]
    pub fn counts(self) -> &'static str {
        match self {
            Self::Header => {
                "the continuation is nearer (edit distance) to the file's own than to 25 others from the same file; by \
                 guessing, one in 26"
            }
            Self::Row => {
                "the next line is right to the letter; by guessing, the commonest line or the line before"
            }
            Self::Feature => {
                "the missing cell is right; by guessing, the commonest value or that of another column"
            }
            Self::FirstToken => {
                "the first cell is right; by guessing, the commonest, the one before, or one step on from it"
            }
            Self::Names => {
                "a name is right; by guessing, numbers after numbered names. Knowing names is no memory of rows: this \
                 test does not decide"
            }
        }
    }

    /// Whether it enters the verdict.
    #[must_use]
    pub fn decides(self) -> bool {
        self != Self::Names
    }
}
