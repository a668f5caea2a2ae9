//! One client's session, from the first byte to the last: negotiation, start-up, then statements in the simple and in
//! the extended protocol. It never sends "ready for query" after a fatal error, as PostgreSQL never does.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use pgwire::messages::data::{DataRow, NoData, ParameterDescription, RowDescription};
use pgwire::messages::extendedquery::{Bind, BindComplete, CloseComplete, ParseComplete};
use pgwire::messages::response::{CommandComplete, EmptyQueryResponse, TransactionStatus};
use pgwire::messages::startup::SecretKey;
use pgwire::messages::{PgWireBackendMessage as Message, PgWireFrontendMessage as Asked};
use tokio::net::TcpStream;

use super::error::PgError;
use super::handshake::{negotiate, start};
use super::sql::normalised;
use super::state::{Database, Slot};
use super::statements::{Query, Statement, understand};
use super::types::Column;
use super::wire::Wire;

/// Serves one connection until the client leaves or is refused.
pub(crate) async fn serve(database: Arc<Database>, stream: TcpStream) -> io::Result<()> {
    let mut wire = negotiate(&database, stream).await?;
    let startup = match wire.receive().await? {
        Some(Asked::Startup(startup)) => startup,
        Some(Asked::CancelRequest(cancel)) => {
            if let SecretKey::I32(secret) = cancel.secret_key {
                database.cancel(cancel.pid, secret);
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    wire.started();
    match start(&database, &mut wire, &startup).await? {
        Ok(Some(slot)) => {
            Session {
                slot,
                wire,
                statements: HashMap::new(),
                portals: HashMap::new(),
                status: TransactionStatus::Idle,
                skipping: false,
            }
            .run()
            .await
        }
        Ok(None) => Ok(()),
        Err(refusal) => {
            database.note_rejected(refusal.sqlstate);
            wire.refuse(&refusal).await
        }
    }
}

/// A prepared statement bound to its result formats.
struct Portal {
    statement: Statement,
    formats: Vec<i16>,
}

struct Session {
    slot: Slot,
    wire: Wire,
    statements: HashMap<String, Statement>,
    portals: HashMap<String, Portal>,
    status: TransactionStatus,
    /// After an error in the extended protocol everything up to the next Sync is skipped.
    skipping: bool,
}

impl Session {
    async fn run(mut self) -> io::Result<()> {
        while let Some(asked) = self.wire.receive().await? {
            match asked {
                Asked::Terminate(_) => return Ok(()),
                Asked::Query(query) => self.simple(&query.query).await?,
                Asked::Sync(_) => {
                    self.skipping = false;
                    self.wire.ready(self.status).await?;
                }
                _ if self.skipping => {}
                Asked::Flush(_) => self.wire.flush().await?,
                other => {
                    if let Err(refusal) = self.extended(other).await? {
                        self.fail(&refusal)?;
                        self.skipping = true;
                        self.wire.flush().await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// All statements of a simple query, up to the first that fails.
    async fn simple(&mut self, query: &str) -> io::Result<()> {
        let statements = normalised(query);
        if statements.is_empty() {
            self.wire.put(&Message::EmptyQueryResponse(EmptyQueryResponse::new()))?;
        }
        for text in statements {
            let outcome = match self.understood(&text) {
                Ok(statement) => {
                    if let Statement::Rows { columns, .. } = &statement {
                        self.describe_rows(columns, &[])?;
                    }
                    self.execute(&statement, &[]).await?
                }
                Err(refusal) => Err(refusal),
            };
            if let Err(refusal) = outcome {
                self.fail(&refusal)?;
                break;
            }
        }
        self.wire.ready(self.status).await
    }

    async fn extended(&mut self, asked: Asked) -> io::Result<Result<(), PgError>> {
        match asked {
            Asked::Parse(parse) => {
                let mut statements = normalised(&parse.query);
                if statements.len() > 1 {
                    return Ok(Err(PgError::new(
                        "42601",
                        "cannot insert multiple commands into a prepared statement",
                    )));
                }
                let statement = match self.understood(&statements.pop().unwrap_or_default()) {
                    Ok(statement) => statement,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                self.statements.insert(parse.name.unwrap_or_default(), statement);
                self.wire.put(&Message::ParseComplete(ParseComplete::new()))?;
            }
            Asked::Bind(bind) => return self.bind(bind),
            Asked::Describe(describe) => {
                return self.describe(describe.target_type, &describe.name.unwrap_or_default());
            }
            Asked::Execute(execute) => {
                let Some(portal) = self.portals.get(&execute.name.unwrap_or_default()) else {
                    return Ok(Err(PgError::new("34000", "this portal does not exist")));
                };
                let (statement, formats) = (portal.statement.clone(), portal.formats.clone());
                return self.execute(&statement, &formats).await;
            }
            Asked::Close(close) => {
                let name = close.name.unwrap_or_default();
                match close.target_type {
                    b'S' => drop(self.statements.remove(&name)),
                    _ => drop(self.portals.remove(&name)),
                }
                self.wire.put(&Message::CloseComplete(CloseComplete::new()))?;
            }
            _ => return Ok(Err(PgError::new("08P01", "unexpected message"))),
        }
        Ok(Ok(()))
    }

    fn bind(&mut self, bind: Bind) -> io::Result<Result<(), PgError>> {
        let Some(statement) = self.statements.get(bind.statement_name.as_deref().unwrap_or_default()) else {
            return Ok(Err(PgError::new("26000", "this prepared statement does not exist")));
        };
        if !bind.parameters.is_empty() {
            return Ok(Err(PgError::new("08P01", "the simulated database takes no parameters")));
        }
        let portal = Portal { statement: statement.clone(), formats: bind.result_column_format_codes };
        self.portals.insert(bind.portal_name.unwrap_or_default(), portal);
        self.wire.put(&Message::BindComplete(BindComplete::new()))?;
        Ok(Ok(()))
    }

    fn describe(&mut self, target: u8, name: &str) -> io::Result<Result<(), PgError>> {
        let (statement, formats) = match target {
            b'S' => (self.statements.get(name).cloned(), Vec::new()),
            _ => (
                self.portals.get(name).map(|portal| portal.statement.clone()),
                self.portals.get(name).map(|portal| portal.formats.clone()).unwrap_or_default(),
            ),
        };
        let Some(statement) = statement else {
            return Ok(Err(PgError::new("26000", "nothing of this name can be described")));
        };
        if target == b'S' {
            self.wire.put(&Message::ParameterDescription(ParameterDescription::new(Vec::new())))?;
        }
        match &statement {
            Statement::Rows { columns, .. } => self.describe_rows(columns, &formats)?,
            _ => self.wire.put(&Message::NoData(NoData::new()))?,
        }
        Ok(Ok(()))
    }

    fn describe_rows(&mut self, columns: &[Column], formats: &[i16]) -> io::Result<()> {
        let described =
            columns.iter().enumerate().map(|(index, column)| column.described(is_binary(formats, index)));
        self.wire.put(&Message::RowDescription(RowDescription::new(described.collect())))
    }

    /// In a failed transaction only its end is understood.
    fn understood(&self, text: &str) -> Result<Statement, PgError> {
        let statement = understand(&self.slot.database, text)?;
        match (self.status, &statement) {
            (TransactionStatus::Error, Statement::End(_)) => Ok(Statement::End("ROLLBACK")),
            (TransactionStatus::Error, Statement::Rows { .. } | Statement::Begin | Statement::Command(_)) => {
                Err(PgError::new(
                    "25P02",
                    "current transaction is aborted, commands ignored until end of transaction block",
                ))
            }
            _ => Ok(statement),
        }
    }

    async fn execute(&mut self, statement: &Statement, formats: &[i16]) -> io::Result<Result<(), PgError>> {
        self.slot.forget_cancel();
        self.slot.show(true, self.status != TransactionStatus::Idle);
        self.slot.note_statement();
        let tag = match statement {
            Statement::Empty => {
                self.wire.put(&Message::EmptyQueryResponse(EmptyQueryResponse::new()))?;
                self.slot.show(false, self.status != TransactionStatus::Idle);
                return Ok(Ok(()));
            }
            Statement::Begin => {
                self.status = TransactionStatus::Transaction;
                "BEGIN".to_owned()
            }
            Statement::End(tag) => {
                self.status = TransactionStatus::Idle;
                (*tag).to_owned()
            }
            Statement::Command(tag) => (*tag).to_owned(),
            Statement::Rows { columns, query } => {
                let rows = match self.rows(query).await {
                    Ok(rows) => rows,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                for row in &rows {
                    self.wire.put(&Message::DataRow(data_row(columns, row, formats)))?;
                }
                format!("SELECT {}", rows.len())
            }
        };
        self.slot.show(false, self.status != TransactionStatus::Idle);
        self.wire.put(&Message::CommandComplete(CommandComplete::new(tag)))?;
        Ok(Ok(()))
    }

    async fn rows(&self, query: &Query) -> Result<Vec<Vec<String>>, PgError> {
        let database = &self.slot.database;
        match query {
            Query::Values(values) => Ok(vec![values(database)]),
            Query::Table(rows) => Ok(rows(database)),
            Query::Known(value) => Ok(vec![vec![value.clone()]]),
            Query::Sleep(seconds) => tokio::select! {
                () = database.settings.time_scale.sleep(Duration::from_secs_f64(*seconds)) => Ok(vec![vec![String::new()]]),
                () = self.slot.cancel.notified() => Err(PgError::new("57014", "canceling statement due to user request")),
            },
        }
    }

    fn fail(&mut self, refusal: &PgError) -> io::Result<()> {
        if self.status == TransactionStatus::Transaction {
            self.status = TransactionStatus::Error;
        }
        self.slot.show(false, self.status != TransactionStatus::Idle);
        self.wire.put_refusal("ERROR", refusal)
    }
}

/// One format for all columns, or one for each, or text.
fn is_binary(formats: &[i16], index: usize) -> bool {
    match formats {
        [] => false,
        [all] => *all == 1,
        each => each.get(index) == Some(&1),
    }
}

fn data_row(columns: &[Column], values: &[String], formats: &[i16]) -> DataRow {
    let mut data = BytesMut::new();
    for (index, (column, value)) in columns.iter().zip(values).enumerate() {
        let encoded = column.kind.encode(value, is_binary(formats, index));
        data.put_i32(i32::try_from(encoded.len()).unwrap_or(0));
        data.put_slice(&encoded);
    }
    DataRow::new(data, i16::try_from(columns.len()).unwrap_or(0))
}
