//! Text of figures: escaping, an estimate of its width, and line breaks.

use crate::svg::FONT_SIZE;

/// Text as XML character data; characters that XML forbids become U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(printable(c)),
        }
    }
    escaped
}

/// White space as a space; what XML forbids as U+FFFD.
pub(crate) fn printable(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => ' ',
        '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    }
}

/// Estimated width of a text in px; errs upwards, since the reader's font is not known.
pub(crate) fn width(text: &str) -> f64 {
    let em = |c: char| match c {
        ' ' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' | 'i' | 'j' | 'l' => 0.33,
        '(' | ')' | '[' | ']' | '-' | '/' | 'f' | 'r' | 't' | '⁰' | '¹' | '²' | '³' | '⁻' => {
            0.42
        }
        '\u{2074}'..='\u{2079}' | '\u{2080}'..='\u{2089}' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '−' | '×' => 0.95,
        c if c >= '\u{2E80}' => 1.1,
        c if c.is_uppercase() => 0.72,
        _ => 0.63,
    };
    FONT_SIZE * text.chars().map(em).sum::<f64>()
}

/// Breaks a text into lines of at most `room` px, between words where possible.
pub(crate) fn wrap(text: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + width(" ") + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.extend(pieces(word, room)),
        }
    }
    lines
}

/// A word in pieces of at most `room` px, but at least one character each.
fn pieces(word: &str, room: f64) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        let last = pieces.len() - 1;
        if !pieces[last].is_empty()
            && width(&pieces[last]) + width(c.encode_utf8(&mut [0; 4])) > room
        {
            pieces.push(String::new());
        }
        let last = pieces.len() - 1;
        pieces[last].push(c);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_do_not_pass() {
        assert_eq!(escape("a<b & \"c\"\u{0}\n>"), "a&lt;b &amp; &quot;c&quot;\u{FFFD} &gt;");
    }

    #[test]
    fn lines_break_between_words_and_long_words_within() {
        assert_eq!(wrap("one two three", width("one two")), ["one two", "three"]);
        assert_eq!(wrap("aaaa bb", width("aaa")), ["aaa", "a", "bb"]);
        assert_eq!(wrap("ab", 0.0), ["a", "b"]);
        assert!(wrap("  ", 100.0).is_empty());
    }
}
