//! Parts of a pattern, as they are put together: where a match of one begins and ends.

use crate::boundary::Places;

/// A position at an end of a part, and at which places a match may go in or out there.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub position: u32,
    pub at: Places,
}

pub struct Fragment {
    pub first: Vec<End>,
    pub last: Vec<End>,
    /// The places that the part can pass without a byte.
    pub empty: Places,
}

impl Fragment {
    pub fn nothing() -> Self {
        Fragment::passing(Places::NONE)
    }

    pub fn passing(places: Places) -> Self {
        Fragment { first: Vec::new(), last: Vec::new(), empty: places }
    }

    pub fn position(position: u32) -> Self {
        let end = vec![End { position, at: Places::ALL }];
        Fragment { first: end.clone(), last: end, empty: Places::NONE }
    }

    pub fn has_positions(&self) -> bool {
        !self.first.is_empty()
    }

    /// Let what `next` begins and ends with be seen through whichever of the two can be empty. They are linked by the caller.
    #[must_use]
    pub fn then(mut self, next: Fragment) -> Fragment {
        self.first.extend(within(&next.first, self.empty));
        let mut last = next.last;
        last.extend(within(&self.last, next.empty));
        Fragment { first: self.first, last, empty: self.empty.and(next.empty) }
    }

    #[must_use]
    pub fn or(mut self, other: Fragment) -> Fragment {
        self.first.extend(other.first);
        self.last.extend(other.last);
        Fragment { empty: self.empty.or(other.empty), ..self }
    }
}

fn within(ends: &[End], places: Places) -> impl Iterator<Item = End> + '_ {
    let within = ends.iter().map(move |end| End { at: end.at.and(places), ..*end });
    within.filter(|end| end.at != Places::NONE)
}
