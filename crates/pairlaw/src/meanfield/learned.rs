//! Learned kernels.

use pairlaw_law::PairKernel;
use pairlaw_sparse::{BestSubset, TwoPhase};

/// A kernel and how well it is known.
#[derive(Clone, Debug)]
pub struct LearnedKernel {
    /// All terms of the dictionary, those left out with weight 0.
    pub kernel: PairKernel,
    /// Standard errors of the weights, 0 for those left out; only particles in weak form have them.
    pub standard_errors: Option<Vec<f64>>,
    /// Weights of the external potentials in the order of the configuration, with standard errors.
    pub external: Vec<(f64, f64)>,
    /// σ², given or learned, length²/time.
    pub noise_variance: f64,
    /// Standard error of a learned σ².
    pub noise_variance_error: Option<f64>,
    /// `|F ζ − y|²`; for particles χ².
    pub residual: f64,
    /// `|y|²`: of it, the residual is what the kernel does not explain.
    pub response: f64,
    /// Rows of the regression.
    pub n_rows: usize,
    /// Condition number of the Gram matrix of the terms kept, columns of unit length: beyond 1e6 their
    /// weights can hardly be told apart.
    pub condition: f64,
    /// How the terms were chosen.
    pub trace: Trace,
}

/// How the terms were chosen.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trace {
    /// By two phases, with the iterations of the first.
    TwoPhase(TwoPhase),
    /// By the best subset, with the runners-up.
    BestSubset(BestSubset),
    /// All were taken.
    All,
}

impl LearnedKernel {
    /// Whether each term of the dictionary was kept.
    #[must_use]
    pub fn support(&self) -> Vec<bool> {
        self.kernel.weights().iter().map(|weight| *weight != 0.0).collect()
    }

    /// χ² per degree of freedom: about 1 if kernel, noise and weak form explain the particles. NaN for
    /// densities, whose rows have errors of unknown size.
    #[must_use]
    pub fn reduced_chi_square(&self) -> f64 {
        let fitted = self.kernel.active().count()
            + self.external.len()
            + usize::from(self.noise_variance_error.is_some());
        match &self.standard_errors {
            Some(_) => self.residual / self.n_rows.saturating_sub(fitted) as f64,
            None => f64::NAN,
        }
    }

    /// Share of the response that the kernel does not explain.
    #[must_use]
    pub fn unexplained(&self) -> f64 {
        self.residual / self.response
    }
}
