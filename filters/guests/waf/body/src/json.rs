//! JSON bodies (RFC 8259).

mod path;
mod scanner;

use crate::caps::{Caps, Overflow};
use crate::fields::Fields;
use crate::stop::Stop;
use path::{Container, Path};
use scanner::Scanner;

/// What a JSON body carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Json {
    /// The strings, numbers and words under their paths, in order; a name that comes twice is there twice.
    pub arguments: Fields,
    pub fault: Option<&'static str>,
    pub overflow: Option<Overflow>,
}

/// Read a JSON text; an empty body holds nothing and is no fault.
///
/// Strict: one value, in UTF-8, without a byte order mark, half surrogate pairs or anything that readers differ in, but that
/// names may repeat.
pub fn json(body: &[u8], caps: &Caps) -> Json {
    if body.is_empty() {
        return Json::default();
    }
    let unreadable = std::str::from_utf8(body).err();
    let text = &body[..unreadable.map_or(body.len(), |error| error.valid_up_to())];
    let mut reader = Reader { scanner: Scanner::new(text), path: Path::new(), arguments: Fields::default(), caps };
    let (found, overflow) = Stop::parts(reader.read());
    let fault = if overflow.is_none() && unreadable.is_some() { Some("bytes that are no UTF-8") } else { found };
    Json { arguments: reader.arguments, fault, overflow }
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    path: Path,
    arguments: Fields,
    caps: &'a Caps,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Stop> {
        loop {
            let entered = self.value()?;
            let more = if entered { self.first()? } else { self.following()? };
            if !more {
                return self.scanner.end();
            }
        }
    }

    /// Read a scalar, or enter a container and say so.
    fn value(&mut self) -> Result<bool, Stop> {
        match self.scanner.peek() {
            Some(b'{') => self.enter(Container::Object),
            Some(b'[') => self.enter(Container::List),
            _ => {
                let (path, scanner) = (self.path.text(), &mut self.scanner);
                self.arguments.write(self.caps, |text| {
                    text.extend_from_slice(path);
                    let middle = text.len();
                    scanner.scalar(text).map(|()| middle)
                })?;
                Ok(false)
            }
        }
    }

    fn enter(&mut self, container: Container) -> Result<bool, Stop> {
        if self.path.depth() >= self.caps.depth {
            return Err(Overflow::Depth.into());
        }
        self.scanner.skip();
        self.path.enter(container);
        Ok(true)
    }

    /// Go to a container's first value, or out of it if it is empty.
    fn first(&mut self) -> Result<bool, Stop> {
        match self.path.container() {
            Some(container) if !self.scanner.takes(container.close()) => self.place(container).map(|()| true),
            _ => {
                self.path.leave();
                self.following()
            }
        }
    }

    /// Go to the value behind the one just read, out of the containers that end there; false when none follows.
    fn following(&mut self) -> Result<bool, Stop> {
        while let Some(container) = self.path.container() {
            if self.scanner.takes(b',') {
                return self.place(container).map(|()| true);
            }
            if !self.scanner.takes(container.close()) {
                return self.scanner.unexpected("a comma or an end is missing");
            }
            self.path.leave();
        }
        Ok(false)
    }

    /// Give the next value its path.
    fn place(&mut self, container: Container) -> Result<(), Stop> {
        if container == Container::List {
            self.path.element();
            return Ok(());
        }
        if self.scanner.peek() != Some(b'"') {
            return self.scanner.unexpected("a name is missing");
        }
        let scanner = &mut self.scanner;
        self.path.member(|name| scanner.string(name))?;
        match self.scanner.takes(b':') {
            true => Ok(()),
            false => self.scanner.unexpected("a colon is missing"),
        }
    }
}

#[cfg(test)]
mod tests;
