//! The changes that no test misses, each with its reason: the lists in `docs/mutants.md`.
//!
//! A new survivor is a complaint, and so is one that has gone: the list says what is true today.

use std::fs;

use crate::workspace::Workspace;

/// The heading over the checks that can be taken out.
pub(crate) const CHECKS: &str = "## Checks";

/// The heading over the mutants.
pub(crate) const MUTANTS: &str = "## Mutants";

/// One of the lists.
#[derive(Debug)]
pub(crate) struct Survivors(Vec<String>);

impl Survivors {
    /// Reads the list under `heading`.
    ///
    /// # Errors
    ///
    /// There is no such file, or a survivor without a reason in it.
    pub(crate) fn read(workspace: &Workspace, heading: &str) -> Result<Self, String> {
        let text =
            fs::read_to_string(workspace.path(LIST)).map_err(|error| format!("{LIST}: {error}"))?;
        Self::parse(&text, heading)
    }

    fn parse(text: &str, heading: &str) -> Result<Self, String> {
        let below = text.lines().skip_while(|line| *line != heading).skip(1);
        let section = below.take_while(|line| !line.starts_with("## "));
        let items = section.filter_map(|line| line.strip_prefix("- `"));
        let named = items.map(|item| match item.split_once("`:") {
            Some((name, _)) => Ok(name.to_owned()),
            None => Err(format!("{LIST}: no reason is given for `{item}")),
        });
        named.collect::<Result<_, _>>().map(Self)
    }

    /// Complains about every survivor that is not listed, and every listed one in a file that was
    /// `tried` and has none such. One entry speaks for one survivor.
    pub(crate) fn compare(&self, found: &[String], tried: impl Fn(&str) -> bool) -> Vec<String> {
        let mut listed = self.0.clone();
        let mut complaints = Vec::new();
        for survivor in found {
            match listed.iter().position(|entry| entry == survivor) {
                Some(at) => drop(listed.swap_remove(at)),
                None => complaints.push(format!("no test fails: {survivor}")),
            }
        }
        let file = |entry: &str| entry.split(": ").next().unwrap_or_default().to_owned();
        let gone = listed.iter().filter(|entry| tried(&file(entry)));
        complaints.extend(gone.map(|entry| format!("a test fails by now, strike it: {entry}")));
        complaints
    }
}

const LIST: &str = "docs/mutants.md";

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# T\n\n## Checks\n\n- `a.rs: if x`: for speed\n\n## Mutants\n\n\
        - `a.rs: replace f with 1`: the same\n- `b.rs: delete !`: logs\n";

    fn compared(found: &[&str], tried: &str) -> Vec<String> {
        let list = Survivors::parse(PAGE, MUTANTS).unwrap();
        let found: Vec<_> = found.iter().map(|name| (*name).to_owned()).collect();
        list.compare(&found, |file| tried.contains(file))
    }

    #[test]
    fn each_list_is_the_one_under_its_heading() {
        assert_eq!(Survivors::parse(PAGE, CHECKS).unwrap().0, ["a.rs: if x"]);
        assert_eq!(Survivors::parse(PAGE, MUTANTS).unwrap().0.len(), 2);
        assert!(Survivors::parse("## Checks\n- `a.rs: x`\n", CHECKS).is_err());
    }

    #[test]
    fn what_is_listed_may_survive_once() {
        let known = "a.rs: replace f with 1";
        assert!(compared(&[known], "a.rs").is_empty());
        assert_eq!(compared(&[known, known], "a.rs"), [format!("no test fails: {known}")]);
    }

    #[test]
    fn what_is_listed_has_to_survive_where_it_was_tried() {
        let gone = "a test fails by now, strike it: b.rs: delete !";
        assert_eq!(compared(&["a.rs: replace f with 1"], "a.rs b.rs"), [gone]);
    }
}
