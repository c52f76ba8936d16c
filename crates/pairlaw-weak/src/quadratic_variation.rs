//! The noise of tracked particles from how their increments differ.

use pairlaw_data::Snapshots;

use crate::WeakError;

/// σ² of `dX = b(X) dt + σ dW`, in length²/time, from particles that keep their place in the arrays.
///
/// ```text
/// σ² = mean of |ΔX_{n+1}/Δt_{n+1} − ΔX_n/Δt_n|² / (D (1/Δt_n + 1/Δt_{n+1}))
/// ```
///
/// Differences of velocities, since the drift cancels from them: its bias is `O(Δt²)` and not the
/// `|b|² Δt/D` of plain squared increments. White noise of positions with standard deviation s adds
/// `3 s²/Δt`. Particle `i` must be the same individual in all snapshots, as simulators and
/// [`Snapshots::from_tracks`] have it; [`crate::Diffusion::Unknown`] does without.
///
/// # Errors
///
/// [`WeakError::TooFewSnapshots`] for fewer than three.
pub fn quadratic_variation<const D: usize>(snapshots: &Snapshots<D>) -> Result<f64, WeakError> {
    let times = snapshots.times();
    if times.len() < 3 {
        return Err(WeakError::TooFewSnapshots { n_times: times.len() });
    }
    let mut sum = 0.0;
    for (n, t) in times.windows(3).enumerate() {
        let inverse = [1.0 / (t[1] - t[0]), 1.0 / (t[2] - t[1])];
        let mut squares = 0.0;
        for d in 0..D {
            let [x, y, z] = [n, n + 1, n + 2].map(|snapshot| snapshots.positions(snapshot)[d]);
            for ((x, y), z) in x.iter().zip(y).zip(z) {
                squares += ((z - y) * inverse[1] - (y - x) * inverse[0]).powi(2);
            }
        }
        sum += squares / (inverse[0] + inverse[1]);
    }
    Ok(sum / (D * snapshots.n_particles() * (times.len() - 2)) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(times: &[f64], x: &[f64]) -> Snapshots<1> {
        Snapshots::new(times.to_vec(), x.iter().map(|x| [vec![*x]]).collect()).unwrap()
    }

    #[test]
    fn one_particle_by_hand() {
        // Velocities 2 and −4 after steps of ½ and ¼: 36/(2 + 4).
        let sigma2 = quadratic_variation(&line(&[0.0, 0.5, 0.75], &[1.0, 2.0, 1.0])).unwrap();
        assert!((sigma2 - 6.0).abs() < 1e-14);
        let drift = line(&[0.0, 0.5, 0.75, 1.75], &[1.0, 2.0, 2.5, 4.5]);
        assert!(quadratic_variation(&drift).unwrap().abs() < 1e-28);
    }

    #[test]
    fn two_snapshots_are_refused() {
        let error = quadratic_variation(&line(&[0.0, 1.0], &[0.0, 1.0])).unwrap_err();
        assert!(matches!(error, WeakError::TooFewSnapshots { n_times: 2 }), "{error}");
    }
}
