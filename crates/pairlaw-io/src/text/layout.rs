//! How a text is divided: comments before the data, ends of lines, what separates fields.

use super::records::{decoded, first_line, is_comment};

/// Number of rows that are looked at.
const N_ROWS: usize = 20;
/// Comments beyond this number, and their characters beyond this number, are not kept.
const MAX_COMMENTS: usize = 100;
const MAX_COMMENT: usize = 500;

/// What stands before the first row, and what separates rows and their fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    pub(crate) line_end: u8,
    pub(crate) delimiter: u8,
    /// Comments before the first row, without their `#`, and their lines.
    pub(crate) comments: Vec<(u32, String)>,
}

impl Layout {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let is_old = !bytes.contains(&b'\n') && bytes.contains(&b'\r');
        let line_end = if is_old { b'\r' } else { b'\n' };
        let (mut comments, mut rows) = (Vec::new(), Vec::new());
        let (mut rest, mut line) = (bytes, 0);
        while !rest.is_empty() && rows.len() < N_ROWS {
            let first = first_line(rest, line_end);
            rest = rest.get(first.len() + 1..).unwrap_or_default();
            line += 1;
            let text = first.trim_ascii();
            if is_comment(text) && rows.is_empty() && comments.len() < MAX_COMMENTS {
                let comment = &text[1..text.len().min(MAX_COMMENT)];
                comments.push((line, decoded(comment).trim().to_owned()));
            } else if !text.is_empty() && !is_comment(text) {
                rows.push(text);
            }
        }
        Self { line_end, delimiter: delimiter(&rows), comments }
    }

    /// Fields of the last comment, read as a row of names.
    pub(crate) fn commented_names(&self) -> Vec<String> {
        let Some((_, comment)) = self.comments.last() else {
            return Vec::new();
        };
        let fields = comment.split(|c: char| match self.delimiter {
            b' ' | b'\t' => c.is_whitespace(),
            delimiter => c == char::from(delimiter),
        });
        fields.map(str::trim).filter(|field| !field.is_empty()).map(str::to_owned).collect()
    }
}

/// What divides all rows into the same number of fields; semicolons and tabs before commas, as those
/// may be decimal commas. Without any, what is most frequent in the first row.
fn delimiter(rows: &[&[u8]]) -> u8 {
    let even = |candidate: u8| {
        let mut counts = rows.iter().map(|row| n_separators(row, candidate));
        let first = counts.next().filter(|&n| n > 0)?;
        counts.all(|n| n == first).then_some(first)
    };
    let most = |candidates: [u8; 2], fewest| {
        let counted = candidates.map(|c| (even(c).filter(|&n| n >= fewest), c));
        let best = if counted[0].0 >= counted[1].0 { counted[0] } else { counted[1] };
        best.0.map(|_| best.1)
    };
    let first = rows.first().copied().unwrap_or_default();
    let frequent = || {
        let count = |&candidate: &u8| n_separators(first, candidate);
        // The last of equal counts is taken: a comma may also be a decimal comma.
        let most = [b',', b'\t', b';'].into_iter().max_by_key(count);
        most.filter(|candidate| count(candidate) > 0).unwrap_or(b' ')
    };
    // A table has three columns at least.
    most([b';', b'\t'], 2).or_else(|| most([b',', b' '], 1)).unwrap_or_else(frequent)
}

/// How often a byte separates fields in a row: outside of quotes, runs of blanks as one. Blanks after
/// commas do not.
fn n_separators(row: &[u8], separator: u8) -> usize {
    let (mut n, mut is_quoted, mut before) = (0, false, b'x');
    for &byte in row {
        is_quoted ^= byte == b'"';
        if separator == b' ' && before == b',' && byte == b' ' {
            return 0;
        }
        let is_blank = |byte: u8| matches!(byte, b' ' | b'\t');
        n += usize::from(
            !is_quoted
                && match separator {
                    b' ' => is_blank(byte) && !is_blank(before),
                    _ => byte == separator,
                },
        );
        before = byte;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_kept_with_their_lines() {
        let layout = Layout::of(b"# made by hand\r\n\n  # id frame x/cm y/cm\n1 2 3.0 4.0\n# end");
        assert_eq!((layout.delimiter, layout.line_end), (b' ', b'\n'));
        let expected = [(1, "made by hand".to_owned()), (3, "id frame x/cm y/cm".to_owned())];
        assert_eq!(layout.comments, expected);
        assert_eq!(layout.commented_names(), ["id", "frame", "x/cm", "y/cm"]);
        assert_eq!(Layout::of(b"# id frame x\n1\t0\t2\n1\t1\t2").commented_names().len(), 3);
        assert_eq!(Layout::of(b"a,1\rb,2\r").line_end, b'\r');
        let many = Layout::of(&b"# c\n".repeat(1000));
        assert_eq!(many.comments.len(), MAX_COMMENTS);
    }

    #[track_caller]
    fn delimits(text: &str, expected: u8) {
        assert_eq!(char::from(Layout::of(text.as_bytes()).delimiter), char::from(expected));
    }

    #[test]
    fn what_separates_fields() {
        delimits("1;2;3,5;4,5", b';');
        delimits("1,5;2,5;3,5\n", b';');
        delimits("id;t;x;y\n1;0;0;0\n1;1;2,5;3", b';');
        delimits("id,t,x (a;b)", b',');
        delimits("id,t,note\n1,2,a;b\n1,2,c", b',');
        delimits("1\t2\t3", b'\t');
        delimits("1\t2,5\t3,5\n1\t2\t3", b'\t');
        delimits("1 2  3\n1 2 3", b' ');
        delimits("a, 0, 1, 2\na, 1, 1, 2", b',');
        delimits("1 2 3,5 4,5\n1 3 2,5 1,5", b' ');
        delimits("1,2014-08-01 00:01:25.000,3,4", b',');
        delimits("\"a;b\",1,2\n\"c;d\",1,2", b',');
        delimits("a,1,2\nb,1\n", b',');
        delimits("", b' ');
    }
}
