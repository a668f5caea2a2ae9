//! How an address of MySQL is written.

use crate::db::address::{Dialect, Part, TlsMode};

pub(super) static DIALECT: Dialect = Dialect {
    schemes: &[("mysql", TlsMode::Prefer), ("mariadb", TlsMode::Prefer)],
    drivers: true,
    example: "mysql://user@host:3306/database?ssl-mode=VERIFY_IDENTITY",
    port: 3306,
    tls_modes: &["disable", "preferred", "required", "verify-ca", "verify-identity", "verify-full"],
    tls_mode: |word| {
        Some(match &*word.to_lowercase().replace('_', "-") {
            "disable" | "disabled" => TlsMode::Disable,
            "prefer" | "preferred" => TlsMode::Prefer,
            "require" | "required" => TlsMode::Require,
            "verify-ca" => TlsMode::VerifyCa,
            "verify-full" | "verify-identity" => TlsMode::VerifyFull,
            _ => return None,
        })
    },
    system_ca_always: false,
    parameters: &[
        ("ssl-mode", Part::Tls),
        ("sslmode", Part::Tls),
        ("ssl_mode", Part::Tls),
        ("ssl-ca", Part::Ca),
        ("sslca", Part::Ca),
        ("ssl_ca", Part::Ca),
        ("socket", Part::Host),
        ("unix_socket", Part::Host),
        // Texts are always read as UTF-8.
        ("charset", Part::Ignored),
    ],
    socket: Some(|path, _| path),
    sql: true,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::address::{Address, Route};
    use crate::net::connect::{Endpoint, Family};
    use fixproof_core::model::{Mistake, Setting, Settings, Text};

    fn url(text: &str) -> Result<Address, Vec<Mistake>> {
        Address::read(&Settings(vec![("url".into(), Setting::Text(Text::secret(text)))]), &DIALECT)
    }

    #[test]
    fn urls_are_read() {
        let tcp = |host: &str, port| Route::Tcp(Endpoint { host: host.into(), port, family: Family::Any });
        let socket = Route::Socket("/run/mysqld/mysqld.sock".into());
        for (text, route, database, tls) in [
            ("mysql://u:p@h/db", tcp("h", 3306), Some("db"), TlsMode::Prefer),
            ("mysql+aiomysql://u:p@h:6000", tcp("h", 6000), None, TlsMode::Prefer),
            ("mariadb://u@[::1]:7/db?ssl-mode=VERIFY_CA", tcp("::1", 7), Some("db"), TlsMode::VerifyCa),
            ("mysql://u@/db?socket=/run/mysqld/mysqld.sock", socket.clone(), Some("db"), TlsMode::Prefer),
            ("mysql://u@%2Frun%2Fmysqld%2Fmysqld.sock/db", socket, Some("db"), TlsMode::Prefer),
            ("mysql://u@h/?sslmode=disabled&charset=utf8mb4", tcp("h", 3306), None, TlsMode::Disable),
        ] {
            let address = url(text).unwrap();
            assert_eq!(
                (address.route, address.database.as_deref(), address.tls),
                (route, database, tls),
                "{text}"
            );
        }
        assert!(!format!("{:?}", url("mysql://u:canary@h").unwrap()).contains("canary"));
    }

    #[test]
    fn no_mistake_shows_the_password() {
        for text in [
            "mysql://u:canary@h/db?canary=1",
            "postgres://u:canary@h/db",
            "canary",
            "mysql://u:canary%zz@h/db",
            "mysql://u:canary%00@h/db",
            "mysql://u:canary@h:99999/db",
            "mysql://u:canary@/db",
            "mysql://:canary@h/db",
            "mysql://u:canary@h,canary/db",
            "mysql://u:canary@h/db?ssl-mode=canary",
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
        let settings = vec![setting("url", "mysql://u@h"), setting("ca", "system"), setting("tls", tls)];
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
    fn the_tls_modes_are_those_of_mysql_in_any_case() {
        let mode = |word: &str| url(&format!("mysql://u@h/?ssl-mode={word}")).map(|address| address.tls).ok();
        for (words, expected) in [
            (&["disable", "DISABLED"][..], Some(TlsMode::Disable)),
            (&["prefer", "PREFERRED"], Some(TlsMode::Prefer)),
            (&["require", "Required"], Some(TlsMode::Require)),
            (&["verify-ca", "VERIFY_CA"], Some(TlsMode::VerifyCa)),
            (&["verify-full", "VERIFY_IDENTITY"], Some(TlsMode::VerifyFull)),
            (&["allow", "", "true"], None),
        ] {
            for word in words {
                assert_eq!(mode(word), expected, "{word}");
            }
        }
    }
}
