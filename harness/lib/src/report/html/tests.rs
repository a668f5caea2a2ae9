//! The page against a report that holds the worst of everything.
