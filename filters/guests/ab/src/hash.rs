//! A number for a user in an experiment that looks like chance and is always the same.

/// FNV-1a of 64 bits.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Hash parts, a NUL between them, to a number above 0 and below 1.
pub fn unit(parts: &[&[u8]]) -> f64 {
    let hash = mixed(parts.join(&0).into_iter().fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)));
    ((hash >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Let every bit bear upon every other, as FNV alone does not: the finalizer of MurmurHash3's 64 bits.
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_stay_what_they_are() {
        assert_eq!(unit(&[b"checkout", b"control", b"alice"]), 0.18503562074405072);
        assert_eq!(unit(&[b"", b"", b""]), 0.8554956354915693);
    }

    #[test]
    fn the_parts_do_not_run_together() {
        assert_ne!(unit(&[b"ab", b"c"]), unit(&[b"a", b"bc"]));
    }

    #[test]
    fn numbers_are_spread_evenly() {
        let mut buckets = [0; 100];
        for user in 0..100_000 {
            buckets[(unit(&[b"e", b"v", user.to_string().as_bytes()]) * 100.0) as usize] += 1;
        }
        assert!(buckets.iter().all(|count| (850..1150).contains(count)), "{buckets:?}");
    }
}
