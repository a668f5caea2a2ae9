//! Everything that is wrong is found before the first packet, all at once, at its place.

use fixproof::model::{ProbeSpec, SecretSource, Share, Text};
use serde_json::json;

use super::suite::{Sc, World, expect, scenario, step, steps};

fn problems(scenario: Sc) -> Vec<String> {
    World::of([scenario]).problems()
}

fn only(problems: Vec<String>) -> String {
    let [only] = problems.try_into().unwrap_or_else(|all| panic!("not one problem: {all:#?}"));
    only
}

#[test]
fn an_unknown_variable_is_told_where_it_stands_with_a_suggestion() {
    let mut world = World::of([
        scenario("a", &[]).with("say", json!("{{frontend.ulr}}/x")),
        scenario("b", &[]).only(expect("text", "equals", json!("{{limit.pol}}"))),
    ])
    .component("frontend", &[], &[("url", "http://f")]);
    world.limits = vec![("pool".into(), json!(50))];
    assert_eq!(
        world.problems(),
        [
            "unknown-variable: nothing defines `{{frontend.ulr}}` in the target `test` | did you mean `{{frontend.url}}`? @ \"{{frontend.ulr}}/x\"",
            "unknown-variable: nothing defines `{{limit.pol}}` in the target `test` | did you mean `{{limit.pool}}`? @ \"{{limit.pol}}\"",
        ]
    );
}

#[test]
fn values_of_the_target_may_refer_to_each_other_but_not_to_themselves_nor_to_captures() {
    let plan = |values: &[(&str, &str)]| {
        let say = json!("{{frontend.url}}");
        World::of([scenario("a", &[]).with("say", say)]).component("frontend", &[], values).problems()
    };
    assert_eq!(plan(&[("url", "{{frontend.host}}/x"), ("host", "h")]), Vec::<String>::new());
    assert!(only(plan(&[("url", "{{frontend.url}}")])).starts_with("cycle: "));
    assert!(only(plan(&[("url", "{{host}}"), ("host", "h")])).starts_with("unknown-variable: "));
}

#[test]
fn a_limit_keeps_its_type() {
    let mut world =
        World::of([scenario("a", &[]).only(expect("status", "at-most", json!("{{limit.pool}}")))]);
    world.limits = vec![("pool".into(), json!(50))];
    assert_eq!(world.problems(), Vec::<String>::new());
    world.limits = vec![("pool".into(), json!("fifty"))];
    assert!(only(world.problems()).starts_with("wrong-unit: "));
}

fn with_secret(source: SecretSource) -> World {
    World::of([scenario("a", &["echo"]).with("say", json!("{{secret.key}}")).only(expect(
        "text",
        "equals",
        json!("you said {{secret.key}}"),
    ))])
    .secret("key", source)
}

#[test]
fn a_secret_that_can_t_be_read_says_what_to_do() {
    let found = only(with_secret(SecretSource::Env("FIXPROOF_TEST_NEVER_SET".into())).problems());
    assert_eq!(
        found,
        "unset-secret: the secret `key` can't be read: the environment variable FIXPROOF_TEST_NEVER_SET is not set | set the environment variable FIXPROOF_TEST_NEVER_SET, then run again @ \"{{secret.key}}\""
    );
    assert!(only(with_secret(SecretSource::File("no/such/file".into())).problems()).contains("no/such/file"));
    let command = |argv: &[&str]| SecretSource::Command(argv.iter().map(|a| (*a).to_owned()).collect());
    let found = only(with_secret(command(&["no-such-program-x"])).problems());
    assert!(found.contains("the program `no-such-program-x` is not installed here"), "{found}");
    let found = only(with_secret(command(&["sh", "-c", "echo c4nary; exit 3"])).problems());
    assert!(found.contains("ended with exit status: 3") && !found.contains("c4nary\n"), "{found}");
    assert!(only(with_secret(command(&["true"])).problems()).contains("it is empty"));
    assert!(only(with_secret(command(&[])).problems()).contains("the command is empty"));
}

#[tokio::test]
async fn secrets_come_from_files_and_programs_without_the_line_break_at_their_end() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "from-a-file\r\n").unwrap();
    let command = ["sh", "-c", "printf 'from-a-program\\n'; pwd >&2"].map(str::to_owned).to_vec();
    for (source, value) in [
        (SecretSource::File("key".into()), "from-a-file"),
        (SecretSource::Command(command), "from-a-program"),
    ] {
        let mut world = with_secret(source);
        world.root = folder.path().to_owned();
        let ran = world.run().await;
        assert_eq!(world.script.log()[0].said, value);
        assert_eq!(ran.verdicts(), ["passed"]);
        assert!(!ran.everything().contains(value));
    }
}

