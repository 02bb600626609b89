//! Finds a condition in a line, its operands, and whether it refuses.

use super::switches::indentation;

/// What a condition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// When it holds, something is refused.
    When,
    /// When it does not hold, something is refused.
    Unless,
}

/// Where in `line` a condition begins: after an `if` that binds nothing.
pub(super) fn start(line: &str) -> Option<usize> {
    let words = line.trim_start();
    let at =
        if words.starts_with("if ") { line.len() - words.len() } else { line.find(" if ")? + 1 };
    let at = at + "if ".len();
    (!line[at..].starts_with("let ")).then_some(at)
}

/// Where in `line` the condition ends: before ` {` or ` =>`.
pub(super) fn end(line: &str) -> Option<usize> {
    let start = start(line)?;
    let text = &line[start..];
    let end = text
        .find(" =>")
        .or_else(|| text.find(" { "))
        .or_else(|| text.strip_suffix(" {").map(str::len))?;
    Some(start + end)
}

/// The operands of `condition` that `operator` joins, outside of all brackets. Where the other
/// operator joins some of them too, the whole is one.
pub(super) fn operands<'a>(condition: &'a str, operator: &str) -> Vec<&'a str> {
    let other = if operator == " || " { " && " } else { " || " };
    if split(condition, other).len() > 1 && operator == " && " {
        return vec![condition];
    }
    split(condition, operator)
}

fn split<'a>(text: &'a str, operator: &str) -> Vec<&'a str> {
    let (mut depth, mut begin, mut parts) = (0_usize, 0, Vec::new());
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && text[at..].starts_with(operator) && at >= begin => {
                parts.push(&text[begin..at]);
                begin = at + operator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    parts
}

/// Whether what follows a condition refuses: `after` is the rest of its line, whose depth is `depth`,
/// and `below` are the lines under it.
pub(super) fn refusal(after: &str, below: &[String], depth: usize) -> Option<Refusal> {
    let refuses = |text: &str| {
        ["Err(", "Fault::", "return None", "return false"].iter().any(|mark| text.contains(mark))
    };
    let is_guard = after.trim_start().starts_with("=>");
    let (then, otherwise) = match after.split_once("} else {") {
        Some((then, otherwise)) => (then.to_owned(), otherwise.to_owned()),
        None if after.trim_matches([' ', '=', '>', '{']).is_empty() => {
            let is_inside = |line: &&String| indentation(line) > depth || line.trim() == "{";
            let then: Vec<&str> = below.iter().take_while(is_inside).map(String::as_str).collect();
            let rest = below.get(then.len()..).unwrap_or_default();
            let otherwise = match rest.split_first() {
                Some((head, rest)) if head.trim() == "} else {" => {
                    rest.iter().take_while(is_inside).map(String::as_str).collect::<Vec<_>>()
                }
                _ => Vec::new(),
            };
            (then.join(" "), otherwise.join(" "))
        }
        None => (after.to_owned(), String::new()),
    };
    if refuses(&then) && !(is_guard && then.trim_start().starts_with("=> Ok(")) {
        Some(Refusal::When)
    } else if refuses(&otherwise) || is_guard && then.contains("Ok(") {
        Some(Refusal::Unless)
    } else {
        None
    }
}

/// How long the argument at the start of `text` is: up to the bracket that closes the call.
pub(super) fn end_of_argument(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}
