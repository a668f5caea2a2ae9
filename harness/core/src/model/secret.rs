//! A value that no report, log or message may show.

/// A secret. Its `Debug` shows nothing, and it has no `Display` and no `Serialize`:
///
/// ```
/// fn debugs<T: std::fmt::Debug>() {}
/// debugs::<fixproof_core::model::Secret>();
/// ```
/// ```compile_fail
/// fn displays<T: std::fmt::Display>() {}
/// displays::<fixproof_core::model::Secret>();
/// ```
/// ```compile_fail
/// fn serializes<T: serde::Serialize>() {}
/// serializes::<fixproof_core::model::Secret>();
/// ```
///
/// Only a probe exposes it, when it is sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// The shortest secret that can be kept out of reports: a shorter one would hide ordinary words.
    pub const SHORTEST: usize = 4;

    /// Has a value fewer characters than [`Secret::SHORTEST`]?
    #[must_use]
    pub fn is_too_short(value: &str) -> bool {
        value.chars().nth(Secret::SHORTEST - 1).is_none()
    }

    /// Wraps a value.
    #[must_use]
    pub fn new(value: String) -> Secret {
        Secret(value)
    }

    /// The value itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_count_and_not_bytes() {
        for (value, too_short) in [("", true), ("abc", true), ("äöü", true), ("abcd", false), ("äöüß", false)]
        {
            assert_eq!(Secret::is_too_short(value), too_short, "{value}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("canary-1".into())), "Secret(…)");
    }
}
