//! probe
use pairlaw::species::*;
use pairlaw_law::Direction;
use pairlaw_synth::{Scenario, Species};
use pairlaw_validate::*;
use std::time::Instant;
#[test]
fn probe() {
    for (name, species) in [("A", Species::A), ("B", Species::B), ("C", Species::C)] {
        for n in [150, 250] {
            for seed in [1, 2] {
                let mut s = Scenario::named(name, seed).unwrap();
                s.n_cells = n;
                let t0 = Instant::now();
                let tracks = s.simulate(|_| {}).unwrap();
                let t1 = t0.elapsed();
                let config = SpeciesConfig::default();
                let t0 = Instant::now();
                let m = learn_population(&tracks, &config, &|_, _, _| {}).unwrap();
                let t2 = t0.elapsed();
                let max = speed_quantile(&tracks, 1.0).unwrap();
                let s99 = speed_quantile(&tracks, 0.99).unwrap();
                let e = force_errors(&m.law, &species.law(Direction::Difference), max, s99);
                let worst =
                    m.models.iter().flatten().map(|m| m.worst_violation).fold(0.0, f64::max);
                let unc: usize = m.models.iter().flatten().map(|m| m.uncertified.len()).sum();
                let ev: Vec<f64> = m.velocity_errors.iter().flatten().copied().collect();
                let dv = ev.iter().sum::<f64>() / ev.len() as f64;
                let cs = ev.iter().filter(|e| **e <= 0.05).count() as f64 / ev.len() as f64;
                println!(
                    "{name} n{n} seed{seed} sim {t1:?} learn {t2:?} clusters {:?}\n  {e:?}\n viol {worst:e} unc {unc} dv {dv} cs {cs} max {}",
                    m.clusters
                        .iter()
                        .take(3)
                        .map(|c| (c.modes.to_string(), c.cells.len()))
                        .collect::<Vec<_>>(),
                    ev.iter().copied().fold(0.0, f64::max)
                );
            }
        }
    }
}
