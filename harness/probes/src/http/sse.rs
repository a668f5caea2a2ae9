//! A stream of server-sent events taken apart as it comes, as the HTML standard says (9.2.6).
//!
//! Its caller bounds it: what is kept between two pieces is never longer than what was fed.

/// One event.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Event {
    /// Its type; `message` where the stream gives none.
    pub(super) name: String,
    /// Its own id, if it has one.
    pub(super) id: Option<String>,
    /// How long to wait before reconnecting, in milliseconds, if it says so.
    pub(super) retry: Option<u64>,
    /// Its data, lines joined by line feeds.
    pub(super) data: String,
}

/// What is not a whole event yet.
#[derive(Debug, Default)]
pub(super) struct Parser {
    line: Vec<u8>,
    /// A line has ended with a carriage return; a line feed right after it belongs to it.
    returned: bool,
    begun: bool,
    event: Event,
    has_data: bool,
    /// Has anything but comments come since the last event?
    open: bool,
}

impl Parser {
    /// Takes the next piece, and yields the events that it completes.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in piece {
            let after_return = std::mem::take(&mut self.returned);
            match byte {
                b'\n' if after_return => {}
                b'\r' | b'\n' => {
                    self.returned = *byte == b'\r';
                    events.extend(self.end_line());
                }
                byte => self.line.push(*byte),
            }
        }
        events
    }

    /// Is there the beginning of an event that has not ended with an empty line?
    pub(super) fn has_begun(&self) -> bool {
        self.open || !self.line.is_empty()
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = match std::mem::replace(&mut self.begun, true) {
            false => line.strip_prefix('\u{feff}').unwrap_or(&line),
            true => &line,
        };
        if line.is_empty() {
            return self.end_event();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        self.open |= !field.is_empty();
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                self.event.data.push_str(value);
                self.event.data.push('\n');
                self.has_data = true;
            }
            "id" if !value.contains('\0') => self.event.id = Some(value.to_owned()),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.event.retry = value.parse().ok();
            }
            // Comments have no field; unknown fields are ignored.
            _ => {}
        }
        None
    }

    /// An empty line ends an event; one without data is none.
    fn end_event(&mut self) -> Option<Event> {
        self.open = false;
        let mut event = std::mem::take(&mut self.event);
        if !std::mem::take(&mut self.has_data) {
            return None;
        }
        event.data.pop();
        if event.name.is_empty() {
            "message".clone_into(&mut event.name);
        }
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text comes to, whole and byte by byte.
    fn parsed(text: impl AsRef<[u8]>) -> Vec<(String, String)> {
        let text = text.as_ref();
        let whole = Parser::default().feed(text);
        let mut parser = Parser::default();
        let bytes: Vec<Event> = text.iter().flat_map(|byte| parser.feed(&[*byte])).collect();
        assert_eq!(whole, bytes);
        whole.into_iter().map(|event| (event.name, event.data)).collect()
    }

    fn message(data: &str) -> (String, String) {
        ("message".to_owned(), data.to_owned())
    }

    #[test]
    fn every_line_ending_ends_a_line_once() {
        for text in [
            "data: a\ndata: b\n\ndata: c\n\n",
            "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n",
            "data: a\rdata: b\r\rdata: c\r\r",
        ] {
            assert_eq!(parsed(text), [message("a\nb"), message("c")], "{text:?}");
        }
    }

    #[test]
    fn the_standard_s_own_examples() {
        assert_eq!(parsed("data: YHOO\ndata: +2\ndata: 10\n\n"), [message("YHOO\n+2\n10")]);
        let text =
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n";
        assert_eq!(parsed(text), [message("first event"), message("second event")]);
        assert_eq!(parsed("data\n\ndata\ndata\n\ndata:"), [message(""), message("\n")]);
        assert_eq!(parsed("data:test\n\ndata: test\n\n"), [message("test"), message("test")]);
    }

    #[test]
    fn fields_that_are_none_and_events_without_data_are_left_out() {
        let named = ("tick".to_owned(), "1".to_owned());
        assert_eq!(parsed("event: lost\n\nevent: tick\nEvent: x\nfoo: bar\ndata: 1\n\n"), [named]);
        assert_eq!(parsed("\n\n:\n\nretry: 5\n\n"), []);
        let events = Parser::default().feed(b"id: a\0b\nretry: 1x\ndata: x\n\nid: 7\nretry: 30\ndata: y\n\n");
        assert_eq!((events[0].id.as_deref(), events[0].retry), (None, None));
        assert_eq!((events[1].id.as_deref(), events[1].retry), (Some("7"), Some(30)));
    }

    #[test]
    fn a_byte_order_mark_is_one_only_at_the_beginning() {
        assert_eq!(parsed("\u{feff}data: a\n\n\u{feff}data: b\n\n"), [message("a")]);
        assert_eq!(parsed(b"data: \xff\xfe\n\n"), [message("\u{fffd}\u{fffd}")]);
    }

    #[test]
    fn what_has_begun_is_known() {
        let mut parser = Parser::default();
        for (piece, begun) in [(": keep-alive\n\n", false), ("data: x\n", true), ("\n", false), ("d", true)] {
            parser.feed(piece.as_bytes());
            assert_eq!(parser.has_begun(), begun, "{piece:?}");
        }
    }
}
