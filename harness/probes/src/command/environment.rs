//! What of this process's environment a program is given: a list of names, and nothing else.
//!
//! The default names say where things are on this machine, its logins among them; none says what is asked, so that no
//! variable of the caller's shell points a program at another project, cluster or account than the suite means.

use std::ffi::OsString;

/// The row of the setting; it names the list.
pub(super) const MEANING: &str = "names of variables of this process's environment that it is given. Unless said otherwise PATH, HOME, USER, LOGNAME, LANG, LANGUAGE, LC_ALL, LC_CTYPE, LC_MESSAGES, LC_NUMERIC, LC_TIME, TZ, TMPDIR, XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_DATA_HOME, XDG_RUNTIME_DIR, and where logins lie: GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_CONFIG, CLOUDSDK_PYTHON, KUBECONFIG, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AZURE_CONFIG_DIR; the proxy variables too where the target says that proxies of the environment are used. No other variable reaches it, secrets of the suite included";

/// The names that are inherited unless the scenario says otherwise.
const DEFAULT: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "LC_NUMERIC",
    "LC_TIME",
    "TZ",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "CLOUDSDK_CONFIG",
    "CLOUDSDK_PYTHON",
    "KUBECONFIG",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AZURE_CONFIG_DIR",
];

/// Inherited too where the target lets proxies of the environment be used.
const PROXIES: &[&str] = &[
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// The variables of those names that are set here.
pub(super) fn inherited(names: Option<&[&str]>, proxies: bool) -> Vec<(OsString, OsString)> {
    let proxies = if proxies { PROXIES } else { &[] };
    let names = names.map_or_else(|| [DEFAULT, proxies].concat(), <[&str]>::to_vec);
    names.into_iter().filter_map(|name| Some((name.into(), std::env::var_os(name)?))).collect()
}

/// Can a variable have that name?
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_are_told_are_the_names_that_are_given() {
        let named: Vec<&str> = MEANING
            .split(|c: char| !c.is_ascii_uppercase() && c != '_')
            .filter(|word| word.len() > 1)
            .collect();
        assert_eq!(named, DEFAULT);
    }

    #[test]
    fn a_list_of_the_scenario_replaces_the_default() {
        assert_eq!(inherited(Some(&[]), true), []);
        let path = inherited(Some(&["PATH", "NO_SUCH_VARIABLE_HERE"]), false);
        assert_eq!(path.len(), 1);
        assert!(inherited(None, false).iter().any(|(name, _)| name == "PATH"));
    }
}
