//! Greets whoever asks.

use penstock_sdk::edge::{function, Request, Response};

function!(hello);

fn hello(request: Request) -> Response {
    let name = request.param("name").unwrap_or_else(|| "world".into());
    Response::text(format!("Hello, {name}!\n"))
}
