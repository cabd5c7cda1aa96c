//! Takes events whose sender signs them, each of them once, and keeps them in the key-value store for a day.
//!
//! A request has `x-timestamp`, seconds since 1970, and `x-signature`, `sha256=` and the HMAC-SHA256 of timestamp, a dot
//! and the body, in hexadecimal digits; its key is the secret `WEBHOOK_SECRET`.

mod signature;

use penstock_sdk::edge::{function, log, time, Error, Kv, Request, Response, Secrets};
use signature::Refusal;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

function!(webhook);

fn webhook(request: Request) -> Result<Response, Error> {
    if request.method() != "POST" {
        return Ok(Response::error(405, "events are posted").header("allow", "POST"));
    }
    let body = request.body()?;
    let timestamp = request.header("x-timestamp").unwrap_or_default();
    let shown = request.header("x-signature").unwrap_or_default();
    match signature::verify(&Secrets::need("WEBHOOK_SECRET")?, &timestamp, &shown, &body, time::now().as_secs()) {
        Ok(signature) => take(&signature, &body),
        Err(Refusal::Malformed) => Ok(Response::error(400, "x-timestamp and x-signature are needed")),
        Err(Refusal::Untimely) => Ok(Response::error(401, "the timestamp is too far from now")),
        Err(Refusal::Wrong) => Ok(Response::error(401, "the signature is wrong")),
    }
}

/// Keep an event, if it was not kept before: a copy that somebody sends again has the same signature.
fn take(signature: &str, body: &[u8]) -> Result<Response, Error> {
    if !Kv::compare_and_set(&format!("event:{signature}"), None, body, DAY)? {
        return Ok(Response::error(409, "this event is here already"));
    }
    log::info(&format!("took an event of {} bytes", body.len()));
    Ok(Response::empty(202))
}
