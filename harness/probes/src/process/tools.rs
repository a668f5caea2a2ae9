//! Well-known tools: how they are got where they are missing, and the words they use for "you are not logged in".

/// A tool, and how it is got.
const TOOLS: &[(&[&str], &str)] = &[
    (
        &["gcloud", "gsutil", "bq"],
        "`apt-get install google-cloud-cli` or `brew install --cask google-cloud-sdk`",
    ),
    (
        &["kubectl"],
        "`apt-get install kubectl`, `gcloud components install kubectl` or `brew install kubectl`",
    ),
    (&["helm"], "`apt-get install helm` or `brew install helm`"),
    (&["aws"], "`apt-get install awscli` or `brew install awscli`"),
    (&["az"], "`apt-get install azure-cli` or `brew install azure-cli`"),
    (&["terraform"], "`apt-get install terraform` or `brew install terraform`"),
    (&["docker"], "`apt-get install docker.io` or `brew install --cask docker`"),
    (&["psql", "pg_isready", "pg_dump"], "`apt-get install postgresql-client` or `brew install libpq`"),
    (&["mysql", "mysqladmin"], "`apt-get install default-mysql-client` or `brew install mysql-client`"),
    (&["redis-cli"], "`apt-get install redis-tools` or `brew install redis`"),
    (&["curl"], "`apt-get install curl` or `brew install curl`"),
    (&["wget"], "`apt-get install wget` or `brew install wget`"),
    (&["dig", "nslookup", "host"], "`apt-get install bind9-dnsutils` or `brew install bind`"),
    (&["openssl"], "`apt-get install openssl` or `brew install openssl`"),
    (&["jq"], "`apt-get install jq` or `brew install jq`"),
    (&["yq"], "`apt-get install yq` or `brew install yq`"),
    (&["git"], "`apt-get install git` or `brew install git`"),
    (&["python3"], "`apt-get install python3` or `brew install python`"),
    (&["node", "npm", "npx"], "`apt-get install nodejs npm` or `brew install node`"),
    (&["bash"], "`apt-get install bash` or `brew install bash`"),
    (&["nc"], "`apt-get install netcat-openbsd` or `brew install netcat`"),
    (&["ping"], "`apt-get install iputils-ping`; macOS has it"),
    (&["ssh"], "`apt-get install openssh-client`; macOS has it"),
    (&["grpcurl"], "a release of github.com/fullstorydev/grpcurl, or `brew install grpcurl`"),
    (&["websocat"], "`cargo install websocat` or `brew install websocat`"),
    (&["journalctl"], "`apt-get install systemd`; macOS has none"),
];

/// Plugins of monitoring systems by the beginning of their name.
const PLUGINS: &str = "`apt-get install monitoring-plugins-basic` (they lie in /usr/lib/nagios/plugins) or `brew install nagios-plugins`";

/// Who is asked to log in, how, and the words that say so; compared without regard to case.
const LOGINS: &[(&[&str], &str, &[&str])] = &[
    (
        &["gcloud", "gsutil", "bq"],
        "gcloud auth login, or in a pipeline: gcloud auth activate-service-account --key-file=FILE",
        &[
            "you do not currently have an active account selected",
            "reauthentication required",
            "reauthentication failed",
            "there was a problem refreshing your current auth tokens",
            "invalid_grant",
            "your current active account",
            "could not automatically determine credentials",
            "your default credentials were not found",
            "request had invalid authentication credentials",
            "anonymous caller does not have",
            "unable to acquire impersonated credentials",
            "you must log in to access",
        ],
    ),
    (
        &["aws"],
        "aws sso login, or set AWS_PROFILE and name it in `inherit`",
        &[
            "unable to locate credentials",
            "the security token included in the request is invalid",
            "the security token included in the request is expired",
            "expiredtoken",
            "invalidclienttokenid",
            "error loading sso token",
            "token has expired and refresh failed",
            "the config profile (",
        ],
    ),
    (
        &["az"],
        "az login",
        &[
            "please run 'az login'",
            "please run: az login",
            "aadsts",
            "no subscription found. run 'az account set'",
        ],
    ),
    (
        &["kubectl", "helm"],
        "gcloud container clusters get-credentials CLUSTER, or whatever made the kubeconfig",
        &[
            "you must be logged in to the server",
            "error: you must be logged in",
            "the server has asked for the client to provide credentials",
            "getting credentials: exec",
            "gke-gcloud-auth-plugin not found",
            "no configuration has been provided",
        ],
    ),
];

/// How a tool is got, where that is known.
pub(crate) fn how_to_get(program: &str) -> Option<&'static str> {
    let name = file_name(program);
    let known = TOOLS.iter().find(|(names, _)| names.contains(&name)).map(|(_, how)| *how);
    known.or_else(|| name.starts_with("check_").then_some(PLUGINS))
}

/// How to log in, where a failed tool's output says that no account is logged in.
pub(crate) fn login_wanted(program: &str, said: &str) -> Option<&'static str> {
    let (_, how, words) = LOGINS.iter().find(|(names, ..)| names.contains(&file_name(program)))?;
    let said = said.to_lowercase();
    words.iter().any(|word| said.contains(word)).then_some(how)
}

/// `kubectl` of `/usr/local/bin/kubectl`.
fn file_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_known_by_its_file_name() {
        assert_eq!(how_to_get("/opt/google/bin/gcloud"), how_to_get("gcloud"));
        assert!(how_to_get("psql").unwrap().contains("postgresql-client"));
        assert!(how_to_get("/usr/lib/nagios/plugins/check_http").unwrap().contains("monitoring-plugins"));
        assert_eq!(how_to_get("our-own-tool"), None);
    }

    #[test]
    fn only_the_tools_own_words_ask_for_a_login() {
        let said =
            "ERROR: (gcloud.run.services.describe) You do not currently have an active account selected.\n";
        assert!(login_wanted("gcloud", said).unwrap().contains("gcloud auth login"));
        assert_eq!(login_wanted("gcloud", "ERROR: Cannot find service [api]"), None);
        assert_eq!(login_wanted("./our-script", said), None);
        assert!(login_wanted("/snap/bin/kubectl", "error: You must be logged in to the server").is_some());
    }

    #[test]
    fn words_are_written_as_they_are_compared() {
        for word in LOGINS.iter().flat_map(|(_, _, words)| words.iter()) {
            assert_eq!(*word, word.to_lowercase());
        }
    }
}
