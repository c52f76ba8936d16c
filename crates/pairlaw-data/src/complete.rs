//! Individuals present in every one of some frames: what a roll-out can be compared with.

use crate::{DataError, Segment, Tracks};

/// Positions in chosen frames of those who are present in all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct CompleteTracks<const D: usize> {
    /// Ids of those kept, in the order of the tracks.
    pub ids: Vec<String>,
    /// Times of the frames, in time units and in the order asked for.
    pub times: Vec<f64>,
    /// Positions, shape frames × individuals, in length units.
    pub positions: Vec<Vec<[f64; D]>>,
    /// Number of individuals left out, as they are missing in at least one of the frames.
    pub n_dropped: usize,
}

impl<const D: usize> Tracks<D> {
    /// The individuals present in all of `frames`, in any order of frames.
    ///
    /// # Errors
    ///
    /// [`DataError::NoFrames`], [`DataError::FrameOutside`], and [`DataError::NoneComplete`] if
    /// nobody is present in all of them.
    ///
    /// # Example
    ///
    /// ```
    /// use pairlaw_data::{Row, Tracks};
    ///
    /// let row = |id: &str, time, x| Row { id: id.into(), time, position: [x] };
    /// let rows = [row("a", 0.0, 1.0), row("a", 1.0, 2.0), row("b", 1.0, 9.0)];
    /// let complete = Tracks::from_rows(&rows)?.complete(&[0, 1])?;
    /// assert_eq!((complete.ids, complete.n_dropped), (vec!["a".to_owned()], 1));
    /// assert_eq!(complete.positions, [[[1.0]], [[2.0]]]);
    /// # Ok::<(), pairlaw_data::DataError>(())
    /// ```
    pub fn complete(&self, frames: &[usize]) -> Result<CompleteTracks<D>, DataError> {
        let n_frames = self.n_frames();
        if frames.is_empty() {
            return Err(DataError::NoFrames);
        }
        if let Some(&frame) = frames.iter().find(|&&frame| frame >= n_frames) {
            return Err(DataError::FrameOutside { frame, n_frames });
        }
        let (mut ids, mut positions) = (Vec::new(), vec![Vec::new(); frames.len()]);
        for (individual, id) in self.ids().iter().enumerate() {
            let segments = self.segments_of(individual);
            let path: Option<Vec<_>> = frames.iter().map(|&k| position(segments, k)).collect();
            if let Some(path) = path {
                ids.push(id.clone());
                positions.iter_mut().zip(path).for_each(|(list, x)| list.push(x));
            }
        }
        if ids.is_empty() {
            let (n_individuals, n_frames) = (self.n_individuals(), frames.len());
            return Err(DataError::NoneComplete { n_individuals, n_frames });
        }
        let times = frames.iter().map(|&frame| self.time(frame)).collect();
        let n_dropped = self.n_individuals() - ids.len();
        Ok(CompleteTracks { ids, times, positions, n_dropped })
    }
}

/// Where an individual with these segments is in a frame.
fn position<const D: usize>(segments: &[Segment<D>], frame: usize) -> Option<[f64; D]> {
    let segment = segments.iter().find(|s| s.frames().contains(&frame))?;
    Some(segment.positions[frame - segment.first_frame])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sampling, Units};

    fn segment(individual: usize, first_frame: usize, x: &[f64]) -> Segment<1> {
        let positions = x.iter().map(|&x| [x]).collect();
        Segment { individual, first_frame, positions, velocities: None }
    }

    fn tracks() -> Tracks<1> {
        let segments = vec![
            segment(0, 0, &[0.0, 1.0, 2.0, 3.0]),
            segment(1, 1, &[11.0, 12.0]),
            segment(2, 0, &[20.0, 21.0]),
            segment(2, 3, &[23.0]),
        ];
        let sampling = Sampling { start_time: 10.0, dt: 0.5, n_frames: 5 };
        let ids = ["a", "b", "c", "absent"].map(str::to_owned).to_vec();
        Tracks::new(ids, sampling, Units::default(), segments).unwrap()
    }

    #[test]
    fn those_with_gaps_in_the_frames_are_left_out() {
        let complete = tracks().complete(&[3, 0, 1]).unwrap();
        let expected = CompleteTracks {
            ids: vec!["a".to_owned(), "c".to_owned()],
            times: vec![11.5, 10.0, 10.5],
            positions: vec![vec![[3.0], [23.0]], vec![[0.0], [20.0]], vec![[1.0], [21.0]]],
            n_dropped: 2,
        };
        assert_eq!(complete, expected);
        assert_eq!(tracks().complete(&[1, 2]).unwrap().ids, ["a", "b"]);
        // A gap elsewhere does not matter.
        assert_eq!(tracks().complete(&[1]).unwrap().ids, ["a", "b", "c"]);
    }

    #[test]
    fn impossible_frames_are_refused_by_name() {
        let error = |frames: &[usize]| tracks().complete(frames).unwrap_err();
        assert!(matches!(error(&[]), DataError::NoFrames));
        assert!(matches!(error(&[0, 5]), DataError::FrameOutside { frame: 5, n_frames: 5 }));
        let none = error(&[0, 4]);
        assert!(
            matches!(none, DataError::NoneComplete { n_individuals: 4, n_frames: 2 }),
            "{none}"
        );
    }
}
