//! The command line: commands, and the options of each as sections that a file can set, too.

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Learns the laws by which individuals interact from their recorded tracks.
///
/// Individuals are whatever a file gives positions of at several times: cells, animals, people,
/// particles.
#[derive(Debug, Parser)]
#[command(name = "pairlaw", version, max_term_width = 100, args_override_self = true)]
#[command(after_help = THREE_STEPS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const THREE_STEPS: &str = "\
Three steps from a file of tracks to an answer:
  1. pairlaw inspect tracks.csv     what is in the file, how it was understood, what it can tell
  2. pairlaw species tracks.csv     who belongs together, and by which law each group moves
  3. open pairlaw-out/tracks/species/report.html
Formats and columns are guessed; if step 1 shows a wrong guess, say it: --format, --id, --time, --x,
--y. Units: --pixel-size .645 --length-unit µm --frame-interval 5 --time-unit min.
`pairlaw COMMAND --help` explains every option; --print-config writes them as a file for --config.
Made-up data to try: pairlaw simulate A,B --n-cells 60 --out tracks.csv";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what is in a file of tracks and what could be learned from it.
    Inspect(InspectArgs),
    /// Find species that nobody labelled, and the law by which each moves.
    ///
    /// Second-order laws: neighbours change the velocity by attraction–repulsion, alignment and drag
    /// that depend on distance, direction and speed. Writes result.json, individuals.csv, law-1.json …
    /// and report.html to the output folder. A run that was stopped goes on from there.
    Species(Box<LearnArgs<SpeciesOptions>>),
    /// Find the interaction kernel φ(r) of many alike particles that move at random, too.
    ///
    /// First-order: dX = −(1/N) Σ φ(r) (direction) dt + σ dW. Needs many particles that are all there in
    /// every frame, and no velocities. Writes result.json and report.html to the output folder.
    Meanfield(Box<LearnArgs<MeanfieldOptions>>),
    /// Fit pair potentials to few frames of slowly moving cells, and test them on later frames.
    ///
    /// Uses those who are present in all frames. Writes result.json and report.html to the output
    /// folder.
    Potentials(Box<LearnArgs<PotentialsOptions>>),
    /// Make tracks whose laws are known, or move recorded individuals by a learned law.
    Simulate(SimulateArgs),
    /// Write report.html anew from the result files of a folder.
    Report {
        /// Output folder of a learner.
        dir: PathBuf,
    },
    /// Write tracks of any format that can be read as one long table.
    Convert(ConvertArgs),
    /// List the formats that can be read, and the columns that are looked for.
    Formats,
    /// Print the reference of all options, as it stands in docs/configuration.md.
    #[command(hide = true)]
    Reference,
}

/// `pairlaw inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// File of tracks, or folder of GEFF.
    pub(crate) file: PathBuf,
    /// Options from this file, section [read]; flags win.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) read: ReadSection,
}

/// A learner's command line.
#[derive(Debug, Args)]
pub(crate) struct LearnArgs<T: Args> {
    /// File of tracks, or folder of GEFF.
    pub(crate) file: PathBuf,
    /// Options from this file, such as pairlaw.toml; flags win.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print all options as they would be used, as a file for --config, and stop.
    #[arg(long)]
    pub(crate) print_config: bool,
    /// Print result.json on standard output instead of the summary.
    #[arg(long)]
    pub(crate) json: bool,
    /// Insist on going on from a stopped run; without it a run goes on if there is one, and begins
    /// anew if not.
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) learner: T,
    #[command(flatten)]
    pub(crate) read: ReadSection,
    #[command(flatten)]
    pub(crate) run: RunSection,
}

/// `pairlaw convert`.
#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// File of tracks, or folder of GEFF.
    pub(crate) file: PathBuf,
    /// File to be written; its ending says the format.
    #[arg(value_name = "OUT.csv|OUT.parquet")]
    pub(crate) out: PathBuf,
    /// Options from this file, section [read]; flags win.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadSection,
}

