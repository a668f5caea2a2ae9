//! Servers and helpers that know nothing of the modelled system: a byte relay, a PostgreSQL-wire database, a name
//! server, a load balancer that ends TLS, listeners, scaled time and seeded numbers.

pub(crate) mod balancer;
pub(crate) mod certificate;
pub(crate) mod counts;
pub(crate) mod dns;
pub(crate) mod http;
pub(crate) mod http_client;
pub(crate) mod listener;
pub(crate) mod lock;
pub(crate) mod postgres;
pub(crate) mod relay;
pub(crate) mod seed;
pub(crate) mod time_scale;
pub(crate) mod wall_clock;
