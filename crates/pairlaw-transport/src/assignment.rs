//! Exact linear assignment: auction prices, then shortest augmenting paths.

use pairlaw_law::simd::{Block, InstructionSet, Kernel, LANES, Simd, dispatch};

use crate::TransportError;

/// A cheapest assignment of rows to columns, with the prices that prove it.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// Column of each row, all different.
    pub columns: Vec<usize>,
    /// Sum of the costs of the assigned pairs.
    pub cost: f64,
    /// Price `uᵢ` of each row.
    pub row_prices: Vec<f64>,
    /// Price `vⱼ` of each column; a start for a similar problem.
    pub column_prices: Vec<f64>,
}

/// The assignment of least total cost of every row to a column of its own.
///
/// ```text
/// min over injective σ of Σᵢ c(i, σ(i));   uᵢ + vⱼ ≤ c(i, j), with equality where j = σ(i)
/// ```
///
/// `cost(i, j)` is called once a pair. Columns that no row takes have price 0, all others at most
/// that if there are fewer rows than columns. Optimal up to rounding of the reduced costs, the same
/// on every machine; of several optima, one. O(n² m) at worst and 8 n m bytes. For square problems
/// an auction with falling increments finds prices first, so that few and short paths are left.
///
/// # Errors
///
/// [`TransportError::Empty`] without rows, [`TransportError::TooFewColumns`] and
/// [`TransportError::NonFiniteCost`].
///
/// # Source
///
/// Jonker and Volgenant (1987), *Computing* 38, 325–340; Bertsekas (1988), *Annals of Operations
/// Research* 14, 105–123 (auction).
pub fn linear_assignment(
    n_rows: usize,
    n_columns: usize,
    cost: impl Fn(usize, usize) -> f64,
) -> Result<Assignment, TransportError> {
    let costs = Costs::new(n_rows, n_columns, cost)?;
    Ok(solve(&costs, None, InstructionSet::detect()))
}

/// [`linear_assignment`] from the column prices of a similar problem.
///
/// Prices save time if most of them are nearly right; they are not used if there are fewer rows than
/// columns, or if one is larger than 4n times the range of the costs: that would cost digits.
///
/// # Errors
///
/// Those of [`linear_assignment`], and [`TransportError::NonFinite`] for a price.
///
/// # Panics
///
/// If there is not one price a column.
pub fn linear_assignment_from(
    n_rows: usize,
    n_columns: usize,
    cost: impl Fn(usize, usize) -> f64,
    column_prices: &[f64],
) -> Result<Assignment, TransportError> {
    let n = column_prices.len();
    assert_eq!(n, n_columns, "{n} column prices for {n_columns} columns");
    if let Some(index) = column_prices.iter().position(|price| !price.is_finite()) {
        let (argument, value) = ("column_prices", column_prices[index]);
        return Err(TransportError::NonFinite { argument, index, value });
    }
    let costs = Costs::new(n_rows, n_columns, cost)?;
    let largest = column_prices.iter().fold(0.0, |m: f64, price| m.max(price.abs()));
    let start = (largest <= 4.0 * n as f64 * costs.range).then_some(column_prices);
    Ok(solve(&costs, start, InstructionSet::detect()))
}

/// The assignment of points to points with the least sum of distances |x − y|.
///
/// `from` and `to` are positions of the same unit, `to` at least as many; see
/// [`linear_assignment`].
///
/// # Errors
///
/// Those of [`linear_assignment`]; a coordinate that is not finite makes the first cost with it
/// not finite.
///
/// # Source
///
/// Komiya, Jin, Nishikimi, Kashino (2025), equation (6).
pub fn assign_points<const D: usize>(
    from: &[[f64; D]],
    to: &[[f64; D]],
) -> Result<Assignment, TransportError> {
    linear_assignment(from.len(), to.len(), |i, j| distance(&from[i], &to[j]))
}

