//! Every class of bad input ends in a typed error or in the stated rule's outcome, from rows of
//! (id, time, position) to the learned law; nothing panics and no NaN comes out.

use e2e::{assert_no_nan, simulated};
use pairlaw::species::{PopulationModel, SpeciesConfig, learn_population};
use pairlaw_data::{Row, Tracks};
use pairlaw_validate::Integrator;
use pairlaw_weak::{TestFunction, VelocityEstimate};
use std::panic::catch_unwind;

const N: usize = 6;

fn config() -> SpeciesConfig {
    let test_function = Some(TestFunction { half_width: 15, degree: 9 });
    SpeciesConfig { test_function, ..SpeciesConfig::default() }
}

fn rows() -> Vec<Row<2>> {
    let tracks = simulated("A", N, 60, 1);
    let mut rows = Vec::new();
    for s in tracks.segments() {
        for (k, x) in s.frames().zip(&s.positions) {
            rows.push(Row {
                id: s.individual.to_string(),
                time: k as f64 * tracks.dt(),
                position: *x,
            });
        }
    }
    rows
}

#[test]
fn probe() {
    type Edit = fn(&mut Vec<Row<2>>);
    type Choose = fn(&mut SpeciesConfig);
    let same: Edit = |_| ();
    let keep: Choose = |_| ();
    let cases: Vec<(&str, Edit, Choose)> = vec![
        ("good", same, keep),
        ("good auto", same, |c| c.test_function = None),
        ("auto sg", same, |c| {
            c.test_function = None;
            c.velocity = VelocityEstimate::SavitzkyGolay { half_window: 8 }
        }),
        ("empty", |r| r.clear(), keep),
        ("one", |r| r.retain(|r| r.id == "0"), keep),
        ("two", |r| r.retain(|r| r.id < "2".into()), keep),
        ("nan", |r| r[70].position[1] = f64::NAN, keep),
        ("dup", |r| r.push(r[70].clone()), keep),
        ("short", |r| r.retain(|r| r.time < 3.0), keep),
        ("short auto", |r| r.retain(|r| r.time < 1.0), |c| c.test_function = None),
        ("2 frames", |r| r.retain(|r| r.time < 0.2), |c| c.test_function = None),
        ("m>L/2", same, |c| c.test_function = Some(TestFunction { half_width: 31, degree: 9 })),
        ("m max", same, |c| {
            c.test_function = Some(TestFunction { half_width: usize::MAX, degree: 9 })
        }),
        ("m 1", same, |c| c.test_function = Some(TestFunction { half_width: 1, degree: 9 })),
        ("p 1", same, |c| c.test_function = Some(TestFunction { half_width: 15, degree: 1 })),
        ("p max", same, |c| {
            c.test_function = Some(TestFunction { half_width: 15, degree: u32::MAX })
        }),
        ("p 5000", same, |c| c.test_function = Some(TestFunction { half_width: 15, degree: 5000 })),
        ("rest", |r| r.iter_mut().for_each(|r| r.position = [r.id.parse().unwrap(), 0.5]), keep),
        (
            "rest auto",
            |r| r.iter_mut().for_each(|r| r.position = [r.id.parse().unwrap(), 0.5]),
            |c| c.test_function = None,
        ),
        (
            "rest 0.1",
            |r| r.iter_mut().for_each(|r| r.position = [0.1 * r.id.parse::<f64>().unwrap(), 0.3]),
            |c| c.test_function = None,
        ),
        (
            "coincident",
            |r| {
                let f: Vec<_> = r[..60].iter().map(|r| r.position).collect();
                for (k, r) in r.iter_mut().enumerate() {
                    r.position = f[k % 60]
                }
            },
            keep,
        ),
        (
            "two coincident",
            |r| {
                let f: Vec<_> = r[..60].iter().map(|r| r.position).collect();
                for k in 60..120 {
                    r[k].position = f[k - 60]
                }
            },
            keep,
        ),
        ("one resting", |r| r[..60].iter_mut().for_each(|r| r.position = [0.1, 0.2]), keep),
        (
            "constant velocity",
            |r| {
                r.iter_mut().for_each(|r| {
                    let i: f64 = r.id.parse().unwrap();
                    r.position = [i + 0.1 * r.time, -0.3 * i + 0.7 * r.time];
                })
            },
            keep,
        ),
        (
            "constant velocity exact",
            |r| {
                r.iter_mut().enumerate().for_each(|(k, r)| {
                    let i: f64 = r.id.parse().unwrap();
                    r.position = [i + (k % 60) as f64 * 0.25 * (1.0 + i), 0.0];
                })
            },
            keep,
        ),
        (
            "one constant velocity",
            |r| {
                r[..60]
                    .iter_mut()
                    .for_each(|r| r.position = [0.1 + 0.01 * r.time, 0.2 - 0.02 * r.time])
            },
            keep,
        ),
        ("given", same, |c| c.velocity = VelocityEstimate::Given),
        ("sg long", same, |c| c.velocity = VelocityEstimate::SavitzkyGolay { half_window: 30 }),
        ("sg 29", same, |c| c.velocity = VelocityEstimate::SavitzkyGolay { half_window: 29 }),
        ("sg 1", same, |c| c.velocity = VelocityEstimate::SavitzkyGolay { half_window: 1 }),
        ("1e160", |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e160 * x)), keep),
        (
            "1e160 auto",
            |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e160 * x)),
            |c| c.test_function = None,
        ),
        ("1e308", |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e308 * x)), keep),
        ("1e60", |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e60 * x)), keep),
        ("1e30", |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e30 * x)), keep),
        ("1e10", |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e10 * x)), keep),
        ("1e3", |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e3 * x)), keep),
        ("1e-3", |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e-3 * x)), keep),
        ("1e-30", |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e-30 * x)), keep),
        ("1e-60", |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e-60 * x)), keep),
        (
            "1e-100",
            |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e-100 * x)),
            keep,
        ),
        (
            "1e-160",
            |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e-160 * x)),
            keep,
        ),
        (
            "1e-160 auto",
            |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e-160 * x)),
            |c| c.test_function = None,
        ),
        (
            "1e-310",
            |r| r.iter_mut().for_each(|r| r.position = r.position.map(|x| 1e-310 * x)),
            keep,
        ),
        (
            "far apart",
            |r| {
                r.iter_mut().for_each(|r| {
                    let i: f64 = r.id.parse().unwrap();
                    r.position[0] += 1e4 * i
                })
            },
            keep,
        ),
        ("far origin", |r| r.iter_mut().for_each(|r| r.position[0] += 1e9), keep),
        ("dt 1e-200", |r| r.iter_mut().for_each(|r| r.time *= 1e-200), keep),
        ("dt 1e200", |r| r.iter_mut().for_each(|r| r.time *= 1e200), keep),
        ("dt 1e-100", |r| r.iter_mut().for_each(|r| r.time *= 1e-100), keep),
        ("dt 1e100", |r| r.iter_mut().for_each(|r| r.time *= 1e100), keep),
        (
            "never together",
            |r| r.retain(|r| (r.id == "0" && r.time < 3.9) || (r.id == "1" && r.time >= 3.9)),
            keep,
        ),
        (
            "every second",
            |r| {
                let mut k = 0;
                r.retain(|_| {
                    k += 1;
                    k % 2 == 0
                })
            },
            keep,
        ),
        ("substeps 0", same, |c| c.integrator = Integrator::Heun { substeps: 0 }),
        ("n_bins max", same, |c| c.n_bins = usize::MAX),
        ("n_bins", same, |c| c.n_bins = 1),
        ("scale 1e300", same, |c| c.basis_scale = 1e300),
        ("scale 1e-300", same, |c| c.basis_scale = 1e-300),
        ("ff 1e-300", same, |c| c.far_field = 1e-300),
        ("ridge 1e300", same, |c| c.path.ridge = 1e300),
        ("ridge 1e-300", same, |c| c.path.ridge = 1e-300),
        ("lambda 1e-300", same, |c| c.path.lambdas = vec![1e-300]),
        ("lambda 1", same, |c| c.path.lambdas = vec![1.0]),
        ("share tiny", same, |c| c.validation_share = 1e-300),
        ("bins -> matched max", same, |c| {
            c.n_matched = usize::MAX;
            c.n_nearest = usize::MAX
        }),
    ];
    let base = rows();
    for (name, edit, choose) in cases {
        let mut rows = base.clone();
        let mut config = config();
        choose(&mut config);
        edit(&mut rows);
        let tracks = match Tracks::from_rows(&rows) {
            Ok(t) => t,
            Err(e) => {
                println!("{name}: DATA {e:?}");
                continue;
            }
        };
        let t = std::time::Instant::now();
        let r = catch_unwind(|| learn_population(&tracks, &config, &|_, _, _| {}));
        let t = t.elapsed();
        match r {
            Err(_) => println!("{name}: PANIC"),
            Ok(Err(e)) => println!("{name}: ERR {e:?} {t:?}"),
            Ok(Ok(p)) => {
                let ok = catch_unwind(std::panic::AssertUnwindSafe(|| assert_no_nan(&p))).is_ok();
                let PopulationModel { models, replacement, clusters, velocity_errors, law } = &p;
                println!(
                    "{name}: OK nonan={ok} models {:?} src {:?} clusters {:?} ve {velocity_errors:?} w {} {t:?}",
                    models
                        .iter()
                        .map(|m| m.as_ref().map(|m| m.uncertified.len()))
                        .collect::<Vec<_>>(),
                    replacement.source,
                    clusters
                        .iter()
                        .map(|c| (c.modes.to_string(), c.cells.len()))
                        .collect::<Vec<_>>(),
                    law.active().count()
                );
            }
        }
    }
}
