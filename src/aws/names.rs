//! The addresses of a host.
//!
//! The system's resolver finds them, since only it knows a VPN's split DNS, `/etc/nsswitch.conf`, mDNS. A program that
//! is linked statically with glibc has none: its `getaddrinfo` loads libraries of another build and crashes. There
//! Hickory reads `/etc/hosts` and asks the servers of `/etc/resolv.conf`.

pub(super) use resolver::Names;

#[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
mod resolver {
    use std::sync::{Arc, OnceLock};
    use std::time::Duration;

    use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
    use hickory_resolver::TokioResolver;

    /// How long one name server may take, and how often it is asked.
    const TIMEOUT: Duration = Duration::from_secs(2);
    const ATTEMPTS: usize = 2;

    #[derive(Clone, Debug, Default)]
    pub(in crate::aws) struct Names(Arc<OnceLock<Result<TokioResolver, String>>>);

    impl ResolveDns for Names {
        fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
            DnsFuture::new(async move {
                let resolver = self.0.get_or_init(|| build().map_err(|error| error.to_string()));
                let resolver = resolver.as_ref().map_err(|error| ResolveDnsError::new(error.clone()))?;
                let addresses = resolver.lookup_ip(name).await.map_err(ResolveDnsError::new)?;
                Ok(addresses.iter().collect())
            })
        }
    }

    fn build() -> Result<TokioResolver, hickory_resolver::net::NetError> {
        let mut builder = TokioResolver::builder_tokio()?;
        builder.options_mut().timeout = TIMEOUT;
        builder.options_mut().attempts = ATTEMPTS;
        builder.build()
    }
}

#[cfg(not(all(target_env = "gnu", target_feature = "crt-static")))]
mod resolver {
    use std::net::ToSocketAddrs;

    use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};

    #[derive(Clone, Debug, Default)]
    pub(in crate::aws) struct Names;

    impl ResolveDns for Names {
        fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
            let name = name.to_owned();
            DnsFuture::new(async move {
                let look = move || (name.as_str(), 0).to_socket_addrs();
                let found = tokio::task::spawn_blocking(look).await.map_err(ResolveDnsError::new)?;
                let addresses = found.map_err(ResolveDnsError::new)?;
                Ok(addresses.map(|address| address.ip()).collect())
            })
        }
    }
}