/// [`assign_points`] from the column prices of an earlier assignment of points nearby, as
/// [`linear_assignment_from`].
///
/// # Errors
///
/// Those of [`linear_assignment_from`].
///
/// # Panics
///
/// If there is not one price a point of `to`.
pub fn assign_points_from<const D: usize>(
    from: &[[f64; D]],
    to: &[[f64; D]],
    column_prices: &[f64],
) -> Result<Assignment, TransportError> {
    let cost = |i: usize, j: usize| distance(&from[i], &to[j]);
    linear_assignment_from(from.len(), to.len(), cost, column_prices)
}

fn distance<const D: usize>(x: &[f64; D], y: &[f64; D]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

/// Largest cost: sums of thousands must not overflow.
const LARGEST: f64 = 1e300;

/// Marks a row or column without partner.
const FREE: usize = usize::MAX;

/// Costs by rows, padded with infinity to whole vectors.
struct Costs {
    n_rows: usize,
    n_columns: usize,
    /// Largest less smallest cost.
    range: f64,
    blocks: Vec<Block<f64>>,
}

impl Costs {
    fn new(
        n_rows: usize,
        n_columns: usize,
        cost: impl Fn(usize, usize) -> f64,
    ) -> Result<Self, TransportError> {
        if n_rows == 0 {
            return Err(TransportError::Empty { argument: "the rows of an assignment" });
        }
        if n_columns < n_rows {
            return Err(TransportError::TooFewColumns { rows: n_rows, columns: n_columns });
        }
        let stride = n_columns.div_ceil(LANES);
        let mut blocks = vec![Block([f64::INFINITY; LANES]); n_rows * stride];
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for (row, blocks) in blocks.chunks_exact_mut(stride).enumerate() {
            for column in 0..n_columns {
                let value = cost(row, column);
                if value.is_nan() || value.abs() > LARGEST {
                    return Err(TransportError::NonFiniteCost { row, column, value });
                }
                (least, most) = (least.min(value), most.max(value));
                *entry_mut(blocks, column) = value;
            }
        }
        Ok(Self { n_rows, n_columns, range: most - least, blocks })
    }

    fn row(&self, i: usize) -> &[Block<f64>] {
        let stride = self.n_columns.div_ceil(LANES);
        &self.blocks[i * stride..(i + 1) * stride]
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        entry(self.row(i), j)
    }
}

fn entry(blocks: &[Block<f64>], j: usize) -> f64 {
    blocks[j / LANES].0[j % LANES]
}

fn entry_mut(blocks: &mut [Block<f64>], j: usize) -> &mut f64 {
    &mut blocks[j / LANES].0[j % LANES]
}

fn solve(costs: &Costs, start: Option<&[f64]>, set: InstructionSet) -> Assignment {
    let mut partial = Partial::new(costs, set);
    // An auction leaves prices on columns that are free again: wrong where columns stay free.
    if costs.n_rows == costs.n_columns {
        if let Some(start) = start {
            for (j, &price) in start.iter().enumerate() {
                *entry_mut(&mut partial.prices, j) = price;
            }
        } else {
            partial.auction();
        }
    }
    let free = partial.take_cheapest();
    let free = partial.reduce(free);
    for row in partial.reduce(free) {
        partial.augment(row);
    }
    partial.finish()
}

/// A partial assignment and column prices, where each assigned column is a cheapest of its row.
struct Partial<'a> {
    costs: &'a Costs,
    set: InstructionSet,
    prices: Vec<Block<f64>>,
    column_of: Vec<usize>,
    row_of: Vec<usize>,
}

impl<'a> Partial<'a> {
    fn new(costs: &'a Costs, set: InstructionSet) -> Self {
        let blocks = costs.n_columns.div_ceil(LANES);
        let prices = vec![Block::default(); blocks];
        let (column_of, row_of) = (vec![FREE; costs.n_rows], vec![FREE; costs.n_columns]);
        Self { costs, set, prices, column_of, row_of }
    }

