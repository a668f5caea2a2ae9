//! What a whole run costs, as ratios within one run on one machine: `cargo bench --bench whole_process`.
//!
//! Starts an HTTP server on loopback, writes suites of 1, 1,000 and 10,000 scenarios (each its own request on a fresh
//! connection, with a status and a JSON expectation), and times the release binary on them, JUnit and JSON written, in
//! turn with hurl where it is installed (`FIXPROOF_HURL`, or on the PATH). Prints medians and ratios; judges nothing.
//! `harness/docs/benchmarks.md` says how to read it.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and may stop at once")]

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Ephemeral ports of 10,000 fresh connections are free again after a minute.
const BREATHER: Duration = Duration::from_secs(61);

fn main() {
    let Some(fixproof) = binary() else {
        println!("build the binary first: cargo build --release -p fixproof-cli");
        return;
    };
    let hurl = hurl();
    let quick = Serving::start(Duration::ZERO);
    for (count, rounds) in [(1, 21), (1_000, 7), (10_000, 3)] {
        compare(&fixproof, hurl.as_deref(), &quick, count, rounds, 64);
    }
    let slow = Serving::start(Duration::from_secs(1));
    compare(&fixproof, hurl.as_deref(), &slow, 200, 5, 200);
}

/// Times both in turn, A B A B, so that a drift of the machine meets both.
fn compare(
    fixproof: &Path,
    hurl: Option<&Path>,
    server: &Serving,
    count: usize,
    rounds: usize,
    parallel: usize,
) {
    let folder = tempfile::tempdir().unwrap();
    suite(folder.path(), server.address, count);
    let jobs = if server.delay.is_zero() { 8 } else { parallel };
    let (mut own, mut other, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let a = timed(own_command(fixproof, folder.path(), parallel));
        let b = hurl.map(|hurl| timed(hurl_command(hurl, folder.path(), jobs)));
        if count >= 10_000 {
            std::thread::sleep(BREATHER);
        }
        if round == 0 {
            continue; // the first warms the page cache
        }
        own.push(a);
        if let Some(b) = b {
            other.push(b);
            ratios.push(a.as_secs_f64() / b.as_secs_f64());
        }
    }
    let wait = if server.delay.is_zero() { String::new() } else { format!(" waiting {:?}", server.delay) };
    println!("{count:>6} scenarios{wait}: fixproof {:>9.1} ms", median(&mut own).as_secs_f64() * 1e3);
    if !other.is_empty() {
        ratios.sort_by(f64::total_cmp);
        let ratio = ratios[ratios.len() / 2];
        println!("{:>25} hurl {:>9.1} ms, ratio {ratio:.2}", "", median(&mut other).as_secs_f64() * 1e3);
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn timed(mut command: Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let took = start.elapsed();
    assert!(status.success(), "{command:?} ended with {status}");
    took
}

fn own_command(fixproof: &Path, folder: &Path, parallel: usize) -> Command {
    let mut command = Command::new(fixproof);
    command
        .args(["run", "--target", "bench", "--quiet", "--parallel", &parallel.to_string()])
        .arg("--scenarios")
        .arg(folder.join("suite"))
        .arg("--reports")
        .arg(folder.join("reports"));
    command
}

fn hurl_command(hurl: &Path, folder: &Path, jobs: usize) -> Command {
    let junit = folder.join("hurl.xml");
    // hurl adds to a report that exists; each run starts anew.
    let _ = std::fs::remove_file(&junit);
    let mut command = Command::new(hurl);
    command
        .args(["--test", "--jobs", &jobs.to_string()])
        .arg("--report-junit")
        .arg(junit)
        .arg(folder.join("hurl"));
    command
}

fn suite(folder: &Path, server: SocketAddr, count: usize) {
    let (own, hurl) = (folder.join("suite"), folder.join("hurl"));
    std::fs::create_dir_all(own.join("targets")).unwrap();
    std::fs::create_dir_all(&hurl).unwrap();
    let target = format!("name = \"bench\"\n[component.backend]\nurl = \"http://{server}\"\n");
    std::fs::write(own.join("targets/bench.toml"), target).unwrap();
    let mut scenarios = String::from("component = \"backend\"\n");
    for i in 0..count {
        scenarios.push_str(&format!(
            "\n[[scenario]]\nid = \"health-{i}\"\ntitle = \"Health {i}\"\nprobe = \"http\"\n\
             with = {{ url = \"{{{{backend.url}}}}/health/{i}\" }}\nexpect = [\n  {{ that = \"status\", equals = 200 }},\n  \
             {{ that = \"body\", at = \"$.status\", equals = \"healthy\" }},\n]\n"
        ));
        let check = format!(
            "GET http://{server}/health/{i}\nHTTP 200\n[Asserts]\njsonpath \"$.status\" == \"healthy\"\n"
        );
        std::fs::write(hurl.join(format!("{i}.hurl")), check).unwrap();
    }
    std::fs::write(own.join("backend.toml"), scenarios).unwrap();
}

fn binary() -> Option<PathBuf> {
    let named = std::env::var_os("FIXPROOF_BIN").map(PathBuf::from);
    let built = std::env::current_exe().ok()?.ancestors().nth(2).map(|release| release.join("fixproof"));
    named.or(built).filter(|path| path.is_file())
}

fn hurl() -> Option<PathBuf> {
    let named = std::env::var_os("FIXPROOF_HURL").map(PathBuf::from);
    let path = std::env::var_os("PATH")?;
    named.or_else(|| {
        std::env::split_paths(&path).map(|folder| folder.join("hurl")).find(|path| path.is_file())
    })
}

/// A server that answers every request, after a delay, and closes.
struct Serving {
    address: SocketAddr,
    delay: Duration,
}

impl Serving {
    fn start(delay: Duration) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        drop(listener);
        std::thread::spawn(move || runtime.block_on(serve(address, delay)));
        while TcpStream::connect(address).is_err() {
            std::thread::sleep(Duration::from_millis(1));
        }
        Serving { address, delay }
    }
}

async fn serve(address: SocketAddr, delay: Duration) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    let listener = socket.listen(4096).unwrap();
    loop {
        let Ok((mut connection, _)) = listener.accept().await else { continue };
        tokio::spawn(async move {
            let _ = connection.set_nodelay(true);
            let mut request = [0; 2048];
            while let Ok(read) = connection.read(&mut request).await {
                if read == 0 {
                    return;
                }
                tokio::time::sleep(delay).await;
                let body = "{\"status\":\"healthy\",\"service\":\"bench\"}";
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                if connection.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}
