//! How a text is divided: comments before the data, what separates fields, the numbers of lines.

/// What stands before the first row, and what separates its fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    /// Where the first row begins, in bytes.
    pub(crate) start: usize,
    pub(crate) delimiter: u8,
    /// Text of the last comment before the first row, without its `#`.
    pub(crate) last_comment: Option<String>,
}

impl Layout {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let (mut start, mut last_comment) = (0, None);
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let text = line.trim_ascii();
            if let Some(comment) = text.strip_prefix(b"#") {
                last_comment = Some(String::from_utf8_lossy(comment).trim().to_owned());
            } else if !text.is_empty() {
                return Self { start, delimiter: delimiter(text), last_comment };
            }
            start += line.len();
        }
        Self { start, delimiter: b',', last_comment }
    }

    /// Fields of the last comment, read as a row of names.
    pub(crate) fn commented_names(&self) -> Option<Vec<String>> {
        let split = |comment: &String| {
            let fields = comment.split(char::from(self.delimiter)).map(str::trim);
            fields.filter(|field| !field.is_empty()).map(str::to_owned).collect()
        };
        self.last_comment.as_ref().map(split)
    }
}

/// The most frequent of comma, tab and semicolon, or the blank if there is none.
fn delimiter(line: &[u8]) -> u8 {
    let count = |delimiter: u8| line.iter().filter(|&&byte| byte == delimiter).count();
    // The last of equal counts is taken: a comma may also be a decimal comma.
    let most = [b',', b'\t', b';'].into_iter().max_by_key(|&d| count(d));
    most.filter(|&d| count(d) > 0).unwrap_or(b' ')
}

/// The number of the line, from 1, of the row that is read from an offset on, after any empty lines
/// and comments.
pub(crate) fn line_number(bytes: &[u8], offset: usize) -> usize {
    let mut at = offset.min(bytes.len());
    loop {
        let rest = &bytes[at..];
        let blank = rest.iter().take_while(|&&byte| byte == b'\r' || byte == b'\n').count();
        at += blank;
        if bytes.get(at) != Some(&b'#') {
            break;
        }
        let rest = &bytes[at..];
        at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    }
    let before = &bytes[..at];
    let lone_return = |pair: &&[u8]| pair[0] == b'\r' && pair[1] != b'\n';
    let lone = before.windows(2).filter(lone_return).count()
        + usize::from(before.last() == Some(&b'\r') && bytes.get(at) != Some(&b'\n'));
    1 + before.iter().filter(|&&byte| byte == b'\n').count() + lone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_delimiters() {
        let layout = Layout::of(b"# made by hand\r\n\n  # id frame x/cm y/cm\n1 2 3.0 4.0\n");
        assert_eq!((layout.start, layout.delimiter), (40, b' '));
        assert_eq!(layout.commented_names().unwrap(), ["id", "frame", "x/cm", "y/cm"]);
        assert_eq!(Layout::of(b"1;2;3,5;4,5").delimiter, b';');
        assert_eq!(Layout::of(b"id,t,x (a;b)").delimiter, b',');
        assert_eq!(Layout::of(b"1\t2\t3").delimiter, b'\t');
        let empty = Layout { start: 0, delimiter: b',', last_comment: None };
        assert_eq!(Layout::of(b""), empty);
        assert_eq!(Layout::of(b"# a\n").start, 4);
    }

    #[test]
    fn lines_are_counted_over_all_line_ends() {
        let bytes = b"a\r\nb\n\n# c\nd\re";
        for (offset, line) in [(0, 1), (3, 2), (5, 5), (6, 5), (10, 5), (11, 6), (99, 6)] {
            assert_eq!(line_number(bytes, offset), line, "{offset}");
        }
    }
}
