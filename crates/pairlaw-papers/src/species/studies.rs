//! Studies beyond the paper: its open alternatives, noise, length of the record, scaling.

mod figures;

use super::experiment::{Recording, Rules};
use super::outcome::Outcome;
use super::scores::Scores;
use super::{classification, scenario, uncertainty};
use crate::Failure;
use crate::options::{ClassifierName, ReproduceOptions, StartName, StudyName, name_of};
use crate::plan::Made;
use crate::results::{Table, peak_memory};
use crate::runner::Runner;
use pairlaw::species::{
    Aggregate, CodeBy, FarField, FocalCells, SequentialConfig, Sparsity, SpeciesConfig,
    SpeciesError,
};
use pairlaw_synth::{Scenario, add_noise};
use pairlaw_weak::{
    TestFunction, VelocityEstimate, choose_test_function, choose_velocity_estimate,
    estimate_velocities,
};
use serde_json::{Value, json};

/// Makes the study's table.
pub(crate) fn made(
    study: StudyName,
    options: &ReproduceOptions,
    runner: &Runner,
) -> Result<Made, Failure> {
    let table = match study {
        StudyName::Ablation => ablation(options, runner)?,
        StudyName::Noise => noise(options, runner)?,
        StudyName::Samples => samples(options, runner)?,
        StudyName::Scaling => scaling(options, runner)?,
        StudyName::Uncertainty => uncertainty::table(options, runner)?,
    };
    let figures = figures::of(study, &table)?.into_iter().collect();
    Ok(Made { tables: vec![table], figures })
}

/// What the columns of most studies are.
const WORST: &str = "Force errors Δf and ΔV are the worst of the species' clusters; CS: share of a true \
    species in the cluster that holds its largest share; ARI: adjusted Rand index; codes: species whose \
    force modes are exactly right.";

const BOTH: [ClassifierName; 2] = [ClassifierName::Paper, ClassifierName::Mixture];

/// One classification in a study.
struct Trial {
    /// What distinguishes it: name and value of each varied quantity.
    varied: Vec<(&'static str, Value)>,
    classifier: ClassifierName,
    scenario: Scenario,
    recording: Recording,
    config: SpeciesConfig,
    rules: Rules,
}

/// Largest force errors over the species' clusters, by force.
type WorstForces = [Option<f64>; 3];

impl Trial {
    fn run(&self, runner: &Runner) -> Result<(Outcome, Scores), Failure> {
        let name = format!("{}, {}", self.scenario.name(), self.label());
        let outcome =
            runner.classify(self.classifier, &name, &self.recording, &self.config, &self.rules)?;
        let scores = Scores::new(&self.scenario, &outcome)?;
        Ok((outcome, scores))
    }

    fn label(&self) -> String {
        let text = |(name, value): &(&str, Value)| match value {
            Value::String(text) => text.clone(),
            value => format!("{name} {value}"),
        };
        self.varied.iter().map(text).collect::<Vec<_>>().join(", ")
    }

    /// Runs it; a printed line and a row. That nothing can be learned is a result of the study, too.
    fn add_to(&self, table: &mut Table, runner: &Runner) -> Result<(), Failure> {
        match self.run(runner) {
            Ok((outcome, scores)) => self.add_scores(table, &outcome, &scores),
            Err(failure) => match failure.downcast_ref::<SpeciesError>() {
                Some(reason) => self.add_failure(table, reason),
                None => return Err(failure),
            },
        }
        Ok(())
    }

