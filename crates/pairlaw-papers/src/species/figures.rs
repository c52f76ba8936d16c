//! Figures 4.1 to 4.10 of the species paper and one of ours, as numbers and as plots.

mod forces;
mod paths;
mod trajectories;
mod velocity_errors;

use super::outcome::Outcome;
use super::scores::Scores;
use super::{classification, experiments, scenario};
use crate::Failure;
use crate::options::{ClassifierName, ReproduceOptions, StartName};
use crate::plan::Plan;
use crate::results::Figure;
use crate::runner::Runner;
use pairlaw::species::SpeciesConfig;
use pairlaw_data::Tracks;
use pairlaw_synth::{Scenario, Species};
use serde_json::{Value, json};

/// Width in px: two panels side by side, still legible when a narrow page shrinks them.
const WIDTH: f64 = 640.0;

/// What a figure shows of its experiments.
#[derive(Clone, Copy)]
enum Contents {
    /// True and learned forces.
    Forces,
    /// Recorded and simulated tracks.
    Trajectories,
    /// Histograms of ΔV in at most so many rounds of the paper's classifier.
    VelocityErrors(usize),
    /// Loss over the threshold λ.
    Paths,
}

/// One of the paper's figures, or one of ours.
#[derive(Clone, Copy)]
struct Picture {
    number: &'static str,
    title: &'static str,
    contents: Contents,
    experiments: &'static [&'static str],
}

const ALL_ROUNDS: usize = usize::MAX;

const PICTURES: [Picture; 11] = [
    Picture {
        number: "4.1",
        title: "Forces of species A, true and learned",
        contents: Contents::Forces,
        experiments: &["A"],
    },
    Picture {
        number: "4.2",
        title: "One species: recorded tracks and those simulated by the learned law",
        contents: Contents::Trajectories,
        experiments: &["A", "B", "C"],
    },
    Picture {
        number: "4.3",
        title: "One species: validation errors",
        contents: Contents::VelocityErrors(1),
        experiments: &["A", "B", "C"],
    },
    Picture {
        number: "4.4",
        title: "Two species: validation errors in the first round",
        contents: Contents::VelocityErrors(1),
        experiments: &["A,C", "B,C"],
    },
    Picture {
        number: "4.5",
        title: "Experiment A,C: true species, and tracks simulated by the species found",
        contents: Contents::Trajectories,
        experiments: &["A,C"],
    },
    Picture {
        number: "4.6",
        title: "Experiment B,C: true species, and tracks simulated by the species found",
        contents: Contents::Trajectories,
        experiments: &["B,C"],
    },
    Picture {
        number: "4.7",
        title: "Experiment A,B (long): validation errors in the first two rounds",
        contents: Contents::VelocityErrors(2),
        experiments: &["A,B (long)"],
    },
    Picture {
        number: "4.8",
        title: "Experiment A,B (long): true species, and tracks simulated by the species found",
        contents: Contents::Trajectories,
        experiments: &["A,B (long)"],
    },
    Picture {
        number: "4.9",
        title: "Experiment A,B,C (long): validation errors in all rounds",
        contents: Contents::VelocityErrors(ALL_ROUNDS),
        experiments: &["A,B,C (long)"],
    },
    Picture {
        number: "4.10",
        title: "Experiment A,B,C (long): true species, and tracks simulated by the species found",
        contents: Contents::Trajectories,
        experiments: &["A,B,C (long)"],
    },
    Picture {
        number: "lambda",
        title: "Loss over the threshold λ",
        contents: Contents::Paths,
        experiments: &["A,B,C"],
    },
];

/// Names what is not there, before any work begins.
pub(super) fn check(options: &ReproduceOptions) -> Result<(), Failure> {
    for number in &options.figure {
        let Some(picture) = PICTURES.iter().find(|picture| picture.number == number) else {
            let known = PICTURES.map(|picture| picture.number).join(", ");
            return Err(format!("species has no figure {number}; it has {known}").into());
        };
        if experiments(options, picture.experiments).is_empty() {
            let (known, asked) = (picture.experiments.join("; "), options.experiment.join("; "));
            return Err(format!("figure {number} has the experiments {known}, not {asked}").into());
        }
    }
    Ok(())
}

