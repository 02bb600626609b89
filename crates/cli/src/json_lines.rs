//! Many questions at once: one JSON object a line on standard input, one answer a line, in order.
//!
//! Whatever bytes come, each line has its answer: one that is too long, no UTF-8 or no strict JSON
//! object is answered as such, and the next one is read.

use std::io::{self, BufRead, Write};

use serde_json::Value as Json;
use tegata_core::json::{JsonFault, Object};

use crate::Failure;
use crate::output::json_text;

/// The longest line that is read: twice what any token or address here may have, escapes included.
/// Longer ones are skipped without being kept.
pub(crate) const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;

/// An answer, and whether it is a good one.
pub(crate) struct Answer {
    pub(crate) line: String,
    pub(crate) good: bool,
}

impl Answer {
    /// An answer with these members, in this order.
    pub(crate) fn new(good: bool, members: &[(&str, Json)]) -> Self {
        let members = members.iter().map(|(name, value)| format!("{}:{value}", Json::from(*name)));
        let members: Vec<_> = members.collect();
        Self { line: json_text(&format_args!("{{{}}}", members.join(","))), good }
    }
}

/// Why a line is no question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadLine {
    #[error("the line is no strict JSON object: {0}")]
    Json(JsonFault),
    #[error("the line is JSON, and no object")]
    NoObject,
    #[error("the line is longer than {MAX_LINE_BYTES} bytes")]
    TooLong,
    #[error("the line is no UTF-8 from byte {0} on")]
    Utf8(usize),
}

/// Answers each line of standard input on standard output; whether all answers were good.
pub(crate) fn run(
    answer: impl FnMut(Result<Object<'_>, BadLine>) -> Answer,
) -> Result<bool, Failure> {
    match answer_lines(io::stdin().lock(), io::stdout().lock(), answer) {
        // Whoever reads the answers has heard enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        done => done.map_err(Failure::io("standard input or output")),
    }
}

fn answer_lines(
    mut input: impl BufRead,
    mut output: impl Write,
    mut answer: impl FnMut(Result<Object<'_>, BadLine>) -> Answer,
) -> io::Result<bool> {
    let mut all_good = true;
    let mut line = Vec::new();
    while let Some(whole) = read_line(&mut input, &mut line)? {
        let answer = answer(if whole { question(&line) } else { Err(BadLine::TooLong) });
        all_good &= answer.good;
        writeln!(output, "{}", answer.line)?;
        output.flush()?;
    }
    Ok(all_good)
}

fn question(line: &[u8]) -> Result<Object<'_>, BadLine> {
    if let Err(error) = std::str::from_utf8(line) {
        return Err(BadLine::Utf8(error.valid_up_to()));
    }
    Object::parse(line).map_err(|fault| match fault {
        JsonFault::WrongType { .. } => BadLine::NoObject,
        fault => BadLine::Json(fault),
    })
}

/// Reads the next line into `line`, without its end; `Some(false)` when it is too long, `None` when
/// there is none.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut whole, mut any) = (true, false);
    loop {
        let chunk = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        if chunk.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        whole &= line.len() + part.len() <= MAX_LINE_BYTES;
        if whole {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &[u8]) -> (Vec<String>, bool) {
        let mut output = Vec::new();
        let good = answer_lines(input, &mut output, |question| match question {
            Ok(object) => Answer::new(true, &[("n", Json::from(object.len()))]),
            Err(bad) => Answer::new(false, &[("error", Json::from(bad.to_string()))]),
        });
        let output = String::from_utf8(output).unwrap();
        (output.lines().map(str::to_owned).collect(), good.unwrap())
    }

    #[test]
    fn every_line_has_its_answer_in_order() {
        let (lines, good) = answers(b"{}\n{\"a\":1}\r\n{\"a\":1,\"b\":2}");
        assert_eq!(lines, [r#"{"n":0}"#, r#"{"n":1}"#, r#"{"n":2}"#]);
        assert!(good);
        assert_eq!(answers(b""), (Vec::new(), true));
    }

    #[test]
    fn a_bad_line_spoils_no_other() {
        let (lines, good) = answers(b"\n{\"a\":\"\xff\"}\n[]\n{\"a\":1,\"a\":2}\nx\x00\n{}\n");
        assert_eq!(lines.len(), 6);
        assert!(lines.iter().take(5).all(|line| line.starts_with(r#"{"error":"#)), "{lines:?}");
        assert_eq!(lines[1], r#"{"error":"the line is no UTF-8 from byte 6 on"}"#);
        assert_eq!(lines[5], r#"{"n":0}"#);
        assert!(!good);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_not_kept() {
        let mut input = vec![b' '; MAX_LINE_BYTES + 1];
        input.extend_from_slice(b"\n{}\n");
        let (lines, _) = answers(&input);
        assert!(lines[0].contains("longer than"), "{}", lines[0]);
        assert_eq!(lines[1], r#"{"n":0}"#);
        let mut input = io::Cursor::new(vec![b'x'; 2 * MAX_LINE_BYTES]);
        let mut line = Vec::new();
        assert_eq!(read_line(&mut input, &mut line).unwrap(), Some(false));
        assert!(line.len() <= MAX_LINE_BYTES);
    }
}
