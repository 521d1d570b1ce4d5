//! In which kind of stay, at which ages, to which sex, in which months does something happen?

use super::field::Field;
use super::trend::Row;
use std::f64::consts::TAU;
use verosim_timeline::Sex;

/// Years at which bands of age begin.
const BANDS: [u8; 20] = [1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95];
const SEXES: u8 = 3;
/// Groups of age and sex: a band for unknown ages, then one below each of the years and one behind them.
const GROUPS: u8 = (BANDS.len() as u8 + 2) * SEXES;
const MONTHS: u8 = 12;

/// A circumstance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum When {
    /// An age and sex.
    Group(u8),
    /// A twelfth of the year.
    Month(u8),
    /// The kind of the stay at hand or the last one, as the contexts of counts number it.
    Kind(u8),
    /// How many events there were in the stay, and whether it is at its known end.
    Rank(u8),
}

/// Kinds that are told apart.
const KINDS: u8 = 128;
/// Steps of [`Memory::rank`](super::past::Memory::rank), at the end of a stay, before it, and where it is not known.
const RANKS: u8 = 39;

impl When {
    /// The group of an age in years and a sex.
    pub(super) fn group(age: Option<f64>, sex: Sex) -> u8 {
        let band =
            age.map_or(0, |age| 1 + BANDS.iter().filter(|&&from| age >= f64::from(from)).count() as u8);
        let sex = match sex {
            Sex::Other => 0,
            Sex::Female => 1,
            Sex::Male => 2,
        };
        band * SEXES + sex
    }

    /// The month of a time in years.
    pub(super) fn month(years: f64) -> u8 {
        ((years.rem_euclid(1.0) * f64::from(MONTHS)) as u8).min(MONTHS - 1)
    }

    /// The kind of a context of counts.
    pub(super) fn of_context(context: u64) -> Self {
        let mask = Field::Kind.mask();
        Self::Kind(((context & mask) >> mask.trailing_zeros()) as u8)
    }

    /// How far a stay has come.
    pub(super) fn rank(context: u64, rank: u64) -> Self {
        let mask = Field::Bin.mask();
        let state = match (context & mask) >> mask.trailing_zeros() {
            0 => 0,
            1..8 => 1,
            _ => 2,
        };
        Self::Rank(3 * rank as u8 + state)
    }

    pub(super) fn ranks() -> impl Iterator<Item = Self> {
        (0..RANKS).map(Self::Rank)
    }

    pub(super) fn groups() -> impl Iterator<Item = Self> {
        (0..GROUPS).map(Self::Group)
    }

    pub(super) fn kinds() -> impl Iterator<Item = Self> {
        (0..KINDS).map(Self::Kind)
    }

    pub(super) fn months() -> impl Iterator<Item = Self> {
        (0..MONTHS).map(Self::Month)
    }

    /// What a trend is linear in: 1; decades from 50 of the middle of the band, the fifth of their square, 1 for women and -1
    /// for men; or a wave of the year. Kinds have none.
    pub(super) fn row(self) -> Row {
        match self {
            Self::Group(group) => {
                let flag = |sex: u8| f64::from(u8::from(group % SEXES == sex));
                let decades = match usize::from(group / SEXES) {
                    0 => 0.0,
                    band => {
                        let at = |band: usize| f64::from(BANDS[band]);
                        let middle = match band - 1 {
                            0 => at(0) / 2.0,
                            band if band == BANDS.len() => at(band - 1) + 2.5,
                            band => f64::midpoint(at(band - 1), at(band)),
                        };
                        (middle - 50.0) / 10.0
                    }
                };
                [1.0, decades, decades * decades / 5.0, flag(1) - flag(2)]
            }
            Self::Month(month) => {
                let (sine, cosine) = (TAU * (f64::from(month) + 0.5) / f64::from(MONTHS)).sin_cos();
                [1.0, sine, cosine, 0.0]
            }
            Self::Kind(_) | Self::Rank(_) => [1.0, 0.0, 0.0, 0.0],
        }
    }

    /// A number for each, for saving.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Group(group) => group,
            Self::Month(month) => GROUPS + month,
            Self::Kind(kind) => GROUPS + MONTHS + kind,
            Self::Rank(rank) => GROUPS + MONTHS + KINDS + rank,
        }
    }

    /// Which it is by number.
    pub(super) fn of_number(number: u8) -> Option<Self> {
        match number {
            group if group < GROUPS => Some(Self::Group(group)),
            month if month < GROUPS + MONTHS => Some(Self::Month(month - GROUPS)),
            kind if kind < GROUPS + MONTHS + KINDS => Some(Self::Kind(kind - GROUPS - MONTHS)),
            rank if rank < GROUPS + MONTHS + KINDS + RANKS => {
                Some(Self::Rank(rank - GROUPS - MONTHS - KINDS))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_months_have_their_places() {
        let row = |age: f64, sex: Sex| When::Group(When::group(Some(age), sex)).row();
        assert_eq!(row(62.0, Sex::Female), [1.0, 1.25, 0.3125, 1.0]);
        assert_eq!(row(0.4, Sex::Male), [1.0, -4.95, 4.95 * 4.95 / 5.0, -1.0]);
        assert_eq!(row(104.0, Sex::Other), [1.0, 4.75, 4.5125, 0.0]);
        assert_eq!(When::Group(When::group(None, Sex::Other)).row(), [1.0, 0.0, 0.0, 0.0]);
        // The thirtieth of June 1969, and a year's first and last moment.
        assert_eq!([-0.504, 3.0, 3.999].map(When::month), [5, 0, 11]);
        let all: Vec<When> =
            When::groups().chain(When::months()).chain(When::kinds()).chain(When::ranks()).collect();
        assert!(all.iter().all(|&when| When::of_number(when.number()) == Some(when)));
        assert_eq!(When::of_number(GROUPS + MONTHS + KINDS + RANKS), None);
    }
}