/// The figures asked for; all, unless only certain tables, figures or studies are.
fn pictures(options: &ReproduceOptions) -> impl Iterator<Item = &'static Picture> {
    PICTURES.iter().filter(move |picture| {
        (options.is_everything() || options.figure.iter().any(|number| number == picture.number))
            && !experiments(options, picture.experiments).is_empty()
    })
}

/// All that the figures need simulated.
pub(super) fn scenarios(options: &ReproduceOptions) -> Result<Vec<Scenario>, Failure> {
    let names = pictures(options).flat_map(|picture| experiments(options, picture.experiments));
    names.map(|name| chosen(options, name)).collect()
}

/// An experiment with the first of the seeds, starts and directions that the options give.
fn chosen(options: &ReproduceOptions, name: &str) -> Result<Scenario, Failure> {
    let start = options.start.first().copied().unwrap_or(StartName::Printed);
    let mut scenario = scenario(options, name, options.seed, start)?;
    if let Some(direction) = options.direction.first() {
        scenario.direction = direction.value();
    }
    Ok(scenario)
}

/// Adds the figures asked for; [`check`] first.
pub(super) fn plan<'a>(options: &'a ReproduceOptions, plan: &mut Plan<'a>) {
    for picture in pictures(options) {
        let name = format!("Figure {}", picture.number);
        plan.add(name, move |runner| picture.figure(options, runner));
    }
}

impl Picture {
    fn figure(&self, options: &ReproduceOptions, runner: &Runner) -> Result<Figure, Failure> {
        let classifiers = match self.contents {
            Contents::Forces => &[ClassifierName::Mixture][..],
            Contents::Trajectories | Contents::VelocityErrors(_) => &[ClassifierName::Paper],
            Contents::Paths => &[ClassifierName::Paper, ClassifierName::Mixture],
        };
        let (mut panels, mut data) = (Vec::new(), Vec::new());
        for name in experiments(options, self.experiments) {
            for &classifier in classifiers {
                let found = Found::new(chosen(options, name)?, classifier, options, runner)?;
                let (more, numbers) = match self.contents {
                    Contents::Forces => forces::panels(&found)?,
                    Contents::Trajectories => trajectories::panels(&found, runner)?,
                    Contents::VelocityErrors(most) => velocity_errors::panels(&found, most)?,
                    Contents::Paths => paths::panels(&found)?,
                };
                panels.extend(more);
                data.push(numbers);
            }
        }
        let drawn = pairlaw_report::Figure {
            title: self.title.to_owned(),
            caption: self.caption().to_owned(),
            width: WIDTH,
            columns: 2,
            panels,
        };
        let title = match self.contents {
            Contents::Paths => self.title.to_owned(),
            _ => format!("Figure {}: {}", self.number, self.title),
        };
        let id = format!("species.figure{}", self.number);
        Figure::new(id, title, &drawn, json!({ "experiments": data }))
    }

    fn caption(&self) -> &'static str {
        match self.contents {
            Contents::Forces => forces::CAPTION,
            Contents::Trajectories => trajectories::CAPTION,
            Contents::VelocityErrors(_) => velocity_errors::CAPTION,
            Contents::Paths => paths::CAPTION,
        }
    }
}

/// What a classifier found in an experiment.
struct Found {
    scenario: Scenario,
    tracks: Tracks<2>,
    config: SpeciesConfig,
    outcome: Outcome,
    scores: Scores,
}

impl Found {
    fn new(
        scenario: Scenario,
        classifier: ClassifierName,
        options: &ReproduceOptions,
        runner: &Runner,
    ) -> Result<Self, Failure> {
        let recording = runner.recording(&scenario)?;
        let config = classification::config(&scenario, options);
        let name = scenario.name();
        let outcome =
            runner.classify(classifier, &name, &recording, &config, &Default::default())?;
        let scores = Scores::new(&scenario, &outcome)?;
        Ok(Self { scenario, tracks: recording.tracks, config, outcome, scores })
    }

