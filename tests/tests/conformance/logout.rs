//! The end of a session, as every logout module of the suite goes through it: the client sends the
//! browser to the provider, and is told by a posted token, by a frame, and by the browser's return.

use std::sync::Arc;

use tegata_core::error::{Error, Fault, TokenFault, TokenKind};
use tegata_core::http::{Endpoint, HttpRequest};
use tegata_core::secret::State;
use tegata_oidc::logout::back_channel::{self, Logout};
use tegata_oidc::logout::front_channel::{self, FrontChannelLogout, Session};
use tegata_oidc::logout::{LogoutRequest, check_return};
use tegata_oidc::replay::SeenInMemory;
use tegata_oidc::sign_in::SignedIn;
use tegata_testkit::profile::Profile;
use tegata_testkit::{
    Client as Registered, CountingRandom, Endpoint as At, Fault as Misbehave, Landing,
};
use tegata_tests::verdict::Verdict;
use url::Url;

use super::stage::{Stage, Variant};

const BACK: &str = "https://app.example.com/back-channel?own=1";
const FRONT: &str = "https://app.example.com/front-channel?own=1";
const BYE: &str = "https://app.example.com/signed-out?own=1";

/// What the client registered beside its `post_logout_redirect_uri`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channels {
    Back,
    Both,
    Front,
}

impl Variant {
    /// The suite's provider, and a client that is told of the end of sessions.
    pub(crate) fn told_by(self, channels: Channels) -> Stage {
        let client = Registered::odd().post_logout_redirect_uri(BYE);
        let client = match channels {
            Channels::Back => client.backchannel_logout_uri(BACK),
            Channels::Both => client.backchannel_logout_uri(BACK).frontchannel_logout_uri(FRONT),
            Channels::Front => client.frontchannel_logout_uri(FRONT),
        };
        let client = client.frontchannel_logout_session_required();
        self.registered(Profile::CERTIFICATION, client, Registered::ODD_ID, |config| config)
    }
}

/// A session that the client ended, at the provider too.
pub(crate) struct Ended<'a> {
    stage: &'a Stage,
    signed_in: SignedIn,
    sent: State,
    landing: Landing,
}

/// Signs in and out again; the provider has these faults when the session ends.
pub(crate) fn sign_out(stage: &Stage, fault: Option<Misbehave>) -> Ended<'_> {
    let signed_in = stage.accepts();
    if let Some(fault) = fault {
        let _ = stage.provider.on(At::EndSession).once(fault);
    }
    let request = LogoutRequest::new().id_token_hint(signed_in.claims()).return_to(BYE).unwrap();
    let (request, sent) = request.with_state(&CountingRandom::new()).unwrap();
    let url = stage.client.logout_url(request).unwrap();
    let landing = stage.provider.browse(url.as_str());
    Ended { stage, signed_in, sent, landing }
}

/// The user signs out at the provider, and the client has no part in it.
pub(crate) fn signed_out_by_provider(stage: &Stage) -> Ended<'_> {
    let signed_in = stage.accepts();
    let landing = stage.provider.browse(&stage.provider.address(At::EndSession).unwrap());
    Ended { stage, signed_in, sent: State::new("none was sent"), landing }
}

impl Ended<'_> {
    /// The browser comes back with the state that was sent.
    pub(crate) fn comes_back(&self) {
        check_return(&self.returned(), &self.sent).unwrap();
    }

    /// It comes back with another state or none: nothing is done for it.
    pub(crate) fn comes_back_for_another(&self) {
        let verdict = Verdict::on(check_return(&self.returned(), &self.sent));
        assert_eq!(verdict, Verdict::Misbehaved(Endpoint::EndSession, Fault::State));
    }

    /// It does not come back: nobody asked for that.
    pub(crate) fn stays_at_the_provider(&self) {
        assert!(matches!(self.landing, Landing::Frames { url: None, .. }), "{:?}", self.landing);
    }

    fn returned(&self) -> String {
        let returned = Url::parse(self.landing.url()).unwrap();
        assert!(returned.as_str().starts_with(BYE));
        returned.query().unwrap().to_owned()
    }

    /// A frame names the session; the page in it may be framed, and is kept by nobody.
    pub(crate) fn is_framed(&self) {
        let Landing::Frames { frames, .. } = &self.landing else { panic!("{:?}", self.landing) };
        let [frame] = frames.as_slice() else { panic!("{} frames", frames.len()) };
        assert!(frame.starts_with(FRONT));
        let frame = Url::parse(frame).unwrap();
        let issuer = self.stage.client.relying_party().config().issuer().clone();
        let read = |query: &str| FrontChannelLogout::read(query, &issuer, Session::Required);
        let query = frame.query().unwrap();
        let logout = read(query).unwrap();
        assert!(logout.session_id().is_some() && logout.ends(self.signed_in.claims()));
        assert!(read(&query.replacen("iss=", "iss=x", 1)).is_err());
        let page = front_channel::answer();
        assert_eq!(page.status().as_u16(), 200);
        assert_eq!(page.headers()["cache-control"], "no-store");
        assert!(!page.headers().contains_key("x-frame-options"));
        assert!(!page.headers().contains_key("content-security-policy"));
    }

    /// A posted token names the session, and is answered with 200.
    pub(crate) fn is_told(&self) {
        let (logout, claims) = (self.receive().unwrap(), self.signed_in.claims());
        let token = logout.token();
        assert_eq!(token.issuer(), claims.issuer());
        assert_eq!(token.subject(), Some(claims.subject()));
        assert!(token.session_id().is_some() && token.session_id() == claims.session_id());
        assert!(answers(Ok(logout), 200).is_ok());
    }

    /// The posted token breaks this rule, and is answered with 400.
    pub(crate) fn is_not_told(&self, rule: TokenFault) {
        let verdict = Verdict::on(answers(self.receive(), 400));
        assert_eq!(verdict, Verdict::InvalidToken(TokenKind::LogoutToken, rule));
    }

    fn receive(&self) -> Result<Logout, Error> {
        let requests = self.stage.provider.take_logout_requests();
        let [request]: [HttpRequest; 1] = requests.try_into().unwrap();
        assert_eq!(request.uri(), BACK);
        let seen = Arc::new(SeenInMemory::new());
        self.stage.client.receive_logout(&request, seen)
    }
}

/// What the application answers, after it ended the sessions.
fn answers(received: Result<Logout, Error>, status: u16) -> Result<back_channel::Ended, Error> {
    let ended = received.map(Logout::ended);
    let answer = back_channel::answer(&ended);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.status().as_u16(), status);
    ended
}
