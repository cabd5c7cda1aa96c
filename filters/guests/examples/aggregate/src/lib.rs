//! Asks several services at once, and answers with all they said in one object.
//!
//! `config: {user: https://users.example.com/me, orders: https://…, news: https://…}`. A part that fails is null, and
//! `errors` says why; only where all fail, so does the answer.

use penstock_sdk::edge::{function, Answer, Config, Error, Http, Pending, Request, Response};
use penstock_sdk::json::{Object, Value};
use penstock_sdk::object;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

function!(aggregate);

fn aggregate(_: Request) -> Result<Response, Error> {
    let services = Config::object()?;
    // All are under way before the first is waited for.
    let asked: Vec<_> = services.into_iter().map(|(name, url)| (name, ask(&url))).collect();
    Ok(merged(asked.into_iter().map(|(name, pending)| (name, pending.and_then(said)))))
}

fn ask(url: &Value) -> Result<Pending, Error> {
    let url = url.text().ok_or("the configuration's URL is no text")?;
    Http::get(url).header("accept", "application/json").timeout(PATIENCE).send()
}

fn said(pending: Pending) -> Result<Value, Error> {
    of_success(pending.wait()?)
}

fn of_success(answer: Answer) -> Result<Value, Error> {
    match answer.status() {
        200 => answer.json(),
        other => Err(format!("status {other}").into()),
    }
}

fn merged(parts: impl Iterator<Item = (String, Result<Value, Error>)>) -> Response {
    let (mut found, mut errors) = (Object::new(), Object::new());
    for (name, part) in parts {
        let part = part.map_err(|error| errors.insert(name.clone(), error.to_string().into()));
        found.insert(name, part.unwrap_or(Value::Null));
    }
    let status = match errors.len() == found.len() {
        true => 502,
        false => 200,
    };
    Response::json(object! { "parts": found, "errors": errors }).status(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, said: Result<i64, Error>) -> (String, Result<Value, Error>) {
        (name.into(), said.map(Value::from))
    }

    fn wanted(status: u16, body: &str) -> Response {
        Response::bytes("application/json", body).status(status)
    }

    #[test]
    fn what_failed_is_null_and_told() {
        let parts = [part("a", Ok(1)), part("b", Err(Error::Timeout))];
        assert_eq!(merged(parts.into_iter()), wanted(200, r#"{"errors":{"b":"timeout"},"parts":{"a":1,"b":null}}"#));
    }

    #[test]
    fn where_all_fail_the_answer_does() {
        let parts = [part("a", Err("status 500".into()))];
        assert_eq!(merged(parts.into_iter()), wanted(502, r#"{"errors":{"a":"status 500"},"parts":{"a":null}}"#));
    }
}
