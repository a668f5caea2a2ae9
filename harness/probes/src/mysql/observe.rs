//! One look: name, socket, greeting, TLS, login, questions, each under the same deadline.

use std::time::Duration;

use super::answer;
use super::classify::Stage;
use super::login::{self, CLIENT_SSL, Greeting, Proof, Way};
use super::wire::{Reader, Short, Wire};
use crate::ObserveContext;
use crate::db::address::{Address, Route, TlsMode};
use crate::db::questions::{self, Questions};
use crate::net::observation_builder::ObservationBuilder;
use crate::net::tls::TlsClient;
use crate::sanitize::clean;
use fixproof_core::model::{Cause, Observation, ProbeError, Secret, Value};

/// The most packets a login has.
const LOGIN: usize = 10;
/// What `connections` asks.
pub(super) const USED: &str = "SHOW GLOBAL STATUS LIKE 'Threads_connected'";
pub(super) const MAX: &str = "SHOW GLOBAL VARIABLES LIKE 'max_connections'";

/// Everything an observation needs.
pub(super) struct MysqlProbe {
    /// Where and who.
    pub(super) address: Address,
    /// How to shake hands; none where no TLS is wanted.
    pub(super) tls: Option<TlsClient>,
    /// What to ask.
    pub(super) questions: Questions,
}

impl MysqlProbe {
    /// Looks once.
    pub(super) async fn look(&self, ask: ObserveContext<'_>) -> Observation {
        let mut builder = ObservationBuilder::begin(ask);
        let result = self.all(&mut builder).await;
        builder.finish(result)
    }

    async fn all(&self, builder: &mut ObservationBuilder) -> Result<(), ProbeError> {
        let (stream, peer) = builder.connect_route(&self.address.route).await?;
        let mut wire = Wire::new(stream, peer);
        let greeting = self.greet(&mut wire, builder).await?;
        let way = self.encrypt(&mut wire, &greeting, builder).await?;
        self.enter(&mut wire, &greeting, way, builder).await?;
        wire.stage = Stage::Query;
        let connect = builder.spent(&["time.dns", "time.tcp", "time.greeting", "time.tls", "time.auth"]);
        builder.fact("time.connect", Value::Duration(connect));
        if let Some(query) = &self.questions.query {
            builder.sent(clean(&format!("Query {}", query.expose()), 1000));
            let late = late(&wire, "answered the query");
            let asking = answer::ask(&mut wire, query.expose(), self.questions.row_limit);
            let table = builder.phase(("query", "time.query"), late, asking).await?;
            table.facts(&mut builder.seen.facts);
        }
        if self.questions.connections {
            connections(&mut wire, builder).await?;
        }
        let total = connect + builder.spent(&["time.query", "time.connections"]);
        builder.fact("time.total", Value::Duration(total));
        // Farewell, so that the server need not count a broken connection. All is seen; it may fail.
        let patience = builder.within(Duration::from_millis(100));
        let _ = builder.clock.until(patience, wire.send(b"\x01", true)).await;
        Ok(())
    }

    /// The server speaks first; where TLS is wanted and there, it is asked for in the same breath.
    async fn greet(&self, wire: &mut Wire, builder: &mut ObservationBuilder) -> Result<Greeting, ProbeError> {
        let silence = format!(
            "{} accepted the connection and sent no greeting in time; a MySQL server speaks first, so perhaps \
             something else listens there (HTTP, PostgreSQL and Redis wait to be asked)",
            wire.peer
        );
        let greeting = async {
            let packet = wire.receive().await?;
            if packet.first() == Some(&0xff) {
                return Err(wire.refusal(&packet));
            }
            let greeting = Greeting::read(&packet).map_err(|Short| {
                let what = format!("{} does not speak MySQL: its first packet is no greeting", wire.peer);
                ProbeError::new(Cause::DatabaseProtocol, what)
            })?;
            if self.tls.is_some() && greeting.capabilities & CLIENT_SSL != 0 {
                wire.send(&login::ssl_request(&greeting, self.address.database.as_deref()), false).await?;
            }
            Ok(greeting)
        };
        let late = (Cause::DatabaseTimeout, silence);
        let greeting = builder.phase(("greeting", "time.greeting"), late, greeting).await?;
        let version = clean(&greeting.version, 200);
        let plugin = clean(&greeting.plugin, 100);
        builder.received(format!("greeting of {version}, {plugin}"));
        builder.fact("server.version", Value::Text(version));
        Ok(greeting)
    }

    async fn encrypt(
        &self,
        wire: &mut Wire,
        greeting: &Greeting,
        builder: &mut ObservationBuilder,
    ) -> Result<Way, ProbeError> {
        let (tls_client, host) = match (&self.tls, &self.address.route) {
            (_, Route::Socket(_)) => return Ok(Way::Sure),
            (None, _) => return Ok(Way::Open),
            (Some(tls_client), Route::Tcp(endpoint)) => (tls_client, &endpoint.host),
        };
        if greeting.capabilities & CLIENT_SSL == 0 {
            if self.address.tls != TlsMode::Prefer {
                return Err(ProbeError::new(
                    Cause::TlsProtocol,
                    format!("{} has no TLS to offer", wire.peer),
                ));
            }
            builder.fact("tls.verified", Value::Flag(false));
            return Ok(Way::Open);
        }
        let (config, presented) = tls_client.config()?;
        let peer = wire.peer.clone();
        let bare = std::mem::replace(&mut wire.stream, Box::new(tokio::io::empty()));
        let stream = builder.handshake(bare, (config, presented.clone()), host, &peer).await?;
        wire.stream = Box::new(stream);
        wire.tls = Some(presented);
        let mode = self.address.tls;
        builder.fact("tls.verified", Value::Flag(mode.verifies()));
        Ok(if mode == TlsMode::VerifyFull { Way::Sure } else { Way::Encrypted })
    }

