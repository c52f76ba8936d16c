//! The numbers behind the report's figures, in the units of the input: `figures.json`.

use super::learn::{Draws, Found, Learner};
use crate::law_json::StoredForce;
use pairlaw::species::{Bootstrap, ForceBand};
use pairlaw_law::{Force, Law, LawKernels};
use pairlaw_run::Failure;
use pairlaw_validate::{ForceGrid, trajectory};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

const N_RINGS: usize = 25;
const N_SECTORS: usize = 15;
const N_POINTS: usize = 120;
/// Pairs looked at, at most, to learn where any were seen.
const MOST_PAIRS: usize = 40_000_000;
/// Tracks drawn of each species.
const MOST_TRACKS: usize = 12;

/// Everything that is drawn.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pictures {
    pub(crate) laws: Vec<LawPicture>,
    pub(crate) tracks: Vec<TrackPicture>,
}

/// One species' law.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LawPicture {
    /// Radius of the maps.
    pub(crate) radius: f64,
    pub(crate) maps: Vec<ForceMap>,
    pub(crate) lines: Vec<ForceLine>,
}

/// A force over distance and angle; none where no pair was ever seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ForceMap {
    pub(crate) force: StoredForce,
    pub(crate) rings: Vec<Vec<Option<f64>>>,
}

/// A force over distance (drag: speed), straight ahead.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ForceLine {
    pub(crate) force: StoredForce,
    /// The largest argument that was seen.
    pub(crate) observed_to: f64,
    pub(crate) arguments: Vec<f64>,
    pub(crate) values: Vec<f64>,
    /// 95 % band of the bootstrap; empty without one.
    pub(crate) band: Vec<[f64; 2]>,
}

/// One individual over its validation window, in the plane: recorded, and simulated by its law.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrackPicture {
    pub(crate) id: String,
    /// Index of its species.
    pub(crate) species: usize,
    pub(crate) recorded: Vec<[f64; 2]>,
    pub(crate) simulated: Vec<[f64; 2]>,
}

impl Pictures {
    pub(super) fn new<const D: usize>(
        learner: &Learner<D>,
        found: &Found,
        laws: &[Law],
        draws: &[Option<Draws>],
        speeds: &[f64],
    ) -> Result<Self, Failure> {
        let seen = Seen::of(learner, found);
        let mut pictures = Vec::new();
        for (k, law) in laws.iter().enumerate() {
            let draws = draws.get(k).and_then(Option::as_ref);
            let bootstrap = draws.map(|draws| learner.bootstrap(law, draws)).transpose()?;
            let radius = seen.radius * learner.scales.length;
            let pair_forces = [Force::AttractionRepulsion, Force::Alignment];
            let maps = pair_forces.into_iter().filter(|force| law.has(*force));
            let lines = pair_forces.into_iter().map(|force| (force, radius));
            let lines = lines.chain([(Force::Drag, speeds[k])]);
            let lines = lines.filter(|(force, _)| law.has(*force));
            pictures.push(LawPicture {
                radius,
                maps: maps.map(|force| seen.map(k, law, force, radius)).collect(),
                lines: lines
                    .map(|(force, end)| line(law, bootstrap.as_ref(), force, end))
                    .collect(),
            });
        }
        Ok(Self { laws: pictures, tracks: tracks(learner, found)? })
    }
}

/// Where pairs were seen by the members of each species.
struct Seen {
    /// Radius of the maps, in the learner's unit.
    radius: f64,
    /// Of each species: whether a pair was seen in each ring and sector.
    cells: Vec<Vec<bool>>,
}

impl Seen {
    fn of<const D: usize>(learner: &Learner<D>, found: &Found) -> Self {
        let preparation = &learner.preparation;
        let radius = preparation.far_field.min(preparation.distances.largest);
        let mut cells = vec![vec![false; N_RINGS * N_SECTORS]; found.species.len()];
        let mut species_of = vec![None; preparation.n_cells()];
        for (k, (_, members)) in found.species.iter().enumerate() {
            members.iter().for_each(|cell| species_of[*cell] = Some(k));
        }
        let frames = preparation.systems.neighbours();
        let n_pairs: usize =
            (0..frames.n_frames()).map(|k| frames.frame(k).individuals.len().pow(2)).sum();
        for k in (0..frames.n_frames()).step_by(n_pairs / MOST_PAIRS + 1) {
            let frame = frames.frame(k);
            let Some(velocities) = frame.velocities else { continue };
            for (i, individual) in frame.individuals.iter().enumerate() {
                let Some(species) = species_of[*individual as usize] else { continue };
                for j in (0..frame.individuals.len()).filter(|j| *j != i) {
                    let to: [f64; D] =
                        std::array::from_fn(|d| frame.positions[d][j] - frame.positions[d][i]);
                    let place = place(to, std::array::from_fn(|d| velocities[d][i]), radius);
                    place.into_iter().for_each(|place| cells[species][place] = true);
                }
            }
        }
        Self { radius, cells }
    }

    fn map(&self, species: usize, law: &Law, force: Force, radius: f64) -> ForceMap {
        let value = |ring: usize, sector: usize| {
            let r = (ring as f64 + 0.5) * radius / N_RINGS as f64;
            let angle = (sector as f64 + 0.5) * PI / N_SECTORS as f64;
            let is_seen = self.cells[species][ring * N_SECTORS + sector];
            is_seen.then(|| law.force(force, r, angle.cos())).filter(|value| value.is_finite())
        };
        let ring = |ring: usize| (0..N_SECTORS).map(|sector| value(ring, sector)).collect();
        ForceMap { force: force.into(), rings: (0..N_RINGS).map(ring).collect() }
    }
}

