//! Gives every check of a source file a switch, so that one build can run without any one of them.
//!
//! It reads text, not Rust: `cargo fmt` has brought every check into one of few shapes.
//!
//! | what stands there | without the check |
//! |---|---|
//! | a statement that ends in `?;` and keeps nothing | it is left out |
//! | `if wrong \|\| wrong { … Err(…) }` | one `wrong` is false |
//! | `if right && right { … } else { … Err(…) }` | one `right` is true |
//! | `pattern if … => Err(…)`, `pattern if … => Ok(…)` | the same for the guard |
//! | `… && right`, in a line of its own | `right` is true |
//! | `.filter(\|it\| right)`, `.find(\|it\| right)` | `right` is true |
//! | `fn … -> bool {` | it says yes |
//! | `fn … -> Result<(), …> {`, and a call at its end | `Ok(())` |

#![expect(clippy::indexing_slicing, reason = "every index is that of a line of the file")]

use super::condition::{self, Refusal};

/// A file whose checks have switches.
#[derive(Debug)]
pub(super) struct Switched {
    /// The new text.
    pub(super) text: String,
    /// Each check: its line, and what stood there. They are numbered in this order.
    pub(super) checks: Vec<(usize, String)>,
}

/// Gives switches to the checks in `text`, numbered from `first`.
pub(super) fn add(text: &str, first: usize) -> Switched {
    let end = text.find("mod tests").unwrap_or(text.len());
    let (code, tests) = text.split_at(end);
    let mut file = File {
        lines: code.lines().map(str::to_owned).collect(),
        checks: Vec::new(),
        first,
        function: String::new(),
    };
    for index in 0..file.lines.len() {
        file.switch(index);
    }
    let text = file.lines.join("\n") + "\n" + tests;
    Switched { text, checks: file.checks }
}

/// The file, up to its tests. A line is changed in place, or left empty when an earlier took it in.
struct File {
    lines: Vec<String>,
    checks: Vec<(usize, String)>,
    first: usize,
    /// The first line of the function that the line is in.
    function: String,
}

impl File {
    fn switch(&mut self, index: usize) {
        let line = self.lines[index].clone();
        let words = line.trim_start();
        if words.starts_with("//") {
            return;
        }
        if is_function(words) {
            self.function.clone_from(&line);
        }
        // A constant function cannot ask for its switch.
        if self.function.contains("const fn ") {
            return;
        }
        if is_function(words) {
            self.switch_function(index, &line);
        } else if line.ends_with("?;") {
            self.switch_statement(index);
        } else if condition::start(&line).is_some() {
            self.switch_condition(index, &line);
        } else if words.starts_with("&& ") && !words.starts_with("&& let ") {
            self.switch_operand(index, &line);
        } else if self.is_last_call(index) {
            let off = self.note(index, words);
            self.lines[index] = format!("if {off} {{ Ok(()) }} else {{ {words} }}");
        } else {
            self.switch_filter(index, &line);
        }
    }

    /// Notes a check, and returns the expression that says whether it is off.
    fn note(&mut self, index: usize, shown: &str) -> String {
        let number = self.first + self.checks.len();
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        self.checks.push((index + 1, shown));
        format!("crate::check_is_off({number})")
    }

    fn switch_function(&mut self, index: usize, line: &str) {
        let Some(answer) = answer_of(line) else { return };
        let off = self.note(index, line.trim_end_matches([' ', '{']));
        self.lines[index].push_str(&format!(" if {off} {{ return {answer}; }}"));
    }

    fn switch_statement(&mut self, index: usize) {
        let start = self.start_of_statement(index);
        let above = start.checked_sub(1).and_then(|above| self.lines.get(above));
        let text = self.lines[start..=index].join(" ");
        let keeps = above.is_some_and(|line| line.ends_with(" ="))
            || [" = ", "let ", "return ", "=>"].iter().any(|mark| text.contains(mark))
            || text.trim_start().starts_with(['}', ')', '.', '|']);
        if keeps {
            return;
        }
        let off = self.note(start, &text);
        self.lines[start].insert_str(0, &format!("if !{off} {{ "));
        self.lines[index].push_str(" }");
    }

