//! Weak-form linear systems of individuals: rows are test functions, columns are basis terms.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use pairlaw_data::{Frames, Segment, Tracks};
use pairlaw_law::{
    BasisKernel, BasisScratch, Direction, Focal, Neighbours, OneBody, Order, Surroundings, Term,
};
use pairlaw_sparse::LinearSystem;
use std::ops::Range;

use crate::cell_list::{CellList, Gathered};
use crate::velocities::longest_segment;
use crate::whitening::whiten;
use crate::{TestFunction, VelocityEstimate, WeakError, estimate_velocities};

/// Missing samples of a neighbour that are interpolated; longer gaps stay.
pub const LONGEST_FILLED_GAP: usize = 5;

/// Everything the weak systems of all individuals share, prepared once.
#[derive(Clone, Debug)]
pub struct WeakSystems<const D: usize> {
    /// Measured samples with velocities: what test functions may cover.
    focal: Tracks<D>,
    /// The same with short gaps filled: who is seen by others in each frame.
    neighbours: Frames<D>,
    basis: BasisKernel,
    /// Terms whose columns follow those of the basis.
    one_body: Vec<OneBody>,
    surroundings: Surroundings<D>,
    test_function: TestFunction,
    n_reference: f64,
    noise: f64,
    /// Frames by which neighbours are displaced; 0 for those who were there.
    lag: usize,
    order: Order,
    near: Option<Near<D>>,
}

/// Whom pair terms are summed over, if not over all.
#[derive(Clone, Debug)]
struct Near<const D: usize> {
    cutoff: f64,
    /// One list a frame.
    cells: Vec<CellList<D>>,
}

impl<const D: usize> WeakSystems<D> {
    /// Estimates velocities and prepares neighbours and basis.
    ///
    /// Gaps of at most [`LONGEST_FILLED_GAP`] samples are filled before velocities are estimated,
    /// for neighbours only; with [`VelocityEstimate::Given`], filled samples get centred differences.
    ///
    /// # Errors
    /// [`WeakError::BadTestFunction`], the errors of [`estimate_velocities`],
    /// [`WeakError::TestFunctionTooWide`] if no individual has a row, [`WeakError::Law`].
    pub fn new(
        tracks: &Tracks<D>,
        velocity: VelocityEstimate,
        basis: &[Term],
        direction: Direction,
        test_function: TestFunction,
    ) -> Result<Self, WeakError> {
        test_function.check()?;
        let focal = estimate_velocities(tracks, velocity)?;
        let longest = longest_segment(focal.segments());
        if longest < test_function.n_samples() {
            return Err(WeakError::TestFunctionTooWide {
                half_width: test_function.half_width,
                needed: test_function.n_samples(),
                longest,
            });
        }
        let neighbours = Frames::new(&neighbour_tracks(tracks, velocity)?);
        Ok(Self {
            focal,
            basis: BasisKernel::new(basis, direction)?,
            one_body: Vec::new(),
            surroundings: Surroundings::default(),
            test_function,
            n_reference: neighbours.largest() as f64,
            neighbours,
            noise: 0.0,
            lag: 0,
            order: Order::Second,
            near: None,
        })
    }

    /// The same systems for laws of this order: those of first order are asked for velocities,
    ///
    /// ```text
    /// b[dQ + q] = −Σ_s φ̇(t_s − t_q) [x_d(t_s) − x_d(t_q)] Δt
    /// ```
    ///
    /// with the same G. Terms that know the individual's own velocity would find in it what they are
    /// asked for, and have no place there.
    #[must_use]
    pub fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// The same systems among the neighbours of other frames: in frame k an individual meets whoever
    /// was there in frame `k + lag`, counted around the end of the recording, but for itself, which
    /// stays where it is.
    ///
    /// Everything that the neighbours' places say on their own is still there, above all where the
    /// population lives; what the individual and its neighbours do *together* is gone. What a law
    /// explains here, it does not explain by interaction.
    #[must_use]
    pub fn with_shifted_neighbours(mut self, lag: usize) -> Self {
        self.lag = lag;
        self
    }

