//! A probe that does what it is told: every line of its script is one observation.
//!
//! A line is words with commas between: `after 2s` (how long it takes, cut at the deadline), `status 503`,
//! `body {"a":1}`, `text abc`, `header NAME VALUE`, `no status`, `own 3s`, `refused`, `timeout 8s` (after
//! which it gave up), `limit`, `panic MESSAGE`,
//! `hang` (outlives every deadline), `echo` (shows its setting `say` wherever a probe can show something).
//! The last line repeats.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use fixproof::clock::{Clock, Moment};
use fixproof::model::{
    Cause, FactSpec, Kind, Mistake, Observation, Phase, ProbeSpec, Setting, SettingKind, SettingSpec,
    Settings, Share, Text, Value,
};
use fixproof::probe::reproduce::CommandLine;
use fixproof::probe::{ObserveContext, Observing, PrepareContext, Probe, ProbeKind};

macro_rules! setting {
    ($name:literal, $kind:expr) => {
        SettingSpec { name: $name, kind: $kind, required: false, meaning: "for tests" }
    };
}

macro_rules! fact {
    ($name:literal, $kind:ident, $always:literal) => {
        FactSpec { name: $name, kind: Kind::$kind, always: $always, meaning: "for tests" }
    };
}

pub static SPEC: ProbeSpec = ProbeSpec {
    name: "script",
    summary: "plays a script",
    settings: &[
        setting!("id", SettingKind::Text),
        setting!("play", SettingKind::Texts),
        setting!("say", SettingKind::Text),
        setting!("count", SettingKind::Count),
        setting!("wait", SettingKind::Duration),
        setting!("table", SettingKind::Table),
        setting!("refuse", SettingKind::Text),
    ],
    facts: &[&[
        fact!("status", Number, true),
        fact!("body", Json, false),
        fact!("text", Text, false),
        fact!("time.total", Duration, true),
        fact!("size", Size, false),
        fact!("open", Flag, false),
        fact!("part", Share, false),
        fact!("header.*", Text, false),
    ]],
    phases: &[],
    example: "",
};

/// One observation that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// Of which scenario.
    pub id: String,
    /// From the first `prepare` on.
    pub began: Duration,
    /// The same; nothing while it is under way.
    pub ended: Option<Duration>,
    /// Did it come to its own end? Not when it was dropped or panicked.
    pub finished: bool,
    /// How many were under way when it began, itself counted.
    pub beside: usize,
    /// The setting `say`.
    pub said: String,
}

/// The kind; leaked by each test, so that each has its own log.
pub struct Script {
    start: Moment,
    log: Mutex<Vec<Played>>,
    turns: Mutex<BTreeMap<String, usize>>,
}

impl Script {
    pub fn leaked() -> &'static Script {
        Box::leak(Box::new(Script {
            start: Clock::WALL.now(),
            log: Mutex::default(),
            turns: Mutex::default(),
        }))
    }

    pub fn log(&self) -> Vec<Played> {
        self.log.lock().unwrap().clone()
    }

    /// Most observations at one moment.
    pub fn most_at_once(&self) -> usize {
        self.log().iter().map(|p| p.beside).max().unwrap_or(0)
    }

    /// When the observations of a scenario began, in seconds.
    pub fn starts(&self, id: &str) -> Vec<f64> {
        self.log().iter().filter(|p| p.id == id).map(|p| p.began.as_secs_f64()).collect()
    }

    /// The order in which scenarios were first asked.
    pub fn order(&self) -> Vec<String> {
        let mut order = Vec::new();
        for played in self.log() {
            if !order.contains(&played.id) {
                order.push(played.id);
            }
        }
        order
    }
}

impl ProbeKind for &'static Script {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    fn reproduce(&self, shown: &Settings, _: Duration, _: &PrepareContext<'_>) -> Option<String> {
        let mut line = CommandLine::new("script");
        shown.0.iter().filter_map(|(key, value)| value.scalar_text().map(|text| (key, text))).for_each(
            |(key, text)| {
                line.word(&format!("--{key}={}", text.expose()));
            },
        );
        line.finish()
    }

    fn prepare(&self, settings: &Settings, _: &PrepareContext<'_>) -> Result<Box<dyn Probe>, Vec<Mistake>> {
        if let Some(why) = settings.text("refuse") {
            return Err(vec![
                Mistake::at("refuse", format!("refused: {}", why.expose())).help("do not"),
                Mistake::whole("and as a whole"),
            ]);
        }
        if settings.text("say").is_some_and(|say| say.expose().contains('\n')) {
            return Err(vec![Mistake::at("say", "can't say a line break")]);
        }
        let id = settings.text("id").map(Text::expose).unwrap_or_default().to_owned();
        let say = settings.text("say").map(Text::expose).unwrap_or_default().to_owned();
        let lines = settings.list("play").iter().filter_map(Setting::scalar_text);
        Ok(Box::new(Player { kind: self, id, say, lines: lines.map(|l| l.expose().to_owned()).collect() }))
    }
}

