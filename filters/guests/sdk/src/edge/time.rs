//! The host's clocks. They need `time` in `allow`.

use super::abi::penstock;
use std::time::Duration;

/// Tell the time since 1970.
pub fn now() -> Duration {
    Duration::from_millis(unsafe { penstock::clock_ms() }.max(0) as u64)
}

/// Tell a time that only grows, to measure how long something takes.
pub fn monotonic() -> Duration {
    Duration::from_micros(unsafe { penstock::monotonic_us() }.max(0) as u64)
}

/// Write a duration as the host wants it: whole seconds, begun ones too.
pub(super) fn seconds(duration: Duration) -> u32 {
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    whole.min(u32::MAX.into()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_whole_and_never_less_than_was_asked() {
        assert_eq!(seconds(Duration::ZERO), 0);
        assert_eq!(seconds(Duration::from_millis(1)), 1);
        assert_eq!(seconds(Duration::from_secs(60)), 60);
        assert_eq!(seconds(Duration::new(u64::from(u32::MAX), 1)), u32::MAX);
    }
}
