//! Suites, targets and scenarios by hand. Every value is written into a text as it is built, so that spans are real.

use std::sync::Arc;
use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::engine::{self, Event, Identity, Overlay, Plan, Selection, Stop, plan};
use fixproof::judge::HostLimits;
use fixproof::load::Loaded;
use fixproof::model::{
    At, Capture, Component, Defaults, Host, InvalidInput, Level, Nonce, Operator, Outcome, Part, Problems,
    Repetition, Report, Sampling, Scenario, SecretSource, Settling, Severity, Share, Skip, SourceId, Sources,
    Span, Step, Suite, Target, Template, Timestamp, Variable, Verdict, Written, WrittenExpectation,
    WrittenGate,
};
use serde_json::{Value as Json, json};

use super::judged_again;
use super::machine::Ideal;
use super::script::{SPEC, Script};

/// The text everything is written into.
#[derive(Default)]
pub struct Ink(String);

impl Ink {
    fn write(&mut self, text: &str) -> Span {
        let start = self.0.len();
        self.0.push_str(text);
        let span = Span { source: SourceId(0), start, end: self.0.len() };
        self.0.push('\n');
        span
    }

    fn at(&mut self, text: &str) -> At<String> {
        At::new(text.to_owned(), self.write(text))
    }

    /// JSON as the loader would have read it: texts may hold `{{variables}}`.
    fn written(&mut self, json: &Json) -> At<Written> {
        let span = self.write(&json.to_string());
        let written = match json {
            Json::Null => panic!("TOML has no null"),
            Json::Bool(flag) => Written::Flag(*flag),
            Json::Number(number) => Written::Number(number.clone()),
            Json::String(text) => Written::Text(template(text, span)),
            Json::Array(list) => Written::List(list.iter().map(|item| self.written(item)).collect()),
            Json::Object(rows) => {
                Written::Table(rows.iter().map(|(key, item)| (self.at(key), self.written(item))).collect())
            }
        };
        At::new(written, span)
    }
}

fn template(text: &str, span: Span) -> Template {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, tail)) = rest.split_once("{{") {
        let (name, after) = tail.split_once("}}").unwrap();
        if !before.is_empty() {
            parts.push(Part::Literal(before.to_owned()));
        }
        parts.push(Part::Variable(Variable { name: name.trim().to_owned(), span }));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    Template { parts }
}

/// One expectation, to be written.
#[derive(Clone)]
pub struct Expect {
    that: String,
    at: Option<String>,
    operator: &'static str,
    wanted: Json,
    negated: bool,
    severity: Severity,
    confidence: Option<&'static str>,
}

/// `expect("status", "equals", json!(200))`
pub fn expect(that: &str, operator: &'static str, wanted: Json) -> Expect {
    Expect {
        that: that.to_owned(),
        at: None,
        operator,
        wanted,
        negated: false,
        severity: Severity::Error,
        confidence: None,
    }
}

impl Expect {
    pub fn at(mut self, path: &str) -> Expect {
        self.at = Some(path.to_owned());
        self
    }

    pub fn not(mut self) -> Expect {
        self.negated = true;
        self
    }

    pub fn warn(mut self) -> Expect {
        self.severity = Severity::Warn;
        self
    }

    pub fn confidence(mut self, share: &'static str) -> Expect {
        self.confidence = Some(share);
        self
    }

    fn build(&self, ink: &mut Ink) -> WrittenExpectation {
        let wanted = ink.written(&self.wanted);
        WrittenExpectation {
            that: ink.at(&self.that),
            at: self.at.as_ref().map(|at| path(at, ink)),
            operator: At::new(Operator::named(self.operator).unwrap(), wanted.span),
            span: wanted.span,
            wanted,
            negated: self.negated,
            severity: self.severity,
            confidence: self.confidence.map(|c| At::new(Share::parse(c).unwrap(), ink.write(c))),
        }
    }
}

fn path(text: &str, ink: &mut Ink) -> At<serde_json_path::JsonPath> {
    At::new(serde_json_path::JsonPath::parse(text).unwrap(), ink.write(text))
}

