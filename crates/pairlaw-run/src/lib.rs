//! What a long-running command needs: finished products kept, progress told, Ctrl-C heard.
#![doc = include_str!("../README.md")]

mod error;
mod store;

mod progress;

mod interrupt;

pub use error::{Failure, RunError, tell_failure};
pub use interrupt::{INTERRUPTED, stop_on_interrupt};
pub use progress::{Bars, Progress, seconds};
pub use store::{Key, Store, uncharged};
