//! Recordings that the end-to-end checks in `tests` share, what nobody should find in a result, and
//! a browser that opens the report.

mod browser;
mod finite;
mod recordings;
mod sequential;
mod walkers;

pub use browser::{Browser, Page};
pub use finite::assert_no_nan;
pub use recordings::{moved, replaced, simulated};
pub use sequential::{Steps, sequential_steps};
pub use walkers::with_walkers;
