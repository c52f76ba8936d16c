//! Short gaps in tracks, filled by cubic Hermite interpolation.

use crate::{Segment, Tracks};

impl<const D: usize> Tracks<D> {
    /// The same tracks with gaps of at most `longest` missing samples interpolated.
    ///
    /// Between the last sample `p₀` before a gap of `n − 1` frames and the first sample `p₁` after it,
    /// at `s = j/n`, with the one-sided slopes `m₀ = p₀ − p₋₁` and `m₁ = p₂ − p₁` per frame,
    ///
    /// ```text
    /// p(s) = p₀ + s(p₁ − p₀) + s(1 − s)[(1 − s)(n·m₀ − (p₁ − p₀)) + s((p₁ − p₀) − n·m₁)]
    /// ```
    ///
    /// Where a side has only one measured sample, `p(s) = p₀ + s(p₁ − p₀)`. Uniform motion is
    /// restored up to rounding. Longer gaps stay. Velocities are dropped, since those beside a
    /// filled gap would be estimated otherwise.
    ///
    /// # Panics
    ///
    /// If an interpolated position overflows an `f64`.
    ///
    /// # Source
    ///
    /// F. N. Fritsch and R. E. Carlson, SIAM J. Numer. Anal. 17 (1980), the cubic Hermite form.
    pub fn gaps_filled(&self, longest: usize) -> Self {
        let measured = self.segments().iter().map(|s| Segment { velocities: None, ..s.clone() });
        let pairs = self.segments().windows(2);
        let filled = pairs.filter_map(|pair| filled(&pair[0], &pair[1], longest));
        self.with_segments(measured.chain(filled).collect())
            .expect("a filled gap holds finite positions and overlaps no segment")
    }
}

/// The missing samples between two segments, if they are of one individual and few.
fn filled<const D: usize>(
    before: &Segment<D>,
    after: &Segment<D>,
    longest: usize,
) -> Option<Segment<D>> {
    let missing = before.frames().end..after.first_frame;
    if before.individual != after.individual || missing.len() > longest {
        return None;
    }
    let n = (missing.len() + 1) as f64;
    let point = |j: usize| {
        let s = j as f64 / n;
        std::array::from_fn(|d| hermite(before, after, d, n, s))
    };
    Some(Segment {
        individual: before.individual,
        first_frame: missing.start,
        positions: (1..=missing.len()).map(point).collect(),
        velocities: None,
    })
}

fn hermite<const D: usize>(
    before: &Segment<D>,
    after: &Segment<D>,
    d: usize,
    n: f64,
    s: f64,
) -> f64 {
    let (p0, p1) = (before.positions[before.positions.len() - 1][d], after.positions[0][d]);
    let chord = p1 - p0;
    let bend = match (&before.positions[..], &after.positions[..]) {
        ([.., previous, _], [_, next, ..]) => {
            let (m0, m1) = (p0 - previous[d], next[d] - p1);
            (1.0 - s) * (n * m0 - chord) + s * (chord - n * m1)
        }
        _ => 0.0,
    };
    p0 + s * chord + s * (1.0 - s) * bend
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sampling, Units};

    fn tracks(runs: &[(usize, usize, &[f64])]) -> Tracks<1> {
        let sampling = Sampling { start_time: 0.0, dt: 0.1, n_frames: 20 };
        let segment = |&(individual, first_frame, x): &(usize, usize, &[f64])| Segment {
            individual,
            first_frame,
            positions: x.iter().map(|&x| [x]).collect(),
            velocities: Some(vec![[1.0]; x.len()]),
        };
        let segments = runs.iter().map(segment).collect();
        let ids = vec!["a".into(), "b".into()];
        Tracks::new(ids, sampling, Units::default(), segments).unwrap()
    }

    fn positions(tracks: &Tracks<1>) -> Vec<f64> {
        let segments = tracks.segments().iter();
        segments.flat_map(|s| s.positions.as_flattened().to_vec()).collect()
    }

    /// By hand with h₀₀(½) = h₀₁(½) = ½, h₁₀(½) = −h₁₁(½) = ⅛ and n = 2; exact in binary.
    #[test]
    fn a_gap_of_one_is_the_hermite_midpoint() {
        let filled = tracks(&[(0, 2, &[0.0, 1.0]), (0, 5, &[4.0, 4.5])]).gaps_filled(1);
        let middle = 0.5 * 1.0 + 0.5 * 4.0 + 0.125 * 2.0 * 1.0 - 0.125 * 2.0 * 0.5;
        assert_eq!(positions(&filled), [0.0, 1.0, middle, 4.0, 4.5]);
        assert_eq!(filled.segments()[0].first_frame, 2);
    }

    /// With n = 4 at s = ¼: h₀₀ = 27/32, h₁₀ = 9/64, h₀₁ = 5/32, h₁₁ = −3/64.
    #[test]
    fn a_gap_of_three_bends_by_both_slopes() {
        let filled = tracks(&[(0, 0, &[0.0, 1.0]), (0, 5, &[4.0, 4.5])]).gaps_filled(3);
        let quarter = 27.0 / 32.0 + 9.0 / 64.0 * 4.0 + 5.0 / 32.0 * 4.0 - 3.0 / 64.0 * 4.0 * 0.5;
        assert_eq!(positions(&filled)[2..3], [quarter]);
    }

    #[test]
    fn a_lone_sample_gives_a_line() {
        let filled = tracks(&[(0, 0, &[0.0, 1.0]), (0, 3, &[3.0]), (0, 5, &[2.0, 9.0])]);
        let filled = filled.gaps_filled(1);
        assert_eq!(positions(&filled), [0.0, 1.0, 2.0, 3.0, 2.5, 2.0, 9.0]);
    }

    #[test]
    fn long_gaps_and_other_individuals_stay() {
        let runs = tracks(&[(0, 0, &[0.0, 1.0]), (0, 5, &[4.0, 5.0]), (1, 8, &[7.0, 8.0])]);
        let same = runs.gaps_filled(2);
        assert_eq!(same.segments().len(), 3);
        assert!(!same.has_velocities());
        let filled = runs.gaps_filled(3);
        assert_eq!(filled.segments().len(), 2);
        assert_eq!(filled.segments()[0].frames(), 0..7);
    }
}