/// `pairlaw simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// What to simulate; `pairlaw simulate list` lists the names.
    #[arg(required_unless_present = "law", conflicts_with = "law")]
    pub(crate) scenario: Option<String>,
    /// Move recorded individuals by the laws of this result.json.
    #[arg(long, value_name = "RESULT", requires = "from")]
    pub(crate) law: Option<PathBuf>,
    /// With --law: file of the tracks that the simulation starts from.
    #[arg(long, value_name = "FILE", requires = "law")]
    pub(crate) from: Option<PathBuf>,
    /// With --law: frame to start from, counted from 0; that of most individuals if not given.
    #[arg(long, value_name = "K", requires = "law")]
    pub(crate) start_frame: Option<usize>,
    /// CSV file to be written; what is true goes beside it as FILE.truth.json.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) out: Option<PathBuf>,
    /// Number of individuals.
    #[arg(long, value_name = "N", conflicts_with = "law")]
    pub(crate) n_cells: Option<usize>,
    /// Number of frames.
    #[arg(long, value_name = "N")]
    pub(crate) n_frames: Option<usize>,
    /// Errors of measured positions, as a share of their size (root mean square).
    #[arg(long, value_parser = finite, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) noise: f64,
    /// Share of the samples to be deleted in short runs.
    #[arg(long, value_parser = finite, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) drop: f64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// With --law: options from this file, section [read].
    #[arg(long, value_name = "FILE", requires = "law")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadSection,
}

/// A number of a flag: what is no number or infinite would be lost on the way.
fn finite(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err("it must be a finite number".to_owned()),
    }
}

/// How the file is read: section `[read]`.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadSection {
    /// Format, one of `pairlaw formats`; guessed if not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) format: Option<String>,
    /// Column of the individuals' ids, by name or number from 1.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// Column of times or frames.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,
    /// Column of the first coordinate.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) x: Option<String>,
    /// Column of the second coordinate.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) y: Option<String>,
    /// Column of the third coordinate.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) z: Option<String>,
    /// Length of a pixel, or of the file's unit of length: coordinates are multiplied by it.
    #[arg(long, value_parser = finite, value_name = "LENGTH")]
    pub(crate) pixel_size: Option<f64>,
    /// Time between frames, or the file's unit of time: times are multiplied by it.
    #[arg(long, value_parser = finite, value_name = "TIME")]
    pub(crate) frame_interval: Option<f64>,
    /// Name of the unit of length, such as µm.
    #[arg(long, value_name = "UNIT")]
    pub(crate) length_unit: Option<String>,
    /// Name of the unit of time, such as min.
    #[arg(long, value_name = "UNIT")]
    pub(crate) time_unit: Option<String>,
    /// Number of dimensions to keep; a last coordinate that never changes is left out by itself.
    #[arg(long, value_name = "1..3")]
    pub(crate) dims: Option<usize>,
    /// Coordinates with this value (all of a row) are missing, such as 0.
    #[arg(long, value_parser = finite, value_name = "VALUE", allow_negative_numbers = true)]
    pub(crate) missing: Option<f64>,
    /// Two rows of one individual in one frame: an error, the first of them, or their mean.
    #[arg(long, value_name = "CHOICE", default_value = "refuse")]
    pub(crate) duplicates: DuplicateRows,
    /// Part of a step by which times may miss the uniform grid, such as 0.02 for times of few digits; they
    /// are moved onto it.
    #[arg(long, value_parser = finite, value_name = "PART", default_value_t = 1e-6)]
    pub(crate) time_tolerance: f64,
    /// New time between frames, by linear interpolation, for uneven times.
    #[arg(long, value_parser = finite, value_name = "TIME")]
    pub(crate) resample: Option<f64>,
}

/// Where results go and how the work is done: section `[run]`.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Running")]
pub(crate) struct RunSection {
    /// Output folder; pairlaw-out/NAME/LEARNER for a file NAME.csv if not given.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of all random numbers; the same seed gives the same bits.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Threads to use; all if not given. Results do not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

/// What becomes of two rows of one individual in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DuplicateRows {
    /// They are an error.
    Refuse,
    /// The first one stays.
    First,
    /// Their mean stays.
    Mean,
}

