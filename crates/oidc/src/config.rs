//! What an application knows before it asks anybody: issuer, profile, registration.

use std::sync::Arc;

use tegata_core::client::Client;
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::http::HttpResponse;
use tegata_core::metadata::ServerMetadata;
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};
use tegata_core::url::{EndpointUrl, Issuer, RedirectUri};
use tegata_jose::algorithm::AllowedAlgorithms;
use tegata_jose::id_token::IdTokenRules;

use crate::keys::KeyFormat;
use crate::open::Decrypt;
use crate::profile::Profile;

/// The configuration of a relying party: one client at one provider.
///
/// ```
/// use tegata_core::client::{Client, ClientAuthentication};
/// use tegata_core::secret::ClientSecret;
/// use tegata_core::url::Issuer;
/// use tegata_oidc::config::Config;
/// use tegata_oidc::profile::Profile;
///
/// let client = Client::new("s6BhdRkqt3", ClientAuthentication::Basic(ClientSecret::new("7Fjf")));
/// let config = Config::new(Issuer::new("https://op.example.com")?, Profile::OPENID, client)
///     .with_redirect_uri("https://app.example.com/cb")?;
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) issuer: Issuer,
    pub(crate) profile: Profile,
    pub(crate) client: Client,
    pub(crate) redirect_uri: Option<RedirectUri>,
    pub(crate) metadata: Option<ServerMetadata>,
    pub(crate) keys: KeySource,
    pub(crate) rules: IdTokenRules,
    pub(crate) signed_user_info: Option<AllowedAlgorithms>,
    pub(crate) decrypt: Option<Arc<dyn Decrypt>>,
}

/// Where the keys of ID tokens come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySource {
    /// This address, in this form, whatever discovery says.
    At(EndpointUrl, KeyFormat),
    /// The client secret: ID tokens are signed with HS256, HS384 or HS512 (OpenID Connect Core
    /// §10.1), which must have been agreed on at registration.
    ClientSecret,
    /// The `jwks_uri` of discovery.
    #[default]
    Discovered,
}

impl Config {
    /// A client at the provider that `issuer` names and `profile` describes.
    #[must_use]
    pub fn new(issuer: Issuer, profile: Profile, client: Client) -> Self {
        let mut rules = IdTokenRules::new(issuer.as_str(), client.id())
            .with_algorithms(profile.id_token_algorithms);
        for other in profile.other_issuers {
            rules = rules.with_issuer(*other);
        }
        if let Some(window) = profile.issued_at_window {
            rules = rules.with_max_age_of_issue(window);
        }
        Self {
            issuer,
            client: client.with_basic_encoding(profile.basic_encoding),
            redirect_uri: None,
            metadata: None,
            keys: KeySource::default(),
            rules,
            signed_user_info: None,
            decrypt: None,
            profile,
        }
    }

    /// The redirect URI, exactly as it is registered: checked by the provider's own rules, here and
    /// now instead of in its console.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::RedirectUri`] with every rule that it breaks.
    pub fn with_redirect_uri(mut self, text: &str) -> Result<Self, Error> {
        self.redirect_uri = Some(RedirectUri::new_checked(text, &self.profile.redirect_rules)?);
        Ok(self)
    }

    /// A redirect URI that breaks the provider's rules as we know them.
    ///
    /// Dangerous: what two parsers read differently sends the code to whoever owns the other host.
    #[must_use]
    pub fn with_dangerous_unchecked_redirect_uri(mut self, text: &str) -> Self {
        self.redirect_uri = Some(RedirectUri::dangerous_unchecked(text));
        self
    }

    /// Metadata written by hand: discovery is not asked.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`] when it speaks for another issuer.
    pub fn with_metadata(mut self, metadata: ServerMetadata) -> Result<Self, Error> {
        if *metadata.issuer() != self.issuer {
            let fault = "it speaks for another issuer".to_owned();
            return Err(ApiMisuse::Configuration { what: "metadata", fault }.into());
        }
        self.metadata = Some(metadata);
        Ok(self)
    }

