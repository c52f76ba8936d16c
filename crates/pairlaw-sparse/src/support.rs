//! The set of columns that a model may use.

/// A set of columns, kept as bits: small, ordered and cheap to compare.
///
/// # Example
///
/// ```
/// let mut support = pairlaw_sparse::Support::full(70);
/// support.remove(3);
/// assert_eq!(support.len(), 69);
/// assert!(!support.contains(3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Support {
    n_columns: usize,
    words: Vec<u64>,
}

impl Support {
    /// The empty set among `n_columns` columns.
    pub fn empty(n_columns: usize) -> Self {
        Self { n_columns, words: vec![0; n_columns.div_ceil(64)] }
    }

    /// All of `n_columns` columns.
    pub fn full(n_columns: usize) -> Self {
        Self::from_columns(n_columns, 0..n_columns)
    }

    /// The given columns among `n_columns`.
    ///
    /// # Panics
    ///
    /// If a column is not below `n_columns`.
    pub fn from_columns(n_columns: usize, columns: impl IntoIterator<Item = usize>) -> Self {
        let mut support = Self::empty(n_columns);
        for column in columns {
            support.insert(column);
        }
        support
    }

    /// Adds a column.
    ///
    /// # Panics
    ///
    /// If `column` is not below the number of columns.
    pub fn insert(&mut self, column: usize) {
        let n = self.n_columns;
        assert!(column < n, "column {column} of {n} columns");
        self.words[column / 64] |= 1 << (column % 64);
    }

    /// Removes a column; nothing happens if it is not in the set.
    ///
    /// # Panics
    ///
    /// If `column` is not below the number of columns.
    pub fn remove(&mut self, column: usize) {
        let n = self.n_columns;
        assert!(column < n, "column {column} of {n} columns");
        self.words[column / 64] &= !(1 << (column % 64));
    }

    /// Whether the column is in the set.
    pub fn contains(&self, column: usize) -> bool {
        column < self.n_columns && self.words[column / 64] >> (column % 64) & 1 == 1
    }

    /// The columns in the set, ascending.
    pub fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.n_columns).filter(|&column| self.contains(column))
    }

    /// The number of columns to choose from.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The number of columns in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no column is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_across_words() {
        let mut support = Support::from_columns(130, [0, 63, 64, 129]);
        assert_eq!(support.columns().collect::<Vec<_>>(), [0, 63, 64, 129]);
        support.remove(64);
        support.remove(64);
        assert_eq!(support.len(), 3);
        assert!(!support.contains(64) && !support.contains(500));
        assert_eq!(Support::full(130).len(), 130);
        assert!(Support::empty(130).is_empty());
    }

    #[test]
    #[should_panic(expected = "column 5 of 5 columns")]
    fn a_column_outside_panics() {
        Support::empty(5).insert(5);
    }
}
