//! A gRPC server of another library: grpcio for Python, as Debian packages it.

#![expect(clippy::print_stderr, reason = "a test that is left out says so")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use super::certificates::Party;

/// Answers bytes for bytes; the service that is asked for says what with. It ends with its input.
const SERVER: &str = r#"
import sys, time, grpc
from concurrent import futures

class Health(grpc.GenericRpcHandler):
    def service(self, details):
        if details.method != "/grpc.health.v1.Health/Check":
            return None
        def answer(request, context):
            name = request[2:].decode()
            sent = dict(context.invocation_metadata())
            if name in ("", "up"):
                return b"\x08\x01"
            if name == "down":
                return b"\x08\x02"
            if name == "unsure":
                return b""
            if name == "token":
                if sent.get("authorization") != "Bearer hunter2":
                    context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?\n50% übel")
                return b"\x08\x01"
            if name == "metadata":
                context.send_initial_metadata((("x-seen", sent.get("x-tenant", "nobody")),))
                return b"\x08\x01"
            if name == "slow":
                time.sleep(5)
            context.abort(grpc.StatusCode.NOT_FOUND, "no such service: " + name)
        return grpc.unary_unary_rpc_method_handler(answer)

server = grpc.server(futures.ThreadPoolExecutor(8))
if sys.argv[1] != "none":
    server.add_generic_rpc_handlers((Health(),))
if len(sys.argv) > 2:
    key, chain = (open(path, "rb").read() for path in sys.argv[2:4])
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(((key, chain),)))
else:
    port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(0)
"#;

/// A server, until it is dropped.
pub(crate) struct Python {
    pub(crate) address: SocketAddr,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Python {
    /// Answers health checks, over TLS where somebody is given; none where grpcio is not installed.
    pub(crate) fn health(secure: Option<&Party>) -> Option<Python> {
        Python::start("health", secure)
    }

    /// Has no service at all.
    pub(crate) fn empty() -> Option<Python> {
        Python::start("none", None)
    }

    fn start(services: &str, secure: Option<&Party>) -> Option<Python> {
        if !is_there() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-c", SERVER, services]).env_remove("PYTHONPATH");
        if let Some(party) = secure {
            let (key, chain) = (folder.path().join("key.pem"), folder.path().join("chain.pem"));
            std::fs::write(&key, party.key_pem()).unwrap();
            std::fs::write(&chain, party.certificate.pem()).unwrap();
            command.args([key, chain]);
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], line.trim().parse().unwrap()));
        Some(Python { address, child, _folder: folder })
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is grpcio there? Where it has to be, its absence is a failure.
fn is_there() -> bool {
    let there = Command::new("/usr/bin/python3").args(["-c", "import grpc"]).output();
    let there = there.is_ok_and(|output| output.status.success());
    assert!(there || std::env::var_os("FIXPROOF_REQUIRE_TOOLS").is_none(), "python3-grpcio is not installed");
    if !there {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        eprintln!("{test}: not run, python3-grpcio is not installed");
    }
    there
}
