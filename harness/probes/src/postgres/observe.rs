//! One look: name, socket, TLS, session, questions, each under the same deadline.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use rustls::ClientConfig;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Either, PgConnection};
use tokio::task::JoinSet;

use super::classify;
use super::decode;
use super::relay::{self, SharedLog};
use super::tls::{self, Secured};
use super::wire;
use crate::ObserveContext;
use crate::db::address::{Address, Route, TlsMode};
use crate::db::questions::{self, Questions};
use crate::db::result_set::ResultSet;
use crate::net::connect::{Endpoint, own_limit};
use crate::net::observation_builder::ObservationBuilder;
use crate::net::tls::{PresentedChain, TlsClient};
use crate::net::unix_socket::{Duplex, PrivateSocket};
use fixproof_core::model::{Cause, Observation, ProbeError, Secret, Value};

/// What `connections` asks. A role that is no member of pg_monitor does not see what kind other sessions are: they are
/// counted, because too many is the safe side.
pub(super) const CONNECTIONS: &str = "SELECT count(*)::int8 AS used, current_setting('max_connections')::int8 AS max \
                           FROM pg_stat_activity WHERE backend_type = 'client backend' OR backend_type IS NULL";
/// Everything an observation needs.
pub(super) struct PostgresProbe {
    /// Where and who.
    pub(super) address: Address,
    /// How to shake hands; none where no TLS is wanted.
    pub(super) tls: Option<TlsClient>,
    /// What to ask.
    pub(super) questions: Questions,
}

/// Looks once.
pub(super) async fn look(probe: Arc<PostgresProbe>, ask: ObserveContext<'_>) -> Observation {
    let mut builder = ObservationBuilder::begin(ask);
    let result = builder.all(probe).await;
    builder.finish(result)
}

impl ObservationBuilder {
    async fn all(&mut self, probe: Arc<PostgresProbe>) -> Result<(), ProbeError> {
        let (stream, endpoint) = self.connect_route(&probe.address.route).await?;
        let stream = match (&probe.tls, &probe.address.route) {
            (Some(tls_client), Route::Tcp(Endpoint { host, .. })) => {
                self.encrypt(stream, probe.address.tls, tls_client.config()?, host, &endpoint).await?
            }
            _ => stream,
        };
        self.session(probe, stream, &endpoint).await
    }

    async fn encrypt(
        &mut self,
        stream: Box<dyn Duplex>,
        mode: TlsMode,
        handshake: (Arc<ClientConfig>, PresentedChain),
        host: &str,
        endpoint: &str,
    ) -> Result<Box<dyn Duplex>, ProbeError> {
        let late = (Cause::TlsTimeout, format!("{endpoint} did not finish the TLS handshake in time"));
        let answered = AtomicBool::new(false);
        let work = tls::secure(stream, mode, handshake, host, endpoint, &answered);
        let secured = self.phase(("tls", "time.tls"), late, work).await;
        // A server that has not even said whether it has TLS is silent, which is no fault of a handshake.
        let silent = || format!("{endpoint} accepted the connection and sent nothing in time");
        match secured.map_err(|found| match found.cause {
            Cause::TlsTimeout if !answered.load(Ordering::Relaxed) => {
                ProbeError::new(Cause::DatabaseTimeout, silent())
            }
            _ => found,
        })? {
            Secured::Plain(stream) => {
                self.fact("tls.verified", Value::Flag(false));
                Ok(stream)
            }
            Secured::Tls(stream) => {
                tls::facts(&stream, mode, self.clock, &mut self.seen.facts);
                Ok(stream)
            }
        }
    }

    /// Lets sqlx speak over the relay. Whatever is still running when this ends is aborted.
    async fn session(
        &mut self,
        probe: Arc<PostgresProbe>,
        stream: Box<dyn Duplex>,
        endpoint: &str,
    ) -> Result<(), ProbeError> {
        let log = SharedLog::default();
        let door = PrivateSocket::open(relay::SOCKET).map_err(|error| relay_failed(&error))?;
        let options = options(&probe.address, &door);
        let startup = wire::startup(&probe.address.user, probe.address.database_or_user());
        let mut relay = JoinSet::new();
        relay.spawn(relay::run(door, stream, startup, log.clone(), self.clock));
        let mut asking = JoinSet::new();
        asking.spawn(converse(options, Arc::clone(&probe)));
        let result = self.clock.until(self.deadline, asking.join_next()).await;
        let complete = matches!(&result, Ok(Some(Ok(Ok(_)))));
        self.note_session(&log, probe.questions.query.is_some(), complete);
        let (connection, answers) = match result {
            Err(_) => return Err(late(&log, endpoint)),
            Ok(Some(Ok(Ok(answered)))) => answered,
            Ok(Some(Ok(Err(error)))) => return Err(classify::session(&log.lock(), &error, endpoint)),
            // Only a message that sqlx can't take apart ends its task: it panics over lengths that don't add up.
            Ok(_) => {
                let words = format!("{endpoint} sent a message that no PostgreSQL server sends");
                return Err(ProbeError::new(Cause::DatabaseProtocol, words));
            }
        };
        self.answers(answers);
        // Farewell, so that the server need not wonder; that it comes late or not at all changes nothing.
        let farewell = async {
            let _ = connection.close().await;
            relay.join_next().await
        };
        let patience = self.within(Duration::from_millis(100));
        let _ = self.clock.until(patience, farewell).await;
        self.seen.transcript = std::mem::take(&mut log.lock().transcript);
        Ok(())
    }

