//! The numbers that the blob has for operators.

pub const ALWAYS: u8 = 0;
pub const RX: u8 = 1;
pub const PM: u8 = 2;
pub const WITHIN: u8 = 3;
pub const STREQ: u8 = 4;
pub const CONTAINS: u8 = 5;
pub const BEGINS_WITH: u8 = 6;
pub const ENDS_WITH: u8 = 7;
pub const EQ: u8 = 8;
pub const GE: u8 = 9;
pub const GT: u8 = 10;
pub const LE: u8 = 11;
pub const LT: u8 = 12;
pub const IP_MATCH: u8 = 13;
pub const DETECT_SQLI: u8 = 14;
pub const DETECT_XSS: u8 = 15;
pub const VALIDATE_BYTE_RANGE: u8 = 16;
pub const VALIDATE_URL_ENCODING: u8 = 17;
pub const VALIDATE_UTF8_ENCODING: u8 = 18;
pub const NEVER: u8 = 19;
pub const STRMATCH: u8 = 20;
pub const CONTAINS_WORD: u8 = 21;
pub const VERIFY_CC: u8 = 22;
pub const RX_GLOBAL: u8 = 23;
