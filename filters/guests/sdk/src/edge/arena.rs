//! Where a function allocates: first in what its memory holds anyway, behind its data.
//!
//! A call has an instance of its own, and what it allocates goes with it. A memory that need not grow spares the host
//! a third of what a small call costs, so little is taken back here; what does not fit goes to Rust's own allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

/// Allocates upwards from `next` to `end`, and takes back what was allocated last. Both are 0 before it has begun.
pub struct Arena {
    next: Cell<usize>,
    end: Cell<usize>,
}

// A guest has one thread.
unsafe impl Sync for Arena {}

impl Arena {
    /// An arena that finds its place at the first allocation.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self::between(0, 0)
    }

    const fn between(next: usize, end: usize) -> Self {
        Self { next: Cell::new(next), end: Cell::new(end) }
    }

    /// Take what the linker left of the last page behind the data (LLVM's `__heap_base`); elsewhere, nothing.
    #[cold]
    fn begin(&self) {
        #[cfg(target_arch = "wasm32")]
        {
            const PAGE: usize = 65536;
            extern "C" {
                static __heap_base: u8;
            }
            let base = unsafe { ptr::addr_of!(__heap_base) as usize };
            self.next.set(base);
            self.end.set((base + PAGE - 1) / PAGE * PAGE);
        }
    }

    fn holds(&self, place: *mut u8) -> bool {
        (place as usize) < self.end.get()
    }

    fn is_last(&self, place: *mut u8, size: usize) -> bool {
        place as usize + size == self.next.get()
    }
}

unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.end.get() == 0 {
            self.begin();
        }
        let at = (self.next.get() + layout.align() - 1) & !(layout.align() - 1);
        if layout.size() > self.end.get().saturating_sub(at) {
            return System.alloc(layout);
        }
        self.next.set(at + layout.size());
        at as *mut u8
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        if !self.holds(place) {
            System.dealloc(place, layout);
        } else if self.is_last(place, layout.size()) {
            self.next.set(place as usize);
        }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.holds(place) {
            return System.realloc(place, layout, size);
        }
        if self.is_last(place, layout.size()) && size <= self.end.get() - place as usize {
            self.next.set(place as usize + size);
            return place;
        }
        let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
        if !moved.is_null() {
            ptr::copy_nonoverlapping(place, moved, layout.size().min(size));
            self.dealloc(place, layout);
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::Arena;
    use std::alloc::{GlobalAlloc, Layout, System};

    const ROOM: usize = 256;

    /// Gives an arena, which lies below whatever the system allocates only where it says so itself.
    fn with_arena(test: impl Fn(&Arena, usize)) {
        let room = Layout::from_size_align(ROOM, 16).unwrap();
        let start = unsafe { System.alloc(room) } as usize;
        test(&Arena::between(start, start + ROOM), start);
        unsafe { System.dealloc(start as *mut u8, room) };
    }

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn what_is_allocated_lies_one_behind_the_other_and_aligned() {
        with_arena(|arena, start| unsafe {
            assert_eq!(arena.alloc(layout(3, 1)) as usize, start);
            assert_eq!(arena.alloc(layout(8, 8)) as usize, start + 8);
        });
    }

    #[test]
    fn what_was_allocated_last_is_taken_back_and_grows_where_it_lies() {
        with_arena(|arena, start| unsafe {
            let first = arena.alloc(layout(16, 1));
            let second = arena.alloc(layout(16, 1));
            assert_eq!(arena.realloc(second, layout(16, 1), 64), second);
            arena.dealloc(second, layout(64, 1));
            arena.dealloc(first, layout(16, 1));
            assert_eq!(arena.alloc(layout(16, 1)) as usize, start);
        });
    }

    #[test]
    fn what_lies_before_another_is_moved_with_its_bytes_when_it_grows() {
        with_arena(|arena, _| unsafe {
            let first = arena.alloc(layout(4, 1));
            first.copy_from(b"abcd".as_ptr(), 4);
            arena.alloc(layout(4, 1));
            let moved = arena.realloc(first, layout(4, 1), 8);
            assert_ne!(moved, first);
            assert_eq!(std::slice::from_raw_parts(moved, 4), b"abcd");
        });
    }

    #[test]
    fn what_does_not_fit_is_the_systems() {
        with_arena(|arena, start| unsafe {
            let large = arena.alloc(layout(ROOM + 1, 1));
            assert!(!(start..start + ROOM).contains(&(large as usize)));
            System.dealloc(large, layout(ROOM + 1, 1));
            assert_eq!(arena.alloc(layout(ROOM, 1)) as usize, start);
        });
    }

    #[test]
    fn without_a_place_of_its_own_all_is_the_systems() {
        let arena = Arena::new();
        unsafe {
            let place = arena.alloc(layout(100, 8));
            let place = arena.realloc(place, layout(100, 8), 200);
            assert!(!place.is_null());
            arena.dealloc(place, layout(200, 8));
        }
    }
}
