//! What its own cryptography costs the harness, in the build it is.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::Clock;

/// Rounds of a password proof that are run, and how many times that a server asks for (4096, PostgreSQL's default).
const ROUNDS: (u32, u32) = (256, 16);

/// How often it is measured; the quickest counts.
const TRIES: u32 = 3;

/// Both sides of an X25519 key agreement as in a TLS handshake, and one SCRAM password proof of 4096 rounds, of which a
/// sixteenth is run. The signature of a handshake costs about as much as the agreement, and is not run: that would
/// take a private key.
pub(super) fn cryptography() -> Result<Duration, String> {
    let once = || {
        let clock = Clock::WALL;
        let began = clock.now();
        agree()?;
        let agreed = clock.since(began);
        let began = clock.now();
        std::hint::black_box(prove(b"sixteen salty by", ROUNDS.0)?);
        Ok::<Duration, String>(agreed + clock.since(began) * ROUNDS.1)
    };
    // Who loses the processor in between measures that, sixteen times over.
    let mut best = once()?;
    for _ in 1..TRIES {
        best = best.min(once()?);
    }
    Ok(best)
}

fn agree() -> Result<(), String> {
    let provider = rustls::crypto::ring::default_provider();
    let group = provider.kx_groups.first().ok_or("no group to agree in")?;
    let told = |error: rustls::Error| error.to_string();
    let (ours, theirs) = (group.start().map_err(told)?, group.start().map_err(told)?);
    let (our_half, their_half) = (ours.pub_key().to_vec(), theirs.pub_key().to_vec());
    let ours = ours.complete(&their_half).map_err(told)?;
    let theirs = theirs.complete(&our_half).map_err(told)?;
    if ours.secret_bytes() == theirs.secret_bytes() { Ok(()) } else { Err("two halves disagree".to_owned()) }
}

/// RFC 5802's `Hi`.
fn prove(salt: &[u8], rounds: u32) -> Result<[u8; 32], String> {
    let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(b"password").map_err(|e| e.to_string())?;
    let round = |data: &[&[u8]]| -> [u8; 32] {
        let mut mac = keyed.clone();
        data.iter().for_each(|piece| mac.update(piece));
        mac.finalize().into_bytes().into()
    };
    let mut last = round(&[salt, &1u32.to_be_bytes()]);
    let mut sum = last;
    for _ in 1..rounds {
        last = round(&[&last]);
        sum.iter_mut().zip(last).for_each(|(sum, byte)| *sum ^= byte);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_the_one_servers_ask_for() {
        // The vectors of PBKDF2-HMAC-SHA-256 that go round (after RFC 6070).
        let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let [one, many] = [1, 4096].map(|rounds| hex(prove(b"salt", rounds).unwrap()));
        assert_eq!(one, "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b");
        assert_eq!(many, "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a");
    }

    #[test]
    fn two_sides_agree() {
        assert_eq!(agree(), Ok(()));
    }
}
