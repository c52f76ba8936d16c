//! Figure 2: errors over time of fits of heart development, and what they simulate.

use super::{Context, Drawn, rounded};
use crate::Failure;
use crate::options::name_of;
use crate::potentials::heart::{
    Case, EARLY_FRAMES, FRAMES, Recording, Sharing, StoredTracks, seeds,
};
use pairlaw::potentials::FrameErrors;
use pairlaw_report::{
    Axis, Chart, Panel, Quantity, Series, Trajectories, TrajectoryGroup, VerticalLine,
};
use serde_json::{Value, json};

pub(super) const CAPTION: &str = "\
    A made-up stand-in for the tracks of heart development, which are not public: a ring of 150 \
    cells becomes a cone. (a) Mean distance of simulated cells from their tracks where all frames \
    are fitted, mean over the seeds with least and most: it grows with individual parameters (one \
    set a cell) and stays small with mutual ones (one set a pair), as in the paper. (b) The same \
    where only the frames up to the vertical line are fitted, which the paper does not show: beyond \
    it mutual parameters, too, are no better than everybody's last velocity. (c) to (f) True (black) \
    and simulated (dashed) trajectories of the first seed, all frames fitted, from above and from \
    the side. Lengths are in radii of the ring.";

/// Colour of each kind of parameters, and of constant velocity.
const CLASSES: [usize; 2] = [1, 0];
const STRAIGHT: usize = 2;
/// Black.
const TRUE: usize = 6;

pub(super) fn panels(context: &Context<'_>) -> Drawn {
    let (all, early) = (fits(context, FRAMES)?, fits(context, EARLY_FRAMES)?);
    let mut panels = vec![fitted(&all), held_out(&early)];
    for (letter, ((sharing, fits), view)) in ["c", "d", "e", "f"]
        .into_iter()
        .zip(all.iter().flat_map(|group| [(group, [0, 1]), (group, [0, 2])]))
    {
        panels.push(trajectories(letter, *sharing, &fits[0], view));
    }
    let data = json!({ "all_fitted": numbers(&all), "held_out": numbers(&early) });
    Ok((panels, data))
}

/// Fits of one kind of parameters, one a seed.
type Group = (Sharing, Vec<StoredTracks>);

fn fits(context: &Context<'_>, n_fitted: usize) -> Result<Vec<Group>, Failure> {
    let of = |sharing| {
        let case = |seed| Case { recording: Recording::Heart, sharing, n_fitted, seed };
        let cases = seeds(context.options)?.map(case).collect();
        let found = context.runner.all_tracks(cases, context.options)?;
        Ok((sharing, found.into_iter().map(|run| run.1).collect()))
    };
    Sharing::ALL.into_iter().map(of).collect()
}

/// Mean over the seeds of an error in each frame, with least and most.
fn curve(
    label: String,
    class: usize,
    fits: &[StoredTracks],
    error: impl Fn(&FrameErrors) -> f64,
) -> Series {
    let n_frames = fits[0].errors.len();
    let at = |k: usize| -> (f64, Vec<f64>) {
        (fits[0].errors[k].time, fits.iter().map(|fit| error(&fit.errors[k])).collect())
    };
    let shown = |x: f64| Some(x).filter(|x| x.is_finite());
    let mut series = Series::line(label, class, []);
    series.mark = pairlaw_report::Mark::LineAndMarkers;
    for (time, errors) in (0..n_frames).map(at) {
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
        let most = errors.iter().copied().fold(0.0, f64::max);
        series.points.push((time, shown(mean)));
        series.band.push((time, shown(mean).map(|_| [least, most])));
    }
    series
}

fn chart(series: Vec<Series>) -> Chart {
    Chart {
        x: Axis::linear("time after fertilization", "h"),
        y: Axis::linear("mean distance from the tracks", "radii of the ring"),
        series,
        ..Chart::default()
    }
}

fn fitted(groups: &[Group]) -> Panel {
    let series = groups.iter().zip(CLASSES).map(|((sharing, fits), class)| {
        curve(name_of(*sharing), class, fits, |errors| errors.simulated)
    });
    Panel::new("(a) All frames fitted", chart(series.collect()))
}

fn held_out(groups: &[Group]) -> Panel {
    let mut series: Vec<Series> = groups
        .iter()
        .zip(CLASSES)
        .map(|((sharing, fits), class)| {
            curve(name_of(*sharing), class, fits, |errors| errors.simulated)
        })
        .collect();
    let beyond = |errors: &FrameErrors| {
        if errors.fitted { f64::NAN } else { errors.constant_velocity }
    };
    // The fits of one kind of parameters: the tracks are the same.
    series.push(curve("constant velocity".to_owned(), STRAIGHT, &groups[0].1, beyond));
    let mut chart = chart(series);
    let last = groups[0].1[0].errors.iter().rfind(|errors| errors.fitted);
    chart.vertical_lines.extend(last.map(|errors| VerticalLine {
        label: "last fitted frame".to_owned(),
        class: TRUE,
        x: errors.time,
    }));
    Panel::new("(b) Last three frames held out", chart)
}

/// Tracks on the plane of two axes.
fn trajectories(
    letter: &str,
    sharing: Sharing,
    fit: &StoredTracks,
    [across, up]: [usize; 2],
) -> Panel {
    let group = |label: &str, class, dashed, frames: &[Vec<[f64; 3]>]| {
        let path = |cell: usize| frames.iter().map(|x| [x[cell][across], x[cell][up]]).collect();
        TrajectoryGroup {
            label: label.to_owned(),
            class,
            dashed,
            starts: false,
            polylines: (0..frames[0].len()).map(path).collect(),
        }
    };
    let axis = |k: usize| Quantity::new(["x", "y", "z"][k], "radii of the ring");
    let class = CLASSES[usize::from(sharing == Sharing::Mutual)];
    let plot = Trajectories {
        x: axis(across),
        y: axis(up),
        groups: vec![
            group("true", TRUE, false, &fit.tracked),
            group("simulated", class, true, &fit.simulated),
        ],
    };
    let side = if up == 1 { "from above" } else { "from the side" };
    Panel::new(format!("({letter}) {} parameters, {side}", name_of(sharing)), plot)
}

fn numbers(groups: &[Group]) -> Value {
    let frame = |errors: &FrameErrors| {
        let of = |x: f64| rounded(x, 6);
        json!({
            "time": of(errors.time),
            "held_out": !errors.fitted,
            "simulated": of(errors.simulated),
            "constant_velocity": of(errors.constant_velocity),
        })
    };
    let fit = |fit: &StoredTracks| fit.errors.iter().map(frame).collect::<Vec<_>>();
    let group = |(sharing, fits): &Group| {
        json!({
            "parameters": name_of(*sharing),
            "seeds": fits.iter().map(fit).collect::<Vec<_>>(),
        })
    };
    groups.iter().map(group).collect()
}
