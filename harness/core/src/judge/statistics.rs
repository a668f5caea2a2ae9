//! What the bounds of [`lower_bound`] decide about samples.

use crate::model::{Share, lower_bound};

/// Does the bound reach the share? With a margin far below anything a suite can mean, for the bisection's last bit.
#[must_use]
pub(super) fn reaches(met: u64, n: u64, share: Share, confidence: Share) -> bool {
    lower_bound(met, n, confidence.as_f64()) + 1e-12 >= share.as_f64()
}

/// How many samples would do, if they were as good as `met` of `n`; nothing if no number would.
#[must_use]
pub fn samples_needed(met: u64, n: u64, share: Share, confidence: Share) -> Option<u64> {
    const MOST: u64 = 20_000;
    let good = |size: u64| {
        let met = u128::from(met) * u128::from(size) / u128::from(n.max(1));
        reaches(u64::try_from(met).unwrap_or(0), size, share, confidence)
    };
    let mut high = n.max(1);
    while !good(high) {
        high = high.checked_mul(2).filter(|size| *size <= MOST)?;
    }
    let mut low = n;
    while low + 1 < high {
        let middle = u64::midpoint(low, high);
        if good(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(text: &str) -> Share {
        Share::parse(text).unwrap()
    }

    #[test]
    fn twenty_nine_perfect_samples_prove_ninety_percent() {
        assert!(!reaches(28, 28, share("90%"), share("95%")));
        assert!(reaches(29, 29, share("90%"), share("95%")));
        assert_eq!(samples_needed(20, 20, share("90%"), share("95%")), Some(29));
    }

    #[test]
    fn no_number_of_samples_proves_more_than_was_seen() {
        assert_eq!(samples_needed(9, 10, share("90%"), share("95%")), None);
    }
}
