//! Which elements, attributes and declarations run or fetch what an attacker wrote; from the HTML and SVG standards,
//! and from Microsoft's reference of Internet Explorer's extensions.

use crate::dictionary::Dictionary;

/// What an attribute's value can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attribute {
    Harmless,
    /// Whatever its value: a script, a style, a namespace.
    Dangerous,
    /// The value is an address, which may be a script.
    Address,
    /// The value names the attribute that an animation changes.
    Name,
}

#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "applet", "base", "bgsound", "comment", "embed", "event-source", "frame", "frameset", "handler", "iframe", "ilayer",
    "import", "isindex", "layer", "link", "listener", "meta", "noscript", "object", "script", "style", "vmlframe",
    "xml", "xss",
];

const DANGEROUS: &[&str] = &["dataformatas", "datasrc", "style", "xmlns"];

#[rustfmt::skip]
const ADDRESSES: &[&str] = &[
    "action", "background", "by", "cite", "classid", "code", "codebase", "content", "data", "dynsrc", "filter",
    "folder", "formaction", "from", "href", "longdesc", "lowsrc", "manifest", "ping", "poster", "profile", "src",
    "srcdoc", "to", "usemap", "values", "xlink:href",
];

/// Events, without their `on`.
#[rustfmt::skip]
const EVENTS: &[&str] = &[
    "abort", "activate", "afterprint", "afterscriptexecute", "afterupdate", "animationcancel", "animationend",
    "animationiteration", "animationstart", "auxclick", "beforeactivate", "beforecopy", "beforecut", "beforedeactivate",
    "beforeeditfocus", "beforeinput", "beforematch", "beforepaste", "beforeprint", "beforescriptexecute",
    "beforetoggle", "beforeunload", "beforeupdate", "begin", "blur", "bounce", "cancel", "canplay", "canplaythrough",
    "cellchange", "change", "click", "close", "contentvisibilityautostatechange", "contextlost", "contextmenu",
    "contextrestored", "controlselect", "copy", "cuechange", "cut", "dataavailable", "datasetchanged",
    "datasetcomplete", "dblclick", "deactivate", "drag", "dragdrop", "dragend", "dragenter", "dragexit", "dragleave",
    "dragover", "dragstart", "drop", "durationchange", "emptied", "end", "ended", "error", "errorupdate",
    "filterchange", "finish", "focus", "focusin", "focusout", "formchange", "formdata", "forminput", "fullscreenchange",
    "fullscreenerror", "gotpointercapture", "hashchange", "help", "input", "invalid", "keydown", "keypress", "keyup",
    "languagechange", "layoutcomplete", "load", "loadeddata", "loadedmetadata", "loadend", "loadstart", "losecapture",
    "lostpointercapture", "mediacomplete", "mediaerror", "message", "messageerror", "mousedown", "mouseenter",
    "mouseleave", "mousemove", "mouseout", "mouseover", "mouseup", "mousewheel", "move", "moveend", "movestart",
    "offline", "online", "orientationchange", "outofsync", "pagehide", "pageshow", "pagereveal", "pageswap", "paste",
    "pause", "play", "playing", "pointercancel", "pointerdown", "pointerenter", "pointerleave", "pointermove",
    "pointerout", "pointerover", "pointerrawupdate", "pointerup", "popstate", "progress", "propertychange",
    "ratechange", "readystatechange", "rejectionhandled", "repeat", "reset", "resize", "resizeend", "resizestart",
    "resume", "reverse", "rowdelete", "rowenter", "rowexit", "rowinserted", "rowsdelete", "rowsenter", "rowsinserted",
    "scroll", "scrollend", "search", "securitypolicyviolation", "seek", "seeked", "seeking", "select",
    "selectionchange", "selectstart", "show", "slotchange", "stalled", "start", "stop", "storage", "submit", "suspend",
    "syncrestored", "timeerror", "timeupdate", "toggle", "touchcancel", "touchend", "touchmove", "touchstart",
    "trackchange", "transitioncancel", "transitionend", "transitionrun", "transitionstart", "unhandledrejection",
    "unload", "urlflip", "volumechange", "waiting", "webkitanimationend", "webkitanimationiteration",
    "webkitanimationstart", "webkittransitionend", "wheel", "zoom",
];

