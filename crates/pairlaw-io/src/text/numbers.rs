//! Numbers of fields: decimal points or commas, and words for numbers that are missing.

/// What a field holds where a number belongs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// A finite number.
    Value(f64),
    /// Nothing, `nan`, `inf` or a word for nothing.
    Missing,
    /// Anything else, also numbers that an `f64` cannot hold.
    Other,
    /// A number with a decimal comma in a text that has decimal points.
    OtherDecimal,
}

/// Words for a missing number, beside what an `f64` reads as not finite.
const MISSING: [&str; 9] = ["", "na", "n/a", "#n/a", "null", "none", "-", "--", "<na>"];

/// Reads numbers, and remembers how they were written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    may_have_commas: bool,
    /// Line of the first decimal point and the first decimal comma.
    pub(crate) point: Option<u32>,
    pub(crate) comma: Option<u32>,
}

impl Numbers {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self { may_have_commas: delimiter != b',', point: None, comma: None }
    }

    /// The number of a field in a line.
    pub(crate) fn read(&mut self, field: &[u8], line: u32) -> Number {
        let inner = field.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
        let Ok(text) = str::from_utf8(inner.map_or(field, <[u8]>::trim_ascii)) else {
            return Number::Other;
        };
        match text.parse() {
            Ok(number) => self.with_point(number, text, line),
            Err(_) if MISSING.iter().any(|word| text.eq_ignore_ascii_case(word)) => Number::Missing,
            Err(_) => self.with_comma(text, line),
        }
    }

    fn with_point(&mut self, number: f64, text: &str, line: u32) -> Number {
        if !number.is_finite() {
            let is_word = !text.bytes().any(|byte| byte.is_ascii_digit());
            return if is_word { Number::Missing } else { Number::Other };
        }
        if self.may_have_commas && self.point.is_none() && text.contains('.') {
            self.point = Some(line);
            if self.comma.is_some() {
                return Number::OtherDecimal;
            }
        }
        Number::Value(number)
    }

    fn with_comma(&mut self, text: &str, line: u32) -> Number {
        if !self.may_have_commas || text.contains('.') {
            return Number::Other;
        }
        match text.replacen(',', ".", 1).parse() {
            Ok(number) if f64::is_finite(number) => {
                self.comma = self.comma.or(Some(line));
                if self.point.is_some() { Number::OtherDecimal } else { Number::Value(number) }
            }
            _ => Number::Other,
        }
    }
}

/// Whether a field is a number or the word for one that is not finite, whatever its decimal sign.
pub(crate) fn is_number(field: &[u8], delimiter: u8) -> bool {
    let words: [&[u8]; 3] = [b"nan", b"inf", b"-inf"];
    matches!(Numbers::new(delimiter).read(field, 0), Number::Value(_))
        || words.iter().any(|word| field.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> Number {
        Numbers::new(b',').read(field.as_bytes(), 1)
    }

    #[test]
    fn numbers_and_missing_ones() {
        for (text, value) in [("1", 1.0), ("-2.5e-3", -2.5e-3), ("\"7\"", 7.0), ("\" .5 \"", 0.5)] {
            assert_eq!(read(text), Number::Value(value), "{text}");
        }
        for text in ["", "nan", "NaN", "inf", "-Infinity", "NA", "None", "null", "\"\"", "-"] {
            assert_eq!(read(text), Number::Missing, "{text:?}");
        }
        for text in ["?", "1e999", "-1e999", "1,5", "1 2", "x", "0x10"] {
            assert_eq!(read(text), Number::Other, "{text:?}");
        }
        assert_eq!(Numbers::new(b',').read(b"\xb5", 1), Number::Other);
    }

    #[test]
    fn decimal_commas_or_points_but_not_both() {
        let mut numbers = Numbers::new(b';');
        assert_eq!(numbers.read(b"3", 1), Number::Value(3.0));
        assert_eq!(numbers.read(b"-1,25e2", 2), Number::Value(-125.0));
        assert_eq!(numbers.read(b"1,234,5", 3), Number::Other);
        assert_eq!(numbers.read(b"1.5", 4), Number::OtherDecimal);
        assert_eq!((numbers.comma, numbers.point), (Some(2), Some(4)));
        let mut numbers = Numbers::new(b'\t');
        assert_eq!(numbers.read(b"1.5", 7), Number::Value(1.5));
        assert_eq!(numbers.read(b"1,234", 8), Number::OtherDecimal);
        assert_eq!(numbers.read(b"1,234.5", 8), Number::Other);
    }

    #[test]
    fn what_is_taken_for_a_number_in_the_first_row() {
        assert!(is_number(b"1,5", b';') && is_number(b"nan", b',') && is_number(b"2", b','));
        assert!(!is_number(b"", b',') && !is_number(b"none", b',') && !is_number(b"x", b','));
    }
}
