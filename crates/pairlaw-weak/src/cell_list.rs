//! Neighbours within a distance, from lists of who stands in which cell of a frame.

use pairlaw_data::Frame;
use pairlaw_law::Neighbours;
use std::array;

/// The individuals of one frame by cells, whose sides are no shorter than the cutoff: whoever is near
/// stands in the same cell or in one that touches it.
///
/// # Source
/// Allen, Tildesley (1987), *Computer Simulation of Liquids*, section 5.3.2.
#[derive(Clone, Debug)]
pub(crate) struct CellList<const D: usize> {
    low: [f64; D],
    /// Cells per length along each axis.
    density: [f64; D],
    n_cells: [usize; D],
    /// Cell c holds `places[starts[c]..starts[c + 1]]`, ascending.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl<const D: usize> CellList<D> {
    /// Lists the individuals of a frame for searches within `cutoff`, length > 0.
    pub(crate) fn new(frame: &Frame<'_, D>, cutoff: f64) -> Self {
        let n = frame.individuals.len();
        let low = frame.positions.map(|x| x.iter().copied().fold(f64::INFINITY, f64::min));
        let high = frame.positions.map(|x| x.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        // As many cells as individuals are enough.
        let most = (n as f64).powf(1.0 / D as f64).ceil().max(1.0);
        let extent: [f64; D] = array::from_fn(|d| (high[d] - low[d]).max(0.0));
        // A hair longer than the cutoff, so that rounding at a border hides nobody.
        let side = cutoff * (1.0 + 1e-9);
        let n_cells = extent.map(|extent| (extent / side).floor().clamp(1.0, most) as usize);
        let density =
            array::from_fn(|d| if extent[d] > 0.0 { n_cells[d] as f64 / extent[d] } else { 0.0 });
        let (starts, places) = (vec![0; n_cells.iter().product::<usize>() + 1], vec![0; n]);
        let mut list = Self { low, density, n_cells, starts, places };
        list.sort(frame);
        list
    }

    /// Counting sort, which keeps the order of places within a cell.
    fn sort(&mut self, frame: &Frame<'_, D>) {
        let cell = |place: usize| self.flat(&self.cell(&frame.positions.map(|x| x[place])));
        let cells: Vec<usize> = (0..self.places.len()).map(cell).collect();
        cells.iter().for_each(|cell| self.starts[cell + 1] += 1);
        for cell in 1..self.starts.len() {
            self.starts[cell] += self.starts[cell - 1];
        }
        let mut next = self.starts.clone();
        for (place, cell) in (0..).zip(cells) {
            self.places[next[cell] as usize] = place;
            next[cell] += 1;
        }
    }

    /// The cell of a position along each axis; one outside belongs to the nearest cell.
    fn cell(&self, x: &[f64; D]) -> [usize; D] {
        array::from_fn(|d| {
            (((x[d] - self.low[d]) * self.density[d]) as usize).min(self.n_cells[d] - 1)
        })
    }

    fn flat(&self, cell: &[usize; D]) -> usize {
        cell.iter().zip(&self.n_cells).fold(0, |flat, (cell, n)| flat * n + cell)
    }

    /// Writes the places of all within `cutoff` of `x`, ascending.
    pub(crate) fn within(
        &self,
        frame: &Frame<'_, D>,
        x: &[f64; D],
        cutoff: f64,
        found: &mut Vec<u32>,
    ) {
        found.clear();
        let centre = self.cell(x);
        let square = cutoff * cutoff;
        let is_near = |place: &u32| {
            let squares = (0..D).map(|d| (frame.positions[d][*place as usize] - x[d]).powi(2));
            squares.sum::<f64>() <= square
        };
        for neighbour in 0..3usize.pow(D as u32) {
            let steps: [usize; D] = array::from_fn(|d| neighbour / 3usize.pow(d as u32) % 3);
            // One less than the neighbour's index, so that none is negative.
            let cell: [usize; D] = array::from_fn(|d| centre[d] + steps[d]);
            if (0..D).all(|d| (1..=self.n_cells[d]).contains(&cell[d])) {
                let flat = self.flat(&cell.map(|c| c - 1));
                let range = self.starts[flat] as usize..self.starts[flat + 1] as usize;
                found.extend(self.places[range].iter().filter(|place| is_near(place)));
            }
        }
        found.sort_unstable();
    }
}

/// Some neighbours of a frame, side by side.
#[derive(Clone, Debug)]
pub(crate) struct Gathered<const D: usize> {
    pub(crate) places: Vec<u32>,
    positions: [Vec<f64>; D],
    velocities: [Vec<f64>; D],
}

impl<const D: usize> Gathered<D> {
    pub(crate) fn new() -> Self {
        let empty = || array::from_fn(|_| Vec::new());
        Self { places: Vec::new(), positions: empty(), velocities: empty() }
    }

