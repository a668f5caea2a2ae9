//! What is broken, in tables: one row a profile, one fault a row (but for the incident and its relatives). A fault that
//! one profile has alone is declared by its row. A profile never says what a client must see.

mod app_faults;
mod app_table;
mod edge_table;
pub(crate) mod faults;
mod platform_faults;
mod single_fault;

use std::sync::LazyLock;

pub(crate) use app_faults::AppFault;
pub use faults::Profile;
pub(crate) use faults::{FaultSchedule, Faults, HEALTHY, Listening};
pub(crate) use platform_faults::{HealthStub, PlatformFault};

/// The tables, one after the other.
static ALL: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let mut all = app_table::PROFILES.to_vec();
    let mut add = |name, summary, faults| all.push(Profile { name, summary, faults });
    for row in app_faults::APP_FAULTS {
        add(row.name, row.summary, Faults { app_faults: &row.fault, ..HEALTHY });
    }
    for row in platform_faults::PLATFORM_FAULTS {
        add(row.name, row.summary, Faults { platform_faults: &row.fault, ..HEALTHY });
    }
    for row in platform_faults::HEALTH_STUBS {
        add(row.name, row.summary, Faults { stub: Some(row.fault[0]), ..HEALTHY });
    }
    all.extend(edge_table::PROFILES);
    all
});

impl Profile {
    /// All profiles; `healthy` is the first.
    pub fn all() -> &'static [Profile] {
        &ALL
    }

    /// The profile of this name.
    pub fn named(name: &str) -> Option<&'static Profile> {
        Self::all().iter().find(|profile| profile.name == name)
    }
}

impl Default for Profile {
    /// The healthy staging.
    fn default() -> Self {
        app_table::HEALTHY_PROFILE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_has_its_own_name_and_says_what_is_broken() {
        for (index, profile) in Profile::all().iter().enumerate() {
            assert!(
                profile.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{}",
                profile.name
            );
            assert!(profile.summary.len() > 10, "{}", profile.name);
            assert!(
                Profile::all()[..index].iter().all(|other| other.name != profile.name),
                "{}",
                profile.name
            );
        }
        assert_eq!(Profile::all()[0].name, Profile::default().name);
        assert!(Profile::named("no-such-profile").is_none());
    }
}
