//! How an address of PostgreSQL is written.

use crate::db::address::{Dialect, Part, TlsMode};

pub(super) static DIALECT: Dialect = Dialect {
    schemes: &[("postgres", TlsMode::Prefer), ("postgresql", TlsMode::Prefer)],
    drivers: true,
    example: "postgresql://user@host:5432/database?sslmode=verify-full",
    port: 5432,
    tls_modes: &["disable", "prefer", "require", "verify-ca", "verify-full"],
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
}