    async fn enter(
        &self,
        wire: &mut Wire,
        greeting: &Greeting,
        way: Way,
        builder: &mut ObservationBuilder,
    ) -> Result<(), ProbeError> {
        let late = late(wire, "let the user in");
        builder.sent("HandshakeResponse (not shown)".to_owned());
        let mut method = String::new();
        let result =
            builder.phase(("auth", "time.auth"), late, self.login(wire, greeting, way, &mut method)).await;
        let method = clean(&method, 100);
        builder.received(match &result {
            Ok(()) => format!("OK, by {method}"),
            Err(why) => clean(&why.detail, 300),
        });
        builder.fact("auth.method", Value::Text(method));
        result
    }

    async fn login(
        &self,
        wire: &mut Wire,
        greeting: &Greeting,
        way: Way,
        method: &mut String,
    ) -> Result<(), ProbeError> {
        let password = self.address.password.as_ref().map_or("", Secret::expose);
        let mut nonce = greeting.nonce.clone();
        // The server's favourite need not be the account's: where it can't be followed, the server is left to ask for
        // what the account has.
        greeting.plugin.clone_into(method);
        let first = match login::proof(method, password, &nonce, way) {
            Proof::Shown(proof) => proof,
            Proof::Unsafe | Proof::Unknown => {
                "mysql_native_password".clone_into(method);
                Vec::new()
            }
        };
        let database = self.address.database.as_deref();
        let tls = wire.tls.is_some();
        wire.send(&login::response(greeting, &self.address.user, database, (method, &first), tls), false)
            .await?;
        for _ in 0..LOGIN {
            let packet = wire.receive().await?;
            let proof = match &*packet {
                [0x00, ..] => return Ok(()),
                [0xff, ..] => return Err(wire.refusal(&packet)),
                [0xfe] => {
                    "mysql_old_password".clone_into(method);
                    Proof::Unknown
                }
                [0xfe, switch @ ..] => {
                    let mut switch = Reader(switch);
                    *method = String::from_utf8_lossy(switch.until_nul()).into_owned();
                    nonce = switch.0.strip_suffix(&[0]).unwrap_or(switch.0).to_vec();
                    login::proof(method, password, &nonce, way)
                }
                // caching_sha2_password: what was shown is right, and OK follows.
                [0x01, 0x03] if method == "caching_sha2_password" => continue,
                [0x01, 0x04] if method == "caching_sha2_password" => login::in_full(password, way),
                _ => return Err(wire.garbage("its answer to the login is none that there is")),
            };
            match proof {
                Proof::Shown(proof) => wire.send(&proof, false).await?,
                Proof::Unsafe => return Err(unsafe_way(wire, method, way)),
                Proof::Unknown => return Err(unknown(wire, method)),
            }
        }
        Err(wire.garbage("its login has no end"))
    }
}

fn unsafe_way(wire: &Wire, method: &str, way: Way) -> ProbeError {
    let (peer, method) = (&wire.peer, clean(method, 60));
    let next = match way {
        Way::Open => "which is not sent unencrypted; write tls = \"required\", or better \"verify-identity\"",
        _ => "which is not sent to an unverified server; set tls = \"verify-identity\"",
    };
    ProbeError::new(Cause::DatabaseAuth, format!("{peer} wants the password itself ({method}), {next}"))
}

fn unknown(wire: &Wire, method: &str) -> ProbeError {
    let (peer, method) = (&wire.peer, clean(method, 60));
    let known = "mysql_native_password, caching_sha2_password, sha256_password and mysql_clear_password";
    let what =
        format!("{peer} wants the password by `{method}`, which is not spoken here (known are {known})");
    ProbeError::new(Cause::DatabaseAuth, what)
}

fn late(wire: &Wire, what: &str) -> (Cause, String) {
    (Cause::DatabaseTimeout, format!("{} has not {what} in time", wire.peer))
}

async fn connections(wire: &mut Wire, builder: &mut ObservationBuilder) -> Result<(), ProbeError> {
    let late = late(wire, "said how many connections there are");
    let asking = async {
        let used = answer::ask(wire, USED, 1).await?;
        Ok((used, answer::ask(wire, MAX, 1).await?))
    };
    let (used, max) = builder.phase(("connections", "time.connections"), late, asking).await?;
    let number = |table: &crate::db::result_set::ResultSet| {
        let value = table.rows.first()?.get("Value")?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    };
    questions::connections(number(&used), number(&max), &mut builder.seen.facts);
    Ok(())
}
