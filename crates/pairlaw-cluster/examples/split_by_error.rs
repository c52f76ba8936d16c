//! Splits rows by their logarithmic errors: one Gaussian or two, by BIC over 20 random starts.
#![allow(clippy::print_stdout)]

use pairlaw_cluster::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use pairlaw_cluster::{
    ClusterError, Contingency, EmConfig, EmStatus, GaussianMixture, fit, group_by_code,
};

fn main() -> Result<(), ClusterError> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(20);
    // Of 300 rows the first 200 are explained to half a per cent, the others to ten.
    let truth: Vec<usize> = (0..300).map(|i| usize::from(200 <= i)).collect();
    let mut error = |&class: &usize| {
        // A sum of twelve uniform numbers is nearly normal, of variance 1.
        let z = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
        [-2.3, -1.0][class] + 0.3 * z
    };
    let errors: Vec<f64> = truth.iter().map(&mut error).collect();

    let one = GaussianMixture::single(&errors)?;
    let mut best = one.clone();
    for _ in 0..20 {
        let start = GaussianMixture::random_start(&errors, 2, &mut rng)?;
        let two = fit(&errors, &start, &EmConfig::default())?;
        if two.status != EmStatus::Collapsed && two.mixture.bic(&errors) < best.bic(&errors) {
            best = two.mixture;
        }
    }
    println!("BIC of one Gaussian {:.1}, of the best {:.1}", one.bic(&errors), best.bic(&errors));
    for c in &best.components {
        let deviation = c.variance.sqrt();
        println!("  weight {:.3}, mean {:+.3}, deviation {deviation:.3}", c.weight, c.mean);
    }

    // The most probable component of each row, where that is clear.
    let component = |&x: &f64| best.posteriors(x).iter().position(|&p| 0.9 < p);
    let found: Vec<_> = errors.iter().map(component).collect();
    for group in group_by_code(&found) {
        println!("  {} rows in component {}", group.members.len(), group.code);
    }
    let table = Contingency::new(&found, &truth)?;
    println!("unlabelled {:?}, classes in {:?}", table.unlabelled(), table.match_by_plurality());
    println!("purity {:.3}, adjusted Rand {:.3}", table.purity(), table.adjusted_rand_index());
    Ok(())
}
