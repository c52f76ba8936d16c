//! The part of a kernel that a mesh does not resolve, summed over near pairs.

use crate::PairKernel;

/// Spacings of the mesh within which pairs are near.
const SPACINGS: f64 = 4.0;
/// Intervals of the table of the near part.
const TABLE: usize = 4096;

/// The split of a kernel at a few mesh spacings, and the cells of that size:
///
/// ```text
/// φ(r) = smooth(r) + near(r),   smooth(r) = r (c_0 + c_1 r² + c_2 r⁴) below the radius, φ above
/// ```
///
/// where value, slope and curvature of the polynomial match φ at the radius.
#[derive(Clone, Debug)]
pub(super) struct Near<const D: usize> {
    radius: f64,
    coefficients: [f64; 3],
    table: Vec<f64>,
    ends: Vec<u32>,
    cells: Vec<u32>,
    sorted: [Vec<f64>; D],
    particles: Vec<u32>,
    sums: [Vec<f64>; D],
}

impl<const D: usize> Near<D> {
    pub(super) fn new(kernel: &PairKernel, spacing: f64) -> Self {
        let radius = SPACINGS * spacing;
        let mut near = Self {
            radius,
            coefficients: matching(|u| kernel.value(radius * u)),
            table: Vec::new(),
            ends: Vec::new(),
            cells: Vec::new(),
            sorted: std::array::from_fn(|_| Vec::new()),
            particles: Vec::new(),
            sums: std::array::from_fn(|_| Vec::new()),
        };
        let value = |k: usize| {
            let r = radius * k as f64 / TABLE as f64;
            kernel.value(r) - near.smooth(r)
        };
        near.table = (0..=TABLE + 1).map(value).collect();
        near
    }

    pub(super) fn radius(&self) -> f64 {
        self.radius
    }

    /// The smooth part below the radius.
    pub(super) fn smooth(&self, r: f64) -> f64 {
        let (u, [a, b, c]) = (r / self.radius, self.coefficients);
        u * (a + u * u * (b + u * u * c))
    }

    /// Adds the sums of the near part, each pair once.
    pub(super) fn add(
        &mut self,
        positions: [&[f64]; D],
        lower: [f64; D],
        upper: [f64; D],
        out: &mut [Vec<f64>; D],
    ) {
        let n = positions[0].len();
        // One layer of empty cells around the box.
        let shape: [usize; D] =
            std::array::from_fn(|d| ((upper[d] - lower[d]) / self.radius) as usize + 3);
        self.sort(positions, lower, shape);
        let neighbours = forward_neighbours(shape);
        for sums in &mut self.sums {
            sums.clear();
            sums.resize(n, 0.0);
        }
        for cell in 0..self.ends.len() - 1 {
            let own = self.cell(cell);
            for i in own.clone() {
                self.pairs(i, i + 1..own.end);
            }
            if own.is_empty() {
                continue;
            }
            for &offset in &neighbours {
                let other = self.cell(cell + offset);
                for i in own.clone() {
                    self.pairs(i, other.clone());
                }
            }
        }
        for (out, sums) in out.iter_mut().zip(&self.sums) {
            for (sum, particle) in sums.iter().zip(&self.particles) {
                out[*particle as usize] += sum / n as f64;
            }
        }
    }

    fn cell(&self, cell: usize) -> std::ops::Range<usize> {
        let start = if cell == 0 { 0 } else { self.ends[cell - 1] };
        start as usize..self.ends[cell] as usize
    }

    /// Counting sort of the particles by cell; `ends[c]` is the end of cell c.
    fn sort(&mut self, positions: [&[f64]; D], lower: [f64; D], shape: [usize; D]) {
        let n = positions[0].len();
        let cell = |i: usize| {
            (0..D).fold(0, |cell, d| {
                cell * shape[d] + 1 + ((positions[d][i] - lower[d]) / self.radius) as usize
            }) as u32
        };
        self.cells.clear();
        self.cells.extend((0..n).map(cell));
        self.ends.clear();
        self.ends.resize(shape.iter().product::<usize>() + 1, 0);
        for &cell in &self.cells {
            self.ends[cell as usize + 1] += 1;
        }
        let mut sum = 0;
        for end in &mut self.ends {
            sum += *end;
            *end = sum;
        }
        self.particles.clear();
        self.particles.resize(n, 0);
        for (i, &cell) in (0..).zip(&self.cells) {
            let end = &mut self.ends[cell as usize];
            self.particles[*end as usize] = i;
            *end += 1;
        }
        for (sorted, x) in self.sorted.iter_mut().zip(positions) {
            sorted.clear();
            sorted.extend(self.particles.iter().map(|i| x[*i as usize]));
        }
    }

    /// Pairs of one particle with a range of others.
    fn pairs(&mut self, i: usize, others: std::ops::Range<usize>) {
        let x: [f64; D] = std::array::from_fn(|d| self.sorted[d][i]);
        let to_table = TABLE as f64 / self.radius;
        let mut own = [0.0; D];
        for j in others {
            let difference: [f64; D] = std::array::from_fn(|d| x[d] - self.sorted[d][j]);
            let square: f64 = difference.iter().map(|x| x * x).sum();
            if square >= self.radius * self.radius || square == 0.0 {
                continue;
            }
            let r = square.sqrt();
            let u = r * to_table;
            let k = u as usize;
            let (a, b) = (self.table[k], self.table[k + 1]);
            let over = (a + (u - k as f64) * (b - a)) / r;
            for ((own, sums), x) in own.iter_mut().zip(&mut self.sums).zip(difference) {
                *own += over * x;
                sums[j] -= over * x;
            }
        }
        for (own, sums) in own.into_iter().zip(&mut self.sums) {
            sums[i] += own;
        }
    }
}

/// Offsets to the neighbours of a cell that come after it, itself left out.
fn forward_neighbours<const D: usize>(shape: [usize; D]) -> Vec<usize> {
    let offset = |code: usize| {
        let (mut rest, mut stride, mut offset) = (code as isize, 1, 0);
        for n in shape.iter().rev() {
            offset += (rest % 3 - 1) * stride;
            rest /= 3;
            stride *= *n as isize;
        }
        offset
    };
    (0..3usize.pow(D as u32)).map(offset).filter(|o| *o > 0).map(|o| o as usize).collect()
}

/// `u (c_0 + c_1 u² + c_2 u⁴)` with the value, slope and curvature of `f` at u = 1, these two by
/// central differences of fourth order.
fn matching(f: impl Fn(f64) -> f64) -> [f64; 3] {
    let h = 0.02;
    let [a, b, value, c, d] = [-2.0, -1.0, 0.0, 1.0, 2.0].map(|k| f(1.0 + k * h));
    let slope = (a - 8.0 * b + 8.0 * c - d) / (12.0 * h);
    let curvature = (-a + 16.0 * b - 30.0 * value + 16.0 * c - d) / (12.0 * h * h);
    // c_0 + c_1 + c_2 = value, c_0 + 3c_1 + 5c_2 = slope, 6c_1 + 20c_2 = curvature.
    let c_2 = (curvature - 3.0 * (slope - value)) / 8.0;
    let c_1 = 0.5 * (slope - value) - 2.0 * c_2;
    [value - c_1 - c_2, c_1, c_2]
}