    /// Copies those at the places.
    pub(crate) fn gather(&mut self, all: &Neighbours<'_, D>) -> Neighbours<'_, D> {
        for d in 0..D {
            let copy = |to: &mut Vec<f64>, from: &[f64]| {
                to.clear();
                to.extend(self.places.iter().map(|place| from[*place as usize]));
            };
            copy(&mut self.positions[d], all.positions[d]);
            copy(&mut self.velocities[d], all.velocities[d]);
        }
        Neighbours {
            positions: array::from_fn(|d| self.positions[d].as_slice()),
            velocities: array::from_fn(|d| self.velocities[d].as_slice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pairlaw_data::{Frames, Sampling, Segment, Tracks, Units};

    /// One frame of individuals at these positions.
    fn frames<const D: usize>(positions: &[[f64; D]]) -> Frames<D> {
        let segment = |(individual, x): (usize, &[f64; D])| Segment {
            individual,
            first_frame: 0,
            positions: vec![*x],
            velocities: None,
        };
        let segments = positions.iter().enumerate().map(segment).collect();
        let ids = (0..positions.len()).map(|i| i.to_string()).collect();
        let sampling = Sampling { start_time: 0.0, dt: 1.0, n_frames: 1 };
        Frames::new(&Tracks::new(ids, sampling, Units::default(), segments).unwrap())
    }

    /// Compares every search with a look at all.
    fn agrees<const D: usize>(positions: &[[f64; D]], cutoff: f64) {
        let frames = frames(positions);
        let frame = frames.frame(0);
        let list = CellList::new(&frame, cutoff);
        let mut found = vec![77];
        let outside = positions.iter().map(|x| x.map(|x| 1.5 * x + 0.3));
        for x in positions.iter().copied().chain(outside) {
            list.within(&frame, &x, cutoff, &mut found);
            let square = |y: &[f64; D]| (0..D).map(|d| (y[d] - x[d]).powi(2)).sum::<f64>();
            let all = (0..).zip(positions).filter(|(_, y)| square(y) <= cutoff * cutoff);
            assert_eq!(found, all.map(|(place, _)| place).collect::<Vec<u32>>(), "{x:?} {cutoff}");
        }
    }

    #[test]
    fn searches_find_whom_a_look_at_all_finds() {
        let at = |k: u32| (f64::from(k * k) * 0.37).sin();
        for cutoff in [0.01, 0.2, 0.7, 1.9, 30.0] {
            agrees(&(0..60).map(|k| [4.0 * at(k)]).collect::<Vec<_>>(), cutoff);
            agrees(&(0..200).map(|k| [at(k), 3.0 * at(k + 500)]).collect::<Vec<_>>(), cutoff);
            let solid = (0..150).map(|k| [at(k), at(k + 500), 2.0 * at(k + 900)]);
            agrees(&solid.collect::<Vec<_>>(), cutoff);
            // On a line, and all in one place.
            agrees(&(0..9).map(|k| [1.0, 0.3 * f64::from(k)]).collect::<Vec<_>>(), cutoff);
            agrees(&[[2.0, 2.0]; 4], cutoff);
        }
    }

    #[test]
    fn a_cell_is_no_shorter_than_the_cutoff() {
        let frames = frames(&[[0.0, 0.0], [10.0, 1.0], [5.0, 0.5], [6.0, 0.1]]);
        let list = CellList::new(&frames.frame(0), 3.0);
        assert_eq!(list.n_cells, [2, 1]);
        assert_eq!((list.starts, list.places), (vec![0, 1, 4], vec![0, 1, 2, 3]));
    }
}
