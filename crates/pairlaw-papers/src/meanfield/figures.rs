//! Figures 2 to 6 of the two-phase paper, as numbers and as plots.

mod charts;
mod line;
mod opinions;
mod plane;
mod sweeps;

use super::cases::Case;
use super::{asked, default_seeds};
use crate::Failure;
use crate::options::ReproduceOptions;
use crate::plan::Plan;
use crate::published::Published;
use crate::results::Figure;
use crate::runner::Runner;
use pairlaw_report::Panel;
use serde_json::Value;

/// Width in px of a panel.
const PANEL: f64 = 340.0;

/// Panels and the numbers that they show.
type Drawn = Result<(Vec<Panel>, Value), Failure>;

/// One of the paper's figures.
struct Picture {
    number: &'static str,
    title: &'static str,
    /// What is to be seen.
    caption: &'static str,
    experiment: &'static str,
    /// Panels side by side.
    columns: usize,
    panels: fn(&Context<'_>) -> Drawn,
}

/// What figures are made with.
struct Context<'a> {
    options: &'a ReproduceOptions,
    runner: &'a Runner,
    published: Published,
}

const PICTURES: [Picture; 5] = [
    Picture {
        number: "2",
        title: "Case A, cubic potential",
        caption: line::CUBIC,
        experiment: "A",
        columns: 2,
        panels: line::cubic,
    },
    Picture {
        number: "3",
        title: "Case A: Wasserstein distance between true and predicted density",
        caption: sweeps::CAPTION,
        experiment: "A",
        columns: 2,
        panels: sweeps::panels,
    },
    Picture {
        number: "4",
        title: "Case B, power-law repulsion and attraction",
        caption: line::POWER_LAW,
        experiment: "B",
        columns: 2,
        panels: line::power_law,
    },
    Picture {
        number: "5",
        title: "Opinion dynamics with discontinuities",
        caption: opinions::CAPTION,
        experiment: "polarization",
        columns: 2,
        panels: opinions::panels,
    },
    Picture {
        number: "6",
        title: "Case D, in the plane",
        caption: plane::CAPTION,
        experiment: "D",
        columns: 3,
        panels: plane::panels,
    },
];

/// Names what is not there, before any work begins.
pub(super) fn check(options: &ReproduceOptions) -> Result<(), Failure> {
    let known = PICTURES.map(|picture| picture.number);
    match options.figure.iter().find(|number| !known.contains(&number.as_str())) {
        Some(number) => {
            Err(format!("meanfield has no figure {number}; it has {}", known.join(", ")).into())
        }
        None => Ok(()),
    }
}

/// Adds the figures asked for; [`check`] first.
pub(super) fn plan<'a>(options: &'a ReproduceOptions, plan: &mut Plan<'a>) {
    let is_asked = |picture: &&Picture| {
        (options.is_everything() || options.figure.iter().any(|number| number == picture.number))
            && !asked(options, &[picture.experiment]).is_empty()
    };
    for picture in PICTURES.iter().filter(is_asked) {
        plan.add(format!("Figure {}", picture.number), move |runner| {
            picture.figure(&Context { options, runner, published: Published::load()? })
        });
    }
}

impl Picture {
    fn figure(&self, context: &Context<'_>) -> Result<Figure, Failure> {
        let (panels, data) = (self.panels)(context)?;
        let drawn = pairlaw_report::Figure {
            title: self.title.to_owned(),
            caption: self.caption.to_owned(),
            width: PANEL * self.columns as f64,
            columns: self.columns,
            panels,
        };
        let id = format!("meanfield.figure{}", self.number);
        Figure::new(id, format!("Figure {}: {}", self.number, self.title), &drawn, data)
    }
}

impl Context<'_> {
    /// A system on a line with the first seed.
    fn line(&self, name: &str) -> Result<Case, Failure> {
        Case::line(name, self.options.seed, self.options)
    }

    /// At most so many seeds, the first ones.
    fn seeds(&self, most: u64) -> Result<std::ops::Range<u64>, Failure> {
        let seeds = self.options.seeds(default_seeds(self.options))?;
        Ok(seeds.start..seeds.end.min(seeds.start + most))
    }
}

/// With six significant digits: finer than any line is drawn.
fn rounded(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return 0.0;
    }
    let scale = 10f64.powi(5 - x.abs().log10().floor() as i32);
    (x * scale).round() / scale
}
