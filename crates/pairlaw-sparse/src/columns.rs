//! Column-major storage padded with zeros, and the two loops that all solves are made of.
//!
//! Every column is a whole number of [`LANES`], so that the loops have no tail and the compiler
//! turns them into vector instructions; the sums are split into lanes in a fixed order, so that
//! the bits are the same on every instruction set.

/// Numbers that one step of a loop takes.
pub(crate) const LANES: usize = 8;

/// Dense columns of equal length.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    stride: usize,
    entries: Vec<f64>,
}

impl Columns {
    #[inline(always)]
    pub(crate) fn zeros(rows: usize, columns: usize) -> Self {
        let stride = rows.next_multiple_of(LANES);
        Self { stride, entries: vec![0.0; stride * columns] }
    }

    pub(crate) fn from_fn(
        rows: usize,
        columns: usize,
        entry: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let mut matrix = Self::zeros(rows, columns);
        for j in 0..columns {
            for (i, target) in matrix.col_mut(j)[..rows].iter_mut().enumerate() {
                *target = entry(i, j);
            }
        }
        matrix
    }

    /// A column with its padding.
    #[inline(always)]
    pub(crate) fn col(&self, j: usize) -> &[f64] {
        &self.entries[j * self.stride..(j + 1) * self.stride]
    }

    #[inline(always)]
    pub(crate) fn col_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.entries[j * self.stride..(j + 1) * self.stride]
    }

    /// Columns `j` and `j + 1`.
    #[inline(always)]
    pub(crate) fn pair_mut(&mut self, j: usize) -> (&mut [f64], &mut [f64]) {
        self.entries[j * self.stride..(j + 2) * self.stride].split_at_mut(self.stride)
    }

    /// Moves column `j` behind the last of the first `columns` columns.
    #[inline(always)]
    pub(crate) fn rotate_to_end(&mut self, j: usize, columns: usize) {
        self.entries[j * self.stride..columns * self.stride].rotate_left(self.stride);
    }
}

/// A zero vector with the padding of a column.
#[inline(always)]
pub(crate) fn zeros(rows: usize) -> Vec<f64> {
    vec![0.0; rows.next_multiple_of(LANES)]
}

/// `xᵀy` of whole numbers of lanes.
#[inline(always)]
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (x.as_chunks::<LANES>().0, y.as_chunks::<LANES>().0);
    let n = x.len().min(y.len());
    let (x, y) = (&x[..n], &y[..n]);
    let (mut even, mut odd) = ([0.0; LANES], [0.0; LANES]);
    for (x, y) in x.chunks_exact(2).zip(y.chunks_exact(2)) {
        for lane in 0..LANES {
            even[lane] += x[0][lane] * y[0][lane];
            odd[lane] += x[1][lane] * y[1][lane];
        }
    }
    if n % 2 == 1 {
        for lane in 0..LANES {
            even[lane] += x[n - 1][lane] * y[n - 1][lane];
        }
    }
    for lane in 0..LANES {
        even[lane] += odd[lane];
    }
    ((even[0] + even[4]) + (even[1] + even[5])) + ((even[2] + even[6]) + (even[3] + even[7]))
}

/// `y += a x` of whole numbers of lanes.
#[inline(always)]
pub(crate) fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    let (y, x) = (y.as_chunks_mut::<LANES>().0, x.as_chunks::<LANES>().0);
    for (y, x) in y.iter_mut().zip(x) {
        for lane in 0..LANES {
            y[lane] += a * x[lane];
        }
    }
}

#[inline(always)]
pub(crate) fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// The largest magnitude; NaN if any entry is NaN.
pub(crate) fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |largest: f64, value| {
        // A NaN fails every comparison: it is taken, and then it stays.
        if value.abs() <= largest || largest.is_nan() { largest } else { value.abs() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_and_add_scaled_of_every_length() {
        for n in 0..70 {
            let mut x = zeros(n);
            let mut y = zeros(n);
            for i in 0..n {
                x[i] = i as f64 + 1.0;
                y[i] = 2.0;
            }
            // Small integers: no rounding at all.
            assert_eq!(dot(&x, &y).to_bits(), ((n * (n + 1)) as f64).to_bits());
            add_scaled(&mut y, 3.0, &x);
            assert!((0..n).all(|i| y[i].to_bits() == (3.0 * i as f64 + 5.0).to_bits()));
        }
    }

    #[test]
    fn largest_keeps_nan() {
        assert_eq!(largest([1.0, -3.0, 2.0]).to_bits(), 3.0_f64.to_bits());
        assert!(largest([1.0, f64::NAN, 2.0]).is_nan());
        assert!(largest([f64::NAN, 2.0]).is_nan());
    }
}
