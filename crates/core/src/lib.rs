//! Which words do all rooms of verosim share?
//!
//! Types only: no input or output, no threads, no data frames, no algorithms. Everything here is a
//! word that two crates must agree on: kinds and schemas, seeds, scores, guarantees, ports.

pub mod contract;
pub mod guarantee;
pub mod hint;
pub mod kind;
pub mod language;
pub mod metric;
pub mod port;
pub mod prompt;
pub mod schema;
pub mod score;
pub mod seed;
pub mod settings;
pub mod synthesizer;

pub use contract::{ColumnContract, Contract, RowContract, RowForm, Values};
pub use guarantee::Guarantee;
pub use hint::{Hint, did_you_mean};
pub use kind::{CodeSystem, Kind};
pub use language::{
    Choice, Enforced, Finish, LanguageModel, Mode, ModelError, Place, Reply, Request, Usage, UsageSource,
};
pub use metric::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range};
pub use port::{Context, Interrupted, Progress, Silent, Stop};
pub use prompt::{Cleared, Disclosure, NotDisclosed, PrivacyClass, Prompt, Section, Speaker};
pub use schema::{ColumnSchema, Schema, UnknownColumn};
pub use score::{Interval, NotFinite, Score};
pub use seed::Seeded;
pub use settings::{ConfigError, Settings};
pub use synthesizer::{
    EnginePage, FitError, FittedSynthesizer, Modality, SampleError, Setting, StoredFact, Synthesizer,
};
