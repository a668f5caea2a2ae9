//! The shell command that reads the same entries: `tail`, the program, `gcloud logging read`, or the query.

use std::time::Duration;

use url::Url;

use super::super::reproduce::CommandLine;
use super::super::{PrepareContext, command, http};
use super::settings::LIMIT;
use crate::net::address::word;
use fixproof_core::model::{Setting, Settings, Text, Value};

/// The command line.
pub(super) fn reproduce(shown: &Settings, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let limit = shown.count("limit").unwrap_or(LIMIT);
    if let Some(argv) = shown.get("command") {
        return command::reproduce(&Settings(vec![("argv".to_owned(), argv.clone())]), context);
    }
    match shown.get("file") {
        Some(Setting::List(files)) => {
            let files: Option<Vec<Text>> = files.iter().map(Setting::scalar_text).collect();
            read(&files?, limit, shown, context)
        }
        Some(file) => read(&[file.scalar_text()?], limit, shown, context),
        None => gcloud(shown, limit).or_else(|| query(shown, limit, within, context)),
    }
}

fn read(files: &[Text], limit: u64, shown: &Settings, context: &PrepareContext<'_>) -> Option<String> {
    let mut line = CommandLine::new("tail");
    line.words(["-q", "-n", &limit.to_string(), "--"]);
    for file in files {
        line.word(&context.root.join(file.expose()).display().to_string());
    }
    if let Some(pattern) = word(shown, "pattern") {
        line.shell("|").words(["grep", "-P", "--", pattern]);
    }
    line.finish()
}

/// Google's own logs have a tool of their own.
fn gcloud(shown: &Settings, limit: u64) -> Option<String> {
    let url = Url::parse(word(shown, "url")?).ok()?;
    let of_google = url.host_str().is_some_and(|host| host == "logging.googleapis.com");
    let [resource] = shown.list("resources") else { return None };
    let resource = resource.scalar_text()?;
    let project = resource.expose().strip_prefix("projects/").filter(|_| of_google)?;
    let mut line = CommandLine::new("gcloud");
    line.words(["logging", "read", word(shown, "filter").unwrap_or_default(), "--project", project]);
    if let Some(since) = shown.duration("since") {
        line.word(&format!("--freshness={}s", since.as_secs().max(1)));
    }
    line.words([&*format!("--limit={limit}"), "--format=json"]).finish()
}

/// The newest page; `since` is a comment, because the time of the command is not known.
fn query(shown: &Settings, limit: u64, within: Duration, context: &PrepareContext<'_>) -> Option<String> {
    let own = |name: &str| shown.get(name).map(|setting| (name.to_owned(), setting.clone()));
    let mut request: Vec<(String, Setting)> =
        ["url", "headers", "bearer", "google", "ca"].into_iter().filter_map(own).collect();
    let said = |text: &str| Setting::Text(Text::plain(text));
    let mut body = vec![
        ("orderBy".to_owned(), said("timestamp desc")),
        ("pageSize".to_owned(), Setting::Number(limit.min(1000).into())),
    ];
    body.extend(own("resources").map(|(_, list)| ("resourceNames".to_owned(), list)));
    body.extend(own("filter"));
    request.push(("json".to_owned(), Setting::Table(body)));
    let asked = http::reproduce(&Settings(request), within, context)?;
    Some(match shown.duration("since") {
        Some(since) => format!("# entries of the last {} count\n{asked}", Value::Duration(since)),
        None => asked,
    })
}
