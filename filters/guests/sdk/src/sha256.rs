//! SHA-256 (FIPS 180-4 §6.2).

const BLOCK_BYTES: usize = 64;
const LENGTH_AT: usize = 56;

pub type Digest = [u8; 32];

/// First 32 bits of the fractional parts of the square roots of the first 8 primes (§5.3.3).
const START: [u32; 8] =
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// The same of the cube roots of the first 64 primes (§4.2.2).
#[rustfmt::skip]
const ROUNDS: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/// What was hashed so far, which can be copied to go on in several ways.
#[derive(Clone)]
pub struct Sha256 {
    state: [u32; 8],
    block: [u8; BLOCK_BYTES],
    hashed_bytes: u64,
}

impl Default for Sha256 {
    fn default() -> Self {
        Sha256 { state: START, block: [0; BLOCK_BYTES], hashed_bytes: 0 }
    }
}

impl Sha256 {
    pub fn new() -> Self {
        Sha256::default()
    }

    pub fn of(bytes: &[u8]) -> Digest {
        Sha256::new().and(bytes).digest()
    }

    pub fn and(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.push(*byte);
        }
        self
    }

    /// Pad with a one bit, zeros and the count of bits (§5.1.1), and give the digest.
    pub fn digest(mut self) -> Digest {
        let bits = self.hashed_bytes.wrapping_mul(8);
        self.push(0x80);
        while self.filled() != LENGTH_AT {
            self.push(0);
        }
        let whole = self.and(&bits.to_be_bytes());
        let mut digest = [0; 32];
        for (four, word) in digest.chunks_exact_mut(4).zip(whole.state) {
            four.copy_from_slice(&word.to_be_bytes());
        }
        digest
    }

    fn filled(&self) -> usize {
        (self.hashed_bytes % BLOCK_BYTES as u64) as usize
    }

    fn push(&mut self, byte: u8) {
        let at = self.filled();
        self.block[at] = byte;
        self.hashed_bytes += 1;
        if at == BLOCK_BYTES - 1 {
            self.compress();
        }
    }

    fn compress(&mut self) {
        let schedule = schedule(&self.block);
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = self.state;
        for (word, constant) in schedule.iter().zip(ROUNDS) {
            let choice = (e & f) ^ (!e & g);
            let majority = (a & b) ^ (a & c) ^ (b & c);
            let large_1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let large_0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let first = h.wrapping_add(large_1).wrapping_add(choice).wrapping_add(constant).wrapping_add(*word);
            let second = large_0.wrapping_add(majority);
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(first), c, b, a, first.wrapping_add(second));
        }
        for (sum, word) in self.state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *sum = sum.wrapping_add(word);
        }
    }
}

fn schedule(block: &[u8; BLOCK_BYTES]) -> [u32; 64] {
    let mut words = [0; 64];
    for (word, four) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([four[0], four[1], four[2], four[3]]);
    }
    for at in 16..64 {
        let (near, far) = (words[at - 2], words[at - 15]);
        let small_1 = near.rotate_right(17) ^ near.rotate_right(19) ^ (near >> 10);
        let small_0 = far.rotate_right(7) ^ far.rotate_right(18) ^ (far >> 3);
        words[at] = words[at - 16].wrapping_add(small_0).wrapping_add(words[at - 7]).wrapping_add(small_1);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_examples_of_nist_come_out() {
        let examples = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ];
        for (message, digest) in examples {
            assert_eq!(hex(&Sha256::of(message.as_bytes())), digest);
        }
        assert_eq!(
            hex(&Sha256::of(&vec![b'a'; 1_000_000])),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        );
    }

    #[test]
    fn where_the_pieces_end_makes_no_difference() {
        let message: Vec<u8> = (0..200).collect();
        for cut in 0..message.len() {
            let (first, second) = message.split_at(cut);
            assert_eq!(Sha256::new().and(first).and(second).digest(), Sha256::of(&message));
        }
    }
}
