//! "Did you mean …?": the nearest of the words that would have been right.

/// The word among `known` that is nearest to `written`: at most a third of its letters differ.
#[must_use]
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // A text longer than any name is no typo, and the comparison is quadratic.
    if written.len() > 200 {
        return None;
    }
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&written.to_lowercase(), word), word))
        .filter(|(distance, word)| *distance * 3 <= word.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// ``did you mean `status`?``
#[must_use]
pub fn did_you_mean<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    nearest(written, known).map(|word| format!("did you mean `{word}`?"))
}

/// The words in one line for a label, the first dozen of a long list.
pub(super) fn listed<'k>(words: impl IntoIterator<Item = &'k str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.len() {
        0 => "none".to_owned(),
        n if n > 24 => format!("{}, and {} more", words[..24].join(", "), n - 24),
        _ => words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word_and_an_unrelated_word_finds_none() {
        let known = ["status", "body", "time.total"];
        assert_eq!(nearest("statsu", known), Some("status"));
        assert_eq!(nearest("Body", known), Some("body"));
        assert_eq!(nearest("weather", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}
