//! The names that libmodsecurity gives to the values of a JSON text: `json.list.array_0.name`.

use crate::stop::Stop;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Object,
    List,
}

impl Container {
    pub(super) fn close(self) -> u8 {
        match self {
            Container::Object => b'}',
            Container::List => b']',
        }
    }
}

/// Where the reader is.
pub(super) struct Path {
    text: Vec<u8>,
    levels: Vec<Level>,
}

struct Level {
    container: Container,
    /// The part of the text that names the container.
    prefix: usize,
    elements: usize,
}

impl Path {
    pub(super) fn new() -> Path {
        Path { text: b"json".to_vec(), levels: Vec::new() }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn depth(&self) -> usize {
        self.levels.len()
    }

    pub(super) fn container(&self) -> Option<Container> {
        self.levels.last().map(|level| level.container)
    }

    pub(super) fn enter(&mut self, container: Container) {
        self.text.extend_from_slice(match container {
            Container::Object => b".",
            Container::List => b".array_",
        });
        self.levels.push(Level { container, prefix: self.text.len(), elements: 0 });
    }

    pub(super) fn leave(&mut self) {
        self.levels.pop();
    }

    /// Go to the next element of a list.
    pub(super) fn element(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.text.truncate(level.prefix);
            self.text.extend_from_slice(level.elements.to_string().as_bytes());
            level.elements += 1;
        }
    }

    /// Go to the member of an object whose name `write` appends.
    pub(super) fn member(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), Stop>) -> Result<(), Stop> {
        let prefix = self.levels.last().map_or(0, |level| level.prefix);
        self.text.truncate(prefix);
        write(&mut self.text)?;
        if self.text.len() == prefix {
            self.text.extend_from_slice(b"empty-key");
        }
        Ok(())
    }
}