    /// The same systems with sums over neighbours divided by another number.
    ///
    /// # Errors
    /// [`WeakError::BadReference`] unless it is positive and finite.
    pub fn with_n_reference(mut self, n_reference: f64) -> Result<Self, WeakError> {
        if !(n_reference > 0.0 && n_reference.is_finite()) {
            return Err(WeakError::BadReference { n_reference });
        }
        self.n_reference = n_reference;
        Ok(self)
    }

    /// The same systems with pair terms summed over neighbours within a distance only, found by cell
    /// lists; drag and N still count all.
    ///
    /// Where the basis vanishes beyond the cutoff ([`pairlaw_law::Radial::range`]) this saves time and
    /// changes rounding; elsewhere it is another model: forward simulation knows no cutoff.
    ///
    /// # Errors
    /// [`WeakError::BadCutoff`] unless it is positive.
    pub fn with_cutoff(mut self, cutoff: f64) -> Result<Self, WeakError> {
        if cutoff.is_nan() || cutoff <= 0.0 {
            return Err(WeakError::BadCutoff { cutoff });
        }
        let frames = 0..self.neighbours.n_frames();
        let cells = frames.map(|k| CellList::new(&self.neighbours.frame(k), cutoff)).collect();
        self.near = Some(Near { cutoff, cells });
        Ok(self)
    }

    /// The same systems with columns of one-body terms after those of the basis.
    ///
    /// # Errors
    /// [`WeakError::Law`] with what [`Surroundings::check`] reports.
    pub fn with_one_body(
        mut self,
        terms: Vec<OneBody>,
        surroundings: Surroundings<D>,
    ) -> Result<Self, WeakError> {
        surroundings.check(&terms, self.focal.n_individuals())?;
        (self.one_body, self.surroundings) = (terms, surroundings);
        Ok(self)
    }

    /// The same systems for positions with noise of this standard deviation σ, in their unit: the
    /// rows of every individual are divided by the Cholesky factor L of the correlations
    ///
    /// ```text
    /// cov(b_q, b_q') = σ² Δt² Σ_s φ̈(t_s − t_q) φ̈(t_s − t_q') + s² δ_qq',   s = .01 rms b
    /// ```
    ///
    /// so that least squares weighs each piece of information by its noise. What noise does to G is
    /// not in it; s stands for all other errors. Without noise worth mention rows keep their bits.
    ///
    /// # Errors
    /// [`WeakError::BadNoise`] if it is negative or not finite.
    ///
    /// # Source
    /// D. M. Bortz, D. A. Messenger and V. Dukic (2023), *Direct estimation of parameters in ODE models
    /// using WENDy*, Bull. Math. Biol. 85:110, section 2.3.
    pub fn with_noise(mut self, noise: f64) -> Result<Self, WeakError> {
        if !(noise >= 0.0 && noise.is_finite()) {
            return Err(WeakError::BadNoise { noise });
        }
        self.noise = noise;
        Ok(self)
    }

    /// N in the mean over neighbours: the largest number present at once, unless set otherwise.
    #[must_use]
    pub fn n_reference(&self) -> f64 {
        self.n_reference
    }

    /// Number of columns: terms of the basis and one-body terms.
    #[must_use]
    pub fn n_terms(&self) -> usize {
        self.basis.n_terms() + self.one_body.len()
    }

    /// The one-body terms, whose columns are the last.
    #[must_use]
    pub fn one_body(&self) -> &[OneBody] {
        &self.one_body
    }

    /// Standard deviation σ of the noise that rows are whitened for; 0 for none.
    #[must_use]
    pub fn noise(&self) -> f64 {
        self.noise
    }

    /// The samples with velocities, gaps left open.
    #[must_use]
    pub fn tracks(&self) -> &Tracks<D> {
        &self.focal
    }

    /// The neighbours of each frame, short gaps filled.
    #[must_use]
    pub fn neighbours(&self) -> &Frames<D> {
        &self.neighbours
    }

    /// The test function of all rows.
    #[must_use]
    pub fn test_function(&self) -> TestFunction {
        self.test_function
    }

