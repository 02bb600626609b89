//! HTTP around the application: all that knows axum.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use tegata_core::form::MAX_FORM_BYTES;
use tokio::net::TcpListener;

use crate::rp::RelyingParty;

/// Serves until the program ends.
pub(crate) async fn serve(listener: TcpListener, rp: Arc<RelyingParty>) -> io::Result<()> {
    axum::serve(listener, Router::new().fallback(answer).with_state(rp)).await
}

async fn answer(State(rp): State<Arc<RelyingParty>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_FORM_BYTES).await else {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return response;
    };
    rp.answer(http::Request::from_parts(head, body.to_vec())).await.map(Body::from)
}
