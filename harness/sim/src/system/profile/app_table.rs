//! The profiles of routes, listeners, the database, and those that change or combine faults.

use std::time::Duration;

use super::faults::{FaultSchedule, Faults, HEALTHY, Listening, Profile};
use super::platform_faults::PlatformFault;
use crate::servers::postgres::DatabaseFaults;
use crate::servers::relay::{Route, RouteState};

const SCALING: Route = Route::through(RouteState::ScaleOut { warm: 0, rounds: 4, relieves: false });

const INCIDENT: Faults = Faults {
    backend_route: SCALING,
    auth_route: SCALING,
    probe_route: SCALING,
    database: DatabaseFaults { occupied: 100, ..DatabaseFaults::NONE },
    // It had been failing for a while before the run.
    platform_faults: &[PlatformFault::StartupRateLow],
    ..HEALTHY
};

/// The first row.
pub(crate) const HEALTHY_PROFILE: Profile =
    Profile { name: "healthy", summary: "nothing is broken", faults: HEALTHY };

pub(super) const fn row(name: &'static str, summary: &'static str, faults: Faults) -> Profile {
    Profile { name, summary, faults }
}

/// The same fault on the backend's and on the probe's route; the auth service's route stays open.
const fn route(state: RouteState) -> Faults {
    Faults { backend_route: Route::through(state), probe_route: Route::through(state), ..HEALTHY }
}

pub(super) const fn database(database: DatabaseFaults) -> Faults {
    Faults { database, ..HEALTHY }
}

const fn backend(backend: Listening) -> Faults {
    Faults { backend, ..HEALTHY }
}

const fn auth(auth: Listening) -> Faults {
    Faults { auth, ..HEALTHY }
}

const NONE: DatabaseFaults = DatabaseFaults::NONE;

