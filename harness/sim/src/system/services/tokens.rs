//! Signed tokens (JWT with HS256), shared by auth service and backend. Their lifetime is not divided by the speed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::servers::seed::mix;
use crate::servers::wall_clock::epoch;

/// Lifetime of a user's token in seconds.
pub(crate) const USER_LIFETIME: u64 = 900;
/// Lifetime of a service's token in seconds.
pub(crate) const SERVICE_LIFETIME: u64 = 3600;

/// The claims of a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) email: String,
    pub(crate) token_type: String,
    pub(crate) iat: u64,
    pub(crate) exp: u64,
}

impl Claims {
    /// Claims that no token made: a user name and nothing else.
    pub(crate) fn of(sub: &str) -> Self {
        Claims { sub: sub.to_owned(), ..Claims::default() }
    }

    /// Whether the token opens anything: one that only refreshes does not.
    pub(crate) fn opens(&self) -> bool {
        self.token_type != "refresh"
    }
}

/// Signs and reads tokens.
#[derive(Debug)]
pub(crate) struct Tokens {
    key: [u8; 8],
}

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        Tokens { key: mix(seed, 200).to_be_bytes() }
    }

    pub(crate) fn issue(&self, sub: &str, email: &str, token_type: &str, lifetime: u64) -> String {
        let iat = epoch() as u64;
        let claims = Claims {
            iss: "netra-auth-service".to_owned(),
            sub: sub.to_owned(),
            email: email.to_owned(),
            token_type: token_type.to_owned(),
            iat,
            exp: iat + lifetime,
        };
        let body = serde_json::to_vec(&claims).unwrap_or_default();
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#),
            URL_SAFE_NO_PAD.encode(body)
        );
        let signature = self.mac(&signed).map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        format!("{signed}.{}", signature.unwrap_or_default())
    }

    /// The claims, if the signature is valid and the token has not expired.
    pub(crate) fn verified(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.mac(signed)?.verify_slice(&signature).ok()?;
        self.unverified(token)
    }

    /// The claims, if the token has not expired; its signature is not checked.
    pub(crate) fn unverified(&self, token: &str) -> Option<Claims> {
        let body = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims: Claims = serde_json::from_slice(&body).ok()?;
        (claims.exp as f64 > epoch()).then_some(claims)
    }

    fn mac(&self, signed: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(signed.as_bytes());
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_character_anywhere_makes_a_token_invalid() {
        let tokens = Tokens::new(1);
        let token = tokens.issue("u", "u@x.invalid", "access", 900);
        assert_eq!(tokens.verified(&token).unwrap().sub, "u");
        for at in [0, token.len() / 2, token.rfind('.').unwrap() + 1] {
            let mut tampered = token.clone().into_bytes();
            tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(tokens.verified(&String::from_utf8(tampered).unwrap()), None, "{at}");
        }
        assert_eq!(Tokens::new(2).verified(&token), None);
        assert_eq!(tokens.verified(&tokens.issue("u", "u@x.invalid", "access", 0)), None);
    }
}
