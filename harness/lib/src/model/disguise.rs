//! The forms a secret may take on its way: as it is; URL-encoded as browsers, forms and servers do it; escaped for
//! JSON (plainly, for ASCII, for HTML, with `\/`), for HTML, and for a debugger; in hexadecimal; and in base64, both
//! alphabets, at each of the three alignments. Upper and lower case are the finder's business.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::Secret;

/// The ASCII characters, besides controls, that each kind of percent-encoding escapes.
const ESCAPED: [&str; 6] = [
    // RFC 3986, everything but the unreserved.
    " !\"#$%&'()*+,/:;<=>?@[\\]^`{|}",
    // A script's encodeURIComponent.
    " \"#$%&+,/:;<=>?@[\\]^`{|}",
    // A path's segment, a user's name or password, a query, a fragment, as the URL standard has them.
    " \"#<>?`{}/%\\",
    " \"#<>?`{}/:;=@[\\]^|",
    " \"#<>'",
    " \"<>`",
];

/// All forms of one secret.
pub(super) fn forms(secret: &str, into: &mut Vec<String>) {
    let mut texts = vec![secret.to_owned()];
    texts.extend(ESCAPED.iter().map(|escaped| percent_encoded(secret, escaped)));
    texts.push(percent_encoded(secret, "!\"#$%&'()+,/:;<=>?@[\\]^`{|}~").replace(' ', "+"));
    texts.extend(json_escaped(secret));
    texts.extend(html_escaped(secret));
    // A text that a probe saw is shown with the escapes of a debugger around whatever it was.
    let shown: Vec<String> = texts.iter().map(|text| within_quotes(&format!("{text:?}"))).collect();
    into.extend(texts);
    into.extend(shown);
    into.push(secret.bytes().map(|b| format!("{b:02x}")).collect());
    base64_forms(secret.as_bytes(), into);
}

fn within_quotes(quoted: &str) -> String {
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

fn percent_encoded(secret: &str, escaped: &str) -> String {
    let mut text = String::with_capacity(secret.len());
    for byte in secret.bytes() {
        let plain = byte.is_ascii() && !byte.is_ascii_control() && !escaped.as_bytes().contains(&byte);
        if plain {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn json_escaped(secret: &str) -> [String; 4] {
    let plain = within_quotes(&serde_json::Value::from(secret).to_string());
    let unicode = |text: &str, which: fn(char) -> bool| {
        let mut units = [0; 2];
        text.chars()
            .map(|c| match which(c) {
                true => c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
                false => c.to_string(),
            })
            .collect::<String>()
    };
    [
        unicode(&plain, |c| !c.is_ascii()),
        unicode(&plain, |c| matches!(c, '<' | '>' | '&')),
        plain.replace('/', "\\/"),
        plain,
    ]
}

/// As content, as an attribute, as XML has them at the least, and with everything.
fn html_escaped(secret: &str) -> [String; 5] {
    let least = secret.replace('&', "&amp;").replace('<', "&lt;");
    let content = least.replace('>', "&gt;");
    let attribute = content.replace('"', "&quot;");
    [least.replace('"', "&quot;"), attribute.replace('\'', "&#39;"), least, attribute, content]
}

fn base64_forms(bytes: &[u8], into: &mut Vec<String>) {
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        for shift in 0..3usize {
            // The characters that depend on the secret alone, wherever it stands in what was encoded.
            let padded = [vec![0; shift].as_slice(), bytes].concat();
            let text = engine.encode(&padded);
            let from = [0, 2, 3][shift];
            let keep = padded.len() / 3 * 4 + [0, 1, 2][padded.len() % 3];
            if let Some(form) = text.get(from..keep).filter(|form| form.len() >= Secret::SHORTEST) {
                into.push(form.to_owned());
            }
        }
    }
}