#[test]
fn a_program_whose_child_keeps_its_output_open_does_not_hold_the_run() {
    let argv = ["sh", "-c", "sleep 40 & echo token-1"].map(str::to_owned).to_vec();
    let began = std::time::Instant::now();
    let found = with_secret(SecretSource::Command(argv)).problems();
    assert!(began.elapsed().as_secs() < 20);
    assert!(only(found).contains("its output stayed open"));
}

#[test]
fn a_short_secret_is_refused_where_it_is_named() {
    let mut world =
        World::of([scenario("a", &[]).with("say", json!("{{secret.key}}"))]).known_secret("key", "abc");
    let found = only(world.problems());
    assert!(found.starts_with("short-secret: the secret `key` has fewer than 4 characters"), "{found}");
}

#[test]
fn a_unit_that_does_not_fit_is_refused() {
    for (that, operator, wanted, why) in [
        ("time.total", "at-most", json!(5), "this fact is a duration and can't be compared with a number"),
        ("status", "at-most", json!("5s"), "this fact is a number and can't be compared with a text"),
        ("status", "equals", json!("503"), "this fact is a number and can't be compared with a text"),
        ("size", "at-most", json!(5), "this fact is a size and can't be compared with a number"),
        ("text", "at-most", json!(5), "this fact is a text and has no order"),
        ("samples.met", "at-least", json!(0.9), "this fact is a share and can't be compared with a number"),
        ("status", "contains", json!("2"), "`contains` looks into a text, and this fact is a number"),
        ("status", "within", json!([200]), "`within` takes a list of two values: [low, high]"),
        ("text", "matches", json!("("), "not a regular expression"),
        ("open", "equals", json!("true"), "this fact is a boolean and can't be compared with a text"),
    ] {
        let found = only(problems(scenario("a", &[]).only(expect(that, operator, wanted.clone()))));
        assert!(found.starts_with(&format!("wrong-unit: {why}")), "{that} {operator}: {found}");
        assert!(found.ends_with(&format!("@ {wanted}")), "{found}");
    }
}

#[test]
fn what_cannot_fail_is_refused() {
    let whole = json!(["0%", "100%"]);
    for expectation in [
        expect("status", "exists", json!(true)),
        expect("status", "exists", json!(false)).not(),
        expect("time.total", "at-least", json!("0s")),
        expect("time.total", "less-than", json!("0s")).not(),
        expect("time.total.p95", "at-least", json!("0s")),
        expect("size", "at-least", json!("0B")),
        expect("part", "at-least", json!("0%")),
        expect("samples.met", "at-least", json!("0%")),
        expect("samples.met", "at-most", json!("100%")),
        expect("samples.met", "less-than", json!("101%")),
        expect("samples.met", "more-than", json!("100%")).not(),
        expect("samples.met", "within", whole.clone()),
        expect("samples.met", "exists", json!(true)),
        expect("settle.after", "at-least", json!("0s")),
        expect("settle.after", "exists", json!(true)),
        expect("text", "contains", json!("")),
        expect("text", "starts-with", json!("")),
        expect("text", "ends-with", json!("")),
        expect("text", "matches", json!(".*")),
        expect("text", "matches", json!("")),
        expect("text", "is-a", json!("text")),
        expect("status", "is-a", json!("text")).not(),
        expect("open", "one-of", json!([true, false])),
        expect("text", "one-of", json!([])).not(),
        expect("status", "within", json!([300, 200])).not(),
        expect("text", "has-length", json!([3, 1])).not(),
    ] {
        let found = only(problems(scenario("a", &[]).only(expectation)));
        assert!(found.starts_with("cannot-fail: "), "{found}");
    }
}

#[test]
fn what_cannot_hold_is_refused() {
    for expectation in [
        expect("status", "exists", json!(false)),
        expect("time.total", "less-than", json!("0s")),
        expect("time.total", "at-least", json!("0s")).not(),
        expect("samples.met", "more-than", json!("100%")),
        expect("samples.met", "at-least", json!("101%")),
        expect("samples.met", "exists", json!(false)),
        expect("settle.after", "exists", json!(false)),
        expect("samples.met", "within", json!(["0%", "100%"])).not(),
        expect("status", "within", json!([300, 200])),
        expect("text", "has-length", json!([3, 1])),
        expect("text", "one-of", json!([])),
        expect("text", "contains", json!("")).not(),
        expect("text", "matches", json!("x*")).not(),
        expect("text", "is-a", json!("number")),
        expect("open", "is-a", json!("boolean")).not(),
    ] {
        let found = only(problems(scenario("a", &[]).only(expectation)));
        assert!(found.starts_with("cannot-hold: "), "{found}");
    }
}

