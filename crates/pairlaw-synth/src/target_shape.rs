//! Target shapes of multicellular dynamics: thin bands around a ring, a square and a triangle.

use std::f64::consts::{PI, TAU};
use std::fmt;
use std::str::FromStr;

use pairlaw_data::{Streams, Xoshiro256PlusPlus};
use pairlaw_sim::uniform_box;
use rand::RngExt;

use crate::scenario::SynthError;

/// A band of the plane in which cells are to end.
///
/// Each is what lies between two concentric copies of a curve, told by its gauge g, which is the
/// distance of the point's copy of the curve from the centre (its inradius):
///
/// ```text
/// { x : inner ≤ g(x) ≤ outer }
/// ring      g(x) = |x|                  .9 … 1                               diameters 1.8, 2
/// square    g(x) = max(|x₁|, |x₂|)      .75 … .8                             sides 1.5, 1.6
/// triangle  g(x) = max_k n_k·x          1.65/(2√3) = .4763 … 1.75/(2√3) = .5052   sides 1.65, 1.75
/// ```
///
/// with the triangle's outward normals n_k at −90°, 30° and 150°: it is equilateral, centred at 0,
/// and stands on a side.
///
/// # Source
/// Komiya, Jin, Nishikimi, Kashino (2025), section 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Between two circles.
    Ring,
    /// Between two squares with sides along the axes.
    Square,
    /// Between two equilateral triangles, one corner up.
    Triangle,
}

impl Shape {
    /// All of them, in the order of the paper.
    pub const ALL: [Self; 3] = [Self::Ring, Self::Square, Self::Triangle];

