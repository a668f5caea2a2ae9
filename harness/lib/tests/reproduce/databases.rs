//! `psql` is let in where the probe is, by a real PostgreSQL.

use super::real_postgres::{PASSWORD, Server, Setup};
use super::{command, one, there, typed};

#[test]
fn psql_asks_a_real_server_the_same() {
    if !there("psql", "postgresql-client", "psql_asks_a_real_server_the_same") {
        return;
    }
    let setup = Setup { auth: "scram-sha-256", tls: None, max_connections: 20 };
    let Some(server) = Server::start(&setup) else { return };
    let url =
        format!("postgresql://app:{{{{secret.jwt}}}}@localhost:{}/postgres?sslmode=disable", server.port);
    let command = command(&one(&format!(
        "probe = \"postgres\"\nwith = {{ url = \"{url}\", query = \"SELECT 'it''s', current_user AS who\", connections = true }}\nexpect = [{{ that = \"row-count\", equals = 1 }}]"
    )));
    let output = typed(&command, &[("JWT", PASSWORD)]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("it's") && said.contains("app"),
        "{command}: {output:?}"
    );
    assert!(said.contains("max") && said.contains("20"), "{said}");
    let wrong = typed(&command, &[("JWT", "wrong-horse")]);
    assert!(!wrong.status.success(), "{wrong:?}");
}
