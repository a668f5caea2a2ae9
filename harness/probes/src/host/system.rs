//! What the system tells of itself in its files; nothing where it has none.

use std::io::Read;

/// The most that is read of one of them.
const MOST: u64 = 64 * 1024;

fn read(path: &str) -> Option<String> {
    let mut text = String::new();
    std::fs::File::open(path).ok()?.take(MOST).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The name servers of the resolver's configuration.
pub(super) fn name_servers() -> Vec<String> {
    read("/etc/resolv.conf").map(|text| servers_in(&text)).unwrap_or_default()
}

fn servers_in(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next()? == "nameserver").then_some(words.next()?)
        })
        .filter(|server| server.parse::<std::net::IpAddr>().is_ok() || server.contains('%'))
        .take(8)
        .map(|server| server.chars().take(60).collect())
        .collect()
}

/// Bytes of memory that are free to be used.
pub(super) fn memory() -> Option<u64> {
    memory_in(&read("/proc/meminfo")?)
}

fn memory_in(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The load over the last minute.
pub(super) fn load() -> Option<f64> {
    read("/proc/loadavg")?.split_whitespace().next()?.parse().ok().filter(|load: &f64| load.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_name_servers_are_read_of_the_resolver_s_configuration() {
        let text = "# nameserver 1.1.1.1\nsearch example.com\nnameserver 10.0.0.2 \nnameserver ::1\nnameserver\nnameserver x\n";
        assert_eq!(servers_in(text), ["10.0.0.2", "::1"]);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(memory_in("MemTotal: 1 kB\nMemAvailable:    2048 kB\n"), Some(2_097_152));
        assert_eq!(memory_in("MemAvailable: much\n"), None);
    }
}
