//! `pairlaw meanfield`: the interaction kernel of many alike particles.

mod page;

pub(crate) use page::page;

use crate::error::CliError;
use crate::head::Head;
use crate::learner::{Job, Learn, fingerprint, window};
use crate::options::{MeanfieldOptions, TermChoice};
use crate::output::{Output, short};
use pairlaw::meanfield::{LearnedKernel, Observations, Selection, learn};
use pairlaw_data::{CompleteTracks, Frames, Snapshots, Tracks};
use pairlaw_law::{KernelTerm, PairKernel};
use pairlaw_run::Failure;
use pairlaw_sparse::TwoPhaseConfig;
use pairlaw_weak::{Diffusion, MeasureConfig, pair_distances, quadratic_variation};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The learner of kernels.
pub(crate) struct Meanfield;

/// Below this distance terms with a pole stay constant, as a share of the largest distance.
const CUTOFF: f64 = 0.01;

/// `result.json` of the kernel learner, in the units of the input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MeanfieldResult {
    #[serde(flatten)]
    pub(crate) head: Head<MeanfieldOptions>,
    pub(crate) kernel: Kernel,
    pub(crate) n_particles: usize,
    /// Individuals left out, because they are missing in a frame.
    pub(crate) n_dropped: usize,
    pub(crate) n_frames: usize,
    /// Largest distance of a pair.
    pub(crate) largest_distance: f64,
}

/// φ and how well it is known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kernel {
    /// The dictionary; terms left out have weight 0.
    pub(crate) terms: Vec<TermFound>,
    /// φ(r) in words.
    pub(crate) formula: String,
    /// σ², given or estimated, length²/time.
    pub(crate) noise_variance: f64,
    /// χ² with the kernel, and without any.
    pub(crate) chi_square: f64,
    pub(crate) chi_square_without: f64,
    /// χ² per degree of freedom: about 1 where the model fits.
    pub(crate) reduced_chi_square: Option<f64>,
    pub(crate) n_rows: usize,
    /// Condition number of the terms kept.
    pub(crate) condition: f64,
}

/// One term of the dictionary.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TermFound {
    pub(crate) term: KernelTerm,
    pub(crate) formula: String,
    pub(crate) weight: f64,
    pub(crate) standard_error: Option<f64>,
}

impl Kernel {
    fn new(learned: &LearnedKernel) -> Self {
        let terms = learned.kernel.terms().iter().zip(learned.kernel.weights()).enumerate();
        let term = |(k, (term, weight)): (usize, (&KernelTerm, &f64))| TermFound {
            term: *term,
            formula: term.to_string(),
            weight: *weight,
            standard_error: learned.standard_errors.as_ref().map(|errors| errors[k]),
        };
        let reduced = learned.reduced_chi_square();
        Self {
            terms: terms.map(term).collect(),
            formula: formula(&learned.kernel),
            noise_variance: learned.noise_variance,
            chi_square: learned.residual,
            chi_square_without: learned.response,
            reduced_chi_square: Some(reduced).filter(|x| x.is_finite()),
            n_rows: learned.n_rows,
            condition: learned.condition,
        }
    }

    /// Whether the kernel explains more than its terms cost, by the Bayesian information criterion.
    fn is_supported(&self) -> bool {
        let n_terms = self.terms.iter().filter(|term| term.weight != 0.0).count();
        let gain = self.chi_square_without - self.chi_square;
        n_terms > 0 && gain > n_terms as f64 * (self.n_rows as f64).ln()
    }

    fn verdict(&self) -> String {
        let numbers = format!(
            "χ² falls from {} to {} over {} rows",
            short(self.chi_square_without),
            short(self.chi_square),
            self.n_rows
        );
        if !self.is_supported() {
            return format!(
                "Not supported: no kernel explains more than independent motion; {numbers}."
            );
        }
        let fit = match self.reduced_chi_square {
            Some(chi) if chi > 1.5 => format!(
                " But χ² is {} a row, where 1 is a perfect fit: terms or forces are missing.",
                short(chi)
            ),
            _ => String::new(),
        };
        format!("A kernel is supported: φ(r) = {}; {numbers}.{fit}", self.formula)
    }
}

impl Learn for Meanfield {
    type Options = MeanfieldOptions;
    type Found = MeanfieldResult;

    fn learn<const D: usize>(
        job: &Job<'_, MeanfieldOptions>,
        tracks: &Tracks<D>,
        output: &Output,
    ) -> Result<MeanfieldResult, Failure> {
        let options = job.options;
        if options.stride == 0 {
            let (option, value, needed) = ("stride", "0".to_owned(), "at least 1");
            return Err(CliError::BadOption { option, value, needed }.into());
        }
        let frames = window(tracks.n_frames(), options.first_frame, options.frames)?;
        let frames: Vec<usize> = frames.step_by(options.stride).collect();
        let complete = tracks.complete(&frames)?;
        let snapshots = snapshots(&complete)?;
        let largest = pair_distances(&Frames::new(tracks), 0.001)?.largest;
        let dictionary = dictionary(&options.dictionary, CUTOFF * largest)?;
        let key = output.key("kernel", &(fingerprint(job.table, job.read), options, job.run.seed));
        let kernel = output.store.product(&key, || {
            output.progress.tell("kernel", 0, 1);
            let kernel = kernel(&snapshots, &dictionary, options, job.run.seed)?;
            output.progress.tell("kernel", 1, 1);
            Ok(kernel)
        })?;
        let result = MeanfieldResult {
            head: Head::new(job, kernel.verdict()),
            kernel,
            n_particles: complete.ids.len(),
            n_dropped: complete.n_dropped,
            n_frames: frames.len(),
            largest_distance: largest,
        };
        output.write("report.html", &page(&result)?)?;
        output.write_json("result.json", &result)?;
        Ok(result)
    }
}