/// The species learner: section `[species]`.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Species")]
pub(crate) struct SpeciesOptions {
    /// How species are told apart: by a mixture of pooled regressions, or as in the paper.
    #[arg(long, value_name = "NAME", default_value = "mixture")]
    pub(crate) classifier: Classifier,
    /// Whether laws give accelerations (2) or velocities (1); auto takes velocities where accelerations
    /// tell nothing.
    #[arg(long, value_name = "ORDER", default_value = "auto")]
    pub(crate) order: LawOrder,
    /// Individuals drive themselves: towards a preferred speed, and a species towards a velocity of its
    /// own.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    #[arg(default_value_t = false, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) propulsion: bool,
    /// Who prefers a direction: nobody, each individual that of its net displacement, or each species one
    /// (default with --propulsion).
    #[arg(long, value_name = "WHO")]
    pub(crate) preferred: Option<Preferred>,
    /// A constant external field may act.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    #[arg(default_value_t = false, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) field: bool,
    /// An external field that is linear in space may act, such as a trap.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    #[arg(default_value_t = false, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) gradient: bool,
    /// The walls that the file tells of may repel.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    #[arg(default_value_t = false, default_missing_value = "true", hide_possible_values = true)]
    pub(crate) walls: bool,
    /// Number of species; chosen from the data if not given.
    #[arg(long, value_name = "N")]
    pub(crate) n_species: Option<usize>,
    /// Largest number of species that is tried.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) most_species: usize,
    /// Individuals of the smallest species.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) smallest_species: usize,
    /// Fall of the mean log residual that one more species must bring.
    #[arg(long, value_parser = finite, value_name = "STEP", default_value_t = 0.5)]
    pub(crate) elbow_step: f64,
    /// Rise of the mean log residual below which two species are one.
    #[arg(long, value_parser = finite, value_name = "RISE", default_value_t = 0.1)]
    pub(crate) merge_rise: f64,
    /// Robust standard deviations above which no law explains an individual.
    #[arg(long, value_parser = finite, value_name = "SIGMAS", default_value_t = 5.0)]
    pub(crate) undetermined_sigmas: f64,
    /// Random starts of the mixture for each number of species.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) restarts: usize,
    /// How velocities come from positions; auto chooses by the noise of the data.
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub(crate) velocity: Velocity,
    /// Samples on either side of the window of savitzky-golay.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) half_window: usize,
    /// Standard deviation of the errors of positions, in their unit; estimated if not given.
    #[arg(long, value_parser = finite, value_name = "LENGTH")]
    pub(crate) noise: Option<f64>,
    /// Half-width m of the test functions, in samples; chosen by the spectrum if not given.
    #[arg(long, value_name = "M")]
    pub(crate) half_width: Option<usize>,
    /// Length that is 1 to the learner, whose basis is finest below it; half of the largest distance
    /// if not given.
    #[arg(long, value_parser = finite, value_name = "LENGTH")]
    pub(crate) length_scale: Option<f64>,
    /// Time that is 1 to the learner; such that the typical speed is .1 if not given.
    #[arg(long, value_parser = finite, value_name = "TIME")]
    pub(crate) time_scale: Option<f64>,
    /// Distance beyond which pairs may only attract; the length scale if not given.
    #[arg(long, value_parser = finite, value_name = "LENGTH")]
    pub(crate) far_field: Option<f64>,
    /// Share of all distances below the near field, in which pairs may only repel.
    #[arg(long, value_parser = finite, value_name = "SHARE", default_value_t = 0.001)]
    pub(crate) near_field_share: f64,
    /// What attraction–repulsion multiplies: the difference of positions or its direction.
    #[arg(long, value_name = "NAME", default_value = "difference")]
    pub(crate) direction: PairDirection,
    /// What is kept or dropped as a whole: single terms, or all of a force and angular mode.
    #[arg(long, value_name = "NAME", default_value = "terms")]
    pub(crate) sparsity: Kept,
    /// First share of the frames over which laws are simulated and compared with the record.
    #[arg(long, value_parser = finite, value_name = "SHARE", default_value_t = 0.25)]
    pub(crate) validation_share: f64,
    /// Distance beyond which neighbours are not looked at; all if not given, but where they cannot matter.
    #[arg(long, value_parser = finite, value_name = "LENGTH")]
    pub(crate) cutoff: Option<f64>,
    /// Times that neighbours are displaced by a random lag, to see what no interaction would explain.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) shifts: usize,
    /// Draws of the bootstrap that gives low and high of every weight; 0 leaves them out.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) replicates: usize,
}

