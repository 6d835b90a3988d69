//! Connections to addresses that were checked.

use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::address::is_public;
use crate::failure::Failure;
use crate::target::Target;

/// How long one address may take to accept. A further one of the same name is tried after it.
const CONNECT: Duration = Duration::from_secs(3);

/// Hosts that may be called although their addresses are private: names or addresses, compared with what stands in the URL.
#[derive(Debug, Clone, Default)]
pub struct PrivateHosts(BTreeSet<String>);

impl PrivateHosts {
    /// Whether the operator named this host.
    fn names(&self, host: &str) -> bool {
        self.0.contains(host)
    }
}

impl<S: AsRef<str>> FromIterator<S> for PrivateHosts {
    fn from_iter<I: IntoIterator<Item = S>>(hosts: I) -> Self {
        Self(hosts.into_iter().map(|host| host.as_ref().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()).collect())
    }
}

/// What a name leads to.
pub type Addresses<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Tells to which addresses names lead.
pub trait Resolver: Send + Sync {
    /// The addresses of a host at a port.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Addresses<'a>;
}

/// The system's own. It reads unusual ways to write an address (`127.1`, `0x7f000001`), too; the check sees what comes of them.
pub(crate) struct System;

impl Resolver for System {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Addresses<'a> {
        Box::pin(async move { Ok(lookup_host((host, port)).await?.collect()) })
    }
}

/// Resolves once, checks, and connects to what was checked: what the name leads to a moment later is not asked.
pub(crate) async fn connect(target: &Target, resolver: &dyn Resolver, private: &PrivateHosts) -> Result<TcpStream, Failure> {
    let found = resolver.resolve(target.host(), target.port()).await.map_err(Failure::Name)?.into_iter();
    let allowed: Vec<SocketAddr> = found.filter(|address| private.names(target.host()) || is_public(address.ip())).collect();
    let mut last = None;
    for address in allowed {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = Some(error),
            Err(_) => last = Some(io::ErrorKind::TimedOut.into()),
        }
    }
    Err(last.map_or(Failure::Private, Failure::Connect))
}
