//! What stood in the log before this staging was started: earlier startups within the last hour, the newest revision's
//! deployment, and what a profile wants to have happened. All of it is made up and labelled so: `labels.simulated`.

use std::time::Duration;

use time::OffsetDateTime;

use super::log::{Log, Made, Origin, Severity};
use super::revisions;
use super::startup_lines::{self as lines, Line};
use crate::servers::seed::mix;
use crate::system::context::Context;
use crate::system::phases;
use crate::system::profile::PlatformFault;
use crate::system::service::Service;

/// Earlier startups of each service that has any, and how many of them fail where many do.
const STARTUPS: u64 = 30;
const FAILED: u64 = 12;

/// The first and the last of them, before the staging was started: within the last hour, and before the newest
/// revision whatever the profile.
const OLDEST: Duration = Duration::from_secs(44 * 60);
const EACH: Duration = Duration::from_secs(60);

/// Instances that left before the one that serves, and the time between two of them.
const CRASHED: u64 = 6;
const CRASH_EACH: Duration = Duration::from_secs(11);

/// Errors in a flooded log, and the time in which they came.
const FLOOD: u64 = 6000;
const FLOODED: Duration = Duration::from_secs(60);

/// Numbers of instances that no live one has.
const HISTORIC: u64 = 100;

/// Writes all of it.
pub(crate) fn write(context: &Context, log: &Log) {
    for service in [Service::Backend, Service::Auth] {
        for nth in 0..STARTUPS {
            let seed = mix(context.seed, 8000 + 100 * service as u64 + nth);
            let origin = Origin::previous(service, context.seed, HISTORIC + nth);
            let scene = Scene { context, log, origin, begun: OLDEST - EACH * nth as u32, seed };
            // Spread evenly: 12 of 30 are two of every five.
            let fails =
                context.has_platform_fault(PlatformFault::StartupRateLow) && nth * FAILED % STARTUPS < FAILED;
            scene.play(service, fails);
        }
    }
    for service in [Service::Backend, Service::Auth, Service::Frontend] {
        let origin = Origin::newest(service, context.seed, 0, Made::History);
        let seconds = revisions::deployed_in(context, service);
        let ready = revisions::ready(context);
        log.event(&origin, ready, Severity::Info, &lines::deployed(origin.revision, seconds));
        if service == Service::Frontend {
            let answers = lines::port_answers(origin.deployed.name, origin.deployed.port);
            log.platform(&origin, ready, Severity::Info, &answers);
        }
    }
    if context.has_platform_fault(PlatformFault::StartupCrashLoop) {
        crash_loop(context, log);
    }
    if context.has_platform_fault(PlatformFault::LogsFlooded) {
        flood(context, log);
    }
}

/// One earlier startup, which began so long before the start.
struct Scene<'a> {
    context: &'a Context,
    log: &'a Log,
    origin: Origin,
    begun: Duration,
    seed: u64,
}

impl Scene<'_> {
    fn play(&self, service: Service, fails: bool) {
        let deployed = self.origin.deployed;
        let answers = lines::port_answers(deployed.name, deployed.port);
        self.log.platform(&self.origin, self.at(0.0), Severity::Info, &answers);
        let mut timings = Vec::new();
        let mut total = 0.0;
        for (nth, (phase, usual)) in phases::ordinary(service).enumerate() {
            let epoch = self.at(total).unix_timestamp_nanos() as f64 / 1e9;
            self.write(total, lines::begins(phase, epoch));
            if fails && phase == "database" {
                return self.fall(total, &timings);
            }
            // From four fifths of the usual up to six.
            let share = 0.8 + (mix(self.seed, nth as u64) % 400) as f64 / 1000.0;
            let seconds = usual.as_secs_f64() * share;
            total += seconds;
            timings.push((phase, seconds));
            self.write(total, [lines::completes(phase, seconds)]);
        }
        self.write(total, lines::completed(&timings, phases::expected(service), total));
    }

    fn fall(&self, before: f64, timings: &lines::Timings) {
        let seconds = 20.0;
        let total = before + seconds;
        let reason = "database initialization timed out after 20 s";
        let fall = lines::Fall { phase: "database", reason, seconds, total, timeout: true };
        self.write(total, lines::failed(&fall, timings));
        self.log.server(&self.origin, self.at(total), Severity::Error, lines::SERVER_GAVE_UP);
        self.log.platform(&self.origin, self.at(total + 0.2), Severity::Warning, lines::EXITED);
    }

    fn write(&self, seconds: f64, lines: impl IntoIterator<Item = Line>) {
        for (severity, text) in lines {
            self.log.application(&self.origin, self.at(seconds), severity, &text);
        }
    }

    /// The moment so many seconds after it began.
    fn at(&self, seconds: f64) -> OffsetDateTime {
        self.context.ago(self.begun.saturating_sub(Duration::from_secs_f64(seconds)))
    }
}

/// The signature of the real one: the port answers, four seconds later the process leaves, and so on. The application
/// itself logs nothing: it exited before it had a logger.
fn crash_loop(context: &Context, log: &Log) {
    for nth in 0..CRASHED {
        let origin = Origin::newest(Service::Backend, context.seed, 2 * HISTORIC + nth, Made::History);
        let begun = CRASH_EACH * (CRASHED - nth) as u32;
        let answers = lines::port_answers(origin.deployed.name, origin.deployed.port);
        log.platform(&origin, context.ago(begun), Severity::Info, &answers);
        log.platform(&origin, context.ago(begun - Duration::from_secs(4)), Severity::Warning, lines::EXITED);
    }
}

fn flood(context: &Context, log: &Log) {
    let origin = Origin::newest(Service::Backend, context.seed, 0, Made::History);
    for nth in 0..FLOOD {
        let at = context.ago(FLOODED.mul_f64((FLOOD - nth) as f64 / FLOOD as f64));
        let message = format!("Unclosed client session ({nth})");
        log.error(&origin, at, &message, ["ResourceWarning", "unclosed client session"]);
    }
}
