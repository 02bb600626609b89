//! A second reader of forms, slow and obvious.

/// `+` and `%XX`, character by character.
pub(crate) fn decode(text: &str) -> Option<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(character) = characters.get(at) {
        at += 1;
        match character {
            '+' => bytes.push(b' '),
            '%' => {
                let digits: String = characters.get(at..at + 2)?.iter().collect();
                if !digits.chars().all(|digit| digit.is_ascii_hexdigit()) {
                    return None;
                }
                bytes.push(u8::from_str_radix(&digits, 16).ok()?);
                at += 2;
            }
            other => bytes.extend(other.to_string().bytes()),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Name and value, each name once.
pub(crate) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for piece in text.split('&').filter(|piece| !piece.is_empty()) {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        if pairs.iter().any(|(known, _)| *known == name) {
            return None;
        }
        pairs.push((name, value));
    }
    Some(pairs)
}
