//! Digests, as raw bytes: `md5` (RFC 1321), `sha1` (FIPS 180-4).

const BLOCK: usize = 64;

/// The integer parts of 2^32 · |sin(i)| for i from 1 to 64 (RFC 1321 §3.4).
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// The rotations of MD5's four rounds, of four steps each.
const ROTATIONS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

const START: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

pub fn md5(input: &[u8], output: &mut Vec<u8>) {
    let mut state = [START[0], START[1], START[2], START[3]];
    for_each_block(input, bits(input).to_le_bytes(), |block| md5_block(&mut state, &words(block, u32::from_le_bytes)));
    output.extend(state.into_iter().flat_map(u32::to_le_bytes));
}

pub fn sha1(input: &[u8], output: &mut Vec<u8>) {
    let mut state = START;
    for_each_block(input, bits(input).to_be_bytes(), |block| sha1_block(&mut state, &words(block, u32::from_be_bytes)));
    output.extend(state.into_iter().flat_map(u32::to_be_bytes));
}

fn bits(message: &[u8]) -> u64 {
    (message.len() as u64).wrapping_mul(8)
}

/// Pad a message to whole blocks with a 1 bit, zeros and its length in bits, and hand on each block.
fn for_each_block(message: &[u8], length: [u8; 8], mut each: impl FnMut(&[u8])) {
    let blocks = message.chunks_exact(BLOCK);
    let rest = blocks.remainder();
    blocks.for_each(&mut each);
    let mut last = [0; 2 * BLOCK];
    let end = if rest.len() + 1 + length.len() <= BLOCK { BLOCK } else { 2 * BLOCK };
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    last[end - length.len()..end].copy_from_slice(&length);
    last[..end].chunks_exact(BLOCK).for_each(each);
}

fn words(block: &[u8], from_bytes: fn([u8; 4]) -> u32) -> [u32; 16] {
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = from_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    words
}

fn md5_block(state: &mut [u32; 4], words: &[u32; 16]) {
    let [mut a, mut b, mut c, mut d] = *state;
    for step in 0..64 {
        let (mixed, word) = match step / 16 {
            0 => (b & c | !b & d, step),
            1 => (b & d | c & !d, 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        let sum = a.wrapping_add(mixed).wrapping_add(SINES[step]).wrapping_add(words[word % 16]);
        let turned = b.wrapping_add(sum.rotate_left(ROTATIONS[step / 16][step % 4]));
        (a, b, c, d) = (d, turned, b, c);
    }
    add(state, [a, b, c, d]);
}

fn sha1_block(state: &mut [u32; 5], words: &[u32; 16]) {
    let mut schedule = *words;
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for step in 0..80 {
        let (mixed, constant) = match step / 20 {
            0 => (b & c | !b & d, 0x5a82_7999),
            1 => (b ^ c ^ d, 0x6ed9_eba1),
            2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        let word = schedule[step % 16];
        let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(word);
        (a, b, c, d, e) = (sum, a, b.rotate_left(30), c, d);
        schedule[step % 16] = scheduled(&schedule, step);
    }
    add(state, [a, b, c, d, e]);
}

/// Give the word that is used 16 steps later.
fn scheduled(last: &[u32; 16], step: usize) -> u32 {
    [0, 2, 8, 13].into_iter().fold(0, |word, offset| word ^ last[(step + offset) % 16]).rotate_left(1)
}

fn add<const N: usize>(state: &mut [u32; N], change: [u32; N]) {
    for (word, change) in state.iter_mut().zip(change) {
        *word = word.wrapping_add(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    fn hexadecimal(digest: fn(&[u8], &mut Vec<u8>), message: &[u8]) -> String {
        run(digest, message).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn md5_gives_what_rfc_1321_says() {
        assert_eq!(hexadecimal(md5, b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hexadecimal(md5, b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hexadecimal(md5, b"1234567890".repeat(8).as_slice()), "57edf4a22be3c955ac49da2e2107b67a");
    }

    #[test]
    fn sha1_gives_what_fips_180_says() {
        assert_eq!(hexadecimal(sha1, b""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(hexadecimal(sha1, b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let message = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hexadecimal(sha1, message), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    }

    #[test]
    fn padding_fits_every_length_around_a_block() {
        let expected = [
            (55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
            (56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
            (63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"),
            (64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
            (119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"),
            (120, "f34c1488385346a55709ba056ddd08280dd4c6d6"),
        ];
        for (length, digest) in expected {
            assert_eq!(hexadecimal(sha1, &vec![b'a'; length]), digest, "{length} bytes");
        }
    }
}
