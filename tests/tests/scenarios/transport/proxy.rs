//! The environment's proxy is used by those alone who asked for it. As an environment belongs to a
//! whole process, each case runs in one of its own.

use std::env;
use std::process::Command;

use tegata_tests::loopback::{Answer, Loopback};
use tegata_tests::requests::{get, options};

use super::backend::Backend;

const TARGET: &str = "TEGATA_TEST_TARGET";

#[test]
fn the_environments_proxy_is_not_used() {
    let proxy = Loopback::start(|_| Answer::HangUp);
    let server = Loopback::start(|_| Answer::ok(200, &[], "{}"));
    run_with_proxy(&proxy, "ignores_the_proxy", &server.url("/"));
    assert_eq!((proxy.accepted(), server.requests().len()), (0, 1));
}

#[test]
fn the_environments_proxy_is_used_when_asked_for() {
    let proxy = Loopback::start(|_| Answer::HangUp);
    run_with_proxy(&proxy, "uses_the_proxy", "https://op.example.com/");
    assert!(proxy.requests()[0].starts_with("CONNECT op.example.com:443 "));
}

#[test]
#[ignore = "run by the_environments_proxy_is_not_used"]
fn ignores_the_proxy() {
    let Ok(target) = env::var(TARGET) else { return };
    assert_eq!(Backend::new(options()).unwrap().send(get(&target)).unwrap().status(), 200);
}

#[test]
#[ignore = "run by the_environments_proxy_is_used_when_asked_for"]
fn uses_the_proxy() {
    let Ok(target) = env::var(TARGET) else { return };
    let backend = Backend::new(options().use_environment_proxy()).unwrap();
    assert!(backend.send(get(&target)).is_err());
}

fn run_with_proxy(proxy: &Loopback, test: &str, target: &str) {
    let module = module_path!().split_once("::").map_or("", |(_, module)| module);
    let mut command = Command::new(env::current_exe().expect("the running test is a file"));
    command.args(["--exact", "--ignored", &format!("{module}::{test}")]).env(TARGET, target);
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"] {
        command.env(name, proxy.url("")).env(name.to_ascii_lowercase(), proxy.url(""));
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = command.output().expect("the running test can be started again");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