    /// Frames at which the test functions of an individual are centred, ascending: row `dQ + q`
    /// of its system belongs to `centres[q]`, Q of them.
    ///
    /// # Panics
    /// If there is no such individual.
    #[must_use]
    pub fn centres(&self, individual: usize) -> Vec<usize> {
        let reach = self.test_function.half_width - 1;
        let centres = |s: &Segment<D>| s.frames().start + reach..s.frames().end - reach;
        self.covered_segments(individual).flat_map(centres).collect()
    }

    /// The weak system `G w ≈ b` of one individual.
    ///
    /// ```text
    /// b[dQ + q]    = Σ_s φ̈(t_s − t_q) [x_d(t_s) − x_d(t_q)] Δt
    /// G[dQ + q, k] = Σ_s φ(t_s − t_q) F_{k,d}(t_s) Δt
    /// ```
    ///
    /// F_k is the acceleration by term k with weight 1 among all who are present, the individual
    /// itself included, divided by [`Self::n_reference`]; that by a one-body term is not divided. Dimension is outermost; q runs over
    /// [`Self::centres`]: all those where the 2m − 1 samples of φ lie in one segment without a gap.
    /// The position at the centre is subtracted because Σφ̈ = 0 holds only on paper.
    /// With [`Self::with_noise`], rows are then made independent.
    ///
    /// # Errors
    /// [`WeakError::TooFewSamples`] if there is no row.
    ///
    /// # Panics
    /// If there is no such individual.
    ///
    /// # Source
    /// Messenger et al. (2022), eqs. (3.3) to (3.5).
    pub fn system(&self, individual: usize) -> Result<LinearSystem, WeakError> {
        let n_centres = self.centres(individual).len();
        if n_centres == 0 {
            return Err(self.too_few_samples(individual));
        }
        let mut g = Mat::zeros(D * n_centres, self.n_terms());
        let mut b = vec![0.0; D * n_centres];
        let mut first = 0;
        let mut blocks = Vec::new();
        for segment in self.covered_segments(individual) {
            let forces = self.tested_forces(segment);
            let accelerations = self.tested_motion(segment);
            let n = forces.nrows();
            for d in 0..D {
                let rows = d * n_centres + first;
                for term in 0..self.n_terms() {
                    let column = forces.col(D * term + d);
                    g.col_mut(term).subrows_mut(rows, n).copy_from(column);
                }
                for (b, tested) in b[rows..].iter_mut().zip(&accelerations) {
                    *b = tested[d];
                }
                blocks.push(rows..rows + n);
            }
            first += n;
        }
        let mut system = LinearSystem { g, b };
        if self.noise > 0.0 {
            whiten(&mut system, &blocks, &self.motion_weights(), self.focal.dt(), self.noise);
        }
        Ok(system)
    }

    /// Segments of an individual that hold at least one test function.
    fn covered_segments(&self, individual: usize) -> impl Iterator<Item = &Segment<D>> {
        let n_individuals = self.focal.n_individuals();
        assert!(individual < n_individuals, "individual {individual} of {n_individuals}");
        let needed = self.test_function.n_samples();
        let segments = self.focal.segments_of(individual).iter();
        segments.filter(move |s| s.positions.len() >= needed)
    }

    fn too_few_samples(&self, individual: usize) -> WeakError {
        WeakError::TooFewSamples {
            id: self.focal.ids()[individual].clone(),
            longest: longest_segment(self.focal.segments_of(individual)),
            needed: self.test_function.n_samples(),
        }
    }

    /// `∫φ F` of each centre (row), term and dimension (column `D·term + d`).
    fn tested_forces(&self, segment: &Segment<D>) -> Mat<f64> {
        let n = segment.positions.len();
        let values = self.test_function.values();
        let dt = self.focal.dt();
        let phi = Mat::from_fn(n + 1 - values.len(), n, |q, s| {
            let offset = s.checked_sub(q);
            offset.and_then(|o| values.get(o)).map_or(0.0, |value| value * dt)
        });
        let series = self.force_series(segment);
        let series = MatRef::from_column_major_slice(&series, D * self.n_terms(), n);
        let mut tested = Mat::zeros(phi.nrows(), series.nrows());
        matmul(tested.as_mut(), Accum::Replace, phi.as_ref(), series.transpose(), 1.0, Par::Seq);
        tested
    }

