//! The way to the server and back: slow, lossy, and full of processes that die or stop meanwhile.

use super::*;

impl World {
    pub(super) fn send(&mut self, id: u64, call: &RefreshCall) {
        let refresh = call.refresh_token.expose().to_owned();
        let (worker, grant, began_at) = {
            let running = &self.running[&id];
            (running.worker, running.grant, running.began_at)
        };
        if self.plan.variant == Variant::Sound {
            self.may_send(id, worker, grant, &refresh, began_at, call.deadline);
        }
        self.report.refreshes += 1;
        let (answered, sent_at) = (None, self.now());
        let flight = Flight { refresh: refresh.clone(), began_at, answered, sent_at };
        self.running.get_mut(&id).unwrap().flight = Some(flight);
        let way = 10 + self.dice.below(60);
        self.after(way, Event::Arrive { id, refresh, sent_at: self.clock });
        if self.plan.variant == Variant::CancelWithCaller && self.dice.chance(100) {
            let patience = self.dice.below(150);
            self.after(patience, Event::Cancel { id });
        }
    }

    pub(super) fn arrive(&mut self, id: u64, refresh: &str, sent_at: Millis) {
        let answer = self.server.refresh(refresh, self.clock, &mut self.dice);
        let slow = self.dice.chance(self.plan.slow);
        let way = if slow { 1_000 + self.dice.below(5_000) } else { 5 + self.dice.below(60) };
        let lost = self.dice.chance(self.plan.lost);
        if let Answer::Tokens { refresh: Some(child), .. } = &answer {
            let dead = !self.running.contains_key(&id);
            if lost || dead {
                self.report.unseen += 1;
            }
            if lost {
                self.server.family_of(child).answers_lost += 1;
            }
        }
        let worker = self.running.get(&id).map(|running| running.worker);
        if let Some(worker) = worker
            && self.dice.chance(10 * self.plan.crashes)
        {
            self.report.unseen += u64::from(!lost);
            return self.crash(worker);
        }
        let Some(flight) = self.running.get_mut(&id).and_then(|r| r.flight.as_mut()) else {
            return;
        };
        let asked_at = flight.sent_at;
        if lost {
            let deadline = u64::try_from(Settings::default().http_deadline().as_millis()).unwrap();
            let (fault, way) = match self.dice.chance(700) {
                true => (TransportFault::Interrupted, way),
                false => (TransportFault::Timeout, (sent_at + deadline).saturating_sub(self.clock)),
            };
            let input = Input::Answered(Err(transport(fault)));
            return self.after(way, resume(id, input));
        }
        let result = match answer {
            Answer::InvalidGrant => {
                let code = Some(ErrorCode::InvalidGrant);
                Err(ServerError::new(Endpoint::Token, code).with_status(400).into())
            }
            Answer::Tokens { access, refresh } => {
                flight.answered = Some(refresh.clone());
                Ok(self.tokens(access, refresh, asked_at))
            }
        };
        let worker = self.running[&id].worker;
        if self.dice.chance(self.plan.pauses) {
            let pause = 1_000 * (10 + self.dice.below(30));
            self.workers[worker].stopped_until = self.clock + pause;
        }
        self.after(way, resume(id, Input::Answered(result)));
    }

    pub(super) fn cancel(&mut self, id: u64) {
        self.running.remove(&id);
    }
}
