//! All tests from outside the crate, in one binary: generic code is compiled and linked once for them.

mod documents;
mod figures;
mod properties;
