//! `@ipMatch`.

use std::net::IpAddr;

/// IPv4 and IPv6 networks.
pub struct Networks(Vec<Network>);

struct Network {
    width: u32,
    prefix: u128,
    mask: u128,
}

impl Networks {
    /// Read `127.0.0.1,10.0.0.0/8,::1`; none if a part is no address or network. Empty parts are passed over.
    pub fn parse(list: &str) -> Option<Self> {
        let parts = list.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(Network::parse).collect::<Option<_>>().map(Self)
    }

    /// Tell whether one of them holds an address; what is no address is in none.
    pub fn contains(&self, address: &[u8]) -> bool {
        let address = std::str::from_utf8(address).ok().and_then(|text| text.parse().ok());
        address.map_or(false, |address| self.0.iter().any(|network| network.contains(address)))
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse().ok()?)),
            None => (text, None),
        };
        let (width, bits) = aligned(address.parse().ok()?);
        let length = length.unwrap_or(width);
        let mask = u128::MAX.checked_shl(u128::BITS - length.min(width)).unwrap_or(0);
        (length <= width).then_some(Self { width, prefix: bits & mask, mask })
    }

    fn contains(&self, address: IpAddr) -> bool {
        let (width, bits) = aligned(address);
        width == self.width && bits & self.mask == self.prefix
    }
}

/// Give an address's number of bits, and these bits from the highest on.
fn aligned(address: IpAddr) -> (u32, u128) {
    match address {
        IpAddr::V4(address) => (u32::BITS, u128::from(u32::from(address)) << (u128::BITS - u32::BITS)),
        IpAddr::V6(address) => (u128::BITS, address.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(list: &str, address: &[u8]) -> bool {
        Networks::parse(list).map_or(false, |networks| networks.contains(address))
    }

    #[test]
    fn an_address_is_a_network_of_one() {
        assert!(contains("127.0.0.1,::1", b"127.0.0.1"));
        assert!(contains("127.0.0.1, ::1", b"0:0:0:0:0:0:0:1"));
        assert!(!contains("127.0.0.1,::1", b"127.0.0.2"));
        assert!(!contains("127.0.0.1,::1", b"::2"));
    }

    #[test]
    fn a_network_holds_what_shares_its_prefix() {
        assert!(contains("10.1.2.3/8", b"10.255.0.1"));
        assert!(!contains("10.0.0.0/8", b"11.0.0.1"));
        assert!(contains("192.168.0.128/25", b"192.168.0.200"));
        assert!(!contains("192.168.0.128/25", b"192.168.0.100"));
        assert!(contains("2001:db8::/33", b"2001:db8:7fff::1"));
        assert!(!contains("2001:db8::/33", b"2001:db8:8000::1"));
    }

    #[test]
    fn a_network_of_no_bits_holds_all_of_its_kind() {
        assert!(contains("0.0.0.0/0", b"8.8.8.8"));
        assert!(!contains("0.0.0.0/0", b"::1"));
        assert!(contains("::/0", b"2001:db8::1"));
    }

    #[test]
    fn what_is_no_address_is_in_no_network() {
        for value in [&b""[..], b"localhost", b"10.0.0", b"10.0.0.1 ", b"\xFF", b"10.0.0.1/8"] {
            assert!(!contains("0.0.0.0/0,::/0", value), "{value:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for list in ["localhost", "10.0.0.0/33", "::/129", "10.0.0.0/255.0.0.0", "10.0.0.0/", "10.0.0.0/-1"] {
            assert!(Networks::parse(list).is_none(), "{list}");
        }
    }
}
