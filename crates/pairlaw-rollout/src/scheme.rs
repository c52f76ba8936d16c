//! Which pairs share parameters.

use pairlaw_data::Streams;
use pairlaw_law::PairPotential;
use pairlaw_law::simd::Element;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::RolloutError;

/// Which pairs (i moved by j) share parameters θ; all of them are learned as logarithms.
///
/// ```text
/// Individual   θ_ij = θ_j (sender) or θ_i (receiver)          N sets
/// Mutual       θ_ij free                                      N²
/// Typed        θ_ij = θ_{type i, type j}                      K²
/// TwoRole      log θ_ij = p_i + q_j                           2N
/// LowRank      log θ_ij = p_i + q_j + Σ_k U_ik V_jk           2N (1 + rank)
/// ```
///
/// # Source
/// Individual and mutual: Komiya, Jin, Nishikimi, Kashino (2025), section 2.3; there "each cell
/// generates a potential field", so the sender's parameters count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    /// One set a cell.
    Individual(Role),
    /// One set an ordered pair.
    Mutual,
    /// One set an ordered pair of types; the type of every cell.
    Typed(Vec<usize>),
    /// A product of a receiver's and a sender's set.
    TwoRole,
    /// [`Scheme::TwoRole`] times a product of `rank` further ones.
    LowRank(usize),
}

/// Whose parameters count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The cell that generates the potential.
    Sender,
    /// The cell that moves in it.
    Receiver,
}

impl Scheme {
    /// Number of parameter sets of `n_cells` cells; in the order of [`Parameters::log`].
    #[must_use]
    pub fn n_sets(&self, n_cells: usize) -> usize {
        match self {
            Self::Individual(_) => n_cells,
            Self::Mutual => n_cells * n_cells,
            Self::Typed(_) => self.n_types() * self.n_types(),
            Self::TwoRole => 2 * n_cells,
            Self::LowRank(rank) => 2 * n_cells * (1 + rank),
        }
    }

    /// Number of types; 1 for all schemes but [`Scheme::Typed`].
    #[must_use]
    pub fn n_types(&self) -> usize {
        match self {
            Self::Typed(types) => types.iter().max().map_or(1, |largest| largest + 1),
            _ => 1,
        }
    }

    /// Name for tables: `individual`, `mutual`, `typed`, `two-role`, `low-rank-2`, …
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Individual(Role::Sender) => "individual".into(),
            Self::Individual(Role::Receiver) => "individual-receiver".into(),
            Self::Mutual => "mutual".into(),
            Self::Typed(_) => "typed".into(),
            Self::TwoRole => "two-role".into(),
            Self::LowRank(rank) => format!("low-rank-{rank}"),
        }
    }

    fn check(&self, n_cells: usize) -> Result<(), RolloutError> {
        let scheme = |scheme, expected, found| RolloutError::Scheme { scheme, expected, found };
        match self {
            Self::Typed(types) if types.len() != n_cells => {
                Err(scheme("typed", n_cells, types.len()))
            }
            // More types than cells would only take memory.
            Self::Typed(types) => match types.iter().max() {
                Some(&largest) if largest >= n_cells => {
                    Err(scheme("largest type", n_cells.saturating_sub(1), largest))
                }
                _ => Ok(()),
            },
            Self::LowRank(0) => Err(scheme("low rank", 1, 0)),
            Self::LowRank(rank) if *rank > n_cells => Err(scheme("low rank", n_cells, *rank)),
            _ => Ok(()),
        }
    }
}

/// Parameters of all pairs of `n_cells` cells under a scheme, as logarithms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters<T, const P: usize> {
    /// Which pairs share a set.
    pub scheme: Scheme,
    /// Number of cells N.
    pub n_cells: usize,
    /// `log θ`, P values a set. Sets stand in the order
    /// individual: cells; mutual: (i, j) at `iN + j`, the diagonal included and unused; typed:
    /// (receiver's, sender's type); two-role: all p, all q; low rank: all p, all q, U of cell 0
    /// for each rank, U of cell 1, …, then V. U and V hold P values for each rank.
    pub log: Vec<T>,
}

