//! The forms a secret may take on its way: as it is; URL-encoded as browsers, forms and servers do it, once and twice;
//! escaped for JSON (plainly, for ASCII, for HTML, with `\/`), for HTML, for a shell, and for a debugger; byte by byte
//! in hexadecimal, octal and decimal, with and without marks between them; as UTF-16; and in base64, both alphabets,
//! at each of the three alignments. Upper and lower case are handled by the matcher.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::model::Secret;

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

/// A longer secret is not searched for byte by byte: a run that captures thousands of tokens must hold all their forms.
const SHORT: usize = 256;

/// All forms of one secret.
pub(super) fn forms(secret: &str, into: &mut Vec<String>) {
    // Nothing escapes a letter: a token, of which a run may capture thousands, is written in one way by most.
    match secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
        true => into.push(secret.to_owned()),
        false => escaped_forms(secret, into),
    }
    into.push(secret.bytes().map(|b| format!("{b:02x}")).collect());
    base64_forms(secret.as_bytes(), into);
}

fn escaped_forms(secret: &str, into: &mut Vec<String>) {
    let mut texts = vec![secret.to_owned()];
    // The matcher folds the case of ASCII; of other letters it does not know.
    texts.extend([secret.to_lowercase(), secret.to_uppercase()]);
    let encoded: Vec<String> = ESCAPED.iter().map(|escaped| percent_encoded(secret, escaped)).collect();
    // What was encoded is encoded once more where an address stands within an address.
    texts.extend(encoded.iter().map(|once| once.replace('%', "%25")));
    texts.extend(encoded);
    texts.push(percent_encoded(secret, "!\"#$%&'()+,/:;<=>?@[\\]^`{|}~").replace(' ', "+"));
    texts.extend(json_escaped(secret));
    texts.extend(html_escaped(secret));
    texts.extend(quoted(secret));
    // A text that a probe saw is shown with the escapes of a debugger around whatever it was.
    let shown: Vec<String> = texts.iter().map(|text| within_quotes(&format!("{text:?}"))).collect();
    into.extend(texts);
    into.extend(shown);
}

/// The forms in which a secret is written byte by byte, or with two bytes for each; none of a long one.
pub(super) fn forms_of_bytes(secret: &str, into: &mut Vec<String>) {
    if secret.len() > SHORT {
        return;
    }
    byte_by_byte(secret, into);
    for big in [false, true] {
        base64_forms(&utf16(secret, big), into);
        let wide = two_bytes_each(secret, big);
        into.extend([within_quotes(&format!("{wide:?}")), wide]);
    }
}

/// With the escapes of languages that quote otherwise than JSON: of both quotes, of either, or doubled.
fn quoted(secret: &str) -> [String; 7] {
    let slashes = secret.replace('\\', "\\\\");
    let (single, double) = (slashes.replace('\'', "\\'"), slashes.replace('"', "\\\""));
    [
        secret.escape_debug().to_string(),
        single.replace('"', "\\\""),
        single,
        double,
        secret.replace('\'', "''"),
        secret.replace('"', "\"\""),
        secret.replace('\'', r"'\''"),
    ]
}

/// Every byte or character written as its number, in the ways languages and tools do it.
fn byte_by_byte(secret: &str, all: &mut Vec<String>) {
    let mut into = Vec::new();
    let hex = |before: &str, between: &str| {
        secret.bytes().map(|b| format!("{before}{b:02x}")).collect::<Vec<_>>().join(between)
    };
    into.extend([":", " ", "-", ", ", ","].map(|between| hex("", between)));
    into.extend(["\\x", "%", "="].map(|before| hex(before, "")));
    into.extend([", ", ",", " "].map(|between| hex("0x", between)));
    let decimal = |between: &str| secret.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(between);
    into.extend([", ", ",", " "].map(decimal));
    into.push(secret.bytes().map(|b| format!("\\{b:03o}")).collect());
    into.push(secret.chars().map(|c| format!("&#{};", u32::from(c))).collect());
    into.push(secret.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect());
    into.push(secret.chars().map(|c| format!("\\u{{{:x}}}", u32::from(c))).collect());
    let units: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    into.push(units);
    // A text that holds one of them may itself be shown with escapes.
    let escaped: Vec<String> =
        into.iter().filter(|form| form.contains('\\')).map(|form| form.replace('\\', "\\\\")).collect();
    all.extend(into);
    all.extend(escaped);
}

/// UTF-16 that was read as if it were not, as long as it is ASCII.
fn two_bytes_each(secret: &str, zero_first: bool) -> String {
    let pair = |c: char| if zero_first { ['\0', c] } else { [c, '\0'] };
    secret.chars().flat_map(pair).collect::<String>().trim_matches('\0').to_owned()
}

fn utf16(secret: &str, big: bool) -> Vec<u8> {
    let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    secret.encode_utf16().flat_map(bytes).collect()
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

fn json_escaped(secret: &str) -> [String; 5] {
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
        unicode(&plain, |c| matches!(c, '<' | '>' | '&' | '\'')),
        plain.replace('/', "\\/"),
        plain,
    ]
}

/// As content, as an attribute, as XML has them at the least, and with everything.
fn html_escaped(secret: &str) -> [String; 7] {
    let least = secret.replace('&', "&amp;").replace('<', "&lt;");
    let content = least.replace('>', "&gt;");
    let attribute = content.replace('"', "&quot;");
    [
        least.replace('"', "&quot;"),
        attribute.replace('\'', "&#39;"),
        attribute.replace('\'', "&#x27;"),
        attribute.replace('\'', "&apos;"),
        least,
        attribute,
        content,
    ]
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