/// Ring and sector of a neighbour, as one number; none beyond the radius.
fn place<const D: usize>(to: [f64; D], velocity: [f64; D], radius: f64) -> Option<usize> {
    let norm = |x: &[f64; D]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (r, speed) = (norm(&to), norm(&velocity));
    let dot: f64 = to.iter().zip(&velocity).map(|(a, b)| a * b).sum();
    let cosine = if r * speed > 0.0 { (dot / (r * speed)).clamp(-1.0, 1.0) } else { 0.0 };
    let ring = (r / radius * N_RINGS as f64) as usize;
    let sector = ((cosine.acos() / PI * N_SECTORS as f64) as usize).min(N_SECTORS - 1);
    (ring < N_RINGS).then_some(ring * N_SECTORS + sector)
}

fn line(law: &Law, bootstrap: Option<&Bootstrap>, force: Force, end: f64) -> ForceLine {
    let arguments: Vec<f64> = (0..=N_POINTS).map(|k| end * k as f64 / N_POINTS as f64).collect();
    let grid = ForceGrid { radii: arguments.clone(), angles: vec![0.0] };
    let band =
        |band: ForceBand| band.low[0].iter().zip(&band.high[0]).map(|(a, b)| [*a, *b]).collect();
    ForceLine {
        force: force.into(),
        observed_to: end,
        values: arguments.iter().map(|r| law.force(force, *r, 1.0)).collect(),
        band: bootstrap.map(|b| band(b.band(force, &grid))).unwrap_or_default(),
        arguments,
    }
}

/// Members of each species that moved farthest, as recorded and as simulated.
fn tracks<const D: usize>(
    learner: &Learner<D>,
    found: &Found,
) -> Result<Vec<TrackPicture>, Failure> {
    let preparation = &learner.preparation;
    let seen = preparation.systems.tracks();
    let length = learner.scales.length;
    let mut pictures = Vec::new();
    for (species, (weights, members)) in found.species.iter().enumerate() {
        let kernels = LawKernels::new(&[preparation.law(weights)?])?;
        let mut paths: Vec<(usize, f64, Vec<[f64; D]>)> = members
            .iter()
            .map(|&cell| {
                let path = recorded(learner, cell);
                (cell, way(&path), path)
            })
            .collect();
        paths.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (cell, _, path) in paths.into_iter().take(MOST_TRACKS) {
            let run = trajectory(&preparation.recording, &kernels, cell, learner.config.integrator);
            let simulated = run.map(|t| t.positions).unwrap_or_default();
            pictures.push(TrackPicture {
                id: seen.ids()[cell].clone(),
                species,
                recorded: in_the_plane(&path, length),
                simulated: in_the_plane(&simulated, length),
            });
        }
    }
    Ok(pictures)
}

/// Positions over the validation window.
fn recorded<const D: usize>(learner: &Learner<D>, cell: usize) -> Vec<[f64; D]> {
    let Some(window) = learner.preparation.recording.window(cell) else { return Vec::new() };
    let segments = learner.preparation.systems.tracks().segments_of(cell).iter();
    let samples = segments.flat_map(|s| s.frames().zip(&s.positions));
    samples.filter(|(frame, _)| window.contains(frame)).map(|(_, x)| *x).collect()
}

fn way<const D: usize>(path: &[[f64; D]]) -> f64 {
    let step = |pair: &[[f64; D]]| {
        pair[0].iter().zip(&pair[1]).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    path.windows(2).map(step).sum()
}

/// The first two coordinates in the unit of the input; of a line the frame and the coordinate.
fn in_the_plane<const D: usize>(path: &[[f64; D]], length: f64) -> Vec<[f64; 2]> {
    let point = |(k, x): (usize, &[f64; D])| match x.get(1) {
        Some(y) => [x[0] * length, y * length],
        None => [k as f64, x[0] * length],
    };
    let near = |point: &[f64; 2]| point.iter().all(|x| x.abs() < 1e99);
    path.iter().enumerate().map(point).take_while(near).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_fall_into_rings_and_sectors() {
        let at = |to, velocity| place::<2>(to, velocity, 1.0);
        assert_eq!(at([0.5, 0.0], [1.0, 0.0]), Some(12 * N_SECTORS));
        assert_eq!(at([-0.02, 0.0], [1.0, 0.0]), Some(N_SECTORS - 1));
        assert_eq!(at([0.0, 0.02], [3.0, 0.0]), Some(7));
        // At rest every neighbour is to the side.
        assert_eq!(at([0.02, 0.0], [0.0, 0.0]), Some(7));
        assert_eq!(at([1.0, 0.0], [1.0, 0.0]), None);
    }

    #[test]
    fn lines_become_paths_over_frames() {
        assert_eq!(in_the_plane(&[[1.0], [2.0]], 10.0), [[0.0, 10.0], [1.0, 20.0]]);
        assert_eq!(in_the_plane(&[[1.0, 2.0, 9.0]], 10.0), [[10.0, 20.0]]);
        assert!(in_the_plane(&[[1e200, 2.0]], 1.0).is_empty());
        assert!((way(&[[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]]) - 5.0).abs() < 1e-300);
    }
}
