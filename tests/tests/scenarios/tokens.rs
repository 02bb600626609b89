//! Keeping tokens: one refresh for all callers, nothing lost, nothing brought back.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::Duration;

use tegata_core::error::{ErrorCode, TransportError};
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::time::UnixTime;
use tegata_oidc::Config;
use tegata_oidc::sign_in::SignedIn;
use tegata_testkit::profile::{Profile, RefreshPolicy as Refreshing};
use tegata_testkit::{Client as Registered, Endpoint, FakeProvider, Fault};
use tegata_tests::fake;
use tegata_tokens::change::{Change, Outcome};
use tegata_tokens::error::CallError;
use tegata_tokens::event::{Event, EventKind};
use tegata_tokens::grant::{Instance, Whose};
use tegata_tokens::record::Record;
use tegata_tokens::store::{MemoryStore, Peer, StoreError, StoreFault};
use tegata_tokens::vault::Vault;
use tegata_tokens::{Error, GrantId, RefreshPolicy, TokenStore};

use super::Tokens;
use super::backend;
use super::stage::{Stage, request};

const NOW: Duration = Duration::ZERO;
const LIFE: u64 = 3600;

/// A provider that rotates, and ends the grant when a refresh token comes twice.
fn strict() -> Profile {
    let mut profile = Profile::OPENID;
    profile.refresh_policy = Refreshing::Rotate;
    profile
}

fn kept(stage: &Stage, store: impl TokenStore + 'static) -> Tokens {
    let signed_in = stage.signed_in();
    Tokens::keep(&stage.client, Arc::new(store), RefreshPolicy::UNKNOWN, |_, _| true, &signed_in)
        .unwrap()
}

fn refreshes(stage: &Stage) -> usize {
    let asked = stage.provider.requests();
    asked
        .iter()
        .filter(|seen| seen.parameter("grant_type").as_deref() == Some("refresh_token"))
        .count()
}

#[test]
fn a_token_at_hand_costs_no_request() {
    let stage = Stage::direct(strict());
    let tokens = kept(&stage, MemoryStore::new());
    let sent = stage.sent();
    let first = tokens.token(NOW).unwrap();
    assert_eq!(tokens.token(Duration::from_secs(60)).unwrap(), first);
    assert_eq!(stage.sent(), sent);
}

#[test]
fn another_spelling_of_the_issuer_is_the_same_grant() {
    let stage = Stage::configured(strict(), |config, _| {
        let other_issuers = &["https://op.example.com1"];
        let profile = tegata_oidc::profile::Profile { other_issuers, ..*config.profile() };
        let other = Config::new(config.issuer().clone(), profile, config.client().clone());
        other.with_redirect_uri(Registered::DEFAULT_REDIRECT_URI).unwrap()
    });
    let (sender, told) = mpsc::channel();
    let grants = [None, Some(Fault::IssMismatch)].map(|fault| {
        let fault = fault.map(|fault| stage.provider.on(Endpoint::Token).once(fault));
        let signed_in = stage.signed_in();
        assert_eq!(signed_in.claims().issuer().ends_with('1'), fault.is_some());
        let sender = sender.clone();
        let listener = move |grant: &GrantId, _: &_| sender.send(grant.clone()).is_ok();
        let (store, policy) = (Arc::new(MemoryStore::new()), RefreshPolicy::UNKNOWN);
        Tokens::keep(&stage.client, store, policy, listener, &signed_in).unwrap();
        told.recv_timeout(Duration::from_secs(60)).unwrap()
    });
    assert_eq!(grants[0], grants[1]);
}

#[test]
fn a_thousand_callers_cause_one_refresh() {
    let stage = Stage::direct(strict());
    let tokens = kept(&stage, MemoryStore::new());
    let old = tokens.token(NOW).unwrap();
    stage.wait(LIFE);
    let all = tokens.tokens_at_once(1000);
    let new = tokens.token(NOW).unwrap();
    assert_ne!(new, old);
    assert_eq!(all.len(), 1000);
    assert!(all.into_iter().all(|token| token.unwrap() == new));
    assert_eq!(refreshes(&stage), 1);
}

#[test]
fn a_grant_lives_through_fifty_rotations() {
    let stage = Stage::direct(strict());
    let tokens = kept(&stage, MemoryStore::new());
    for round in 1..=50 {
        stage.wait(LIFE);
        tokens.token(NOW).unwrap();
        assert!(tokens.drain(Duration::from_secs(10)));
        assert_eq!(refreshes(&stage), round);
    }
}

#[test]
fn an_ageing_token_is_served_while_the_next_is_fetched() {
    let stage = Stage::direct(strict());
    let tokens = kept(&stage, MemoryStore::new());
    let old = tokens.token(NOW).unwrap();
    stage.wait(LIFE - 60);
    assert_eq!(tokens.token(NOW).unwrap(), old);
    assert!(tokens.drain(Duration::from_secs(10)));
    assert_ne!(tokens.token(NOW).unwrap(), old);
    assert_eq!(refreshes(&stage), 1);
}