/// One step, to be written.
#[derive(Clone)]
pub struct S {
    name: Option<String>,
    probe: &'static fixproof::model::ProbeSpec,
    with: Vec<(String, Json)>,
    expect: Vec<Expect>,
    captures: Vec<(String, String, Option<String>, bool)>,
    always: bool,
    timeout: Option<Duration>,
}

/// A named step that plays lines.
pub fn step(name: &str, play: &[&str]) -> S {
    S {
        name: Some(name.to_owned()),
        probe: &SPEC,
        with: vec![("id".to_owned(), json!(name)), ("play".to_owned(), json!(play))],
        expect: vec![],
        captures: vec![],
        always: false,
        timeout: None,
    }
}

impl S {
    pub fn with(mut self, key: &str, value: Json) -> S {
        self.with.push((key.to_owned(), value));
        self
    }

    pub fn expect(mut self, expect: Expect) -> S {
        self.expect.push(expect);
        self
    }

    pub fn capture(mut self, name: &str, that: &str, at: Option<&str>) -> S {
        self.captures.push((name.to_owned(), that.to_owned(), at.map(str::to_owned), false));
        self
    }

    pub fn capture_secret(mut self, name: &str, that: &str, at: Option<&str>) -> S {
        self.captures.push((name.to_owned(), that.to_owned(), at.map(str::to_owned), true));
        self
    }

    pub fn always(mut self) -> S {
        self.always = true;
        self
    }

    pub fn timeout(mut self, timeout: Duration) -> S {
        self.timeout = Some(timeout);
        self
    }

    fn build(&self, ink: &mut Ink) -> Step {
        let span = ink.write("[[scenario.step]]");
        Step {
            name: self.name.as_ref().map(|name| ink.at(name)),
            probe: self.probe,
            probe_span: span,
            settings_span: ink.write("with ="),
            settings: self.with.iter().map(|(key, value)| (ink.at(key), ink.written(value))).collect(),
            expect: self.expect.iter().map(|expect| expect.build(ink)).collect(),
            captures: self
                .captures
                .iter()
                .map(|(name, that, at, secret)| Capture {
                    name: ink.at(name),
                    that: ink.at(that),
                    at: at.as_ref().map(|at| path(at, ink)),
                    secret: *secret,
                })
                .collect(),
            always: self.always,
            timeout: self.timeout,
            span,
        }
    }
}

/// One scenario, to be written.
#[derive(Clone)]
pub struct Sc {
    id: String,
    component: String,
    steps: Vec<S>,
    repetition: Repetition,
    needs: Vec<String>,
    tags: Vec<String>,
    timeout: Option<Duration>,
    critical: bool,
    safe: bool,
    alone: bool,
    skip: Option<String>,
    title: String,
}

/// A scenario of one step that plays lines and expects status 200.
pub fn scenario(id: &str, play: &[&str]) -> Sc {
    let mut only = step(id, play).expect(expect("status", "equals", json!(200)));
    only.name = None;
    Sc {
        id: id.to_owned(),
        component: "backend".to_owned(),
        steps: vec![only],
        repetition: Repetition::Once,
        needs: vec![],
        tags: vec![],
        timeout: None,
        critical: false,
        safe: false,
        alone: false,
        skip: None,
        title: format!("the title of {id}"),
    }
}

/// A scenario of several steps.
pub fn steps(id: &str, steps: impl IntoIterator<Item = S>) -> Sc {
    Sc { steps: steps.into_iter().collect(), ..scenario(id, &[]) }
}

impl Sc {
    pub fn step(mut self, change: impl FnOnce(S) -> S) -> Sc {
        let only = self.steps.remove(0);
        self.steps.insert(0, change(only));
        self
    }

    pub fn with(self, key: &str, value: Json) -> Sc {
        self.step(|s| s.with(key, value))
    }

    pub fn expect(self, expect: Expect) -> Sc {
        self.step(|s| s.expect(expect))
    }

