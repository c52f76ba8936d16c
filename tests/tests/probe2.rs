//! probe
use e2e::{moved, simulated};
use pairlaw::species::*;
use pairlaw_data::*;
use pairlaw_synth::*;
use pairlaw_validate::*;
use pairlaw_weak::*;
use pairlaw_law::Direction;
use std::time::Instant;
const NO: Progress<'static> = &|_, _, _| {};
fn show(name: &str, t: Instant, p: &PopulationModel) {
    let ev: Vec<f64> = p.velocity_errors.iter().flatten().copied().collect();
    println!("{name}: {:?} models {}/{} clusters {:?} dv {} n {}", t.elapsed(), p.models.iter().flatten().count(), p.models.len(), p.clusters.iter().take(3).map(|c| (c.modes.to_string(), c.cells.len())).collect::<Vec<_>>(), ev.iter().sum::<f64>() / ev.len() as f64, ev.len());
    for (n,s) in [("A",Species::A),("C", Species::C)] { println!("   vs {n} {:?}", force_errors(&p.law, &s.law(Direction::Difference), 0.2, 0.1)); }
}
#[test]
fn probe() {
    // noise
    let t = Instant::now();
    let full = simulated("C", 80, 200, 1);
    println!("sim C80 {:?}", t.elapsed());
    for seed in [1, 2] {
        let t = Instant::now();
        let noisy = add_noise(&full, 0.001, seed).unwrap();
        for h in [8, 12] {
        let c = SpeciesConfig { velocity: VelocityEstimate::SavitzkyGolay { half_window: h }, ..SpeciesConfig::default() };
        match learn_population(&noisy, &c, NO) { Ok(p) => show(&format!("noise h{h}"), t, &p), Err(e) => println!("noise {e}") }
        }
        let c = SpeciesConfig::default();
        match learn_population(&noisy, &c, NO) { Ok(p) => show("noise plain", t, &p), Err(e) => println!("noise {e}") }
    }
    // gaps
    for seed in [1, 2] {
        let gappy = drop_runs(&full, 0.1, 4, seed).unwrap();
        for tf in [None, Some(TestFunction { half_width: 6, degree: 20 }), Some(TestFunction { half_width: 10, degree: 14 }), Some(TestFunction { half_width: 15, degree: 11 })] {
            let t = Instant::now();
            let c = SpeciesConfig { test_function: tf, ..SpeciesConfig::default() };
            match learn_population(&gappy, &c, NO) { Ok(p) => show(&format!("gaps {tf:?}"), t, &p), Err(e) => println!("gaps {tf:?} {e}") }
        }
    }
    // permutation
    for (name, n) in [("C", 24), ("A", 24)] {
        let t = Instant::now();
        let full = simulated(name, n, 200, 3);
        println!("sim {:?}", t.elapsed());
        let order: Vec<usize> = (0..n).map(|i| (i * 7 + 3) % n).collect();
        let perm = full.subset(&order);
        let c = SpeciesConfig::default();
        let (a, b) = (Preparation::new(&full, &c), Preparation::new(&perm, &c));
        let (a, b) = match (a, b) { (Ok(a), Ok(b)) => (a, b), (a, _) => { println!("prep {:?}", a.err()); continue } };
        println!("tf {:?} {:?} {:?} {:?}", a.systems.test_function(), b.systems.test_function(), a.distances, b.distances);
        let (ma, mb) = (matched_cells(&a, &c), matched_cells(&b, &c));
        let same = (0..n).all(|k| mb[k].iter().map(|j| order[*j]).collect::<Vec<_>>() == ma[order[k]]);
        println!("matched same {same}");
        let diff = |a: &Preparation<2>, b: &Preparation<2>, of: &dyn Fn(usize) -> usize, angle: f64| {
            let (mut worst_g, mut worst_b) = (0f64, 0f64);
            for k in 0..n {
                let (sa, sb) = (a.systems.system(of(k)).unwrap(), b.systems.system(k).unwrap());
                let q = sa.b.len() / 2;
                let (s, co) = angle.sin_cos();
                let bn = sa.b.iter().map(|x| x * x).sum::<f64>().sqrt();
                for r in 0..q {
                    let rot = |x: f64, y: f64| [co * x - s * y, s * x + co * y];
                    let e = rot(sa.b[r], sa.b[q + r]);
                    worst_b = worst_b.max((e[0] - sb.b[r]).abs().max((e[1] - sb.b[q + r]).abs()) / bn);
                }
                for col in 0..88 {
                    let norm = (0..2 * q).map(|r| sa.g[(r, col)].powi(2)).sum::<f64>().sqrt();
                    for r in 0..q {
                        let (x, y) = (sa.g[(r, col)], sa.g[(q + r, col)]);
                        let e = [co * x - s * y, s * x + co * y];
                        let d = (e[0] - sb.g[(r, col)]).abs().max((e[1] - sb.g[(q + r, col)]).abs());
                        worst_g = worst_g.max(d / norm);
                    }
                }
            }
            (worst_g, worst_b)
        };
        println!("perm diff {:?}", diff(&a, &b, &|k| order[k], 0.0));
        let (s, co) = 0.7f64.sin_cos();
        let rot = moved(&full, |x| [co * x[0] - s * x[1], s * x[0] + co * x[1]], |x| [co * x[0] - s * x[1], s * x[0] + co * x[1]]);
        let r = Preparation::new(&rot, &c).unwrap();
        println!("rot {:?} diff {:?} {:?}", r.systems.test_function(), diff(&a, &r, &|k| k, 0.7), r.distances);
        let tr = moved(&full, |x| [x[0] + 0.3, x[1] - 0.7], |v| v);
        let cc = SpeciesConfig { test_function: Some(a.systems.test_function()), ..c.clone() };
        let r = Preparation::new(&tr, &cc).unwrap();
        println!("trans {:?} diff {:?} {:?}", Preparation::new(&tr, &c).map(|p| p.systems.test_function()), diff(&a, &r, &|k| k, 0.0), r.distances);
        let (xa, xb, xr) = (single_cell_models(&a, &c, NO).unwrap(), single_cell_models(&b, &c, NO).unwrap(), single_cell_models(&r, &c, NO).unwrap());
        let codes = |p: &Preparation<2>, m: &CellModel| p.law(&m.weights).unwrap().modes();
        let sup = |m: &CellModel| m.weights.iter().map(|w| *w != 0.0).collect::<Vec<_>>();
        let mut same_code = [0; 2]; let mut same_sup = [0; 2];
        let mut dw = vec![];
        for k in 0..n {
            let (m, p, t) = (xa[order[k]].as_ref().unwrap(), xb[k].as_ref().unwrap(), xr[order[k]].as_ref().unwrap());
            for (q, o) in [p, t].iter().enumerate() {
                same_code[q] += (codes(&a, m) == codes(&a, o)) as usize;
                same_sup[q] += (sup(m) == sup(o)) as usize;
            }
            let d: f64 = m.weights.iter().zip(&p.weights).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt() / m.weights.iter().map(|x| x * x).sum::<f64>().sqrt();
            dw.push(format!("{d:.1e}"));
        }
        println!("{name} perm/trans same code {same_code:?} same support {same_sup:?} dw {dw:?}");
        let t = Instant::now();
        show("learn", t, &learn_population(&full, &c, NO).unwrap());
        show("learn perm", t, &learn_population(&perm, &c, NO).unwrap());
        show("learn rot", t, &learn_population(&rot, &c, NO).unwrap());
    }
    // one gap
    let full = simulated("A", 12, 120, 3);
    let gap = 60..64;
    let cut = |s: &Segment<2>, r: std::ops::Range<usize>| Segment { individual: s.individual, first_frame: r.start, positions: s.positions[r.clone()].to_vec(), velocities: s.velocities.as_ref().map(|v| v[r].to_vec()) };
    let mut segs = full.segments().to_vec();
    let s0 = segs.remove(0);
    segs.push(cut(&s0, 0..gap.start)); segs.push(cut(&s0, gap.end..120));
    let gappy = full.with_segments(segs).unwrap();
    for v in [VelocityEstimate::Centred2, VelocityEstimate::Given] {
        let c = SpeciesConfig { velocity: v, test_function: Some(TestFunction { half_width: 10, degree: 9 }), ..SpeciesConfig::default() };
        let (a, b) = (Preparation::new(&full, &c).unwrap(), Preparation::new(&gappy, &c).unwrap());
        for i in [0, 1] {
            let (ca, cb) = (a.systems.centres(i), b.systems.centres(i));
            let (sa, sb) = (a.systems.system(i).unwrap(), b.systems.system(i).unwrap());
            println!("{v:?} cell {i}: full {}..{} gappy {:?}", ca[0], ca[ca.len()-1], cb);
            let mut worst = vec![];
            for (q, f) in cb.iter().enumerate() {
                let fq = ca.iter().position(|x| x == f).unwrap();
                let mut d = 0f64;
                for dim in 0..2 { for col in 0..88 {
                    let norm = (0..sa.b.len()).map(|r| sa.g[(r, col)].powi(2)).sum::<f64>().sqrt();
                    d = d.max((sa.g[(dim * ca.len() + fq, col)] - sb.g[(dim * cb.len() + q, col)]).abs() / norm);
                } d = d.max((sa.b[dim * ca.len() + fq] - sb.b[dim * cb.len() + q]).abs()); }
                worst.push(format!("{f}:{d:.0e}"));
            }
            println!("   {worst:?}");
        }
    }
}
