//! Python literals as they stand in the header of an array.

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(u64),
    Bool(bool),
    /// A tuple or a list.
    List(Vec<Literal>),
    Dict(Vec<(Literal, Literal)>),
}

impl Literal {
    /// The literal at the beginning of a text; none if it is broken or nested too deeply.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Parser { rest: text }.literal(0)
    }

    /// The value of a key of a dictionary.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dict(entries) = self else { return None };
        entries.iter().find(|(k, _)| *k == Self::Text(key.to_owned())).map(|(_, value)| value)
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// A tuple of numbers.
    pub(super) fn shape(&self) -> Option<Vec<usize>> {
        let size = |literal: &Self| match literal {
            Self::Number(n) => usize::try_from(*n).ok(),
            _ => None,
        };
        self.list()?.iter().map(size).collect()
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn literal(&mut self, depth: usize) -> Option<Literal> {
        if depth > 8 {
            return None;
        }
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            quote @ ('\'' | '"') => self.text(quote).map(Literal::Text),
            '(' => self.list(')', depth).map(Literal::List),
            '[' => self.list(']', depth).map(Literal::List),
            '{' => self.dict(depth).map(Literal::Dict),
            '0'..='9' => self.number(),
            _ if self.takes("True") => Some(Literal::Bool(true)),
            _ if self.takes("False") => Some(Literal::Bool(false)),
            _ => None,
        }
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let (text, rest) = self.rest[1..].split_once(quote)?;
        self.rest = rest;
        Some(text.to_owned())
    }

    fn number(&mut self) -> Option<Literal> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let number = self.rest[..end].parse().ok()?;
        // Python 2 wrote `3L`.
        self.rest = self.rest[end..].trim_start_matches('L');
        Some(Literal::Number(number))
    }

    fn list(&mut self, end: char, depth: usize) -> Option<Vec<Literal>> {
        self.rest = &self.rest[1..];
        let mut list = Vec::new();
        while !self.ends(end)? {
            list.push(self.literal(depth + 1)?);
            self.comma(end)?;
        }
        Some(list)
    }

    fn dict(&mut self, depth: usize) -> Option<Vec<(Literal, Literal)>> {
        self.rest = &self.rest[1..];
        let mut entries = Vec::new();
        while !self.ends('}')? {
            let key = self.literal(depth + 1)?;
            self.rest = self.rest.trim_start().strip_prefix(':')?;
            entries.push((key, self.literal(depth + 1)?));
            self.comma('}')?;
        }
        Some(entries)
    }

    /// Whether the list ends here; none if the text does.
    fn ends(&mut self, end: char) -> Option<bool> {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(end) {
            Some(rest) => {
                self.rest = rest;
                Some(true)
            }
            None if self.rest.is_empty() => None,
            None => Some(false),
        }
    }

    /// A comma, which the last entry needs not have.
    fn comma(&mut self, end: char) -> Option<()> {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(',') {
            Some(rest) => self.rest = rest,
            None if self.rest.starts_with(end) => {}
            None => return None,
        }
        Some(())
    }

    fn takes(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_arrays() {
        let text = "{'descr': [('id', '<i8'), (\"x\", '>f4', (2,))], 'fortran_order': False, 'shape': (3L, 2), }  \n";
        let header = Literal::parse(text).unwrap();
        assert_eq!(header.get("shape").unwrap().shape(), Some(vec![3, 2]));
        assert_eq!(header.get("fortran_order"), Some(&Literal::Bool(false)));
        let fields = header.get("descr").unwrap().list().unwrap();
        assert_eq!(fields[1].list().unwrap()[0].text(), Some("x"));
        assert_eq!(Literal::parse("()").unwrap().shape(), Some(vec![]));
    }

    #[test]
    fn broken_literals_are_none() {
        let deep = "[".repeat(1000);
        for text in ["", "{'a'", "{'a': }", "(1 2)", "'abc", "None", "-1", "(1,", "é", &deep] {
            assert_eq!(Literal::parse(text), None, "{text}");
        }
    }
}
