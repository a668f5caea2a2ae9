//! The `tls` probe against openssl: its server, and its view of the same certificates.

#![expect(clippy::print_stderr, reason = "a test that is left out says so")]

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use fixproof::model::Cause;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::certificates::*;
use super::support::*;
use super::tls::shake;

/// Is openssl there? Where it has to be, its absence is a failure.
fn is_there() -> bool {
    let there = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
    assert!(there || std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_none(), "openssl is not installed");
    if !there {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        eprintln!("{test}: not run, openssl is not installed");
    }
    there
}

/// What openssl says about a certificate, as `name=value` lines.
fn x509(file: &Path, options: &[&str]) -> String {
    let file = file.to_str().unwrap();
    let output =
        Command::new("openssl").args(["x509", "-noout", "-in", file]).args(options).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn value<'a>(lines: &'a str, name: &str) -> &'a str {
    lines.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| unreachable!("{name}: {lines}"))
}

/// What openssl generates itself: key algorithm, what the fact says of the key, and of the signature.
const KEYS: [(&[&str], &str, &str); 5] = [
    (&["rsa:2048"], "RSA 2048", "sha256WithRSAEncryption"),
    (&["rsa:3072"], "RSA 3072", "sha256WithRSAEncryption"),
    (&["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "EC P-256", "ecdsa-with-SHA256"),
    (&["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "EC P-384", "ecdsa-with-SHA256"),
    (&["ed25519"], "Ed25519", "ED25519"),
];

#[tokio::test]
async fn openssl_sees_the_same_certificate() {
    if !is_there() {
        return;
    }
    for (algorithm, key, signature) in KEYS {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, private) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-noenc", "-days", "42", "-subj", "/C=CH/O=Fix, Inc./CN=The server"])
            .args([
                "-addext",
                "subjectAltName=IP:127.0.0.1,DNS:app.test",
                "-addext",
                "basicConstraints=CA:FALSE",
            ])
            .args(["-keyout", private.to_str().unwrap(), "-out", certificate.to_str().unwrap(), "-newkey"])
            .args(algorithm)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let server = Openssl::serving(&certificate, &private, &[]).await;
        let settings = [("address", &*server.address.to_string()), ("ca", certificate.to_str().unwrap())];
        let seen = look("tls", texts(&settings), LONG).await;
        fine(&seen);
        let said = x509(
            &certificate,
            &["-serial", "-fingerprint", "-sha256", "-enddate", "-startdate", "-dateopt", "iso_8601"],
        );
        assert_eq!(text(&seen, "tls.serial"), value(&said, "serial="));
        let fingerprint = value(&said, "sha256 Fingerprint=").replace(':', "").to_lowercase();
        assert_eq!(text(&seen, "tls.fingerprint"), fingerprint);
        assert_eq!(text(&seen, "tls.not-after"), value(&said, "notAfter=").replace(' ', "T"));
        assert_eq!(text(&seen, "tls.not-before"), value(&said, "notBefore=").replace(' ', "T"));
        assert_eq!((text(&seen, "tls.key"), text(&seen, "tls.signature")), (key, signature));
        let said = x509(&certificate, &["-text"]);
        assert!(said.contains(&format!("Signature Algorithm: {signature}")), "{said}");
        assert!(said.contains("IP Address:127.0.0.1, DNS:app.test"), "{said}");
        assert_eq!(text(&seen, "tls.names"), "127.0.0.1, app.test");
        for part in ["C=CH", "Fix, Inc.", "CN=The server"] {
            assert!(text(&seen, "tls.subject").contains(part), "{seen:#?}");
        }
    }
}

#[tokio::test]
async fn a_server_of_old_versions_only() {
    if !is_there() {
        return;
    }
    let root = Party::root("The root");
    let server = root.server(&["127.0.0.1"], (-1, 30));
    let folder = tempfile::tempdir().unwrap();
    let (certificate, private) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, server.certificate.pem()).unwrap();
    std::fs::write(&private, server.key_pem()).unwrap();
    for options in [&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"][..], &["-tls1", "-cipher", "ALL:@SECLEVEL=0"]]
    {
        let old = Openssl::serving(&certificate, &private, options).await;
        let seen = shake(old.address, &[&root], &[]).await;
        blocked(&seen, Cause::TlsProtocol, "it speaks none of the TLS versions that were offered");
    }
    let narrow = Openssl::serving(&certificate, &private, &["-tls1_2", "-cipher", "AES128-SHA"]).await;
    let seen = shake(narrow.address, &[&root], &[]).await;
    blocked(&seen, Cause::TlsProtocol, "no cipher, key or signature in common");
}

/// A server of openssl's, which ends when dropped.
struct Openssl {
    address: SocketAddr,
    _child: tokio::process::Child,
}

impl Openssl {
    async fn serving(certificate: &Path, key: &Path, options: &[&str]) -> Openssl {
        for _ in 0..10 {
            // Somebody else may take the port in between; then the next one.
            let address = nobody();
            let mut child = tokio::process::Command::new("openssl")
                .args(["s_server", "-quiet", "-accept", &address.to_string()])
                .args(["-cert", certificate.to_str().unwrap(), "-key", key.to_str().unwrap()])
                .args(options)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .unwrap();
            while matches!(child.try_wait(), Ok(None)) {
                if let Ok(mut stream) = TcpStream::connect(address).await {
                    // Its own end of the trial must be over, for it serves one after another.
                    tokio::io::AsyncWriteExt::shutdown(&mut stream).await.unwrap();
                    let _ = stream.read(&mut [0; 64]).await;
                    return Openssl { address, _child: child };
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        }
        unreachable!("openssl does not start")
    }
}
