//! How an address of Redis is written.

use crate::db::address::{Dialect, TlsMode};

pub(super) static DIALECT: Dialect = Dialect {
    schemes: &[
        ("redis", TlsMode::Disable),
        ("rediss", TlsMode::VerifyFull),
        ("valkey", TlsMode::Disable),
        ("valkeys", TlsMode::VerifyFull),
    ],
    drivers: false,
    example: "redis://host:6379/0, or rediss://user:password@host:6379 for TLS",
    port: 6379,
    tls_modes: &["disable", "verify-ca", "verify-full"],
    tls_mode: |word| {
        Some(match word {
            "disable" => TlsMode::Disable,
            "verify-ca" => TlsMode::VerifyCa,
            "verify-full" => TlsMode::VerifyFull,
            _ => return None,
        })
    },
    system_ca_always: false,
    parameters: &[],
    socket: None,
    sql: false,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PrepareContext;
    use crate::db::address::{Address, Route};
    use crate::probe::RunResources;
    use fixproof_core::model::{Mistake, Secret, Setting, Settings, Text};

    fn url(text: &str) -> Result<Address, Vec<Mistake>> {
        Address::read(&Settings(vec![("url".into(), Setting::Text(Text::secret(text)))]), &DIALECT)
    }

    #[test]
    fn urls_are_read() {
        for (text, endpoint, user, password, database, tls) in [
            ("redis://h", "h:6379", "", None, None, TlsMode::Disable),
            ("redis://:p%40@h:7/3", "h:7", "", Some("p@"), Some("3"), TlsMode::Disable),
            ("rediss://u:p@[::1]/", "[::1]:6379", "u", Some("p"), None, TlsMode::VerifyFull),
        ] {
            let address = url(text).unwrap();
            assert!(matches!(&address.route, Route::Tcp(found) if found.to_string() == endpoint), "{text}");
            assert_eq!(address.user, user);
            assert_eq!(address.password.as_ref().map(Secret::expose), password);
            assert_eq!((address.database.as_deref(), address.tls), (database, tls), "{text}");
            assert!(!format!("{address:?}").contains("p@"));
        }
    }

    #[test]
    fn no_mistake_shows_the_password() {
        for text in [
            "redis://u:canary@h/canary",
            "redis://u:canary@h/0?canary=1",
            "postgres://u:canary@h/0",
            "canary",
            "redis://u:canary%zz@h/0",
            "redis://u:canary@h:99999/0",
            "redis://u:canary@/0",
            "redis://u:canary@h,canary/0",
        ] {
            let settings = Settings(vec![("url".into(), Setting::Text(Text::secret(text)))]);
            let resources = RunResources::default();
            let root = std::path::Path::new("/");
            let context = PrepareContext { root, proxy_from_environment: false, resources: &resources };
            let mistakes = crate::redis::prepare(&settings, &context).err().unwrap();
            assert!(
                !mistakes.is_empty() && !format!("{mistakes:?}").contains("canary"),
                "{text}: {mistakes:?}"
            );
        }
    }

    fn with_system_ca(tls: &str) -> Result<Address, Vec<Mistake>> {
        let setting = |name: &str, value: &str| (name.into(), Setting::Text(Text::plain(value)));
        let settings = vec![setting("url", "redis://h"), setting("ca", "system"), setting("tls", tls)];
        Address::read(&Settings(settings), &DIALECT)
    }

    #[test]
    fn the_systems_authorities_are_refused_where_no_certificate_is_verified() {
        for mode in DIALECT.tls_modes {
            assert_eq!(with_system_ca(mode).is_ok(), mode.starts_with("verify"), "{mode}");
        }
        assert!(with_system_ca("verify-full").unwrap().ca.is_none());
    }

    #[test]
    fn a_tls_mode_of_another_database_is_refused() {
        for word in ["prefer", "require", "disabled", "VERIFY-FULL", "verify_full", "verify-identity"] {
            let settings = [("url", "redis://h"), ("tls", word)];
            let settings = settings.map(|(name, value)| (name.into(), Setting::Text(Text::plain(value))));
            assert!(Address::read(&Settings(settings.into()), &DIALECT).is_err(), "{word}");
        }
    }
}
