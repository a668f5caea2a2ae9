//! What a staging is made of: listeners, routes, roles, services, and which of them a profile breaks. It stops nothing.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

use crate::servers::certificate;
use crate::servers::listener::{BACKLOG, Listener};
use crate::servers::postgres::{self, Authentication, Database, Role, Settings, tls};
use crate::servers::relay::Relay;
use crate::servers::seed::mix;
use crate::servers::time_scale::TimeScale;
use crate::system::edge::Edge;
use crate::system::hosts;
use crate::system::journal::Ledger;
use crate::system::mutation::Registry;
use crate::system::options::{FixedPorts, Options, Ports};
use crate::system::platform::{self, Platform};
use crate::system::profile::{AppFault, Change, DatabaseFaults, Faults, Listening, Route, RouteState};
use crate::system::readiness::{Readiness, Startup};
use crate::system::services::frontend::Frontend;
use crate::system::services::instance::{Instance, Way};
use crate::system::services::tokens::Tokens;
use crate::system::services::{Service, World, auth, backend, frontend, http, startup};
use crate::system::staging::{Bound, StartError};
use crate::{Addresses, Credentials, DatabaseAddress};

const DATABASE_NAME: &str = "netra_staging";
const MAX_CONNECTIONS: usize = 100;
const RESERVED: usize = 3;
/// PostgreSQL's own queue: twice the slots.
const DATABASE_BACKLOG: u32 = 200;
/// Iterations of SCRAM: few, because clients pay for them.
const ITERATIONS: u32 = 256;
const BACKEND_POOL: u32 = 20;
const AUTH_POOL: u32 = 5;

/// The three ways to the database.
#[derive(Clone)]
pub(crate) struct Routes {
    pub(crate) probe: Arc<Relay>,
    pub(crate) backend: Arc<Relay>,
    pub(crate) auth: Arc<Relay>,
}

/// Every port, taken and open where the profile has somebody listening.
struct Listeners {
    frontend: Listener,
    backend: Listener,
    auth: Listener,
    probe_route: Listener,
    backend_route: Listener,
    auth_route: Listener,
    database: Listener,
    /// Nobody ever listens here.
    nowhere: Listener,
    /// What stands in front of the services.
    edge: Edge,
    platform: Listener,
}

impl Listeners {
    fn new(ports: Ports, plan: &Faults) -> Result<Self, StartError> {
        let ports = match ports {
            Ports::Ephemeral => FixedPorts { frontend: 0, backend: 0, auth: 0, database: 0, dns: 0, edge: 0 },
            Ports::Fixed(ports) => ports,
        };
        let listener = |what: &'static str, port: u16, listens: bool, backlog: u32| {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            Listener::new(address, listens, backlog).map_err(|source| StartError::Bind { what, port, source })
        };
        let route =
            |what, port, route: Route| listener(what, port, route.passage != RouteState::Refused, BACKLOG);
        let service = |what, port, listening| listener(what, port, listening != Listening::Down, BACKLOG);
        Ok(Listeners {
            frontend: service("frontend", ports.frontend, plan.frontend)?,
            backend: service("backend", ports.backend, plan.backend)?,
            auth: service("auth service", ports.auth, plan.auth)?,
            probe_route: route("database's connector", ports.database, plan.probe_route)?,
            backend_route: route("backend's connector", 0, plan.backend_route)?,
            auth_route: route("auth service's connector", 0, plan.auth_route)?,
            database: listener("database", 0, true, DATABASE_BACKLOG)?,
            nowhere: listener("unused address", 0, false, BACKLOG)?,
            edge: Edge::bind(ports.dns, ports.edge, plan)?,
            platform: listener("platform", 0, true, BACKLOG)?,
        })
    }
}

fn address(what: &'static str, listener: &Listener) -> Result<SocketAddr, StartError> {
    listener.address().map_err(|source| StartError::Bind { what, port: 0, source })
}

/// Roles and their made-up passwords.
fn roles(seed: u64) -> Vec<Role> {
    let role = |name: &'static str, salt: u64, superuser: bool| Role {
        name,
        password: format!("canary-database-{:016x}", mix(seed, salt)),
        superuser,
    };
    vec![
        role("fixproof_probe", 301, false),
        role("netra_backend", 302, false),
        role("netra_auth", 303, false),
        role("postgres", 304, true),
    ]
}

