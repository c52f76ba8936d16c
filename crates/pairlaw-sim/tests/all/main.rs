//! All tests from outside the crate, in one binary: generic code is compiled and linked once for them.

mod first_order;
mod one_body;
mod properties;
mod second_order;