    /// Facts and phases out of the relay's log.
    fn note_session(&mut self, log: &SharedLog, asked: bool, complete: bool) {
        let clock = self.clock;
        let log = log.lock();
        self.seen.transcript = log.transcript.clone();
        let Some(started) = log.started else { return };
        let auth = clock.between(started, log.ready.unwrap_or_else(|| clock.now())).saturating_sub(log.own);
        self.note("auth", started, auth, log.ready.is_some());
        let facts = &mut self.seen.facts;
        if let Some(version) = &log.version {
            facts.insert("server.version", Value::Text(version.clone()));
        }
        if let Some(method) = log.method {
            facts.insert("auth.method", Value::Text(method.to_owned()));
        }
        facts.insert("time.own", Value::Duration(log.own));
        if log.ready.is_none() {
            return;
        }
        let connect = self.spent(&["time.dns", "time.tcp", "time.tls"]) + auth;
        let facts = &mut self.seen.facts;
        facts.insert("time.auth", Value::Duration(auth));
        facts.insert("time.connect", Value::Duration(connect));
        let took =
            |asked: &relay::Asked| clock.between(asked.sent, asked.done.unwrap_or_else(|| clock.now()));
        if let (true, Some(first)) = (asked, log.queries.first().filter(|first| first.done.is_some())) {
            facts.insert("time.query", Value::Duration(took(first)));
        }
        let questions: Duration = log.queries.iter().map(took).sum();
        if complete {
            facts.insert("time.total", Value::Duration(connect + questions));
        }
        if let Some(first) = log.queries.first() {
            self.note("query", first.sent, questions, complete);
        }
    }

    fn answers(&mut self, answers: Answers) {
        let facts = &mut self.seen.facts;
        if let Some(table) = answers.query {
            table.facts(facts);
        }
        let Some(table) = answers.connections else { return };
        questions::connections(table.number("used"), table.number("max"), facts);
    }
}

fn relay_failed(error: &io::Error) -> ProbeError {
    let cause = if own_limit(error) { Cause::OwnLimit } else { Cause::Internal };
    ProbeError::new(cause, format!("the relay can't be opened: {error}"))
}

fn late(log: &SharedLog, endpoint: &str) -> ProbeError {
    let stage = if log.lock().ready.is_some() { "answered the query" } else { "let the user in" };
    ProbeError::new(Cause::DatabaseTimeout, format!("{endpoint} has not {stage} in time"))
}

/// Everything the environment could say is said here.
fn options(address: &Address, door: &PrivateSocket) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(door.folder())
        .port(relay::PORT)
        .ssl_mode(PgSslMode::Disable)
        .username(&address.user)
        .password(address.password.as_ref().map_or("", Secret::expose))
        .database(address.database_or_user())
        .application_name("fixproof")
        .disable_statement_logging()
}

/// What was answered.
#[derive(Default)]
struct Answers {
    query: Option<ResultSet>,
    connections: Option<ResultSet>,
}

async fn converse(
    options: PgConnectOptions,
    probe: Arc<PostgresProbe>,
) -> Result<(PgConnection, Answers), sqlx::Error> {
    let mut connection = PgConnection::connect_with(&options).await?;
    let mut answers = Answers::default();
    if let Some(query) = &probe.questions.query {
        answers.query = Some(table(&mut connection, query.expose(), probe.questions.row_limit).await?);
    }
    if probe.questions.connections {
        answers.connections = Some(table(&mut connection, CONNECTIONS, 1).await?);
    }
    Ok((connection, answers))
}

async fn table(connection: &mut PgConnection, query: &str, limit: usize) -> Result<ResultSet, sqlx::Error> {
    let mut table = ResultSet::default();
    let mut between = false;
    let mut answer = sqlx::raw_sql(AssertSqlSafe(query)).fetch_many(connection);
    while let Some(part) = answer.next().await {
        match part? {
            Either::Left(_) => between = true,
            Either::Right(row) => {
                if std::mem::take(&mut between) {
                    table = ResultSet::default();
                }
                decode::take(&mut table, &row, limit)?;
            }
        }
    }
    Ok(table)
}
