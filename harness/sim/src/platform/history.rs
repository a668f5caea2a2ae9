//! What stood in the log before this staging was started: earlier startups within the last hour, the newest revision's
//! deployment, and what a profile wants to have happened. All of it is made up and says so: `labels.simulated`.

use std::time::Duration;

use time::OffsetDateTime;

use super::startup_lines::{self as lines, Line};
use super::{Log, Made, Origin, Severity, revisions};
use crate::Service;
use crate::profile::Trouble;
use crate::seed::mix;
use crate::services::{World, phases};

/// Earlier startups of each service that has any, and how many of them fail where many do.
const STARTUPS: u64 = 30;
const FAILED: u64 = 12;

/// The first and the last of them, before the staging was started: within the last hour, and before the newest
/// revision whatever the profile.
const OLDEST: Duration = Duration::from_secs(56 * 60);
const EACH: Duration = Duration::from_secs(80);

/// Instances that left before the one that serves, and the time between two of them.
const CRASHED: u64 = 6;
const CRASH_EACH: Duration = Duration::from_secs(11);

/// Errors in a flooded log, and the time in which they came.
const FLOOD: u64 = 6000;
const FLOODED: Duration = Duration::from_secs(60);

/// Numbers of instances that no live one has.
const HISTORIC: u64 = 100;

/// Writes all of it.
pub(crate) fn write(world: &World) {
    let (log, born) = (&world.platform.log, world.platform.born);
    for service in [Service::Backend, Service::Auth] {
        for nth in 0..STARTUPS {
            let seed = mix(world.seed, 8000 + 100 * service as u64 + nth);
            let origin = Origin::previous(service, world.seed, HISTORIC + nth);
            let scene = Scene { log, origin, begun: born - OLDEST + EACH * nth as u32, seed };
            // Spread evenly: 12 of 30 are two of every five.
            let fails = world.suffers(Trouble::StartupRateLow) && nth * FAILED % STARTUPS < FAILED;
            scene.play(service, fails);
        }
    }
    for service in [Service::Backend, Service::Auth, Service::Frontend] {
        let origin = Origin::newest(service, world.seed, 0, Made::History);
        let seconds = revisions::deployed_in(world, service);
        let ready = revisions::created(world, service) + Duration::from_secs_f64(seconds);
        log.event(&origin, ready, Severity::Info, &lines::deployed(origin.revision, seconds));
        if service == Service::Frontend {
            let answers = lines::port_answers(origin.deployed.name, origin.deployed.port);
            log.platform(&origin, ready, Severity::Info, &answers);
        }
    }
    if world.suffers(Trouble::StartupCrashLoop) {
        crash_loop(world);
    }
    if world.suffers(Trouble::LogsFlooded) {
        flood(world);
    }
}

/// One earlier startup.
struct Scene<'a> {
    log: &'a Log,
    origin: Origin,
    begun: OffsetDateTime,
    seed: u64,
}

impl Scene<'_> {
    fn play(&self, service: Service, fails: bool) {
        let deployed = self.origin.deployed;
        let mut at = self.begun;
        self.log.platform(
            &self.origin,
            at,
            Severity::Info,
            &lines::port_answers(deployed.name, deployed.port),
        );
        let mut timings = Vec::new();
        for (nth, (phase, usual)) in phases::ordinary(service).enumerate() {
            self.write(at, lines::begins(phase, at.unix_timestamp_nanos() as f64 / 1e9));
            if fails && phase == "database" {
                return self.fall(at + Duration::from_secs(20), &timings);
            }
            // From four fifths of the usual up to six.
            let share = 0.8 + (mix(self.seed, nth as u64) % 400) as f64 / 1000.0;
            let lasts = usual.mul_f64(share);
            at += lasts;
            timings.push((phase, lasts.as_secs_f64()));
            self.write(at, [lines::completes(phase, lasts.as_secs_f64())]);
        }
        let total = (at - self.begun).as_seconds_f64();
        self.write(at, lines::completed(&timings, phases::expected(service), total));
    }

    fn fall(&self, at: OffsetDateTime, timings: &lines::Timings) {
        let fall = lines::Fall {
            phase: "database",
            reason: "database initialization timed out after 20 s",
            seconds: 20.0,
            total: (at - self.begun).as_seconds_f64(),
            timeout: true,
        };
        self.write(at, lines::failed(&fall, timings));
        self.log.server(&self.origin, at, Severity::Error, lines::SERVER_GAVE_UP);
        self.log.platform(&self.origin, at + Duration::from_millis(200), Severity::Warning, lines::EXITED);
    }

    fn write(&self, at: OffsetDateTime, lines: impl IntoIterator<Item = Line>) {
        for (severity, text) in lines {
            self.log.application(&self.origin, at, severity, &text);
        }
    }
}

/// The signature of the real one: the port answers, four seconds later the process leaves, and so on. The application
/// itself says nothing: it left before it had a logger.
fn crash_loop(world: &World) {
    let (log, born) = (&world.platform.log, world.platform.born);
    for nth in 0..CRASHED {
        let origin = Origin::newest(Service::Backend, world.seed, 2 * HISTORIC + nth, Made::History);
        let begun = born - CRASH_EACH * (CRASHED - nth) as u32;
        let answers = lines::port_answers(origin.deployed.name, origin.deployed.port);
        log.platform(&origin, begun, Severity::Info, &answers);
        log.platform(&origin, begun + Duration::from_secs(4), Severity::Warning, lines::EXITED);
    }
}

fn flood(world: &World) {
    let origin = Origin::newest(Service::Backend, world.seed, 0, Made::History);
    for nth in 0..FLOOD {
        let at = world.platform.born - FLOODED.mul_f64((FLOOD - nth) as f64 / FLOOD as f64);
        let message = format!("Unclosed client session ({nth})");
        world.platform.log.error(&origin, at, &message, ["ResourceWarning", "unclosed client session"]);
    }
}
