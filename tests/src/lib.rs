//! Recordings that the end-to-end checks in `tests` share, and what nobody should find in a result.

mod finite;
mod recordings;
mod sequential;
mod walkers;

pub use finite::assert_no_nan;
pub use recordings::{moved, replaced, simulated};
pub use sequential::{Steps, sequential_steps};
pub use walkers::with_walkers;
