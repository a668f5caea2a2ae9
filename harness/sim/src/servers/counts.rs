//! Counters by name that a client cannot grow without bound.

use std::collections::BTreeMap;

/// More different names than this are counted as `others`.
const MAX_NAMES: usize = 1000;
/// Longer names are cut.
const MAX_NAME_CHARS: usize = 80;

/// Counts one more of this name.
pub(crate) fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    let name: String = name.chars().take(MAX_NAME_CHARS).collect();
    let name =
        if counts.len() < MAX_NAMES || counts.contains_key(&name) { name } else { "others".to_owned() };
    *counts.entry(name).or_default() += 1;
}