    /// What every figure says of its experiment, with the numbers that it shows.
    fn data(&self, shown: Value) -> Value {
        let mut data = json!({
            "experiment": self.scenario.name(),
            "n_cells": self.scenario.n_cells,
            "n_samples": self.scenario.n_samples,
            "seed": self.scenario.seed,
        });
        if let (Some(data), Value::Object(shown)) = (data.as_object_mut(), shown) {
            data.extend(shown);
        }
        data
    }
}

/// How a species looks in every figure.
fn class(species: Species) -> usize {
    match species {
        Species::A => 0,
        Species::B => 1,
        Species::C => 2,
    }
}

/// The class of what belongs to no species.
const BLACK: usize = 6;

/// With six decimals: finer than any line is drawn.
fn rounded(x: f64) -> f64 {
    (1e6 * x).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> ReproduceOptions {
        ReproduceOptions::parsed(&format!("species {line}"))
    }

    fn numbers(line: &str) -> Vec<&'static str> {
        pictures(&options(line)).map(|picture| picture.number).collect()
    }

    #[test]
    fn figures_are_all_or_those_asked_for() {
        assert_eq!(numbers("").len(), 11);
        assert_eq!(numbers("--figure 4.10 --figure 4.4"), ["4.4", "4.10"]);
        assert_eq!(numbers("--experiment A"), ["4.1", "4.2", "4.3"]);
        assert!(numbers("--table 2").is_empty() && numbers("--study noise").is_empty());
        assert_eq!(scenarios(&options("--figure 4.4")).unwrap().len(), 2);
    }

    #[test]
    fn unknown_figures_and_experiments_are_refused_with_the_known_ones() {
        let error = |line: &str| check(&options(line)).unwrap_err().to_string();
        assert!(
            error("--figure 4.11")
                .ends_with("it has 4.1, 4.2, 4.3, 4.4, 4.5, 4.6, 4.7, 4.8, 4.9, 4.10, lambda")
        );
        assert_eq!(
            error("--figure 4.4 --experiment A"),
            "figure 4.4 has the experiments A,C; B,C, not A"
        );
        check(&options("--figure 4.4 --experiment A,C")).unwrap();
    }

    #[test]
    fn forces_tracks_and_errors_of_a_small_experiment_are_drawn() {
        let out = tempfile::tempdir().unwrap();
        let runner = Runner::open(out.path()).unwrap();
        let mut all = Vec::new();
        for picture in [&PICTURES[..3], &PICTURES[10..]].concat() {
            let mut scenario = Scenario::named("A", 1).unwrap();
            scenario.n_cells = 40;
            let classifier = ClassifierName::Paper;
            let found = Found::new(scenario, classifier, &options(""), &runner).unwrap();
            let (panels, data) = match picture.contents {
                Contents::Forces => forces::panels(&found).unwrap(),
                Contents::Trajectories => trajectories::panels(&found, &runner).unwrap(),
                Contents::VelocityErrors(most) => velocity_errors::panels(&found, most).unwrap(),
                Contents::Paths => paths::panels(&found).unwrap(),
            };
            assert_eq!(data["experiment"], "A");
            all.push((panels.len(), data));
        }
        assert_eq!([all[0].0, all[1].0, all[2].0, all[3].0], [6, 1, 1, 1]);
        assert_eq!(all[3].1["path"]["loss"].as_array().unwrap().len(), 64);
        let rings = all[0].1["attraction_repulsion"]["learned"].as_array().unwrap();
        assert!(!rings.is_empty());
        let cells = all[1].1["cells"].as_array().unwrap();
        assert_eq!(cells.len(), trajectories::MOST_SHOWN);
        assert_eq!(cells[0]["recorded"].as_array().unwrap().len(), 50);
        let counts = all[2].1["rounds"][0]["counts"]["A"].as_array().unwrap();
        assert!((counts.iter().filter_map(Value::as_f64).sum::<f64>() - 40.0).abs() < 1e-9);
    }
}