#[test]
fn a_limit_that_no_answer_can_reach_is_a_warning() {
    for (expectation, text) in [
        (expect("time.total", "at-most", json!("1h")), "time.total at-most 1h"),
        (expect("time.total", "less-than", json!("31s")), "time.total less-than 31s"),
        (expect("time.total.p95", "at-most", json!("1h")), "time.total.p95 at-most 1h"),
        (expect("time.total", "more-than", json!("1h")).not(), "not time.total more-than 1h"),
    ] {
        let found = only(problems(scenario("a", &[]).only(expectation)));
        assert!(found.starts_with("beyond-reach: `") && found.contains("can never fail"), "{text}: {found}");
    }
}

#[test]
fn what_can_go_both_ways_is_let_through() {
    for expectation in [
        expect("text", "exists", json!(true)),
        expect("body", "exists", json!(false)).at("$.error"),
        expect("time.total", "at-most", json!("0s")),
        // As long as an answer is waited for.
        expect("time.total", "at-most", json!("30s")),
        expect("samples.met", "at-least", json!("100%")),
        expect("samples.met", "within", json!(["50%", "100%"])),
        expect("time.total.p95", "exists", json!(true)),
        expect("text", "matches", json!("^x")),
        expect("body", "is-a", json!("list")),
        expect("body", "is-a", json!("number")).at("$.n"),
        expect("text", "has-length", json!([1, 1])),
        expect("open", "one-of", json!([true])),
        expect("status", "more-than", json!(0)),
    ] {
        assert_eq!(problems(scenario("a", &[]).only(expectation)), Vec::<String>::new());
    }
}

fn said(id: &str, value: &str) -> Sc {
    // The same `id` setting, so that only what the test varies differs.
    let mut scenario = scenario("same", &[]).with("say", json!(value));
    scenario = scenario.named(id);
    scenario
}

#[test]
fn two_scenarios_that_ask_the_same_are_refused_once() {
    let found = only(World::of([said("a", "x"), said("b", "x")]).problems());
    assert!(found.starts_with("duplicate-question: `b` checks the same as another scenario"), "{found}");
    assert!(found.ends_with("@ b"));
}

#[test]
fn settings_and_expectations_in_another_order_are_the_same_question() {
    let (x, y) = (expect("text", "equals", json!("x")), expect("status", "equals", json!(1)));
    let one = scenario("same", &[])
        .named("a")
        .with("say", json!("x"))
        .with("count", json!(1))
        .only(x.clone())
        .expect(y.clone());
    let two =
        scenario("same", &[]).named("b").with("count", json!(1)).with("say", json!("x")).only(y).expect(x);
    assert!(only(World::of([one, two]).problems()).starts_with("duplicate-question"));
}

#[test]
fn scenarios_that_differ_in_anything_that_matters_are_two_questions() {
    let same = |id| scenario("same", &[]).named(id);
    let text = |wanted: &str| expect("text", "equals", json!(wanted));
    let long = "x".repeat(400);
    let pairs = [
        [same("a").only(text("x")), same("b").only(text("y"))],
        [same("a").only(text(&format!("{long}1"))), same("b").only(text(&format!("{long}2")))],
        [same("a").only(text("{{secret.one}}")), same("b").only(text("{{secret.two}}"))],
        [same("a").with("say", json!("{{secret.one}}")), same("b").with("say", json!("{{secret.two}}"))],
        [same("a"), same("b").burst(2)],
        [same("a"), same("b").only(expect("status", "equals", json!(200)).warn())],
        [same("a").skip("x"), same("b")],
        [captures("a", "$.a"), captures("b", "$.b")],
    ];
    for pair in pairs {
        let mut world = World::of(pair).known_secret("one", "secret-1").known_secret("two", "secret-2");
        assert_eq!(world.problems(), Vec::<String>::new());
    }
}

fn captures(id: &str, path: &str) -> Sc {
    steps(
        id,
        [
            step("one", &[]).capture("token", "body", Some(path)),
            step("two", &[]).with("say", json!("{{token}}")).expect(expect("status", "equals", json!(200))),
        ],
    )
}

#[test]
fn a_component_that_the_target_does_not_have_is_told() {
    let found = only(problems(scenario("a", &[]).of("bakcend")));
    assert_eq!(
        found,
        "unknown-component: the target `test` has no component `bakcend` | did you mean `backend`? @ bakcend"
    );
    let mut world = World::of([scenario("a", &[])]);
    world.gate = vec![("databse".into(), Share::parse("100%").unwrap())];
    let found = only(world.problems());
    assert!(
        found.contains("has no component `databse` | add `[component.databse]` to the target"),
        "{found}"
    );
}

#[test]
fn what_the_probe_can_t_use_is_told_at_its_setting() {
    let found = problems(scenario("a", &[]).with("refuse", json!("this")));
    assert_eq!(
        found,
        ["bad-setting: and as a whole |  @ with =", "bad-setting: refused: this | do not @ \"this\""]
    );
    let found = only(problems(scenario("a", &[]).with("count", json!("many"))));
    assert!(found.starts_with("bad-setting: `count`: wants a whole number"), "{found}");
}