/// How species are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Classifier {
    /// One pooled regression a species, individuals given to the best.
    Mixture,
    /// One model an individual, exchanged, clustered and validated.
    Paper,
}

/// Whether laws give accelerations or velocities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LawOrder {
    /// Accelerations, or velocities where accelerations tell nothing and velocities do.
    Auto,
    /// Velocities.
    #[value(name = "1")]
    #[serde(rename = "1")]
    First,
    /// Accelerations, as in the paper.
    #[value(name = "2")]
    #[serde(rename = "2")]
    Second,
}

/// Who prefers a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Preferred {
    /// Nobody.
    None,
    /// Each individual that of its net displacement.
    Individual,
    /// Each species one.
    Species,
}

/// How velocities come from positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Velocity {
    /// Those of the file if it has any that its positions agree with, otherwise by the noise of the data.
    Auto,
    /// Those of the file.
    Given,
    /// Centred differences of second order.
    Centred2,
    /// Centred differences of fourth order.
    Centred4,
    /// Slopes of cubics over a window.
    SavitzkyGolay,
}

/// What attraction–repulsion multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PairDirection {
    /// x_i − x_j.
    Difference,
    /// Its direction.
    Unit,
}

/// What the regression keeps or drops as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kept {
    /// Single terms.
    Terms,
    /// All terms of a force and angular mode.
    Modes,
}

/// The kernel learner: section `[meanfield]`.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Mean field")]
pub(crate) struct MeanfieldOptions {
    /// Terms of φ(r) to choose from, separated by commas: power:K is r^K, exp:K is e^(Kr),
    /// yukawa:C is e^(−r)/r, constant below C, sin, cos.
    #[arg(long, value_name = "TERMS", value_delimiter = ',', allow_hyphen_values = true)]
    #[arg(default_value = "power:0,power:1,power:2,power:3")]
    pub(crate) dictionary: Vec<String>,
    /// How terms are chosen.
    #[arg(long, value_name = "NAME", default_value = "best-subset")]
    pub(crate) selection: TermChoice,
    /// Most terms of the best subset.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) most_terms: usize,
    /// σ² of the random motion, length²/time; estimated from the tracks if not given.
    #[arg(long, value_parser = finite, value_name = "VARIANCE")]
    pub(crate) noise_variance: Option<f64>,
    /// First frame to use, counted from 0.
    #[arg(long, value_name = "K", default_value_t = 0)]
    pub(crate) first_frame: usize,
    /// Frames to use from there on; all if not given.
    #[arg(long, value_name = "N")]
    pub(crate) frames: Option<usize>,
    /// Take every so many of them.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) stride: usize,
}

/// How terms of a kernel are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TermChoice {
    /// The best of all subsets by an information criterion.
    BestSubset,
    /// Importance-sampled steps and thresholds, as in the paper.
    TwoPhase,
    /// All terms.
    All,
}

/// The learner of potentials: section `[potentials]`.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Potentials")]
pub(crate) struct PotentialsOptions {
    /// Who has parameters: every individual, or every pair.
    #[arg(long, value_name = "NAME", default_value = "individual")]
    pub(crate) scheme: Sharing,
    /// First frame to use, counted from 0.
    #[arg(long, value_name = "K", default_value_t = 0)]
    pub(crate) first_frame: usize,
    /// Frames to use from there on; all if not given.
    #[arg(long, value_name = "N")]
    pub(crate) frames: Option<usize>,
    /// Share of the frames that is fitted; the later ones test the fit.
    #[arg(long, value_parser = finite, value_name = "SHARE", default_value_t = 0.7)]
    pub(crate) fitted_share: f64,
    /// Steps of training.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) epochs: usize,
    /// Rate of training, falling to 0.
    #[arg(long, value_parser = finite, value_name = "RATE", default_value_t = 0.01)]
    pub(crate) rate: f64,
    /// First ranges of repulsion and attraction, in the spread of the first frame.
    #[arg(long, value_parser = finite, value_name = "R,A", value_delimiter = ',', default_value = "0.3,0.6")]
    pub(crate) ranges: Vec<f64>,
}

/// Who has parameters of a potential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sharing {
    /// Every individual, as the one that others move in.
    Individual,
    /// Every ordered pair.
    Mutual,
}
