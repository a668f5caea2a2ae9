//! One reply: where it ends, before anything is made of it, and what it says, as JSON.
//!
//! The end is looked for first because a reply may announce a gigabyte, a billion elements or a thousand lists within
//! lists; only what is known to be complete and small is taken apart.

use redis::Value as Reply;
use serde_json::{Map, Number, Value as Json};

/// The largest reply that is read.
pub(super) const LARGEST: usize = 1024 * 1024;
/// The longest line: a number, a status, an error.
const LONGEST_LINE: usize = 64 * 1024;
/// How many lists may stand within each other.
const DEEPEST: usize = 32;

/// Why no reply is made of what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is not the protocol of Redis.
    Garbage,
    /// It is, and more than is read.
    TooLarge,
}

/// Follows the bytes of one reply until it is complete.
#[derive(Debug)]
pub(super) struct Scan {
    /// How many values are still awaited, in each list that is open.
    open: Vec<usize>,
    /// How many bytes were followed.
    at: usize,
}

impl Default for Scan {
    fn default() -> Scan {
        Scan { open: vec![1], at: 0 }
    }
}

impl Scan {
    /// Follows what has come so far, from its beginning on; the length of the reply once it is complete.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Unfit> {
        while let Some(awaited) = self.open.last_mut() {
            if *awaited == 0 {
                self.open.pop();
                continue;
            }
            let rest = bytes.get(self.at..).unwrap_or_default();
            let Some(line) = line(rest)? else { return Ok(None) };
            let whole = match line.kind {
                b'$' | b'!' | b'=' if line.number()? >= 0 => {
                    let body = usize::try_from(line.number()?).map_err(|_| Unfit::TooLarge)?;
                    let whole = body.saturating_add(line.length + 2);
                    if self.at.saturating_add(whole) > LARGEST {
                        return Err(Unfit::TooLarge);
                    }
                    let Some(blob) = rest.get(..whole) else { return Ok(None) };
                    if !blob.ends_with(b"\r\n") {
                        return Err(Unfit::Garbage);
                    }
                    whole
                }
                _ => line.length,
            };
            let within = line.elements()?;
            *awaited -= 1;
            self.at += whole;
            if self.at > LARGEST || within > LARGEST / 3 || self.open.len() > DEEPEST {
                return Err(Unfit::TooLarge);
            }
            self.open.push(within);
        }
        Ok(Some(self.at))
    }
}

/// The line that every value begins with.
struct Line<'a> {
    kind: u8,
    words: &'a [u8],
    /// With its end.
    length: usize,
}

impl Line<'_> {
    fn number(&self) -> Result<i64, Unfit> {
        std::str::from_utf8(self.words).ok().and_then(|words| words.parse().ok()).ok_or(Unfit::Garbage)
    }

    /// How many values follow that belong to this one.
    fn elements(&self) -> Result<usize, Unfit> {
        let each = match self.kind {
            b'*' | b'~' | b'>' => 1,
            b'%' => 2,
            b':' | b'$' | b'!' | b'=' => {
                self.number()?;
                0
            }
            _ => 0,
        };
        match each {
            0 => Ok(0),
            // None where there is no list (-1), which is no empty list.
            _ if self.number()? < 0 => Ok(0),
            each => usize::try_from(self.number()?)
                .ok()
                .and_then(|count| count.checked_mul(each))
                .ok_or(Unfit::TooLarge),
        }
    }
}

fn line(bytes: &[u8]) -> Result<Option<Line<'_>>, Unfit> {
    let Some((kind, rest)) = bytes.split_first() else { return Ok(None) };
    if !b"+-:$*_#,(!=%~>".contains(kind) {
        return Err(Unfit::Garbage);
    }
    let within = &rest[..rest.len().min(LONGEST_LINE)];
    match within.iter().position(|byte| *byte == b'\r' || *byte == b'\n') {
        Some(end) => match rest.get(end..end + 2) {
            Some(b"\r\n") => Ok(Some(Line { kind: *kind, words: &rest[..end], length: end + 3 })),
            None if rest[end] == b'\r' => Ok(None),
            _ => Err(Unfit::Garbage),
        },
        None if within.len() == LONGEST_LINE => Err(Unfit::Garbage),
        None => Ok(None),
    }
}

/// Takes a complete reply apart.
pub(super) fn read(bytes: &[u8]) -> Result<Reply, Unfit> {
    redis::parse_redis_value(bytes).map_err(|_| Unfit::Garbage)
}

