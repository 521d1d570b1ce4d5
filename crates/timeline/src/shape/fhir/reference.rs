//! Whom does a reference mean?

use super::{base, path};
use serde_json::Value;
use std::collections::HashMap;

/// A reference, as far as its text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A resource by type and id: `Patient/1`, `https://server/fhir/Patient/1/_history/2`.
    Known(&'a str, &'a str),
    /// An entry of a Bundle: `urn:uuid:…`, `urn:oid:…`.
    Entry(&'a str),
    /// A resource inside this one: `#p`.
    Inside(&'a str),
    /// Whoever has this identifier: `Patient?identifier=system|value`.
    Identified(&'a str, &'a str),
}

impl<'a> Target<'a> {
    /// Reads the text of a reference.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        if let Some(inside) = text.strip_prefix('#') {
            return Some(Self::Inside(inside));
        }
        if text.starts_with("urn:") {
            return Some(Self::Entry(text));
        }
        if let Some((resource, identifier)) = text.split_once("?identifier=") {
            return Some(Self::Identified(resource.rsplit('/').next().unwrap_or(resource), identifier));
        }
        let plain = text.split_once("/_history/").map_or(text, |(plain, _)| plain);
        let mut parts = plain.rsplit('/');
        let (id, resource) = (parts.next()?, parts.next()?);
        (!id.is_empty() && resource.starts_with(|letter: char| letter.is_ascii_uppercase()))
            .then_some(Self::Known(resource, id))
    }
}

/// The entries of a Bundle by their addresses: type and id.
pub(super) type Entries = HashMap<String, (String, String)>;

/// Writes references to entries of a Bundle as `@Type/id` wherever the id is that of the address: a mark that either form of
/// writing understands.
pub(super) fn neutral(value: &mut Value, entries: &Entries) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if key == "reference" => {
                        let known = text.strip_prefix("urn:uuid:").zip(entries.get(text.as_str()));
                        if let Some((uuid, (resource, id))) = known
                            && uuid == id
                            && base::is_uuid(uuid)
                        {
                            *text = format!("@{resource}/{id}");
                        }
                    }
                    member => neutral(member, entries),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| neutral(element, entries)),
        _ => {}
    }
}

/// Writes neutral references as they are written in a Bundle, or outside of one.
pub(super) fn settle(value: &mut Value, bundle: bool) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if key == "reference" => {
                        if let Some((resource, id)) =
                            text.strip_prefix('@').and_then(|rest| rest.split_once('/'))
                        {
                            *text =
                                if bundle { format!("urn:uuid:{id}") } else { format!("{resource}/{id}") };
                        }
                    }
                    member => settle(member, bundle),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| settle(element, bundle)),
        _ => {}
    }
}

/// The resource that `resource` contains under that id.
pub(super) fn contained<'a>(resource: &'a Value, id: &str) -> Option<&'a Value> {
    resource["contained"].as_array()?.iter().find(|inside| path::text(inside, "id") == Some(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_read_in_all_forms() {
        for (text, target) in [
            ("Patient/1", Target::Known("Patient", "1")),
            ("https://a.org/fhir/Patient/1/_history/2", Target::Known("Patient", "1")),
            ("urn:uuid:7", Target::Entry("urn:uuid:7")),
            ("#p", Target::Inside("p")),
            ("Patient?identifier=s|v", Target::Identified("Patient", "s|v")),
        ] {
            assert_eq!(Target::of(text), Some(target), "{text}");
        }
        assert_eq!((Target::of("1"), Target::of("patients/1"), Target::of("Patient/")), (None, None, None));
    }

    #[test]
    fn entries_are_referred_to_in_either_form() {
        let uuid = "0b1f6d0e-0000-4000-8000-000000000001";
        let entries =
            Entries::from([(format!("urn:uuid:{uuid}"), ("Practitioner".to_owned(), uuid.to_owned()))]);
        let original = json!({"performer": [{"reference": format!("urn:uuid:{uuid}")}]});
        let mut value = original.clone();
        neutral(&mut value, &entries);
        let mut outside = value.clone();
        settle(&mut outside, false);
        assert_eq!(outside["performer"][0]["reference"], format!("Practitioner/{uuid}"));
        settle(&mut value, true);
        assert_eq!(value, original);
    }
}
