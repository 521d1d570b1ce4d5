//! What does `http://localhost:8080/v1#llama` say?

use reqwest::Url;
use verosim_core::{ModelError, Place};

/// A server, the folder of its interface and the model on it.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// `http://localhost:8080/v1/`.
    base: Url,
    /// Name of the model, when one is given.
    pub(super) model: Option<String>,
    /// This machine or another.
    pub(super) place: Place,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, ModelError> {
        let unknown = || ModelError::Unknown { name: without_secrets(text) };
        let mut base = Url::parse(text).map_err(|_| unknown())?;
        let host = base.host_str().ok_or_else(unknown)?.to_owned();
        if !matches!(base.scheme(), "http" | "https")
            || !base.username().is_empty()
            || base.password().is_some()
        {
            return Err(unknown());
        }
        let model = base.fragment().filter(|name| !name.is_empty()).map(str::to_owned);
        base.set_fragment(None);
        base.set_query(None);
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&if path.is_empty() { "/v1/".to_owned() } else { format!("{path}/") });
        let port = base.port_or_known_default().unwrap_or(80);
        let shown = format!("{host}:{port}");
        let place =
            if is_loopback(&host) { Place::Loopback { host: shown } } else { Place::Remote { host: shown } };
        Ok(Self { base, model, place })
    }

    pub(super) fn url(&self, end: &str) -> Url {
        self.base.join(end).unwrap_or_else(|_| self.base.clone())
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Passwords that somebody wrote into an address must not come back in an error.
fn without_secrets(text: &str) -> String {
    match text.split_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_where_a_model_is() {
        let of = |text: &str| Address::parse(text).unwrap();
        let local = of("http://localhost:8080#llama-3");
        assert_eq!(
            (local.url("models").as_str(), local.model.as_deref()),
            ("http://localhost:8080/v1/models", Some("llama-3"))
        );
        assert_eq!(local.place, Place::Loopback { host: "localhost:8080".into() });
        assert!(matches!(of("http://[::1]:1/v1").place, Place::Loopback { .. }));
        assert!(matches!(of("http://127.8.8.8").place, Place::Loopback { .. }));
        let far = of("https://api.example.org/openai/v1/");
        assert_eq!(
            far.url("chat/completions").as_str(),
            "https://api.example.org/openai/v1/chat/completions"
        );
        assert_eq!(far.place, Place::Remote { host: "api.example.org:443".into() });
        assert!(matches!(of("http://localhost.evil.org").place, Place::Remote { .. }));
        let error = Address::parse("http://me:secret@host/v1").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        assert!(Address::parse("http://").is_err());
    }
}
