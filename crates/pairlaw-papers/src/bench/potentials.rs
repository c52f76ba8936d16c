//! Pair potentials through simulated steps: epochs, transport, collocation, assignment, memory, and
//! the same by JAX, PyTorch, SciPy and POT where they are installed.

use super::clock::{one_core, processor_seconds, scaled, seconds};
use super::document::Document;
use super::figure::{Figure, median};
use super::peers::{self, Work, beside};
use crate::Failure;
use crate::options::BenchOptions;
use crate::results::peak_memory;
use pairlaw::potentials::rollout::{CollocationConfig, Role, Scheme, collocate};
use pairlaw::potentials::{Config, Loss, Target, fit};
use pairlaw_synth::{Shape, uniform_cells};
use pairlaw_transport::{Precision, Sinkhorn, SinkhornOptions, assign_points};
use std::hint::black_box;
use std::time::Instant;

/// The paper's cells and its steps to a target.
const CELLS: usize = 2000;
const STEPS: usize = 5;
/// Of entropic transport, for cells in a square of side 2.
const EPSILON: f64 = 0.05;
/// Epochs that are timed, after those in which memory and potentials of transport warm up.
const EPOCHS: usize = 20;
const WARM_UP: usize = 10;

pub(super) fn measure(options: &BenchOptions, document: &mut Document) -> Result<(), Failure> {
    let euclidean = Loss::Euclidean { reassign: None };
    // One ε throughout: potentials stay warm.
    let sinkhorn = Loss::Sinkhorn { epsilon: [EPSILON; 2] };
    let individual = || Scheme::Individual(Role::Sender);
    let problem = &Problem::new(Shape::Ring, options.seed);
    let epochs = |name: &str, scheme: Scheme, loss, threads| {
        eprintln!("measuring {name}, {threads} thread{}", if threads == 1 { "" } else { "s" });
        problem.epochs(&scheme, loss, threads, options.repeat)
    };
    // First, while this process holds little else.
    let growth = problem.memory(euclidean)?;
    let mutual = epochs("mutual epochs", Scheme::Mutual, euclidean, 1)?;
    let mutual_2 = epochs("mutual epochs", Scheme::Mutual, euclidean, 2)?;
    let one = epochs("individual epochs", individual(), euclidean, 1)?;
    let one_2 = epochs("individual epochs", individual(), euclidean, 2)?;
    let warm = epochs("individual epochs, Sinkhorn", individual(), sinkhorn, 1)?;
    let more: Vec<f64> = warm.wall.iter().zip(&one.wall).map(|(warm, one)| warm - one).collect();
    let ms = |name, seconds: &[f64], target| Figure::new(name, "ms", target, &scaled(1e3, seconds));
    document.figures.extend([
        ms("mutual, epoch, one thread", &mutual.wall, Some(55.0)),
        ms("mutual, epoch, two threads", &mutual_2.wall, Some(32.0)),
        ms("individual, epoch, one thread", &one.wall, Some(36.0)),
        ms("individual, epoch, two threads", &one_2.wall, None),
        ms("warm Sinkhorn, more an epoch (margins 1e-3)", &more, Some(12.0)),
    ]);
    if let Some(bytes) = growth {
        let (name, megabytes) = ("mutual fit, growth of memory", bytes as f64 / 1e6);
        document.figures.push(Figure::new(name, "MB", Some(350.0), &[megabytes]));
    }
    document.figures.push(problem.collocation(options.repeat)?);
    epoch_beside_peers(&mutual.processor, document);
    for shape in Shape::ALL {
        Problem::new(shape, options.seed).assignment(shape, options.repeat, document)?;
    }
    problem.transport(options.repeat, document)
}

/// The same epoch by programs that differentiate for their users.
fn epoch_beside_peers(seconds: &[f64], document: &mut Document) {
    let programs = [("JAX", peers::EPOCH_JAX), ("PyTorch", peers::EPOCH_TORCH)];
    let ratios = programs.map(|(peer, program)| {
        let work = Work {
            name: format!("mutual, epoch, beside {peer}"),
            target: None,
            seconds,
            result: None,
            args: [CELLS, STEPS].map(|number| number.to_string()).to_vec(),
            input: &[],
        };
        beside(document, &program, &work)
    });
    if let Some(better) = ratios.into_iter().flatten().min_by(f64::total_cmp) {
        let name = "mutual, epoch, beside the better of them";
        document.figures.push(Figure::new(name, "of it", Some(0.1), &[better.recip()]));
    }
}

/// Median seconds of an epoch, one value a fit.
struct Epochs {
    wall: Vec<f64>,
    /// Of the first thread on a processor; `wall` where the system does not tell.
    processor: Vec<f64>,
}

/// Cells and what they must reach.
struct Problem {
    initial: Vec<[f64; 2]>,
    target: Vec<[f64; 2]>,
}

impl Problem {
    fn new(shape: Shape, seed: u64) -> Self {
        let target = shape.sample(CELLS, seed.wrapping_add(100));
        Self { initial: uniform_cells(CELLS, seed), target }
    }

