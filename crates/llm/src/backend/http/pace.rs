//! How long is waited before a request is sent, or sent again?

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use verosim_core::Seeded;

/// Spaces requests so that no more than so many go out in a minute.
#[derive(Debug)]
pub(super) struct Pace {
    gap: Option<Duration>,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(per_minute: Option<u32>) -> Self {
        let gap = per_minute.map(|limit| Duration::from_secs_f64(60.0 / f64::from(limit.max(1))));
        Self { gap, next: Mutex::new(None) }
    }

    /// Waits for this request's turn.
    pub(super) async fn turn(&self) {
        let Some(gap) = self.gap else { return };
        let mine = {
            let mut next = self.next.lock().await;
            let mine = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
            *next = Some(mine + gap);
            mine
        };
        tokio::time::sleep_until(mine).await;
    }
}

/// Whether a failure of this status may pass.
pub(super) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 409 | 425 | 429 | 500 | 502..=504 | 529)
}

/// What the server asks to wait: seconds, or a moment, which is read against the server's own clock.
pub(super) fn asked_for(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let wanted = text(RETRY_AFTER)?.trim();
    if let Ok(seconds) = wanted.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0)
            .then(|| Duration::from_secs_f64(seconds.min(86_400.0)));
    }
    let moment = |text: &str| chrono::DateTime::parse_from_rfc2822(text).ok();
    let wait = moment(wanted)? - moment(text(DATE)?)?;
    Some(wait.to_std().unwrap_or_default())
}

/// The wait before try number `attempt` (from 1): doubled each time up to half a minute, and a random part of it, so
/// that clients that failed together do not come back together. Brooker 2015, "Exponential backoff and jitter".
pub(super) fn backoff(attempt: u32, seed: u64, least: Duration) -> Duration {
    use rand::RngExt as _;
    let most = least.saturating_mul(1 << attempt.min(10)).min(Duration::from_secs(30));
    let share: f64 =
        Seeded::new(seed).split("retry").split_at(u64::from(attempt)).rng().random_range(0.5..1.0);
    most.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_how_long_in_seconds_or_as_a_moment() {
        let headers = |pairs: &[(reqwest::header::HeaderName, &str)]| {
            pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect::<HeaderMap>()
        };
        assert_eq!(asked_for(&headers(&[(RETRY_AFTER, "2")])), Some(Duration::from_secs(2)));
        let moments =
            [(RETRY_AFTER, "Tue, 24 Nov 2026 10:00:30 GMT"), (DATE, "Tue, 24 Nov 2026 10:00:00 GMT")];
        assert_eq!(asked_for(&headers(&moments)), Some(Duration::from_secs(30)));
        assert_eq!(asked_for(&headers(&[(RETRY_AFTER, "soon")])), None);
        assert_eq!(asked_for(&HeaderMap::new()), None);
        let least = Duration::from_millis(500);
        assert!(
            backoff(1, 1, least) <= Duration::from_secs(1)
                && backoff(20, 1, least) <= Duration::from_secs(30)
        );
    }
}
