//! Agreement with SciPy: slopes and interpolants, and whole simulations written from the equations.
#![allow(clippy::unwrap_used)] // the helpers of a test may panic as the test may

use std::path::Path;
use std::slice::from_ref;

use pairlaw_data::{Sampling, Segment, Tracks, Units};
use pairlaw_law::{Angular, Direction, Force, Law, LawKernels, Radial, Term};
use pairlaw_validate::{
    Integrator, Recording, Run, hermite_weights, pchip_slopes, trajectory, velocity_errors,
};
use serde_json::Value;

fn fixture(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pairlaw-validate");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

fn points(value: &Value) -> Vec<[f64; 2]> {
    let point = |p: &Value| numbers(p).try_into().unwrap();
    list(value).iter().map(point).collect()
}

#[test]
fn pchip_agrees_with_scipy() {
    let golden = fixture("pchip.json");
    let fractions = numbers(&golden["fractions"]);
    for case in list(&golden["series"]) {
        let (dt, values) = (number(&case["dt"]), numbers(&case["values"]));
        let slopes = pchip_slopes(&values, dt);
        let expected = numbers(&case["slopes"]);
        assert_eq!(slopes.len(), expected.len());
        // Rounding, here and below; the oracle takes differences of rounded times.
        let scale = expected.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        for (m, expected) in slopes.iter().zip(&expected) {
            assert!((m - expected).abs() <= 1e-13 * scale, "{m} {expected}");
        }
        let scale = values.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        for (k, expected) in list(&case["interpolated"]).iter().enumerate() {
            for (&fraction, expected) in fractions.iter().zip(numbers(expected)) {
                let [a0, b0, a1, b1] = hermite_weights(fraction, dt);
                let (y, m) = (&values[k..], &slopes[k..]);
                let found = a0 * y[0] + b0 * m[0] + a1 * y[1] + b1 * m[1];
                assert!((found - expected).abs() <= 1e-14 * scale, "{k} {fraction}");
            }
        }
    }
}

/// The law that `make.py` writes out as formulas.
fn law() -> LawKernels {
    use Force::{Alignment, AttractionRepulsion, Drag};
    let exponential = |rate| Radial::Exponential { rate };
    let list = [
        (AttractionRepulsion, Angular::Cosine(0), exponential(20.0), 15.0),
        (AttractionRepulsion, Angular::Cosine(0), exponential(2.0), -0.5),
        (AttractionRepulsion, Angular::Cosine(2), exponential(2.0), -1.0),
        (Alignment, Angular::OnePlusCosine(1), exponential(4.0), -3.0),
        (Drag, Angular::OnePlusCosine(1), Radial::Power { exponent: 1 }, -1.5),
    ];
    let terms = list.map(|(force, angular, radial, _)| Term { force, angular, radial });
    let weights = list.map(|(.., weight)| weight);
    let law = Law::new(terms.to_vec(), weights.to_vec(), Direction::Difference);
    LawKernels::new(&[law.unwrap()]).unwrap()
}

fn tracks(golden: &Value) -> Tracks<2> {
    let segment = |(individual, track): (usize, &Value)| Segment {
        individual,
        first_frame: count(&track["first_frame"]),
        positions: points(&track["positions"]),
        velocities: Some(points(&track["velocities"])),
    };
    let list = list(&golden["tracks"]);
    let sampling = Sampling {
        start_time: 0.0,
        dt: number(&golden["dt"]),
        n_frames: count(&golden["n_frames"]),
    };
    let ids = (0..list.len()).map(|i| i.to_string()).collect();
    let segments = list.iter().enumerate().map(segment).collect();
    Tracks::new(ids, sampling, Units::default(), segments).unwrap()
}

#[test]
fn simulations_agree_with_the_plain_equations() {
    let golden = fixture("forward.json");
    let (share, n_reference) = (number(&golden["share"]), number(&golden["n_reference"]));
    let recording = Recording::new(&tracks(&golden), share, n_reference).unwrap();
    let kernels = law();
    for run in list(&golden["runs"]) {
        let (individual, substeps) = (count(&run["individual"]), count(&run["substeps"]));
        let integrator = match run["method"].as_str() {
            Some("Euler") => Integrator::Euler { substeps },
            _ => Integrator::Heun { substeps },
        };
        let found = trajectory(&recording, &kernels, individual, integrator).unwrap();
        assert_eq!(found.first_frame, count(&run["first_frame"]));
        // Rounding, over at most 256 steps of numbers below 2; the kernels' exponential is good
        // to 1e-15 and the oracle's arc cosine loses half its digits only where cos θ = ±1.
        let near = |a: &[[f64; 2]], b: &[[f64; 2]]| {
            assert_eq!(a.len(), b.len());
            let pairs = a.as_flattened().iter().zip(b.as_flattened());
            pairs.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs())) < 1e-12
        };
        assert!(near(&found.positions, &points(&run["positions"])));
        assert!(near(&found.velocities, &points(&run["velocities"])));
        let runs = [Run { law: 0, individual }];
        let errors = velocity_errors(&recording, from_ref(&kernels), &runs, integrator);
        assert!((errors[0].unwrap() - number(&run["velocity_error"])).abs() < 1e-12);
    }
}
