//! A blob becomes a ring: the exact assignment, and points that fall down the Sinkhorn divergence.
#![allow(clippy::print_stdout)]

use pairlaw_transport::{Precision, Sinkhorn, SinkhornOptions, TransportError, assign_points};

fn main() -> Result<(), TransportError> {
    let n = 300;
    let ring = |i: usize| [(i as f64 * 2.399).cos(), (i as f64 * 2.399).sin()];
    let blob = |i: usize| ring(i).map(|x| 0.3 * x * (i as f64 / n as f64).sqrt());
    let mut points: Vec<_> = (0..n).map(blob).collect();
    let target: Vec<_> = (0..n).map(ring).collect();
    let assignment = assign_points(&points, &target)?;
    println!("mean distance to the assigned target: {:.4}", assignment.cost / n as f64);
    let options =
        SinkhornOptions { tolerance: 1e-3, max_half_steps: 200, precision: Precision::Single };
    let mut sinkhorn = Sinkhorn::new(&target, options)?;
    let mut gradient = vec![[0.0; 2]; n];
    println!("step  divergence  half-steps  marginal error");
    for step in 0..=20 {
        let report = sinkhorn.divergence(&points, 0.02, &mut gradient)?;
        if step % 4 == 0 {
            let (value, error) = (report.value, report.marginal_error);
            println!("{step:4}  {value:10.6}  {:10}  {error:14.1e}", report.half_steps);
        }
        for (point, gradient) in points.iter_mut().zip(&gradient) {
            *point = std::array::from_fn(|k| point[k] - 0.2 * n as f64 * gradient[k]);
        }
    }
    Ok(())
}
