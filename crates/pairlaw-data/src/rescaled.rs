//! Tracks in other units of length and time.

use crate::{DataError, Sampling, Segment, Tracks, Units};

impl<const D: usize> Tracks<D> {
    /// The same tracks in units of `length` and `time`, given in those of the tracks; the new units have no
    /// names.
    ///
    /// ```text
    /// x ↦ x/length,   t ↦ t/time,   v ↦ v time/length
    /// ```
    ///
    /// # Errors
    ///
    /// [`DataError::BadSampling`] or [`DataError::NonFinite`] where numbers leave the finite range.
    ///
    /// # Panics
    ///
    /// If a unit is not positive and finite.
    pub fn rescaled(&self, length: f64, time: f64) -> Result<Self, DataError> {
        for unit in [length, time] {
            assert!(unit > 0.0 && unit.is_finite(), "the unit {unit} is not positive and finite");
        }
        let Sampling { start_time, dt, n_frames } = self.sampling();
        let sampling = Sampling { start_time: start_time / time, dt: dt / time, n_frames };
        let speed = time / length;
        let segment = |s: &Segment<D>| Segment {
            positions: s.positions.iter().map(|x| x.map(|x| x / length)).collect(),
            velocities: s.velocities.as_ref().map(|v| {
                let scaled = v.iter().map(|v| v.map(|v| v * speed));
                scaled.collect()
            }),
            ..s.clone()
        };
        let segments = self.segments().iter().map(segment).collect();
        Self::new(self.ids().to_vec(), sampling, Units::default(), segments)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // powers of two: no rounding

    use super::*;

    #[test]
    fn positions_times_and_velocities_by_hand() {
        let sampling = Sampling { start_time: 2.0, dt: 0.5, n_frames: 3 };
        let segment = Segment {
            individual: 0,
            first_frame: 1,
            positions: vec![[8.0, -4.0]],
            velocities: Some(vec![[1.0, 2.0]]),
        };
        let units = Units { length: "µm".into(), time: "min".into() };
        let tracks = Tracks::new(vec!["a".into()], sampling, units, vec![segment]).unwrap();
        let scaled = tracks.rescaled(4.0, 0.5).unwrap();
        assert_eq!(scaled.sampling(), Sampling { start_time: 4.0, dt: 1.0, n_frames: 3 });
        assert_eq!(scaled.segments()[0].positions, [[2.0, -1.0]]);
        assert_eq!(scaled.segments()[0].velocities, Some(vec![[0.125, 0.25]]));
        assert_eq!(scaled.units(), &Units::default());
    }
}