    /// `F_{k,d}` of all terms, frame after frame.
    fn force_series(&self, segment: &Segment<D>) -> Vec<f64> {
        let velocities = segment.velocities.iter().flatten();
        let states = segment.frames().zip(segment.positions.iter().zip(velocities));
        let (n_values, n_pair) = (D * self.n_terms(), D * self.basis.n_terms());
        let mut series = vec![0.0; n_values * segment.positions.len()];
        let mut scratch = (BasisScratch::default(), Gathered::new());
        let mut strangers = Strangers::default();
        for (row, (frame, (position, velocity))) in series.chunks_exact_mut(n_values).zip(states) {
            let focal = Focal { position: *position, velocity: *velocity };
            let (pair, own) = row.split_at_mut(n_pair);
            match self.lag {
                0 => self.pair_sums(&focal, frame, &mut scratch, pair),
                lag => {
                    let other = (frame + lag) % self.neighbours.n_frames();
                    let place = self.place(other, segment);
                    let others = strangers.fill(&self.neighbours_at(other), place, &focal);
                    self.sums_among(&focal, &others, &mut scratch, pair);
                }
            }
            for (term, own) in self.one_body.iter().zip(own.chunks_exact_mut(D)) {
                let a = term.acceleration(&focal, segment.individual, &self.surroundings);
                own.copy_from_slice(&a);
            }
        }
        series
    }

    /// Where the individual of a segment stands among those of a frame.
    fn place(&self, frame: usize, segment: &Segment<D>) -> Option<usize> {
        let present = self.neighbours.frame(frame).individuals;
        present.binary_search_by(|j| (*j as usize).cmp(&segment.individual)).ok()
    }

    /// Sums of the pair terms over the neighbours in a frame.
    fn pair_sums(
        &self,
        focal: &Focal<D>,
        frame: usize,
        (scratch, gathered): &mut (BasisScratch<D>, Gathered<D>),
        out: &mut [f64],
    ) {
        let all = self.neighbours_at(frame);
        let Some(Near { cutoff, cells }) = &self.near else {
            return self.basis.sums(focal, &all, self.n_reference, scratch, out);
        };
        let members = self.neighbours.frame(frame);
        cells[frame].within(&members, &focal.position, *cutoff, &mut gathered.places);
        let near = gathered.gather(&all);
        self.basis.sums_within(focal, &near, &all, self.n_reference, scratch, out);
    }

    /// Sums of the pair terms over others in no list of cells.
    fn sums_among(
        &self,
        focal: &Focal<D>,
        others: &Neighbours<'_, D>,
        (scratch, gathered): &mut (BasisScratch<D>, Gathered<D>),
        out: &mut [f64],
    ) {
        let Some(Near { cutoff, .. }) = &self.near else {
            return self.basis.sums(focal, others, self.n_reference, scratch, out);
        };
        let square = |place: &u32| {
            let difference = |d: usize| others.positions[d][*place as usize] - focal.position[d];
            (0..D).map(|d| difference(d).powi(2)).sum::<f64>()
        };
        gathered.places.clear();
        let all = 0..others.count() as u32;
        gathered.places.extend(all.filter(|place| square(place) <= cutoff * cutoff));
        let near = gathered.gather(others);
        self.basis.sums_within(focal, &near, others, self.n_reference, scratch, out);
    }

