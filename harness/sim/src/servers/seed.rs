//! Numbers that look random and are a pure function of the seed. Never asks the system for randomness.

use std::time::Duration;

/// SplitMix64 of `seed` and a `salt` that names what the number is for (Steele, Lea, Flood 2014).
pub(crate) fn mix(seed: u64, salt: u64) -> u64 {
    let mut state =
        seed.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// A duration from `least` up to, not including, `most`.
pub(crate) fn between(number: u64, least: Duration, most: Duration) -> Duration {
    let share = (number >> 11) as f64 / (1_u64 << 53) as f64;
    least + most.saturating_sub(least).mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_durations_and_they_stay_in_their_bounds() {
        let (least, most) = (Duration::from_secs(10), Duration::from_secs(30));
        for salt in 0..1000 {
            let once = between(mix(7, salt), least, most);
            assert_eq!(once, between(mix(7, salt), least, most));
            assert!(once >= least && once < most);
        }
        assert_ne!(mix(7, 1), mix(8, 1));
    }
}
