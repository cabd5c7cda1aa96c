//! The texts of one exchange and what transformations make of them; each is worked out once.

use crate::pipelines::{Node, Pipelines};
use crate::stores::Member;
use std::ops::Range;
use waf_transform::Class;

/// A text of the exchange, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject(u32);

#[derive(Clone, Copy)]
struct Text {
    start: u32,
    length: u32,
    class: Class,
    /// Where in `memo` this text's transformations are; [`NONE`] while there are none.
    memo: u32,
    /// Where in `bits` the literals found in it are; see [`Scan`].
    found: u32,
}

const NONE: u32 = u32::MAX;
const FOUND_NOTHING: u32 = u32::MAX - 1;

/// What a look for literals in a text has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    NotYet,
    Nothing,
    /// Where its bits begin.
    Bits(usize),
}

#[derive(Default)]
pub struct Values {
    bytes: Vec<u8>,
    texts: Vec<Text>,
    memo: Vec<u32>,
    bits: Vec<u64>,
    scratch: Vec<u8>,
}

impl Values {
    /// Forget the last exchange, and keep its memory for the next.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.texts.clear();
        self.memo.clear();
        self.bits.clear();
    }

    pub fn add(&mut self, text: &[u8]) -> Subject {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.push(start, Class::of(text))
    }

    fn push(&mut self, start: usize, class: Class) -> Subject {
        let length = (self.bytes.len() - start) as u32;
        self.texts.push(Text { start: start as u32, length, class, memo: NONE, found: NONE });
        Subject(self.texts.len() as u32 - 1)
    }

    fn range(&self, subject: Subject) -> Range<usize> {
        let text = self.texts[subject.0 as usize];
        text.start as usize..(text.start + text.length) as usize
    }

    pub fn text(&self, subject: Subject) -> &[u8] {
        &self.bytes[self.range(subject)]
    }

    /// Return what a text becomes on a way through the tree of transformations; itself, where they leave it as it is.
    pub fn transformed(&mut self, pipelines: &Pipelines, root: Subject, path: &[Node]) -> Subject {
        let mut now = root;
        for &node in path {
            if !pipelines.transformation(node).leaves(self.texts[now.0 as usize].class) {
                now = self.step(pipelines, root, now, node);
            }
        }
        now
    }

    fn step(&mut self, pipelines: &Pipelines, root: Subject, from: Subject, node: Node) -> Subject {
        if self.texts[root.0 as usize].memo == NONE {
            self.texts[root.0 as usize].memo = self.memo.len() as u32;
            self.memo.resize(self.memo.len() + pipelines.count(), NONE);
        }
        let at = self.texts[root.0 as usize].memo as usize + node as usize;
        if self.memo[at] == NONE {
            self.memo[at] = self.apply(pipelines, from, node).0;
        }
        Subject(self.memo[at])
    }

    fn apply(&mut self, pipelines: &Pipelines, from: Subject, node: Node) -> Subject {
        let mut made = std::mem::take(&mut self.scratch);
        let differs = pipelines.transformation(node).apply(self.text(from), &mut made);
        let subject = if differs { self.add(&made) } else { from };
        self.scratch = made;
        subject
    }

    pub fn scan(&self, subject: Subject) -> Scan {
        match self.texts[subject.0 as usize].found {
            NONE => Scan::NotYet,
            FOUND_NOTHING => Scan::Nothing,
            at => Scan::Bits(at as usize),
        }
    }

    /// Keep what `look` finds in a text: it sets bits in as many words as it is told.
    pub fn keep_scan(&mut self, subject: Subject, words: usize, look: impl FnOnce(&[u8], &mut [u64]) -> bool) -> Scan {
        let at = self.bits.len();
        self.bits.resize(at + words, 0);
        let range = self.range(subject);
        let found = look(&self.bytes[range], &mut self.bits[at..]);
        if !found {
            self.bits.truncate(at);
        }
        self.texts[subject.0 as usize].found = if found { at as u32 } else { FOUND_NOTHING };
        self.scan(subject)
    }

    pub fn bits(&self, at: usize, words: usize) -> &[u64] {
        &self.bits[at..at + words]
    }

    pub fn has_bit(&self, at: usize, bit: usize) -> bool {
        self.bits[at + bit / 64] >> (bit % 64) & 1 != 0
    }

    /// How many bytes a member's name and value have.
    pub fn length(&self, member: &Member) -> usize {
        self.text(member.name).len() + self.text(member.value).len()
    }

    /// How many bytes are kept: those of the exchange and all that was made of them.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}
