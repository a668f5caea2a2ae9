//! What a staging is made of: doors, routes, roles, services, and which of them a profile breaks. It stops nothing.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

use crate::connector::Connector;
use crate::database::{self, Authentication, Database, Role, Settings, tls};
use crate::door::{BACKLOG, Door};
use crate::edge::{Edge, certificate};
use crate::hosts;
use crate::journal::Ledger;
use crate::mutation::Mutator;
use crate::options::{FixedPorts, Options, Ports};
use crate::pace::Pace;
use crate::platform::{self, Platform};
use crate::profile::{Change, DatabaseFaults, Listening, Passage, Plan, Quirk, Route};
use crate::seed::mix;
use crate::services::frontend::Frontend;
use crate::services::instance::{Instance, Way};
use crate::services::tokens::Tokens;
use crate::services::{Service, World, auth, backend, frontend, http, startup};
use crate::settled::{Board, Startup};
use crate::staging::{Bound, StartError};
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
    pub(crate) probe: Arc<Connector>,
    pub(crate) backend: Arc<Connector>,
    pub(crate) auth: Arc<Connector>,
}

/// Every port, taken and open where the profile has somebody listening.
struct Doors {
    frontend: Door,
    backend: Door,
    auth: Door,
    probe_route: Door,
    backend_route: Door,
    auth_route: Door,
    database: Door,
    /// Nobody ever listens here.
    nowhere: Door,
    /// What stands in front of the services.
    edge: Edge,
    platform: Door,
}

impl Doors {
    fn new(ports: Ports, plan: &Plan) -> Result<Self, StartError> {
        let ports = match ports {
            Ports::Ephemeral => FixedPorts { frontend: 0, backend: 0, auth: 0, database: 0, dns: 0, edge: 0 },
            Ports::Fixed(ports) => ports,
        };
        let door = |what: &'static str, port: u16, listens: bool, backlog: u32| {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            Door::new(address, listens, backlog).map_err(|source| StartError::Bind { what, port, source })
        };
        let route = |what, port, route: Route| door(what, port, route.passage != Passage::Refused, BACKLOG);
        let service = |what, port, listening| door(what, port, listening != Listening::Down, BACKLOG);
        Ok(Doors {
            frontend: service("frontend", ports.frontend, plan.frontend)?,
            backend: service("backend", ports.backend, plan.backend)?,
            auth: service("auth service", ports.auth, plan.auth)?,
            probe_route: route("database's connector", ports.database, plan.probe_route)?,
            backend_route: route("backend's connector", 0, plan.backend_route)?,
            auth_route: route("auth service's connector", 0, plan.auth_route)?,
            database: door("database", 0, true, DATABASE_BACKLOG)?,
            nowhere: door("unused address", 0, false, BACKLOG)?,
            edge: Edge::bind(ports.dns, ports.edge, plan)?,
            platform: door("platform", 0, true, BACKLOG)?,
        })
    }
}

fn address(what: &'static str, door: &Door) -> Result<SocketAddr, StartError> {
    door.address().map_err(|source| StartError::Bind { what, port: 0, source })
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
    let plan = options.profile.plan;
    let doors = Doors::new(options.ports, &plan)?;
    let pace = Pace::new(options.speed);
    let minted = tls::mint(plan.database.expired_certificate).map_err(StartError::Certificate)?;
    let shown = certificate::mint(plan.balancer).map_err(StartError::Certificate)?;
    let roles = roles(options.seed);
    let http = |what, door| address(what, door).map(|address| format!("http://{address}"));
    let addresses = Addresses {
        frontend: http("frontend", &doors.frontend)?,
        backend: http("backend", &doors.backend)?,
        auth: http("auth service", &doors.auth)?,
        database: DatabaseAddress {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: address("database's connector", &doors.probe_route)?.port(),
            user: roles[0].name.to_owned(),
            password: roles[0].password.clone(),
            name: DATABASE_NAME.to_owned(),
        },
        websocket: format!("ws://{}/ws", address("backend", &doors.backend)?),
        dns: doors.edge.name_server()?.to_string(),
        edge: doors.edge.balancer()?.to_string(),
        frontend_host: hosts::FRONTEND.to_owned(),
        backend_host: hosts::BACKEND.to_owned(),
        auth_host: hosts::AUTH.to_owned(),
        platform: http("platform", &doors.platform)?,
    };
    let world = Arc::new(World {
        profile: options.profile,
        pace,
        seed: options.seed,
        ledger: Ledger::default(),
        board: Board::new(),
        credentials: Credentials::made_up(options.seed, minted.ca_pem, shown.ca_pem.clone()),
        addresses,
        tokens: Tokens::new(options.seed),
        born: tokio::time::Instant::now(),
        platform: Platform::new(options.seed),
        mutator: Mutator::new(options.seed),
    });
    let settings = Settings {
        name: DATABASE_NAME,
        roles,
        authentication: Authentication::Scram { iterations: ITERATIONS },
        max_connections: MAX_CONNECTIONS,
        reserved: RESERVED,
        tls: Some(minted.acceptor),
        pace,
        seed: options.seed,
    };
    let database = Database::new(settings, plan.database);
    platform::history::write(&world);
    let routes = launch(&world, &database, doors, shown.acceptor)?;
    tokio::spawn(change(plan.change, pace, routes.clone(), Arc::clone(&database)));
    Ok((world, database, routes))
}