static KNOWN_ELEMENTS: Dictionary<(), 64> = Dictionary::new(&[((), ELEMENTS)]);

static KNOWN_ATTRIBUTES: Dictionary<Attribute, 128> = Dictionary::new(&[
    (Attribute::Dangerous, DANGEROUS),
    (Attribute::Address, ADDRESSES),
    (Attribute::Name, &["attributename"]),
]);

static KNOWN_EVENTS: Dictionary<(), 512> = Dictionary::new(&[((), EVENTS)]);

/// A name in lower case, without the NULs that old browsers skipped.
struct Name {
    bytes: [u8; 40],
    length: usize,
}

impl Name {
    /// Read a name; none if it is longer than any that matters.
    fn read(text: &[u8]) -> Option<Name> {
        let mut name = Name { bytes: [0; 40], length: 0 };
        for byte in text.iter().filter(|byte| **byte != 0) {
            *name.bytes.get_mut(name.length)? = byte.to_ascii_lowercase();
            name.length += 1;
        }
        Some(name)
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

pub fn is_dangerous_element(text: &[u8]) -> bool {
    let name = match Name::read(text) {
        Some(name) => name,
        None => return false,
    };
    let local = name.as_bytes();
    local.starts_with(b"svg") || local.starts_with(b"xsl") || KNOWN_ELEMENTS.get(local).is_some()
}

pub fn attribute(text: &[u8]) -> Attribute {
    let name = match Name::read(text) {
        Some(name) => name,
        None => return Attribute::Harmless,
    };
    let local = name.as_bytes();
    let is_event = local.strip_prefix(b"on").map_or(false, |event| KNOWN_EVENTS.get(event).is_some());
    if is_event || local.starts_with(b"xmlns:") {
        return Attribute::Dangerous;
    }
    KNOWN_ATTRIBUTES.get(local).unwrap_or(Attribute::Harmless)
}

/// Whether a declaration or processing instruction defines what the page means: `<!DOCTYPE`, `<!ENTITY`, `<?xml`.
pub fn is_dangerous_declaration(text: &[u8]) -> bool {
    let words: [&[u8]; 5] = [b"!doctype", b"!entity", b"?import", b"?xml", b"![if"];
    words.iter().any(|word| starts_with(text, word)) || text.contains(&b'`')
}

/// Whether old versions of Internet Explorer would run a comment: `<!--[if …]>`, and a back quote's unbalanced value.
pub fn is_dangerous_comment(text: &[u8]) -> bool {
    starts_with(text, b"[if") || starts_with(text, b"xml") || text.contains(&b'`')
}

fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).map_or(false, |start| start.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_whatever_their_case_and_through_nulls() {
        assert!(is_dangerous_element(b"ScR\0IpT"));
        assert!(is_dangerous_element(b"svg:x"));
        assert_eq!(attribute(b"ONLOAD"), Attribute::Dangerous);
        assert_eq!(attribute(b"hr\0ef"), Attribute::Address);
    }

    #[test]
    fn other_names_are_harmless() {
        for name in [&b""[..], b"on", b"once", b"online-shop", b"class", &[b'x'; 99]] {
            assert_eq!(attribute(name), Attribute::Harmless);
            assert!(!is_dangerous_element(name));
        }
    }

    #[test]
    fn every_word_of_the_tables_is_found() {
        for name in EVENTS {
            assert_eq!(attribute(format!("on{}", name).as_bytes()), Attribute::Dangerous, "{}", name);
        }
        for name in ADDRESSES {
            assert_eq!(attribute(name.as_bytes()), Attribute::Address, "{}", name);
        }
    }
}
