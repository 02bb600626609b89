//! The grammar of `WWW-Authenticate` again, slow and obvious: split at the commas that stand outside
//! quotes, then try each piece against each production. It knows no limits.

type Parameters = Vec<(String, String)>;
pub(super) type Found = (Option<String>, Option<String>, Parameters);

pub(super) fn parse(line: &str) -> Option<Vec<Found>> {
    let mut found: Vec<Found> = Vec::new();
    for piece in pieces(line) {
        let piece = piece.trim_matches([' ', '\t']);
        if piece.is_empty() {
            continue;
        }
        if let Some(parameter) = parameter(piece) {
            if found.is_empty() {
                found.push((None, None, Vec::new()));
            }
            add(found.last_mut()?, parameter)?;
        } else if is_token(piece) {
            found.push((Some(piece.to_lowercase()), None, Vec::new()));
        } else {
            let at = piece.find([' ', '\t'])?;
            let (scheme, rest) = (&piece[..at], piece[at..].trim_matches([' ', '\t']));
            if !is_token(scheme) {
                return None;
            }
            let scheme = Some(scheme.to_lowercase());
            if is_token68(rest) {
                found.push((scheme, Some(rest.to_owned()), Vec::new()));
            } else {
                let mut opened = (scheme, None, Vec::new());
                add(&mut opened, parameter(rest)?)?;
                found.push(opened);
            }
        }
    }
    Some(found)
}

fn add(to: &mut Found, parameter: (String, String)) -> Option<()> {
    let fresh = to.2.iter().all(|(name, _)| *name != parameter.0);
    (to.1.is_none() && fresh).then(|| to.2.push(parameter))
}

fn pieces(line: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        if c == ',' && !quoted {
            pieces.push(String::new());
            continue;
        }
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && !escaped && c == '\\';
        pieces.last_mut().unwrap().push(c);
    }
    pieces
}

fn parameter(piece: &str) -> Option<(String, String)> {
    let at = piece.find('=')?;
    let name = piece[..at].trim_matches([' ', '\t']);
    let value = piece[at + 1..].trim_matches([' ', '\t']);
    let value = if is_token(value) { value.to_owned() } else { unquote(value)? };
    is_token(name).then(|| (name.to_lowercase(), value))
}

fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        value.push(match c {
            '"' => return None,
            '\\' => chars.next()?,
            other => other,
        });
    }
    value.chars().all(|c| c == '\t' || !c.is_ascii_control()).then_some(value)
}

fn is_token(text: &str) -> bool {
    let delimiter = |c: char| "\"(),/:;<=>?@[\\]{}".contains(c);
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !delimiter(c))
}

fn is_token68(text: &str) -> bool {
    let base = text.trim_end_matches('=');
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    !base.is_empty() && base.chars().all(allowed)
}
