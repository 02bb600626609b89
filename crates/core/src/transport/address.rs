//! Which addresses a request may go to: the guard against server-side request forgery (SSRF).
//!
//! A provider's metadata names further addresses (`jwks_uri`, `userinfo_endpoint`, …). Whoever writes
//! that document must not be able to point this program at its own network: RFC 9700 §4.15 is the
//! same thought. So a host that the application did not name has to be at a public address, and the
//! check stands where the connection is made, after the name was looked up.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;
use http::uri::Scheme;
use url::Host;

use crate::error::TransportFault;

/// Which addresses a transport may reach.
///
/// ```
/// use tegata_core::error::TransportFault;
/// use tegata_core::transport::address::AddressRules;
///
/// let rules = AddressRules::new().trust_host("login.corp.example");
/// let private = "10.1.2.3".parse().unwrap();
/// assert!(rules.check_resolved("login.corp.example", [private]).is_ok());
/// assert_eq!(
///     rules.check_resolved("evil.example", [private]),
///     Err(TransportFault::RefusedAddress)
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct AddressRules {
    loopback_http: bool,
    private: bool,
    trusted: BTreeSet<Host>,
}

impl AddressRules {
    /// `https` alone, and public addresses alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows plain `http` to loopback (`127.0.0.0/8`, `[::1]`, `localhost`), and with it any host
    /// to be at a loopback address. For development, and for tests.
    #[must_use]
    pub const fn allow_loopback_http(mut self) -> Self {
        self.loopback_http = true;
        self
    }

    /// Allows any host to be at a private address: whoever writes the provider's metadata can
    /// then make this program send requests into its own network.
    #[must_use]
    pub const fn allow_private_addresses(mut self) -> Self {
        self.private = true;
        self
    }

    /// Allows `host` to be at a private address, because the application itself named it: the
    /// issuer's host, an endpoint from configuration.
    ///
    /// A name or an address, without a port. A text that is no host changes nothing.
    #[must_use]
    pub fn trust_host(mut self, host: &str) -> Self {
        self.trusted.extend(parse_host(host));
        self
    }

    /// Checks an address before anything is looked up: its scheme, and its host where that is an
    /// IP address, in whatever spelling (`127.1`, `0x7f000001`).
    ///
    /// # Errors
    ///
    /// [`TransportFault::InsecureScheme`], [`TransportFault::RefusedAddress`], or
    /// [`TransportFault::Dns`] when there is no host that could be looked up.
    pub fn check_uri(&self, uri: &Uri) -> Result<(), TransportFault> {
        let host = uri.host().and_then(parse_host);
        let allowed = if uri.scheme() == Some(&Scheme::HTTP) {
            self.loopback_http && host.as_ref().is_some_and(is_loopback)
        } else {
            uri.scheme() == Some(&Scheme::HTTPS)
        };
        if !allowed {
            return Err(TransportFault::InsecureScheme);
        }
        match host.ok_or(TransportFault::Dns)? {
            Host::Domain(_) => Ok(()),
            literal @ Host::Ipv4(address) => self.check(&literal, [address.into()]),
            literal @ Host::Ipv6(address) => self.check(&literal, [address.into()]),
        }
    }

    /// Checks the addresses that `host` resolved to. One bad address spoils them all: an honest
    /// public host has none.
    ///
    /// # Errors
    ///
    /// [`TransportFault::RefusedAddress`].
    pub fn check_resolved(
        &self,
        host: &str,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) -> Result<(), TransportFault> {
        let host = parse_host(host).ok_or(TransportFault::Dns)?;
        self.check(&host, addresses)
    }

    fn check(
        &self,
        host: &Host,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) -> Result<(), TransportFault> {
        let allowed =
            |address: IpAddr| is_public(address) || (self.loopback_http && address.is_loopback());
        if self.private || self.trusted.contains(host) || addresses.into_iter().all(allowed) {
            return Ok(());
        }
        Err(TransportFault::RefusedAddress)
    }
}

/// Whether `address` belongs to the public Internet: not loopback, private, link-local,
/// unique-local, shared (CGNAT), multicast, unspecified, for documentation, for benchmarks, reserved.
///
/// An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4) is what the inner one is.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => {
            carried_v4(address).map_or_else(|| is_public_v6(address), is_public_v4)
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    !NOT_PUBLIC_V4
        .iter()
        .any(|&(prefix, length)| (bits ^ u32::from(prefix)).leading_zeros() >= length)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let within = |&(prefix, length): &(Ipv6Addr, u32)| {
        (u128::from(address) ^ u128::from(prefix)).leading_zeros() >= length
    };
    within(&GLOBAL_UNICAST) && !NOT_PUBLIC_V6.iter().any(within)
}

fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.octets() {
        // ::ffff:0:0/96, mapped (RFC 4291 §2.5.5.2).
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d]
        // 64:ff9b::/96, NAT64 (RFC 6052 §2.1).
        | [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]
        // 2002::/16, 6to4 (RFC 3056 §2).
        | [0x20, 0x02, a, b, c, d, ..] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => None,
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Reads a host as a browser does: lower case, punycode, every spelling of an IPv4 address.
fn parse_host(text: &str) -> Option<Host> {
    text.parse().map_or_else(|_| Host::parse(text).ok(), |address| Some(Host::Ipv6(address)))
}

/// The IANA special-purpose address registry for IPv4 (RFC 6890), and multicast.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network (RFC 791)
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private (RFC 1918)
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared by carriers (RFC 6598)
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback (RFC 1122)
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, cloud metadata (RFC 3927)
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private (RFC 1918)
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments (RFC 6890)
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation (RFC 5737)
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relay, retired (RFC 7526)
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private (RFC 1918)
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks (RFC 2544)
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation (RFC 5737)
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation (RFC 5737)
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast (RFC 5771)
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved (RFC 1112), broadcast (RFC 919)
];

/// The only IPv6 block that is given out to the Internet (RFC 4291 §2.4). Loopback, unspecified,
/// unique-local, link-local, multicast and local NAT64 all lie outside of it.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is not public inside [`GLOBAL_UNICAST`] (IANA special-purpose address registry for IPv6).
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 3] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // Teredo, benchmarks, ORCHID (RFC 2928)
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation (RFC 3849)
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation (RFC 9637)
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: &AddressRules, uri: &str) -> Result<(), TransportFault> {
        rules.check_uri(&uri.parse().unwrap())
    }

    #[test]
    fn knows_the_addresses_that_are_not_public() {
        let not_public = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in not_public {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn knows_the_addresses_that_are_public() {
        let public = [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2404:6800:4004:80a::200d",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ];
        for text in public {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn refuses_every_spelling_of_a_private_address() {
        let hosts = [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "[::1]",
            "10.0.0.1:8443",
            "[::ffff:10.0.0.1]",
            "169.254.169.254",
            "127.0.0.1.",
        ];
        for host in hosts {
            let found = check(&AddressRules::new(), &format!("https://{host}/x"));
            assert_eq!(found, Err(TransportFault::RefusedAddress), "{host}");
        }
    }

    #[test]
    fn refuses_plain_http_unless_loopback_was_allowed() {
        let strict = AddressRules::new().trust_host("localhost").allow_private_addresses();
        let development = AddressRules::new().allow_loopback_http();
        for host in ["127.0.0.1:80", "[::1]", "localhost", "LOCALHOST:8080"] {
            let uri = format!("http://{host}/x");
            assert_eq!(check(&strict, &uri), Err(TransportFault::InsecureScheme), "{host}");
            assert_eq!(check(&development, &uri), Ok(()), "{host}");
        }
        for uri in ["http://op.example.com/", "http://10.0.0.1/", "http://localhost.example/", "/"]
        {
            assert_eq!(check(&development, uri), Err(TransportFault::InsecureScheme), "{uri}");
        }
        assert_eq!(check(&development, "https://10.0.0.1/"), Err(TransportFault::RefusedAddress));
    }

    #[test]
    fn one_private_address_among_public_ones_is_refused() {
        let resolved = ["1.1.1.1".parse().unwrap(), "10.0.0.1".parse().unwrap()];
        let rules = AddressRules::new().trust_host("Login.Corp.example").trust_host("::1");
        let refused = Err(TransportFault::RefusedAddress);
        assert_eq!(rules.check_resolved("keys.example", resolved), refused);
        assert_eq!(rules.check_resolved("login.corp.EXAMPLE", resolved), Ok(()));
        assert_eq!(check(&rules, "https://[::1]:8443/"), Ok(()));
        let lax = AddressRules::new().allow_private_addresses();
        assert_eq!(lax.check_resolved("keys.example", resolved), Ok(()));
    }

    #[test]
    fn trusting_a_name_trusts_no_other() {
        let rules = AddressRules::new().trust_host("op.example").trust_host("not a host");
        let private = ["10.0.0.1".parse().unwrap()];
        for host in ["sub.op.example", "op.example.evil.example", "op.example."] {
            let found = rules.check_resolved(host, private);
            assert_eq!(found, Err(TransportFault::RefusedAddress), "{host}");
        }
    }
}
