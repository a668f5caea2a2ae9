//! What INFO says: every field by its own name, and the ones that many ask for by a name of ours.

use serde_json::Value as Json;

use fixproof_core::model::{Facts, Share, Value};

/// At most this many fields become facts.
const FIELDS: usize = 1000;

/// Reads `field:value`, line by line.
pub(super) fn facts(info: &str, facts: &mut Facts) {
    for (name, value) in fields(info).take(FIELDS) {
        let json = value.parse::<i64>().map_or_else(|_| decimal(value), Json::from);
        facts.insert(format!("info.{name}"), Value::from_json(json));
    }
    for (field, fact) in
        [("redis_version", "server.version"), ("redis_mode", "server.mode"), ("role", "server.role")]
    {
        if let Some(value) = field_of(info, field) {
            facts.insert(fact, Value::Text(value.to_owned()));
        }
    }
    let number = |field: &str| field_of(info, field).and_then(|value| value.parse::<u64>().ok());
    // 0 stands for no limit.
    let limit = |field: &str| number(field).filter(|most| *most > 0);
    let (used, most) = (number("used_memory"), limit("maxmemory"));
    used.into_iter().for_each(|bytes| facts.insert("memory.used", Value::Size(bytes)));
    most.into_iter().for_each(|bytes| facts.insert("memory.max", Value::Size(bytes)));
    share("memory.share", used, most, facts);
    let (used, most) = (number("connected_clients"), limit("maxclients"));
    used.into_iter().for_each(|count| facts.insert("connections.used", Value::count(count)));
    most.into_iter().for_each(|count| facts.insert("connections.max", Value::count(count)));
    share("connections.share", used, most, facts);
}

fn share(fact: &'static str, used: Option<u64>, most: Option<u64>, facts: &mut Facts) {
    if let Some(share) = used.zip(most).and_then(|(used, most)| Share::of(used, most)) {
        facts.insert(fact, Value::Share(share));
    }
}

fn fields(info: &str) -> impl Iterator<Item = (&str, &str)> {
    info.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.trim_end().split_once(':'))
}

fn field_of<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    fields(info).find(|(field, _)| *field == name).map(|(_, value)| value)
}

/// `7.0` is a number; `7.0.15`, `1e5`, `inf` and `nan` are none.
fn decimal(value: &str) -> Json {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    let number = value.parse::<f64>().ok().filter(|_| plain).and_then(serde_json::Number::from_f64);
    number.map_or_else(|| value.into(), Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_and_a_limit_of_nothing_is_none() {
        let mut seen = Facts::default();
        facts(
            "# Server\r\nredis_version:7.0.15\r\nused_memory:512\r\nmaxmemory:1024\r\nmem_fragmentation_ratio:1.50\r\n\
             db0:keys=1,expires=0\r\nmaxclients:0\r\nconnected_clients:3\r\nno colon\r\n",
            &mut seen,
        );
        assert_eq!(seen.value("server.version"), Some(&Value::Text("7.0.15".into())));
        assert_eq!(
            seen.value("info.mem_fragmentation_ratio"),
            Some(&Value::from_json(serde_json::json!(1.5)))
        );
        assert_eq!(seen.value("info.db0"), Some(&Value::Text("keys=1,expires=0".into())));
        assert_eq!(seen.value("memory.share"), Share::of(1, 2).map(Value::Share).as_ref());
        assert_eq!(seen.value("connections.used"), Some(&Value::count(3)));
        assert_eq!(seen.value("connections.max"), None);
        assert_eq!(seen.value("connections.share"), None);
    }
}
