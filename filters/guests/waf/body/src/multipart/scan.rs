//! A search as fast as the guest's words allow: a file's contents are looked at eight bytes at a time.

use std::ops::Range;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;
const DASHES: u64 = ONES * b'-' as u64;

/// Find the first run of two or more dashes from `from` on.
pub(super) fn dashes(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        at = dash(bytes, at)?;
        let run = bytes[at..].iter().take_while(|byte| **byte == b'-').count();
        if run > 1 {
            return Some(at..at + run);
        }
        at += 1;
    }
}

/// Find the first dash from `from` on.
fn dash(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let mut at = from;
    for word in rest.chunks_exact(8) {
        let differs = <[u8; 8]>::try_from(word).map_or(0, u64::from_le_bytes) ^ DASHES;
        // The lowest high bit that is left marks the first byte that is zero (Mycroft, 1987).
        let zeros = differs.wrapping_sub(ONES) & !differs & HIGHS;
        if zeros != 0 {
            return Some(at + zeros.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    bytes[at..].iter().position(|byte| *byte == b'-').map(|more| at + more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::Noise;

    #[test]
    fn the_first_run_of_dashes_is_found_wherever_it_is() {
        let mut noise = Noise::new();
        for _ in 0..5_000 {
            let bytes = noise.of(&[b"-", b"ab", b"--", b"\n", b",", b"\xad", b"12345678", b".", b"\x2c"], 40);
            let from = noise.below(bytes.len() + 2);
            let wanted = (from..bytes.len()).find(|at| bytes[*at..].starts_with(b"--"));
            let found = dashes(&bytes, from);
            assert_eq!(found.as_ref().map(|run| run.start), wanted, "{:?} {from}", String::from_utf8_lossy(&bytes));
            if let Some(run) = found {
                assert!(bytes[run.clone()].iter().all(|byte| *byte == b'-') && bytes.get(run.end) != Some(&b'-'));
            }
        }
    }
}
