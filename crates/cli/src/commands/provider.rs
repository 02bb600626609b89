//! `tegata provider`: the fake provider by itself, for any program to sign in to.

use clap::Args;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Endpoint, FakeProvider, Fault};

use crate::Failure;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How it behaves: openid, google, yahoo-japan or yahoo
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

    /// Misbehave at every answer of an endpoint, such as id-token faults at `token` (repeatable)
    #[arg(long = "fault", value_name = "ENDPOINT=FAULT", value_parser = fault)]
    faults: Vec<(Endpoint, Fault)>,

    /// Agree to everything without showing the login page
    #[arg(long)]
    no_login_page: bool,
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
        let uris = &arguments.redirect_uris;
        builder = builder.client(uris.iter().fold(client, |client, uri| client.redirect_uri(uri)));
    }
    let provider = builder.build();
    for (endpoint, fault) in &arguments.faults {
        provider.on(*endpoint).always(*fault);
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
    Profile::parse(name).ok_or_else(|| "one of openid, google, yahoo-japan, yahoo".to_owned())
}

fn fault(text: &str) -> Result<(Endpoint, Fault), String> {
    let (endpoint, fault) = text.split_once('=').ok_or("write ENDPOINT=FAULT")?;
    let known = |names: Vec<&str>| format!("one of {}", names.join(", "));
    let endpoint = Endpoint::ALL
        .iter()
        .find(|known| known.as_str() == endpoint)
        .ok_or_else(|| known(Endpoint::ALL.iter().map(|endpoint| endpoint.as_str()).collect()))?;
    let fault = Fault::parse(fault)
        .ok_or_else(|| known(Fault::ALL.iter().map(|fault| fault.as_str()).collect()))?;
    Ok((*endpoint, fault))
}
