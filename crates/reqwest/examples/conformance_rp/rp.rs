//! The application: requests of browsers and of the provider in, answers out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use tegata_core::authorize::{Prompt, ResponseMode, ResponseType};
use tegata_core::client::{Client as Registered, ClientAuthentication};
use tegata_core::error::ApiMisuse;
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::random::unguessable;
use tegata_core::secret::{ClientSecret, State};
use tegata_core::url::Issuer;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_oidc::fragment_page::{self, FragmentPage};
use tegata_oidc::initiate::InitiatedSignIn;
use tegata_oidc::logout::front_channel::{self, FrontChannelLogout, Session};
use tegata_oidc::logout::{LogoutRequest, back_channel, check_return};
use tegata_oidc::profile::Profile;
use tegata_oidc::replay::SeenInMemory;
use tegata_oidc::session::check_session_page;
use tegata_reqwest::{
    Callback, Client, Config, Error, OsRandom, PendingSignIn, SignInRequest, SignedIn,
    TransportOptions,
};
use url::Url;

use crate::modules::Plan;

/// What the environment says.
pub(crate) struct Settings {
    pub(crate) origin: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: ClientSecret,
    pub(crate) algorithm: Algorithm,
    pub(crate) response_type: ResponseType,
    pub(crate) response_mode: Option<ResponseMode>,
    pub(crate) options: TransportOptions,
}

pub(crate) struct RelyingParty {
    settings: Settings,
    issuer: Issuer,
    seen: Arc<SeenInMemory>,
    tester: Mutex<Tester>,
}

/// The one browser that comes here, and how far it is.
#[derive(Default)]
struct Tester {
    client: Option<Client>,
    begun: Option<(PendingSignIn, Plan)>,
    session: Option<SignedIn>,
    leaving: Option<State>,
}

