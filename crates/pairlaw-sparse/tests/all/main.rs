//! All tests from outside the crate, in one binary: generic code is compiled and linked once for them.

mod battery;
mod golden;
mod paper_like;
mod properties;
mod subsets;
