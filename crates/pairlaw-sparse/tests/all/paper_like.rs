//! Weak-form regressions like those of single cells: 88 nearly dependent columns, 109 constraints.

use faer::Mat;
use pairlaw_sparse::LinearSystem;

/// Angular orders and Laguerre degrees of the attraction–repulsion terms.
const ANGULAR: usize = 3;
const LAGUERRE: usize = 18;
/// Attraction–repulsion, alignment and drag terms.
const BLOCKS: [usize; 3] = [54, 24, 10];
/// All terms.
pub(crate) const COLUMNS: usize = 88;
/// Decay of the Laguerre functions.
const ALPHA: f64 = 36.0;

/// A regression and its constraints `C w ≤ 0`.
pub(crate) struct Problem {
    pub(crate) system: LinearSystem,
    pub(crate) constraints: Mat<f64>,
}

/// The generator of Steele, Lea and Flood (2014): one number in [0, 1) a call.
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let length = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        length * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// A cell on a smooth curve.
struct Cell {
    start: [f64; 2],
    drift: [f64; 2],
    swing: [f64; 2],
    rate: f64,
    phase: f64,
}

impl Cell {
    fn random(random: &mut SplitMix, side: f64) -> Self {
        let mut pair = |size: f64| [random.normal() * size, random.normal() * size];
        let (drift, swing) = (pair(0.03), pair(0.03));
        Self {
            start: [random.between(0.0, side), random.between(0.0, side)],
            drift,
            swing,
            rate: random.between(0.2, 1.0),
            phase: random.between(0.0, 6.0),
        }
    }

    fn position(&self, t: f64) -> [f64; 2] {
        let s = (self.rate * t + self.phase).sin();
        [0, 1].map(|d| self.start[d] + self.drift[d] * t + self.swing[d] * s)
    }

    fn velocity(&self, t: f64) -> [f64; 2] {
        let s = self.rate * (self.rate * t + self.phase).cos();
        [0, 1].map(|d| self.drift[d] + self.swing[d] * s)
    }
}

/// `cos(nθ) L_ℓ(αr) e^{−αr/2}` for all n and ℓ.
fn attraction_repulsion(r: f64, cos: f64) -> [f64; 54] {
    let x = ALPHA * r;
    let (mut before, mut laguerre) = (0.0, (-x / 2.0).exp());
    let angular = [1.0, cos, 2.0 * cos * cos - 1.0];
    let mut terms = [0.0; 54];
    for degree in 0..LAGUERRE {
        for (n, angular) in angular.iter().enumerate() {
            terms[n * LAGUERRE + degree] = angular * laguerre;
        }
        let l = degree as f64;
        let next = ((2.0 * l + 1.0 - x) * laguerre - l * before) / (l + 1.0);
        (before, laguerre) = (laguerre, next);
    }
    terms
}

/// All terms of one pair: the factor of `x_i − x_j`, of `v_i − v_j`, of `v_i`.
fn terms(r: f64, cos: f64, speed: f64) -> [f64; COLUMNS] {
    let mut terms = [0.0; COLUMNS];
    terms[..54].copy_from_slice(&attraction_repulsion(r, cos));
    let angular = [2.0, 1.0 + cos, 2.0 * cos * cos];
    for n in 0..ANGULAR {
        for l in 0..8 {
            terms[54 + 8 * n + l] = angular[n] * (-(2.0_f64.powi(l as i32 - 2)) * r).exp();
        }
    }
    for n in 0..2 {
        for l in 0..5 {
            terms[78 + 5 * n + l] = angular[n] * speed.powi(l as i32);
        }
    }
    terms
}

/// The law that made `b`: outside the span of the terms, as in the experiments.
fn truth(r: f64, cos: f64, strength: [f64; 3]) -> [f64; 3] {
    let angular = 15.0 + 10.0 * (2.0 * cos * cos - 1.0);
    [
        strength[0] * angular * ((-20.0 * r).exp() - 0.25 * (-10.0 * r).exp()),
        -strength[1] * (2.0 * cos * cos) * (-4.0 * r).exp(),
        -strength[2] * (1.0 + cos),
    ]
}