#[test]
fn what_a_caller_needs_longer_is_fetched_before_it_is_old() {
    let stage = Stage::direct(strict());
    let tokens = kept(&stage, MemoryStore::new());
    let old = tokens.token(NOW).unwrap();
    stage.wait(LIFE / 2);
    assert_ne!(tokens.token(Duration::from_secs(LIFE * 3 / 4)).unwrap(), old);
}

#[test]
fn a_caller_who_gives_up_loses_nothing() {
    let provider = fake::provider(strict());
    let (gate, transport) = gated(&provider);
    let (config, clock) = (fake::config(&provider).unwrap(), provider.clock());
    let client = backend::client_through(config, clock, transport).unwrap();
    let stage = Stage::of(client, provider);
    let tokens = kept(&stage, MemoryStore::new());
    for round in 1..=5 {
        stage.wait(LIFE);
        gate.close();
        tokens.ask_and_give_up();
        gate.wait_for_a_refresh();
        gate.open();
        assert!(tokens.drain(Duration::from_secs(10)));
        tokens.token(NOW).unwrap();
        assert_eq!(refreshes(&stage), round);
    }
}

#[test]
fn a_store_that_fails_spends_no_refresh_token() {
    let stage = Stage::direct(strict());
    let store = Arc::new(Failing::default());
    let tokens = kept(&stage, Shared(Arc::clone(&store)));
    stage.wait(LIFE);
    store.fails.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert!(matches!(tokens.token(NOW), Err(Error::Store(_))));
    }
    assert_eq!(refreshes(&stage), 0);
    store.fails.store(false, Ordering::SeqCst);
    tokens.token(NOW).unwrap();
    assert_eq!(refreshes(&stage), 1);
}

#[test]
fn a_dead_grant_is_remembered_and_nobody_asks_again() {
    let stage = Stage::direct(strict());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let listener = move |_: &GrantId, event: &Event| {
        hears.lock().unwrap().push(event.kind);
        true
    };
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    let signed_in = stage.signed_in();
    let policy = RefreshPolicy::UNKNOWN;
    let tokens = Tokens::keep(&stage.client, store, policy, listener, &signed_in).unwrap();
    // Somebody else spends the refresh token, twice: the provider ends the grant.
    let stolen = signed_in.tokens().unwrap();
    stage.client.refresh(stolen, None).unwrap();
    stage.client.refresh(stolen, None).unwrap_err();
    let before = refreshes(&stage);
    stage.wait(LIFE);
    for _ in 0..10 {
        assert!(matches!(tokens.token(NOW), Err(Error::NeedsConsent)));
    }
    assert_eq!(refreshes(&stage), before + 1);
    assert!(tokens.drain(Duration::from_secs(10)));
    assert!(heard.lock().unwrap().contains(&EventKind::NeedsConsent));
}

#[test]
fn a_second_sign_in_without_a_refresh_token_keeps_the_first_one() {
    let stage = Stage::direct(Profile::GOOGLE);
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    let keep = |signed_in: &SignedIn| {
        let policy = RefreshPolicy::GOOGLE;
        Tokens::keep(&stage.client, Arc::clone(&store), policy, |_, _| true, signed_in).unwrap()
    };
    keep(&stage.signed_in());
    let again = stage.signed_in();
    assert!(again.tokens().unwrap().refresh_token().is_none());
    let tokens = keep(&again);
    stage.wait(LIFE);
    tokens.token(NOW).unwrap();
}

#[test]
fn a_revoked_grant_stays_revoked() {
    let stage = Stage::direct(strict());
    let tokens = kept(&stage, MemoryStore::new());
    tokens.revoke().unwrap();
    assert!(matches!(tokens.token(NOW), Err(Error::Revoked)));
    stage.wait(LIFE);
    assert!(matches!(tokens.token(NOW), Err(Error::Revoked)));
    assert_eq!(stage.provider.count(Endpoint::Revocation), 1);
}

#[test]
fn revocation_wins_against_a_racing_refresh() {
    for _ in 0..50 {
        let stage = Stage::direct(strict());
        let tokens = kept(&stage, MemoryStore::new());
        stage.wait(LIFE);
        tokens.ask_and_give_up();
        tokens.revoke().unwrap();
        assert!(tokens.drain(Duration::from_secs(10)));
        assert!(matches!(tokens.token(NOW), Err(Error::Revoked)));
    }
}

