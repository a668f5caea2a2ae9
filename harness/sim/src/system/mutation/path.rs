//! A place within a JSON document, where all elements of a list are one place: a list's length is data and no contract,
//! and its order is mostly not guaranteed. Written as a JSONPath.

use std::fmt;

use serde_json::Value;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A member of an object.
    Member(String),
    /// Every element of a list.
    Each,
}

/// Steps down from the whole document, which is the path without any.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// Is it the whole document?
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Is it the elements of a list?
    pub fn ends_in_list(&self) -> bool {
        self.0.last() == Some(&Segment::Each)
    }

    /// Is it that place, or within it?
    pub fn is_within(&self, above: &Path) -> bool {
        self.0.starts_with(&above.0)
    }

    /// One step further.
    #[must_use]
    pub fn down(&self, segment: Segment) -> Path {
        Path(self.0.iter().cloned().chain([segment]).collect())
    }

    /// Does something to every value there.
    pub(super) fn each(&self, document: &mut Value, act: &mut dyn FnMut(&mut Value)) {
        each(&self.0, document, act);
    }

    /// Removes the member; returns whether there was one.
    pub(super) fn take_out(&self, document: &mut Value) -> bool {
        let Some((Segment::Member(name), above)) = self.0.split_last() else { return false };
        let mut any = false;
        each(above, document, &mut |parent| {
            any |= parent.as_object_mut().is_some_and(|members| members.shift_remove(name).is_some());
        });
        any
    }
}

fn each(path: &[Segment], at: &mut Value, act: &mut dyn FnMut(&mut Value)) {
    match (path.split_first(), at) {
        (None, here) => act(here),
        (Some((Segment::Member(name), rest)), Value::Object(members)) => {
            if let Some(below) = members.get_mut(name) {
                each(rest, below, act);
            }
        }
        (Some((Segment::Each, rest)), Value::Array(list)) => {
            list.iter_mut().for_each(|below| each(rest, below, act));
        }
        (Some(_), _) => {}
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("$")?;
        for segment in &self.0 {
            match segment {
                Segment::Each => formatter.write_str("[*]")?,
                Segment::Member(name) if is_plain(name) => write!(formatter, ".{name}")?,
                Segment::Member(name) => {
                    let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
                    write!(formatter, "['{quoted}']")?;
                }
            }
        }
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(names: &[&str]) -> Path {
        let segment = |name: &&str| match *name {
            "*" => Segment::Each,
            name => Segment::Member(name.to_owned()),
        };
        Path(names.iter().map(segment).collect())
    }

    #[test]
    fn it_is_written_as_a_jsonpath() {
        assert_eq!(path(&[]).to_string(), "$");
        assert_eq!(path(&["a", "*", "b_1"]).to_string(), "$.a[*].b_1");
        assert_eq!(path(&["commit-sha", "it's"]).to_string(), r"$['commit-sha']['it\'s']");
    }

    #[test]
    fn all_elements_of_a_list_are_one_place_and_are_taken_out_together() {
        let mut document = json!({"a": [{"b": 1, "c": 2}, {"c": 3}, 7]});
        assert!(path(&["a", "*", "b"]).take_out(&mut document));
        assert_eq!(document, json!({"a": [{"c": 2}, {"c": 3}, 7]}));
        assert!(!path(&["a", "*", "b"]).take_out(&mut document));
        assert!(!path(&["a", "*"]).take_out(&mut document));
        let mut seen = 0;
        path(&["a", "*", "c"]).each(&mut document, &mut |_| seen += 1);
        assert_eq!(seen, 2);
        assert!(path(&["a", "*"]).is_within(&path(&["a"])) && !path(&["a"]).is_within(&path(&["a", "*"])));
    }
}
