//! Google's rules for web applications once more, slow and obvious: the order of the checks written
//! down one after the other, over characters, with nothing shared with the engine.

/// The identifiers of the rules that `uri` breaks, each once, in the order of the checks.
pub(super) fn google_web(
    uri: &str,
    owns_domain: bool,
    public_suffix: &dyn Fn(&str) -> Option<String>,
    shorteners: &[&str],
) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    let mut report = |broken: bool, rule: &'static str| {
        if broken && !found.contains(&rule) {
            found.push(rule);
        }
    };
    let lower = uri.to_ascii_lowercase();
    let blank = |c: char| c <= ' ' || c == '\u{7f}';

    report(uri.len() > 2048, "LENGTH");
    report(uri.contains('\0') || lower.contains("%00") || lower.contains("%c0%80"), "NUL");
    report(
        uri.chars().any(|c| c != ' ' && c != '\0' && (blank(c) || !c.is_ascii())),
        "NONPRINTABLE",
    );
    report(uri.contains(' '), "WHITESPACE");
    report(uri.contains('*'), "WILDCARD");
    let characters: Vec<char> = uri.chars().collect();
    let hex = |at: usize| characters.get(at).is_some_and(char::is_ascii_hexdigit);
    let broken = |at: usize| characters[at] == '%' && !(hex(at + 1) && hex(at + 2));
    report((0..characters.len()).any(broken), "PCT");

    let trimmed = uri.trim_matches(blank);
    let before_fragment = trimmed.split('#').next().unwrap();
    let scheme = before_fragment.split(':').next().filter(|scheme| {
        before_fragment.contains(':')
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let rest = scheme.map_or(before_fragment, |scheme| &before_fragment[scheme.len() + 1..]);
    let scheme = scheme.map(str::to_ascii_lowercase);
    let is_web = matches!(scheme.as_deref(), Some("http" | "https"));
    let authority = match rest.strip_prefix("//") {
        Some(rest) if scheme.is_some() => rest.split(['/', '?']).next().unwrap(),
        _ => "",
    };
    report(scheme.is_none() || (is_web && authority.is_empty()), "MALFORMED");
    report(scheme.is_some() && !is_web, "SCHEME");
    report(trimmed.contains('#'), "FRAGMENT");
    report(authority.contains('\\'), "MALFORMED");
    report(authority.contains('@'), "USERINFO");

    let path_and_query = match rest.strip_prefix("//") {
        Some(rest) if scheme.is_some() => &rest[authority.len()..],
        _ => rest,
    };
    let path = path_and_query.split('?').next().unwrap();
    if is_web && !authority.is_empty() {
        let host_and_port = authority.rsplit('@').next().unwrap();
        let clean: String = host_and_port.chars().filter(|c| !blank(*c)).collect();
        let clean = clean.to_lowercase();
        let (host, port) = match clean.find(']') {
            Some(at) if clean.starts_with('[') => match &clean[at + 1..] {
                rest if rest.is_empty() || rest.starts_with(':') => clean.split_at(at + 1),
                _ => (clean.as_str(), ""),
            },
            _ => clean.split_at(clean.find(':').unwrap_or(clean.len())),
        };
        let digits = port.strip_prefix(':').unwrap_or(port);
        let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
        let in_range = digits.trim_start_matches('0').len() <= 5
            && digits.parse::<u128>().unwrap_or(0) <= 65535;
        let good_port = port.is_empty() || (is_number && in_range);
        report(!good_port, "MALFORMED");
        let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
        if !loopback {
            let labels: Vec<&str> = host.strip_suffix('.').unwrap_or(host).split('.').collect();
            let decimal =
                |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_digit());
            let hexadecimal = |label: &str| {
                label.starts_with("0x") && label[2..].chars().all(|c| c.is_ascii_hexdigit())
            };
            let numeric = labels.len() <= 4
                && labels.iter().all(|label| decimal(label) || hexadecimal(label));
            let bracketed = host.starts_with('[');
            report(bracketed || numeric, "HOST_IP");
            report(scheme.as_deref() == Some("http"), "SCHEME");
            let odd = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"-_.*\\".contains(c);
            let malformed = if bracketed {
                let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
                inside.is_none_or(|inside| inside.parse::<std::net::Ipv6Addr>().is_err())
            } else {
                host.ends_with('.') || labels.contains(&"") || host.contains(odd)
            };
            report(malformed, "MALFORMED");
            if !malformed && !bracketed && !numeric {
                let suffix = public_suffix(host);
                report(suffix.is_none(), "TLD");
                report(suffix.as_deref() == Some(host), "TOP_PRIVATE");
                let is = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
                report(is("googleusercontent.com"), "GUC");
                let fits = path.contains("/google-callback/") || path.ends_with("/google-callback");
                let exempt = owns_domain && fits;
                let shortener = shorteners.iter().any(|domain| is(domain)) && !exempt;
                report(shortener, "SHORTENER");
                let last = labels.last().unwrap();
                let numeric_end = decimal(last) || hexadecimal(last);
                let refused = suffix.is_none_or(|suffix| suffix == host) || shortener;
                report(numeric_end && !refused, "MALFORMED");
            }
        }
    }

    let path = path.to_ascii_lowercase();
    let path = path.replace("%2e", ".").replace("%2f", "/").replace("%5c", "\\");
    report(path.contains("/..") || path.contains("\\.."), "PATH_TRAVERSAL");

    let query = path_and_query.split_once('?').map_or("", |(_, query)| query);
    report(query.split('&').any(|pair| is_address(&decode(pair))), "OPEN_REDIRECT");
    found
}

fn decode(pair: &str) -> String {
    let value = pair.split_once('=').map_or(pair, |(_, value)| value);
    let bytes = value.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let hex = std::str::from_utf8(&bytes[at..]).ok().and_then(|rest| rest.get(1..3));
        let hex = hex.filter(|hex| hex.chars().all(|c| c.is_ascii_hexdigit()));
        if let (b'%', Some(hex)) = (bytes[at], hex) {
            decoded.push(u8::from_str_radix(hex, 16).unwrap());
            at += 3;
        } else {
            decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn is_address(value: &str) -> bool {
    let value = value.trim_start_matches(|c: char| c <= ' ' || c == '\u{7f}');
    if ["//", "\\\\", "/\\", "\\/"].iter().any(|start| value.starts_with(start)) {
        return true;
    }
    let Some(at) = value.find("://") else { return false };
    let scheme = &value[..at];
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}
