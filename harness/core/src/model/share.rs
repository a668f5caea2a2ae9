//! A share of a whole, kept exact: 79.99 % is not 80 %.

use std::cmp::Ordering;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A fraction `part / whole`, compared without rounding. The whole is never zero.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    part: u64,
    whole: u64,
}

impl Share {
    /// The fraction `part / whole`; nothing for a whole of zero, because nothing out of nothing is no share.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Option<Share> {
        (whole > 0).then_some(Share { part, whole })
    }

    /// So many hundredths.
    #[must_use]
    pub const fn percent(percent: u64) -> Share {
        Share { part: percent, whole: 100 }
    }

    /// Reads `"80%"`, `"79.99 %"`. At most nine decimals.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Share, String> {
        let digits = text
            .trim()
            .strip_suffix('%')
            .ok_or_else(|| "a share is written with a percent sign, for example \"80%\"".to_owned())?
            .trim();
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let readable = !whole.is_empty()
            && whole.len() <= 9
            && decimals.len() <= 9
            && !digits.ends_with('.')
            && whole.bytes().chain(decimals.bytes()).all(|b| b.is_ascii_digit());
        if !readable {
            return Err(format!("`{text}` is not a percentage like \"80%\" or \"99.5%\""));
        }
        let scale = 10u64.pow(u32::try_from(decimals.len()).unwrap_or(0));
        let number = |digits: &str| digits.parse::<u64>().unwrap_or(0);
        Ok(Share { part: number(whole) * scale + number(decimals), whole: 100 * scale })
    }

    /// The upper number of the fraction.
    #[must_use]
    pub fn part(self) -> u64 {
        self.part
    }

    /// The lower number of the fraction, never zero.
    #[must_use]
    pub fn whole(self) -> u64 {
        self.whole
    }

    /// As a floating-point number between 0 and 1 (above 1 where the part exceeds the whole).
    /// For statistics and drawings, never for a comparison that decides.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "documented: not for decisions")]
    pub fn as_f64(self) -> f64 {
        self.part as f64 / self.whole as f64
    }

    /// Percent with up to two decimals, rounded *down*, so that 79.999 % never looks like 80 %.
    #[must_use]
    pub fn percent_floor(self) -> String {
        let hundredths = u128::from(self.part) * 10_000 / u128::from(self.whole);
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        match rest {
            0 => format!("{whole}%"),
            r if r % 10 == 0 => format!("{whole}.{}%", r / 10),
            r => format!("{whole}.{r:02}%"),
        }
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Share) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Share {}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Share) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Share) -> Ordering {
        let left = u128::from(self.part) * u128::from(other.whole);
        left.cmp(&(u128::from(other.part) * u128::from(self.whole)))
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.percent_floor())
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{}", self.part, self.whole))
    }
}

impl Share {
    /// Reads `4/5`, as it is written into reports.
    pub(super) fn from_written(text: &str) -> Option<Share> {
        let (part, whole) = text.split_once('/')?;
        Share::of(part.parse().ok()?, whole.parse().ok()?)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
        let text = String::deserialize(deserializer)?;
        Share::from_written(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no share like 4/5")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_compare_exactly() {
        let threshold = Share::parse("80%").unwrap();
        assert!(Share::of(7999, 10_000).unwrap() < threshold);
        assert_eq!(Share::of(4, 5).unwrap(), threshold);
        assert!(Share::parse("79.99%").unwrap() < threshold);
        assert_eq!(Share::parse("80.000 %").unwrap(), threshold);
    }

    #[test]
    fn a_percentage_is_shown_rounded_down() {
        assert_eq!(Share::of(79_999, 100_000).unwrap().to_string(), "79.99%");
        assert_eq!(Share::of(14, 15).unwrap().to_string(), "93.33%");
        assert_eq!(Share::of(1, 2).unwrap().to_string(), "50%");
        assert_eq!(Share::of(1, 8).unwrap().to_string(), "12.5%");
        assert_eq!(Share::of(2001, 20_000).unwrap().to_string(), "10%");
    }

    #[test]
    fn nothing_out_of_nothing_is_no_share() {
        assert!(Share::of(0, 0).is_none());
    }

    #[test]
    fn what_is_no_percentage_is_refused() {
        for text in ["80", "%", "-1%", "8o%", "1.%", ".5%", "1e3%", "NaN%", "9999999999%"] {
            assert!(Share::parse(text).is_err(), "{text}");
        }
    }
}
