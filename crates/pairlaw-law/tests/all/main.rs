//! All tests from outside the crate, in one binary: generic code is compiled and linked once for them.

mod pair_sums;
mod properties;