/// All of them.
pub(crate) static PROFILES: &[Profile] = &[
    HEALTHY_PROFILE,
    row(
        "incident",
        "the connectors take 10 to 30 s for each scale-out and the database has no slot left: backend and auth fail in phase database, the frontend serves",
        INCIDENT,
    ),
    row(
        "recovering",
        "the incident, healed after 60 s; until then backend and auth crash in phase database (limit 35 s) and are restarted",
        Faults {
            schedule: FaultSchedule::HealsAfter(Duration::from_secs(60)),
            init_timeout: Duration::from_secs(35),
            restarts: true,
            platform_faults: &[],
            ..INCIDENT
        },
    ),
    row(
        "flapping",
        "from 40 s on the backend's route to the database is reset for 20 s, open for 20 s, and so on",
        Faults {
            schedule: FaultSchedule::BackendRouteFlaps {
                first: Duration::from_secs(40),
                each: Duration::from_secs(20),
            },
            ..HEALTHY
        },
    ),
    row(
        "connector-scaling",
        "the probe's connector passes 5 connections at once; those beyond wait 10 to 30 s for a scale-out that doubles it",
        Faults {
            probe_route: Route::through(RouteState::ScaleOut { warm: 5, rounds: 1, relieves: true }),
            ..HEALTHY
        },
    ),
    row(
        "database-refused",
        "the backend's and the probe's route to the database are closed",
        route(RouteState::Refused),
    ),
    row(
        "database-reset",
        "connections on the backend's and the probe's route to the database are reset at once",
        route(RouteState::Reset),
    ),
    row(
        "database-reset-later",
        "connections on the backend's and the probe's route to the database are reset after 20 bytes",
        route(RouteState::ResetAfter(20)),
    ),
    row(
        "database-silent",
        "the backend's and the probe's route to the database accept and never answer",
        route(RouteState::Silent),
    ),
    row(
        "database-slow-connect",
        "the probe's route takes 40 s to reach the database; the services are not hit",
        Faults { probe_route: Route::through(RouteState::Slow(Duration::from_secs(40))), ..HEALTHY },
    ),
    row(
        "database-slow-network",
        "every chunk on the probe's route takes 1.1 s in each direction; the services are not hit",
        Faults {
            probe_route: Route { state: RouteState::Open, one_way: Duration::from_millis(1100) },
            ..HEALTHY
        },
    ),
    row(
        "database-too-many-connections",
        "others hold all 100 slots of the database: 53300",
        database(DatabaseFaults { occupied: 100, ..NONE }),
    ),
    row(
        "database-starting-up",
        "the database stays in its startup: 57P03",
        database(DatabaseFaults { starting_up: true, ..NONE }),
    ),
    row(
        "database-wrong-password",
        "the roles' passwords were changed: 28P01",
        database(DatabaseFaults { changed_password: true, ..NONE }),
    ),
    row(
        "database-missing",
        "the database netra_staging does not exist: 3D000",
        database(DatabaseFaults { dropped: true, ..NONE }),
    ),
    row(
        "database-tls-expired",
        "the database's certificate has expired; the services, which use no TLS, are not hit",
        database(DatabaseFaults { expired_certificate: true, ..NONE }),
    ),
    row(
        "schema-missing-table",
        "the table threads was never created",
        database(DatabaseFaults { missing_table: Some("threads"), ..NONE }),
    ),
    row("backend-down", "the backend's port is closed", backend(Listening::Down)),
    row(
        "backend-slow",
        "every answer of the backend takes 7 s longer",
        backend(Listening::Slow(Duration::from_secs(7))),
    ),
    row(
        "backend-sluggish",
        "the backend's /health takes 3 s longer, and nothing else",
        backend(Listening::SlowAt("/health", Duration::from_secs(3))),
    ),
    row(
        "database-check-slow",
        "the backend's /health/database takes 12 s longer, and nothing else",
        backend(Listening::SlowAt("/health/database", Duration::from_secs(12))),
    ),
    row(
        "answer-slow",
        "the backend's /api/agents/execute takes 65 s longer, and nothing else",
        backend(Listening::SlowAt("/api/agents/execute", Duration::from_secs(65))),
    ),
    row(
        "websocket-slow",
        "opening a WebSocket takes 22 s longer, and nothing else",
        backend(Listening::SlowAt("/ws", Duration::from_secs(22))),
    ),
    row("backend-silent", "the backend accepts connections and never answers", backend(Listening::Silent)),
    row("backend-garbage", "the backend answers bytes that are no HTTP", backend(Listening::Garbage)),
    row(
        "backend-not-json",
        "the backend answers every request with 200 and an HTML page",
        backend(Listening::Html),
    ),
    row(
        "backend-empty-object",
        "the backend answers every request with 200 and {}",
        backend(Listening::EmptyObject),
    ),
    row("backend-wrong-identity", "the frontend answers on the backend's port", backend(Listening::Frontend)),
    row(
        "cached-answers",
        "a cache in front of backend and auth service gives the first good answer of each path for good, ten minutes old and older",
        Faults { backend: Listening::Cached, auth: Listening::Cached, ..HEALTHY },
    ),
    row("auth-down", "the auth service's port is closed", auth(Listening::Down)),
    row(
        "auth-slow",
        "every answer of the auth service takes 7 s longer",
        auth(Listening::Slow(Duration::from_secs(7))),
    ),
    row(
        "login-slow",
        "logging in with the bypass key takes 15.5 s longer, and nothing else",
        auth(Listening::SlowAt("/auth/e2e/test-auth", Duration::from_millis(15_500))),
    ),
    row(
        "auth-not-json",
        "the auth service answers every request with 200 and an HTML page",
        auth(Listening::Html),
    ),
    row("frontend-down", "the frontend's port is closed", Faults { frontend: Listening::Down, ..HEALTHY }),
    row(
        "frontend-slow",
        "every answer of the frontend takes 15.5 s longer",
        Faults { frontend: Listening::Slow(Duration::from_millis(15_500)), ..HEALTHY },
    ),
    row(
        "page-slow",
        "the frontend's first page takes 7 s longer, and nothing else",
        Faults { frontend: Listening::SlowAt("/", Duration::from_secs(7)), ..HEALTHY },
    ),
];
