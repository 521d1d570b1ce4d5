//! What part does each field of a row play, and which are learned?

use super::shape::Shape;
use super::sheet::Field;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use verosim_timeline::event::instant::Style;

/// How the text of a field comes about. `there` names the learned column that says whether there is one at all; always where
/// it is not said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Role {
    /// As drawn: the column of that name.
    Plain(String),
    /// Drawn as a distance from the time of the row: the column of that name.
    Instant { column: String, style: Style },
    /// The time of the row itself; of persons that of birth.
    Begin(Style),
    /// The end of the row itself; of persons that of death.
    End(Style),
    /// The death of the person.
    Death { style: Style, there: Option<String> },
    /// The year of birth and as many years as another field says.
    BirthYearPlus(Field),
    /// What another field of the row says, or of the row that it hangs on, so many levels up.
    Same { up: usize, field: Field, there: Option<String> },
    /// What mostly stands beside what another field says.
    Look { from: Field, words: BTreeMap<String, String> },
    /// A name of the row that no other has.
    Fresh { shape: Shape, there: Option<String> },
    /// A name of the person, the same in all its rows.
    Once { shape: Shape },
    /// The name of a row that is no parent: of the same node so many rows before, or of others the last one till then.
    Pick { nodes: Vec<usize>, field: Field, lag: usize, there: Option<String> },
    /// Nothing: too few people had the same.
    Blank,
}