/// A reply as JSON; bytes that are no UTF-8 become U+FFFD.
pub(super) fn json(reply: &Reply) -> Json {
    match reply {
        Reply::Nil => Json::Null,
        Reply::Int(number) => (*number).into(),
        Reply::Okay => "OK".into(),
        Reply::SimpleString(text) | Reply::VerbatimString { text, .. } => text.as_str().into(),
        Reply::BulkString(bytes) | Reply::BigNumber(bytes) => String::from_utf8_lossy(bytes).into(),
        Reply::Boolean(flag) => (*flag).into(),
        Reply::Double(number) => {
            Number::from_f64(*number).map_or_else(|| number.to_string().into(), Json::Number)
        }
        Reply::Array(list) | Reply::Set(list) | Reply::Push { data: list, .. } => {
            list.iter().map(json).collect()
        }
        Reply::Map(rows) => {
            rows.iter().map(|(key, value)| (name(key), json(value))).collect::<Map<_, _>>().into()
        }
        Reply::Attribute { data, .. } => json(data),
        // Within a list (of EXEC, of a script): the command as a whole was not refused.
        Reply::ServerError(_) => {
            Map::from_iter([("error".to_owned(), error(reply).unwrap_or_default().into())]).into()
        }
        other => format!("{other:?}").into(),
    }
}

fn name(key: &Reply) -> String {
    match json(key) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

/// The server's words where it refuses, its code first.
pub(super) fn error(reply: &Reply) -> Option<String> {
    match reply {
        Reply::ServerError(error) => {
            let details = error.details().unwrap_or_default();
            Some(format!("{} {details}", error.code()).trim_end().to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> Result<Option<usize>, Unfit> {
        Scan::default().end(bytes)
    }

    #[test]
    fn a_reply_ends_where_it_ends_however_its_bytes_are_cut() {
        for reply in [
            &b"+PONG\r\n"[..],
            b"$5\r\na\r\nbc\r\n",
            b"$-1\r\n",
            b"*-1\r\n",
            b"*0\r\n",
            b"*3\r\n:1\r\n*2\r\n$1\r\nx\r\n*0\r\n-ERR no\r\n",
            b"%1\r\n+k\r\n~1\r\n#t\r\n",
            b"=5\r\ntxt:x\r\n",
        ] {
            let followed = [reply, b"+more\r\n"].concat();
            let mut scan = Scan::default();
            for cut in 0..reply.len() {
                assert_eq!(scan.end(&followed[..cut]), Ok(None), "{cut} of {reply:?}");
            }
            assert_eq!(scan.end(&followed), Ok(Some(reply.len())));
            assert!(read(reply).is_ok(), "{reply:?}");
        }
    }

    #[test]
    fn what_is_too_much_is_not_waited_for() {
        assert_eq!(whole(b"$1000000000\r\n"), Err(Unfit::TooLarge));
        assert_eq!(whole(b"*1000000000\r\n"), Err(Unfit::TooLarge));
        assert_eq!(whole(b"%9223372036854775807\r\n"), Err(Unfit::TooLarge));
        assert_eq!(whole(&b"*1\r\n".repeat(1000)), Err(Unfit::TooLarge));
        assert_eq!(
            whole(&[b"*300000\r\n".as_slice(), &b"$2\r\nab\r\n".repeat(200_000)].concat()),
            Err(Unfit::TooLarge)
        );
    }

    #[test]
    fn what_is_no_reply_is_garbage() {
        let long = [b"+".as_slice(), &b"x".repeat(LONGEST_LINE)].concat();
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"$x\r\n",
            b"*\r\n",
            b":1 \r\n",
            b"$3\r\nabcde\r\n",
            b"+a\nb",
            b"+a\rb",
            b"\x15\x03\x01\0\x02",
            &long,
        ] {
            assert_eq!(whole(bytes), Err(Unfit::Garbage), "{bytes:?}");
        }
    }

    #[test]
    fn a_reply_becomes_json() {
        let reply =
            read(b"*5\r\n:1\r\n$-1\r\n$2\r\n\xc3\xa9\r\n-ERR no way\r\n%1\r\n+k\r\n,1.5\r\n").unwrap();
        assert_eq!(json(&reply), serde_json::json!([1, null, "é", {"error": "ERR no way"}, {"k": 1.5}]));
        assert_eq!(
            error(&read(b"-NOAUTH Authentication required.\r\n").unwrap()).as_deref(),
            Some("NOAUTH Authentication required.")
        );
        assert_eq!(error(&read(b"-LOADING x y\r\n").unwrap()).as_deref(), Some("LOADING x y"));
    }
}
