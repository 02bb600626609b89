//! What may stand between `//` and the path: port, loopback, IP addresses, public names.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::anatomy::{Authority, Piece, is_blank};
use super::rule::{Part, Rule};
use super::rules::{Findings, RedirectRules};

/// What holds for the authority of any scheme.
pub(super) fn check_authority(authority: Authority<'_>, findings: &mut Findings) {
    let whole = authority.whole;
    if let Some(at) = whole.text.find('\\') {
        let at = whole.start + at;
        let sentence = "parsers disagree about the host when a backslash stands before the path";
        findings.add(Rule::Malformed, Part::Host, at..at + 1, sentence);
    }
    if let Some(userinfo) = authority.userinfo {
        let sentence = "a user name or password before @ is not allowed";
        findings.add(Rule::Userinfo, Part::Userinfo, userinfo.range(), sentence);
    }
}

/// What holds for the host and port of `http` and `https`.
pub(super) fn check_web(
    scheme: Piece<'_>,
    authority: Authority<'_>,
    path: Piece<'_>,
    rules: &RedirectRules,
    findings: &mut Findings,
) {
    if let Some(port) = authority.port.filter(|port| !is_port(&visible(port.text))) {
        let sentence = "the port must be a number from 0 to 65535";
        findings.add(Rule::Malformed, Part::Port, port.range(), sentence);
    }
    let host = visible(authority.host.text);
    if rules.is_loopback(&host) {
        return;
    }
    // Before the scheme: with https it would be refused just as well.
    let is_address = host.starts_with('[') || is_ipv4(&host);
    if is_address {
        let sentence = "an IP address is no host here; use a name";
        findings.add(Rule::HostIp, Part::Host, authority.host.range(), sentence);
    }
    if scheme.text.eq_ignore_ascii_case("http") {
        let sentence = "plain http is for loopback hosts alone; use https";
        findings.add(Rule::Scheme, Part::Scheme, scheme.range(), sentence);
    }
    let mut add = |rule, sentence| findings.add(rule, Part::Host, authority.host.range(), sentence);
    if let Some(sentence) = malformed(&host) {
        add(Rule::Malformed, sentence);
    } else if !is_address {
        check_name(&host, path, rules, add);
    }
    if !findings.has(Part::Host) && is_no_address(&host) {
        let sentence = "the host ends in a number and is no IP address: no browser opens it";
        findings.add(Rule::Malformed, Part::Host, authority.host.range(), sentence);
    }
}

fn check_name(
    host: &str,
    path: Piece<'_>,
    rules: &RedirectRules,
    mut add: impl FnMut(Rule, &'static str),
) {
    match rules.suffixes.public_suffix(host) {
        None => add(Rule::TopLevelDomain, "the host must end with a public top-level domain"),
        Some(suffix) if suffix == host => {
            add(Rule::TopPrivate, "the host is a public suffix; put a name of your own before it");
        }
        Some(_) => {}
    }
    if is_under(host, "googleusercontent.com") {
        add(Rule::GoogleUserContent, "googleusercontent.com and what is under it is not allowed");
    }
    if rules.shorteners.iter().any(|domain| is_under(host, domain)) && !rules.owner_exempts(path) {
        add(
            Rule::Shortener,
            "a URL shortener is allowed to its owner alone, with /google-callback in the path",
        );
    }
}

/// The text without white space and control characters, which are reported as such, and in lower
/// case.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| is_blank(c) || c.is_uppercase()) {
        Cow::Owned(text.chars().filter(|c| !is_blank(*c)).flat_map(char::to_lowercase).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether `host` is `domain` or stands under it.
fn is_under(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// One to four numbers, decimal, octal or hexadecimal: what browsers read as an IPv4 address,
/// `127.1` and `2130706433` included.
fn is_ipv4(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.split('.').count() <= 4 && host.split('.').all(is_number)
}

/// What ends in a number is an IPv4 address or nothing at all (WHATWG URL §3.5).
fn is_no_address(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(is_number)
        && !(host.is_ascii() && url::Host::parse(host).is_ok())
}

fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(digits) => digits.chars().all(|c| c.is_ascii_hexdigit()),
        None => !label.is_empty() && label.chars().all(|c| c.is_ascii_digit()),
    }
}

fn malformed(host: &str) -> Option<&'static str> {
    let forbidden = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"-._*\\".contains(c);
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').and_then(|it| it.parse::<Ipv6Addr>().ok());
        address.is_none().then_some("what begins with a bracket must be an IPv6 address in two")
    } else if host.is_empty() {
        Some("there is no host")
    } else if host.ends_with('.') {
        Some("the host ends with a dot, which makes it another name")
    } else if host.split('.').any(str::is_empty) {
        Some("the host has an empty label")
    } else if host.contains(forbidden) {
        Some("a character in the host that no name has")
    } else {
        None
    }
}
