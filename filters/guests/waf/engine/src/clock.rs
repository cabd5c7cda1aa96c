//! The time of day and year, as rules ask for it. In UTC.

/// Return the members of TIME for seconds since 1970, `hour` and the others, and the time as `12:34:56`.
pub fn members(seconds: u64) -> ([(&'static [u8], u64); 8], String) {
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let (year, month, day) = date(days);
    let members = [
        (&b"epoch"[..], seconds),
        (b"year", year),
        (b"mon", month),
        (b"day", day),
        (b"wday", (days + 4) % 7), // 1970 began on a Thursday.
        (b"hour", hour),
        (b"min", minute),
        (b"sec", second),
    ];
    (members, format!("{hour:02}:{minute:02}:{second:02}"))
}

/// Turn days since 1970 into year, month and day, by counting years from March, so that leap days come last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // Since March 1st of the year 0.
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        for (days, wanted) in [(0, (1970, 1, 1)), (59, (1970, 3, 1)), (11_016, (2000, 2, 29)), (20_778, (2026, 11, 21))]
        {
            assert_eq!(date(days), wanted);
        }
    }

    #[test]
    fn seconds_are_times() {
        let (members, time) = members(20_778 * 86_400 + 3661);
        assert_eq!(time, "01:01:01");
        assert_eq!(members[4], (&b"wday"[..], 6));
    }
}
