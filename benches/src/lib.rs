//! Speed of the crates; see the `benches` folder.
