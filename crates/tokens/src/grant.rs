//! Names: of a grant, of one of its access tokens, of the process that works on it.

use std::fmt;

use tegata_core::scope::Scope;

/// Which grant: one user's consent, given to one client, at one provider.
///
/// Another subject is another grant and inherits nothing: a user who picks the other account in the
/// account chooser must not continue with the first one's refresh token.
///
/// ```
/// use tegata_tokens::GrantId;
///
/// let work = GrantId::new("https://op.example.com", "client-1", "user-7").with_label("work");
/// assert_ne!(work, GrantId::new("https://op.example.com", "client-1", "user-7"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId {
    issuer: String,
    client_id: String,
    subject: String,
    label: String,
}

impl GrantId {
    /// The grant of `subject` to `client_id` at `issuer`.
    ///
    /// Where there is no issuer identifier, the URL of the token endpoint serves. Where there is no
    /// identity (plain OAuth), the application's own name of the account serves as the subject.
    #[must_use]
    pub fn new(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        subject: impl Into<String>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            subject: subject.into(),
            label: String::new(),
        }
    }

    /// Sets it apart from other grants of the same user: "work", "backup".
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Who gave the tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whom the tokens were given to.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whose consent it is.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The application's own distinction; empty when it makes none.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// One text for the four, which no other four share: for the primary key of a table.
    #[must_use]
    pub fn key(&self) -> String {
        netstrings(&[&self.issuer, &self.client_id, &self.subject, &self.label])
    }
}

/// Whose grants: those of one client at one provider.
///
/// In a store that several clients share, each looks after its own: what was given to one client is
/// good at no other, and its refresh token is for no other server to see.
///
/// ```
/// use tegata_tokens::GrantId;
/// use tegata_tokens::grant::Whose;
///
/// let ours = Whose::new("client-1", ["https://op.example.com"]);
/// assert!(ours.contains(&GrantId::new("https://op.example.com", "client-1", "user-7")));
/// assert!(!ours.contains(&GrantId::new("https://op.example.com", "client-2", "user-7")));
/// assert!(!ours.contains(&GrantId::new("https://other.example.com", "client-1", "user-7")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Whose {
    client_id: String,
    issuers: Vec<String>,
}

impl Whose {
    /// The grants of `client_id` at the provider that goes by `issuers`: its issuer identifier, in
    /// every spelling, and the URL of its token endpoint, which serves where there is no issuer.
    #[must_use]
    pub fn new(
        client_id: impl Into<String>,
        issuers: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let issuers = issuers.into_iter().map(Into::into).collect();
        Self { client_id: client_id.into(), issuers }
    }

    /// Whether `grant` is among them.
    #[must_use]
    pub fn contains(&self, grant: &GrantId) -> bool {
        self.client_id == grant.client_id && self.issuers.contains(&grant.issuer)
    }

    /// The client: what an index of a store may go by.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The names of the provider.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.issuers.iter().map(String::as_str)
    }
}

/// Which of a grant's access tokens: the resource that it is for (RFC 8707) and the scope that it
/// is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessKey {
    resource: Option<String>,
    scope: Option<Vec<String>>,
}

impl AccessKey {
    /// The token for everything that was granted.
    #[must_use]
    pub fn whole() -> Self {
        Self::default()
    }

    /// The same, for one resource.
    #[must_use]
    pub fn with_resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// The same, narrowed to `scope`. The order of its tokens has no meaning.
    #[must_use]
    pub fn with_scope(mut self, scope: &Scope) -> Self {
        let mut tokens: Vec<_> = scope.iter().map(str::to_owned).collect();
        tokens.sort_unstable();
        self.scope = Some(tokens);
        self
    }

    /// The resource, when it is for one.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// The scope that it is narrowed to; `None`: everything that was granted.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        // The tokens came out of a `Scope`, so they go back into one.
        self.scope.as_ref().map(|tokens| Scope::parse(&tokens.join(" ")).unwrap_or_default())
    }

    /// One text for the key, which no other key shares.
    pub(crate) fn field(&self) -> String {
        let resource = self.resource.as_deref().map(|resource| netstrings(&[resource]));
        let scope = self.scope.as_ref().map(|scope| netstrings(&[&scope.join(" ")]));
        netstrings(&[&resource.unwrap_or_default(), &scope.unwrap_or_default()])
    }
}

/// Which process: unguessable, new with every start, so that nobody is taken for a predecessor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance(String);

impl Instance {
    /// Names this process `name`: [`unguessable`](tegata_core::random::unguessable) makes one.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `3:abc2:de`: texts in a row, so that no two rows look the same.
pub(crate) fn netstrings(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{}:{text}", text.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_grants_share_a_key() {
        let shifted = GrantId::new("a", "b1:c", "").key();
        assert_ne!(shifted, GrantId::new("a", "b", "c").key());
        assert_ne!(GrantId::new("", "ab", "").key(), GrantId::new("", "a", "b").key());
    }

    #[test]
    fn no_two_access_keys_share_a_field() {
        let scope = |text| Scope::parse(text).unwrap();
        let keys = [
            AccessKey::whole(),
            AccessKey::whole().with_resource("-"),
            AccessKey::whole().with_resource(""),
            AccessKey::whole().with_scope(&scope("")),
            AccessKey::whole().with_scope(&scope("-")),
            AccessKey::whole().with_scope(&scope("a")),
            AccessKey::whole().with_resource("a"),
            AccessKey::whole().with_resource("a").with_scope(&scope("a")),
        ];
        for (index, left) in keys.iter().enumerate() {
            for (other, right) in keys.iter().enumerate() {
                assert_eq!(left.field() == right.field(), index == other, "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn the_order_of_a_scope_has_no_meaning() {
        let key = |text| AccessKey::whole().with_scope(&Scope::parse(text).unwrap());
        assert_eq!(key("b a"), key("a b"));
        assert_eq!(key("b a").scope(), Some(Scope::parse("a b").unwrap()));
    }
}
