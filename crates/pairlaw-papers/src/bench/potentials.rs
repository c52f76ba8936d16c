//! Pair potentials through simulated steps: epochs, transport, collocation, assignment, memory, and
//! the same epoch by JAX and PyTorch where they are installed.

use super::{Figure, median, median_seconds};
use crate::Failure;
use crate::options::BenchOptions;
use crate::results::peak_memory;
use pairlaw::potentials::rollout::{CollocationConfig, Role, Scheme, collocate};
use pairlaw::potentials::{Config, Loss, Target, fit};
use pairlaw_synth::{Shape, uniform_cells};
use pairlaw_transport::assign_points;
use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The paper's cells and its steps to a target.
const CELLS: usize = 2000;
const STEPS: usize = 5;
/// Epochs that are timed, after those in which memory and potentials of transport warm up.
const EPOCHS: usize = 20;
const WARM_UP: usize = 10;

/// Figures, and lines about what could not be measured.
pub(super) fn figures(options: &BenchOptions) -> Result<(Vec<Figure>, Vec<String>), Failure> {
    let ms = |name, value: f64, target| Figure { name, value: 1e3 * value, unit: "ms", target };
    let euclidean = Loss::Euclidean { reassign: None };
    // One ε throughout: potentials stay warm.
    let sinkhorn = Loss::Sinkhorn { epsilon: [0.05; 2] };
    let individual = || Scheme::Individual(Role::Sender);
    let problem = &Problem::new(Shape::Ring, options.seed);
    let epoch = |name: &str, scheme, loss, threads| {
        eprintln!("measuring {name}, {threads} thread{}", if threads == 1 { "" } else { "s" });
        problem.epoch(scheme, loss, threads)
    };
    // First, while this process holds little else.
    let (before, peak) = problem.memory(euclidean)?;
    let mutual = epoch("mutual epochs", Scheme::Mutual, euclidean, 1)?;
    let mutual_2 = epoch("mutual epochs", Scheme::Mutual, euclidean, 2)?;
    let one = epoch("individual epochs", individual(), euclidean, 1)?;
    let one_2 = epoch("individual epochs", individual(), euclidean, 2)?;
    let warm = epoch("individual epochs, Sinkhorn", individual(), sinkhorn, 1)?;
    let mut figures = vec![
        ms("mutual, epoch, one thread", mutual.wall, Some(55.0)),
        ms("mutual, epoch, two threads", mutual_2.wall, Some(32.0)),
        ms("individual, epoch, one thread", one.wall, Some(36.0)),
        ms("individual, epoch, two threads", one_2.wall, None),
        ms("warm Sinkhorn, more an epoch (margins 1e-3)", warm.wall - one.wall, Some(12.0)),
    ];
    if let (Some(before), Some(peak)) = (before, peak) {
        let value = (peak - before) as f64 / 1e6;
        let name = "mutual fit, growth of memory";
        figures.push(Figure { name, value, unit: "MB", target: Some(350.0) });
    }
    figures.push(problem.collocation(options.repeat)?);
    for (name, shape) in [
        ("assignment 2000 × 2000, ring", Shape::Ring),
        ("assignment 2000 × 2000, square", Shape::Square),
        ("assignment 2000 × 2000, triangle", Shape::Triangle),
    ] {
        let problem = Problem::new(shape, options.seed);
        let seconds = median_seconds(options.repeat, || {
            black_box(assign_points(&problem.initial, &problem.target).expect("finite points"));
        });
        figures.push(Figure { name, value: seconds, unit: "s", target: Some(1.2) });
    }
    let notes = peers(mutual.processor, &mut figures);
    Ok((figures, notes))
}

/// Median seconds of an epoch.
struct Epoch {
    wall: f64,
    /// Of the first thread on a processor; `wall` where the system does not tell.
    processor: f64,
}

/// Seconds of the processor that the present thread has had, where the system tells.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(1e-9 * nanoseconds)
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

    fn epoch(&self, scheme: Scheme, loss: Loss, threads: usize) -> Result<Epoch, Failure> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let config = Config::paper(scheme, CELLS, loss, WARM_UP + EPOCHS);
        let targets = [Target { step: STEPS, positions: self.target.clone() }];
        let mut ends = Vec::new();
        pool.install(|| {
            fit(&self.initial, &targets, &config, None, &mut |_| {
                ends.push((Instant::now(), processor_seconds()));
            })
        })?;
        let last = &ends[ends.len().saturating_sub(EPOCHS + 1)..];
        let wall = |pair: &[(Instant, _)]| (pair[1].0 - pair[0].0).as_secs_f64();
        let wall = median(last.windows(2).map(wall).collect());
        let processor = |pair: &[(_, Option<f64>)]| Some(pair[1].1? - pair[0].1?);
        let processor: Option<Vec<f64>> = last.windows(2).map(processor).collect();
        Ok(Epoch { wall, processor: processor.map_or(wall, median) })
    }

    /// Largest resident set before and during a mutual fit, counted anew where the system can.
    fn memory(&self, loss: Loss) -> Result<(Option<u64>, Option<u64>), Failure> {
        let is_reset = std::fs::write("/proc/self/clear_refs", "5").is_ok();
        let before = peak_memory().filter(|_| is_reset);
        let config = Config::paper(Scheme::Mutual, CELLS, loss, 3);
        let targets = [Target { step: STEPS, positions: self.target.clone() }];
        black_box(fit(&self.initial, &targets, &config, None, &mut |_| {})?);
        Ok((before, peak_memory()))
    }

    fn collocation(&self, repeat: usize) -> Result<Figure, Failure> {
        eprintln!("measuring collocation");
        let columns = assign_points(&self.initial, &self.target)?.columns;
        let ends = [columns.into_iter().map(|column| self.target[column]).collect::<Vec<_>>()];
        let config = CollocationConfig::default();
        let work = || collocate(&self.initial, &ends, &[STEPS], 0.2, &config);
        work()?;
        let value = median_seconds(repeat, || {
            black_box(work().expect("it was solved above"));
        });
        Ok(Figure { name: "collocation, one leg", value, unit: "s", target: Some(0.3) })
    }
}

/// The same epoch by other programs, on one core; all in seconds of the processor, ours too. Lines
/// about those that are not installed.
fn peers(mutual: f64, figures: &mut Vec<Figure>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut best = f64::INFINITY;
    for (name, figure, script) in [
        ("JAX", "mutual, epoch, one thread, JAX", include_str!("peers/jax.py")),
        ("PyTorch", "mutual, epoch, one thread, PyTorch", include_str!("peers/torch.py")),
    ] {
        eprintln!("measuring {name}");
        match peer(script) {
            Ok(seconds) => {
                best = best.min(seconds);
                let (value, unit) = (1e3 * seconds, "ms");
                figures.push(Figure { name: figure, value, unit, target: None });
                notes.push(format!("{name} takes {:.1} times as long as ours", seconds / mutual));
            }
            Err(reason) => notes.push(format!("{name} was not measured: {reason}")),
        }
    }
    if best.is_finite() {
        let name = "mutual, epoch, beside the better of them";
        figures.push(Figure { name, value: mutual / best, unit: "of it", target: Some(0.1) });
    }
    notes
}

/// Seconds of an epoch as a Python program tells them; `PYTHON` may name the interpreter.
fn peer(script: &str) -> Result<f64, Failure> {
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut child = Command::new(python)
        .args(["-", &CELLS.to_string(), &STEPS.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(script.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.lines().last().unwrap_or("it says nothing").to_owned();
        return Err(last.into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    Ok(last.trim().parse().map_err(|_| format!("it printed {last:?}, which is no number"))?)
}