    /// Only this one expectation.
    pub fn only(self, expect: Expect) -> Sc {
        self.step(|s| S { expect: vec![expect], ..s })
    }

    /// Another id; the question stays the same.
    pub fn named(mut self, id: &str) -> Sc {
        self.id = id.to_owned();
        self
    }

    pub fn probe(self, probe: &'static fixproof::model::ProbeSpec) -> Sc {
        self.step(|s| S { probe, ..s })
    }

    pub fn needs(mut self, id: &str) -> Sc {
        self.needs.push(id.to_owned());
        self
    }

    pub fn tag(mut self, tag: &str) -> Sc {
        self.tags.push(tag.to_owned());
        self
    }

    pub fn of(mut self, component: &str) -> Sc {
        self.component = component.to_owned();
        self
    }

    pub fn title(mut self, title: &str) -> Sc {
        self.title = title.to_owned();
        self
    }

    pub fn timeout(mut self, seconds: u64) -> Sc {
        self.timeout = Some(Duration::from_secs(seconds));
        self
    }

    pub fn critical(mut self) -> Sc {
        self.critical = true;
        self
    }

    pub fn safe(mut self) -> Sc {
        self.safe = true;
        self
    }

    pub fn alone(mut self) -> Sc {
        self.alone = true;
        self
    }

    pub fn skip(mut self, reason: &str) -> Sc {
        self.skip = Some(reason.to_owned());
        self
    }

    pub fn sample(mut self, count: u32, every: Duration, parallel: u32) -> Sc {
        self.repetition = Repetition::Sample(Sampling { count, every, parallel });
        self
    }

    /// In seconds.
    pub fn settle(mut self, within: u64, every: u64, hold: u64) -> Sc {
        let [within, every, hold] = [within, every, hold].map(Duration::from_secs);
        self.repetition = Repetition::Settle(Settling { within, every, hold });
        self
    }

    pub fn burst(mut self, count: u32) -> Sc {
        self.repetition = Repetition::Burst(count);
        self
    }

    fn build(&self, ink: &mut Ink) -> Scenario {
        let span = ink.write("[[scenario]]");
        Scenario {
            id: ink.at(&self.id),
            title: self.title.clone(),
            component: ink.at(&self.component),
            owner: None,
            source: None,
            critical: self.critical,
            safe: self.safe,
            alone: self.alone,
            needs: self.needs.iter().map(|need| ink.at(need)).collect(),
            tags: self.tags.clone(),
            timeout: self.timeout,
            remedy: None,
            runbook: None,
            skip: self.skip.as_ref().map(|reason| Skip { reason: reason.clone(), until: None, span }),
            repetition: self.repetition.clone(),
            steps: self.steps.iter().map(|step| step.build(ink)).collect(),
            span,
            block: span,
        }
    }
}

/// A component's name, what it depends on, its values.
type Described = (String, Vec<String>, Vec<(String, Json)>);

/// A suite, a target, a selection, and the probe they play on.
pub struct World {
    pub script: &'static Script,
    pub scenarios: Vec<Sc>,
    pub components: Vec<Described>,
    pub limits: Vec<(String, Json)>,
    pub secrets: Vec<(String, SecretSource)>,
    pub selection: Selection,
    pub overlay: Overlay,
    pub gate: Vec<(String, Share)>,
    pub parallel: usize,
    pub deadline: Duration,
    pub protect: bool,
    pub root: std::path::PathBuf,
    pub machine: Ideal,
    pub limits_of_host: HostLimits,
    ink: Ink,
    built: Option<(Suite, Target)>,
}

/// What came of a run.
pub struct Ran {
    pub report: Report,
    pub events: Vec<String>,
    pub took: f64,
}

impl World {
    pub fn of(scenarios: impl IntoIterator<Item = Sc>) -> World {
        World {
            script: Script::leaked(),
            scenarios: scenarios.into_iter().collect(),
            components: vec![("backend".to_owned(), vec![], vec![])],
            limits: vec![],
            secrets: vec![],
            selection: Selection::default(),
            overlay: Overlay::default(),
            gate: vec![],
            parallel: 16,
            deadline: Duration::from_secs(900),
            protect: false,
            root: ".".into(),
            machine: Ideal::healthy(),
            limits_of_host: HostLimits::default(),
            ink: Ink::default(),
            built: None,
        }
    }

