//! All tests from outside the crate, in one binary: generic code is compiled and linked once for them.

mod golden;
mod properties;
