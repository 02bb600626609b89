//! The workers: they come up, want tokens, tend, sign users in, and crash.

use super::*;

impl World {
    pub(super) fn restart(&mut self, worker: usize) {
        self.sequence += 1;
        let instance = Instance::new(format!("worker {worker}, life {}", self.sequence));
        let settings = Settings::default();
        let rules = Rules::new(instance.clone(), self.plan.policy).with_settings(settings);
        let last_served = vec![None; self.plan.grants];
        let stopped_until = 0;
        self.workers[worker] = Worker { instance, rules, up: true, stopped_until, last_served };
        self.tend(worker);
        self.after(1, Event::Want { worker });
    }

    pub(super) fn crash(&mut self, worker: usize) {
        self.workers[worker].up = false;
        let dead: Vec<u64> =
            self.running.iter().filter(|(_, r)| r.worker == worker).map(|(id, _)| *id).collect();
        for id in dead {
            let running = self.running.remove(&id).unwrap();
            self.report.crashes_in_flight += u64::from(running.flight.is_some());
            let answered = running.flight.and_then(|flight| flight.answered);
            self.report.unseen += u64::from(answered.is_some_and(|refresh| refresh.is_some()));
            // A sign-in that nobody has stored: the user will do it again.
            if let Some(refresh) = running.consented {
                self.server.revoke(&refresh);
            }
        }
        let pause = 100 + self.dice.below(3_000);
        self.after(pause, Event::Restart { worker });
    }

    /// Callers come, to whichever grant; now and then something else is to be done.
    pub(super) fn want(&mut self, worker: usize) {
        if !self.workers[worker].up {
            return;
        }
        let pause = 1 + self.dice.below(8_000);
        self.after(pause, Event::Want { worker });
        let grant = usize::try_from(self.dice.below(self.plan.grants as u64)).unwrap();
        if self.dice.chance(300) {
            self.tend(worker);
        }
        if self.store.load(&name(grant)).unwrap().is_none() {
            return self.consent(worker, grant);
        }
        if self.dice.chance(self.plan.revokes) {
            let machine = Revoke::new(name(grant), self.workers[worker].rules.clone());
            return self.start(worker, grant, Kind::Revoke, Box::new(machine));
        }
        let mut want = Want::new(name(grant), AccessKey::whole());
        if self.dice.chance(200) {
            want = want.with_min_valid(Duration::from_secs(self.dice.below(40)));
        }
        if self.dice.chance(20)
            && let Some(token) = self.workers[worker].last_served[grant].clone()
        {
            want = want.with_rejected(token);
        }
        let machine = Refresh::new(want, self.workers[worker].rules.clone());
        self.start(worker, grant, Kind::Refresh, Box::new(machine));
    }

    fn tend(&mut self, worker: usize) {
        let ours = Whose::new("client", ["https://op.example"]);
        for grant in self.store.due(&ours, self.now(), 3).unwrap() {
            let index = grant.subject().parse().unwrap();
            let machine = Tend::new(grant, self.workers[worker].rules.clone());
            self.start(worker, index, Kind::Tend, Box::new(machine));
        }
    }

    pub(super) fn consent(&mut self, worker: usize, grant: usize) {
        if self.running.values().any(|r| r.grant == grant && r.kind == Kind::Consent) {
            return;
        }
        let (access, refresh) = self.server.consent(grant);
        let tokens = self.tokens(access, Some(refresh.clone()), self.now());
        let rules = self.workers[worker].rules.clone();
        let machine = Consent::new(name(grant), tokens, Scope::empty(), rules);
        let id = self.sequence + 1;
        self.start(worker, grant, Kind::Consent, Box::new(machine));
        if let Some(running) = self.running.get_mut(&id) {
            running.consented = Some(refresh);
        }
    }

    /// I10: a process runs one machine per grant; revoking and signing in may come at any time.
    fn start(&mut self, worker: usize, grant: usize, kind: Kind, machine: Box<dyn Machine>) {
        let single = |kind| matches!(kind, Kind::Refresh | Kind::Tend);
        let busy = self
            .running
            .values()
            .any(|r| r.worker == worker && r.grant == grant && single(r.kind) && single(kind));
        if busy {
            return;
        }
        self.sequence += 1;
        let id = self.sequence;
        let (flight, deferred, consented, began_at) = (None, None, None, self.clock);
        let running =
            Running { worker, grant, kind, machine, flight, began_at, deferred, consented };
        self.running.insert(id, running);
        self.after(0, resume(id, Input::Next));
    }
}
