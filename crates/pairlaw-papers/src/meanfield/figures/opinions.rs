//! Figure 5: opinions that polarize or agree, and an influence that jumps.

use super::Context;
use super::charts::{Lines, density_map, largest};
use crate::Failure;
use crate::meanfield::cases::{Case, Mode};
use crate::meanfield::experiment::{REACH, StoredPieces, estimates};
use crate::published::Opinion;
use pairlaw_data::Densities;
use pairlaw_report::{Axis, Chart, Panel, Series};
use serde_json::{Map, Value, json};

pub(super) const CAPTION: &str = "\
    Opinions x on a line that follow φ(r) = f(r) r, where the influence f jumps: first polarization, \
    then consensus, first seed; all numbers are pure. Of each, density over time from the particles \
    (kernel density estimate) and from the mean-field equation, and both at the end; influence f = \
    φ/r in bins of the distance by the weak form, smoothed by a random walk, with a band of two \
    standard errors, where the paper shows a network; size of its jumps from bin to bin; f as \
    learned from densities (PDE), density estimates (SDE, KDE) and particles (SDE, weak form): \
    breakpoints and values.";

/// Systems that are shown.
const SYSTEMS: [&str; 2] = ["polarization", "consensus"];

pub(super) fn panels(context: &Context<'_>) -> Result<(Vec<Panel>, Value), Failure> {
    let (mut panels, mut data) = (Vec::new(), Map::new());
    for name in SYSTEMS {
        let (more, numbers) = system(context, name)?;
        panels.extend(more);
        data.insert(name.into(), numbers);
    }
    Ok((panels, Value::Object(data)))
}

fn system(context: &Context<'_>, name: &str) -> Result<(Vec<Panel>, Value), Failure> {
    let case = context.line(name)?;
    let Case::Line(scenario) = &case else { return Err("opinions live on a line".into()) };
    let truth = context.published.twophase.opinion(name).ok_or("no published truth")?;
    let solved = context.runner.solved(scenario)?;
    let snapshots = context.runner.particles(scenario)?;
    let estimates = estimates(scenario, &snapshots)?;
    let found = context.runner.pieces(&case)?;
    let limit = 0.5 * largest(&solved.densities);
    let binned = found.iter().find(|(mode, _)| *mode == Mode::Weak).map(|(_, pieces)| pieces);
    let binned = binned.ok_or("the weak form was not run")?;
    let (jumps, learned) = (jumps(&found), learned(truth, &found));
    let mut panels = vec![
        density_map(&format!("{name}: density of the particles"), &estimates, limit),
        density_map(
            &format!("{name}: density by the mean-field equation"),
            &solved.densities,
            limit,
        ),
        at_end(&estimates, &solved.densities).panel(),
        bins(truth, binned),
    ];
    panels.extend([&jumps, &learned].map(Lines::panel));
    let modes = found.iter().map(|(mode, pieces)| {
        json!({
            "mode": crate::options::name_of(*mode),
            "binned": pieces.binned,
            "binned_errors": pieces.binned_errors,
            "breakpoints": pieces.breaks,
            "values": pieces.values,
        })
    });
    let data = json!({
        "seed": scenario.seed,
        "reach": REACH,
        "true": { "breakpoints": truth.breakpoints, "values": truth.f },
        "found": modes.collect::<Vec<Value>>(),
    });
    Ok((panels, data))
}

/// Both densities at the last time.
fn at_end(estimates: &Densities<1>, solved: &Densities<1>) -> Lines {
    let line = |densities: &Densities<1>| {
        let last = densities.values().last().map_or(&[][..], |u| u);
        densities.grid().centres(0).into_iter().zip(last.iter().copied()).collect()
    };
    Lines {
        title: "Density at the end".to_owned(),
        x: Axis::linear("position x", ""),
        y: Axis::linear("density u", ""),
        lines: vec![
            ("particles".to_owned(), line(estimates)),
            ("mean-field equation".to_owned(), line(solved)),
        ],
    }
}

/// A function that is constant between breaks, as points of a line.
fn steps(breaks: &[f64], values: &[f64]) -> Vec<(f64, f64)> {
    let ends = [&[0.0], breaks, &[REACH]].concat();
    let piece = |(ends, value): (&[f64], &f64)| [(ends[0], *value), (ends[1], *value)];
    ends.windows(2).zip(values).flat_map(piece).collect()
}

fn centre(bin: usize, n_bins: usize) -> f64 {
    REACH * (bin as f64 + 0.5) / n_bins as f64
}

fn bins(truth: &Opinion, pieces: &StoredPieces) -> Panel {
    let n = pieces.binned.len();
    let values = || pieces.binned.iter().zip(&pieces.binned_errors).enumerate();
    let mut found = Series::line("in bins", 1, values().map(|(k, (f, _))| (centre(k, n), *f)));
    let band =
        |(k, (f, e)): (usize, (&f64, &f64))| (centre(k, n), Some([f - 2.0 * e, f + 2.0 * e]));
    found.band = values().map(band).collect();
    let mut y = Axis::linear("influence f", "");
    y.range = Some([-0.5, 1.5]);
    let truth = Series::line("true", 0, steps(&truth.breakpoints, &truth.f));
    let chart = Chart {
        x: Axis::linear("distance r", ""),
        y,
        series: vec![truth, found],
        ..Chart::default()
    };
    Panel::new("Influence in bins, weak form", chart)
}

fn jumps(found: &[(Mode, StoredPieces)]) -> Lines {
    let line = |pieces: &StoredPieces| {
        let n = pieces.binned.len();
        let jump = |(k, pair): (usize, &[f64])| {
            (REACH * (k + 1) as f64 / n as f64, (pair[1] - pair[0]).abs())
        };
        pieces.binned.windows(2).enumerate().map(jump).collect()
    };
    Lines {
        title: "Jumps between bins".to_owned(),
        x: Axis::linear("distance r", ""),
        y: Axis::linear("|f₊ − f₋|", ""),
        lines: found.iter().map(|(mode, p)| (mode.words().to_owned(), line(p))).collect(),
    }
}

fn learned(truth: &Opinion, found: &[(Mode, StoredPieces)]) -> Lines {
    let mut lines = vec![("true".to_owned(), steps(&truth.breakpoints, &truth.f))];
    lines.extend(
        found.iter().map(|(mode, p)| (mode.words().to_owned(), steps(&p.breaks, &p.values))),
    );
    Lines {
        title: "Influence, breakpoints and values".to_owned(),
        x: Axis::linear("distance r", ""),
        y: Axis::linear("influence f", ""),
        lines,
    }
}
