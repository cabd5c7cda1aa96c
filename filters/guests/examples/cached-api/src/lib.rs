//! Answers from the cache, else asks an API and keeps what it says; where that fails, an old answer is better than none.
//!
//! `config: {url: https://api.example.com, fresh_s: 60, stale_s: 3600}`; the request's path and query are added to `url`.

mod document;

use document::Document;
use penstock_sdk::edge::{function, log, Answer, Cache, Config, Error, Http, Request, Response};
use penstock_sdk::settings::Settings;
use std::time::Duration;

function!(cached_api);

/// What the configuration says; lives are in seconds.
struct Api {
    url: String,
    fresh_s: u64,
    stale_s: u64,
}

fn cached_api(request: Request) -> Result<Response, Error> {
    if request.method() != "GET" {
        return Ok(Response::error(405, "this can only be read").header("allow", "GET"));
    }
    let uri = request.uri();
    match kept("fresh", &uri) {
        Some(document) => Ok(document.answer("hit")),
        None => configured()?.answer(&uri),
    }
}

fn configured() -> Result<Api, Error> {
    let members = Config::object()?;
    let settings = Settings::new(&members);
    let life = |key, usual| settings.integer(key, 1..=86_400).map(|life| life.unwrap_or(usual) as u64);
    let url = settings.need("url", settings.text("url"))?.into();
    Ok(Api { url, fresh_s: life("fresh_s", 60)?, stale_s: life("stale_s", 3600)? })
}

impl Api {
    fn answer(&self, uri: &str) -> Result<Response, Error> {
        let asked = Http::get(&format!("{}{uri}", self.url)).header("accept", "application/json").fetch();
        Ok(match asked {
            Ok(answer) if answer.is_success() => self.keep(uri, answer),
            Ok(answer) if answer.status() < 500 => {
                let status = answer.status();
                Document::of(answer).answer("miss").status(status)
            }
            Ok(answer) => instead(uri, &format!("status {}", answer.status())),
            Err(error) => instead(uri, &error.to_string()),
        })
    }

    fn keep(&self, uri: &str, answer: Answer) -> Response {
        let document = Document::of(answer);
        let bytes = document.bytes();
        for (kind, life_s) in [("fresh", self.fresh_s), ("stale", self.stale_s)] {
            // Too long a path or too large an answer: it is good without being kept.
            if Cache::set(&key(kind, uri), &bytes, Duration::from_secs(life_s)).is_err() {
                log::debug(&format!("{uri}: the cache does not take it"));
            }
        }
        document.answer("miss")
    }
}

/// Answer with what the API said before it failed.
fn instead(uri: &str, why: &str) -> Response {
    log::warn(&format!("{uri}: the API fails: {why}"));
    match kept("stale", uri) {
        Some(document) => document.answer("stale"),
        None => Response::error(502, "the API fails"),
    }
}

fn kept(kind: &str, uri: &str) -> Option<Document> {
    Document::read(Cache::get(&key(kind, uri))?)
}

fn key(kind: &str, uri: &str) -> String {
    format!("{kind}:{uri}")
}
