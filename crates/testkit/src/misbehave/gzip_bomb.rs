//! A hundred million blanks in a body of half a megabyte (RFC 1951, RFC 1952): nobody asked for
//! compression, and whoever unpacks what comes anyway is out of memory.

/// The body: one blank, then the same again and again.
pub(crate) fn gzip_bomb() -> Vec<u8> {
    const REPEATS: usize = 400_000;
    // RFC 1952 §2.3: deflate, no flags, no time, unknown system.
    let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut bits = Bits::default();
    // RFC 1951 §3.2.6: the last block, with fixed codes.
    bits.push(0b1, 1);
    bits.push(0b10, 2);
    bits.push(0x30 + u32::from(b' '), 8);
    for _ in 0..REPEATS {
        // 258 bytes from 1 byte back.
        bits.push(0b1100_0101, 8);
        bits.push(0, 5);
    }
    bits.push(0, 7);
    body.extend(bits.finish());
    // The check comes last, when it is too late; only the length is right.
    body.extend([0; 4]);
    let length = u32::try_from(1 + 258 * REPEATS).unwrap_or(u32::MAX);
    body.extend(length.to_le_bytes());
    body
}

/// Bits in the order of RFC 1951 §3.1.1: codes begin with their highest, bytes with their lowest.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    last: u8,
    used: u32,
}

impl Bits {
    fn push(&mut self, code: u32, length: u32) {
        for place in (0..length).rev() {
            let bit = u8::from(code >> place & 1 == 1);
            self.last |= bit << self.used;
            self.used += 1;
            if self.used == 8 {
                self.bytes.push(self.last);
                (self.last, self.used) = (0, 0);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.used > 0 {
            self.bytes.push(self.last);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use tegata_core::http::MAX_RESPONSE_BYTES;

    use super::*;

    #[test]
    fn is_short_enough_to_be_read_and_unpacks_to_a_hundred_times_the_limit() {
        let bomb = gzip_bomb();
        assert!(bomb.len() < MAX_RESPONSE_BYTES);
        let (_, length) = bomb.split_last_chunk::<4>().unwrap();
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap();
        assert!(length > 90 * MAX_RESPONSE_BYTES);
        // The first byte of the block: last, fixed codes, then the upper five bits of a blank.
        assert_eq!(bomb[10], 0b0101_0011);
    }
}
