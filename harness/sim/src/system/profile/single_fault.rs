//! A fault that one profile has alone: one row declares the fault, the profile and what is broken.

/// A profile with one fault of one kind.
pub(super) struct SingleFault<T> {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) fault: [T; 1],
}

/// Declares an enum of faults, and the profiles that have one each.
macro_rules! single_faults {
    ($(#[$doc:meta])* $faults:ident, $rows:ident: $($variant:ident $name:literal $summary:literal)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $faults { $(#[doc = $summary] $variant,)* }

        pub(super) static $rows: &[SingleFault<$faults>] =
            &[$(SingleFault { name: $name, summary: $summary, fault: [$faults::$variant] }),*];
    };
}

pub(super) use single_faults;
