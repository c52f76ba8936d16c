//! Where each individual went in the end: the direction that it may be said to prefer.

use pairlaw_data::Tracks;

/// The unit vector from the first sample of each individual to its last, over gaps; 0 for one that
/// ends where it began or has fewer than two samples.
///
/// ```text
/// e_i = (x_i(last) − x_i(first)) / |x_i(last) − x_i(first)|
/// ```
#[must_use]
pub fn net_directions<const D: usize>(tracks: &Tracks<D>) -> Vec<[f64; D]> {
    let direction = |individual: usize| {
        let segments = tracks.segments_of(individual);
        let first = segments.first().and_then(|segment| segment.positions.first());
        let last = segments.last().and_then(|segment| segment.positions.last());
        let way = match (first, last) {
            (Some(first), Some(last)) => std::array::from_fn(|d| last[d] - first[d]),
            _ => [0.0; D],
        };
        unit(way)
    };
    (0..tracks.n_individuals()).map(direction).collect()
}

/// The vector divided by its length; 0 stays 0. The largest coordinate is divided out first, so that
/// squares neither overflow nor vanish.
fn unit<const D: usize>(vector: [f64; D]) -> [f64; D] {
    let largest = vector.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    if largest == 0.0 {
        return vector;
    }
    let scaled = vector.map(|x| x / largest);
    let length = scaled.iter().map(|x| x * x).sum::<f64>().sqrt();
    scaled.map(|x| x / length)
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact values
mod tests {
    use super::*;
    use pairlaw_data::{Sampling, Segment, Units};

    #[test]
    fn directions_by_hand() {
        let segment = |individual, first_frame, positions: &[[f64; 2]]| Segment {
            individual,
            first_frame,
            positions: positions.to_vec(),
            velocities: None,
        };
        let segments = vec![
            segment(0, 0, &[[1.0, 1.0], [50.0, 7.0]]),
            segment(0, 4, &[[9.0, 9.0], [4.0, 5.0]]),
            segment(1, 0, &[[2.0, 2.0], [3.0, 2.0], [2.0, 2.0]]),
            segment(2, 1, &[[7.0, 1.0]]),
            segment(4, 0, &[[0.0, 0.0], [0.0, -1e-200]]),
        ];
        let sampling = Sampling { start_time: 0.0, dt: 0.1, n_frames: 6 };
        let ids = (0..5).map(|i| i.to_string()).collect();
        let tracks = Tracks::new(ids, sampling, Units::default(), segments).unwrap();
        let expected = [[0.6, 0.8], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, -1.0]];
        for (found, expected) in net_directions(&tracks).iter().zip(expected) {
            // Rounding.
            let error = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).sum::<f64>();
            assert!(error < 1e-15, "{found:?}, {expected:?}");
        }
    }
}