/// Starts every task.
fn launch(
    world: &Arc<World>,
    database: &Arc<Database>,
    doors: Doors,
    acceptor: TlsAcceptor,
) -> Result<Routes, StartError> {
    let backend = instance(world, database, Service::Backend, &doors.backend_route)?;
    let auth = instance(world, database, Service::Auth, &doors.auth_route)?;
    let frontend = Arc::new(Frontend {
        world: Arc::clone(world),
        backend: world.addresses.backend.clone(),
        auth: match world.has(Quirk::FrontendMisdirected) {
            true => format!("http://{}", address("unused address", &doors.nowhere)?),
            false => world.addresses.auth.clone(),
        },
    });
    let upstream = address("database", &doors.database)?;
    tokio::spawn(database::run(Arc::clone(database), doors.database));
    let connect = |route: Route, salt: u64, door: Door| {
        let connector = Connector::new(upstream, route, world.pace, mix(world.seed, salt));
        tokio::spawn(Arc::clone(&connector).run(door));
        connector
    };
    let plan = &world.profile.plan;
    let routes = Routes {
        probe: connect(plan.probe_route, 401, doors.probe_route),
        backend: connect(plan.backend_route, 402, doors.backend_route),
        auth: connect(plan.auth_route, 403, doors.auth_route),
    };
    let pages = frontend::router(frontend);
    let serve = |service, listening, door, router| {
        let world = Arc::clone(world);
        tokio::spawn(http::serve(world, service, listening, door, router, pages.clone()));
    };
    let (api, login) = (backend::router(Arc::clone(&backend)), auth::router(Arc::clone(&auth)));
    serve(Service::Frontend, plan.frontend, doors.frontend, pages.clone());
    serve(Service::Backend, plan.backend, doors.backend, api);
    serve(Service::Auth, plan.auth, doors.auth, login);
    tokio::spawn(keep(doors.nowhere));
    doors.edge.launch(world, acceptor);
    tokio::spawn(platform::serve(Arc::clone(world), doors.platform));
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
    route: &Door,
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

/// Keeps a door as long as the staging runs.
async fn keep(door: Door) {
    std::future::pending::<()>().await;
    drop(door);
}

/// Starts a service up, unless the profile has no such process.
fn boot(
    world: &World,
    service: Service,
    listening: Listening,
    startup: impl Future<Output = ()> + Send + 'static,
) {
    match listening {
        Listening::Down => world.board.set(service, Startup::Absent),
        _ => drop(tokio::spawn(startup)),
    }
}

/// Changes faults while the staging runs.
async fn change(change: Change, pace: Pace, routes: Routes, database: Arc<Database>) {
    match change {
        Change::Never => {}
        Change::HealsAfter(after) => {
            pace.sleep(after).await;
            database.switch(DatabaseFaults::NONE);
            for connector in [&routes.probe, &routes.backend, &routes.auth] {
                connector.switch(Route::OPEN);
            }
        }
        Change::BackendRouteFlaps { first, each } => {
            pace.sleep(first).await;
            loop {
                routes.backend.switch(Route::through(Passage::Reset));
                pace.sleep(each).await;
                routes.backend.switch(Route::OPEN);
                pace.sleep(each).await;
            }
        }
    }
}
