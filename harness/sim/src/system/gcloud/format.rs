//! `--format`: JSON as the client prints it (sorted, two spaces), `value(…)`, and YAML by default.

use serde_json::{Map, Value};

/// The text of a value in a format.
pub(super) fn written(value: &Value, format: Option<&str>) -> Result<String, String> {
    match format {
        Some("json") => {
            let text = serde_json::to_string_pretty(&sorted(value)).map_err(|error| error.to_string())?;
            Ok(format!("{text}\n"))
        }
        None | Some("yaml") => Ok(yaml(&sorted(value))),
        Some(projection) => match projection.strip_prefix("value(").and_then(|rest| rest.strip_suffix(')')) {
            Some(keys) => Ok(values(value, keys)),
            None => Err(format!(
                "Unknown format: [{projection}]. The simulated gcloud knows json, yaml and value(KEY,…)."
            )),
        },
    }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(members) => {
            let mut keys: Vec<&String> = members.keys().collect();
            keys.sort();
            let sorted = keys.into_iter().map(|key| (key.clone(), sorted(&members[key])));
            Value::Object(sorted.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// One line a record, its fields between tabs; a field that is not there is empty.
fn values(value: &Value, keys: &str) -> String {
    let records = match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    };
    let mut text = String::new();
    for record in records {
        let fields: Vec<String> = keys.split(',').map(|key| plain(at(record, key.trim()))).collect();
        text.push_str(&fields.join("\t"));
        text.push('\n');
    }
    text
}

/// The value at `a.b[0].c`.
fn at<'a>(record: &'a Value, key: &str) -> Option<&'a Value> {
    key.split(['.', '[']).try_fold(record, |value, part| match part.strip_suffix(']') {
        Some(index) => value.get(index.parse::<usize>().ok()?),
        None => value.get(part),
    })
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(holds)) => if *holds { "True" } else { "False" }.to_owned(),
        Some(other) => other.to_string(),
    }
}

/// Several records are separated by `---`.
fn yaml(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Array(items) => {
            for item in items {
                text.push_str("---\n");
                block(item, 0, &mut text);
            }
        }
        one => block(one, 0, &mut text),
    }
    text
}

fn block(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if is_nested(member) {
                    text.push_str(&format!("{indent}{}:\n", scalar(&Value::String(key.clone()))));
                    block(member, depth + usize::from(member.is_object()), text);
                } else {
                    text.push_str(&format!(
                        "{indent}{}: {}\n",
                        scalar(&Value::String(key.clone())),
                        scalar(member)
                    ));
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                block(item, depth + 1, &mut inner);
                text.push_str(&format!("{indent}- {}", inner.trim_start()));
            }
        }
        other => text.push_str(&format!("{indent}{}\n", scalar(other))),
    }
}

fn is_nested(value: &Value) -> bool {
    value.as_object().is_some_and(|members| !members.is_empty())
        || value.as_array().is_some_and(|items| !items.is_empty())
}

/// A string without quotation marks where it can't be read as another type.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-./@".contains(c);
            let like_another = text.parse::<f64>().is_ok()
                || ["true", "false", "null", "yes", "no"].contains(&text.to_lowercase().as_str());
            let bare = text.chars().all(plain)
                && text.starts_with(|c: char| c.is_ascii_alphabetic())
                && !like_another;
            if bare { text.clone() } else { value.to_string() }
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_format_says_the_same_in_its_own_way() {
        let value = json!({"b": [{"x": "1", "y": {"z": true}}, {"x": "two"}], "a": "plain", "e": []});
        assert_eq!(
            written(&value, None).unwrap(),
            "a: plain\nb:\n- x: \"1\"\n  y:\n    z: true\n- x: two\ne: []\n"
        );
        assert!(written(&value, Some("json")).unwrap().starts_with("{\n  \"a\": \"plain\",\n  \"b\": [\n"));
        assert_eq!(
            written(&value, Some("value(a, b[0].y.z, b[1].x, none)")).unwrap(),
            "plain\tTrue\ttwo\t\n"
        );
        assert!(written(&value, Some("table(a)")).is_err());
    }
}
