//! Shows each visitor one of two pages, and by a cookie always the same one.
//!
//! `config: {b_percent: 20}` is how many newcomers see page B; left out, every second one.

use penstock_sdk::edge::{function, metrics, random, Config, Error, Request, Response};
use penstock_sdk::settings::{object, Settings};

const COOKIE: &str = "page";
const MONTH: &str = "; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax";

function!(ab_page);

fn ab_page(request: Request) -> Result<Response, Error> {
    match request.cookie(COOKIE).as_deref().and_then(Page::named) {
        Some(page) => page.show(),
        None => {
            let page = Page::drawn(random::number()?, b_percent(&Config::bytes()?)?);
            Ok(page.show()?.add_header("set-cookie", format!("{COOKIE}={}{MONTH}", page.name())))
        }
    }
}

fn b_percent(configuration: &[u8]) -> Result<u64, String> {
    if configuration.is_empty() {
        return Ok(50);
    }
    let members = object(configuration)?;
    let percent = Settings::new(&members).integer("b_percent", 0..=100)?;
    Ok(percent.map_or(50, |percent| percent as u64))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    A,
    B,
}

impl Page {
    fn named(name: &str) -> Option<Page> {
        match name {
            "a" => Some(Page::A),
            "b" => Some(Page::B),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Page::A => "a",
            Page::B => "b",
        }
    }

    /// Choose by a number that is chance.
    fn drawn(number: u64, b_percent: u64) -> Page {
        match number % 100 < b_percent {
            true => Page::B,
            false => Page::A,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Page::A => "Good morning",
            Page::B => "Good morning, and welcome",
        }
    }

    /// Show it, and count that; no cache may show it to others.
    fn show(self) -> Result<Response, Error> {
        metrics::add(&format!("shown_{}", self.name()), 1)?;
        let title = self.title();
        let page = format!("<!doctype html>\n<html lang=en><title>{title}</title><h1>{title}</h1></html>\n");
        Ok(Response::html(page).header("cache-control", "private, no-store"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newcomers_are_shared_out_by_percent() {
        let of_b = |percent| (0..1000).filter(|number| Page::drawn(*number, percent) == Page::B).count();
        assert_eq!([of_b(0), of_b(20), of_b(50), of_b(100)], [0, 200, 500, 1000]);
    }

    #[test]
    fn a_page_is_known_by_its_name_and_nothing_else_is_one() {
        for page in [Page::A, Page::B] {
            assert_eq!(Page::named(page.name()), Some(page));
        }
        assert_eq!(Page::named("c"), None);
    }

    #[test]
    fn the_percent_is_configured_or_half() {
        assert_eq!(b_percent(b""), Ok(50));
        assert_eq!(b_percent(br#"{"b_percent": 20}"#), Ok(20));
        assert!(b_percent(br#"{"b_percent": 101}"#).is_err());
    }
}
