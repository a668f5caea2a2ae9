//! Assembles a staging: database, routes, services, and what of them a profile breaks. It stops nothing.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::addresses::{Credentials, DatabaseAddress};
use super::context::Context;
use super::hosts;
use super::journal::RequestLog;
use super::listeners::{Listeners, address};
use super::mutation::MutationRegistry;
use super::options::{DATABASE_NAME, Options, PROBE_ROLE};
use super::platform::{self, Platform};
use super::profile::{AppFault, FaultSchedule, Listening};
use super::readiness::{Readiness, Startup};
use super::service::Service;
use super::services::chat::ChatCounters;
use super::services::frontend::Frontend;
use super::services::instance::{DatabaseAccess, Instance};
use super::services::state::ServiceState;
use super::services::tokens::Tokens;
use super::services::{auth, backend, frontend, http, startup};
use super::start_error::StartError;
use crate::servers::balancer::{Balancer, BalancerState};
use crate::servers::certificate::{self, CertificateState};
use crate::servers::dns::{NameServer, Zone};
use crate::servers::listener::Listener;
use crate::servers::postgres::{self, Authentication, Database, DatabaseFaults, Role, Settings};
use crate::servers::relay::{Relay, Route, RouteState};
use crate::servers::seed::mix;
use crate::servers::time_scale::TimeScale;

const MAX_CONNECTIONS: usize = 100;
const RESERVED: usize = 3;
/// Iterations of SCRAM: few, because clients pay for them.
const ITERATIONS: u32 = 256;
const BACKEND_POOL: u32 = 20;
const AUTH_POOL: u32 = 5;

const ZONE: Zone = Zone { name: hosts::ZONE, hosts: &hosts::ALL, faulty_host: hosts::BACKEND };

/// A staging whose tasks run.
pub(crate) struct Running {
    pub(crate) context: Arc<Context>,
    pub(crate) state: Arc<ServiceState>,
    pub(crate) platform: Platform,
    pub(crate) database: Arc<Database>,
    pub(crate) routes: Routes,
    pub(crate) name_server: Arc<NameServer>,
    pub(crate) balancer: Arc<Balancer>,
}

/// The three ways to the database.
#[derive(Clone)]
pub(crate) struct Routes {
    pub(crate) probe: Arc<Relay>,
    pub(crate) backend: Arc<Relay>,
    pub(crate) auth: Arc<Relay>,
}

/// Roles and their made-up passwords.
fn roles(seed: u64) -> Vec<Role> {
    let role = |name: &'static str, salt: u64, superuser: bool| Role {
        name,
        password: format!("canary-database-{:016x}", mix(seed, salt)),
        superuser,
    };
    vec![
        role(PROBE_ROLE, 301, false),
        role("netra_backend", 302, false),
        role("netra_auth", 303, false),
        role("postgres", 304, true),
    ]
}

/// Builds everything and starts its tasks on the current runtime.
pub(crate) fn assemble(options: Options) -> Result<Running, StartError> {
    let faults = options.profile.faults;
    let seed = options.seed;
    let listeners = Listeners::new(options.ports, &faults)?;
    let time_scale = TimeScale::new(options.speed);
    let minted = certificate::mint_for_database(faults.database.expired_certificate)
        .map_err(StartError::Certificate)?;
    let certificate = match faults.balancer {
        BalancerState::Serving(certificate) => certificate,
        BalancerState::NoTls | BalancerState::Silent | BalancerState::Refused => CertificateState::Good,
    };
    let shown = certificate::mint(certificate, &hosts::ALL).map_err(StartError::Certificate)?;
    let roles = roles(seed);
    let addresses = listeners.addresses(DatabaseAddress {
        host: Ipv4Addr::LOCALHOST.to_string(),
        port: address("database's connector", &listeners.probe_route)?.port(),
        user: roles[0].name.to_owned(),
        password: roles[0].password.clone(),
        name: DATABASE_NAME.to_owned(),
    })?;
    let context = Arc::new(Context {
        profile: options.profile,
        time_scale,
        seed,
        credentials: Credentials::made_up(seed, minted.ca_pem, shown.ca_pem),
        addresses,
        started: Instant::now(),
        started_at: OffsetDateTime::now_utc(),
    });
    let platform = Platform::new(Arc::clone(&context));
    let state = Arc::new(ServiceState {
        readiness: Readiness::new(),
        requests: RequestLog::default(),
        chat: ChatCounters::default(),
        tokens: Tokens::new(seed),
        log: Arc::clone(&platform.log),
        mutations: Arc::new(MutationRegistry::new(seed)),
    });
    let database = database(roles, minted.acceptor, &context);
    platform::history::write(&context, &platform.log);
    let upstream = address("database", &listeners.database)?;
    let connect = |route: Route, salt: u64| Relay::new(upstream, route, time_scale, mix(seed, salt));
    let routes = Routes {
        probe: connect(faults.probe_route, 401),
        backend: connect(faults.backend_route, 402),
        auth: connect(faults.auth_route, 403),
    };
    let running = Running {
        name_server: NameServer::new(ZONE, faults.name_server),
        balancer: balancer(&context),
        context,
        state,
        platform,
        database,
        routes,
    };
    running.launch(listeners, shown.acceptor)?;
    Ok(running)
}