    /// Where the statement that ends here begins: its lines are indented more, or close a bracket.
    fn start_of_statement(&self, end: usize) -> usize {
        let mut start = end;
        while start > 0 && self.lines[start].trim_start().starts_with(['.', ')', '}', ']']) {
            let dotted = self.lines[start].trim_start().starts_with('.');
            let depth = indentation(&self.lines[start]).saturating_sub(if dotted { 4 } else { 0 });
            let before = (0..start).rev().find(|&at| indentation(&self.lines[at]) == depth);
            start = before.unwrap_or(0);
        }
        start
    }

    /// `if … {` and `… if … =>`, in one line or in several, which become one.
    fn switch_condition(&mut self, index: usize, line: &str) {
        let mut whole = line.to_owned();
        let mut last = index;
        while condition::end(&whole).is_none() {
            last += 1;
            match self.lines.get(last) {
                Some(more) if last < index + 12 => whole = format!("{whole} {}", more.trim_start()),
                _ => return,
            }
        }
        let (Some(start), Some(end)) = (condition::start(&whole), condition::end(&whole)) else {
            return;
        };
        let (before, rest) = whole.split_at(start);
        let (operands, after) = rest.split_at(end - start);
        let below = self.lines.get(last + 1..).unwrap_or_default();
        // A guard in a line of its own is indented more than its arm.
        let guard = after == " =>" && line.trim_start().starts_with("if ");
        let depth = indentation(line).saturating_sub(if guard { 4 } else { 0 });
        let Some(refusal) = condition::refusal(after, below, depth) else {
            return;
        };
        let (join, operands) = match refusal {
            Refusal::When => (" || ", condition::operands(operands, " || ")),
            Refusal::Unless => (" && ", condition::operands(operands, " && ")),
        };
        let mut switched = Vec::new();
        for operand in operands {
            let off = self.note(index, &format!("if {operand}"));
            switched.push(match refusal {
                Refusal::When => format!("!{off} && ({operand})"),
                Refusal::Unless => format!("{off} || ({operand})"),
            });
        }
        let switched = match switched.as_slice() {
            [one] => one.clone(),
            several => format!("({})", several.join(&format!("){join}("))),
        };
        // The line must go on as it was indented: what is below is found by its depth.
        self.lines[index] = format!("{before}{switched}{after}");
        for taken in index + 1..=last {
            self.lines[taken].clear();
        }
    }

    /// One more thing that has to be so, in a line of its own and in no condition.
    fn switch_operand(&mut self, index: usize, line: &str) {
        let Some((before, right)) = line.split_once("&& ") else { return };
        let (right, end) = right.strip_suffix(';').map_or((right, ""), |right| (right, ";"));
        let off = self.note(index, line);
        self.lines[index] = format!("{before}&& ({off} || ({right})){end}");
    }

    /// Whether this line is a call whose outcome a function returns that says yes or no.
    fn is_last_call(&self, index: usize) -> bool {
        let (line, next) = (&self.lines[index], self.lines.get(index + 1));
        let closes = |line: &String| {
            line.trim_start() == "}" && indentation(line) == indentation(&self.function)
        };
        answer_of(&self.function) == Some("Ok(())")
            && line.ends_with(')')
            && line.trim_start().starts_with(|first: char| first.is_alphabetic())
            && !["Ok(", "Err("].iter().any(|start| line.trim_start().starts_with(start))
            && next.is_some_and(closes)
    }

    fn switch_filter(&mut self, index: usize, line: &str) {
        for call in [".filter(|", ".find(|"] {
            let Some((before, rest)) = line.split_once(call) else { continue };
            let Some((parameter, rest)) = rest.split_once("| ") else { continue };
            let Some(end) = condition::end_of_argument(rest) else { continue };
            let (right, after) = rest.split_at(end);
            let off = self.note(index, line);
            let new = format!("{before}{call}{parameter}| {off} || ({right}){after}");
            self.lines[index] = new;
            return;
        }
    }
}

fn is_function(words: &str) -> bool {
    let words = words.strip_prefix("pub").map_or(words, |rest| {
        rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest)
    });
    let words = words.trim_start();
    words.starts_with("fn ") || words.starts_with("const fn ")
}

