//! The machines, driven by a seeded scheduler against servers of every kind: crashes at every step,
//! lost and slow answers, stopped processes, clocks that jump, a store that fails. Each invariant of
//! `tegata_tokens::change` is checked at each step, by an oracle that shares no code with it.
//!
//! What a run proves is in its plan: where the server forgives a replay, or nothing is lost on the
//! way, no grant may be lost. Where a strict server's answer dies with its process, one may be.

#![expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that is wrong may panic"
)]

#[path = "simulation/plan.rs"]
mod plan;
#[path = "simulation/report.rs"]
mod report;
#[path = "simulation/server.rs"]
mod server;
#[path = "simulation/world.rs"]
mod world;

use std::time::Duration;

use plan::{Plan, Variant};
use report::Report;
use tegata_tokens::policy::{OldAccess, RefreshPolicy, Replay, Rotation};
use world::World;

/// How much a plan is run: seeds, and steps for each.
const SEEDS: u64 = 8;
const STEPS: u64 = 20_000;

const GRACE: Duration = Duration::from_secs(30);

fn server(rotation: Rotation, replay: Replay) -> RefreshPolicy {
    RefreshPolicy { rotation, replay, ..RefreshPolicy::UNKNOWN }
}

fn every_server() -> [(&'static str, RefreshPolicy); 8] {
    [
        ("strict", server(Rotation::Always, Replay::Strict)),
        ("reject only", server(Rotation::Always, Replay::RejectOnly)),
        ("new pair", server(Rotation::Always, Replay::NewPair(GRACE))),
        ("same pair", server(Rotation::Always, Replay::SamePair(GRACE))),
        ("rotates sometimes", server(Rotation::Sometimes, Replay::NewPair(GRACE))),
        ("never rotates", RefreshPolicy::GOOGLE),
        ("old access dies", RefreshPolicy { old_access: OldAccess::Dies, ..RefreshPolicy::OKTA }),
        ("ten minutes", RefreshPolicy::ATLASSIAN),
    ]
}

fn run(name: &str, plan: Plan) -> Report {
    let mut total = Report::default();
    for seed in 1..=SEEDS {
        let report = World::new(plan, seed).run(STEPS);
        assert_eq!(report.violations, Vec::<String>::new(), "{name}, seed {seed}");
        total.add(&report);
    }
    println!("{name}: {total}");
    total
}

#[test]
fn no_grant_is_lost_where_every_answer_arrives() {
    let mut steps = 0;
    for (name, policy) in every_server() {
        let plan = Plan { slow: 300, jumps: 2, store_faults: 20, revokes: 2, ..Plan::calm(policy) };
        let report = run(name, plan);
        assert_eq!(report.lost + report.lost_for_a_reason, 0, "{name}");
        assert!(report.refreshes > 1_000, "{name}: {report}");
        steps += report.steps;
    }
    assert!(steps > 1_000_000, "{steps} steps in all");
}

#[test]
fn no_grant_is_lost_in_a_crash_where_the_server_forgives_a_replay() {
    for (name, policy) in every_server() {
        if matches!(policy.replay, Replay::Strict | Replay::RejectOnly)
            && policy.rotation != Rotation::Never
        {
            continue;
        }
        let plan = Plan { crashes: 10, lost: 50, slow: 100, revokes: 2, ..Plan::calm(policy) };
        let report = run(name, plan);
        assert_eq!(report.lost, 0, "{name}: {report}");
        assert!(report.crashes_in_flight > 100, "{name}: {report}");
    }
}

#[test]
fn a_strict_server_loses_no_more_than_the_answers_that_nobody_got() {
    for (name, policy) in every_server() {
        let plan = Plan { crashes: 5, lost: 30, slow: 100, store_faults: 10, ..Plan::calm(policy) };
        let report = run(name, plan);
        assert_eq!(report.lost, 0, "{name}: {report}");
        assert!(report.lost_for_a_reason <= report.unseen, "{name}: {report}");
    }
}

#[test]
fn a_process_that_was_stopped_for_longer_than_its_lease_brings_its_result_home() {
    let policy = server(Rotation::Always, Replay::RejectOnly);
    let plan = Plan { pauses: 100, ..Plan::calm(policy) };
    let report = run("stopped", plan);
    assert_eq!(report.lost + report.lost_for_a_reason, 0, "{report}");
    assert!(report.late_commits > 10, "{report}");
}

#[test]
fn everything_at_once_breaks_no_invariant() {
    for (name, policy) in every_server() {
        let plan = Plan {
            crashes: 5,
            lost: 30,
            slow: 200,
            pauses: 5,
            jumps: 5,
            store_faults: 20,
            revokes: 10,
            ..Plan::calm(policy)
        };
        run(name, plan);
    }
}

/// Whether any seed shows that `variant` loses grants, or breaks an invariant, where the sound
/// machine does not.
fn is_caught(variant: Variant, plan: Plan) -> bool {
    let sound = run("sound", plan);
    assert_eq!(sound.lost + sound.lost_for_a_reason, 0);
    let broken = Plan { variant, ..plan };
    let reports = (1..=SEEDS).map(|seed| World::new(broken, seed).run(STEPS));
    let lost: u64 = reports.map(|report| report.lost + report.lost_for_a_reason).sum();
    println!("{variant:?}: {lost} grants lost");
    lost > 0
}

#[test]
fn catches_fencing_in_the_place_of_lineage() {
    let policy = server(Rotation::Always, Replay::RejectOnly);
    assert!(is_caught(Variant::Fencing, Plan { pauses: 100, ..Plan::calm(policy) }));
}

#[test]
fn catches_an_intent_that_is_written_after_the_request_is_sent() {
    let policy = server(Rotation::Always, Replay::Strict);
    assert!(is_caught(Variant::IntentAfterSend, Plan::calm(policy)));
}

#[test]
fn catches_a_refresh_that_is_cancelled_with_its_caller() {
    let policy = server(Rotation::Always, Replay::Strict);
    assert!(is_caught(Variant::CancelWithCaller, Plan::calm(policy)));
}

#[test]
fn a_run_can_be_repeated_from_its_seed() {
    let plan = Plan { crashes: 10, lost: 50, ..Plan::calm(RefreshPolicy::OKTA) };
    let run = || World::new(plan, 42).run(5_000).to_string();
    assert_eq!(run(), run());
}
