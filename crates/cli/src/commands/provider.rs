//! `tegata provider`: the fake provider by itself, for any program to sign in to.

use clap::Args;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Endpoint, FakeProvider, Fault};

use crate::Failure;

#[derive(Debug, Args)]
#[command(after_long_help = catalogue())]
pub(crate) struct Arguments {
    /// How it behaves: openid, google, yahoo-japan, yahoo or certification
    #[arg(long, default_value = "openid", value_parser = profile)]
    profile: Profile,

    /// The port to listen on, at 127.0.0.1; 0 takes one that is free
    #[arg(long, default_value_t = 9000)]
    port: u16,

    /// Register a client with this identifier
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// The secret of that client; without one it is a public client
    #[arg(long, value_name = "SECRET", requires = "client_id")]
    client_secret: Option<String>,

    /// A redirect URI of that client (repeatable)
    #[arg(long = "redirect-uri", value_name = "URI", requires = "client_id")]
    redirect_uris: Vec<String>,

    /// Where that client's browser may go after signing out (repeatable)
    #[arg(long = "post-logout-redirect-uri", value_name = "URI", requires = "client_id")]
    post_logout_redirect_uris: Vec<String>,

    /// Where that client is told of the end of a session by a posted logout token
    #[arg(long, value_name = "URI", requires = "client_id", value_parser = uri)]
    backchannel_logout_uri: Option<String>,

    /// Where that client is told of the end of a session by a frame, with iss and sid
    #[arg(long, value_name = "URI", requires = "client_id", value_parser = uri)]
    frontchannel_logout_uri: Option<String>,

    /// Misbehave at every answer, wherever it shows or at one endpoint: nonce-invalid,
    /// jwks=unavailable (repeatable; --help lists them all)
    #[arg(long = "fault", value_name = "[ENDPOINT=]FAULT", value_parser = fault)]
    faults: Vec<(Option<Endpoint>, Fault)>,

    /// Agree to everything without showing the login page
    #[arg(long)]
    no_login_page: bool,
}

impl Arguments {
    /// The client with every address that was given.
    fn register(&self, client: Client) -> Client {
        let uris = self.redirect_uris.iter();
        let mut client = uris.fold(client, |client, uri| client.redirect_uri(uri));
        for uri in &self.post_logout_redirect_uris {
            client = client.post_logout_redirect_uri(uri);
        }
        if let Some(uri) = &self.backchannel_logout_uri {
            client = client.backchannel_logout_uri(uri);
        }
        match &self.frontchannel_logout_uri {
            Some(uri) => client.frontchannel_logout_uri(uri).frontchannel_logout_session_required(),
            None => client,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let mut builder = FakeProvider::builder(arguments.profile.clone());
    if !arguments.no_login_page {
        builder = builder.interactive();
    }
    if let Some(id) = &arguments.client_id {
        let client = match &arguments.client_secret {
            Some(secret) => Client::confidential(id, secret),
            None => Client::public(id),
        };
        builder = builder.client(arguments.register(client));
    }
    let provider = builder.build();
    for (endpoint, fault) in &arguments.faults {
        match endpoint {
            Some(endpoint) => drop(provider.on(*endpoint).always(*fault)),
            None => provider.misbehave(*fault),
        }
    }
    let server = provider
        .serve_at(arguments.port)
        .map_err(Failure::io(format!("the provider cannot listen at port {}", arguments.port)))?;
    anstream::println!("issuer         {}", provider.issuer());
    anstream::println!(
        "client         {} / {}\n  redirect to  {}  or  {} with any port",
        Client::DEFAULT_ID,
        Client::DEFAULT_SECRET,
        Client::DEFAULT_REDIRECT_URI,
        Client::LOOPBACK_REDIRECT_URI,
    );
    if let Some(id) = &arguments.client_id {
        anstream::println!("client         {id}");
    }
    anstream::println!("stop           Ctrl-C");
    server.wait();
    Ok(true)
}

pub(crate) fn profile(name: &str) -> Result<Profile, String> {
    Profile::parse(name)
        .ok_or_else(|| "one of openid, google, yahoo-japan, yahoo, certification".to_owned())
}

fn uri(text: &str) -> Result<String, String> {
    let uri: http::Uri = text.parse().map_err(|_| "no URI")?;
    uri.scheme().map(|_| text.to_owned()).ok_or_else(|| "no whole URI: https://…".to_owned())
}

fn fault(text: &str) -> Result<(Option<Endpoint>, Fault), String> {
    let known = |names: Vec<&str>| format!("one of {}", names.join(", "));
    let Some((endpoint, fault)) = text.split_once('=') else {
        let all = || known(Fault::ALL.iter().map(|fault| fault.as_str()).collect());
        return Fault::parse(text).map(|fault| (None, fault)).ok_or_else(all);
    };
    let endpoint = Endpoint::ALL
        .iter()
        .find(|known| known.as_str() == endpoint)
        .ok_or_else(|| known(Endpoint::ALL.iter().map(|endpoint| endpoint.as_str()).collect()))?;
    let fault = Fault::parse(fault)
        .filter(|fault| fault.place().is_at(*endpoint))
        .ok_or_else(|| known(faults_at(*endpoint).map(Fault::as_str).collect()))?;
    Ok((Some(*endpoint), fault))
}

fn faults_at(endpoint: Endpoint) -> impl Iterator<Item = Fault> {
    Fault::ALL.iter().copied().filter(move |fault| fault.place().is_at(endpoint))
}

/// The faults by the part of the answers that they change, and where that part is, for the help.
fn catalogue() -> String {
    let mut text = "Endpoints and faults:".to_owned();
    for group in Fault::ALL.chunk_by(|one, next| one.place() == next.place()) {
        let Some(place) = group.first().map(|fault| fault.place()) else { continue };
        let endpoints = Endpoint::ALL.iter().filter(|endpoint| place.is_at(**endpoint));
        let endpoints: Vec<_> = endpoints.map(|endpoint| endpoint.as_str()).collect();
        let faults: Vec<_> = group.iter().map(|fault| fault.as_str()).collect();
        text.push_str(&format!("\n  {}\n    {}", endpoints.join(", "), faults.join(" ")));
    }
    text
}
