//! Why a request does not pass, and what its client is told (RFC 9110 §11, RFC 6750 §3).

/// Every reason there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    CredentialsMissing,
    CredentialsRepeated,
    ApiKeyUnknown,
    TokenMalformed,
    TokenAlgorithm,
    TokenCritical,
    TokenKeyUnknown,
    TokenSignature,
    TokenWithoutExpiry,
    TokenExpired,
    TokenNotYetValid,
    TokenFromTheFuture,
    TokenIssuer,
    TokenAudience,
    ClaimUnfit,
    ClaimsRule,
    HostFailed,
}

/// What one means: the status, the reason for the host's log, the code of RFC 6750, and words for a person.
pub struct Facts {
    pub status: u32,
    pub reason: &'static str,
    pub error: Option<&'static str>,
    pub says: &'static str,
}

impl Refusal {
    pub fn facts(self) -> Facts {
        use Refusal::*;
        let missing = |reason, says| Facts { status: 401, reason, error: None, says };
        let invalid = |reason, says| Facts { status: 401, reason, error: Some("invalid_token"), says };
        match self {
            CredentialsMissing => missing("credentials_missing", "credentials are needed"),
            ApiKeyUnknown => missing("api_key_unknown", "the API key is not known"),
            TokenMalformed => invalid("jwt_malformed", "the token is malformed"),
            TokenAlgorithm => invalid("jwt_algorithm", "the token's algorithm is not HS256"),
            TokenCritical => invalid("jwt_critical", "the token has critical extensions"),
            TokenKeyUnknown => invalid("jwt_key_unknown", "the token's key is not known"),
            TokenSignature => invalid("jwt_signature", "the token's signature is wrong"),
            TokenWithoutExpiry => invalid("jwt_without_expiry", "the token never expires"),
            TokenExpired => invalid("jwt_expired", "the token has expired"),
            TokenNotYetValid => invalid("jwt_not_yet_valid", "the token is not yet valid"),
            TokenFromTheFuture => invalid("jwt_from_the_future", "the token was issued in the future"),
            TokenIssuer => invalid("jwt_issuer", "the token is of another issuer"),
            TokenAudience => invalid("jwt_audience", "the token is for another audience"),
            ClaimUnfit => invalid("claim_unfit", "a claim does not fit into a header field"),
            CredentialsRepeated => Facts {
                status: 400,
                reason: "credentials_repeated",
                error: Some("invalid_request"),
                says: "credentials are there more than once",
            },
            ClaimsRule => Facts {
                status: 403,
                reason: "claims_rule",
                error: Some("insufficient_scope"),
                says: "this is not for you",
            },
            HostFailed => {
                Facts { status: 500, reason: "host_failed", error: None, says: "the request cannot be judged" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_read_fits_into_a_quoted_string() {
        for refusal in [Refusal::CredentialsMissing, Refusal::TokenAlgorithm, Refusal::ClaimsRule] {
            assert!(!refusal.facts().says.contains(&['"', '\\'][..]));
        }
    }
}
