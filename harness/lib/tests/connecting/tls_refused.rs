//! The `tls` probe where the handshake fails: each way its own cause, with words to act on.

use fixproof::model::Cause;
use rcgen::{ExtendedKeyUsagePurpose, IsCa};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::certificates::*;
use super::support::*;
use super::tls::{chain, flag, number, shake};

#[tokio::test]
async fn dates_that_are_over_or_to_come() {
    let root = Party::root("The root");
    let address = secure(root.server(&["127.0.0.1"], (-9, -3)).config(&[])).await;
    let seen = shake(address, &[&root], &[]).await;
    blocked(&seen, Cause::TlsExpired, "its certificate (CN=The server, issued by CN=The root) expired on 20");
    // It ended three days ago, and an hour later.
    blocked(&seen, Cause::TlsExpired, ", 2 days ago");
    assert_eq!(number(&seen, "tls.days-left"), -3);
    assert!(seen.facts.get("tls.verified").is_none() && seen.facts.get("tls.fingerprint").is_some());
    let address = secure(root.server(&["127.0.0.1"], (4, 9)).config(&[])).await;
    let seen = shake(address, &[&root], &[]).await;
    blocked(&seen, Cause::TlsNotYetValid, "CN=The server, issued by CN=The root) is not valid before 20");
    blocked(&seen, Cause::TlsNotYetValid, ", in 4 days");
}

#[tokio::test]
async fn an_intermediate_that_is_over_or_to_come_is_named() {
    let root = Party::root("The root");
    for (days, cause, says) in [
        ((-9, -3), Cause::TlsExpired, "expired on 20"),
        ((3, 90), Cause::TlsNotYetValid, "is not valid before 20"),
    ] {
        let middle = root.authority("The middle", days);
        let server = middle.server(&["127.0.0.1"], (-1, 30));
        let seen = shake(secure(server.config(&[&middle])).await, &[&root], &[]).await;
        let whose = "the intermediate certificate CN=The middle (number 2 of the 2 it presents) ";
        blocked(&seen, cause, &format!("{whose}{says}"));
        assert_eq!(number(&seen, "tls.days-left"), 30);
        assert_eq!(number(&seen, "tls.chain-days-left"), days.1.min(30));
    }
}

#[tokio::test]
async fn a_missing_intermediate_is_told_from_an_unknown_authority() {
    let root = Party::root("The root");
    let middle = root.authority("The middle", (-5, 60));
    let server = middle.server(&["127.0.0.1"], (-1, 30));
    let seen = shake(secure(server.config(&[])).await, &[&root], &[]).await;
    let says =
        "its certificate is issued by CN=The middle, which is neither trusted here nor in the 1 certificate";
    blocked(&seen, Cause::TlsUnknownIssuer, says);
    let stray = Party::root("Stray");
    let seen = shake(secure(server.config(&[&stray])).await, &[&root], &[]).await;
    blocked(&seen, Cause::TlsUnknownIssuer, "nor among the 2 certificates it presents");
    // The chain is whole, and its top is somebody else's.
    let other = Party::root("The other root");
    let seen = shake(secure(server.config(&[&middle])).await, &[&other], &[]).await;
    blocked(
        &seen,
        Cause::TlsUnknownIssuer,
        "CN=The middle is issued by CN=The root, which is neither trusted",
    );
    let seen = shake(secure(server.config(&[&middle, &root])).await, &[&other], &[]).await;
    let says = "its chain ends in CN=The root, which is not trusted here";
    blocked(&seen, Cause::TlsUnknownIssuer, says);
    assert_eq!(number(&seen, "tls.chain-length"), 3);
    // The system does not trust an authority that was made up a moment ago.
    let address = secure(server.config(&[&middle])).await.to_string();
    let seen = look("tls", texts(&[("address", &address), ("ca", "system")]), LONG).await;
    blocked(&seen, Cause::TlsUnknownIssuer, "CN=The root");
}

#[tokio::test]
async fn another_key_under_the_same_name() {
    let (root, twin) = (Party::root("The root"), Party::root("The root"));
    let seen = shake(secure(twin.server(&["127.0.0.1"], (-1, 30)).config(&[])).await, &[&root], &[]).await;
    blocked(&seen, Cause::TlsUnknownIssuer, "another key than that of the authority trusted here");
}

#[tokio::test]
async fn self_signed_and_not_trusted() {
    let (root, server) = (Party::root("The root"), Party::alone(wanted("Me", &["127.0.0.1"], (-1, 30))));
    let seen = shake(secure(server.config(&[])).await, &[&root], &[]).await;
    blocked(&seen, Cause::TlsSelfSigned, "its certificate is self-signed (CN=Me)");
    assert_eq!(flag(&seen, "tls.self-signed"), Some(true));
    // One that is an authority too is no server's, trusted or not.
    let mut params = wanted("Me", &["127.0.0.1"], (-1, 30));
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let server = Party::alone(params);
    let seen = shake(secure(server.config(&[])).await, &[&server], &[]).await;
    blocked(&seen, Cause::TlsSelfSigned, "an authority's own (CA:TRUE)");
}