/// Builds everything and starts its tasks on the current runtime.
pub(crate) fn assemble(options: Options) -> Bound {
    let plan = options.profile.faults;
    let listeners = Listeners::new(options.ports, &plan)?;
    let time_scale = TimeScale::new(options.speed);
    let minted = tls::mint(plan.database.expired_certificate).map_err(StartError::Certificate)?;
    let shown = certificate::mint(plan.balancer).map_err(StartError::Certificate)?;
    let roles = roles(options.seed);
    let http = |what, listener| address(what, listener).map(|address| format!("http://{address}"));
    let addresses = Addresses {
        frontend: http("frontend", &listeners.frontend)?,
        backend: http("backend", &listeners.backend)?,
        auth: http("auth service", &listeners.auth)?,
        database: DatabaseAddress {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: address("database's connector", &listeners.probe_route)?.port(),
            user: roles[0].name.to_owned(),
            password: roles[0].password.clone(),
            name: DATABASE_NAME.to_owned(),
        },
        websocket: format!("ws://{}/ws", address("backend", &listeners.backend)?),
        dns: listeners.edge.name_server()?.to_string(),
        edge: listeners.edge.balancer()?.to_string(),
        frontend_host: hosts::FRONTEND.to_owned(),
        backend_host: hosts::BACKEND.to_owned(),
        auth_host: hosts::AUTH.to_owned(),
        platform: http("platform", &listeners.platform)?,
    };
    let world = Arc::new(World {
        profile: options.profile,
        time_scale,
        seed: options.seed,
        ledger: Ledger::default(),
        readiness: Readiness::new(),
        credentials: Credentials::made_up(options.seed, minted.ca_pem, shown.ca_pem.clone()),
        addresses,
        tokens: Tokens::new(options.seed),
        born: tokio::time::Instant::now(),
        platform: Platform::new(options.seed),
        mutations: Registry::new(options.seed),
    });
    let settings = Settings {
        name: DATABASE_NAME,
        roles,
        authentication: Authentication::Scram { iterations: ITERATIONS },
        max_connections: MAX_CONNECTIONS,
        reserved: RESERVED,
        tls: Some(minted.acceptor),
        time_scale,
        seed: options.seed,
    };
    let database = Database::new(settings, plan.database);
    platform::history::write(&world);
    let routes = launch(&world, &database, listeners, shown.acceptor)?;
    tokio::spawn(change(plan.change, time_scale, routes.clone(), Arc::clone(&database)));
    Ok((world, database, routes))
}

/// Starts every task.
fn launch(
    world: &Arc<World>,
    database: &Arc<Database>,
    listeners: Listeners,
    acceptor: TlsAcceptor,
) -> Result<Routes, StartError> {
    let backend = instance(world, database, Service::Backend, &listeners.backend_route)?;
    let auth = instance(world, database, Service::Auth, &listeners.auth_route)?;
    let frontend = Arc::new(Frontend {
        world: Arc::clone(world),
        backend: world.addresses.backend.clone(),
        auth: match world.has_app_fault(AppFault::FrontendMisdirected) {
            true => format!("http://{}", address("unused address", &listeners.nowhere)?),
            false => world.addresses.auth.clone(),
        },
    });
    let upstream = address("database", &listeners.database)?;
    tokio::spawn(postgres::run(Arc::clone(database), listeners.database));
    let connect = |route: Route, salt: u64, listener: Listener| {
        let connector = Relay::new(upstream, route, world.time_scale, mix(world.seed, salt));
        tokio::spawn(Arc::clone(&connector).run(listener));
        connector
    };
    let plan = &world.profile.faults;
    let routes = Routes {
        probe: connect(plan.probe_route, 401, listeners.probe_route),
        backend: connect(plan.backend_route, 402, listeners.backend_route),
        auth: connect(plan.auth_route, 403, listeners.auth_route),
    };
    let pages = frontend::router(frontend);
    let serve = |service, listening, listener, router| {
        let world = Arc::clone(world);
        tokio::spawn(http::serve(world, service, listening, listener, router, pages.clone()));
    };
    let (api, login) = (backend::router(Arc::clone(&backend)), auth::router(Arc::clone(&auth)));
    serve(Service::Frontend, plan.frontend, listeners.frontend, pages.clone());
    serve(Service::Backend, plan.backend, listeners.backend, api);
    serve(Service::Auth, plan.auth, listeners.auth, login);
    tokio::spawn(keep(listeners.nowhere));
    listeners.edge.launch(world, acceptor);
    tokio::spawn(platform::serve(Arc::clone(world), listeners.platform));
    let started = startup::boot_frontend(Arc::clone(world));
    boot(world, Service::Frontend, plan.frontend, started);
    let started = startup::boot(backend);
    boot(world, Service::Backend, plan.backend, started);
    boot(world, Service::Auth, plan.auth, startup::boot(auth));
    Ok(routes)
}

/// A service with its own role, its own pool and its own way to the database.
fn instance(
    world: &Arc<World>,
    database: &Database,
    service: Service,
    route: &Listener,
) -> Result<Arc<Instance>, StartError> {
    let (role, pool_size) = match service {
        Service::Backend => (&database.settings.roles[1], BACKEND_POOL),
        Service::Auth | Service::Frontend => (&database.settings.roles[2], AUTH_POOL),
    };
    let way = Way {
        port: address("connector", route)?.port(),
        role: role.name,
        password: &role.password,
        database: DATABASE_NAME,
        pool_size,
    };
    Ok(Instance::new(service, Arc::clone(world), &way))
}

/// Keeps a listener as long as the staging runs.
async fn keep(listener: Listener) {
    std::future::pending::<()>().await;
    drop(listener);
}

/// Starts a service up, unless the profile has no such process.
fn boot(
    world: &World,
    service: Service,
    listening: Listening,
    startup: impl Future<Output = ()> + Send + 'static,
) {
    match listening {
        Listening::Down => world.readiness.set(service, Startup::Absent),
        _ => drop(tokio::spawn(startup)),
    }
}

/// Changes faults while the staging runs.
async fn change(change: Change, time_scale: TimeScale, routes: Routes, database: Arc<Database>) {
    match change {
        Change::Never => {}
        Change::HealsAfter(after) => {
            time_scale.sleep(after).await;
            database.switch(DatabaseFaults::NONE);
            for connector in [&routes.probe, &routes.backend, &routes.auth] {
                connector.switch(Route::OPEN);
            }
        }
        Change::BackendRouteFlaps { first, each } => {
            time_scale.sleep(first).await;
            loop {
                routes.backend.switch(Route::through(RouteState::Reset));
                time_scale.sleep(each).await;
                routes.backend.switch(Route::OPEN);
                time_scale.sleep(each).await;
            }
        }
    }
}