/// What a function answers that has nothing to object.
fn answer_of(function: &str) -> Option<&'static str> {
    if function.ends_with("-> bool {") {
        Some("true")
    } else {
        (function.contains("-> Result<(), ") && function.ends_with('{')).then_some("Ok(())")
    }
}

pub(super) fn indentation(line: &str) -> usize {
    if line.trim().is_empty() { usize::MAX } else { line.len() - line.trim_start().len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFF: &str = "crate::check_is_off";

    fn switched(text: &str) -> String {
        let lines = add(text, 1).text.replace(OFF, "off");
        lines.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_statement_that_keeps_nothing_can_be_left_out() {
        assert_eq!(
            switched("    rules.issuer(claims)?;"),
            "if !off(1) {     rules.issuer(claims)?; }"
        );
        let several = "    rules\n        .check(\n            a,\n        )?;";
        let expected = "if !off(1) {     rules\n        .check(\n            a,\n        )?; }";
        assert_eq!(switched(several), expected);
        for kept in ["    let a = b()?;", "    let a =\n        b()?;", "    self.a = b()?;"] {
            assert_eq!(switched(kept), kept);
        }
    }

    #[test]
    fn each_operand_of_a_refusal_has_its_switch() {
        let text = "if a == b || c(d || e) {\n    return Err(F);\n}";
        let expected =
            "if (!off(1) && (a == b)) || (!off(2) && (c(d || e))) {\n    return Err(F);\n}";
        assert_eq!(switched(text), expected);
        let several = "if a\n    || b\n{\n    Err(F)\n} else {\n    Ok(G)\n}";
        let expected =
            "if (!off(1) && (a)) || (!off(2) && (b)) {\n    Err(F)\n} else {\n    Ok(G)\n}";
        assert_eq!(switched(several), expected);
    }

    #[test]
    fn each_operand_of_an_acceptance_has_its_switch() {
        let text = "if a && b { Ok(c) } else { Err(d) }";
        let expected = "if (off(1) || (a)) && (off(2) || (b)) { Ok(c) } else { Err(d) }";
        assert_eq!(switched(text), expected);
        let several = "if a {\n    Ok(b)\n} else {\n    Err(c)\n}";
        assert_eq!(switched(several), several.replace("if a", "if off(1) || (a)"));
    }

    #[test]
    fn guards_are_conditions_too() {
        let refusing = "    Some(a) if a > b => Err(C),";
        assert_eq!(switched(refusing), "    Some(a) if !off(1) && (a > b) => Err(C),");
        let accepting = "    Some(a)\n        if a == b =>\n    {\n        Ok(a)\n    }";
        let expected = "    Some(a)\n        if off(1) || (a == b) =>\n    {\n        Ok(a)\n    }";
        assert_eq!(switched(accepting), expected);
    }

    #[test]
    fn what_refuses_nothing_stays_as_it_is() {
        for text in [
            "if a {\n    b += 1;\n}",
            "if let Some(a) = b {\n    return Err(a);\n}",
            "    // if a { Err(b) }",
            "const fn a(b: u8) -> bool {\n    if b { return Err(C) }\n}",
        ] {
            assert_eq!(switched(text), text);
        }
    }

    #[test]
    fn functions_and_their_last_calls_say_yes() {
        let text = "fn a(b: C) -> Result<(), D> {\n    e(f)?;\n    g(h)\n}";
        let expected = "fn a(b: C) -> Result<(), D> { if off(1) { return Ok(()); }\n\
            if !off(2) {     e(f)?; }\nif off(3) { Ok(()) } else { g(h) }\n}";
        assert_eq!(switched(text), expected);
        let text = "let holds = a\n    && b(c);";
        assert_eq!(switched(text), "let holds = a\n    && (off(1) || (b(c)));");
        let text = "    .filter(|it| it.is(a))";
        assert_eq!(switched(text), "    .filter(|it| off(1) || (it.is(a)))");
    }

    #[test]
    fn tests_have_no_switches() {
        let text = "#[cfg(test)]\nmod tests {\n    a()?;\n}";
        assert_eq!(switched(text), text);
    }
}
