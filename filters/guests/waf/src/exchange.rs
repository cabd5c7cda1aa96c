//! One exchange: what the host shows of it goes to the rules, their verdict to the host.

use penstock_sdk::pairs::Pairs;
use penstock_sdk::{body, headers, host, Action, Status, Stream};
use std::rc::Rc;
use waf_engine::collection::{SERVER_ADDR, TIME, UNIQUE_ID};
use waf_engine::{Program, RequestHead, Transaction, Verdict};

/// Where the host finds the report.
const REPORT: [&str; 2] = ["penstock", "waf"];

pub struct Exchange {
    program: Rc<Program>,
    transaction: Option<Transaction>,
    stage: Stage,
    told: usize,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    RequestHead,
    RequestBody,
    ResponseHead,
    ResponseBody,
    /// Nothing: all is judged.
    Over,
}

impl Exchange {
    pub fn new(program: &Rc<Program>) -> Self {
        Exchange { program: program.clone(), transaction: None, stage: Stage::RequestHead, told: 0 }
    }

    /// Begin, unless that was done. Where it was not and this is no beginning, the exchange comes from a guest that broke:
    /// its request's head is read and run again, for rules remember what they found there.
    fn begin(&mut self, request_ended: bool) -> Result<&mut Transaction, Status> {
        let begun = match self.transaction.take() {
            Some(transaction) => transaction,
            None => {
                let mut transaction = Transaction::new(&self.program);
                learn_request(&self.program, &mut transaction, request_ended)?;
                transaction.run(1);
                transaction
            }
        };
        Ok(self.transaction.insert(begun))
    }

    fn judge_request(&mut self, body: &[u8]) -> Result<Action, Status> {
        let transaction = self.begin(true)?;
        transaction.learn_request_body(body);
        transaction.run(2);
        self.stage = Stage::ResponseHead;
        Ok(self.conclude())
    }

    fn judge_response(&mut self, body: &[u8], whole: bool) -> Result<Action, Status> {
        let transaction = self.begin(true)?;
        transaction.learn_response_body(body, whole);
        transaction.run(4);
        self.stage = Stage::Over;
        Ok(self.conclude())
    }

    fn request_headers(&mut self, end_of_stream: bool) -> Result<Action, Status> {
        self.stage = Stage::RequestBody;
        let wants_body = self.begin(end_of_stream)?.wants_request_body();
        match self.conclude() {
            Action::Pause => Ok(Action::Pause),
            Action::Continue if wants_body && !end_of_stream => Ok(Action::Pause),
            Action::Continue => self.judge_request(b""),
        }
    }

    fn response_headers(&mut self, end_of_stream: bool) -> Result<Action, Status> {
        let response = headers::RESPONSE.all()?;
        let transaction = self.begin(true)?;
        transaction.learn_response(response.get(":status").unwrap_or_default(), fields(&response));
        transaction.run(3);
        let wants_body = response.get("content-encoding").is_none()
            && transaction.wants_response_body(response.get("content-type").unwrap_or_default());
        self.stage = Stage::ResponseBody;
        match self.conclude() {
            Action::Pause => Ok(Action::Pause),
            Action::Continue if wants_body && !end_of_stream => Ok(Action::Pause),
            Action::Continue => self.judge_response(b"", true),
        }
    }

    /// Tell what is new, and answer in the origin's stead where the verdict says so.
    fn conclude(&mut self) -> Action {
        let transaction = match &self.transaction {
            Some(transaction) => transaction,
            None => return Action::Continue,
        };
        if transaction.told() > self.told {
            self.told = transaction.told();
            if let Some(report) = transaction.report() {
                host::set_property(&REPORT, &report).ok();
            }
        }
        match transaction.verdict() {
            Verdict::Pass => Action::Continue,
            Verdict::Block(status) => {
                self.stage = Stage::Over;
                refuse(status)
            }
        }
    }
}

impl Stream for Exchange {
    fn on_request_headers(&mut self, end_of_stream: bool) -> Action {
        self.request_headers(end_of_stream).unwrap_or_else(host_failed)
    }

    fn on_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        match self.stage {
            Stage::RequestHead | Stage::RequestBody if end_of_stream => {
                let body = body::REQUEST.read(0, size);
                body.and_then(|body| self.judge_request(&body)).unwrap_or_else(host_failed)
            }
            Stage::RequestHead | Stage::RequestBody => Action::Pause,
            _ => Action::Continue,
        }
    }

    fn on_response_headers(&mut self, end_of_stream: bool) -> Action {
        match self.stage {
            Stage::Over => Action::Continue,
            _ => self.response_headers(end_of_stream).unwrap_or_else(host_failed),
        }
    }

    fn on_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        let most = self.program.settings.response.body;
        if self.stage != Stage::ResponseBody {
            return Action::Continue;
        }
        if !end_of_stream && size <= most {
            return Action::Pause;
        }
        let body = body::RESPONSE.read(0, size.min(most));
        body.and_then(|body| self.judge_response(&body, size <= most)).unwrap_or_else(host_failed)
    }
}

/// What cannot be read cannot be judged, and does not pass.
fn host_failed(_: Status) -> Action {
    refuse(500_u32)
}

/// Read the request's head, and of the rest what rules ask for; fails where the host does.
fn learn_request(program: &Program, transaction: &mut Transaction, ended: bool) -> Result<(), Status> {
    let request = headers::REQUEST.all()?;
    let asked = |collection, path: [&str; 2]| match program.looks_at(collection) {
        true => host::property(&path).unwrap_or_default(),
        false => Vec::new(),
    };
    let source = host::property(&["source", "address"]).unwrap_or_default();
    let (client, client_port) = address(&source);
    let protocol = host::property(&["request", "protocol"]).unwrap_or_default();
    let destination = asked(SERVER_ADDR, ["destination", "address"]);
    let head = RequestHead {
        method: request.get(":method").unwrap_or_default(),
        target: request.get(":path").unwrap_or_default(),
        protocol: &protocol,
        client,
        client_port,
        server: address(&destination).0,
        id: &asked(UNIQUE_ID, ["request", "id"]),
        seconds: program.looks_at(TIME).then(host::now).flatten().map(|now| now.as_secs()),
    };
    // What the host keeps apart, though the client sent it.
    let host = request.get(":authority").filter(|_| request.get("host").is_none()).map(|host| (&b"host"[..], host));
    let is_chunked = !ended && request.get("content-length").is_none() && request.get("transfer-encoding").is_none();
    let chunked = is_chunked.then(|| (&b"transfer-encoding"[..], &b"chunked"[..]));
    transaction.learn_request(&head, fields(&request).chain(host).chain(chunked));
    Ok(())
}

fn fields(pairs: &Pairs) -> impl Iterator<Item = (&[u8], &[u8])> {
    pairs.iter().filter(|(name, _)| !name.starts_with(b":"))
}

/// Part `127.0.0.1:80` and `[::1]:80`.
fn address(place: &[u8]) -> (&[u8], &[u8]) {
    match place.iter().rposition(|&byte| byte == b':') {
        Some(at) => (
            place[..at].strip_prefix(b"[").map_or(&place[..at], |it| it.strip_suffix(b"]").unwrap_or(it)),
            &place[at + 1..],
        ),
        None => (place, b""),
    }
}

fn refuse(status: impl Into<u32>) -> Action {
    let id = host::property(&["request", "id"]).unwrap_or_default();
    let text = [&b"refused by the firewall\nid: "[..], &id, b"\n"].concat();
    let fields = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")];
    host::respond(status.into(), "waf", &fields, &text).ok();
    Action::Pause
}
