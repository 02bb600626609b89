//! The driver does what each step says, and hands back what happened.

use std::time::Duration;

use tegata_core::Error;
use tegata_core::error::ApiMisuse;
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::time::UnixTime;
use tegata_tests::loopback::{Answer, Loopback, nobody};
use tegata_tests::requests::{get, options};

use super::backend::Backend;

/// Sends to a server, then to nobody, waits, and tells what it was told.
struct Errand {
    server: String,
    seen: Vec<String>,
}

impl Flow for Errand {
    type Output = Vec<String>;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Vec<String>>, Error> {
        assert!(now > UnixTime::from_seconds(1_700_000_000));
        let (seen, step) = match input {
            Input::Start => ("start", Step::Send(get(&self.server))),
            Input::Response(response) => {
                assert_eq!(response.status(), 404);
                ("response", Step::Send(get(&nobody("/"))))
            }
            Input::Unreachable(Error::Transport(_)) => {
                ("unreachable", Step::Wait(Duration::from_millis(1)))
            }
            Input::Woken => ("woken", Step::Done(std::mem::take(&mut self.seen))),
            _ => return Err(ApiMisuse::WrongInput.into()),
        };
        self.seen.push(seen.to_owned());
        Ok(step)
    }
}

#[test]
fn a_flow_is_driven_through_every_kind_of_step() {
    let server = Loopback::start(|_| Answer::ok(404, &[], ""));
    let mut errand = Errand { server: server.url("/"), seen: Vec::new() };
    let seen = Backend::new(options()).unwrap().run(&mut errand).unwrap();
    assert_eq!(seen, ["start", "response", "unreachable"]);
    assert_eq!(errand.seen, ["woken"]);
}

#[test]
fn an_error_of_the_flow_ends_it() {
    struct Broken;

    impl Flow for Broken {
        type Output = ();

        fn advance(&mut self, _: Input, _: UnixTime) -> Result<Step<()>, Error> {
            Err(ApiMisuse::WrongInput.into())
        }
    }

    let error = Backend::new(options()).unwrap().run(&mut Broken).unwrap_err();
    assert!(matches!(error, Error::ApiMisuse(ApiMisuse::WrongInput)));
}
