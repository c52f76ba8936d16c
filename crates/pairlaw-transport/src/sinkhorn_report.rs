//! What the solver of entropic transport is told, tells, and keeps.

use serde::{Deserialize, Serialize};

/// Numbers that plans are made of; potentials and sums over points are doubles in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Singles, sixteen at a time: an entry of a plan errs by up to `2e-7 |x − y|²/ε` of itself.
    Single,
    /// Doubles, eight at a time: for very small ε and for checks.
    Double,
}

/// When to stop, and in which numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SinkhornOptions {
    /// Largest sum of errors of a marginal of a plan, whose mass is 1.
    pub tolerance: f64,
    /// Most half-steps for one plan; three at least are made, and two a level of a cold start.
    pub max_half_steps: usize,
    /// Numbers that plans are made of.
    pub precision: Precision,
}

/// What [`crate::Sinkhorn`] found, and how well.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SinkhornReport {
    /// The value that the gradient belongs to.
    pub value: f64,
    /// `⟨P, C⟩`, the cost of the plan from the points to the target without its entropy.
    pub transport_cost: f64,
    /// The entropic parameter ε.
    pub epsilon: f64,
    /// Sum of errors of a marginal of the plan; of several plans, the largest.
    pub marginal_error: f64,
    /// Half-steps that were made in this call, for all plans.
    pub half_steps: usize,
    /// Whether the marginal error is within the tolerance.
    pub converged: bool,
}

impl SinkhornReport {
    /// All points and the target at one place: nothing to move, exactly.
    pub(crate) fn at_one_point(epsilon: f64) -> Self {
        Self {
            value: 0.0,
            transport_cost: 0.0,
            epsilon,
            marginal_error: 0.0,
            half_steps: 0,
            converged: true,
        }
    }
}

/// The potentials of a [`crate::Sinkhorn`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SinkhornState {
    pub(crate) cross: [Vec<f64>; 2],
    pub(crate) own: [Vec<f64>; 2],
    pub(crate) own_target_report: Option<SinkhornReport>,
}
