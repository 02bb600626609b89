//! Drives a machine of tegata-tokens to its end: the store, the provider and the clock are here.

use tegata_core::Error;
use tegata_core::error::Fault;
use tegata_core::secret::RefreshToken;
use tegata_core::token::TokenSet;
use tegata_tokens::GrantId;
use tegata_tokens::event::Event;
use tegata_tokens::machine::{Input, Machine, RefreshCall, Reply, Step, World};

use super::Inner;

impl Inner {
    /// Drives `machine` when it is its turn at `grant`.
    pub(super) async fn drive_in_turn(
        &self,
        grant: &GrantId,
        machine: &mut dyn Machine,
        publish: impl Fn(&Reply) + Send + Sync,
    ) {
        let held = self.held(grant);
        let _turn = held.turn.lock().await;
        self.drive(grant, machine, publish).await;
    }

    /// Drives `machine` unless another one is at work at `grant` in this process.
    pub(super) async fn drive_if_idle(
        &self,
        grant: &GrantId,
        machine: &mut dyn Machine,
        publish: impl Fn(&Reply) + Send + Sync,
    ) {
        let held = self.held(grant);
        if let Ok(_turn) = held.turn.try_lock() {
            self.drive(grant, machine, publish).await;
        }
    }

    async fn drive(
        &self,
        grant: &GrantId,
        machine: &mut dyn Machine,
        publish: impl Fn(&Reply) + Send + Sync,
    ) {
        // Obtained now, the address of the token endpoint takes no time from the refresh later.
        let _ = self.client.metadata().await;
        let mut input = Input::Next;
        loop {
            let now = self.client.now();
            let world = World { now, random: self.client.random(), vault: self.store.vault() };
            // A machine that its driver misunderstands must not be driven on.
            let Ok(step) = machine.advance(input, &world) else { return };
            input = match step {
                Step::Apply(change) => Input::Applied(self.store.apply(grant, &change, now).await),
                Step::Deliver(events) => self.deliver(grant, &events),
                Step::Done => return,
                Step::Load => Input::Loaded(self.store.load(grant).await),
                Step::Probe(instance) => Input::Peer(self.store.peer(&instance).await),
                Step::Publish(reply) => {
                    publish(&reply);
                    Input::Next
                }
                Step::Refresh(call) => Input::Answered(self.refresh(call).await),
                Step::Revoke(token) => Input::Revoked(self.revoke(&token).await),
                Step::Sleep(time) => {
                    tokio::time::sleep(time).await;
                    Input::Next
                }
                _ => return,
            };
        }
    }

    async fn refresh(&self, call: RefreshCall) -> Result<TokenSet, Error> {
        let flow = self.client.relying_party().spend(&call.refresh_token);
        self.client.run(flow.with_scope(call.scope).with_resource(call.resource)).await
    }

    /// Where nothing can be revoked, forgetting is all there is.
    async fn revoke(&self, token: &RefreshToken) -> Result<(), Error> {
        let revoke = self.client.relying_party().revoke_refresh_token(token);
        match self.client.run(revoke).await {
            Err(Error::Misbehaved(error)) if error.fault == Fault::NoEndpoint => Ok(()),
            revoked => revoked.map(|_| ()),
        }
    }

    fn deliver(&self, grant: &GrantId, events: &[Event]) -> Input {
        if events.iter().all(|event| (self.listener)(grant, event)) {
            Input::Next
        } else {
            Input::NotDelivered
        }
    }
}
