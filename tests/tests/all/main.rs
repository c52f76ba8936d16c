//! End-to-end checks in one binary, so that the learners, generic over the dimension, are compiled
//! for them once.

mod bad_choices;
mod bad_input;
mod determinism;
mod gaps;
mod mean_field;
mod mean_field_input;
mod mixture;
mod noise;
mod odd_populations;
mod population;
mod potentials;
mod potentials_input;
mod two_species;
