//! The report as one HTML file for a browser: no network, nothing executed but our own script, readable without it.

pub(super) mod page;