impl RelyingParty {
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let issuer = Issuer::new(&settings.issuer)?;
        Ok(Self { settings, issuer, seen: Arc::default(), tester: Mutex::default() })
    }

    /// Answers one request. What goes wrong is what most tests are about: the page says it.
    pub(crate) async fn answer(&self, request: HttpRequest) -> HttpResponse {
        let answer = self.route(&request).await.unwrap_or_else(|error| refused(&error));
        println!("{} {} {}", request.method(), request.uri().path(), answer.status());
        answer
    }

    async fn route(&self, request: &HttpRequest) -> Result<HttpResponse, Error> {
        let query = request.uri().query().unwrap_or_default();
        let path = request.uri().path().trim_start_matches('/');
        match (request.method(), path) {
            (&Method::GET, "") => Ok(page(StatusCode::OK, "<p>Open the address of a test.</p>")),
            (&Method::GET, "callback") => self.returned(query).await,
            (&Method::POST, "callback") => self.posted(request.body()).await,
            (&Method::GET, "initiate") => self.initiated(query).await,
            (&Method::GET, "logout") => self.sign_out().await,
            (&Method::GET, "signed-out") => self.signed_out(query),
            (&Method::GET, "front-channel-logout") => self.framed(query),
            (&Method::POST, "back-channel-logout") => self.told(request).await,
            (&Method::GET, "session") => self.watch().await,
            (&Method::GET, "session-changed") => {
                let silently = self.request()?.prompt(&[Prompt::None])?;
                self.start(self.client()?, silently, Plan::SignIn).await
            }
            (&Method::GET, module) => match Plan::of(module) {
                Some(plan) => self.begin(plan).await,
                None => Ok(page(StatusCode::NOT_FOUND, "<p>There is no such test.</p>")),
            },
            _ => Ok(page(StatusCode::METHOD_NOT_ALLOWED, "<p>Not in this way.</p>")),
        }
    }

    /// A test begins. Each has a client of its own, because the suite has new keys for each.
    async fn begin(&self, plan: Plan) -> Result<HttpResponse, Error> {
        let request = self.request()?;
        let request = match plan {
            Plan::Refresh => request.offline(),
            Plan::Silently => request.prompt(&[Prompt::None])?.max_age(Duration::ZERO),
            Plan::SignIn | Plan::SignOut | Plan::Watch => request,
        };
        self.start(self.new_client()?, request, plan).await
    }

    /// Another site begins it, which decides nothing but that (OpenID Connect Core §4).
    async fn initiated(&self, query: &str) -> Result<HttpResponse, Error> {
        let known = [self.issuer.clone()];
        let wish = InitiatedSignIn::read(query, &known, &self.settings.origin)?;
        self.start(self.new_client()?, self.asking(wish.request())?, Plan::SignIn).await
    }

    async fn start(
        &self,
        client: Client,
        request: SignInRequest,
        plan: Plan,
    ) -> Result<HttpResponse, Error> {
        let (url, pending) = client.start(request).await?;
        let mut tester = self.tester();
        tester.client = Some(client);
        tester.begun = Some((pending, plan));
        Ok(redirect(&url))
    }

    /// The answer is in the query; or in the fragment, for which this page posts it.
    async fn returned(&self, query: &str) -> Result<HttpResponse, Error> {
        if query.is_empty() {
            return Ok(FragmentPage::new().response());
        }
        self.finish(Callback::from_query(query)?).await
    }

    async fn posted(&self, body: &[u8]) -> Result<HttpResponse, Error> {
        let callback = match self.settings.response_mode {
            Some(ResponseMode::FormPost) => Callback::from_form_post(body)?,
            _ => fragment_page::callback(body)?,
        };
        self.finish(callback).await
    }

    async fn finish(&self, callback: Callback) -> Result<HttpResponse, Error> {
        let begun = self.tester().begun.take();
        let (pending, plan) = begun.ok_or(ApiMisuse::Required("a sign-in that was begun"))?;
        let client = self.client()?;
        let signed_in = client.finish(pending, callback).await?;
        let claims = signed_in.claims();
        if let Some(tokens) = signed_in.tokens() {
            if plan == Plan::Refresh {
                let refreshed = client.refresh(tokens, Some(&claims.as_first())).await?;
                if let Err(error) = refreshed.id_token() {
                    return Ok(refused(error));
                }
                client.user_info(refreshed.tokens(), claims).await?;
            } else {
                client.user_info(tokens, claims).await?;
            }
        }
        let content = format!("<p>Signed in: {}</p>", escape(&claims.subject()));
        self.tester().session = Some(signed_in);
        Ok(match plan {
            Plan::SignOut => redirect(&self.at("logout")?),
            Plan::Watch => page(StatusCode::OK, &format!("{content}{WATCHING}")),
            _ => page(StatusCode::OK, &content),
        })
    }

    /// The session ends here first, and then at the provider.
    async fn sign_out(&self) -> Result<HttpResponse, Error> {
        let session = self.tester().session.take();
        let signed_in = session.ok_or(ApiMisuse::Required("a session"))?;
        let request = LogoutRequest::new().id_token_hint(signed_in.claims());
        let request = request.return_to(self.at("signed-out")?.as_str())?;
        let (request, state) = request.with_state(&OsRandom::new())?;
        self.tester().leaving = Some(state);
        Ok(redirect(&self.client()?.logout_url(request).await?))
    }

    fn signed_out(&self, query: &str) -> Result<HttpResponse, Error> {
        let leaving = self.tester().leaving.take();
        check_return(query, &leaving.ok_or(ApiMisuse::Required("a logout"))?)?;
        Ok(page(StatusCode::OK, "<p>Signed out.</p>"))
    }

    /// The provider's page loads this in a frame.
    fn framed(&self, query: &str) -> Result<HttpResponse, Error> {
        let logout = FrontChannelLogout::read(query, &self.issuer, Session::Required)?;
        self.tester().session.take_if(|session| logout.ends(session.claims()));
        Ok(front_channel::answer())
    }

    /// The provider posts a token.
    async fn told(&self, request: &HttpRequest) -> Result<HttpResponse, Error> {
        let told = self.client()?.receive_logout(request, self.seen.clone()).await;
        let ended = told.map(|logout| {
            let ends = |session: &mut SignedIn| logout.token().ends(session.claims());
            self.tester().session.take_if(ends);
            logout.ended()
        });
        if let Err(error) = &ended {
            println!("refused: {error}");
        }
        Ok(back_channel::answer(&ended))
    }

    /// The page that asks the provider's frame whether the session is still the same.
    async fn watch(&self) -> Result<HttpResponse, Error> {
        let metadata = self.client()?.metadata().await?;
        let frame = metadata.endpoint("check_session_iframe");
        let frame = frame.ok_or(ApiMisuse::Unsupported("the provider has no such frame"))?;
        let session_state = self
            .tester()
            .session
            .as_ref()
            .and_then(|session| Some(session.session_state()?.to_owned()));
        let session_state = session_state.ok_or(ApiMisuse::Required("a session_state"))?;
        let nonce = unguessable(&OsRandom::new())?;
        let id = &self.settings.client_id;
        let html = check_session_page(frame, id, &session_state, 2, &nonce)?;
        let origin = frame.as_url().origin().ascii_serialization();
        let policy = format!("default-src 'none'; script-src 'nonce-{nonce}'; frame-src {origin}");
        Ok(html_page(StatusCode::OK, html, &policy))
    }

    fn new_client(&self) -> Result<Client, Error> {
        let settings = &self.settings;
        let authentication = ClientAuthentication::Basic(settings.client_secret.clone());
        let registered = Registered::new(&settings.client_id, authentication);
        let algorithms = AllowedAlgorithms::of(&[settings.algorithm]);
        let config = Config::new(self.issuer.clone(), Profile::OPENID, registered)
            .with_id_token_rules(|rules| rules.with_algorithms(algorithms))
            .with_redirect_uri(self.at("callback")?.as_str())?;
        Client::builder(config).transport_options(settings.options.clone()).build()
    }

    fn request(&self) -> Result<SignInRequest, Error> {
        self.asking(SignInRequest::new())
    }

    /// The variant under test.
    fn asking(&self, request: SignInRequest) -> Result<SignInRequest, Error> {
        let request = request.scope("openid profile email")?;
        let request = request.response_type(self.settings.response_type);
        Ok(match self.settings.response_mode {
            Some(mode) => request.response_mode(mode),
            None => request,
        })
    }

    fn client(&self) -> Result<Client, Error> {
        Ok(self.tester().client.clone().ok_or(ApiMisuse::Required("a test that was begun"))?)
    }

    fn at(&self, path: &str) -> Result<Url, Error> {
        let text = format!("{}/{path}", self.settings.origin);
        Url::parse(&text).map_err(|_| ApiMisuse::Required("an origin such as https://…").into())
    }

    fn tester(&self) -> MutexGuard<'_, Tester> {
        self.tester.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a page shows while it watches the session: the application's own script goes on when the
