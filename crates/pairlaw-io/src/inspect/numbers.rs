//! Numbers as words show them.

/// A count with its thousands apart: `52,678`.
pub(super) fn count(n: impl TryInto<u64>) -> String {
    let digits = n.try_into().unwrap_or(u64::MAX).to_string();
    let mut shown = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A count and what is counted.
pub(super) fn of_things(n: impl TryInto<u64>, one: &str, many: &str) -> String {
    let n = n.try_into().unwrap_or(u64::MAX);
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// Three digits, or the whole part, without zeros at the end.
pub(super) fn number(x: f64) -> String {
    digits(x, 3)
}

/// So many digits, or the whole part, without zeros at the end.
pub(super) fn digits(x: f64, n: i32) -> String {
    let size = x.abs();
    if size <= 0.0 || !x.is_finite() {
        return if x.is_finite() { "0".to_owned() } else { x.to_string() };
    }
    if !(1e-4..1e7).contains(&size) {
        return format!("{x:.*e}", (n - 1).max(0) as usize);
    }
    let decimals = (n - 1 - size.log10().floor() as i32).max(0) as usize;
    let shown = format!("{x:.decimals$}");
    if shown.contains('.') {
        shown.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        shown
    }
}

pub(super) fn percent(share: f64) -> String {
    format!("{} %", digits(100.0 * share, 2))
}

/// A time of a file: all of its digits, but not those of rounding.
pub(super) fn time(t: f64) -> String {
    let t: f64 = format!("{t:.14e}").parse().unwrap_or(t);
    if t.abs() <= 0.0 || (1e-6..1e15).contains(&t.abs()) {
        format!("{}", t + 0.0)
    } else {
        format!("{t:e}")
    }
}

pub(super) fn point(position: &[f64]) -> String {
    let numbers: Vec<String> = position.iter().map(|x| digits(*x, 6)).collect();
    format!("({})", numbers.join(", "))
}

pub(super) fn axis_name(axis: usize) -> &'static str {
    ["x", "y", "z"].get(axis).copied().unwrap_or("a further axis")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_sensible_digits() {
        let expected = [
            (0.0, "0"),
            (-0.0, "0"),
            (12.3456, "12.3"),
            (-1.0, "-1"),
            (1234.5, "1234"),
            (0.99999, "1"),
            (0.00012345, "0.000123"),
            (1.5e-7, "1.50e-7"),
            (2e9, "2.00e9"),
            (f64::INFINITY, "inf"),
        ];
        for (x, shown) in expected {
            assert_eq!(number(x), shown);
        }
        assert_eq!((percent(0.1234), percent(1.0)), ("12 %".to_owned(), "100 %".to_owned()));
        assert_eq!((time(1.7e9), time(0.04)), ("1700000000".to_owned(), "0.04".to_owned()));
        assert_eq!(point(&[0.0, -1.5]), "(0, -1.5)");
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        let shown = [0usize, 999, 1000, 1_234_567].map(count);
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(of_things(1usize, "gap", "gaps"), "1 gap");
        assert_eq!(of_things(2000u64, "gap", "gaps"), "2,000 gaps");
    }
}
