//! Authentication of a role in three ways. A refusal never names the wrong part of a login.

use std::io;

use pgwire::messages::startup::{Authentication as Request, PasswordMessageFamily};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};

use super::error::PgError;
use super::scram::Exchange;
use super::settings::{Authentication, Role};
use super::state::Database;
use super::wire::Wire;
use crate::servers::seed::mix;

/// The result of authentication.
pub(crate) enum Authenticated {
    /// This role proved itself.
    Proven(Role),
    /// It did not.
    Refused(PgError),
    /// The client left, as clients without a password do.
    Left,
}

/// Asks the client for its password and checks it.
pub(crate) async fn authenticate(
    database: &Database,
    wire: &mut Wire,
    user: &str,
    nonce: u64,
) -> io::Result<Authenticated> {
    let role = database.settings.roles.iter().find(|role| role.name == user);
    let changed = if database.faults().changed_password { "-changed" } else { "" };
    // An unknown role is asked all the same, and fails the same way.
    let password =
        role.map_or_else(|| format!("{:016x}", mix(nonce, 1)), |role| format!("{}{changed}", role.password));
    let proven = match database.settings.authentication {
        Authentication::Trust => Some(true),
        Authentication::Cleartext => clear_text(wire, &password).await?,
        Authentication::Scram { iterations } => scram(wire, &password, nonce, iterations).await?,
    };
    Ok(match (proven, role) {
        (None, _) => Authenticated::Left,
        (Some(true), Some(role)) => Authenticated::Proven(role.clone()),
        (Some(_), _) => Authenticated::Refused(PgError::new(
            "28P01",
            format!("password authentication failed for user \"{user}\""),
        )),
    })
}

async fn clear_text(wire: &mut Wire, password: &str) -> io::Result<Option<bool>> {
    send(wire, Request::CleartextPassword).await?;
    let Some(message) = password_message(wire).await? else {
        return Ok(None);
    };
    let given = message.into_password().map_err(io::Error::other)?;
    Ok(Some(given.password == password))
}

async fn scram(wire: &mut Wire, password: &str, nonce: u64, iterations: u32) -> io::Result<Option<bool>> {
    send(wire, Request::SASL(vec!["SCRAM-SHA-256".to_owned()])).await?;
    let Some(message) = password_message(wire).await? else {
        return Ok(None);
    };
    let first = message.into_sasl_initial_response().map_err(io::Error::other)?.data.unwrap_or_default();
    let nonce = format!("{:016x}{:016x}", mix(nonce, 2), mix(nonce, 3));
    let Some(exchange) = text(&first).and_then(|first| Exchange::begin(first, password, &nonce, iterations))
    else {
        return Ok(Some(false));
    };
    send(wire, Request::SASLContinue(exchange.server_first().to_owned().into())).await?;
    let Some(message) = password_message(wire).await? else {
        return Ok(None);
    };
    let last = message.into_sasl_response().map_err(io::Error::other)?.data;
    let Some(server_final) = text(&last).and_then(|last| exchange.finish(last)) else {
        return Ok(Some(false));
    };
    wire.put(&PgWireBackendMessage::Authentication(Request::SASLFinal(server_final.into())))?;
    Ok(Some(true))
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

async fn send(wire: &mut Wire, request: Request) -> io::Result<()> {
    wire.put(&PgWireBackendMessage::Authentication(request))?;
    wire.flush().await
}

async fn password_message(wire: &mut Wire) -> io::Result<Option<PasswordMessageFamily>> {
    match wire.receive().await? {
        Some(PgWireFrontendMessage::PasswordMessageFamily(message)) => Ok(Some(message)),
        Some(_) => Err(io::Error::other("the client sent no password message")),
        None => Ok(None),
    }
}
