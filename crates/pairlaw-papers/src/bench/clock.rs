//! Seconds of the wall and of the processor.

use crate::Failure;
use std::hint::black_box;
use std::time::Instant;

/// The processor's clock moves in steps of some milliseconds: shorter work is done several times.
const SHORTEST: f64 = 0.1;

/// Seconds of `repeat` runs, after one that is not counted.
pub(super) fn seconds(repeat: usize, mut work: impl FnMut()) -> Vec<f64> {
    work();
    let run = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..repeat).map(run).collect()
}

/// The same in another unit.
pub(super) fn scaled(factor: f64, values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| factor * value).collect()
}

/// Seconds of a call that has a result.
pub(super) fn seconds_of<T, E: Into<Failure>>(
    work: impl FnOnce() -> Result<T, E>,
) -> Result<f64, Failure> {
    let start = Instant::now();
    black_box(work().map_err(Into::into)?);
    Ok(start.elapsed().as_secs_f64())
}

/// Seconds of the processor of `repeat` runs on one thread, after one that is not counted, and what
/// that one returned.
pub(super) fn one_core<T: Send, E: Into<Failure>>(
    repeat: usize,
    work: impl Fn() -> Result<T, E> + Sync,
) -> Result<(Vec<f64>, T), Failure> {
    let run = || -> Result<(Vec<f64>, T), Failure> {
        let start = Instant::now();
        let result = work().map_err(Into::into)?;
        let calls = (SHORTEST / start.elapsed().as_secs_f64()).ceil().clamp(1.0, 1e4) as usize;
        let mut seconds = Vec::new();
        for _ in 0..repeat {
            let (wall, start) = (Instant::now(), processor_seconds());
            for _ in 0..calls {
                black_box(work().map_err(Into::into)?);
            }
            let processor = processor_seconds().zip(start).map(|(end, start)| end - start);
            let all = processor.unwrap_or_else(|| wall.elapsed().as_secs_f64());
            seconds.push(all / calls as f64);
        }
        Ok((seconds, result))
    };
    rayon::ThreadPoolBuilder::new().num_threads(1).build()?.install(run)
}

/// Seconds of the processor that the present thread has had, where the system tells.
pub(super) fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(1e-9 * nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn one_core_counts_calls_on_one_thread() {
        let calls = AtomicUsize::new(0);
        let work = || -> Result<usize, Failure> {
            let start = Instant::now();
            while start.elapsed().as_secs_f64() < 1e-3 {}
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(rayon::current_num_threads())
        };
        let (seconds, threads) = one_core(2, work).unwrap();
        assert_eq!((seconds.len(), threads), (2, 1));
        // A call is at least a hundredth of the shortest measurement.
        assert!((1 + 2..=1 + 2 * 100).contains(&calls.into_inner()));
        // Of one call, not of all, and a step of the processor's clock.
        assert!(seconds.iter().all(|s| (0.0..0.01).contains(s)), "{seconds:?}");
    }

    #[test]
    fn what_fails_is_not_timed() {
        let failing = || -> Result<(), Failure> { Err("no result".into()) };
        assert_eq!(one_core(1, failing).unwrap_err().to_string(), "no result");
        assert!(seconds_of(failing).is_err());
    }
}
