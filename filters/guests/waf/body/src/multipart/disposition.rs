//! Content-Disposition: what a part is called (RFC 7578 §4.2).

use super::flags::MultipartFlags;
use super::header::PartHeader;
use crate::stop::{fault, Stop};
use crate::urlencoded::hex;

/// A part's names; those that are not given are empty, but there is always a `name`.
#[derive(Default)]
pub(super) struct Disposition {
    pub(super) name: Vec<u8>,
    pub(super) filename: Vec<u8>,
    pub(super) extended_filename: Vec<u8>,
}

impl Disposition {
    pub(super) fn of(headers: &[PartHeader], flags: &mut MultipartFlags) -> Result<Disposition, Stop> {
        let header = headers.iter().find(|header| header.is(b"content-disposition"));
        let parameters = match header.map(|header| header.value().strip_prefix(b"form-data")) {
            Some(Some(parameters)) => parameters,
            Some(None) => return fault("a part is no form-data"),
            None => return fault("a part has no Content-Disposition"),
        };
        let mut reader = Reader { rest: parameters, flags };
        let disposition = reader.disposition()?;
        if disposition.name.is_empty() {
            return fault("a part has no name");
        }
        if disposition.filename.is_empty() && !disposition.extended_filename.is_empty() {
            return fault("a part has a filename* and no filename");
        }
        Ok(disposition)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    flags: &'a mut MultipartFlags,
}

impl<'a> Reader<'a> {
    fn disposition(&mut self) -> Result<Disposition, Stop> {
        let (mut name, mut filename, mut extended_filename) = (None, None, None);
        while self.semicolon()? {
            let (slot, extended) = match self.parameter()? {
                b"name" => (&mut name, false),
                b"filename" => (&mut filename, false),
                b"filename*" => (&mut extended_filename, true),
                _ => return fault("a Content-Disposition has an unknown parameter"),
            };
            let value = if extended { self.extended()? } else { self.value()? };
            if slot.replace(value).is_some() {
                return fault("a Content-Disposition has a parameter twice");
            }
        }
        Ok(Disposition {
            name: name.unwrap_or_default(),
            filename: filename.unwrap_or_default(),
            extended_filename: extended_filename.unwrap_or_default(),
        })
    }

    /// Go behind a semicolon; false when nothing more follows.
    fn semicolon(&mut self) -> Result<bool, Stop> {
        self.take(is_blank);
        match self.rest.split_first() {
            None => return Ok(false),
            Some((b';', rest)) => self.rest = rest,
            Some((byte, _)) => {
                self.flags.invalid_quoting |= matches!(byte, b'"' | b'\'');
                return fault("a semicolon is missing in a Content-Disposition");
            }
        }
        self.take(is_blank);
        Ok(!self.rest.is_empty())
    }

    /// Read up to behind the `=`. No blanks: servers that search for `filename=` would see no file.
    fn parameter(&mut self) -> Result<&'a [u8], Stop> {
        let name = self.take(|byte| byte != b'=' && !is_blank(byte));
        match self.rest.split_first() {
            Some((b'=', rest)) => self.rest = rest,
            _ => return fault("a = is missing in a Content-Disposition"),
        }
        Ok(name)
    }

    fn value(&mut self) -> Result<Vec<u8>, Stop> {
        if let Some((quote @ (b'"' | b'\''), rest)) = self.rest.split_first() {
            self.rest = rest;
            self.flags.invalid_quoting |= *quote == b'\'';
            return self.quoted(*quote);
        }
        let value = self.take(is_token);
        self.flags.invalid_quoting |= value.contains(&b'\'');
        Ok(value.to_vec())
    }

    /// Read up to the quote. An escaped quote is flagged: since browsers write `%22`, not all servers unescape it.
    fn quoted(&mut self, quote: u8) -> Result<Vec<u8>, Stop> {
        let mut value = Vec::new();
        loop {
            value.extend_from_slice(self.take(|byte| byte != quote && byte != b'\\'));
            let (byte, length) = match *self.rest {
                [b'\\', b'\\', ..] => (b'\\', 2),
                [b'\\', escaped, ..] if escaped == quote => (quote, 2),
                [b'\\', ..] => (b'\\', 1),
                [_, ..] => {
                    self.rest = &self.rest[1..];
                    return Ok(value);
                }
                [] => return fault("a quote does not end in a Content-Disposition"),
            };
            self.flags.invalid_quoting |= byte == quote;
            value.push(byte);
            self.rest = &self.rest[length..];
        }
    }

    /// Read `charset'language'value` and decode the value.
    fn extended(&mut self) -> Result<Vec<u8>, Stop> {
        let charset = self.take(|byte| byte.is_ascii_alphanumeric() || b"!#$%&+-^_`{}~".contains(&byte));
        let mut quotes = self.rest.splitn(3, |byte| *byte == b'\'');
        let value = match (charset, quotes.next(), quotes.next(), quotes.next()) {
            ([_, ..], Some(b""), Some(_), Some(value)) => value,
            _ => return fault("a filename* has no charset"),
        };
        self.rest = value;
        let mut encoded = self.take(|byte| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`~%".contains(&byte));
        let mut decoded = Vec::new();
        while let Some((byte, rest)) = encoded.split_first() {
            let (byte, rest) = match (*byte, rest) {
                (b'%', [high, low, rest @ ..]) => match hex(*high).zip(hex(*low)) {
                    Some((high, low)) => (high << 4 | low, rest),
                    None => return fault("a filename* is badly encoded"),
                },
                (b'%', _) => return fault("a filename* is badly encoded"),
                (byte, rest) => (byte, rest),
            };
            decoded.push(byte);
            encoded = rest;
        }
        Ok(decoded)
    }

    fn take(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let count = self.rest.iter().position(|byte| !belongs(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// RFC 2045 §5.1.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&byte)
}