/// frame says so.
const WATCHING: &str = "<p><a href=\"/logout\" target=\"_blank\">Sign out</a></p>\
    <iframe src=\"/session\" hidden></iframe>\
    <script>addEventListener('message',(event)=>{\
    if(event.origin===location.origin&&event.data==='changed')location='/session-changed';});\
    </script>";

fn refused(error: &Error) -> HttpResponse {
    println!("refused: {error}");
    page(StatusCode::BAD_REQUEST, &format!("<p>Refused: {}</p>", escape(error)))
}

fn page(status: StatusCode, content: &str) -> HttpResponse {
    let html = format!("<!doctype html><meta charset=utf-8><title>Test</title>{content}");
    html_page(status, html, "default-src 'none'; frame-src 'self'; script-src 'unsafe-inline'")
}

fn html_page(status: StatusCode, html: String, policy: &str) -> HttpResponse {
    let mut response = HttpResponse::new(html.into_bytes());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(HeaderValue::from_str(policy).map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    response
}

fn redirect(url: &Url) -> HttpResponse {
    let mut response = HttpResponse::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().extend(HeaderValue::from_str(url.as_str()).map(|url| (LOCATION, url)));
    response
}

fn escape(text: &impl ToString) -> String {
    text.to_string().replace('&', "&amp;").replace('<', "&lt;")
}
