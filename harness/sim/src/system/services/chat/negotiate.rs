//! Subprotocols that carry a token, because browsers can't set headers on an upgrade. It believes no token.

use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The prefix of a token.
const CARRIERS: [&str; 4] = ["jwt.", "jwt-auth.", "bearer.", "staging-auth."];
/// Spoken without a token.
const BARE: [&str; 6] = ["jwt-auth", "jwt", "bearer", "e2e-testing", "staging-auth", "agent_chat"];

/// What a client offers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// No subprotocol at all.
    None,
    /// None of them is supported.
    Foreign,
    /// One that is spoken: it is echoed as the client wrote it.
    Spoken {
        /// The client's own words.
        protocol: HeaderValue,
        /// The token in it.
        token: Option<String>,
    },
}

/// Reads the offer; one with a token goes before those without.
pub(crate) fn offered(headers: &HeaderMap) -> Offer {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let offers: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    if offers.is_empty() {
        return Offer::None;
    }
    let carrying = offers.iter().find_map(|offer| Some((*offer, Some(carried(offer)?))));
    let bare = || offers.iter().find(|offer| BARE.contains(offer)).map(|offer| (*offer, None));
    let spoken = carrying.or_else(bare);
    match spoken.and_then(|(offer, token)| Some((HeaderValue::from_str(offer).ok()?, token))) {
        Some((protocol, token)) => Offer::Spoken { protocol, token },
        None => Offer::Foreign,
    }
}

/// The token within an offer, written out or in base64url.
fn carried(offer: &str) -> Option<String> {
    let text = CARRIERS.iter().find_map(|carrier| offer.strip_prefix(carrier))?;
    let decoded = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    // A token has three parts. One that was encoded as a whole has no dot that one could see.
    Some(decoded.filter(|token| token.split('.').count() == 3).unwrap_or_else(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(text: &str) -> Offer {
        let mut headers = HeaderMap::new();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_str(text).unwrap());
        offered(&headers)
    }

    fn spoken(protocol: &str, token: Option<&str>) -> Offer {
        let protocol = HeaderValue::from_str(protocol).unwrap();
        Offer::Spoken { protocol, token: token.map(str::to_owned) }
    }

    #[test]
    fn a_subprotocol_with_a_token_goes_first_and_is_echoed_as_it_was_written() {
        assert_eq!(offered(&HeaderMap::new()), Offer::None);
        assert_eq!(offer("soap, mqtt"), Offer::Foreign);
        assert_eq!(offer("agent_chat"), spoken("agent_chat", None));
        assert_eq!(offer("jwt-auth, jwt.a.b.c"), spoken("jwt.a.b.c", Some("a.b.c")));
        let encoded = format!("jwt.{}", URL_SAFE_NO_PAD.encode("a.b.c"));
        assert_eq!(offer(&format!("soap,{encoded}")), spoken(&encoded, Some("a.b.c")));
    }
}
