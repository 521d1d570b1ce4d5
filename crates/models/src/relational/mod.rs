//! `relational`: tables of patients, each row drawn given the row that it hangs on.

mod config;
mod context;
mod draw;
mod drawn;
mod family;
mod find;
mod fit;
mod gather;
mod keys;
mod life;
mod model;
mod node;
mod role;
mod same;
mod save;
mod shape;
mod sheet;
mod spell;
mod store;
#[cfg(test)]
mod tests;
mod write;

pub use config::Relational;
pub use model::FittedRelational;

use serde_json::{Map, Value};
use verosim_core::{ConfigError, Context, EnginePage, Guarantee, SampleError, Seeded, Setting, StoredFact};
use verosim_timeline::{Draft, Events, FittedTimelines, Saved, TimelineEngine, TimelineKind};

/// The registry item.
pub static RELATIONAL: RelationalEngine = RelationalEngine;

pub(crate) static PAGE: EnginePage = EnginePage {
    id: "relational",
    summary: "Folders of tables: rows of rows of rows, by trees, with every key intact. Whole rows, not only events.",
    method: "\
A folder of tables is read as events that remember which table they were rows of. Keys are found, not declared: a column whose
cells are there and differ in all rows, and columns of other tables whose cells name such rows of the same person. So visits
hang on persons, bills on visits, and lines on bills, to any depth; rows that name no row of the other table hang on the person.

A person's row is drawn by the trees of the engine `trees`, and with it how many rows of each table hang on it (none is a
number like others), by which code they stand out, and their mean: so that what hangs on one row is alike. Then table by table, each behind the one that it hangs on: the rows of a parent in their order, each
given all columns of the rows above it, the last such row of the person, the last row beside it of other tables, its place,
how many follow, age, season and the time left until death. Times are drawn as gaps, within the life and, where nearly all
rows are, within the row above. The idea of drawing children given counts and summaries of their parents is
`patki2016`; there a few parameters of each family are drawn, here every row is.

New keys look like the old ones and are made from no patient; what named a key names the new one. Columns that repeat another (a
provider on a bill, the words of a code) are copied or looked up and not learned. Texts that nearly every person has alone
(names, numbers of insurance) are made up where they have digits and left empty where they do not; single levels of fewer than
`min_people` people are learned as a kin that more people have, or left empty.

Of large folders as many whole people are learned from as have about `events` events, and of large tables as many as have
about `rows` rows of it.",
    limits: "\
What happened inside earlier visits tells on later ones only through the rows of the visits and the last row of the same
table: chains of single diagnoses over years are `visits`' and `markov`'s strength, and what comes to one person again and again is
kept in part. With few people (under some hundred) trees are
flat, rare codes are gone, and providers that few people share are empty. Columns of two tables that are equal only sometimes are
learned as levels and may disagree. A second reference of a row names the last fitting row, not one that was chosen. Rows of
tables with fewer rows than a leaf are left out. References to tables that are not about patients name those that enough people
have. No formal privacy guarantee.",
    guarantee: "No formal guarantee. Leaves of at least `leaf_rows` rows and five people, no rows in the model, no code, level or \
                exact value of fewer than `min_people` people, no text of a person.",
    sources: &["patki2016", "reiter2005", "breiman1984"],
    settings: &[
        Setting {
            name: "min_people",
            default: "5",
            range: "2 to 100",
            purpose: "Least people behind a code, a level or an exact value that may be drawn.",
        },
        Setting {
            name: "leaf_rows",
            default: "20",
            range: "11 to 100000",
            purpose: "Least rows in a leaf, and in a table that is learned at all.",
        },
        Setting {
            name: "trees",
            default: "5",
            range: "1 to 50",
            purpose: "Trees per column. Five smooth single trees.",
        },
        Setting {
            name: "events",
            default: "4000000",
            range: "1000 to 100000000",
            purpose: "Events to learn from, of whole people by chance: about 200 bytes of memory each.",
        },
        Setting {
            name: "rows",
            default: "200000",
            range: "1000 to 10000000",
            purpose: "Rows of one table that its trees see, of whole people by chance: about 1 kB of memory each.",
        },
        Setting {
            name: "max_tries",
            default: "2000",
            range: "1 to 10000000",
            purpose: "People drawn at most for one who must have certain codes.",
        },
    ],
    control_only: false,
};

/// The `relational` engine.
#[derive(Debug)]
pub struct RelationalEngine;

impl TimelineKind for RelationalEngine {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn TimelineEngine>, ConfigError> {
        Ok(Box::new(Relational::new(settings)?))
    }

    fn load(&self, saved: Saved) -> Result<Box<dyn FittedTimelines>, String> {
        Ok(Box::new(save::load(saved)?))
    }
}

impl FittedTimelines for FittedRelational {
    fn guarantee(&self) -> Guarantee {
        let (k, rows) = (self.settings.min_people, self.settings.leaf_rows);
        let measures = format!(
            "trees keep counts and quantiles of at least {rows} rows, and no code or level of fewer than {k} people is drawn"
        );
        Guarantee::None { measures }
    }

    fn codes(&self) -> Vec<String> {
        self.all_codes()
    }

    fn stored(&self) -> Vec<StoredFact> {
        self.facts()
    }

    fn save(&self) -> Saved {
        save::save(self)
    }

    fn draw(&self, draft: &Draft, seed: Seeded, ctx: Context<'_>) -> Result<Events, SampleError> {
        draw::draw(self, draft, seed, ctx)
    }
}