    /// Another source of keys than discovery.
    #[must_use]
    pub fn with_keys(mut self, keys: KeySource) -> Self {
        self.keys = keys;
        self
    }

    /// Changes what is demanded of ID tokens: algorithms, trusted audiences, leeway.
    ///
    /// ```
    /// # use tegata_core::{client::{Client, ClientAuthentication}, url::Issuer};
    /// # use tegata_oidc::{config::Config, profile::Profile};
    /// # let client = Client::new("web", ClientAuthentication::None);
    /// let config = Config::new(Issuer::new("https://op.example.com")?, Profile::OPENID, client)
    ///     .with_id_token_rules(|rules| rules.with_trusted_audience("https://api.example.com"));
    /// # Ok::<(), tegata_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_id_token_rules(
        mut self,
        change: impl FnOnce(IdTokenRules) -> IdTokenRules,
    ) -> Self {
        self.rules = change(self.rules);
        self
    }

    /// UserInfo is signed by one of these algorithms (`userinfo_signed_response_alg`) and by the same
    /// keys as ID tokens; an answer without a signature is refused. Without this, one with a
    /// signature has to fit the algorithms of ID tokens, and none is needed.
    #[must_use]
    pub const fn with_signed_user_info(mut self, algorithms: AllowedAlgorithms) -> Self {
        self.signed_user_info = Some(algorithms);
        self
    }

    /// The issuer.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Every name that the issuer goes by in ID tokens, its own first: some changed their spelling,
    /// some have one name for each tenant.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.issuer.as_str()).chain(self.rules.issuers())
    }

    /// The name under which users are kept whose ID tokens say `issuer`: the usual one, when that is
    /// another spelling of it. Google has two, and a user must not become two.
    #[must_use]
    pub fn usual_issuer<'i>(&'i self, issuer: &'i str) -> &'i str {
        if self.profile.other_issuers.contains(&issuer) { self.issuer.as_str() } else { issuer }
    }

    /// The provider's ways.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The redirect URI, when one is set.
    #[must_use]
    pub const fn redirect_uri(&self) -> Option<&RedirectUri> {
        self.redirect_uri.as_ref()
    }

    /// The client as it is registered.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Refuses `what` was kept of a sign-in when that began at another issuer or for another client.
    pub(crate) fn check_owner(
        &self,
        what: &'static str,
        issuer: &str,
        client_id: &str,
    ) -> Result<(), Error> {
        if issuer == self.issuer.as_str() && client_id == self.client.id() {
            return Ok(());
        }
        let fault = "it belongs to another issuer or client".to_owned();
        Err(ApiMisuse::Configuration { what, fault }.into())
    }

    /// The tokens of an answer to a request that was sent at `sent_at`.
    pub(crate) fn read_tokens(
        &self,
        response: &HttpResponse,
        sent_at: UnixTime,
    ) -> Result<TokenSet, Error> {
        let tokens = token::read(response, &self.profile.tolerance, sent_at)?;
        Ok(tokens.or_refresh_token_lifetime(self.profile.refresh_token_lifetime))
    }

    /// The hosts that the application itself named: the issuer's, and those of addresses written by
    /// hand. A transport may reach them even in a private network.
    #[must_use]
    pub fn named_hosts(&self) -> Vec<String> {
        let by_hand = self.metadata.iter().flat_map(|metadata| metadata.endpoints());
        let keys = match &self.keys {
            KeySource::At(url, _) => Some(url),
            _ => None,
        };
        let urls = by_hand.map(|(_, url)| url).chain(keys);
        let hosts = urls.filter_map(|url| url.as_url().host_str()).map(str::to_owned);
        std::iter::once(self.issuer.host().to_owned()).chain(hosts).collect()
    }
}
