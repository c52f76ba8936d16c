//! Counts primes in stages: stop it with Ctrl-C, start it again, and it goes on where it was.
#![allow(clippy::print_stdout)] // prints its result

use pairlaw_run::{Failure, Key, Progress, Store, stop_on_interrupt};

const STAGES: u64 = 8;
const LENGTH: u64 = 200_000;

fn main() -> Result<(), Failure> {
    let folder = std::env::temp_dir().join("pairlaw-run-primes");
    let store = Store::open(&folder, &[])?;
    let progress = Progress::new();
    stop_on_interrupt(&progress, &folder)?;
    let mut total = 0;
    for stage in 0..STAGES {
        let numbers = stage * LENGTH..(stage + 1) * LENGTH;
        let key = Key::new("primes", "version 1", &numbers);
        let is_stored = store.contains(&key);
        total += store.product(&key, || Ok(numbers.filter(|n| is_prime(*n)).count()))?;
        progress.tell("primes", stage as usize + 1, STAGES as usize);
        println!("stage {stage}: {}", if is_stored { "was stored" } else { "done" });
    }
    println!("{total} primes below {}", STAGES * LENGTH);
    Ok(())
}

fn is_prime(n: u64) -> bool {
    n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}
