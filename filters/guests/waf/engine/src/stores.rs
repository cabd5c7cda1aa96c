//! Where the members of collections are kept, by what they come from; several collections may show the same store.

use crate::collection as c;
use crate::values::{Subject, Values};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Query,
    Form,
    Cookies,
    Headers,
    Files,
    Parts,
    Response,
    XmlText,
    XmlAttributes,
    MultipartFlags,
    Times,
    /// The single value of a collection that is no collection.
    Single(u8),
}

const SHARED: usize = 11;

impl Store {
    fn at(self) -> usize {
        match self {
            Store::Query => 0,
            Store::Form => 1,
            Store::Cookies => 2,
            Store::Headers => 3,
            Store::Files => 4,
            Store::Parts => 5,
            Store::Response => 6,
            Store::XmlText => 7,
            Store::XmlAttributes => 8,
            Store::MultipartFlags => 9,
            Store::Times => 10,
            Store::Single(collection) => SHARED + collection as usize,
        }
    }
}

/// Which half of a member a collection shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    Name,
    Value,
}

/// Return the stores that a collection shows, and which half of their members.
pub fn shown(collection: u8, attributes: bool) -> (&'static [Store], Half) {
    use Store::*;
    match collection {
        c::ARGS => (&[Query, Form], Half::Value),
        c::ARGS_NAMES => (&[Query, Form], Half::Name),
        c::ARGS_GET => (&[Query], Half::Value),
        c::ARGS_GET_NAMES => (&[Query], Half::Name),
        c::ARGS_POST => (&[Form], Half::Value),
        c::ARGS_POST_NAMES => (&[Form], Half::Name),
        c::REQUEST_COOKIES => (&[Cookies], Half::Value),
        c::REQUEST_COOKIES_NAMES => (&[Cookies], Half::Name),
        c::REQUEST_HEADERS => (&[Headers], Half::Value),
        c::REQUEST_HEADERS_NAMES => (&[Headers], Half::Name),
        c::FILES => (&[Files], Half::Value),
        c::FILES_NAMES => (&[Files], Half::Name),
        c::MULTIPART_FILENAME => (&[Files], Half::Value),
        c::MULTIPART_NAME => (&[Files], Half::Name),
        c::MULTIPART_PART_HEADERS => (&[Parts], Half::Value),
        c::MULTIPART_FLAG => (&[MultipartFlags], Half::Value),
        c::XML if attributes => (&[XmlAttributes], Half::Value),
        c::XML => (&[XmlText], Half::Value),
        c::RESPONSE_HEADERS => (&[Response], Half::Value),
        c::RESPONSE_HEADERS_NAMES => (&[Response], Half::Name),
        c::TIME => (&[Times], Half::Value),
        c::REQUEST_BODY_ERROR => (&[Single(c::REQBODY_ERROR)], Half::Value),
        _ => (single(collection), Half::Value),
    }
}

fn single(collection: u8) -> &'static [Store] {
    const ALL: [Store; c::COUNT] = {
        let mut stores = [Store::Query; c::COUNT];
        let mut number = 0;
        while number < c::COUNT {
            stores[number] = Store::Single(number as u8);
            number += 1;
        }
        stores
    };
    static SINGLES: [Store; c::COUNT] = ALL;
    let at = collection as usize;
    if at < c::COUNT {
        &SINGLES[at..=at]
    } else {
        &[]
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub name: Subject,
    pub value: Subject,
}

impl Member {
    pub fn half(self, half: Half) -> Subject {
        match half {
            Half::Name => self.name,
            Half::Value => self.value,
        }
    }
}

/// The members of all stores.
pub struct Stores(Vec<Vec<Member>>);

impl Default for Stores {
    fn default() -> Self {
        Stores(vec![Vec::new(); SHARED + c::COUNT])
    }
}

impl Stores {
    pub fn clear(&mut self) {
        self.0.iter_mut().for_each(Vec::clear);
    }

    pub fn members(&self, store: Store) -> &[Member] {
        &self.0[store.at()]
    }

    pub fn add(&mut self, values: &mut Values, store: Store, name: &[u8], value: &[u8]) {
        let member = Member { name: values.add(name), value: values.add(value) };
        self.0[store.at()].push(member);
    }

    /// Give a collection that is a single value this one, in the place of what it had.
    pub fn set(&mut self, values: &mut Values, collection: u8, value: &[u8]) {
        let store = Store::Single(collection);
        self.0[store.at()].clear();
        self.add(values, store, b"", value);
    }

    pub fn remove(&mut self, store: Store) {
        self.0[store.at()].clear();
    }
}
