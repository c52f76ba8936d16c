//! Figures 1 to 3 of the recurrent paper, as numbers and as plots.

mod configurations;
mod density;
mod heart;
mod losses;
mod pair_plot;
mod triangle;

use super::asked;
use super::cases::Goal;
use crate::Failure;
use crate::options::{ReproduceOptions, name_of};
use crate::plan::Plan;
use crate::results::Figure;
use crate::runner::Runner;
use pairlaw_report::Panel;
use serde_json::Value;

/// Panels and the numbers that they show.
type Drawn = Result<(Vec<Panel>, Value), Failure>;

/// One of the paper's figures, or one of ours beside it.
struct Picture {
    number: &'static str,
    /// What follows the number in the name of one of ours.
    part: &'static str,
    title: &'static str,
    /// What is to be seen.
    caption: &'static str,
    /// It is made if one of these is asked for; those of Table 1 if empty.
    experiments: &'static [&'static str],
    /// Panels side by side, and the width in px of one.
    columns: usize,
    width: f64,
    panels: fn(&Context<'_>) -> Drawn,
}

/// What figures are made with.
struct Context<'a> {
    options: &'a ReproduceOptions,
    runner: &'a Runner,
}

const PICTURES: [Picture; 6] = [
    Picture {
        number: "1",
        part: "",
        title: "Cells that form a triangle",
        caption: triangle::CAPTION,
        experiments: &["triangle"],
        columns: 2,
        width: 420.0,
        panels: triangle::panels,
    },
    Picture {
        number: "1",
        part: "-losses",
        title: "Loss of every row of Table 1",
        caption: losses::CAPTION,
        experiments: &[],
        columns: 2,
        width: 440.0,
        panels: losses::panels,
    },
    Picture {
        number: "1",
        part: "-paper",
        title: "Final configurations with the paper's settings",
        caption: configurations::CAPTION,
        experiments: &[],
        columns: 4,
        width: 320.0,
        panels: configurations::paper,
    },
    Picture {
        number: "1",
        part: "-ours",
        title: "Final configurations with our recipes",
        caption: configurations::CAPTION,
        experiments: &[],
        columns: 4,
        width: 320.0,
        panels: configurations::ours,
    },
    Picture {
        number: "2",
        part: "",
        title: "Heart development, a stand-in",
        caption: heart::CAPTION,
        experiments: &["heart"],
        columns: 2,
        width: 420.0,
        panels: heart::panels,
    },
    Picture {
        number: "3",
        part: "",
        title: "Learned parameters of the stand-in and of one population",
        caption: pair_plot::CAPTION,
        experiments: &["heart", "controls"],
        columns: 4,
        width: 300.0,
        panels: pair_plot::panels,
    },
];

/// Names what is not there, before any work begins.
pub(super) fn check(options: &ReproduceOptions) -> Result<(), Failure> {
    let is_known =
        |number: &&String| PICTURES.iter().any(|picture| picture.number == number.as_str());
    match options.figure.iter().find(|number| !is_known(number)) {
        Some(number) => {
            let mut known = PICTURES.map(|picture| picture.number).to_vec();
            known.dedup();
            Err(format!("potentials has no figure {number}; it has {}", known.join(", ")).into())
        }
        None => Ok(()),
    }
}

/// Adds the figures asked for; [`check`] first.
pub(super) fn plan<'a>(options: &'a ReproduceOptions, plan: &mut Plan<'a>) {
    for picture in PICTURES.iter().filter(|picture| picture.is_asked(options)) {
        let name = format!("Figure {}{}", picture.number, picture.part);
        plan.add(name, move |runner| picture.figure(&Context { options, runner }));
    }
}

impl Picture {
    fn is_asked(&self, options: &ReproduceOptions) -> bool {
        let goals = Goal::ALL.map(name_of);
        let of_table = goals.each_ref().map(String::as_str);
        let experiments = if self.experiments.is_empty() { &of_table } else { self.experiments };
        (options.is_everything() || options.figure.iter().any(|number| number == self.number))
            && !asked(options, experiments).is_empty()
    }

    fn figure(&self, context: &Context<'_>) -> Result<Figure, Failure> {
        let (panels, data) = (self.panels)(context)?;
        let drawn = pairlaw_report::Figure {
            title: self.title.to_owned(),
            caption: self.caption.to_owned(),
            width: self.width * self.columns as f64,
            columns: self.columns,
            panels,
        };
        let id = format!("potentials.figure{}{}", self.number, self.part);
        Figure::new(id, format!("Figure {}: {}", self.number, self.title), &drawn, data)
    }
}

/// With so many significant digits: as fine as is drawn.
fn rounded(x: f64, digits: i32) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return 0.0;
    }
    let scale = 10f64.powi(digits - 1 - x.abs().log10().floor() as i32);
    (x * scale).round() / scale
}
