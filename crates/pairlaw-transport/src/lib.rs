//! Optimal transport: Wasserstein distances.
#![doc = include_str!("../README.md")]
