//! Two clusters merge: the mean-field equation solved, and its kernel found again from the densities.
#![allow(clippy::print_stdout)]

use std::error::Error;

use pairlaw_meanfield::data::Grid;
use pairlaw_meanfield::law::{ExternalPotential, KernelTerm, PairKernel};
use pairlaw_meanfield::sparse::NormalEquations;
use pairlaw_meanfield::{
    FaceValues, MeanField, Schedule, TimeDerivative, gaussian_mixture, solve, stable_dt,
    strong_form,
};

fn main() -> Result<(), Box<dyn Error>> {
    let kernel = PairKernel::new(vec![KernelTerm::power(2.0)], vec![3.0])?;
    let (external, face_values) = (ExternalPotential::default(), FaceValues::Quartic);
    let model = MeanField { kernel: &kernel, diffusivity: 1.0, external, face_values };
    let grid = Grid::new([-4.0], [4.0], [160])?;
    let initial = gaussian_mixture(&grid, &[(0.5, [-1.0], 0.5), (0.5, [1.0], 0.5)])?;
    let dt = stable_dt(&model, &grid, &initial)?;
    let solution = solve(&model, &grid, &initial, &Schedule::until(1.0, dt, 100))?;
    println!("time  mass - 1   least u    free energy");
    for seen in solution.diagnostics.iter().step_by(20) {
        let energy = seen.free_energy.lyapunov(model.diffusivity);
        println!("{:.2} {:10.1e} {:10.1e} {energy:11.5}", seen.time, seen.mass - 1.0, seen.minimum);
    }

    let dictionary = [1.0, 2.0, 3.0].map(KernelTerm::power);
    let terms =
        dictionary.iter().map(|term| PairKernel::term(*term)).collect::<Result<Vec<_>, _>>()?;
    let systems =
        strong_form(&solution.densities, &terms, &[], model.diffusivity, TimeDerivative::Simpson)?;
    let mut sum = NormalEquations::zeros(terms.len());
    systems.iter().for_each(|system| sum.add(system));
    let weights = sum.solve(&[true; 3])?.weights;
    println!(
        "{} from {} steps: {}",
        kernel,
        systems.len(),
        PairKernel::new(dictionary.to_vec(), weights)?
    );
    Ok(())
}
