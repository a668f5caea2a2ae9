//! How an address of PostgreSQL is written.

use crate::db::address::{Dialect, Part, TlsMode};

pub(super) static DIALECT: Dialect = Dialect {
    schemes: &[("postgres", TlsMode::Prefer), ("postgresql", TlsMode::Prefer)],
    drivers: true,
    example: "postgresql://user@host:5432/database?sslmode=verify-full",
    port: 5432,
    tls_modes: &["disable", "prefer", "require", "verify-ca", "verify-full"],
    tls_mode: |word| {
        Some(match word {
            "disable" => TlsMode::Disable,
            "allow" | "prefer" => TlsMode::Prefer,
            "require" => TlsMode::Require,
            "verify-ca" => TlsMode::VerifyCa,
            "verify-full" => TlsMode::VerifyFull,
            _ => return None,
        })
    },
    system_ca_always: true,
    parameters: &[
        ("host", Part::Host),
        ("port", Part::Port),
        ("user", Part::User),
        ("password", Part::Password),
        ("dbname", Part::Database),
        ("sslmode", Part::Tls),
        ("ssl", Part::Tls),
        ("sslrootcert", Part::Ca),
    ],
    socket: Some(|host, port| match host.rsplit('/').next() {
        Some(file) if file.starts_with(".s.PGSQL.") => host,
        _ => format!("{}/.s.PGSQL.{port}", host.trim_end_matches('/')),
    }),
    sql: true,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::address::{Address, Route};
    use crate::net::connect::{Endpoint, Family};
    use fixproof_core::model::{Mistake, Secret, Setting, Settings, Text};

    fn url(text: &str) -> Result<Address, Vec<Mistake>> {
        Address::read(&Settings(vec![("url".into(), Setting::Text(Text::secret(text)))]), &DIALECT)
    }

    #[test]
    fn urls_are_read() {
        let tcp = |host: &str, port| Route::Tcp(Endpoint { host: host.into(), port, family: Family::Any });
        let socket = Route::Socket("/cloudsql/p:r:i/.s.PGSQL.5432".into());
        for (text, route, database) in [
            ("postgres://u:p@h/db", tcp("h", 5432), "db"),
            ("postgresql+asyncpg://u:p@h:6000", tcp("h", 6000), "u"),
            ("postgresql://u@[::1]:7/db?sslmode=require", tcp("::1", 7), "db"),
            ("postgres://u@/db?host=/cloudsql/p:r:i", socket.clone(), "db"),
            ("postgres://u@%2Fcloudsql%2Fp%3Ar%3Ai/db", socket, "db"),
        ] {
            let address = url(text).unwrap();
            assert_eq!((&address.route, address.database_or_user()), (&route, database), "{text}");
        }
        let address = url("postgres://u%40x:p%3A%2F@h/db?sslmode=verify-full").unwrap();
        assert_eq!(address.user, "u@x");
        assert_eq!(address.password.as_ref().map(Secret::expose), Some("p:/"));
        assert_eq!(address.tls, TlsMode::VerifyFull);
        assert!(!format!("{address:?}").contains("p:/"));
    }

    #[test]
    fn no_mistake_shows_the_password() {
        for text in [
            "postgres://u:canary@h/db?canary=1",
            "mysql://u:canary@h/db",
            "canary",
            "postgres://u:canary%zz@h/db",
            "postgres://u:canary@h:99999/db",
            "postgres://u:canary@/db",
            "postgres://:canary@h/db",
            "postgres://u:canary@h,canary/db",
            "postgres://u:canary@h/db?sslmode=canary",
        ] {
            let mistakes = url(text).unwrap_err();
            assert!(
                !mistakes.is_empty() && !format!("{mistakes:?}").contains("canary"),
                "{text}: {mistakes:?}"
            );
        }
    }

    fn with_system_ca(tls: &str) -> Result<Address, Vec<Mistake>> {
        let setting = |name: &str, value: &str| (name.into(), Setting::Text(Text::plain(value)));
        let settings = vec![setting("url", "postgres://u@h"), setting("ca", "system"), setting("tls", tls)];
        Address::read(&Settings(settings), &DIALECT)
    }

    #[test]
    fn the_systems_authorities_are_accepted_with_every_tls_mode() {
        for mode in DIALECT.tls_modes {
            assert!(with_system_ca(mode).unwrap().ca.is_none(), "{mode}");
        }
    }

    #[test]
    fn the_tls_modes_are_those_of_libpq_in_lower_case() {
        let mode =
            |word: &str| url(&format!("postgres://u@h/?sslmode={word}")).map(|address| address.tls).ok();
        for (word, expected) in [
            ("disable", TlsMode::Disable),
            ("allow", TlsMode::Prefer),
            ("prefer", TlsMode::Prefer),
            ("require", TlsMode::Require),
            ("verify-ca", TlsMode::VerifyCa),
            ("verify-full", TlsMode::VerifyFull),
        ] {
            assert_eq!(mode(word), Some(expected), "{word}");
        }
        for word in
            ["disabled", "preferred", "required", "verify-identity", "verify_full", "Verify-Full", "true"]
        {
            assert_eq!(mode(word), None, "{word}");
        }
    }
}
