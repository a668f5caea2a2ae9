//! As much of the text format as is needed to know that a file is whole: every line a comment of its family or a sample
//! of it, no sample twice, the last family there.

use std::collections::BTreeSet;

/// The last family of a file.
pub(super) const LAST: &str = "fixproof_run_timestamp_seconds";

/// Can it be read again?
pub(super) fn read_back(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let lines = text.strip_suffix('\n').ok_or("the last line is not complete")?;
    let (mut family, mut families, mut seen) = ("", BTreeSet::new(), BTreeSet::new());
    for line in lines.split('\n') {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().unwrap_or_default();
            if !families.insert(family) {
                return Err(format!("{family} begins a second time"));
            }
        } else if line.starts_with("# TYPE ") {
            if line != format!("# TYPE {family} gauge") {
                return Err(format!("no type of {family}: {line:.80}"));
            }
        } else {
            let series = sample(line, family).ok_or_else(|| format!("no sample of {family}: {line:.80}"))?;
            if !seen.insert(series) {
                return Err(format!("a second sample of {series:.200}"));
            }
        }
    }
    let has_value = lines.rsplit('\n').next().is_some_and(|line| !line.starts_with('#'));
    if family == LAST && has_value { Ok(()) } else { Err("it was cut off".to_owned()) }
}

/// The series of a sample of that family, if it is one.
fn sample<'a>(line: &'a str, family: &str) -> Option<&'a str> {
    let mut rest = line.strip_prefix(family)?.strip_prefix('{')?;
    loop {
        let (name, value) = rest.split_once("=\"")?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return None;
        }
        rest = behind_the_quote(value)?;
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => break,
        }
    }
    let value = rest.strip_prefix("} ")?;
    value.parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some(&line[..line.len() - value.len() - 1])
}

/// What follows the quote that ends a label's value.
fn behind_the_quote(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            'n' | '\\' | '"' if escaped => escaped = false,
            _ if escaped => return None,
            '\\' => escaped = true,
            '"' => return text.get(at + 1..),
            _ => {}
        }
    }
    None
}