struct Player {
    kind: &'static Script,
    id: String,
    say: String,
    lines: Vec<String>,
}

/// Notes the end of an observation, also of one that is dropped or panics.
struct Note {
    kind: &'static Script,
    at: usize,
    finished: bool,
}

impl Drop for Note {
    fn drop(&mut self) {
        let now = Clock::WALL.between(self.kind.start, Clock::WALL.now());
        let mut log = self.kind.log.lock().unwrap();
        log[self.at].ended = Some(now);
        log[self.at].finished = self.finished;
    }
}

impl Probe for Player {
    fn observe<'a>(&'a self, ask: ObserveContext<'a>) -> Observing<'a> {
        Box::pin(self.play(ask))
    }
}

impl Player {
    async fn play(&self, ask: ObserveContext<'_>) -> Observation {
        let mut note = self.note();
        let line = {
            let mut turns = self.kind.turns.lock().unwrap();
            let key = format!("{}{:?}", self.id, self.lines);
            let turn = turns.entry(key).or_default();
            let line = self.lines.get((*turn).min(self.lines.len().saturating_sub(1))).cloned();
            *turn += 1;
            line.unwrap_or_default()
        };
        let began = ask.clock.now();
        let mut observation = Observation::default();
        observation.facts.insert("status", Value::count(200));
        let (mut total, mut gone) = (None, Vec::new());
        for word in line.split(", ").filter(|word| !word.is_empty()) {
            let (verb, rest) = word.split_once(' ').unwrap_or((word, ""));
            match verb {
                "after" => {
                    let end = ask.clock.after(began, humantime::parse_duration(rest).unwrap());
                    ask.clock.sleep_until(end.min(ask.deadline)).await;
                    if end > ask.deadline {
                        observation = Observation::blocked_by(Cause::HttpTimeout, "no answer in time");
                        break;
                    }
                }
                "took" => total = Some(humantime::parse_duration(rest).unwrap()),
                "status" => observation.facts.insert("status", Value::count(rest.parse().unwrap())),
                "body" => observation.facts.insert("body", Value::from_json(rest.parse().unwrap())),
                "text" => observation.facts.insert("text", Value::Text(rest.to_owned())),
                "open" => observation.facts.insert("open", Value::Flag(rest == "true")),
                "size" => observation.facts.insert("size", Value::Size(rest.parse().unwrap())),
                "part" => observation.facts.insert("part", Value::Share(Share::parse(rest).unwrap())),
                "no" => gone.push(rest.to_owned()),
                "own" => observation.own = humantime::parse_duration(rest).unwrap(),
                "refused" => observation = Observation::blocked_by(Cause::Refused, "connection refused"),
                "timeout" => {
                    observation = Observation::blocked_by(Cause::HttpTimeout, "no answer in time");
                    let took = humantime::parse_duration(rest).unwrap();
                    observation.phases = vec![Phase {
                        name: "first-byte".into(),
                        after: Duration::ZERO,
                        took,
                        complete: false,
                    }];
                }
                "limit" => observation = Observation::blocked_by(Cause::OwnLimit, "no file descriptors"),
                "panic" => panic!("{rest}{}", self.say),
                "hang" => std::future::pending::<()>().await,
                "echo" => self.echo(&mut observation),
                other => panic!("no such word: {other}"),
            }
        }
        if observation.obstacle.is_none() && !gone.iter().any(|g| g == "time.total") {
            let total = total.unwrap_or_else(|| ask.clock.since(began));
            observation.facts.insert("time.total", Value::Duration(total));
        }
        note.finished = true;
        observation
    }

    fn note(&self) -> Note {
        let mut log = self.kind.log.lock().unwrap();
        let beside = log.iter().filter(|p| p.ended.is_none()).count() + 1;
        log.push(Played {
            id: self.id.clone(),
            began: Clock::WALL.between(self.kind.start, Clock::WALL.now()),
            ended: None,
            finished: false,
            beside,
            said: self.say.clone(),
        });
        Note { kind: self.kind, at: log.len() - 1, finished: false }
    }

    fn echo(&self, observation: &mut Observation) {
        let say = &self.say;
        observation.transcript.sent.push(format!("> {say}"));
        observation.transcript.received.push(format!("< {say}"));
        let facts = &mut observation.facts;
        facts.insert("text", Value::Text(format!("you said {say}")));
        facts.insert("body", Value::Json(serde_json::json!({ "said": say, say.as_str(): [say] })));
        facts.insert(format!("header.x-{say}"), Value::Text(say.clone()));
        facts.insert_unreadable("open", Cause::NotJson, format!("not json: {say}"));
    }
}
