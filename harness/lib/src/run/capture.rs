//! Captures a value of an observation for later steps.

use crate::judge::nodes_at;
use crate::model::{Capture, Cause, Observation, ProbeError, Secret, Setting, Text, Value};
use crate::redact::MASK;

/// The captured value, and the secret if it is one.
///
/// # Errors
/// A capture without a value, or with one that can't be part of a text, fails its step.
pub(super) fn take(
    capture: &Capture,
    observation: &Observation,
) -> Result<(Setting, Option<Secret>), ProbeError> {
    let fail =
        |cause, why: String| ProbeError { cause, detail: format!("capture `{}`: {why}", capture.name.value) };
    let at = capture.at.as_ref().map(|at| &at.value);
    let nodes = nodes_at(&observation.facts, &capture.that.value, at)
        .map_err(|absent| fail(absent.cause, absent.seen.to_string()))?;
    let [node] = nodes.as_slice() else {
        return Err(fail(Cause::Differs, format!("{} values where one was wanted", nodes.len())));
    };
    let text = match &node.value {
        Value::Text(text) if text.is_empty() => return Err(fail(Cause::Missing, "an empty text".to_owned())),
        Value::Text(text) => text.clone(),
        Value::Number(number) if !capture.secret => return Ok((Setting::Number(number.clone()), None)),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) if !capture.secret => return Ok((Setting::Flag(*flag), None)),
        Value::Null => return Err(fail(Cause::Missing, "null".to_owned())),
        other => {
            return Err(fail(
                Cause::Incomparable,
                format!("{} where a text or a number was wanted", other.kind().described()),
            ));
        }
    };
    if !capture.secret {
        // In a recording the value may have been redacted.
        let text = if text.contains(MASK) { Text::secret(text) } else { Text::plain(text) };
        return Ok((Setting::Text(text), None));
    }
    if Secret::is_too_short(&text) {
        let why =
            format!("a secret of fewer than {} characters can't be kept out of reports", Secret::SHORTEST);
        return Err(fail(Cause::SecretUnavailable, why));
    }
    Ok((Setting::Text(Text::secret(text.clone())), Some(Secret::new(text))))
}
