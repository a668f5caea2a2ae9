//! How text is drawn: colour and width.

/// How text is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// With ANSI colour? Without it the text is still complete.
    pub colour: bool,
    /// How many columns a frame may take.
    pub width: usize,
}

impl Style {
    /// Without colour, as wide as a page.
    pub const PLAIN: Style = Style { colour: false, width: 100 };
}

/// The colours text is drawn in.
#[derive(Debug, Clone, Copy)]
pub enum Paint {
    /// Good.
    Green,
    /// Bad.
    Red,
    /// To be noticed.
    Yellow,
    /// A heading.
    Bold,
    /// Beside the point.
    Dim,
}

/// Text in colour, where colour is on.
#[must_use]
pub fn painted(text: &str, paint: Paint, colour: bool) -> String {
    if !colour {
        return text.to_owned();
    }
    let code = match paint {
        Paint::Green => "32",
        Paint::Red => "1;31",
        Paint::Yellow => "33",
        Paint::Bold => "1",
        Paint::Dim => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
