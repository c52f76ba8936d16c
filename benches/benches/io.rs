//! Time of 50,000 rows of text: into a table, from a table into tracks, and written; throughput is in
//! rows.
#![allow(missing_docs)] // the macros of criterion make undocumented items

use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;

use benches::quick;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pairlaw_io::{ReadOptions, TrackOptions, parse_table, write_csv};

const N_INDIVIDUALS: usize = 100;
const N_FRAMES: usize = 500;

/// Rows frame by frame, as most trackers write them, with all digits of a double.
fn text() -> String {
    let mut text = "ID,t,y,x\n".to_owned();
    for frame in 0..N_FRAMES {
        for id in 0..N_INDIVIDUALS {
            let angle = 0.01 * frame as f64 + id as f64;
            let [x, y] = [1000.0 * angle.cos(), 1000.0 * angle.sin()];
            writeln!(text, "{id}.0,{frame}.0,{y:?},{x:?}").expect("strings grow");
        }
    }
    text
}

fn csv(c: &mut Criterion) {
    let (text, path, options) = (text(), Path::new("made up"), ReadOptions::default());
    let read = || parse_table(black_box(text.as_bytes()), path, &options).expect("sound rows");
    let table = read();
    let tracks = || table.tracks::<2>(&TrackOptions::default()).expect("even times");
    let written = std::env::temp_dir().join(format!("pairlaw-bench-{}.csv", std::process::id()));
    let mut group = c.benchmark_group("io/50000 rows of text");
    group.throughput(Throughput::Elements((N_INDIVIDUALS * N_FRAMES) as u64));
    group.bench_function("table", |b| b.iter(read));
    group.bench_function("tracks", |b| b.iter(tracks));
    let tracks = tracks();
    group.bench_function("written", |b| b.iter(|| write_csv(&tracks, &written)));
    group.finish();
    std::fs::remove_file(written).expect("it was written");
}

criterion_group! { name = io; config = quick(); targets = csv }
criterion_main!(io);
