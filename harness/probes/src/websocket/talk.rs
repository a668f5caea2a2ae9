//! The conversation as a scenario writes it: what is sent and what is awaited, in one order.

use crate::messages::{Matcher, Script};
use fixproof_core::model::{Mistake, Setting, Settings};

/// Where a frame's type stands, unless the scenario says otherwise.
const TYPE: &str = "$.type";

/// One turn of the conversation.
pub(super) enum Turn {
    /// Send a text frame.
    Send(Outgoing),
    /// Wait for the script's next one.
    Await,
}

/// A text frame to send. It has no `Debug`: it may hold what is secret.
pub(super) struct Outgoing {
    pub(super) text: String,
    /// Does it hold a secret?
    pub(super) secret: bool,
}

/// Reads `talk`, and what else is said about what is to come.
pub(super) fn read(settings: &Settings, mistakes: &mut Vec<Mistake>) -> (Vec<Turn>, Script) {
    let (mut turns, mut matchers) = (Vec::new(), Vec::new());
    let rows = match settings.get("talk") {
        None => &[][..],
        Some(Setting::List(rows)) if !rows.is_empty() => rows,
        Some(_) => {
            let help =
                "write talk = [ { await = \"connection_established\" }, { send = { type = \"ping\" } } ]";
            mistakes.push(Mistake::at("talk", "it is a list of what is sent and awaited").help(help));
            &[]
        }
    };
    for (nth, row) in rows.iter().enumerate() {
        match turn(row) {
            Ok((turn, matcher)) => {
                turns.push(turn);
                matchers.extend(matcher);
            }
            Err(why) => mistakes.push(Mistake::at("talk", format!("row {}: {why}", nth + 1))),
        }
    }
    let listens = settings.get("listen").is_some();
    let awaits = turns.iter().any(|turn| matches!(turn, Turn::Await));
    if listens && awaits {
        let message = "either something is awaited (`talk`), or everything is listened to (`listen`)";
        mistakes.push(Mistake::whole(message));
    }
    if !listens && matches!(turns.last(), Some(Turn::Send(_))) {
        let message = "nothing is awaited after the last `send`, so its answer would not be looked at";
        mistakes.push(Mistake::at("talk", message).help("end with an `await`, or say how long to `listen`"));
    }
    for setting in ["forbid", "strict"] {
        if settings.get(setting).is_some() && !listens && !awaits {
            let message = "nothing is awaited and nothing is listened to, so no frame is looked at";
            mistakes.push(Mistake::at(setting, message));
        }
    }
    let script = Script::read(matchers, settings, TYPE, mistakes);
    (turns, script)
}

fn turn(row: &Setting) -> Result<(Turn, Option<Matcher>), String> {
    let Setting::Table(keys) = row else {
        return Err("it is `{ send = … }` or `{ await = … }`".to_owned());
    };
    match keys.as_slice() {
        [(key, Setting::Text(text))] if key == "send" => {
            let outgoing = Outgoing { text: text.expose().to_owned(), secret: text.is_secret() };
            Ok((Turn::Send(outgoing), None))
        }
        [(key, value)] if key == "send" => {
            let outgoing = Outgoing { text: value.to_json().to_string(), secret: value.holds_secret() };
            Ok((Turn::Send(outgoing), None))
        }
        [(key, value)] if key == "await" => Ok((Turn::Await, Some(Matcher::read(value, TYPE)?))),
        _ => Err("it is a table of either `send` or `await`, and of nothing else".to_owned()),
    }
}
