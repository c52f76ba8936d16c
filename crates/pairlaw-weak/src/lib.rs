//! Weak-form linear systems from tracks: no second derivative of a measured position is needed.
#![doc = include_str!("../README.md")]

mod error;
mod test_function;

mod width;

mod velocities;

mod noise;

mod cell_list;

mod net_direction;

mod whitening;

mod system;

mod distances;

mod b_spline;

mod measure;

mod quadratic_variation;

pub use pairlaw_data as data;
pub use pairlaw_law as law;
pub use pairlaw_sparse as sparse;

pub use b_spline::{BSplines, LocalSplines};
pub use distances::{DistanceRange, pair_distances};
pub use error::WeakError;
pub use measure::{Column, Diffusion, MeasureConfig, MeasureSystem, Separation, measure_system};
pub use net_direction::net_directions;
pub use noise::{VelocityChoice, choose_velocity_estimate, estimate_noise};
pub use quadratic_variation::quadratic_variation;
pub use system::{LONGEST_FILLED_GAP, WeakSystems, neighbour_tracks};
pub use test_function::TestFunction;
pub use velocities::{VelocityEstimate, estimate_velocities};
pub use width::{
    PAPER_TAU, PAPER_TAU_HAT, WidthChoice, change_point, choose_test_function, mean_spectrum,
    test_function_from_frequency, widest_half_width,
};
