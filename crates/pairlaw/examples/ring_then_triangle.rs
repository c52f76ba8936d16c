//! Cells must form a ring and then a triangle: one set of potentials for both legs, one a leg, and
//! strengths of pairs without training. Prints how far from their outlines the cells are.
#![allow(clippy::print_stdout)]

use pairlaw::potentials::rollout::{CollocationConfig, Rate, Role, Scheme};
use pairlaw::potentials::{Config, Loss, Matching, Phase, Target, carry, fit};
use std::f64::consts::TAU;

const STEPS: usize = 5;
/// Many corners make a ring.
const CORNERS: [usize; 2] = [60, 3];
const INRADII: [f64; 2] = [0.95, 0.5];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n = 200;
    let cells: Vec<[f64; 2]> = (0..n).map(|k| spread(k).map(|x| 2.0 * x - 1.0)).collect();
    let targets = [0, 1].map(|leg| Target {
        step: STEPS * (leg + 1),
        positions: (0..n).map(|k| on_outline(leg, k as f64 / n as f64)).collect(),
    });
    let print = |name: &str, positions: &[Vec<[f64; 2]>]| {
        let off = |leg: usize| {
            let distance = |x: &[f64; 2]| (inradius(leg, *x) - INRADII[leg]).abs();
            positions[STEPS * (leg + 1)].iter().map(distance).sum::<f64>() / n as f64
        };
        println!("{name:45} ring {:.4}, triangle {:.4}", off(0), off(1));
    };

    let reassigned = Loss::Euclidean { reassign: Some(50) };
    for scheme in [Scheme::Individual(Role::Sender), Scheme::Mutual] {
        for per_leg in [false, true] {
            let phases = vec![Phase { loss: reassigned, epochs: 800, rate: Rate::Cosine(0.03) }];
            let matching = Matching::Chained;
            let plain = Config::paper(scheme.clone(), n, reassigned, 0);
            let config = Config { phases, matching, per_leg, ..plain };
            let found = fit(&cells, &targets, &config, None, &mut |_| {})?;
            let sets = if per_leg { "one set a leg" } else { "one set" };
            print(&format!("{}, {sets}, loss {:.1e}", scheme.name(), found.loss), &found.positions);
        }
    }
    let config = CollocationConfig::default();
    let found = carry(&cells, &targets, Matching::Chained, 0.2, &config)?;
    print(&format!("collocation, {:?}", found.collocation.quality), &found.positions);
    Ok(())
}

/// Fills the unit square evenly.
fn spread(k: usize) -> [f64; 2] {
    [0.754_878, 0.569_840].map(|share| (k as f64 * share).fract())
}

/// The point of a regular polygon at a part of its length.
fn on_outline(leg: usize, part: f64) -> [f64; 2] {
    let sides = CORNERS[leg] as f64;
    let radius = INRADII[leg] / (0.5 * TAU / sides).cos();
    let corner = |k: f64| [(TAU * k / sides).cos(), (TAU * k / sides).sin()].map(|x| radius * x);
    let (side, share) = ((part * sides).floor(), (part * sides).fract());
    let (from, to) = (corner(side), corner(side + 1.0));
    [0, 1].map(|axis| from[axis] + share * (to[axis] - from[axis]))
}

/// Inradius of the polygon on whose outline a point lies.
fn inradius(leg: usize, [x, y]: [f64; 2]) -> f64 {
    let normal = |k: usize| TAU * (k as f64 + 0.5) / CORNERS[leg] as f64;
    (0..CORNERS[leg]).map(|k| x * normal(k).cos() + y * normal(k).sin()).fold(f64::MIN, f64::max)
}