    fn neighbours_at(&self, frame: usize) -> Neighbours<'_, D> {
        let frame = self.neighbours.frame(frame);
        Neighbours {
            positions: frame.positions,
            velocities: frame.velocities.expect("velocities were estimated or given"),
        }
    }

    /// `∫φ̈ (x − x_centre)` of each centre, of first order `−∫φ̇ (x − x_centre)`.
    fn tested_motion(&self, segment: &Segment<D>) -> Vec<[f64; D]> {
        let dt = self.focal.dt();
        let weights = self.motion_weights();
        let windows = segment.positions.windows(weights.len());
        let tested = |window: &[[f64; D]]| {
            let centre = window[self.test_function.half_width - 1];
            std::array::from_fn(|d| {
                let terms = weights.iter().zip(window);
                terms.map(|(phi, x)| phi * (x[d] - centre[d])).sum::<f64>() * dt
            })
        };
        windows.map(tested).collect()
    }

    /// φ̈, or −φ̇ for laws of first order, at the samples of the test function: what b sums positions with.
    #[must_use]
    pub fn motion_weights(&self) -> Vec<f64> {
        let dt = self.focal.dt();
        match self.order {
            Order::Second => self.test_function.second_derivatives(dt),
            Order::First => self.test_function.first_derivatives(dt).iter().map(|x| -x).collect(),
        }
    }
}

/// Those who were there in another frame, with the focal individual in its own place.
struct Strangers<const D: usize> {
    positions: [Vec<f64>; D],
    velocities: [Vec<f64>; D],
}

impl<const D: usize> Default for Strangers<D> {
    fn default() -> Self {
        let empty = || std::array::from_fn(|_| Vec::new());
        Self { positions: empty(), velocities: empty() }
    }
}

impl<const D: usize> Strangers<D> {
    /// Copies others; the focal individual, at `place` among them if it was there, comes with its
    /// state of now.
    fn fill(
        &mut self,
        others: &Neighbours<'_, D>,
        place: Option<usize>,
        focal: &Focal<D>,
    ) -> Neighbours<'_, D> {
        for d in 0..D {
            let columns = [
                (&mut self.positions[d], others.positions[d], focal.position[d]),
                (&mut self.velocities[d], others.velocities[d], focal.velocity[d]),
            ];
            for (own, others, value) in columns {
                own.clear();
                own.extend_from_slice(others);
                match place {
                    Some(place) => own[place] = value,
                    None => own.push(value),
                }
            }
        }
        Neighbours {
            positions: std::array::from_fn(|d| &self.positions[d][..]),
            velocities: std::array::from_fn(|d| &self.velocities[d][..]),
        }
    }
}

/// The tracks as others see them: gaps of at most [`LONGEST_FILLED_GAP`] samples interpolated, then
/// velocities. With [`VelocityEstimate::Given`], measured samples keep theirs and filled ones get
/// centred differences. A sample whose difference formula meets no gap keeps its bits, so that an
/// individual's distance to itself is exactly zero.
///
/// # Errors
/// Those of [`estimate_velocities`].
pub fn neighbour_tracks<const D: usize>(
    tracks: &Tracks<D>,
    velocity: VelocityEstimate,
) -> Result<Tracks<D>, WeakError> {
    let filled = tracks.gaps_filled(LONGEST_FILLED_GAP);
    if velocity != VelocityEstimate::Given {
        return estimate_velocities(&filled, velocity);
    }
    let filled = estimate_velocities(&filled, VelocityEstimate::Centred2)?;
    let gaps = tracks.segments().windows(2).filter_map(|pair| {
        let gap = pair[0].frames().end..pair[1].first_frame;
        let short = gap.len() <= LONGEST_FILLED_GAP;
        (pair[0].individual == pair[1].individual && short).then_some((pair[0].individual, gap))
    });
    let gaps = gaps.filter_map(|(individual, gap)| cut(filled.segments_of(individual), gap));
    let segments = tracks.segments().iter().cloned().chain(gaps).collect();
    Ok(tracks.with_segments(segments)?)
}

/// The given frames of the segment that holds them.
fn cut<const D: usize>(segments: &[Segment<D>], frames: Range<usize>) -> Option<Segment<D>> {
    let holds = |s: &&Segment<D>| s.first_frame <= frames.start && frames.end <= s.frames().end;
    let segment = segments.iter().find(holds)?;
    let range = frames.start - segment.first_frame..frames.end - segment.first_frame;
    let velocities = segment.velocities.as_ref();
    Some(Segment {
        individual: segment.individual,
        first_frame: frames.start,
        positions: segment.positions[range.clone()].to_vec(),
        velocities: velocities.map(|v| v[range].to_vec()),
    })
}