/// The database, before its listener is served.
fn database(roles: Vec<Role>, tls: TlsAcceptor, context: &Context) -> Arc<Database> {
    let settings = Settings {
        name: DATABASE_NAME,
        roles,
        authentication: Authentication::Scram { iterations: ITERATIONS },
        max_connections: MAX_CONNECTIONS,
        reserved: RESERVED,
        tls: Some(tls),
        time_scale: context.time_scale,
        seed: context.seed,
    };
    Database::new(settings, context.profile.faults.database)
}

/// The load balancer in front of the three services.
fn balancer(context: &Context) -> Arc<Balancer> {
    let addresses = &context.addresses;
    let backends = vec![
        (hosts::FRONTEND, addresses.frontend.clone()),
        (hosts::BACKEND, addresses.backend.clone()),
        (hosts::AUTH, addresses.auth.clone()),
    ];
    let (state, time_scale) = (context.profile.faults.balancer, context.time_scale);
    Arc::new(Balancer { state, time_scale, backends, journal: Mutex::default() })
}

impl Running {
    /// Starts every task.
    fn launch(&self, listeners: Listeners, acceptor: TlsAcceptor) -> Result<(), StartError> {
        let Running { context, state, database, routes, .. } = self;
        let faults = &context.profile.faults;
        let backend = self.instance(Service::Backend, &listeners.backend_route)?;
        let auth = self.instance(Service::Auth, &listeners.auth_route)?;
        let pages = frontend::router(Arc::new(Frontend {
            context: Arc::clone(context),
            backend: context.addresses.backend.clone(),
            auth: match context.has_app_fault(AppFault::FrontendMisdirected) {
                true => format!("http://{}", address("unused address", &listeners.nowhere)?),
                false => context.addresses.auth.clone(),
            },
        }));
        tokio::spawn(postgres::run(Arc::clone(database), listeners.database));
        tokio::spawn(Arc::clone(&routes.probe).run(listeners.probe_route));
        tokio::spawn(Arc::clone(&routes.backend).run(listeners.backend_route));
        tokio::spawn(Arc::clone(&routes.auth).run(listeners.auth_route));
        let serve = |service, listening, listener, router| {
            let server = http::Server::new(service, listening, Arc::clone(context), Arc::clone(state));
            tokio::spawn(server.serve(listener, router, pages.clone()));
        };
        let (api, login) = (backend::router(Arc::clone(&backend)), auth::router(Arc::clone(&auth)));
        serve(Service::Frontend, faults.frontend, listeners.frontend, pages.clone());
        serve(Service::Backend, faults.backend, listeners.backend, api);
        serve(Service::Auth, faults.auth, listeners.auth, login);
        tokio::spawn(listeners.nowhere.keep());
        self.name_server.spawn(listeners.dns);
        tokio::spawn(Arc::clone(&self.balancer).serve(listeners.balancer, acceptor));
        tokio::spawn(platform::serve(
            self.platform.clone(),
            Arc::clone(&state.mutations),
            listeners.platform,
        ));
        let started = startup::boot_frontend(context.time_scale, Arc::clone(state));
        self.boot(Service::Frontend, faults.frontend, started);
        self.boot(Service::Backend, faults.backend, startup::boot(backend));
        self.boot(Service::Auth, faults.auth, startup::boot(auth));
        tokio::spawn(change(faults.schedule, context.time_scale, routes.clone(), Arc::clone(database)));
        Ok(())
    }

    /// A service with its own role, its own pool and its own way to the database.
    fn instance(&self, service: Service, route: &Listener) -> Result<Arc<Instance>, StartError> {
        let roles = &self.database.settings.roles;
        let (role, pool_size) = match service {
            Service::Backend => (&roles[1], BACKEND_POOL),
            Service::Auth | Service::Frontend => (&roles[2], AUTH_POOL),
        };
        let access = DatabaseAccess {
            port: address("connector", route)?.port(),
            role: role.name,
            password: &role.password,
            database: DATABASE_NAME,
            pool_size,
        };
        Ok(Instance::new(service, Arc::clone(&self.context), Arc::clone(&self.state), &access))
    }

    /// Starts a service up, unless the profile has no such process.
    fn boot(
        &self,
        service: Service,
        listening: Listening,
        startup: impl Future<Output = ()> + Send + 'static,
    ) {
        match listening {
            Listening::Down => self.state.readiness.set(service, Startup::Absent),
            _ => drop(tokio::spawn(startup)),
        }
    }
}

/// Changes faults while the staging runs.
async fn change(schedule: FaultSchedule, time_scale: TimeScale, routes: Routes, database: Arc<Database>) {
    match schedule {
        FaultSchedule::Never => {}
        FaultSchedule::HealsAfter(after) => {
            time_scale.sleep(after).await;
            database.switch(DatabaseFaults::NONE);
            for relay in [&routes.probe, &routes.backend, &routes.auth] {
                relay.switch(Route::OPEN);
            }
        }
        FaultSchedule::BackendRouteFlaps { first, each } => {
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
