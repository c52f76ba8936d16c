//! Positions without identities: the empirical measures of many particles.

use crate::grid::check_times;
use crate::{DataError, Frames, Tracks};

/// Positions of the same number of particles at increasing times, one array an axis.
///
/// ```text
/// μ_t = (1/N) Σ_i δ(x − X_i(t))
/// ```
///
/// The order of particles means nothing; learners from densities need no identities.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshots<const D: usize> {
    times: Vec<f64>,
    positions: Vec<[Vec<f64>; D]>,
}

impl<const D: usize> Snapshots<D> {
    /// Snapshots `positions[n][axis][particle]`, in length units, at the times `times[n]`.
    ///
    /// # Errors
    ///
    /// [`DataError::TimesNotIncreasing`]; [`DataError::TimeCount`] unless there is one snapshot a
    /// time; [`DataError::ParticleCount`] if a snapshot has another number of particles than the
    /// first, or none; [`DataError::ParticlePosition`] for one that is not finite.
    pub fn new(times: Vec<f64>, positions: Vec<[Vec<f64>; D]>) -> Result<Self, DataError> {
        check_times(&times)?;
        if times.len() != positions.len() {
            return Err(DataError::TimeCount { expected: times.len(), found: positions.len() });
        }
        let expected = positions.first().map_or(0, |first| first[0].len());
        for (snapshot, axes) in positions.iter().enumerate() {
            if let Some(axis) = axes.iter().find(|x| x.is_empty() || x.len() != expected) {
                let found = axis.len();
                return Err(DataError::ParticleCount { snapshot, expected, found });
            }
            for (axis, x) in axes.iter().enumerate() {
                if let Some(particle) = x.iter().position(|x| !x.is_finite()) {
                    return Err(DataError::ParticlePosition { snapshot, particle, axis });
                }
            }
        }
        Ok(Self { times, positions })
    }

    /// Snapshots of tracks in which everybody is present in every frame.
    ///
    /// # Errors
    ///
    /// [`DataError::ParticleCount`] names the first frame in which somebody is missing: keep only
    /// the individuals or frames that are complete.
    pub fn from_tracks(tracks: &Tracks<D>) -> Result<Self, DataError> {
        let frames = Frames::new(tracks);
        let expected = tracks.n_individuals();
        let mut positions = Vec::with_capacity(frames.n_frames());
        for snapshot in 0..frames.n_frames() {
            let frame = frames.frame(snapshot);
            let found = frame.individuals.len();
            if found != expected {
                return Err(DataError::ParticleCount { snapshot, expected, found });
            }
            positions.push(std::array::from_fn(|d| frame.positions[d].to_vec()));
        }
        Self::new((0..frames.n_frames()).map(|k| tracks.time(k)).collect(), positions)
    }

    /// The times, increasing.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Number of particles.
    pub fn n_particles(&self) -> usize {
        self.positions.first().map_or(0, |axes| axes[0].len())
    }

    /// Positions of one snapshot, an array an axis.
    ///
    /// # Panics
    ///
    /// If there is no such snapshot.
    pub fn positions(&self, snapshot: usize) -> [&[f64]; D] {
        std::array::from_fn(|d| self.positions[snapshot][d].as_slice())
    }

    /// Least and greatest coordinate along each axis over all snapshots; infinite if there is none.
    pub fn bounds(&self) -> ([f64; D], [f64; D]) {
        let (mut lower, mut upper) = ([f64::INFINITY; D], [f64::NEG_INFINITY; D]);
        for axes in &self.positions {
            for (d, x) in axes.iter().enumerate() {
                lower[d] = x.iter().fold(lower[d], |least, x| least.min(*x));
                upper[d] = x.iter().fold(upper[d], |most, x| most.max(*x));
            }
        }
        (lower, upper)
    }

    /// Every `stride`-th snapshot, the first included.
    ///
    /// # Panics
    ///
    /// If `stride` is 0.
    #[must_use]
    pub fn thinned(&self, stride: usize) -> Self {
        Self {
            times: self.times.iter().copied().step_by(stride).collect(),
            positions: self.positions.iter().step_by(stride).cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sampling, Segment, Units};

    #[test]
    fn tracks_become_snapshots() {
        let sampling = Sampling { start_time: 1.0, dt: 0.5, n_frames: 2 };
        let ids = vec!["a".to_owned(), "b".to_owned()];
        let segment = |individual, positions: [[f64; 2]; 2]| Segment {
            individual,
            first_frame: 0,
            positions: positions.to_vec(),
            velocities: None,
        };
        let segments =
            vec![segment(0, [[1.0, 2.0], [3.0, 4.0]]), segment(1, [[5.0, 6.0], [7.0, -8.0]])];
        let tracks = Tracks::new(ids, sampling, Units::default(), segments).unwrap();
        let snapshots = Snapshots::from_tracks(&tracks).unwrap();
        assert_eq!(snapshots.times(), [1.0, 1.5]);
        assert_eq!(
            (snapshots.n_particles(), snapshots.positions(1)),
            (2, [&[3.0, 7.0][..], &[4.0, -8.0]])
        );
        assert_eq!(snapshots.bounds(), ([1.0, -8.0], [7.0, 6.0]));
        assert_eq!(snapshots.thinned(2).times(), [1.0]);
    }

    #[test]
    fn impossible_snapshots_are_refused() {
        let of = |times: &[f64], positions: Vec<Vec<f64>>| {
            Snapshots::new(times.to_vec(), positions.into_iter().map(|x| [x]).collect())
                .unwrap_err()
        };
        let error = of(&[1.0, 0.0], vec![vec![0.0]; 2]);
        assert!(matches!(error, DataError::TimesNotIncreasing { time_idx: 1, .. }), "{error}");
        let error = of(&[0.0, f64::NAN], vec![vec![0.0]; 2]);
        assert!(matches!(error, DataError::TimesNotIncreasing { time_idx: 1, .. }), "{error}");
        let error = of(&[0.0], vec![vec![0.0]; 2]);
        assert!(matches!(error, DataError::TimeCount { expected: 1, found: 2 }), "{error}");
        let error = of(&[0.0, 1.0], vec![vec![0.0, 1.0], vec![0.0]]);
        assert!(
            matches!(error, DataError::ParticleCount { snapshot: 1, expected: 2, found: 1 }),
            "{error}"
        );
        let error = of(&[0.0], vec![vec![]]);
        assert!(matches!(error, DataError::ParticleCount { snapshot: 0, .. }), "{error}");
        let error = of(&[0.0], vec![vec![0.0, f64::INFINITY]]);
        assert!(
            matches!(error, DataError::ParticlePosition { particle: 1, axis: 0, .. }),
            "{error}"
        );
    }
}