#[tokio::test]
async fn another_name_and_no_name() {
    let root = Party::root("The root");
    let address = secure(root.server(&["other.test", "10.1.2.3"], (-1, 30)).config(&[])).await;
    let seen = shake(address, &[&root], &[]).await;
    blocked(&seen, Cause::TlsWrongHost, "its certificate is for other.test, 10.1.2.3, not for 127.0.0.1");
    let address = secure(root.server(&[], (-1, 30)).config(&[])).await;
    let seen = shake(address, &[&root], &[("server-name", "the-server")]).await;
    blocked(
        &seen,
        Cause::TlsWrongHost,
        "no name at all (its subject is CN=The server, which does not count)",
    );
    let many: Vec<String> = (0..50).map(|number| format!("n{number}.test")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let seen = shake(secure(root.server(&many, (-1, 30)).config(&[])).await, &[&root], &[]).await;
    blocked(&seen, Cause::TlsWrongHost, "n9.test and 40 more, not for 127.0.0.1");
}

#[tokio::test]
async fn a_certificate_for_clients_is_no_server_s() {
    let root = Party::root("The root");
    let mut params = wanted("A client", &["127.0.0.1"], (-1, 30));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let seen = shake(secure(root.signs(params).config(&[])).await, &[&root], &[]).await;
    blocked(&seen, Cause::TlsProtocol, "CN=A client) is not meant for servers");
}

#[tokio::test]
async fn a_hundred_certificates() {
    let root = Party::root("The root");
    let strays: Vec<Party> = (0..99).map(|number| Party::root(&format!("Stray {number}"))).collect();
    let server = root.server(&["127.0.0.1"], (-1, 30));
    let seen = shake(secure(server.config(&strays.iter().collect::<Vec<_>>())).await, &[&root], &[]).await;
    fine(&seen);
    assert_eq!((chain(&seen).len(), number(&seen, "tls.chain-length")), (100, 100));
    // A long chain that really is one is beyond what is followed.
    let mut line = vec![root.authority("Link 0", (-5, 60))];
    for number in 1..60 {
        let next = line[number - 1].authority(&format!("Link {number}"), (-5, 60));
        line.push(next);
    }
    let server = line[59].server(&["127.0.0.1"], (-1, 30));
    let seen = shake(secure(server.config(&line.iter().collect::<Vec<_>>())).await, &[&root], &[]).await;
    blocked(&seen, Cause::TlsUnknownIssuer, "failed the TLS handshake");
    // More than a handshake message holds.
    let strays: Vec<&Party> = strays.iter().cycle().take(300).collect();
    let seen =
        shake(secure(root.server(&["127.0.0.1"], (-1, 30)).config(&strays)).await, &[&root], &[]).await;
    blocked(&seen, Cause::TlsProtocol, "failed the TLS handshake");
}

#[tokio::test]
async fn what_speaks_something_else() {
    let root = Party::root("The root");
    for words in
        ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail.test\r\n", "-ERR x\r\n"]
    {
        let address = serve(move |mut stream| async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(words.as_bytes()).await;
            linger(stream).await;
        })
        .await;
        let seen = shake(address, &[&root], &[]).await;
        blocked(&seen, Cause::NotTls, "does not speak TLS");
        assert!(seen.facts.get("tls.subject").is_none() && took(&seen, "time.connect").is_some());
    }
}

#[tokio::test]
async fn silence_dripping_closing_and_resetting() {
    let silent = serve(linger).await.to_string();
    let seen = look("tls", texts(&[("address", &silent)]), SHORT).await;
    blocked(&seen, Cause::TlsTimeout, &format!("{silent} did not finish the TLS handshake in time"));
    let drip = serve(|mut stream| async move {
        // The beginning of a record of 16 KiB, a byte at a time.
        let mut bytes = [22, 3, 3, 64, 0].into_iter().chain(std::iter::repeat(0));
        while stream.write_all(&[bytes.next().unwrap()]).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    let seen = look("tls", texts(&[("address", &drip.to_string())]), SHORT).await;
    blocked(&seen, Cause::TlsTimeout, "did not finish the TLS handshake");
    let closing = serve(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let seen = look("tls", texts(&[("address", &closing.to_string())]), LONG).await;
    blocked(&seen, Cause::Reset, "during the TLS handshake");
    let resetting = serve(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    let seen = look("tls", texts(&[("address", &resetting.to_string())]), LONG).await;
    blocked(&seen, Cause::Reset, "during the TLS handshake");
    blocked(
        &look("tls", texts(&[("address", &nobody().to_string())]), LONG).await,
        Cause::Refused,
        "refused",
    );
}
