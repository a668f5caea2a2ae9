//! Whatever the scripts do: one verdict each, the plan adds up, and green only where everything was good.

use std::time::Duration;

use fixproof::clock::Clock;
use fixproof::engine;
use fixproof::model::{Judgement, Verdict};

use super::suite::{World, scenario};

/// Marsaglia's xorshift64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

const GOOD: [&str; 4] = ["status 200", "after 1s", "after 2500ms", "took 1s, own 1ms"];
const BAD: [&str; 8] = [
    "status 503",
    "refused",
    "limit",
    "panic x",
    "hang",
    "after 40s",
    "after 1s, status 1",
    "no status, refused",
];

fn suite(chance: &mut Chance) -> (World, Vec<bool>) {
    let count = 1 + chance.below(14);
    let mut all_good = Vec::new();
    let scenarios: Vec<_> = (0..count)
        .map(|i| {
            let mut good = true;
            let lines: Vec<&str> = (0..=chance.below(3))
                .map(|_| {
                    let bad = chance.one_in(4);
                    good &= !bad;
                    let from: &[&'static str] = if bad { &BAD } else { &GOOD };
                    from[usize::try_from(chance.below(from.len() as u64)).unwrap()]
                })
                .collect();
            let mut one = scenario(&format!("s{i}"), &lines).timeout(5);
            one = match chance.below(6) {
                0 => one.sample(
                    u32::try_from(chance.below(6)).unwrap(),
                    Duration::from_millis(chance.below(1500)),
                    2,
                ),
                1 => one.burst(u32::try_from(chance.below(6)).unwrap()),
                2 => one.settle(chance.below(9), 1 + chance.below(3), chance.below(4)),
                _ => one,
            };
            for need in 0..i {
                if chance.one_in(6) {
                    one = one.needs(&format!("s{need}"));
                }
            }
            if chance.one_in(9) {
                one = one.alone();
            }
            if chance.one_in(9) {
                one = one.skip("by chance");
            }
            all_good.push(good);
            one
        })
        .collect();
    let parallel = usize::try_from(chance.below(5)).unwrap();
    let deadline = if chance.one_in(3) { chance.below(12) } else { 900 };
    (World::of(scenarios).parallel(parallel).deadline(deadline), all_good)
}

#[tokio::test(start_paused = true)]
async fn every_plan_adds_up_whatever_happens() {
    for seed in 1..=400u64 {
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (mut world, all_good) = suite(&mut chance);
        let (stopper, stop) = engine::stopper();
        if chance.one_in(4) {
            let after = Duration::from_millis(chance.below(9_000));
            tokio::spawn(async move {
                let clock = Clock::WALL;
                clock.sleep_until(clock.after(clock.now(), after)).await;
                stopper.stop();
            });
        }
        // `run_until` itself asserts that every planned scenario has one verdict and that they add up.
        let ran = world.run_until(stop).await;
        let finished = ran.events.iter().filter(|e| e.starts_with("finish")).count();
        assert_eq!(finished, world.scenarios.len(), "seed {seed}");
        assert!(ran.took < 960.0, "seed {seed}: {}", ran.took);
        for (i, good) in all_good.iter().enumerate() {
            let id = format!("s{i}");
            let outcome = ran.outcome(&id);
            let once = outcome.planned_samples == Some(1) && outcome.samples.len() == 1;
            if outcome.verdict == Verdict::Passed {
                assert!(!outcome.samples.is_empty(), "seed {seed}: {id} passed unasked");
                assert!(outcome.samples.last().unwrap().met, "seed {seed}: {id}");
                if outcome.planned_samples.is_some() {
                    assert!(outcome.samples.iter().all(|s| s.met), "seed {seed}: {id}");
                }
                for need in &outcome.scenario.needs {
                    assert_eq!(ran.verdict(need), Verdict::Passed, "seed {seed}: {id} needs {need}");
                }
            }
            if *good && once && !outcome.samples[0].attempts.is_empty() {
                let cut = outcome.verdict == Verdict::Inconclusive;
                assert!(cut || outcome.verdict == Verdict::Passed, "seed {seed}: {}", ran.why(&id));
            }
        }
        if ran.report.tally.passed == 0 {
            assert_ne!(ran.report.decision.judgement, Judgement::Approved, "seed {seed}");
        }
    }
}