/// Sums of all terms over the neighbours at one time, and the true force in the last column.
fn features(focal: &Cell, others: &[Cell], strength: [f64; 3], t: f64) -> Vec<[f64; 2]> {
    let (x, v) = (focal.position(t), focal.velocity(t));
    let speed = v[0].hypot(v[1]);
    let mut sums = vec![[0.0; 2]; COLUMNS + 1];
    for other in others {
        let (y, u) = (other.position(t), other.velocity(t));
        let away = [x[0] - y[0], x[1] - y[1]];
        let r = away[0].hypot(away[1]);
        let cos = -(v[0] * away[0] + v[1] * away[1]) / (r * speed);
        let directions = [away, [v[0] - u[0], v[1] - u[1]], v];
        let values = terms(r, cos, speed);
        let mut column = 0;
        for (block, direction) in BLOCKS.iter().zip(directions) {
            for _ in 0..*block {
                for d in 0..2 {
                    sums[column][d] += values[column] * direction[d] / others.len() as f64;
                }
                column += 1;
            }
        }
        for (force, direction) in truth(r, cos, strength).iter().zip(directions) {
            for d in 0..2 {
                sums[COLUMNS][d] += force * direction[d] / others.len() as f64;
            }
        }
    }
    sums
}

/// The problem of one seed; neighbours, region, law and noise all vary.
pub(crate) fn problem(seed: u64) -> Problem {
    let mut random = SplitMix(seed);
    let n_times = 120 + (80.0 * random.uniform()) as usize;
    let side = random.between(1.0, 2.5);
    let focal = Cell::random(&mut random, side);
    let others: Vec<Cell> = (0..20 + (60.0 * random.uniform()) as usize)
        .map(|_| Cell::random(&mut random, side))
        .collect();
    let strength = [1.0, 0.3, 0.1].map(|size| if random.uniform() < 0.6 { size } else { 0.0 });
    // At least one force acts.
    let strength = if strength.iter().sum::<f64>() > 0.0 { strength } else { [1.0, 0.0, 0.0] };
    let series: Vec<_> =
        (0..n_times).map(|l| features(&focal, &others, strength, 0.1333 * l as f64)).collect();
    let noise = 10.0_f64.powf(random.between(-8.0, -1.0));
    Problem {
        system: weak_form(&series, noise, &mut random),
        constraints: constraints(random.between(0.02, 0.08), random.between(1.5, 3.5)),
    }
}

/// Integrals against `(1 − (s/m)²)^p` around each time, x rows above y rows; relative noise on b.
fn weak_form(series: &[Vec<[f64; 2]>], noise: f64, random: &mut SplitMix) -> LinearSystem {
    let m = 20;
    let bump: Vec<f64> =
        (0..=2 * m).map(|s| (1.0 - ((s as f64 - m as f64) / m as f64).powi(2)).powi(8)).collect();
    let q = series.len() - 2 * m;
    let integral = |i: usize, j: usize| -> f64 {
        let windows = &series[i % q..=i % q + 2 * m];
        (bump.iter().zip(windows)).map(|(phi, sums)| phi * sums[j][i / q]).sum()
    };
    let g = Mat::from_fn(2 * q, COLUMNS, &integral);
    let mut b: Vec<f64> = (0..2 * q).map(|i| integral(i, COLUMNS)).collect();
    let size = (b.iter().map(|x| x * x).sum::<f64>() / b.len() as f64).sqrt();
    for entry in &mut b {
        *entry += noise * size * random.normal();
    }
    LinearSystem { g, b }
}

/// Repulsion near, attraction far, alignment and drag never negative.
fn constraints(near: f64, far: f64) -> Mat<f64> {
    let angles: Vec<f64> =
        (0..5).map(|i| (std::f64::consts::PI * f64::from(i) / 4.0).cos()).collect();
    let mut rows = Vec::new();
    for i in 0..15 {
        let (r, sign) = match i {
            0..5 => (1e-6 + (near - 1e-6) * f64::from(i) / 4.0, -1.0),
            _ => (1.0 + (far - 1.0) * f64::from(i - 5) / 9.0, 1.0),
        };
        for &cos in &angles {
            rows.push(attraction_repulsion(r, cos).map(|term| sign * term));
        }
    }
    Mat::from_fn(rows.len() + 34, COLUMNS, |i, j| match rows.get(i) {
        Some(row) => row.get(j).copied().unwrap_or(0.0),
        None => f64::from(u8::from(j == 54 + i - rows.len())),
    })
}
