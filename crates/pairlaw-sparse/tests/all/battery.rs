//! Regressions as ill-conditioned as those of single cells: every solve must be certified.

use crate::paper_like::{COLUMNS, SplitMix, problem};
use pairlaw_sparse::{
    CompressedSystem, ConeProblem, PathConfig, SparseError, Support, thresholded_path,
};

#[test]
fn every_solve_is_certified() {
    let mut worst = 0.0_f64;
    for seed in 0..200 {
        let problem = problem(seed);
        let system = CompressedSystem::new(&problem.system).unwrap();
        let cone = ConeProblem::new(&system, &problem.constraints, 1e-7).unwrap();
        let mut random = SplitMix(seed + 1000);
        for share in [1.0, 0.9, 0.6, 0.3, 0.1] {
            let columns = (0..COLUMNS).filter(|_| random.uniform() < share);
            let support = Support::from_columns(COLUMNS, columns);
            let solution = cone.solve(&support).unwrap();
            assert!(solution.certificate.holds());
            assert!(solution.multipliers.iter().all(|&mu| mu >= 0.0));
            worst = worst.max(solution.certificate.infeasibility);
        }
    }
    // Measured: 5e-10 in 5000 such solves.
    assert!(worst < 1e-9, "{worst:e}");
}

#[test]
fn every_solve_of_whole_paths_is_certified() {
    for seed in 0..20 {
        let problem = problem(seed);
        let system = CompressedSystem::new(&problem.system).unwrap();
        let path = thresholded_path(&system, &problem.constraints, &PathConfig::default()).unwrap();
        assert!(path.worst_violation < 1e-8 && path.uncertified.is_empty());
        // Every threshold starts from the same solve.
        assert!(path.n_cached >= path.iterations.len() - 1);
        assert_eq!(path.n_solves + path.n_cached, path.iterations.iter().sum::<usize>());
        assert!(path.weights.iter().any(|&w| w != 0.0));
    }
}

#[test]
fn without_a_ridge_worth_the_name_a_solve_says_so() {
    let mut refused = 0;
    for seed in 0..20 {
        let problem = problem(seed);
        let system = CompressedSystem::new(&problem.system).unwrap();
        let cone = ConeProblem::new(&system, &problem.constraints, 1e-16).unwrap();
        match cone.solve(&cone.full_support()) {
            Ok(solution) => assert!(solution.certificate.holds()),
            Err(SparseError::Uncertified { certificate, support_size }) => {
                assert!(!certificate.holds() && support_size == COLUMNS);
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0);
}
