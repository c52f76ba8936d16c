//! The command line.

use crate::Failure;
use clap::{Args, Parser, Subcommand, ValueEnum};
use pairlaw_law::Direction;
use pairlaw_synth::Start;
use pairlaw_validate::Integrator;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Reproduces the papers' tables.
#[derive(Debug, Parser)]
#[command(name = "pairlaw-papers", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the experiments and print the tables beside the published ones.
    Reproduce(ReproduceOptions),
    /// Measure the figures of speed and memory and print them beside their targets.
    Bench(BenchOptions),
    /// Write the tables of results between the markers of README.md.
    Readme(ReadmeOptions),
}

/// What to reproduce. The manifest keeps those that the results depend on.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub(crate) struct ReproduceOptions {
    /// Which paper; all by default.
    #[arg(value_enum)]
    pub(crate) learner: Option<Learner>,
    /// Only this table; may be given several times.
    #[arg(long, value_name = "N")]
    pub(crate) table: Vec<u32>,
    /// Only this figure, such as 4.4; may be given several times.
    #[arg(long, value_name = "N")]
    pub(crate) figure: Vec<String>,
    /// Only this experiment, such as A, "A,B (long)", consensus or triangle; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) experiment: Vec<String>,
    /// Only this study beyond the tables; may be given several times. A run of everything ends with all
    /// studies, but with --quick.
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) study: Vec<StudyName>,
    /// Leave out the studies.
    #[arg(long, conflicts_with = "study")]
    pub(crate) no_studies: bool,
    /// A small version of every experiment: 250 cells instead of 1000, 2,000 particles instead of
    /// 20,000; of potentials 300 cells instead of 2000 and a quarter of the epochs.
    #[arg(long)]
    pub(crate) quick: bool,
    /// First seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Number of seeds: S, S+1, …; by default 1 for species and potentials, 10 for meanfield
    /// (2 with --quick).
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) seeds: Option<u64>,
    /// Threads; all cores by default. The results do not depend on it.
    #[arg(long, value_name = "T")]
    #[serde(skip)]
    pub(crate) threads: Option<usize>,
    /// Where results and cache go.
    #[arg(long, value_name = "DIR", default_value = "target/reproduce")]
    #[serde(skip)]
    pub(crate) out: PathBuf,
    /// Print every cell beside the paper's and its bound, and exit with an error if one misses it for a
    /// reason that fixtures/tables/bounds.toml does not know.
    #[arg(long)]
    #[serde(skip)]
    pub(crate) check: bool,
    /// Print results.json to standard output instead of the tables.
    #[arg(long)]
    #[serde(skip)]
    pub(crate) json: bool,
    /// Do again what this manifest.json tells of, from an empty cache, and compare bit for bit.
    #[arg(long, value_name = "MANIFEST", conflicts_with_all = [
        "learner", "table", "figure", "experiment", "study", "no_studies", "quick", "seed", "seeds",
        "check", "json", "classifier", "direction", "start", "integrator", "alpha",
    ])]
    #[serde(skip)]
    pub(crate) verify: Option<PathBuf>,
    /// How species are found; each value adds rows.
    #[arg(long, value_enum, default_values_t = [ClassifierName::Paper, ClassifierName::Mixture])]
    pub(crate) classifier: Vec<ClassifierName>,
    /// Vector that attraction–repulsion multiplies; each value adds rows. By default both for one
    /// species and the printed one otherwise.
    #[arg(long, value_enum)]
    pub(crate) direction: Vec<DirectionName>,
    /// Initial state; each value adds rows.
    #[arg(long, value_enum, default_values_t = [StartName::Printed])]
    pub(crate) start: Vec<StartName>,
    /// Integrator of the validation.
    #[arg(long, value_enum, default_value_t = IntegratorName::Heun4)]
    pub(crate) integrator: IntegratorName,
    /// α: share of the fit in the loss that chooses the threshold.
    #[arg(long, value_name = "ALPHA", default_value_t = 0.9)]
    pub(crate) alpha: f64,
}