#[test]
fn a_probe_that_nobody_brought_is_a_mistake_and_no_empty_scenario() {
    static OTHER: ProbeSpec =
        ProbeSpec { name: "other", summary: "", settings: &[], facts: &[], phases: &[], example: "" };
    let found = problems(scenario("a", &[]).probe(&OTHER));
    assert!(found[0].starts_with("unknown-probe: "), "{found:?}");
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mut world = World::of([
        scenario("a", &[]).of("nowhere").with("say", json!("{{no.thing}}")).only(expect(
            "status",
            "at-most",
            json!("5s"),
        )),
        scenario("b", &[]).with("refuse", json!("x")).only(expect("status", "exists", json!(true))),
        scenario("c", &[]).with("say", json!("{{secret.key}}")),
    ])
    .secret("key", SecretSource::Env("FIXPROOF_TEST_NEVER_SET".into()))
    .select(|s| s.allow_protected = true);
    let codes: Vec<String> =
        world.problems().iter().map(|p| p.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(
        codes,
        [
            "unknown-component",
            "unknown-variable",
            "wrong-unit",
            "bad-setting",
            "bad-setting",
            "cannot-fail",
            "unset-secret"
        ]
    );
}

#[test]
fn a_suite_without_scenarios_is_a_mistake() {
    assert!(only(World::of([]).problems()).starts_with("no-scenarios: "));
}

#[test]
fn no_mistake_s_text_holds_a_secret() {
    let secret = json!("{{secret.key}}");
    let all = [
        scenario("pattern", &[]).only(expect("text", "matches", secret.clone())),
        scenario("duration", &[]).only(expect("time.total", "at-most", secret.clone())),
        scenario("share", &[]).only(expect("samples.met", "at-least", secret.clone())),
        scenario("size", &[]).only(expect("size", "at-most", secret.clone())),
        scenario("kind", &[]).only(expect("text", "is-a", secret.clone())),
        scenario("number", &[]).only(expect("status", "equals", secret.clone())),
        scenario("list", &[]).only(expect("status", "one-of", json!([secret]))),
        scenario("wait", &[]).with("wait", secret.clone()),
        scenario("count", &[]).with("count", secret.clone()),
        scenario("refuse", &[]).with("refuse", json!("x{{secret.key}}")),
        scenario("overlaid", &[]).with("refuse", json!("{{backend.url}}")),
    ];
    // What a probe says of its own settings is cleaned, and a secret too short for that is refused anyway.
    let quiet = all[..9].to_vec();
    for (value, all) in [("c4nary-(", all.to_vec()), ("c4(", quiet), ("c4nary\\p{x}\n(", all.to_vec())] {
        let mut world = World::of(all).known_secret("key", value);
        world.overlay.values.push(("backend".into(), "url".into(), Text::secret("http://c4nary")));
        let found = world.problems();
        assert!(found.len() >= 9, "{found:#?}");
        for problem in found {
            assert!(!problem.contains("c4"), "{value}: {problem}");
        }
    }
}

#[test]
fn too_few_samples_for_the_confidence_are_told_as_a_warning() {
    let sure = expect("samples.met", "at-least", json!("90%")).confidence("95%");
    let mut world =
        World::of([scenario("a", &[]).expect(sure).sample(20, std::time::Duration::from_secs(1), 1)]);
    let plan = world.plan().unwrap();
    let problem = &plan.warnings()[0];
    assert_eq!(problem.code.name(), "too-few-samples");
    assert!(problem.help.as_deref().unwrap().starts_with("29 samples would be enough"));
}

#[tokio::test(start_paused = true)]
async fn a_report_tells_components_with_their_addresses_and_nothing_that_logs_in() {
    let ran = World::of([scenario("a", &["echo"])])
        .component("frontend", &["database", "names"], &[("url", "https://f.invalid:8443/app?key=1#x")])
        .component("database", &[], &[("url", "{{secret.dsn}}")])
        .component("names", &[], &[("server", "system")])
        .known_secret("dsn", "postgres://me:hunter-seven@db.invalid:5432/staging?sslmode=require")
        .run()
        .await;
    let told: Vec<(&str, Vec<&str>, Option<&str>)> = ran
        .report
        .components
        .iter()
        .map(|row| (&*row.component, row.depends_on.iter().map(|on| &**on).collect(), row.address.as_deref()))
        .filter(|(name, ..)| *name != "backend")
        .collect();
    assert_eq!(
        told,
        [
            ("frontend", vec!["database", "names"], Some("https://f.invalid:8443/app")),
            ("database", vec![], Some("postgres://db.invalid:5432/staging")),
            ("names", vec![], None),
        ]
    );
}
