//! Densities of many particles: kernel density estimate, mean-field equation, free energy, strong-form systems.
#![doc = include_str!("../README.md")]