#[derive(Debug, Args)]
pub(crate) struct BenchOptions {
    /// Only the figures of this learner; all by default.
    #[arg(value_enum, value_name = "LEARNER")]
    pub(crate) learner: Option<Learner>,
    /// The same.
    #[arg(long, value_enum, value_name = "LEARNER", conflicts_with = "learner")]
    pub(crate) only: Option<Learner>,
    /// Number of individuals of the figures for species.
    #[arg(long, default_value_t = 1000)]
    pub(crate) cells: usize,
    /// Runs of each measurement, ≥ 1; their median is printed, and the least and most of them.
    #[arg(long, default_value_t = 5)]
    pub(crate) repeat: usize,
    /// Seed of the recording.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Threads of what runs in parallel; all cores by default.
    #[arg(long, value_name = "T")]
    pub(crate) threads: Option<usize>,
    /// Where bench-COMMIT[-LEARNER].json is written.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    pub(crate) out: PathBuf,
    /// Compare with figures that were stored before.
    #[arg(long, value_name = "FILE")]
    pub(crate) compare: Option<PathBuf>,
    /// Measure nothing: compare these stored figures with those of --compare.
    #[arg(long, value_name = "FILE", requires = "compare", conflicts_with_all = ["learner", "only"])]
    pub(crate) with: Option<PathBuf>,
    /// Print what is stored instead of the table.
    #[arg(long, conflicts_with = "compare")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReadmeOptions {
    /// Take the rows of this `results.json`, of a full run, into fixtures/tables/results.json first.
    #[arg(long, value_name = "FILE")]
    pub(crate) results: Option<PathBuf>,
    /// Write nothing; fail where README.md is not what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

/// The papers' learners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Learner {
    /// Species nobody labelled (Messenger et al. 2022).
    Species,
    /// Kernels from densities (Shi, Yang, Hong 2025).
    Meanfield,
    /// Pair potentials through simulated steps (Komiya et al. 2025).
    Potentials,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClassifierName {
    /// As the paper: single-cell models, clusters, validation, Gaussian mixtures.
    Paper,
    /// A mixture of pooled regressions.
    Mixture,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StudyName {
    /// The paper's open alternatives, one at a time.
    Ablation,
    /// Measurement noise and intrinsic noise.
    Noise,
    /// Length of the record.
    Samples,
    /// Seconds and memory against the number of cells.
    Scaling,
    /// Bootstrap over cells of the learned laws.
    Uncertainty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DirectionName {
    /// x_i − x_j, as printed.
    Difference,
    /// Its unit vector, as in the authors' program.
    Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StartName {
    /// As printed.
    Printed,
    /// As in the authors' program.
    Program,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IntegratorName {
    /// Explicit trapezoid, 4 substeps a sample.
    #[value(name = "heun-4")]
    #[serde(rename = "heun-4")]
    Heun4,
    /// Forward Euler, 32 substeps a sample, as in the paper.
    #[value(name = "euler-32")]
    #[serde(rename = "euler-32")]
    Euler32,
}

impl ReproduceOptions {
    /// The seeds asked for; so many from the first one on where their number is not given.
    ///
    /// # Errors
    /// Where the seeds run beyond the largest number.
    pub(crate) fn seeds(&self, default: u64) -> Result<std::ops::Range<u64>, Failure> {
        let n_seeds = self.seeds.unwrap_or(default);
        if n_seeds == 0 {
            return Err("--seeds is 0; give at least 1".into());
        }
        match self.seed.checked_add(n_seeds) {
            Some(end) => Ok(self.seed..end),
            None => Err(format!("--seed {} leaves no room for --seeds", self.seed).into()),
        }
    }

    /// The studies to make.
    pub(crate) fn studies(&self) -> &[StudyName] {
        let is_whole = self.is_everything() && self.experiment.is_empty() && !self.quick;
        if is_whole && !self.no_studies { StudyName::value_variants() } else { &self.study }
    }

    /// Whether all tables and figures are asked for, not only some or a study.
    pub(crate) fn is_everything(&self) -> bool {
        self.table.is_empty() && self.figure.is_empty() && self.study.is_empty()
    }
}

impl DirectionName {
    pub(crate) fn value(self) -> Direction {
        match self {
            Self::Difference => Direction::Difference,
            Self::Unit => Direction::Unit,
        }
    }
}

impl StartName {
    pub(crate) fn value(self) -> Start {
        match self {
            Self::Printed => Start::Printed,
            Self::Program => Start::Program,
        }
    }
}

impl IntegratorName {
    pub(crate) fn value(self) -> Integrator {
        match self {
            Self::Heun4 => Integrator::Heun { substeps: 4 },
            Self::Euler32 => Integrator::PAPER,
        }
    }
}

/// The name of a choice as the command line spells it.
pub(crate) fn name_of(choice: impl ValueEnum) -> String {
    let value = choice.to_possible_value();
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Sets up the pool of `threads`.
pub(crate) fn set_threads(threads: Option<usize>) -> Result<(), Failure> {
    let mut pool = rayon::ThreadPoolBuilder::new();
    if let Some(threads) = threads {
        if threads == 0 {
            return Err("--threads is 0; give at least 1".into());
        }
        pool = pool.num_threads(threads);
    }
    Ok(pool.build_global()?)
}

#[cfg(test)]
impl ReproduceOptions {
    /// Those of a command line, such as `species --quick`.
    pub(crate) fn parsed(line: &str) -> Self {
        let line = format!("pairlaw-papers reproduce {line}");
        match Cli::parse_from(line.split_whitespace()).command {
            Command::Reproduce(options) => options,
            _ => panic!("reproduce was asked for"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_documented_line_is_understood() {
        let cli = parse(
            "pairlaw-papers reproduce species --table 2 --experiment A --quick --seed 4 --seeds 3 \
             --threads 2 --out /tmp/x --check --direction unit --start program \
             --integrator euler-32 --alpha 0.5",
        )
        .unwrap();
        let Command::Reproduce(options) = cli.command else { panic!("reproduce was asked for") };
        assert_eq!((options.seeds(1).unwrap(), options.threads), (4..7, Some(2)));
        assert_eq!((options.table, options.experiment), (vec![2], vec!["A".to_owned()]));
        assert_eq!(options.direction, [DirectionName::Unit]);
        assert_eq!(options.integrator.value(), Integrator::Euler { substeps: 32 });
        assert_eq!(name_of(options.integrator), "euler-32");
    }

    #[test]
    fn wrong_values_are_refused() {
        assert!(parse("pairlaw-papers reproduce species --direction up").is_err());
        assert!(parse("pairlaw-papers reproduce species --seeds 0").is_err());
        assert!(parse("pairlaw-papers reproduce potions").is_err());
        assert!(parse("pairlaw-papers bench --with now.json").is_err());
        assert!(parse("pairlaw-papers bench species --compare a.json --with b.json").is_err());
        assert!(parse("pairlaw-papers bench --compare a.json --with b.json").is_ok());
    }
}
