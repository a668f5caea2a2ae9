//! The three ways of asking for a password, and what becomes of a cancel request that comes too late.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, PgConnection};

use super::DatabaseFaults;
use super::{Authentication, Database, Role, Settings, run};
use crate::servers::listener::Listener;
use crate::servers::time_scale::TimeScale;

/// A database of its own, without a connector and without TLS.
fn served(authentication: Authentication) -> (Arc<Database>, PgConnectOptions) {
    let roles = vec![
        Role { name: "anna", password: "right".to_owned(), superuser: false },
        Role { name: "root", password: "right".to_owned(), superuser: true },
    ];
    let settings = Settings {
        name: "db",
        roles,
        authentication,
        max_connections: 5,
        reserved: 2,
        tls: None,
        time_scale: TimeScale::new(1.0),
        seed: 1,
    };
    let database = Database::new(settings, DatabaseFaults::NONE);
    let listener = Listener::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), true, 10).unwrap();
    let port = listener.address().unwrap().port();
    tokio::spawn(run(Arc::clone(&database), listener));
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username("anna")
        .password("right");
    (database, options.database("db").ssl_mode(PgSslMode::Disable))
}

fn code(refused: sqlx::Result<PgConnection>) -> String {
    match refused {
        Ok(_) => "connected".to_owned(),
        Err(error) => {
            error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned()
        }
    }
}

#[tokio::test]
async fn the_right_password_opens_and_a_wrong_one_does_not_however_it_is_asked_for() {
    for authentication in [
        Authentication::Scram { iterations: 1 },
        Authentication::Scram { iterations: 256 },
        Authentication::Cleartext,
    ] {
        let (database, options) = served(authentication);
        assert_eq!(code(options.connect().await), "connected", "{authentication:?}");
        assert_eq!(code(options.clone().password("wrong").connect().await), "28P01", "{authentication:?}");
        assert_eq!(database.journal().accepted, 1);
    }
    let (_, options) = served(Authentication::Trust);
    assert_eq!(code(options.clone().password("wrong").connect().await), "connected");
    assert_eq!(code(options.username("nobody").connect().await), "28P01");
}

#[tokio::test]
async fn only_a_superuser_may_use_the_reserved_slots_and_nobody_more_than_there_are() {
    let (_, options) = served(Authentication::Trust);
    let mut held = Vec::new();
    for (role, wanted) in [("anna", 3), ("root", 2)] {
        for _ in 0..wanted {
            held.push(options.clone().username(role).connect().await.unwrap());
        }
        assert_eq!(code(options.clone().username(role).connect().await), "53300", "{role}");
    }
}

#[tokio::test]
async fn a_cancel_request_between_statements_harms_none() {
    let (database, options) = served(Authentication::Trust);
    let mut session = options.connect().await.unwrap();
    let row = database.activity().remove(0);
    database.cancel(row.pid, row.secret());
    sqlx::query("SELECT pg_sleep(0.01)").execute(&mut session).await.unwrap();
    database.cancel(row.pid, row.secret() ^ 1);
    session.ping().await.unwrap();
    assert_eq!(database.journal().cancelled, 0);
}
