//! Starts a session: encryption, slot, authentication, in PostgreSQL's order. It answers no statement.

use std::io;
use std::sync::Arc;

use pgwire::messages::PgWireBackendMessage as Message;
use pgwire::messages::response::TransactionStatus;
use pgwire::messages::startup::{
    Authentication as Reply, BackendKeyData, NegotiateProtocolVersion, ParameterStatus, SecretKey, Startup,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::authentication::{Authenticated, authenticate};
use super::error::PgError;
use super::settings::SERVER_VERSION;
use super::state::{Database, Slot};
use super::wire::{Stream, Wire};
use crate::servers::seed::mix;

const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const GSS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30];

/// Answers requests for encryption until the client starts up.
pub(super) async fn negotiate(database: &Database, mut stream: TcpStream) -> io::Result<Wire> {
    let mut first = [0; 8];
    loop {
        stream.read_exact(&mut first).await?;
        match (&database.settings.tls, first) {
            (Some(tls), SSL_REQUEST) => {
                stream.write_all(b"S").await?;
                let encrypted: Box<dyn Stream> = Box::new(tls.accept(stream).await?);
                return Ok(Wire::new(encrypted, &[]));
            }
            (None, SSL_REQUEST) | (_, GSS_REQUEST) => stream.write_all(b"N").await?,
            _ => return Ok(Wire::new(Box::new(stream), &first)),
        }
    }
}

/// Start-up in PostgreSQL's order. No slot and no refusal: the client left.
pub(super) async fn start(
    database: &Arc<Database>,
    wire: &mut Wire,
    startup: &Startup,
) -> io::Result<Result<Option<Slot>, PgError>> {
    let slot = match database.admit() {
        Ok(slot) => slot,
        Err(refusal) => return Ok(Err(refusal)),
    };
    slot.introduce(&startup.parameters);
    if startup.protocol_number_minor > 0 {
        wire.put(&Message::NegotiateProtocolVersion(NegotiateProtocolVersion::new(0, Vec::new())))?;
    }
    let user = startup.parameters.get("user").map_or("", String::as_str);
    let role =
        match authenticate(database, wire, user, mix(database.settings.seed, slot.pid.unsigned_abs().into()))
            .await?
        {
            Authenticated::Proven(role) => role,
            Authenticated::Refused(refusal) => return Ok(Err(refusal)),
            Authenticated::Left => return Ok(Ok(None)),
        };
    if !role.superuser && database.only_reserved_slots_left() {
        return Ok(Err(PgError::new(
            "53300",
            "remaining connection slots are reserved for roles with the SUPERUSER attribute",
        )));
    }
    let name = startup.parameters.get("database").map_or(user, String::as_str);
    if name != database.settings.name || database.faults().dropped {
        return Ok(Err(PgError::new("3D000", format!("database \"{name}\" does not exist"))));
    }
    send_parameters(wire, &slot, startup, role.superuser)?;
    slot.note_accepted();
    slot.show(false, false);
    wire.ready(TransactionStatus::Idle).await?;
    Ok(Ok(Some(slot)))
}

fn send_parameters(wire: &mut Wire, slot: &Slot, startup: &Startup, superuser: bool) -> io::Result<()> {
    wire.put(&Message::Authentication(Reply::Ok))?;
    let application_name = startup.parameters.get("application_name").map_or("", String::as_str);
    let parameters = [
        ("server_version", SERVER_VERSION),
        ("server_encoding", "UTF8"),
        ("client_encoding", "UTF8"),
        ("DateStyle", "ISO, MDY"),
        ("TimeZone", "UTC"),
        ("integer_datetimes", "on"),
        ("standard_conforming_strings", "on"),
        ("is_superuser", if superuser { "on" } else { "off" }),
        ("application_name", application_name),
    ];
    for (name, value) in parameters {
        wire.put(&Message::ParameterStatus(ParameterStatus::new(name.to_owned(), value.to_owned())))?;
    }
    wire.put(&Message::BackendKeyData(BackendKeyData::new(slot.pid, SecretKey::I32(slot.secret))))
}
