//! Two formulas that decide, for every room that needs them: percentiles and confidence bounds. Pure arithmetic.

/// The nearest-rank definition: the p-th percentile of n sorted values is the one at rank ⌈p/100 · n⌉, counted
/// from 1. No interpolation: the value shown was really seen. Returns the index (from 0) into n sorted values.
#[must_use]
pub fn percentile_rank(percent: u8, n: usize) -> Option<usize> {
    (n > 0).then(|| (usize::from(percent) * n).div_ceil(100).clamp(1, n) - 1)
}

/// One-sided lower confidence bound of a share, by Clopper and Pearson (Biometrika 26, 1934): the largest p for
/// which seeing `met` or more of `n` would be no likelier than `1 - confidence`. Never promises more than it
/// says, unlike Wilson's interval, whose coverage falls below its name near 1.
#[must_use]
pub fn lower_bound(met: u64, n: u64, confidence: f64) -> f64 {
    let alpha = 1.0 - confidence;
    // Nothing is certain: a confidence of 100 % is reached by no number of samples.
    if met == 0 || n == 0 || alpha <= 0.0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0f64, 1.0f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if tail(met, n, middle) <= alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// P(X ≥ met) for X ~ Binomial(n, p), summed from the larger end in logarithms.
#[expect(clippy::cast_precision_loss, reason = "counts of samples are far below 2^53")]
fn tail(met: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    let odds = (1.0 - p).ln() - p.ln();
    let mut log_term = n as f64 * p.ln();
    let mut sum = log_term.exp();
    for k in (met..n).rev() {
        // from C(n, k+1) p^(k+1) q^(n-k-1) to C(n, k) p^k q^(n-k)
        log_term += ((k + 1) as f64).ln() - ((n - k) as f64).ln() + odds;
        sum += log_term.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        assert_eq!(percentile_rank(95, 20), Some(18));
        assert_eq!(percentile_rank(50, 4), Some(1));
        assert_eq!(percentile_rank(99, 10), Some(9));
        assert_eq!(percentile_rank(50, 1), Some(0));
        assert_eq!(percentile_rank(50, 0), None);
    }

    #[test]
    fn the_bound_of_a_perfect_sample_is_alpha_to_the_nth_root() {
        for n in [1u64, 5, 16, 29, 1000] {
            let closed_form = 0.05f64.powf(1.0 / f64::from(u32::try_from(n).unwrap()));
            assert!((lower_bound(n, n, 0.95) - closed_form).abs() < 1e-9, "{n}");
        }
    }

    #[test]
    fn the_bound_agrees_with_published_values() {
        // The binomial tail, summed term by term in exact arithmetic and bisected.
        assert!((lower_bound(18, 20, 0.95) - 0.717_381).abs() < 1e-5);
        assert!((lower_bound(90, 100, 0.95) - 0.836_282).abs() < 1e-5);
        assert!(lower_bound(0, 20, 0.95).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_certain() {
        assert_eq!(lower_bound(1_000, 1_000, 1.0), 0.0);
        assert_eq!(lower_bound(1_000, 1_000, 1.5), 0.0);
    }

    #[test]
    fn the_bound_agrees_with_the_beta_distribution_of_another_library() {
        // Clopper and Pearson's lower bound p is the quantile of Beta(met, n - met + 1) at 1 - confidence.
        for n in [1u32, 2, 5, 20, 50, 100, 1000] {
            for met in [1, n / 4, n / 2, n * 9 / 10, n - 1, n].into_iter().filter(|met| *met > 0) {
                for confidence in [0.5, 0.8, 0.9, 0.95, 0.99, 0.999] {
                    let p = lower_bound(u64::from(met), u64::from(n), confidence);
                    let (a, b) = (f64::from(met), f64::from(n - met + 1));
                    let alpha = statrs::function::beta::beta_reg(a, b, p);
                    let difference = (alpha - (1.0 - confidence)).abs();
                    assert!(difference < 1e-9, "{met} of {n} at {confidence}: {p}, {difference}");
                }
            }
        }
    }
}
