//! The log lines of one startup, written as it runs, with seconds of the modelled system. It never decides how a startup
//! goes.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use super::instance::Instance;
use crate::system::context::Context;
use crate::system::phases::{self, Failure, Phases, Work};
use crate::system::platform::startup_lines::{self as lines, Line};
use crate::system::platform::{Log, Made, Origin, Severity};
use crate::system::profile::PlatformFault;
use crate::system::service::Service;

/// One startup of one instance, as far as it has come.
pub(crate) struct StartupLog<'a> {
    context: &'a Context,
    log: &'a Log,
    service: Service,
    origin: Origin,
    begun: Instant,
    phase_begun: Instant,
    /// Of the phases that were over before this staging was started: how long they took, and how much of that is not logged yet.
    took: Duration,
    unreported: Duration,
    timings: Vec<(&'static str, f64)>,
}

impl<'a> StartupLog<'a> {
    /// The `number`th startup begins; 0 is the first.
    pub(crate) fn new(instance: &'a Instance, number: u64, phases: Phases) -> Self {
        let context = instance.context.as_ref();
        let took = phases.iter().map(|(_, work)| match work {
            Work::Took(lasts) => *lasts,
            Work::Takes(_) | Work::OpensPool(_) => Duration::ZERO,
        });
        let took: Duration = took.sum();
        let origin = Origin::newest(instance.service, context.seed, number, Made::Live);
        let now = Instant::now();
        let log = StartupLog {
            context,
            log: &instance.state.log,
            service: instance.service,
            origin,
            begun: now,
            phase_begun: now,
            took,
            unreported: took,
            timings: Vec::new(),
        };
        let reason = if number == 0 { "DEPLOYMENT_ROLLOUT" } else { "AUTOSCALING" };
        log.platform(Severity::Info, &format!("Starting new instance. Reason: {reason}"));
        let deployed = log.origin.deployed;
        log.platform(Severity::Info, &lines::port_answers(deployed.name, deployed.port));
        log
    }

    /// A phase begins.
    pub(crate) fn begins(&mut self, phase: &'static str) {
        self.phase_begun = Instant::now();
        let epoch = self.now().unix_timestamp_nanos() as f64 / 1e9;
        self.application(lines::begins(phase, epoch));
        if self.service != Service::Backend {
            return;
        }
        if phase == "finalize" && self.context.has_platform_fault(PlatformFault::StartupBypassed) {
            self.application(bypassed());
        }
        if phase == "services" && self.context.has_platform_fault(PlatformFault::StartupErrorsLogged) {
            self.errors();
        }
    }

    /// It is over.
    pub(crate) fn completes(&mut self, phase: &'static str, work: Work) {
        let seconds = match work {
            Work::Took(lasts) => {
                self.unreported = self.unreported.saturating_sub(lasts);
                lasts.as_secs_f64()
            }
            Work::Takes(_) | Work::OpensPool(_) => self.modelled(self.phase_begun),
        };
        self.timings.push((phase, seconds));
        self.application([lines::completes(phase, seconds)]);
    }

    /// All of them are.
    pub(crate) fn completed(&self) {
        let expected = phases::expected(self.service);
        self.application(lines::completed(&self.timings, expected, self.total()));
    }

    /// One of them failed, and the process leaves.
    pub(crate) fn failed(&self, failure: &Failure) {
        let fall = lines::Fall {
            phase: failure.phase,
            reason: &failure.reason,
            seconds: self.modelled(self.phase_begun),
            total: self.total(),
            timeout: failure.timeout,
        };
        self.application(lines::failed(&fall, &self.timings));
        self.log.server(&self.origin, self.now(), Severity::Error, lines::SERVER_GAVE_UP);
        self.platform(Severity::Warning, lines::EXITED);
    }

    fn errors(&self) {
        let module = "No module named 'netra_backend.app.services.monitoring'";
        let message = format!("Failed to load the monitoring services: ModuleNotFoundError: {module}");
        self.log.error(&self.origin, self.now(), &message, ["ModuleNotFoundError", module]);
        let redis = "error -3 connecting to 10.166.204.83:6379. Temporary failure in name resolution.";
        let message = format!("Redis connection failed, continuing without it: {redis}");
        self.log.error(&self.origin, self.now(), &message, ["ConnectionError", redis]);
    }

    fn application(&self, lines: impl IntoIterator<Item = Line>) {
        for (severity, text) in lines {
            self.log.application(&self.origin, self.now(), severity, &text);
        }
    }

    fn platform(&self, severity: Severity, text: &str) {
        self.log.platform(&self.origin, self.now(), severity, text);
    }

    /// Now, or the moment of the past phase that is being logged.
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() - self.context.time_scale.lasts(self.unreported)
    }

    /// Seconds of the modelled system since this startup began.
    fn total(&self) -> f64 {
        self.took.as_secs_f64() + self.modelled(self.begun)
    }

    fn modelled(&self, since: Instant) -> f64 {
        since.elapsed().as_secs_f64() * self.context.time_scale.speed()
    }
}

fn bypassed() -> [Line; 2] {
    [
        (
            Severity::Warning,
            " WARNING: [U+26A0][U+FE0F] BYPASSING STARTUP VALIDATION FOR STAGING - 2 critical failures ignored"
                .to_owned(),
        ),
        (Severity::Warning, "EMERGENCY BYPASS ACTIVATED: starting without validation".to_owned()),
    ]
}
