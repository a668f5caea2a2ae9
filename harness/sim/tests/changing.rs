//! The incident, and the profiles that change while they run.

mod support;

use std::time::{Duration, Instant};

use fixproof_sim::Startup;
use support::{eventually, get, settled, started};

#[test]
fn the_incidents_503_comes_from_pools_that_ran_into_the_time_limit() {
    let begun = Instant::now();
    let (staging, state) = settled("incident", 50.0);
    // The limit of the phase is 75 s, at speed 50.
    assert!(begun.elapsed() >= Duration::from_millis(1500), "{:?}", begun.elapsed());
    for startup in [&state.backend, &state.auth] {
        let Startup::Failed { phase, reason } = startup else { panic!("{state:?}") };
        assert!(
            *phase == "database" && reason.starts_with("timed out after 75 s: pool timed out"),
            "{reason}"
        );
    }
    assert_eq!(state.frontend, Startup::Ready);
    let journal = staging.journal();
    assert!(
        journal.connectors["backend"].scale_outs >= 1 && journal.connectors["auth"].scale_outs >= 1,
        "{journal:?}"
    );
    assert_eq!(journal.database.accepted, 0);
}

#[test]
fn a_recovering_staging_crashes_is_restarted_and_heals() {
    let staging = started("recovering", 50.0);
    let at = staging.addresses();
    let crashed = eventually("the platform without an instance", || {
        Some(get(&at.backend, "/health")).filter(|answer| answer.body.contains("no instance"))
    });
    assert_eq!(crashed.status, 503);
    eventually("all services are ready", || staging.settled(Duration::ZERO).all_ready().then_some(()));
    assert_eq!((get(&at.backend, "/health").status, get(&at.auth, "/health").status), (200, 200));
}

#[test]
fn a_flapping_backend_alternates_and_the_auth_service_does_not() {
    let (staging, _) = settled("flapping", 50.0);
    let at = staging.addresses();
    for wanted in [200, 503, 200, 503, 200] {
        eventually("the backend alternates", || (get(&at.backend, "/health").status == wanted).then_some(()));
        assert_eq!(get(&at.auth, "/health").status, 200);
    }
    assert!(staging.journal().connectors["backend"].resets >= 2);
}

#[test]
fn the_same_seed_gives_the_same_scale_outs_and_secrets() {
    let (once, again) = (started("healthy", 100.0), started("healthy", 100.0));
    let (left, right) = (once.credentials(), again.credentials());
    assert_eq!((left.password, left.e2e_bypass_key), (right.password, right.e2e_bypass_key));
    assert_eq!(once.addresses().database.password, again.addresses().database.password);
}

#[test]
fn a_cache_repeats_its_answer_word_for_word_with_its_age() {
    let (staging, _) = settled("cached-answers", 50.0);
    let at = staging.addresses();
    let age = |answer: &support::Answer| answer.header("age").and_then(|age| age.parse::<u64>().ok());
    for base in [&at.backend, &at.auth] {
        let first =
            eventually("a good answer", || Some(get(base, "/health")).filter(|answer| answer.status == 200));
        let second = get(base, "/health");
        assert_eq!(first.body, second.body);
        assert!(
            age(&first).is_some_and(|age| age >= 600) && age(&second) >= age(&first),
            "{first:?} {second:?}"
        );
    }
    assert_eq!(age(&get(&at.frontend, "/health")), None);
    let plain = started("healthy", 50.0);
    assert_eq!(age(&get(&plain.addresses().backend, "/health")), None);
    // What is asked with a token is answered anew, and refused as ever without one.
    assert_eq!(get(&at.backend, "/api/threads").status, 401);
}
