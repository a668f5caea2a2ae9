//! What the exchanges of one observation share: each one's request, and the time there is for all.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use url::Url;

use crate::clock::{Clock, Moment};

/// One request of an observation; redirects make more of them.
pub(super) struct Hop {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
    pub(super) client: Client,
    pub(super) secure: bool,
}

/// An observation's time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time<'a> {
    pub(super) clock: &'a Clock,
    pub(super) began: Moment,
    pub(super) deadline: Moment,
}
