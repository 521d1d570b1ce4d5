//! How is a question written as the body of a request?

use super::ability::{Ability, Format};
use crate::backend::wording::{continued, messages};
use crate::schema::rows_schema;
use serde_json::{Map, Value, json};
use verosim_core::{Contract, Mode, Request, RowForm};

/// A body, where it goes, and whether it asks for a response format.
pub(super) struct Body {
    pub(super) json: Value,
    pub(super) end: &'static str,
    pub(super) formatted: bool,
    pub(super) completions: bool,
}

/// The body of `request` for a server of that ability.
pub(super) fn body(request: &Request, model: &str, ability: &Ability) -> Body {
    let completions = request.mode == Mode::Completion && !ability.no_completions;
    let mut json = Map::new();
    let mut put = |name: &'static str, value: Value| {
        if !ability.dropped.contains(name) {
            json.insert(name.into(), value);
        }
    };
    put("model", json!(model));
    if completions {
        put("prompt", json!(continued(&request.prompt)));
    } else {
        put("messages", json!(messages(&request.prompt)));
    }
    put("temperature", json!(request.temperature));
    put("top_p", json!(request.top_p));
    let limit = if ability.newer_limit { "max_completion_tokens" } else { "max_tokens" };
    put(limit, json!(request.max_tokens));
    // Servers take signed numbers of 32 bits at least.
    put("seed", json!(request.seed % (1 << 31)));
    if request.n > 1 {
        put("n", json!(request.n));
    }
    if !request.stop.is_empty() {
        put("stop", json!(request.stop));
    }
    put("stream", json!(true));
    put("stream_options", json!({ "include_usage": true }));
    let format = schema(&request.contract).and_then(|schema| response_format(&schema, ability.format));
    let formatted = format.is_some();
    if let Some(format) = format {
        put("response_format", format);
    }
    Body {
        json: Value::Object(json),
        end: if completions { "completions" } else { "chat/completions" },
        formatted,
        completions,
    }
}

/// Whether the contract of a request can be put as a JSON schema.
pub(super) fn has_schema(request: &Request) -> bool {
    match &request.contract {
        Contract::Rows(rows) => rows.form == RowForm::Json,
        Contract::Json(_) => true,
        Contract::Text => false,
    }
}

fn schema(contract: &Contract) -> Option<Value> {
    match contract {
        Contract::Rows(rows) if rows.form == RowForm::Json => Some(rows_schema(rows)),
        Contract::Json(schema) => Some(schema.clone()),
        _ => None,
    }
}

fn response_format(schema: &Value, format: Format) -> Option<Value> {
    Some(match format {
        Format::Schema => json!({
            "type": "json_schema",
            "json_schema": { "name": "reply", "strict": true, "schema": schema },
        }),
        Format::ObjectWithSchema => json!({ "type": "json_object", "schema": schema }),
        Format::Object => json!({ "type": "json_object" }),
        Format::Words => return None,
    })
}