    fn cheapest(&self, row: usize) -> Cheapest {
        dispatch(self.set, FindCheapest { costs: self.costs.row(row), prices: &self.prices })
    }

    /// Gives `column` to `row`; the row that had it before, if any.
    fn assign(&mut self, row: usize, column: usize) -> Option<usize> {
        let before = std::mem::replace(&mut self.row_of[column], row);
        self.column_of[row] = column;
        if before == FREE {
            return None;
        }
        self.column_of[before] = FREE;
        Some(before)
    }

    /// Prices within a small increment of the best, by bidding with falling increments.
    fn auction(&mut self) {
        let n = self.costs.n_rows as f64;
        let mut increment = self.costs.range / 4.0;
        while increment > self.costs.range / n {
            self.column_of.fill(FREE);
            self.row_of.fill(FREE);
            let mut free: Vec<usize> = (0..self.costs.n_rows).rev().collect();
            while let Some(row) = free.pop() {
                let Cheapest { column, gap, .. } = self.cheapest(row);
                *entry_mut(&mut self.prices, column) -= gap + increment;
                free.extend(self.assign(row, column));
            }
            increment /= 5.0;
        }
        self.column_of.fill(FREE);
        self.row_of.fill(FREE);
    }

    /// Gives each row its cheapest column if it is free; the rows left over.
    fn take_cheapest(&mut self) -> Vec<usize> {
        let mut free = vec![];
        for row in 0..self.costs.n_rows {
            let column = self.cheapest(row).column;
            if self.row_of[column] == FREE {
                self.assign(row, column);
            } else {
                free.push(row);
            }
        }
        free
    }

    /// Free rows take their cheapest column at the price of the second cheapest; rows left over.
    fn reduce(&mut self, free: Vec<usize>) -> Vec<usize> {
        let mut left = vec![];
        // Chains of rows that outbid each other can be long.
        let mut budget = 4 * self.costs.n_rows;
        for mut row in free {
            loop {
                let Cheapest { column, gap, .. } = self.cheapest(row);
                let price = entry_mut(&mut self.prices, column);
                let lower = *price - gap;
                if lower < *price || self.row_of[column] == FREE {
                    *price = lower;
                    match self.assign(row, column) {
                        None => break,
                        Some(before) if budget > 0 => row = before,
                        Some(before) => {
                            left.push(before);
                            break;
                        }
                    }
                    budget -= 1;
                } else {
                    left.push(row);
                    break;
                }
            }
        }
        left
    }

    /// Assigns one row more along the shortest path of reduced costs (Dijkstra).
    fn augment(&mut self, start: usize) {
        // A column that was reached is closed by an infinite distance and price −∞.
        let mut open_prices = self.prices.clone();
        let mut distances = vec![Block([f64::INFINITY; LANES]); open_prices.len()];
        let mut rows = vec![Block([0.0; LANES]); open_prices.len()];
        let mut reached: Vec<(usize, f64)> = vec![];
        let (mut row, mut offset, mut before) = (start, 0.0, f64::NEG_INFINITY);
        let (last, length) = loop {
            let (column, length) = dispatch(
                self.set,
                Relax {
                    costs: self.costs.row(row),
                    prices: &open_prices,
                    offset,
                    row: row as f64,
                    distances: &mut distances,
                    rows: &mut rows,
                },
            );
            if self.row_of[column] == FREE {
                break (column, length);
            }
            // Many columns may be as near: a free one ends the path.
            if length <= before
                && let Some(free) = self.free_column_within(&distances, length)
            {
                break (free, length);
            }
            before = length;
            reached.push((column, length));
            *entry_mut(&mut distances, column) = f64::INFINITY;
            *entry_mut(&mut open_prices, column) = f64::NEG_INFINITY;
            row = self.row_of[column];
            offset = length - (self.costs.at(row, column) - entry(&self.prices, column));
        };
        for (column, distance) in reached {
            *entry_mut(&mut self.prices, column) += distance - length;
        }
        let mut column = last;
        loop {
            let row = entry(&rows, column) as usize;
            let next = self.column_of[row];
            self.column_of[row] = column;
            self.row_of[column] = row;
            if row == start {
                break;
            }
            column = next;
        }
    }