#[test]
fn a_client_tends_its_own_grants_and_nobody_else_s() {
    let stage = Stage::direct(strict());
    let (store, signed_in) = (Arc::new(MemoryStore::new()), stage.signed_in());
    // What the listener does not take is due.
    let refuse = |_: &GrantId, _: &Event| false;
    let tokens =
        Tokens::keep(&stage.client, store, RefreshPolicy::UNKNOWN, refuse, &signed_in).unwrap();
    assert_eq!(tokens.tend().unwrap(), 1);
    let theirs = GrantId::new("https://another.example", "another client", "subject");
    tokens.keep_as(theirs, signed_in.tokens().unwrap()).unwrap();
    assert_eq!(tokens.tend().unwrap(), 1);
    // Where there is no issuer, the URL of the token endpoint names the provider.
    let endpoint = format!("{}/token", stage.provider.issuer());
    let ours = GrantId::new(endpoint, Registered::DEFAULT_ID, "subject");
    tokens.keep_as(ours, signed_in.tokens().unwrap()).unwrap();
    assert_eq!(tokens.tend().unwrap(), 2);
}

#[test]
fn a_call_that_the_api_refuses_is_made_again_with_a_new_token() {
    let stage = Stage::direct(strict());
    let tokens = kept(&stage, MemoryStore::new());
    stage.provider.on(Endpoint::Api).respond_once(refusal());
    assert_eq!(tokens.call(stage.api_request()).unwrap().status(), 200);
    assert_eq!(refreshes(&stage), 1);
}

#[test]
fn an_api_that_refuses_every_token_causes_one_refresh() {
    let stage = Stage::direct(strict());
    let tokens = kept(&stage, MemoryStore::new());
    for _ in 0..20 {
        stage.provider.on(Endpoint::Api).respond_once(refusal());
    }
    for _ in 0..5 {
        match tokens.call(stage.api_request()) {
            Err(CallError::Api(error)) => {
                assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refreshes(&stage), 1);
    stage.provider.forget_script();
}

#[test]
fn another_account_is_another_grant() {
    let stage = Stage::direct(strict());
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    let keep = |signed_in: &SignedIn| {
        let policy = RefreshPolicy::UNKNOWN;
        Tokens::keep(&stage.client, Arc::clone(&store), policy, |_, _| true, signed_in).unwrap()
    };
    let alice = keep(&stage.signed_in());
    let decision = tegata_testkit::Decision::approve().user("bob");
    stage.provider.consent(decision);
    let bob = keep(&stage.sign_in(request().offline()).unwrap());
    assert_ne!(alice.token(NOW).unwrap(), bob.token(NOW).unwrap());
    alice.revoke().unwrap();
    bob.token(NOW).unwrap();
}

/// How an API says that it does not take a token.
fn refusal() -> HttpResponse {
    let response = http::Response::builder().status(401);
    let challenge = "Bearer error=\"invalid_token\"";
    response.header("www-authenticate", challenge).body(Vec::new()).unwrap()
}

/// Holds token requests up between the server and the client.
#[derive(Default)]
struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
    arrived: AtomicUsize,
}

impl Gate {
    fn close(&self) {
        self.arrived.store(0, Ordering::SeqCst);
        *self.closed.lock().unwrap() = true;
    }

    fn open(&self) {
        *self.closed.lock().unwrap() = false;
        self.opened.notify_all();
    }

    fn pass(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        drop(self.opened.wait_while(self.closed.lock().unwrap(), |closed| *closed).unwrap());
    }

    fn wait_for_a_refresh(&self) {
        while self.arrived.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
    }
}

/// The provider has answered, and the answer is on its way until the gate opens.
fn gated(
    provider: &FakeProvider,
) -> (Arc<Gate>, impl Fn(HttpRequest) -> Result<HttpResponse, TransportError> + Send + Sync + 'static)
{
    let gate = Arc::new(Gate::default());
    let (holds, transport) = (Arc::clone(&gate), provider.transport());
    let token_endpoint = provider.address(Endpoint::Token).unwrap();
    let exchange = move |request: HttpRequest| {
        let held = request.uri().to_string() == token_endpoint;
        let answer = transport(request);
        if held {
            holds.pass();
        }
        answer
    };
    (gate, exchange)
}

/// A store in memory whose writes can be made to fail.
#[derive(Default)]
struct Failing {
    store: MemoryStore,
    fails: AtomicBool,
}

struct Shared(Arc<Failing>);

impl TokenStore for Shared {
    fn apply(
        &self,
        grant: &GrantId,
        change: &Change,
        now: UnixTime,
    ) -> Result<Outcome, StoreError> {
        if self.0.fails.load(Ordering::SeqCst) {
            return Err(StoreError::new(StoreFault::Unavailable));
        }
        self.0.store.apply(grant, change, now)
    }

    fn due(
        &self,
        whose: &Whose,
        before: UnixTime,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        self.0.store.due(whose, before, limit)
    }

    fn list(&self, after: Option<&GrantId>, limit: usize) -> Result<Vec<GrantId>, StoreError> {
        self.0.store.list(after, limit)
    }

    fn load(&self, grant: &GrantId) -> Result<Option<Record>, StoreError> {
        self.0.store.load(grant)
    }

    fn peer(&self, instance: &Instance) -> Peer {
        self.0.store.peer(instance)
    }

    fn instance(&self) -> &Instance {
        self.0.store.instance()
    }

    fn vault(&self) -> &Vault {
        self.0.store.vault()
    }
}