    pub fn component(mut self, name: &str, depends_on: &[&str], values: &[(&str, &str)]) -> World {
        self.components.push((
            name.to_owned(),
            depends_on.iter().map(|d| (*d).to_owned()).collect(),
            values.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect(),
        ));
        self
    }

    pub fn parallel(mut self, parallel: usize) -> World {
        self.parallel = parallel;
        self
    }

    pub fn deadline(mut self, seconds: u64) -> World {
        self.deadline = Duration::from_secs(seconds);
        self
    }

    pub fn secret(mut self, name: &str, source: SecretSource) -> World {
        self.secrets.push((name.to_owned(), source));
        self
    }

    pub fn known_secret(mut self, name: &str, value: &str) -> World {
        self.overlay.secrets.push((name.to_owned(), fixproof::model::Secret::new(value.to_owned())));
        self
    }

    pub fn select(mut self, change: impl FnOnce(&mut Selection)) -> World {
        change(&mut self.selection);
        self
    }

    fn target(&mut self) -> Target {
        let ink = &mut self.ink;
        let span = ink.write("name = \"test\"");
        Target {
            name: "test".to_owned(),
            protect: self.protect,
            proxy_from_environment: false,
            components: self
                .components
                .iter()
                .map(|(name, depends_on, values)| Component {
                    name: ink.at(name),
                    depends_on: depends_on.iter().map(|d| ink.at(d)).collect(),
                    values: values.iter().map(|(key, value)| (ink.at(key), ink.written(value))).collect(),
                })
                .collect(),
            limits: self.limits.iter().map(|(key, value)| (ink.at(key), ink.written(value))).collect(),
            secrets: self
                .secrets
                .iter()
                .map(|(name, source)| {
                    let name = ink.at(name);
                    let source = At::new(source.clone(), name.span);
                    (name, source)
                })
                .collect(),
            simulate: None,
            hash: "t".to_owned(),
            span,
        }
    }

    /// Plans; also returns the text everything is written in.
    pub fn plan(&mut self) -> Result<Plan, InvalidInput> {
        let target = self.target();
        let scenarios: Vec<Scenario> = self.scenarios.iter().map(|s| s.build(&mut self.ink)).collect();
        let components =
            self.gate.iter().map(|(name, share)| (self.ink.at(name), *share)).collect::<Vec<_>>();
        let mut sources = Sources::default();
        sources.add("test.toml".into(), "test.toml", &self.ink.0);
        let suite = Suite {
            root: self.root.clone(),
            sources: sources.clone(),
            gate: WrittenGate { threshold: Share::parse("80%").unwrap(), components },
            defaults: Defaults {
                timeout: Duration::from_secs(30),
                deadline: self.deadline,
                parallel: self.parallel,
            },
            scenarios,
            hash: "00".to_owned(),
        };
        let kinds: Vec<&'static dyn fixproof::probe::ProbeKind> = vec![Box::leak(Box::new(self.script))];
        let loaded = Loaded { suite, target, sources, problems: Problems::default() };
        let plan = plan(&loaded, self.overlay.clone(), &self.selection, identity(), &kinds);
        self.built = Some((loaded.suite, loaded.target));
        plan
    }

    /// Every problem as `code: message | help @ marked text`.
    pub fn problems(&mut self) -> Vec<String> {
        let (problems, sources) = match self.plan() {
            Ok(plan) => (plan.warnings().to_vec(), plan.sources().clone()),
            Err(InvalidInput { problems, sources }) => {
                assert!(
                    problems.iter().any(|problem| problem.level == Level::Error),
                    "no plan without an error"
                );
                (problems, sources)
            }
        };
        problems
            .into_iter()
            .map(|p| {
                let marked = p.span.map(|s| sources.text(s.source)[s.start..s.end].to_owned());
                let help = p.help.unwrap_or_default();
                format!("{}: {} | {help} @ {}", p.code, p.message, marked.unwrap_or_default())
            })
            .collect()
    }