    fn epochs(
        &self,
        scheme: &Scheme,
        loss: Loss,
        threads: usize,
        repeat: usize,
    ) -> Result<Epochs, Failure> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let fits = (0..repeat).map(|_| self.epoch(scheme, loss, &pool));
        let (wall, processor) = fits.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        Ok(Epochs { wall, processor })
    }

    /// Median seconds of an epoch of one fit, of the wall and of the processor.
    fn epoch(
        &self,
        scheme: &Scheme,
        loss: Loss,
        pool: &rayon::ThreadPool,
    ) -> Result<(f64, f64), Failure> {
        let config = Config::paper(scheme.clone(), CELLS, loss, WARM_UP + EPOCHS);
        let targets = [Target { step: STEPS, positions: self.target.clone() }];
        let mut ends = Vec::new();
        pool.install(|| {
            fit(&self.initial, &targets, &config, None, &mut |_| {
                ends.push((Instant::now(), processor_seconds()));
            })
        })?;
        let last = &ends[ends.len().saturating_sub(EPOCHS + 1)..];
        let wall = |pair: &[(Instant, _)]| (pair[1].0 - pair[0].0).as_secs_f64();
        let wall = median(&last.windows(2).map(wall).collect::<Vec<_>>());
        let processor = |pair: &[(_, Option<f64>)]| Some(pair[1].1? - pair[0].1?);
        let processor: Option<Vec<f64>> = last.windows(2).map(processor).collect();
        Ok((wall, processor.map_or(wall, |seconds| median(&seconds))))
    }

    /// Bytes by which the largest resident set grows in a mutual fit, where the system counts anew.
    fn memory(&self, loss: Loss) -> Result<Option<u64>, Failure> {
        let is_reset = std::fs::write("/proc/self/clear_refs", "5").is_ok();
        let before = peak_memory().filter(|_| is_reset);
        let config = Config::paper(Scheme::Mutual, CELLS, loss, 3);
        let targets = [Target { step: STEPS, positions: self.target.clone() }];
        black_box(fit(&self.initial, &targets, &config, None, &mut |_| {})?);
        Ok(peak_memory().zip(before).map(|(peak, before)| peak - before))
    }

    fn collocation(&self, repeat: usize) -> Result<Figure, Failure> {
        eprintln!("measuring collocation");
        let columns = assign_points(&self.initial, &self.target)?.columns;
        let ends = [columns.into_iter().map(|column| self.target[column]).collect::<Vec<_>>()];
        let config = CollocationConfig::default();
        let work = || collocate(&self.initial, &ends, &[STEPS], 0.2, &config);
        work()?;
        let runs = seconds(repeat, || {
            black_box(work().expect("it was solved above"));
        });
        Ok(Figure::new("collocation, one leg", "s", Some(0.3), &runs))
    }

    /// The points of both, as peers read them.
    fn points(&self) -> Vec<f64> {
        [self.initial.as_slice(), &self.target].concat().as_flattened().to_vec()
    }

    fn assignment(
        &self,
        shape: Shape,
        repeat: usize,
        document: &mut Document,
    ) -> Result<(), Failure> {
        let (seconds, found) = one_core(repeat, || assign_points(&self.initial, &self.target))?;
        let work = Work {
            name: format!("assignment {CELLS} × {CELLS}, {}", shape.name()),
            target: Some(1200.0),
            seconds: &seconds,
            result: Some((found.cost, 1e-9)),
            args: [repeat, CELLS].map(|number| number.to_string()).to_vec(),
            input: &self.points(),
        };
        beside(document, &peers::ASSIGNMENT, &work);
        Ok(())
    }

    /// Entropic transport from a cold start, both to margins that err by less than a thousandth.
    fn transport(&self, repeat: usize, document: &mut Document) -> Result<(), Failure> {
        const TOLERANCE: f64 = 1e-3;
        let precision = Precision::Single;
        let options = SinkhornOptions { tolerance: TOLERANCE, max_half_steps: 10_000, precision };
        let transport = || -> Result<f64, Failure> {
            let mut gradient = vec![[0.0; 2]; CELLS];
            let mut sinkhorn = Sinkhorn::new(&self.target, options)?;
            let report = sinkhorn.transport(&self.initial, EPSILON, &mut gradient)?;
            if !report.converged {
                return Err(format!("Sinkhorn: a margin errs by {}", report.marginal_error).into());
            }
            Ok(report.transport_cost)
        };
        let (seconds, cost) = one_core(repeat, transport)?;
        let work = Work {
            name: format!("cold Sinkhorn {CELLS} × {CELLS}, ε = {EPSILON}"),
            target: None,
            seconds: &seconds,
            result: Some((cost, 1e-2)),
            args: vec![
                repeat.to_string(),
                CELLS.to_string(),
                EPSILON.to_string(),
                TOLERANCE.to_string(),
            ],
            input: &self.points(),
        };
        beside(document, &peers::SINKHORN, &work);
        Ok(())
    }
}