    fn add_scores(&self, table: &mut Table, outcome: &Outcome, scores: &Scores) {
        let matched: Vec<usize> = scores.cluster_of_species.iter().flatten().copied().collect();
        let shares: Vec<f64> = (scores.cluster_of_species.iter().enumerate())
            .map(|(species, k)| k.map_or(0.0, |k| scores.clusters[k].success[species]))
            .collect();
        let worst = worst_forces(scores, &matched);
        let errors = matched.iter().filter_map(|k| scores.clusters[*k].velocity_error);
        let velocity_error = errors.max_by(f64::total_cmp);
        let codes = matched.iter().filter(|k| {
            let cluster = &scores.clusters[**k];
            cluster.law.modes() == self.scenario.laws()[cluster.species].modes()
        });
        let exact_codes = codes.count();
        let mut line: Vec<String> = self.varied.iter().map(|(_, value)| plain(value)).collect();
        line.push(name_of(self.classifier));
        line.push(outcome.clusters.len().to_string());
        line.extend(shares.iter().map(|share| format!("{share:.3}")));
        line.push(format!("{:.3}", scores.adjusted_rand_index));
        line.push(format!("{exact_codes}/{}", shares.len()));
        line.extend(worst.map(classification::number));
        line.push(classification::number(velocity_error));
        line.push(outcome.undetermined.len().to_string());
        table.lines.push(line);
        let success: Value = (self.scenario.species.iter().zip(&shares))
            .map(|(species, share)| (species.name().to_owned(), json!(share)))
            .collect();
        let [attraction_repulsion, alignment, drag99] = worst;
        let mut row = json!({
            "experiment": self.scenario.name(),
            "classifier": name_of(self.classifier),
            "n_cells": self.scenario.n_cells,
            "n_samples": self.recording.tracks.n_frames(),
            "seed": self.scenario.seed,
            "species_found": outcome.clusters.len(),
            "classification_success": success,
            "purity": scores.purity,
            "adjusted_rand_index": scores.adjusted_rand_index,
            "exact_codes": exact_codes,
            "force_error": {
                "attraction_repulsion": attraction_repulsion,
                "alignment": alignment,
                "drag99": drag99,
            },
            "velocity_error": velocity_error,
            "undetermined": outcome.undetermined.len(),
        });
        if let Some(row) = row.as_object_mut() {
            row.extend(self.varied.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        table.rows.push(row);
    }

    fn add_failure(&self, table: &mut Table, reason: &SpeciesError) {
        let mut line: Vec<String> = self.varied.iter().map(|(_, value)| plain(value)).collect();
        line.push(name_of(self.classifier));
        line.push(reason.to_string());
        line.resize(table.header.len(), String::new());
        table.lines.push(line);
        let mut row = json!({
            "classifier": name_of(self.classifier),
            "error": reason.to_string(),
        });
        if let Some(row) = row.as_object_mut() {
            row.extend(self.varied.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        table.rows.push(row);
    }
}

fn worst_forces(scores: &Scores, clusters: &[usize]) -> WorstForces {
    let worst = |force: &dyn Fn(usize) -> Option<f64>| {
        clusters.iter().filter_map(|k| force(*k)).max_by(f64::total_cmp)
    };
    [
        worst(&|k| scores.clusters[k].forces.attraction_repulsion),
        worst(&|k| scores.clusters[k].forces.alignment),
        worst(&|k| scores.clusters[k].forces.drag99),
    ]
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The header of a study: what is varied, then what was found.
fn header(varied: &[&str], scenario: &Scenario) -> Vec<String> {
    let shares = scenario.species.iter().map(|species| format!("CS({})", species.name()));
    let before = varied.iter().copied().chain(["classifier", "species"]).map(str::to_owned);
    let after = ["ARI", "codes", "Δf_a-r", "Δf_align", "drag99", "ΔV", "undetermined"];
    before.chain(shares).chain(after.map(str::to_owned)).collect()
}

/// The paper's open alternatives, one at a time, on A,B,C.
fn ablation(options: &ReproduceOptions, runner: &Runner) -> Result<Table, Failure> {
    let scenario = scenario(options, "A,B,C", options.seed, StartName::Printed)?;
    let recording = runner.recording(&scenario)?;
    let base = classification::config(&scenario, options);
    let n_focal = scenario.n_cells / 5;
    let rules = Rules::default();
    let with_rules = |sequential: SequentialConfig| Rules { sequential, ..Rules::default() };
    let paper = SequentialConfig::default;
    let config = |change: &dyn Fn(&mut SpeciesConfig)| {
        let mut config = base.clone();
        change(&mut config);
        config
    };
    let far_field = config(&|c| c.far_field = FarField::NearFields(50.0));
    let order4 = config(&|c| c.velocity = VelocityEstimate::Centred4);
    let modes = config(&|c| c.sparsity = Sparsity::Modes);
    let half = config(&|c| c.path.fit_share = 0.5);
    let focal = config(&|c| c.focal = FocalCells::Random { n: n_focal, seed: options.seed });
    let (sequential, mixture) = (ClassifierName::Paper, ClassifierName::Mixture);
    let variants: Vec<(&str, ClassifierName, SpeciesConfig, Rules)> = vec![
        ("default", sequential, base.clone(), rules.clone()),
        ("one focal cell in five", sequential, focal, rules.clone()),
        (
            "median",
            sequential,
            base.clone(),
            with_rules(SequentialConfig { aggregate: Aggregate::Median, ..paper() }),
        ),
        (
            "mean weighted by 1/ΔV²",
            sequential,
            base.clone(),
            with_rules(SequentialConfig { aggregate: Aggregate::Weighted, ..paper() }),
        ),
        (
            "codes by forces",
            sequential,
            base.clone(),
            with_rules(SequentialConfig { code: CodeBy::Forces, ..paper() }),
        ),
        (
            "codes by terms",
            sequential,
            base.clone(),
            with_rules(SequentialConfig { code: CodeBy::Terms, ..paper() }),
        ),
        ("group sparsity", sequential, modes.clone(), rules.clone()),
        ("r_ff = 50 r_nf", sequential, far_field.clone(), rules.clone()),
        ("velocities of order 4", sequential, order4.clone(), rules.clone()),
        ("α = .5", sequential, half, rules.clone()),
        (
            "BIC margin 10, species of 5 cells or more",
            sequential,
            base.clone(),
            with_rules(SequentialConfig::cautious()),
        ),
        ("default", mixture, base.clone(), rules.clone()),
        ("group sparsity", mixture, modes, rules.clone()),
        ("r_ff = 50 r_nf", mixture, far_field, rules.clone()),
        ("velocities of order 4", mixture, order4, rules),
    ];
    let mut table = Table::new(
        "species.study.ablation",
        "Study: the paper's open alternatives, one at a time, on A,B,C",
    );
    table.caption = WORST.to_owned();
    table.header = header(&["variant"], &scenario);
    for (variant, classifier, config, rules) in variants {
        let varied = vec![("variant", json!(variant))];
        let (scenario, recording) = (scenario.clone(), recording.clone());
        let trial = Trial { varied, classifier, scenario, recording, config, rules };
        trial.add_to(&mut table, runner)?;
    }
    Ok(table)
}

/// Adds what both classifiers find by their default rules.
fn add_both(
    table: &mut Table,
    runner: &Runner,
    varied: &[(&'static str, Value)],
    (scenario, recording, config): (&Scenario, &Recording, &SpeciesConfig),
) -> Result<(), Failure> {
    for classifier in BOTH {
        let trial = Trial {
            varied: varied.to_vec(),
            classifier,
            scenario: scenario.clone(),
            recording: recording.clone(),
            config: config.clone(),
            rules: Rules::default(),
        };
        trial.add_to(table, runner)?;
    }
    Ok(())
}

/// Cells of the noise study.
const NOISY_CELLS: usize = 300;

/// Measurement noise as a share of the rms position, and intrinsic noise σ, on A,B.
fn noise(options: &ReproduceOptions, runner: &Runner) -> Result<Table, Failure> {
    let mut base = scenario(options, "A,B", options.seed, StartName::Printed)?;
    base.n_cells = base.n_cells.min(NOISY_CELLS);
    let mut table = Table::new("species.study.noise", "Study: noise on A,B");
    table.caption = format!(
        "Measurement noise relative to the rms position, and intrinsic noise σ of the accelerations; which velocities are estimated and how noisy they are is read off the tracks themselves. {WORST}"
    );
    let varied = ["measurement noise", "intrinsic noise", "velocities", "estimated σ"];
    table.header = header(&varied, &base);
    let measured = [0.0, 1e-3, 3e-3, 1e-2, 2e-2].map(|fraction| (fraction, 0.0));
    let intrinsic = [1e-5, 1e-4, 1e-3].map(|sigma| (0.0, sigma));
    let scenarios = intrinsic.map(|(_, sigma)| Scenario { noise: sigma, ..base.clone() });
    runner.simulate_all(&[&[base.clone()][..], &scenarios].concat())?;
    for (fraction, sigma) in measured.into_iter().chain(intrinsic) {
        let scenario = Scenario { noise: sigma, ..base.clone() };
        let clean = runner.recording(&scenario)?;
        let recording = Recording {
            tracks: add_noise(&clean.tracks, fraction, options.seed)?,
            key: clean.key.then("noise", "", &(fraction, options.seed)),
            ..clean
        };
        let mut config = classification::config(&scenario, options);
        // The data say how noisy they are.
        let choice = choose_velocity_estimate(&recording.tracks)?;
        (config.velocity, config.noise) = (choice.velocity, choice.noise);
        let varied = vec![
            ("measurement_noise", json!(fraction)),
            ("intrinsic_noise", json!(sigma)),
            ("velocities", json!(format!("{:?}", config.velocity))),
            ("estimated_noise", json!(config.noise)),
        ];
        add_both(&mut table, runner, &varied, (&scenario, &recording, &config))?;
    }
    Ok(table)
}

/// Samples of the length study.
const LENGTHS: [usize; 7] = [60, 80, 100, 150, 200, 300, 400];

/// The first samples of A,B (long).
fn samples(options: &ReproduceOptions, runner: &Runner) -> Result<Table, Failure> {
    let long = scenario(options, "A,B (long)", options.seed, StartName::Printed)?;
    let mut table = Table::new("species.study.samples", "Study: length of the record on A,B");
    table.caption = format!(
        "The first L samples of A,B (long); m is the half-width of the test functions. {WORST}"
    );
    table.header = header(&["samples", "m", "m from"], &long);
    for n_samples in LENGTHS {
        let scenario = Scenario { n_samples, ..long.clone() };
        let recording = runner.recording(&scenario)?;
        let mut config = classification::config(&scenario, options);
        let with_velocities = estimate_velocities(&recording.tracks, config.velocity)?;
        let (test_function, chosen) = match choose_test_function(&with_velocities) {
            Ok(width) => (width.test_function, "change point"),
            // The record is too short for the rule.
            Err(_) => (TestFunction { half_width: n_samples / 5, degree: 9 }, "L/5"),
        };
        config.test_function = Some(test_function);
        let varied = vec![
            ("samples", json!(n_samples)),
            ("m", json!(test_function.half_width)),
            ("m_from", json!(chosen)),
        ];
        add_both(&mut table, runner, &varied, (&scenario, &recording, &config))?;
    }
    Ok(table)
}

/// Cells of the scaling study; `--quick` leaves out the two largest.
const SIZES: [usize; 5] = [250, 500, 1000, 2000, 4000];

/// Seconds and memory against the number of cells, on A,C, whose recordings are short.
fn scaling(options: &ReproduceOptions, runner: &Runner) -> Result<Table, Failure> {
    let sizes = if options.quick { &SIZES[..3] } else { &SIZES[..] };
    let base = scenario(options, "A,C", options.seed, StartName::Printed)?;
    let sized = |&n_cells: &usize| Scenario { n_cells, ..base.clone() };
    let scenarios: Vec<Scenario> = sizes.iter().map(sized).collect();
    runner.simulate_all(&scenarios)?;
    let stages = ["simulate", "learn", "replace", "classify", "mixture"];
    let mut table = Table::new(
        "species.study.scaling",
        "Study: seconds and memory against the number of cells, on A,C",
    );
    table.caption =
        "Stages taken from the cache: as measured when they were made. Last line: exponents of \
        a power law in the number of cells."
            .to_owned();
    table.header =
        [&["cells".to_owned()][..], &stages.map(str::to_owned), &["memory / GB".to_owned()]]
            .concat();
    let mut seconds: Vec<Vec<f64>> = Vec::new();
    for scenario in &scenarios {
        let recording = runner.recording(scenario)?;
        let config = classification::config(scenario, options);
        let mut found = Vec::new();
        for classifier in BOTH {
            let name = format!("{} of {}", scenario.name(), scenario.n_cells);
            let rules = Rules::default();
            found.extend(runner.classify(classifier, &name, &recording, &config, &rules)?.seconds);
        }
        let of_stage = |stage: &&str| {
            let of_stage = found.iter().find(|(name, _)| name == stage);
            of_stage.and_then(|(_, seconds)| *seconds).unwrap_or(f64::NAN)
        };
        let stage_seconds: Vec<f64> = stages.iter().map(of_stage).collect();
        let memory = peak_memory().map_or(f64::NAN, |bytes| bytes as f64 / 1e9);
        let numbers = stage_seconds.iter().chain([&memory]).map(|x| format!("{x:.2}"));
        table.lines.push(std::iter::once(scenario.n_cells.to_string()).chain(numbers).collect());
        let timing: Value = stages
            .map(str::to_owned)
            .into_iter()
            .zip(stage_seconds.iter().map(|x| json!(x)))
            .collect();
        table.rows.push(json!({
            "experiment": scenario.name(),
            "n_cells": scenario.n_cells,
            "seed": scenario.seed,
            "timing": { "seconds": timing, "peak_memory_bytes": peak_memory() },
        }));
        seconds.push([&stage_seconds[..], &[memory]].concat());
    }
    let exponents: Vec<f64> = (0..=stages.len())
        .map(|stage| {
            let points = sizes.iter().zip(&seconds).map(|(n, row)| (*n as f64, row[stage]));
            exponent(&points.collect::<Vec<_>>())
        })
        .collect();
    let numbers = exponents.iter().map(|x| format!("{x:.2}"));
    table.lines.push(std::iter::once("exponent".to_owned()).chain(numbers).collect());
    table.rows.push(json!({ "timing": { "exponents": exponents } }));
    table.is_timing = true;
    Ok(table)
}

/// The slope of ln y against ln x, by least squares.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let mean = |f: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(&|p| p.0.ln()), mean(&|p| p.1.ln()));
    let covariance = mean(&|p| (p.0.ln() - x) * (p.1.ln() - y));
    covariance / mean(&|p| (p.0.ln() - x).powi(2))
}

#[cfg(test)]
mod tests {
    use super::exponent;

    #[test]
    fn the_exponent_of_a_power_law() {
        let points = [1.0, 2.0, 4.0].map(|x: f64| (x, 3.0 * x.powf(1.5)));
        assert!((exponent(&points) - 1.5).abs() < 1e-14); // rounding
    }
}