    pub async fn run(&mut self) -> Ran {
        let (stopper, stop) = engine::stopper();
        let ran = self.run_until(stop).await;
        drop(stopper);
        ran
    }

    pub async fn run_until(&mut self, stop: Stop) -> Ran {
        let plan = self.plan().unwrap_or_else(|invalid| panic!("{invalid}"));
        let plan = plan.on_machine(Arc::new(self.machine.started()), self.limits_of_host);
        let began = Clock::WALL.now();
        let mut events = Vec::new();
        let mut listen = |event: &Event<'_>| events.push(told(event));
        let report = engine::run(plan, &mut listen, stop).await;
        let took = Clock::WALL.since(began).as_secs_f64();
        assert_adds_up(&report, self.scenarios.len());
        if let Some((suite, target)) = &self.built {
            judged_again::assert_alike(&report, suite, target, &self.overlay);
        }
        Ran { report, events, took }
    }
}

/// Every planned scenario has exactly one verdict, and the verdicts add up to the plan.
pub fn assert_adds_up(report: &Report, planned: usize) {
    let tally = report.tally;
    assert_eq!(tally.planned, planned as u64);
    assert_eq!(tally.judged() + tally.skipped, tally.planned);
    assert_eq!(report.outcomes.len(), planned);
    assert!(report.outcomes.iter().all(|o| o.verdict == o.reason.verdict()));
    let by_component: u64 = report.components.iter().map(|c| c.tally.planned).sum();
    assert_eq!(by_component, tally.planned);
}

fn told(event: &Event<'_>) -> String {
    match event {
        Event::RunStarted { planned, skipped } => format!("run {planned}+{skipped}"),
        Event::ScenarioStarted { scenario } => format!("start {}", scenario.id),
        Event::SampleTaken { scenario, taken, planned, met } => {
            format!(
                "sample {} {taken}/{} met {met}",
                scenario.id,
                planned.map_or("?".into(), |p| p.to_string())
            )
        }
        Event::ScenarioFinished { outcome } => format!("finish {outcome:?}"),
        Event::RunFinished { .. } => "over".to_owned(),
    }
}

impl Ran {
    pub fn outcome(&self, id: &str) -> &Outcome {
        self.report.outcomes.iter().find(|o| &*o.scenario.id == id).unwrap()
    }

    pub fn verdict(&self, id: &str) -> Verdict {
        self.outcome(id).verdict
    }

    /// `passed`, `failed: connect/refused: …`, `blocked by a, b`, `inconclusive: …`
    pub fn why(&self, id: &str) -> String {
        use fixproof::model::Reason;
        match &self.outcome(id).reason {
            Reason::Passed => "passed".to_owned(),
            Reason::Failed { cause, detail } => format!("{}: {cause}: {detail}", self.verdict(id).name()),
            Reason::Blocked { by } => format!("blocked by {}", by.join(", ")),
            Reason::Inconclusive(why) => format!("inconclusive: {why}"),
            Reason::Skipped { reason } => format!("skipped: {reason}"),
        }
    }

    pub fn verdicts(&self) -> Vec<&'static str> {
        self.report.outcomes.iter().map(|o| o.verdict.name()).collect()
    }

    /// Everything a reader or a machine could see of it.
    pub fn everything(&self) -> String {
        format!("{}\n{:?}\n{:?}", serde_json::to_string(&self.report).unwrap(), self.report, self.events)
    }
}

fn identity() -> Identity {
    Identity {
        tool: "fixproof test".to_owned(),
        optimised: false,
        run: "run-1".to_owned(),
        nonce: Nonce::STAND_IN,
        begun: Timestamp(time::macros::datetime!(2026-11-21 07:30:05 UTC)),
        suite: "scenarios".to_owned(),
        host: Host { name: "here".to_owned(), system: "test".to_owned(), processors: 2 },
        proof: None,
        simulated: None,
        notes: vec![],
    }
}
