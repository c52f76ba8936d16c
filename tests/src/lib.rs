//! Recordings that the end-to-end checks in `tests` share, and what nobody should find in a result.

mod finite;
mod recordings;

pub use finite::assert_no_nan;
pub use recordings::{moved, simulated};