    /// `ring`, `square` or `triangle`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            Self::Square => "square",
            Self::Triangle => "triangle",
        }
    }

    /// Inner and outer inradius of the band, length.
    #[must_use]
    pub fn band(self) -> [f64; 2] {
        match self {
            Self::Ring => [0.9, 1.0],
            Self::Square => [0.75, 0.8],
            Self::Triangle => [1.65, 1.75].map(|side| side / (2.0 * 3f64.sqrt())),
        }
    }

    /// The gauge g: inradius of the concentric curve through a point, length; NaN for a point that
    /// is not a number.
    #[must_use]
    pub fn gauge(self, point: [f64; 2]) -> f64 {
        let [x, y] = point;
        if x.is_nan() || y.is_nan() {
            return f64::NAN;
        }
        match self {
            Self::Ring => x.hypot(y),
            Self::Square => x.abs().max(y.abs()),
            // The two upper normals are mirror images: the steeper one faces the point.
            Self::Triangle => (0.5 * 3f64.sqrt() * x.abs() + 0.5 * y).max(-y),
        }
    }

    /// Whether a point lies in the band, its borders included; never if it is not a number.
    #[must_use]
    pub fn contains(self, point: [f64; 2]) -> bool {
        let [inner, outer] = self.band();
        (inner..=outer).contains(&self.gauge(point))
    }

    /// The part of the points that lie in the band; NaN if there is no point.
    #[must_use]
    pub fn inside_ratio(self, points: &[[f64; 2]]) -> f64 {
        let inside = points.iter().filter(|point| self.contains(**point)).count();
        inside as f64 / points.len() as f64
    }

    /// Area of the band, length²: `(outer² − inner²)` times π, 4 or 3√3.
    #[must_use]
    pub fn area(self) -> f64 {
        let [inner, outer] = self.band();
        let of_unit_inradius = match self {
            Self::Ring => PI,
            Self::Square => 4.0,
            Self::Triangle => 3.0 * 3f64.sqrt(),
        };
        of_unit_inradius * (outer * outer - inner * inner)
    }

    /// `n` independent points, uniform over the area of the band, each of them inside.
    ///
    /// ```text
    /// x = ρ b,   ρ² uniform in [inner², outer²],   b uniform on the curve g(b) = 1
    /// ```
    #[must_use]
    pub fn sample(self, n: usize, seed: u64) -> Vec<[f64; 2]> {
        let mut rng = stream(seed);
        (0..n).map(|_| self.draw(&mut rng)).collect()
    }

    /// The inner and the outer border as closed polylines, the last point equal to the first: 180
    /// sides for the ring, and the corners of the others.
    #[must_use]
    pub fn outline(self) -> [Vec<[f64; 2]>; 2] {
        let n_sides = match self {
            Self::Ring => 180,
            _ => self.corners().len(),
        };
        let corner = |k: usize| match self {
            Self::Ring => {
                let (sine, cosine) = (TAU * (k % n_sides) as f64 / n_sides as f64).sin_cos();
                [cosine, sine]
            }
            _ => self.corners()[k % n_sides],
        };
        self.band().map(|radius| (0..=n_sides).map(|k| corner(k).map(|x| radius * x)).collect())
    }

    fn draw(self, rng: &mut Xoshiro256PlusPlus) -> [f64; 2] {
        let [inner, outer] = self.band().map(|radius| radius * radius);
        loop {
            let radius = (inner + (outer - inner) * rng.random::<f64>()).sqrt();
            let point = self.on_unit_curve(rng.random()).map(|x| radius * x);
            // Rounding may carry a point just over the border.
            if self.contains(point) {
                return point;
            }
        }
    }

    /// The point of the curve g = 1 at a part `turn` in [0, 1) of its length.
    fn on_unit_curve(self, turn: f64) -> [f64; 2] {
        let corners = self.corners();
        if corners.is_empty() {
            let (sine, cosine) = (TAU * turn).sin_cos();
            return [cosine, sine];
        }
        let along = turn * corners.len() as f64;
        let (side, part) = (along as usize % corners.len(), along.fract());
        let (from, to) = (corners[side], corners[(side + 1) % corners.len()]);
        [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]
    }

    /// Corners of the curve g = 1, counterclockwise; none for the ring.
    fn corners(self) -> &'static [[f64; 2]] {
        const ROOT: f64 = 1.732_050_807_568_877_2;
        match self {
            Self::Ring => &[],
            Self::Square => &[[1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0]],
            Self::Triangle => &[[ROOT, -1.0], [0.0, 2.0], [-ROOT, -1.0]],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Shape {
    type Err = SynthError;

    fn from_str(name: &str) -> Result<Self, SynthError> {
        let found = Self::ALL.into_iter().find(|shape| shape.name() == name);
        found.ok_or_else(|| SynthError::UnknownShape { name: name.to_owned() })
    }
}

/// `n` cells uniform in the box `[−1, 1]ᴰ`, from which all targets are reached.
///
/// # Source
/// Komiya et al. (2025), section 2.3, where cells are "initially placed randomly"; the box is ours.
#[must_use]
pub fn uniform_cells<const D: usize>(n: usize, seed: u64) -> Vec<[f64; D]> {
    let axes = uniform_box(n, [-1.0; D], [1.0; D], &mut stream(seed));
    (0..n).map(|i| std::array::from_fn(|d| axes[d][i])).collect()
}

fn stream(seed: u64) -> Xoshiro256PlusPlus {
    Streams::new(seed).next().expect("streams never end")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // exact by construction where compared

    use super::*;

    const N: usize = 40_000;

    #[test]
    fn points_by_hand() {
        let inside = [
            (Shape::Ring, [0.0, -0.95]),
            (Shape::Ring, [0.6, 0.75]),
            (Shape::Square, [0.77, -0.3]),
            (Shape::Square, [0.8, 0.8]),
            (Shape::Triangle, [0.0, -0.49]),
            (Shape::Triangle, [0.6, -0.5]),
            // A corner of the outer triangle lies two inradii away.
            (Shape::Triangle, [0.0, 1.0]),
        ];
        assert!(inside.iter().all(|(shape, point)| shape.contains(*point)));
        let outside = [
            (Shape::Ring, [0.0, 0.89]),
            (Shape::Ring, [0.8, 0.8]),
            (Shape::Square, [0.74, 0.74]),
            (Shape::Square, [0.0, 0.81]),
            (Shape::Triangle, [0.0, 0.49]),
            (Shape::Triangle, [0.0, -0.51]),
            (Shape::Triangle, [0.9, -0.49]),
            (Shape::Ring, [f64::NAN, 0.95]),
            (Shape::Square, [f64::NAN, 0.78]),
            (Shape::Triangle, [f64::NAN, -0.49]),
            (Shape::Square, [f64::INFINITY, 0.78]),
        ];
        assert!(outside.iter().all(|(shape, point)| !shape.contains(*point)));
        let points = [[0.0, 0.95], [0.0, 0.0], [0.95, 0.0], [0.0, f64::NAN]];
        assert_eq!(Shape::Ring.inside_ratio(&points), 0.5);
        assert!(Shape::Ring.inside_ratio(&[]).is_nan());
    }

    /// The bands as printed, by the sides of the outlines.
    #[test]
    fn outlines_have_the_printed_sides() {
        let side = |line: &[[f64; 2]]| (line[1][0] - line[0][0]).hypot(line[1][1] - line[0][1]);
        for (shape, sides) in [(Shape::Square, [1.5, 1.6]), (Shape::Triangle, [1.65, 1.75])] {
            for (line, expected) in shape.outline().iter().zip(sides) {
                // Rounding, here and below.
                assert!((side(line) - expected).abs() < 1e-15, "{shape}");
                assert_eq!(line.first(), line.last());
            }
        }
        let [inner, outer] = Shape::Triangle.band();
        assert!((inner - 0.4763).abs() < 5e-5 && (outer - 0.5052).abs() < 5e-5);
        for shape in Shape::ALL {
            for (line, radius) in shape.outline().iter().zip(shape.band()) {
                assert!(line.iter().all(|p| (shape.gauge(*p) - radius).abs() < 1e-15), "{shape}");
            }
        }
    }

    #[test]
    fn samples_lie_inside_and_depend_on_the_seed() {
        for shape in Shape::ALL {
            let points = shape.sample(N, 7);
            assert_eq!((points.len(), shape.inside_ratio(&points)), (N, 1.0));
            assert_eq!(points, shape.sample(N, 7));
            assert_ne!(points, shape.sample(N, 8));
        }
    }

    /// The part of a uniform sample in any disc is the part of the band's area in it, which
    /// rejection from a box gives without the construction of `sample`.
    #[test]
    fn samples_are_uniform_over_the_area() {
        let n_box = 400_000;
        let [x, y] = uniform_box(n_box, [-1.1; 2], [1.1; 2], &mut stream(3));
        let box_points: Vec<_> = x.into_iter().zip(y).map(|(x, y)| [x, y]).collect();
        for shape in Shape::ALL {
            let kept: Vec<_> = box_points.iter().copied().filter(|p| shape.contains(*p)).collect();
            let share = kept.len() as f64 / n_box as f64;
            let error = (share * (1.0 - share) / n_box as f64).sqrt();
            // Statistical: 5 standard errors, here and below.
            assert!((share - shape.area() / 4.84).abs() < 5.0 * error, "{shape} {share}");
            let points = shape.sample(N, 5);
            for centre in [[0.9, 0.0], [0.7, 0.7], [0.0, 1.0], [-0.3, -0.6], [-0.87, -0.5]] {
                for radius in [0.1, 0.4] {
                    let near = |p: &&[f64; 2]| (p[0] - centre[0]).hypot(p[1] - centre[1]) < radius;
                    let [a, b] = [&points, &kept]
                        .map(|p| p.iter().filter(near).count() as f64 / p.len() as f64);
                    let pooled = 0.5 * (a + b);
                    let spread = 1.0 / N as f64 + 1.0 / kept.len() as f64;
                    let bound = 5.0 * (pooled * (1.0 - pooled) * spread).sqrt();
                    assert!((a - b).abs() <= bound, "{shape} {centre:?} {radius}: {a} {b}");
                }
            }
            // Half of the area lies below the level whose square is the mean of the squares. The
            // bands are thin: this many points tell it from the middle level, by 9 standard errors
            // or more.
            let [inner, outer] = shape.band();
            let middle = (0.5 * (inner * inner + outer * outer)).sqrt();
            let points = shape.sample(10 * N, 6);
            let below = points.iter().filter(|p| shape.gauge(**p) < middle).count();
            assert!(below.abs_diff(5 * N) < 5 * 316, "{shape} {below}");
        }
    }

    #[test]
    fn symmetries_of_the_shapes() {
        let rotated = |[x, y]: [f64; 2], degrees: f64| {
            let (s, c) = degrees.to_radians().sin_cos();
            [c * x - s * y, s * x + c * y]
        };
        for (shape, degrees) in
            [(Shape::Ring, 77.0), (Shape::Square, 90.0), (Shape::Triangle, 120.0)]
        {
            for point in uniform_cells::<2>(1000, 2) {
                let g = shape.gauge(point);
                // Rounding.
                assert!((shape.gauge(rotated(point, degrees)) - g).abs() < 1e-15, "{shape}");
                assert!((shape.gauge([-point[0], point[1]]) - g).abs() < 1e-15, "{shape}");
                assert!((shape.gauge(point.map(|x| 3.0 * x)) - 3.0 * g).abs() < 1e-15, "{shape}");
            }
        }
        // A triangle is not its own image upside down.
        assert!(Shape::Triangle.contains([0.0, 1.0]) && !Shape::Triangle.contains([0.0, -1.0]));
    }

    #[test]
    fn names_are_understood_and_given_back() {
        for shape in Shape::ALL {
            assert_eq!(shape.to_string().parse::<Shape>().unwrap(), shape);
        }
        let error = "disc".parse::<Shape>().unwrap_err().to_string();
        assert!(
            error.contains("\"disc\"") && error.contains("ring | square | triangle"),
            "{error}"
        );
    }

    #[test]
    fn cells_start_in_the_box() {
        let cells = uniform_cells::<3>(100, 1);
        assert!(cells.iter().flatten().all(|x| (-1.0..1.0).contains(x)));
        assert_eq!(cells.len(), 100);
        assert_ne!(cells, uniform_cells::<3>(100, 2));
    }
}
