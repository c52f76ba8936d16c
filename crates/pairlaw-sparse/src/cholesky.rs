//! A Cholesky factor that grows and shrinks by its last column, for visiting supports depth first.

/// The factor `L Lᵀ = A` of the Gram matrix of the columns pushed so far, and `L⁻¹ c`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cholesky {
    /// Rows of `L` one after the other, of 1, 2, 3, … entries.
    rows: Vec<f64>,
    image: Vec<f64>,
}

impl Cholesky {
    /// Adds a column and returns by how much it lowers the residual of least squares.
    ///
    /// `products` are the inner products with the columns before and then with itself, `moment`
    /// that with the response. Nothing is added, and nothing returned, if less than the share
    /// `dependent` of its square lies outside the span of the columns before.
    #[inline]
    pub(crate) fn push(
        &mut self,
        products: impl IntoIterator<Item = f64>,
        moment: f64,
        dependent: f64,
    ) -> Option<f64> {
        let start = self.rows.len();
        self.rows.extend(products);
        let (before, row) = self.rows.split_at_mut(start);
        let n = self.image.len();
        debug_assert_eq!(row.len(), n + 1);
        let square = row[n];
        let (mut pivot, mut image, mut first) = (square, moment, 0);
        for i in 0..n {
            let upper = &before[first..=first + i];
            let sum: f64 = upper[..i].iter().zip(&row[..i]).map(|(a, b)| a * b).sum();
            row[i] = (row[i] - sum) / upper[i];
            pivot -= row[i] * row[i];
            image -= row[i] * self.image[i];
            first += i + 1;
        }
        if pivot > dependent * square {
            row[n] = pivot.sqrt();
            self.image.push(image / row[n]);
            return Some(image * image / pivot);
        }
        self.rows.truncate(start);
        None
    }

    /// Removes the last column.
    #[inline]
    pub(crate) fn pop(&mut self) {
        self.rows.truncate(self.rows.len() - self.image.len());
        self.image.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Columns (2, 0), (1, 1), (3, 3) and the response (4, 5).
        let mut factor = Cholesky::default();
        assert_eq!(factor.push([4.0], 8.0, 1e-14), Some(16.0));
        assert_eq!(factor.push([2.0, 2.0], 9.0, 1e-14), Some(25.0));
        assert_eq!(factor.push([6.0, 6.0, 18.0], 27.0, 1e-14), None);
        factor.pop();
        // Alone on the first column, the second and its triple are worth the same.
        assert_eq!(factor.push([6.0, 18.0], 27.0, 1e-14), Some(25.0));
        factor.pop();
        factor.pop();
        assert_eq!(factor.push([2.0], 9.0, 1e-14), Some(40.5));
    }
}
