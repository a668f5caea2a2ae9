//! A number that is different in every run, so that an answer which was kept from an earlier one can't be right.

/// Five digits, of which the first and the last are not zero: read backwards it has five digits, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce(u32);

impl Nonce {
    /// Stands in where nothing is asked and only the suite is checked.
    pub const STAND_IN: Nonce = Nonce(12_345);

    /// Spreads a seed (a time and a process id, say) over all 81 000 of them.
    #[must_use]
    pub fn from_seed(seed: u64) -> Nonce {
        // The finisher of SplitMix64: neighbouring seeds come out far from each other.
        let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let pick = |from: u64, to: u64, of: u64| u32::try_from(from + of % (to - from)).unwrap_or(1);
        Nonce(pick(1_000, 10_000, mixed) * 10 + pick(1, 10, mixed >> 32))
    }

    /// The one that is this number; nothing where none is.
    #[must_use]
    pub fn of_number(number: u32) -> Option<Nonce> {
        ((10_000..100_000).contains(&number) && !number.is_multiple_of(10)).then_some(Nonce(number))
    }

    /// The number itself.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// Its digits, separated by spaces: `1 2 3 4 5`.
    #[must_use]
    pub fn digits(self) -> String {
        let text = self.0.to_string();
        text.chars().map(String::from).collect::<Vec<_>>().join(" ")
    }

    /// The sum of its digits.
    #[must_use]
    pub fn sum(self) -> u32 {
        self.backwards().sum()
    }

    /// The number read backwards.
    #[must_use]
    pub fn reversed(self) -> u32 {
        self.backwards().fold(0, |number, digit| number * 10 + digit)
    }

    /// Its digits, the last one first.
    fn backwards(self) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(self.0), |rest| Some(rest / 10).filter(|rest| *rest > 0))
            .map(|rest| rest % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_derived_is_derived_from_its_digits() {
        let nonce = Nonce(40_713);
        assert_eq!(
            (nonce.number(), nonce.digits().as_str(), nonce.sum(), nonce.reversed()),
            (40_713, "4 0 7 1 3", 15, 31_704)
        );
    }

    #[test]
    fn every_seed_yields_five_digits_both_ways() {
        let seeds = (0..20_000).chain([u64::MAX, u64::MAX / 2]);
        let mut seen = std::collections::BTreeSet::new();
        for nonce in seeds.map(Nonce::from_seed) {
            assert!((10_000..100_000).contains(&nonce.number()), "{nonce:?}");
            assert!((10_000..100_000).contains(&nonce.reversed()), "{nonce:?}");
            seen.insert(nonce.number());
        }
        // 20 002 draws out of 81 000 meet about 17 700 different ones.
        assert!(seen.len() > 17_000, "{}", seen.len());
    }
}
