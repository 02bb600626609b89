//! The driver: does what a machine says, and loses an answer or a write now and then.

use super::*;

impl World {
    pub(super) fn advance(&mut self, id: u64, input: Input) {
        let Some(running) = self.running.get(&id) else { return };
        let (worker, grant) = (running.worker, running.grant);
        let stopped_until = self.workers[worker].stopped_until;
        if stopped_until > self.clock {
            let event = resume(id, input);
            return self.after(stopped_until - self.clock, event);
        }
        if self.dice.chance(self.plan.crashes) {
            return self.crash(worker);
        }
        let answered = matches!(input, Input::Answered(Ok(_)));
        if matches!(input, Input::Answered(_))
            && let Some(change) = self.running.get_mut(&id).and_then(|r| r.deferred.take())
        {
            let _ = self.store.apply(&name(grant), &change, self.now());
        }
        let now = self.now();
        let vault = self.store.vault();
        let world = machine::World { now, random: &self.lots, vault };
        let running = self.running.get_mut(&id).unwrap();
        let step = running.machine.advance(input, &world).expect("the right input");
        if answered {
            // I8: nothing between the answer and the commit.
            let commits = matches!(step, Step::Apply(Change::Commit(_)));
            self.check(commits, || format!("after the answer came {step:?}"));
        }
        self.execute(id, step);
    }

    fn execute(&mut self, id: u64, step: Step) {
        let (worker, grant, kind) = {
            let running = &self.running[&id];
            (running.worker, running.grant, running.kind)
        };
        let input = match step {
            Step::Apply(change) => self.apply(id, change),
            Step::Load => Input::Loaded(self.store.load(&name(grant))),
            Step::Probe(instance) => Input::Peer(self.peer(&instance)),
            Step::Refresh(call) => return self.send(id, &call),
            Step::Revoke(token) => {
                let state = self.load(grant).map(|record| record.state().clone());
                if kind == Kind::Refresh {
                    // I6: only a tombstone lets a refresh revoke what it got.
                    let buried =
                        matches!(state, None | Some(State::Revoking | State::Revoked { .. }));
                    self.check(buried, || format!("revoked what it got in {state:?}"));
                }
                if self.dice.chance(self.plan.lost) {
                    Input::Revoked(Err(transport(TransportFault::Timeout)))
                } else {
                    self.server.revoke(token.expose());
                    Input::Revoked(Ok(()))
                }
            }
            Step::Sleep(time) => {
                let pause = u64::try_from(time.as_millis()).unwrap();
                return self.after(pause, resume(id, Input::Next));
            }
            Step::Publish(reply) => {
                self.publish(worker, grant, kind, reply);
                Input::Next
            }
            Step::Deliver(events) => {
                if self.dice.chance(self.plan.store_faults) {
                    Input::NotDelivered
                } else {
                    let stored = events.iter().filter(|e| e.kind != EventKind::Unpersisted);
                    self.delivered.extend(stored.map(|event| (grant, event.sequence)));
                    Input::Next
                }
            }
            Step::Done => {
                self.running.remove(&id);
                return;
            }
            other => panic!("a step that this driver does not know: {other:?}"),
        };
        let pause = self.dice.below(5);
        self.after(pause, resume(id, input));
    }

    fn publish(&mut self, worker: usize, grant: usize, kind: Kind, reply: Reply) {
        match reply {
            Reply::Token(served) => {
                let own = served.token().expose().starts_with(&format!("at-{grant}-"));
                self.check(own, || {
                    format!("grant {grant} was served {:?}", served.token().expose())
                });
                self.workers[worker].last_served[grant] = Some(served.token().clone());
                self.served[grant] += 1;
            }
            Reply::Failed(Error::NeedsConsent) => {
                let dead = self.load(grant).is_some_and(|r| *r.state() == State::Reauth);
                if dead && !self.somebody_has_tokens(grant) {
                    self.lose(grant);
                    self.consent(worker, grant);
                }
            }
            Reply::Failed(Error::Revoked) if kind == Kind::Refresh => {
                // The user comes back when the revocation is through.
                let state = self.load(grant).map(|record| record.state().clone());
                if matches!(state, Some(State::Revoked { .. })) {
                    self.consent(worker, grant);
                }
            }
            Reply::Revoked => self.report.revoked += 1,
            _ => {}
        }
    }

    fn apply(&mut self, id: u64, change: Change) -> Input {
        let running = &self.running[&id];
        let grant = running.grant;
        let failing = Input::Applied(Err(StoreError::new(StoreFault::Unavailable)));
        if self.dice.chance(self.plan.store_faults) {
            return failing;
        }
        let before = self.load(grant);
        let change = self.broken(before.as_ref(), change);
        if self.plan.variant == Variant::IntentAfterSend && matches!(change, Change::Begin(_)) {
            let outcome = change.apply(before.as_ref(), self.now());
            if outcome.verdict == Verdict::Applied {
                self.running.get_mut(&id).unwrap().deferred = Some(change);
            }
            return Input::Applied(Ok(outcome));
        }
        let outcome = self.store.apply(&name(grant), &change, self.now()).unwrap();
        self.examine(id, before.as_ref(), &change, &outcome);
        if self.dice.chance(self.plan.store_faults) {
            return failing;
        }
        Input::Applied(Ok(outcome))
    }

    fn broken(&self, before: Option<&Record>, change: Change) -> Change {
        match (self.plan.variant, change, before.map(Record::state)) {
            (Variant::Fencing, Change::Commit(commit), Some(State::Refreshing(attempt)))
                if attempt.number == commit.attempt =>
            {
                Change::Commit(commit)
            }
            (Variant::Fencing, Change::Commit(mut commit), _) => {
                commit.generation = u64::MAX;
                Change::Commit(commit)
            }
            (_, change, _) => change,
        }
    }

    fn peer(&self, instance: &Instance) -> Peer {
        let mut workers = self.workers.iter();
        if workers.any(|worker| worker.up && worker.instance == *instance) {
            Peer::Alive
        } else {
            Peer::Dead
        }
    }
}