/// φ(r) with weights to three digits.
fn formula(kernel: &PairKernel) -> String {
    let words = |(term, weight): (KernelTerm, f64)| format!("{} {term}", short(weight));
    let words: Vec<String> = kernel.active().map(words).collect();
    if words.is_empty() { "0".to_owned() } else { words.join(" + ").replace("+ -", "− ") }
}

fn snapshots<const D: usize>(complete: &CompleteTracks<D>) -> Result<Snapshots<D>, Failure> {
    let axis = |frame: &Vec<[f64; D]>, d: usize| frame.iter().map(|x| x[d]).collect();
    let frame = |frame| std::array::from_fn(|d| axis(frame, d));
    Ok(Snapshots::new(complete.times.clone(), complete.positions.iter().map(frame).collect())?)
}

fn kernel<const D: usize>(
    snapshots: &Snapshots<D>,
    dictionary: &[KernelTerm],
    options: &MeanfieldOptions,
    seed: u64,
) -> Result<Kernel, Failure> {
    let noise_variance = match options.noise_variance {
        Some(variance) => variance,
        None => quadratic_variation(snapshots)?,
    };
    let runs = std::slice::from_ref(snapshots);
    let measure = MeasureConfig::new(Diffusion::Known(noise_variance));
    let selection = match options.selection {
        TermChoice::BestSubset => {
            Selection::BestSubset { max_terms: options.most_terms.min(dictionary.len()) }
        }
        TermChoice::TwoPhase => Selection::TwoPhase { config: TwoPhaseConfig::default(), seed },
        TermChoice::All => Selection::All,
    };
    let learned = learn(&Observations::Particles { runs, measure }, dictionary, &selection)?;
    Ok(Kernel::new(&learned))
}

/// The terms that words such as `power:2` stand for.
fn dictionary(words: &[String], cutoff: f64) -> Result<Vec<KernelTerm>, CliError> {
    words.iter().map(|word| term(word.trim(), cutoff)).collect()
}

fn term(word: &str, cutoff: f64) -> Result<KernelTerm, CliError> {
    let unknown = || CliError::UnknownTerm { term: word.to_owned() };
    let (name, number) = word.split_once(':').unwrap_or((word, ""));
    let number = || number.parse::<f64>().map_err(|_| unknown());
    let term = match name {
        "power" => KernelTerm::Power { exponent: number()?, cutoff },
        "exp" => KernelTerm::Exponential { rate: number()? },
        "yukawa" => KernelTerm::Yukawa { cutoff: number()? },
        "sin" => KernelTerm::Sine,
        "cos" => KernelTerm::Cosine,
        _ => return Err(unknown()),
    };
    term.check().map_err(|_| unknown())?;
    Ok(term)
}

impl fmt::Display for MeanfieldResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.head.verdict)?;
        writeln!(f, "\nφ(r) = {}", self.kernel.formula)?;
        for term in self.kernel.terms.iter().filter(|term| term.weight != 0.0).take(20) {
            let error = term.standard_error.map_or("unknown".to_owned(), short);
            writeln!(f, "  {}: {} ± {error}", term.formula, short(term.weight))?;
        }
        writeln!(f, "σ² = {}", short(self.kernel.noise_variance))?;
        writeln!(f, "{} particles in {} frames", self.n_particles, self.n_frames)?;
        if self.n_dropped > 0 {
            writeln!(
                f,
                "attention: {} individuals are missing in a frame and were left out; whoever they \
                 acted on was taken to be without them",
                self.n_dropped
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_terms() {
        let term = |word: &str| term(word, 0.5);
        assert_eq!(term("power:-1").unwrap(), KernelTerm::Power { exponent: -1.0, cutoff: 0.5 });
        assert_eq!(term("exp:-2.5").unwrap(), KernelTerm::Exponential { rate: -2.5 });
        assert_eq!(term("cos").unwrap(), KernelTerm::Cosine);
        for bad in ["power", "power:x", "exp:0", "yukawa:-1", "tan", "power:NaN"] {
            assert!(term(bad).unwrap_err().to_string().contains(bad), "{bad}");
        }
    }

    #[test]
    fn a_kernel_must_pay_for_its_terms() {
        let term = TermFound {
            term: KernelTerm::Sine,
            formula: "sin r".into(),
            weight: 2.0,
            standard_error: None,
        };
        let kernel = |without, with| Kernel {
            terms: vec![term.clone()],
            formula: "2 sin r".into(),
            noise_variance: 1.0,
            chi_square: with,
            chi_square_without: without,
            reduced_chi_square: Some(with / 100.0),
            n_rows: 100,
            condition: 1.0,
        };
        // ln 100 = 4.6.
        assert!(kernel(104.0, 100.0).verdict().starts_with("Not supported"));
        assert!(kernel(105.0, 100.0).verdict().starts_with("A kernel is supported"));
        assert!(kernel(900.0, 200.0).verdict().contains("2.00 a row"));
    }
}