    fn free_column_within(&self, distances: &[Block<f64>], length: f64) -> Option<usize> {
        let free = |&j: &usize| self.row_of[j] == FREE && entry(distances, j) <= length;
        (0..self.costs.n_columns).find(free)
    }

    fn finish(self) -> Assignment {
        let Self { costs, prices, column_of: columns, .. } = self;
        let pairs = || columns.iter().copied().enumerate();
        let cost = pairs().map(|(i, j)| costs.at(i, j)).sum();
        let row_prices = pairs().map(|(i, j)| costs.at(i, j) - entry(&prices, j)).collect();
        let column_prices = (0..costs.n_columns).map(|j| entry(&prices, j)).collect();
        Assignment { columns, cost, row_prices, column_prices }
    }
}

/// A column of least cost less price, and how much more the next one costs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cheapest {
    column: usize,
    gap: f64,
}

struct FindCheapest<'a> {
    costs: &'a [Block<f64>],
    prices: &'a [Block<f64>],
}

impl Kernel for FindCheapest<'_> {
    type Output = Cheapest;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Cheapest {
        let mut column = s.load(&std::array::from_fn(|l| l as f64));
        let infinity = s.splat(f64::INFINITY);
        let (mut least, mut second, mut found) = (infinity, infinity, column);
        for (cost, price) in self.costs.iter().zip(self.prices) {
            let reduced = s.sub(s.load(&cost.0), s.load(&price.0));
            second = s.min(second, s.max(reduced, least));
            found = s.select_greater(least, reduced, column, found);
            least = s.min(reduced, least);
            column = s.add(column, s.splat(LANES as f64));
        }
        let (lane, column) = first_lane(s, least, found);
        let (mut firsts, mut seconds) = ([0.0; LANES], [0.0; LANES]);
        s.store(least, &mut firsts);
        s.store(second, &mut seconds);
        let least = std::mem::replace(&mut firsts[lane], f64::INFINITY);
        let second = firsts.iter().chain(&seconds).copied().fold(f64::INFINITY, f64::min);
        // A single column has no second.
        let gap = if second.is_finite() { second - least } else { 0.0 };
        Cheapest { column, gap }
    }
}

/// The lane of the least value, the first column of several, and that column.
#[inline(always)]
fn first_lane<S: Simd>(s: S, least: S::V, found: S::V) -> (usize, usize) {
    let (mut values, mut columns) = ([0.0; LANES], [0.0; LANES]);
    s.store(least, &mut values);
    s.store(found, &mut columns);
    let key = |l: &usize| (values[*l], columns[*l]);
    let before = |a: &usize, b: &usize| key(a).partial_cmp(&key(b)).expect("no cost is NaN");
    let lane = (0..LANES).min_by(before).expect("there are lanes");
    (lane, columns[lane] as usize)
}

/// Shortens distances by way of one row; the nearest column and its distance.
struct Relax<'a> {
    costs: &'a [Block<f64>],
    prices: &'a [Block<f64>],
    offset: f64,
    row: f64,
    distances: &'a mut [Block<f64>],
    rows: &'a mut [Block<f64>],
}