impl<T: Element, const P: usize> Parameters<T, P> {
    /// The same parameters θ for all pairs, each stored value with a normal jitter of standard
    /// deviation `jitter` in its logarithm; U and V of low rank start as that jitter alone, so that
    /// without any they stay 0.
    ///
    /// # Errors
    /// If a parameter is not positive and finite or the scheme does not fit `n_cells`: one type a
    /// cell, types below the number of cells, a rank from 1 to that number.
    pub fn uniform<F: PairPotential<P>>(
        _potential: F,
        scheme: Scheme,
        n_cells: usize,
        parameters: [f64; P],
        jitter: f64,
        seed: u64,
    ) -> Result<Self, RolloutError> {
        scheme.check(n_cells)?;
        if n_cells < 2 {
            return Err(RolloutError::TooFewCells { found: n_cells });
        }
        for (name, value) in F::NAMES.into_iter().zip(parameters) {
            if !(value > 0.0 && value.is_finite()) {
                return Err(RolloutError::Parameter { name, value });
            }
        }
        if !(jitter >= 0.0 && jitter.is_finite()) {
            return Err(RolloutError::Parameter { name: "jitter", value: jitter });
        }
        let mut random = Streams::new(seed).next().expect("streams never end");
        let n_sets = scheme.n_sets(n_cells);
        let share = |set: usize| match scheme {
            Scheme::TwoRole => 0.5,
            Scheme::LowRank(_) if set < 2 * n_cells => 0.5,
            Scheme::LowRank(_) => 0.0,
            _ => 1.0,
        };
        let mut log = Vec::with_capacity(n_sets * P);
        for set in 0..n_sets {
            for parameter in parameters {
                let normal: f64 = StandardNormal.sample(&mut random);
                log.push(T::nearest(share(set) * parameter.ln() + jitter * normal));
            }
        }
        Ok(Self { scheme, n_cells, log })
    }

    /// `log θ_ij` of receiver i and sender j.
    #[must_use]
    pub fn pair(&self, i: usize, j: usize) -> [f64; P] {
        let n = self.n_cells;
        let set =
            |index: usize| -> [f64; P] { std::array::from_fn(|k| self.log[index * P + k].into()) };
        let sum = |a: [f64; P], b: [f64; P]| -> [f64; P] { std::array::from_fn(|k| a[k] + b[k]) };
        match &self.scheme {
            Scheme::Individual(Role::Sender) => set(j),
            Scheme::Individual(Role::Receiver) => set(i),
            Scheme::Mutual => set(i * n + j),
            Scheme::Typed(types) => set(types[i] * self.scheme.n_types() + types[j]),
            Scheme::TwoRole => sum(set(i), set(n + j)),
            Scheme::LowRank(rank) => (0..*rank).fold(sum(set(i), set(n + j)), |total, k| {
                let (u, v) = (set(2 * n + i * rank + k), set((2 + rank) * n + j * rank + k));
                std::array::from_fn(|l| total[l] + u[l] * v[l])
            }),
        }
    }

    /// The same parameters in another precision.
    #[must_use]
    pub fn cast<U: Element>(&self) -> Parameters<U, P> {
        let log = self.log.iter().map(|&x| U::nearest(x.into())).collect();
        Parameters { scheme: self.scheme.clone(), n_cells: self.n_cells, log }
    }

    /// Checks scheme, count and finiteness.
    pub(crate) fn check<F: PairPotential<P>>(&self) -> Result<(), RolloutError> {
        self.scheme.check(self.n_cells)?;
        let expected = self.scheme.n_sets(self.n_cells) * P;
        if self.log.len() != expected {
            let found = self.log.len();
            return Err(RolloutError::Scheme { scheme: "parameters", expected, found });
        }
        match self.log.iter().position(|&x| !Into::<f64>::into(x).is_finite()) {
            Some(at) => {
                let value = Into::<f64>::into(self.log[at]).exp();
                Err(RolloutError::Parameter { name: F::NAMES[at % P], value })
            }
            None => Ok(()),
        }
    }
}
