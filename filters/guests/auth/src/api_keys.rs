//! Keys that a client shows as they are; only their hashes are known here.

use crate::refusal::Refusal;
use penstock_sdk::hmac::same;
use penstock_sdk::json::Object;
use penstock_sdk::sha256::{Digest, Sha256};

pub struct ApiKeys {
    pub header: String,
    pub query: Option<String>,
    pub holders: Vec<Holder>,
}

/// Who holds a key, as claims like a token's: `sub` and `groups`.
pub struct Holder {
    pub digest: Digest,
    pub claims: Object,
}

impl ApiKeys {
    /// Find who holds a key. All are compared, so that the time tells nothing.
    pub fn identify(&self, key: &[u8]) -> Result<Object, Refusal> {
        let digest = Sha256::of(key);
        let mut found = None;
        for holder in &self.holders {
            if same(&holder.digest, &digest) {
                found = Some(&holder.claims);
            }
        }
        found.cloned().ok_or(Refusal::ApiKeyUnknown)
    }
}