impl Kernel for Relax<'_> {
    type Output = (usize, f64);

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> (usize, f64) {
        let (offset, row) = (s.splat(self.offset), s.splat(self.row));
        let mut column = s.load(&std::array::from_fn(|l| l as f64));
        let (mut least, mut found) = (s.splat(f64::INFINITY), column);
        let targets = self.distances.iter_mut().zip(self.rows);
        for ((cost, price), (distance, from)) in self.costs.iter().zip(self.prices).zip(targets) {
            let reduced = s.add(s.sub(s.load(&cost.0), s.load(&price.0)), offset);
            let before = s.load(&distance.0);
            s.store(s.select_greater(before, reduced, row, s.load(&from.0)), &mut from.0);
            let now = s.min(reduced, before);
            s.store(now, &mut distance.0);
            found = s.select_greater(least, now, column, found);
            least = s.min(now, least);
            column = s.add(column, s.splat(LANES as f64));
        }
        let (lane, column) = first_lane(s, least, found);
        let mut values = [0.0; LANES];
        s.store(least, &mut values);
        (column, values[lane])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // The greedy choice 1 + 9 costs more than 2 + 3.
        let costs = [[1.0, 2.0], [3.0, 9.0]];
        let found = linear_assignment(2, 2, |i, j| costs[i][j]).unwrap();
        assert_eq!(found.columns, [1, 0]);
        assert!((found.cost - 5.0).abs() < 1e-15);
        let found = assign_points(&[[0.0], [1.0]], &[[5.0], [1.5], [-0.5]]).unwrap();
        assert_eq!(found.columns, [2, 1]);
        assert!((found.cost - 1.0).abs() < 1e-15);
        assert_eq!(linear_assignment(1, 1, |_, _| -7.0).unwrap().columns, [0]);
    }

    #[test]
    fn instruction_sets_agree_to_the_bit() {
        for (n, m) in [(1, 1), (3, 3), (9, 9), (57, 57), (40, 66)] {
            for levels in [5, 1_000_003] {
                let cost =
                    |i: usize, j: usize| ((i * i * 7919 + j * 104_729 + i * j) % levels) as f64;
                let costs = Costs::new(n, m, cost).unwrap();
                let expected = solve(&costs, None, InstructionSet::Portable);
                for set in InstructionSet::available() {
                    assert_eq!(solve(&costs, None, set), expected, "{set:?} {n} {m} {levels}");
                }
            }
        }
    }

    #[test]
    fn large_and_equal_costs() {
        let huge = linear_assignment(20, 20, |i, j| if (i + j) % 3 == 0 { -1e300 } else { 1e300 });
        assert!(huge.unwrap().cost.is_finite());
        assert!((linear_assignment(50, 50, |_, _| 4.0).unwrap().cost - 200.0).abs() < 1e-12);
    }

    #[test]
    fn each_error() {
        use TransportError as E;
        let error = linear_assignment(0, 3, |_, _| 0.0).unwrap_err();
        assert!(matches!(error, E::Empty { .. }), "{error}");
        let error = linear_assignment(3, 2, |_, _| 0.0);
        assert_eq!(error, Err(E::TooFewColumns { rows: 3, columns: 2 }));
        for value in [f64::NAN, f64::INFINITY, -1e301] {
            let cost = |i, j| if (i, j) == (1, 2) { value } else { 0.0 };
            let error = linear_assignment(3, 3, cost).unwrap_err();
            assert!(matches!(error, E::NonFiniteCost { row: 1, column: 2, .. }), "{error}");
        }
        let error = linear_assignment_from(2, 2, |_, _| 0.0, &[0.0, f64::NAN]).unwrap_err();
        assert!(
            matches!(error, E::NonFinite { argument: "column_prices", index: 1, .. }),
            "{error}"
        );
    }

    #[test]
    fn prices_out_of_all_proportion_are_ignored() {
        let cost = |i: usize, j: usize| f64::from(u8::from(i == j));
        let found = linear_assignment_from(2, 2, cost, &[1e20, 1e20]).unwrap();
        assert_eq!((found.columns.as_slice(), found.cost), (&[1, 0][..], 0.0));
    }

    #[test]
    #[should_panic(expected = "1 column prices for 2 columns")]
    fn prices_of_another_length_panic() {
        let _ = linear_assignment_from(2, 2, |_, _| 0.0, &[0.0]);
    }
}
