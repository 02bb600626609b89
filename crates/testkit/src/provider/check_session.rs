//! The frame that tells a page of a client whether the session at the provider is still the same
//! (OpenID Connect Session Management §3).
//!
//! ```text
//!   page of the client ── "client_id session_state" ─▶ frame ── GET ?client_id=…&… ─▶ provider
//!                      ◀── unchanged, changed, error ──       ◀───────────────────────
//! ```
//!
//! A real provider keeps the state of the browser in a cookie that this frame hashes (§4.2). This one
//! asks itself instead: a test ends sessions behind the browser's back, and browsers keep the cookies
//! of a frame from it.

use http::StatusCode;
use http::header::CONTENT_SECURITY_POLICY;
use tegata_core::http::HttpResponse;

use super::answer::{body, no_store, set};
use super::exchange::{Exchange, Parameters, get};
use crate::keys::{base64, sha256};

pub(crate) fn answer(exchange: &Exchange<'_>) -> HttpResponse {
    match exchange.parameters() {
        Ok(question) if question.is_empty() => page(),
        Ok(question) => told(verdict(exchange, &question)),
        Err(_) => told("error"),
    }
}

fn page() -> HttpResponse {
    let html = format!("<!doctype html><title>Session</title><script>{SCRIPT}</script>");
    let mut response = body(StatusCode::OK, "text/html; charset=utf-8", html);
    let hash = base64(sha256(SCRIPT).as_ref());
    let policy = format!("default-src 'none'; connect-src 'self'; script-src 'sha256-{hash}'");
    set(&mut response, CONTENT_SECURITY_POLICY, &policy);
    no_store(&mut response);
    response
}

fn told(verdict: &str) -> HttpResponse {
    let mut response = body(StatusCode::OK, "text/plain; charset=utf-8", verdict.to_owned());
    no_store(&mut response);
    response
}

fn verdict(exchange: &Exchange<'_>, question: &Parameters) -> &'static str {
    let parts = || {
        let client = get(question, "client_id")?;
        exchange.settings.client(client)?;
        let session_state = get(question, "session_state").filter(|state| state.contains('.'))?;
        Some((session_state, client, get(question, "origin")?))
    };
    match parts() {
        None => "error",
        Some((state, client, origin))
            if exchange.state.sessions.is_state_of_any(state, client, origin) =>
        {
            "unchanged"
        }
        Some(_) => "changed",
    }
}

/// The identifier ends at the last space (§3.2).
const SCRIPT: &str = "\
'use strict';\
addEventListener('message',async(event)=>{\
const message=String(event.data),space=message.lastIndexOf(' ');\
const question=new URLSearchParams({\
client_id:message.slice(0,Math.max(space,0)),\
session_state:message.slice(space+1),\
origin:event.origin});\
let answer='error';\
try{\
const response=await fetch('?'+question);\
if(response.ok)answer=await response.text();\
}catch{}\
event.source.postMessage(answer,event.origin);\
});";
