//! How is the type of a source column written in model files?

use verosim_data::SourceType;

/// The word for a source type in model files.
pub(crate) fn type_word(source: SourceType) -> &'static str {
    match source {
        SourceType::Text => "text",
        SourceType::Integer => "integer",
        SourceType::Float => "float",
        SourceType::Boolean => "boolean",
        SourceType::Date => "date",
        SourceType::Timestamp => "timestamp",
    }
}

/// The source type of a word; text for words of other releases.
pub(super) fn type_from(word: &str) -> SourceType {
    [SourceType::Integer, SourceType::Float, SourceType::Boolean, SourceType::Date, SourceType::Timestamp]
        .into_iter()
        .find(|source| type_word(*source) == word)
        .unwrap_or_default()
}
