//! What an exchange tells: its request, the request's body, its response, laid out for rules to look at.

use crate::clock;
use crate::collection as c;
use crate::settings::RequestCaps;
use crate::stores::Store;
use crate::transaction::{Overflow, Transaction};
use waf_body::{cookies, json, kind, multipart, urlencoded, xml, BodyKind, Caps, Fields, Json, Multipart, Xml};
use waf_transform::Transformation;

/// What a request says before its body.
pub struct RequestHead<'a> {
    pub method: &'a [u8],
    /// Path and query.
    pub target: &'a [u8],
    pub protocol: &'a [u8],
    pub client: &'a [u8],
    pub client_port: &'a [u8],
    pub server: &'a [u8],
    pub id: &'a [u8],
    /// Since 1970.
    pub seconds: Option<u64>,
}

impl Transaction {
    /// Learn a request's head. `headers` are names in lower case and values, without pseudo-fields.
    pub fn learn_request<'a>(&mut self, head: &RequestHead, headers: impl Iterator<Item = (&'a [u8], &'a [u8])>) {
        let mut jar = Fields::default();
        let caps = self.caps();
        for (name, value) in headers {
            self.stores.add(&mut self.values, Store::Headers, name, value);
            match name {
                b"cookie" => self.exceeded(cookies(value, &caps, &mut jar)),
                b"host" => self.set(c::SERVER_NAME, without_port(value)),
                _ => {}
            }
        }
        self.add_all(Store::Cookies, &jar);
        self.learn_target(head);
        for (collection, value) in [
            (c::REQUEST_METHOD, head.method),
            (c::REQUEST_PROTOCOL, head.protocol),
            (c::REQUEST_URI, head.target),
            (c::REQUEST_URI_RAW, head.target),
            (c::REMOTE_ADDR, head.client),
            (c::REMOTE_PORT, head.client_port),
            (c::SERVER_ADDR, head.server),
            (c::UNIQUE_ID, head.id),
            (c::INBOUND_DATA_ERROR, b"0"),
            (c::OUTBOUND_DATA_ERROR, b"0"),
        ] {
            self.set(collection, value);
        }
        for collection in [c::REQBODY_ERROR, c::MULTIPART_STRICT_ERROR, c::MULTIPART_UNMATCHED_BOUNDARY] {
            self.set(collection, b"0");
        }
        self.set(c::REQUEST_LINE, &[head.method, head.target, head.protocol].join(&b' '));
        if let Some(seconds) = head.seconds {
            self.learn_time(seconds);
        }
        self.learn_credentials();
        self.learn_full_request(b"");
    }

    fn learn_target(&mut self, head: &RequestHead) {
        let (path, query) = split(head.target, b'?');
        let mut arguments = Fields::default();
        let exceeded = urlencoded(query.unwrap_or_default(), b'&', &self.caps(), &mut arguments);
        self.exceeded(exceeded);
        self.add_all(Store::Query, &arguments);
        self.set(c::ARGS_COMBINED_SIZE, arguments.text_bytes().to_string().as_bytes());
        self.set(c::QUERY_STRING, query.unwrap_or_default());
        let path = percent_decoded(path);
        let base = path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default();
        self.set(c::REQUEST_BASENAME, base);
        self.set(c::REQUEST_FILENAME, &path);
    }

    /// Learn who the client says it is.
    fn learn_credentials(&mut self) {
        let given: Vec<u8> = self.request_headers(b"authorization").next().unwrap_or_default().to_vec();
        let (scheme, credentials) = split(&given, b' ');
        if given.is_empty() {
            return;
        }
        self.set(c::AUTH_TYPE, scheme);
        let mut decoded = Vec::new();
        if scheme.eq_ignore_ascii_case(b"basic") {
            Transformation::Base64Decode.apply(credentials.unwrap_or_default(), &mut decoded);
            self.set(c::REMOTE_USER, split(&decoded, b':').0);
        }
    }

    /// Put the request together again, for the few rules that want it whole.
    fn learn_full_request(&mut self, body: &[u8]) {
        if !self.program.looks_at(c::FULL_REQUEST) && !self.program.looks_at(c::FULL_REQUEST_LENGTH) {
            return;
        }
        let mut whole = Vec::new();
        for line in self.stores.members(Store::Single(c::REQUEST_LINE)) {
            whole.extend_from_slice(self.values.text(line.value));
        }
        for header in self.stores.members(Store::Headers) {
            let (name, value) = (self.values.text(header.name), self.values.text(header.value));
            whole.extend_from_slice(&[b"\r\n", name, b": ", value].concat());
        }
        whole.extend_from_slice(&[b"\r\n\r\n", body].concat());
        self.set(c::FULL_REQUEST_LENGTH, whole.len().to_string().as_bytes());
        self.set(c::FULL_REQUEST, &whole);
    }

    fn learn_time(&mut self, seconds: u64) {
        let (members, time) = clock::members(seconds);
        for (name, value) in members {
            self.stores.add(&mut self.values, Store::Times, name, value.to_string().as_bytes());
        }
        self.stores.add(&mut self.values, Store::Times, b"", time.as_bytes());
    }

    /// Learn a request's body, whole; an empty one too.
    pub fn learn_request_body(&mut self, body: &[u8]) {
        self.set(c::REQUEST_BODY_LENGTH, body.len().to_string().as_bytes());
        if self.body.request_access == Some(false) || body.is_empty() {
            return;
        }
        let most = self.program.settings.request.text;
        self.learn_full_request(&body[..body.len().min(most)]);
        let content_type = self.content_type();
        if self.request_headers(b"content-encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
            self.faulty(Some("it is encoded, and not decoded here"));
        }
        let kind = self.body.processor.map_or_else(|| kind(&content_type), kind_of);
        self.set(c::REQBODY_PROCESSOR, processor(kind));
        match kind {
            BodyKind::Urlencoded => self.learn_form(body),
            BodyKind::Multipart => return self.learn_multipart(multipart(body, &content_type, &self.caps())),
            BodyKind::Json => self.learn_json(json(body, &self.caps())),
            BodyKind::Xml => self.learn_xml(xml(body, &self.caps())),
            BodyKind::Other => {}
        }
        if body.len() > most {
            self.exceed(Overflow::Body);
        }
        self.set(c::REQUEST_BODY, &body[..body.len().min(most)]);
    }

    fn learn_form(&mut self, body: &[u8]) {
        let mut arguments = Fields::default();
        let exceeded = urlencoded(body, b'&', &self.caps(), &mut arguments);
        self.exceeded(exceeded);
        self.add_arguments(&arguments);
    }

    fn learn_json(&mut self, json: Json) {
        self.add_arguments(&json.arguments);
        self.exceeded(json.overflow);
        self.faulty(json.fault);
    }

    fn learn_xml(&mut self, xml: Xml) {
        for text in [&xml.text, &xml.subset] {
            self.stores.add(&mut self.values, Store::XmlText, b"", text);
        }
        self.add_all(Store::XmlAttributes, &xml.attributes);
        self.exceeded(xml.overflow);
        self.faulty(xml.fault);
    }

    fn learn_multipart(&mut self, form: Multipart) {
        self.add_arguments(&form.arguments);
        self.add_all(Store::Parts, &form.part_headers);
        let mut size = 0;
        for file in &form.files {
            size += file.size;
            self.stores.add(&mut self.values, Store::Files, &file.field, &file.filename);
            if !file.extended_filename.is_empty() {
                self.stores.add(&mut self.values, Store::Files, &file.field, &file.extended_filename);
            }
            let sizes = Store::Single(c::FILES_SIZES);
            self.stores.add(&mut self.values, sizes, &file.field, file.size.to_string().as_bytes());
        }
        self.set(c::FILES_COMBINED_SIZE, size.to_string().as_bytes());
        self.learn_flags(&form);
        self.exceeded(form.overflow);
        self.faulty(form.fault);
    }

    fn learn_flags(&mut self, form: &Multipart) {
        let flags = &form.flags;
        for (name, flag) in [
            ("boundary_quoted", flags.boundary_quoted),
            ("boundary_whitespace", flags.boundary_whitespace),
            ("crlf_lf_lines", flags.crlf_lf_lines()),
            ("data_after", flags.data_after),
            ("data_before", flags.data_before),
            ("file_limit_exceeded", form.overflow.is_some()),
            ("header_folding", flags.header_folding),
            ("invalid_header_folding", flags.invalid_header_folding),
            ("invalid_part", flags.invalid_part),
            ("invalid_quoting", flags.invalid_quoting),
            ("lf_line", flags.lf_line),
            ("missing_semicolon", flags.missing_semicolon),
        ] {
            self.stores.add(&mut self.values, Store::MultipartFlags, name.as_bytes(), digit(flag));
        }
        self.set(c::MULTIPART_STRICT_ERROR, digit(form.strict_error()));
        self.set(c::MULTIPART_UNMATCHED_BOUNDARY, flags.unmatched_boundary.to_string().as_bytes());
    }

    fn add_arguments(&mut self, arguments: &Fields) {
        self.add_all(Store::Form, arguments);
        let query: usize = self.stores.members(Store::Query).iter().map(|it| self.values.length(it)).sum();
        self.set(c::ARGS_COMBINED_SIZE, (query + arguments.text_bytes()).to_string().as_bytes());
    }

    /// Learn a response's head.
    pub fn learn_response<'a>(&mut self, status: &[u8], headers: impl Iterator<Item = (&'a [u8], &'a [u8])>) {
        self.in_response = true;
        self.stores.remove(Store::Response);
        for (name, value) in headers {
            self.stores.add(&mut self.values, Store::Response, name, value);
            match name {
                b"content-type" => self.set(c::RESPONSE_CONTENT_TYPE, value),
                b"content-length" => self.set(c::RESPONSE_CONTENT_LENGTH, value),
                _ => {}
            }
        }
        self.set(c::RESPONSE_STATUS, status);
        self.set(c::RESPONSE_PROTOCOL, b"HTTP/1.1");
    }

    /// Learn a response's body, or its beginning; `whole` tells which.
    pub fn learn_response_body(&mut self, body: &[u8], whole: bool) {
        if !whole {
            self.exceed(Overflow::Body);
        }
        self.set(c::RESPONSE_BODY, body);
    }

    /// Whether rules want the body of a request.
    pub fn wants_request_body(&self) -> bool {
        let wanted = self.mode.is_some() && self.allowed_until < 2 && self.program.settings.request.inspect;
        wanted && self.body.request_access != Some(false)
    }

    /// Whether rules want the body of a response of this media type.
    pub fn wants_response_body(&self, content_type: &[u8]) -> bool {
        let essence = split(content_type, b';').0;
        let caps = &self.program.settings.response;
        let is_meant = || {
            let name = String::from_utf8_lossy(essence).trim().to_ascii_lowercase();
            caps.types.iter().any(|wanted| *wanted == name)
        };
        let wanted = self.mode.is_some() && self.allowed_until < 4 && caps.inspect;
        wanted && self.body.response_access != Some(false) && is_meant()
    }

    fn caps(&self) -> Caps {
        let RequestCaps { text, arguments, depth, .. } = self.program.settings.request;
        Caps { arguments, depth, text_bytes: text }
    }

    fn set(&mut self, collection: u8, value: &[u8]) {
        self.stores.set(&mut self.values, collection, value);
    }

    fn add_all(&mut self, store: Store, fields: &Fields) {
        for (name, value) in fields.iter() {
            self.stores.add(&mut self.values, store, name, value);
        }
    }

    /// Return what the body is said to be. Where that is said twice, the application may believe the other.
    fn content_type(&mut self) -> Vec<u8> {
        let types: Vec<Vec<u8>> = self.request_headers(b"content-type").map(<[u8]>::to_vec).collect();
        if types.len() > 1 || types.iter().any(|one| split(one, b';').0.contains(&b',')) {
            self.faulty(Some("it is said to be of several types"));
        }
        types.into_iter().next().unwrap_or_default()
    }

    fn request_headers<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let headers = self.stores.members(Store::Headers).iter();
        let meant = headers.filter(move |header| self.values.text(header.name) == name);
        meant.map(move |header| self.values.text(header.value))
    }

    fn exceeded(&mut self, overflow: Option<waf_body::Overflow>) {
        if let Some(overflow) = overflow {
            self.exceed(match overflow {
                waf_body::Overflow::Text => Overflow::Body,
                waf_body::Overflow::Arguments => Overflow::Arguments,
                waf_body::Overflow::Depth => Overflow::Depth,
            });
        }
    }

    fn faulty(&mut self, fault: Option<&'static str>) {
        if let Some(fault) = fault {
            self.set(c::REQBODY_ERROR, b"1");
            self.set(c::REQBODY_ERROR_MSG, fault.as_bytes());
        }
    }
}

fn digit(flag: bool) -> &'static [u8] {
    match flag {
        true => b"1",
        false => b"0",
    }
}

fn split(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == at) {
        Some(found) => (&text[..found], Some(&text[found + 1..])),
        None => (text, None),
    }
}

fn without_port(authority: &[u8]) -> &[u8] {
    match authority.iter().rposition(|&byte| byte == b':') {
        Some(at) if !authority.ends_with(b"]") => &authority[..at],
        _ => authority,
    }
}

fn percent_decoded(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    match Transformation::UrlDecode.apply(path, &mut decoded) {
        true => decoded,
        false => path.to_vec(),
    }
}

fn kind_of(processor: u8) -> BodyKind {
    match processor {
        0 => BodyKind::Urlencoded,
        1 => BodyKind::Multipart,
        2 => BodyKind::Json,
        3 => BodyKind::Xml,
        _ => BodyKind::Other,
    }
}

fn processor(kind: BodyKind) -> &'static [u8] {
    match kind {
        BodyKind::Urlencoded => b"URLENCODED",
        BodyKind::Multipart => b"MULTIPART",
        BodyKind::Json => b"JSON",
        BodyKind::Xml => b"XML",
        BodyKind::Other => b"",
    }
}
