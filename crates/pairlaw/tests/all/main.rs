//! All tests from outside the crate, in one binary: generic code is compiled and linked once for them.

mod evidence;
mod one_body;
