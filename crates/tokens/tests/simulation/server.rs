//! An authorization server of a given policy: families of refresh tokens, and what a second use does.

use std::collections::BTreeMap;

use tegata_tokens::policy::{RefreshPolicy, Replay, Rotation};

use crate::plan::Dice;

/// Time in milliseconds since the run began: true time, whatever the clocks show.
pub(crate) type Millis = u64;

pub(crate) struct Server {
    policy: RefreshPolicy,
    tokens: BTreeMap<String, Token>,
    families: Vec<Family>,
}

struct Token {
    family: usize,
    used: Option<Use>,
}

struct Use {
    first_at: Millis,
    child: String,
}

pub(crate) struct Family {
    pub(crate) grant: usize,
    pub(crate) alive: bool,
    /// Refresh tokens that were handed out and that no store has.
    pub(crate) unseen: Vec<String>,
    /// How many answers were lost in a row.
    pub(crate) answers_lost: u32,
}

/// What the server says to a refresh.
#[derive(Debug)]
pub(crate) enum Answer {
    InvalidGrant,
    Tokens { access: String, refresh: Option<String> },
}

impl Server {
    pub(crate) fn new(policy: RefreshPolicy) -> Self {
        Self { policy, tokens: BTreeMap::new(), families: Vec::new() }
    }

    /// The user consents: a new family.
    pub(crate) fn consent(&mut self, grant: usize) -> (String, String) {
        let family = self.families.len();
        let fresh = Family { grant, alive: true, unseen: Vec::new(), answers_lost: 0 };
        self.families.push(fresh);
        (self.access(family), self.issue(family))
    }

    pub(crate) fn refresh(&mut self, refresh: &str, now: Millis, dice: &mut Dice) -> Answer {
        let (family, child) = {
            let token = &self.tokens[refresh];
            let used = token.used.as_ref().map(|used| (used.first_at, used.child.clone()));
            (token.family, used)
        };
        if !self.families[family].alive {
            return Answer::InvalidGrant;
        }
        let rotates = match self.policy.rotation {
            Rotation::Always => true,
            Rotation::Never => false,
            _ => dice.chance(500),
        };
        let refresh = match (child, self.policy.replay) {
            (None, _) if rotates => {
                let child = self.issue(family);
                let used = Use { first_at: now, child: child.clone() };
                self.tokens.get_mut(refresh).unwrap().used = Some(used);
                Some(child)
            }
            (None, _) => None,
            (Some((at, _)), Replay::NewPair(grace)) if within(at, grace, now) => {
                Some(self.issue(family))
            }
            (Some((at, child)), Replay::SamePair(grace)) if within(at, grace, now) => Some(child),
            (Some(_), Replay::RejectOnly) => return Answer::InvalidGrant,
            (Some(_), _) => {
                self.families[family].alive = false;
                return Answer::InvalidGrant;
            }
        };
        if let Some(child) = &refresh
            && !self.families[family].unseen.contains(child)
        {
            self.families[family].unseen.push(child.clone());
        }
        Answer::Tokens { access: self.access(family), refresh }
    }

    pub(crate) fn revoke(&mut self, refresh: &str) {
        let family = self.tokens[refresh].family;
        self.families[family].alive = false;
    }

    /// A store has this refresh token.
    pub(crate) fn stored(&mut self, refresh: &str) {
        let family = self.tokens[refresh].family;
        self.families[family].unseen.retain(|unseen| unseen != refresh);
        self.families[family].answers_lost = 0;
    }

    pub(crate) fn family_of(&mut self, refresh: &str) -> &mut Family {
        let family = self.tokens[refresh].family;
        &mut self.families[family]
    }

    pub(crate) fn families(&self) -> &[Family] {
        &self.families
    }

    fn issue(&mut self, family: usize) -> String {
        let name = format!("rt-{}-{}", self.families[family].grant, self.tokens.len());
        self.tokens.insert(name.clone(), Token { family, used: None });
        name
    }

    fn access(&self, family: usize) -> String {
        format!("at-{}-{}", self.families[family].grant, self.tokens.len())
    }
}

fn within(first_at: Millis, grace: std::time::Duration, now: Millis) -> bool {
    u128::from(now - first_at) <= grace.as_millis()
}
