//! The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. Pure: text in, text out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// HMAC-SHA-256.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(message);
            mac.finalize().into_bytes().into()
        }
        // HMAC takes keys of any length; a zero block would verify nothing.
        Err(_) => [0; 32],
    }
}

/// `Hi` of RFC 5802: PBKDF2 with one block.
fn salted_password(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut block = salt.to_vec();
    block.extend_from_slice(&[0, 0, 0, 1]);
    let mut round = hmac(password, &block);
    let mut salted = round;
    for _ in 1..iterations {
        round = hmac(password, &round);
        salted.iter_mut().zip(round).for_each(|(left, right)| *left ^= right);
    }
    salted
}

/// One exchange, after the client's first message.
pub(crate) struct Exchange {
    header: String,
    client_first_bare: String,
    server_first: String,
    nonce: String,
    salted: [u8; 32],
}

impl Exchange {
    /// Takes the client's first message; none where it is malformed.
    pub(crate) fn begin(
        client_first: &str,
        password: &str,
        server_nonce: &str,
        iterations: u32,
    ) -> Option<Self> {
        let bare_at = client_first.match_indices(',').nth(1)?.0 + 1;
        let (header, bare) = client_first.split_at(bare_at);
        if header.starts_with('p') {
            return None;
        }
        let client_nonce = attribute(bare, "r=")?;
        let nonce = format!("{client_nonce}{server_nonce}");
        let salt = &hmac(server_nonce.as_bytes(), b"salt")[..16];
        Some(Exchange {
            header: header.to_owned(),
            client_first_bare: bare.to_owned(),
            server_first: format!("r={nonce},s={},i={iterations}", STANDARD.encode(salt)),
            nonce,
            salted: salted_password(password.as_bytes(), salt, iterations),
        })
    }

    /// The server's first message.
    pub(crate) fn server_first(&self) -> &str {
        &self.server_first
    }

    /// The server's last message; none where the client did not prove that it knows the password.
    pub(crate) fn finish(&self, client_final: &str) -> Option<String> {
        let (without_proof, proof) = client_final.rsplit_once(",p=")?;
        let binding = attribute(without_proof, "c=")?;
        if binding != STANDARD.encode(&self.header) || attribute(without_proof, "r=")? != self.nonce {
            return None;
        }
        let message = format!("{},{},{without_proof}", self.client_first_bare, self.server_first);
        let stored_key: [u8; 32] = Sha256::digest(hmac(&self.salted, b"Client Key")).into();
        let signature = hmac(&stored_key, message.as_bytes());
        let client_key: Vec<u8> = STANDARD
            .decode(proof)
            .ok()?
            .into_iter()
            .zip(signature)
            .map(|(left, right)| left ^ right)
            .collect();
        let proven: [u8; 32] = Sha256::digest(&client_key).into();
        (proven == stored_key).then(|| {
            let server_key = hmac(&self.salted, b"Server Key");
            format!("v={}", STANDARD.encode(hmac(&server_key, message.as_bytes())))
        })
    }
}

fn attribute<'a>(message: &'a str, key: &str) -> Option<&'a str> {
    message.split(',').find_map(|part| part.strip_prefix(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_test_vector_of_the_key_derivation_holds() {
        // RFC 7677, section 3: user, pencil, i=4096.
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let salted = salted_password(b"pencil", &salt, 4096);
        let message = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                       s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let server_key = hmac(&salted, b"Server Key");
        assert_eq!(
            STANDARD.encode(hmac(&server_key, message.as_bytes())),
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        );
    }

    #[test]
    fn a_malformed_first_message_or_channel_binding_is_refused() {
        assert!(Exchange::begin("n=user", "pw", "s", 4).is_none());
        assert!(Exchange::begin("p=tls-exporter,,n=,r=abc", "pw", "s", 4).is_none());
        assert!(
            Exchange::begin("n,,n=,r=abc", "pw", "s", 4).unwrap().finish("c=biws,r=abcs,p=AAAA").is_none()
        );
    }
}
