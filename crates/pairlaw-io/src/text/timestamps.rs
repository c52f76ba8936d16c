//! Dates and times as seconds.

/// Whether a field looks like a date and time, sound or not: `2014-08-01 00:01:25.000`.
pub(crate) fn is_timestamp(field: &[u8]) -> bool {
    let digits = field.iter().skip_while(|&&byte| byte == b'"').take_while(|b| b.is_ascii_digit());
    let n = digits.count();
    let rest = &field[field.len().min(n + usize::from(field.first() == Some(&b'"')))..];
    (n == 4 && matches!(rest.first(), Some(b'-' | b'/')))
        || (n > 0 && n <= 2 && rest.first() == Some(&b':'))
}

/// Seconds since 1970 of `year-month-day hour:minute[:second[.fraction]]`, with `T` or a blank between,
/// and `Z`, `UTC` or an offset such as `+02:00` behind; none if there is no such date or time.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let (date, time) = text.trim().split_once(['T', ' '])?;
    let mut parts = date.splitn(3, ['-', '/']).map(whole);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let (time, offset) = with_offset(time.trim())?;
    let mut parts = time.splitn(3, ':');
    let (hour, minute) = (whole(parts.next()?)?, whole(parts.next()?)?);
    let second = parts.next().map_or(Some(0.0), fraction)?;
    // A leap second is the first one of the next minute.
    if hour > 23 || minute > 59 || second >= 61.0 {
        return None;
    }
    let minutes = (24 * days_since_1970(year, month, day) + hour) * 60 + minute - offset;
    Some(60.0 * minutes as f64 + second)
}

/// Digits only, at most four.
fn whole(text: &str) -> Option<i64> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn fraction(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_number { text.parse().ok() } else { None }
}

/// A time without what stands behind it, and the minutes it is ahead of UTC.
fn with_offset(time: &str) -> Option<(&str, i64)> {
    let time =
        time.strip_suffix("UTC").or_else(|| time.strip_suffix('Z')).unwrap_or(time).trim_end();
    let Some(at) = time.find(['+', '-']) else {
        return Some((time, 0));
    };
    let digits = time[at + 1..].replace(':', "");
    let (hours, minutes) = match digits.len() {
        2 => (whole(&digits)?, 0),
        4 => (whole(digits.get(..2)?)?, whole(digits.get(2..)?)?),
        _ => return None,
    };
    let sign = if time[at..].starts_with('-') { -1 } else { 1 };
    (hours <= 23 && minutes <= 59).then_some((time[..at].trim_end(), sign * (60 * hours + minutes)))
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the Gregorian calendar, with years that begin in March so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // whole seconds
mod tests {
    use super::*;

    #[test]
    fn seconds_since_1970() {
        // Known from `date -u -d … +%s`.
        for (text, expected) in [
            ("1970-01-01 00:00:00", 0.0),
            ("2014-08-01 00:01:25.000", 1_406_851_285.0),
            ("2000-02-29T23:59:59Z", 951_868_799.0),
            ("2016-12-31 23:59:60", 1_483_228_800.0),
            ("2024-03-01 02:00+02:00", 1_709_251_200.0),
            ("2024-02-29 19:30:00 -0430", 1_709_251_200.0),
            ("1969-12-31 23:59:59.5 UTC", -0.5),
            ("1900/03/01 00:00", -2_203_891_200.0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn dates_and_times_that_are_none() {
        for text in [
            "2014-08-01 25:00:34",
            "2014-08-01 00:60:00",
            "2014-08-01 00:00:61",
            "2014-13-01 00:00:00",
            "2014-02-29 00:00:00",
            "1900-02-29 00:00:00",
            "2014-00-10 00:00",
            "2014-01-00 00:00",
            "25:00:34",
            "2014-08-01",
            "2014-08-01 12",
            "",
            "x",
            "2014-08-01 00:00:1e1",
            "2014-08-01 00:00:00+2",
            "2014-08-01 00:00:00+99:00",
            "2014-08-01 00:00:00µ",
            "-5-08-01 00:00",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn what_looks_like_one() {
        for text in ["2014-08-01 25:00:34", "\"2014-08-01\"", "2014/08/01", "25:00:34"] {
            assert!(is_timestamp(text.as_bytes()), "{text}");
        }
        for text in ["2014", "-5", "", "\"", "1.5", "a-b", "12345-1"] {
            assert!(!is_timestamp(text.as_bytes()), "{text}");
        }
    }
}
