//! HMAC with SHA-256 (RFC 2104), and how to compare without telling where the difference is.

use crate::sha256::{Digest, Sha256};

const BLOCK_BYTES: usize = 64;

/// A key, prepared: the two hashes that begin with it are begun.
pub struct Key {
    inner: Sha256,
    outer: Sha256,
}

impl Key {
    pub fn new(secret: &[u8]) -> Self {
        let mut block = [0; BLOCK_BYTES];
        if secret.len() > BLOCK_BYTES {
            block[..32].copy_from_slice(&Sha256::of(secret));
        } else {
            block[..secret.len()].copy_from_slice(secret);
        }
        let begun = |pad: u8| Sha256::new().and(&block.map(|byte| byte ^ pad));
        Key { inner: begun(0x36), outer: begun(0x5c) }
    }

    pub fn sign(&self, message: &[u8]) -> Digest {
        let inner = self.inner.clone().and(message).digest();
        self.outer.clone().and(&inner).digest()
    }
}

/// Compare in a time that depends on the lengths alone. The volatile read keeps the compiler from leaving early.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut difference = 0;
    for (a, b) in one.iter().zip(other) {
        difference = unsafe { std::ptr::read_volatile(&difference) } | (a ^ b);
    }
    difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_test_cases_of_rfc_4231_come_out() {
        let counting: Vec<u8> = (1..=25).collect();
        let long = [0xaa; 131];
        let cases: [(&[u8], &[u8], &str); 6] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &long,
                b"This is a test using a larger than block-size key and a larger than block-size data. \
                  The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, message, signature) in cases {
            assert_eq!(hex(&Key::new(key).sign(message)), signature);
        }
    }

    #[test]
    fn any_bit_makes_a_difference() {
        let one = [7; 32];
        assert!(same(&one, &one));
        assert!(!same(&one, &one[..31]));
        for bit in 0..256 {
            let mut other = one;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!same(&one, &other));
        }
    }
}
