//! How many individuals and frames does the species learner need? The study behind `docs/how-many.md`.
//!
//! ```text
//! cargo build --release -p pairlaw-cli
//! cargo run --release -p pairlaw-cli --example how_many -- target/release/pairlaw [SEEDS]
//! ```
//!
//! It runs the command as a user would, on simulated cells of two species, and prints a table. Sizes
//! of the study: `SIZES`, `FRAMES`, `NOISES`. Without arguments, only its first row, with the command
//! that was built in the same profile.
#![allow(clippy::print_stdout)]

use pairlaw_law::{Angular, Direction, Force, Law, Radial, Term};
use pairlaw_validate::{ForceError, ForceGrid, force_error};
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Individuals, half of them of each species.
const SIZES: [usize; 3] = [30, 100, 300];
const FRAMES: [usize; 4] = [50, 100, 200, 400];
/// Errors of positions as a share of their root mean square.
const NOISES: [f64; 3] = [0.0, 0.001, 0.01];

/// Less than the default is tried, so that the study takes minutes.
const OPTIONS: &str = "--most-species 3 --restarts 2 --shifts 4 --replicates 0";

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What one run of the learner found.
struct Found {
    step_to_noise: Option<f64>,
    n_species: usize,
    /// Share of all individuals in the species that stands for theirs.
    right: f64,
    /// Worst relative error of attraction–repulsion over the true species; none if one was not found.
    attraction_error: Option<f64>,
    /// Relative error of alignment in the species that aligns.
    alignment_error: Option<f64>,
    /// Species whose interaction is supported.
    n_supported: usize,
    is_better: bool,
}

/// The study: a command and a folder to work in.
struct Study {
    command: PathBuf,
    folder: tempfile::TempDir,
}

impl Study {
    /// What the command prints with these arguments, separated by blanks.
    fn printed(&self, arguments: &str) -> Outcome<String> {
        let mut command = Command::new(&self.command);
        command.args(arguments.split(' ')).current_dir(self.folder.path());
        let output = command.output()?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("pairlaw {arguments}: {told}").into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    fn run(&self, n: usize, frames: usize, noise: f64, seed: usize) -> Outcome<Found> {
        let name = format!("tracks-{n}-{frames}-{noise}-{seed}.csv");
        let sizes = format!("--n-cells {n} --n-frames {frames} --noise {noise}");
        self.printed(&format!("simulate A,B {sizes} --seed {seed} --out {name}"))?;
        let told = self.printed(&format!("species {name} {OPTIONS} --out out --json"))?;
        let inspection = self.printed(&format!("inspect {name} --json"))?;
        let truth = self.folder.path().join(format!("{name}.truth.json"));
        let truth: Value = serde_json::from_str(&std::fs::read_to_string(truth)?)?;
        std::fs::remove_dir_all(self.folder.path().join("out"))?;
        let inspection: Value = serde_json::from_str(&inspection)?;
        judged(&serde_json::from_str(&told)?, &truth, step_to_noise(&inspection))
    }
}

fn step_to_noise(inspection: &Value) -> Option<f64> {
    ["/motion/step_to_noise", "/inspection/motion/step_to_noise"]
        .iter()
        .find_map(|place| inspection.pointer(place)?.as_f64())
}

/// Compares a result with the truth.
fn judged(result: &Value, truth: &Value, step_to_noise: Option<f64>) -> Outcome<Found> {
    let names = words(&truth["species"])?;
    let of_cell = words(&truth["species_of"])?;
    let found = list(&result["species"])?;
    let mut overlaps = Vec::new();
    for (k, species) in found.iter().enumerate() {
        for (t, name) in names.iter().enumerate() {
            let members = words(&species["members"])?;
            let is_true = |id: &&String| id.parse().is_ok_and(|id: usize| of_cell[id] == *name);
            overlaps.push((members.iter().filter(is_true).count(), k, t));
        }
    }
    // Each true species is stood for by one found species at most, the largest overlap first.
    overlaps.sort_unstable_by(|a, b| b.cmp(a));
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (overlap, k, t) in overlaps {
        if overlap > 0 && pairs.iter().all(|(_, other, name)| *other != k && *name != t) {
            pairs.push((overlap, k, t));
        }
    }
    let laws = list(&truth["laws"])?.iter().map(law).collect::<Outcome<Vec<Law>>>()?;
    let error = |force: Force, (_, k, t): &(usize, usize, usize)| -> Outcome<Option<f64>> {
        let learned = law(&found[*k]["law"])?;
        Ok(match force_error(&learned, &laws[*t], force, &ForceGrid::paper()) {
            ForceError::Relative(error) => Some(error),
            ForceError::Absent | ForceError::Spurious { .. } => None,
        })
    };
    let all = |force| pairs.iter().map(|p| error(force, p)).collect::<Outcome<Vec<_>>>();
    let is_complete = pairs.len() == names.len();
    let worst = |errors: Vec<Option<f64>>| errors.into_iter().flatten().reduce(f64::max);
    let support = list(&result["support"])?;
    let supported = |words: &str| {
        let is_claim = |claim: &&Value| {
            claim["claim"].as_str().is_some_and(|claim| claim.contains(words))
                && claim["verdict"] == "supported"
        };
        support.iter().filter(is_claim).count()
    };
    Ok(Found {
        step_to_noise,
        n_species: found.len(),
        right: pairs.iter().map(|p| p.0).sum::<usize>() as f64 / of_cell.len() as f64,
        attraction_error: worst(all(Force::AttractionRepulsion)?).filter(|_| is_complete),
        alignment_error: worst(all(Force::Alignment)?).filter(|_| is_complete),
        n_supported: supported("neighbours act"),
        is_better: supported("than constant velocity") >= found.len() && !found.is_empty(),
    })
}

fn list(json: &Value) -> Outcome<&Vec<Value>> {
    json.as_array().ok_or_else(|| format!("{json} is no list").into())
}

fn words(json: &Value) -> Outcome<Vec<String>> {
    let word = |json: &Value| json.as_str().map(str::to_owned).ok_or("no text");
    Ok(list(json)?.iter().map(word).collect::<Result<_, _>>()?)
}

/// The pair terms of a law.
fn law(json: &Value) -> Outcome<Law> {
    let terms = list(&json["terms"])?;
    let weight = |term: &Value| term["weight"].as_f64().ok_or("no weight");
    let weights = terms.iter().map(weight).collect::<Result<_, _>>()?;
    let terms = terms.iter().map(term).collect::<Option<_>>().ok_or("an unknown term")?;
    Ok(Law::new(terms, weights, Direction::Difference)?)
}

fn term(json: &Value) -> Option<Term> {
    let number = |part: &str, key: &str| json[part][key].as_f64();
    let small = |part: &str, key: &str| u8::try_from(json[part][key].as_u64()?).ok();
    let harmonic = small("angular", "harmonic")?;
    Some(Term {
        force: match json["force"].as_str()? {
            "attraction-repulsion" => Force::AttractionRepulsion,
            "alignment" => Force::Alignment,
            "drag" => Force::Drag,
            _ => return None,
        },
        angular: match json["angular"]["kind"].as_str()? {
            "cosine" => Angular::Cosine(harmonic),
            "one-plus-cosine" => Angular::OnePlusCosine(harmonic),
            _ => return None,
        },
        radial: match json["radial"]["kind"].as_str()? {
            "laguerre" => Radial::Laguerre {
                degree: small("radial", "degree")?,
                scale: number("radial", "scale")?,
            },
            "exponential" => Radial::Exponential { rate: number("radial", "rate")? },
            "power" => Radial::Power { exponent: small("radial", "exponent")? },
            _ => return None,
        },
    })
}

/// The middle of what is known; none unless half of all is.
fn median(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let mut values: Vec<f64> = values.map(|x| x.unwrap_or(f64::INFINITY)).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().filter(|x| x.is_finite())
}

fn row(n: usize, frames: usize, noise: f64, found: &[Found]) -> String {
    let percent = |x: Option<f64>| x.map_or("–".to_owned(), |x| format!("{:.1} %", 100.0 * x));
    let of = |pick: fn(&Found) -> Option<f64>| median(found.iter().map(pick));
    let count = |is: fn(&Found) -> bool| found.iter().filter(|f| is(f)).count();
    let steps = of(|f| f.step_to_noise).map_or("–".to_owned(), |x| match x > 1000.0 {
        true => "over 1000".to_owned(), // rounding of the file
        false => format!("{x:.1}"),
    });
    let numbers: Vec<String> = found.iter().map(|f| f.n_species.to_string()).collect();
    let supported: Vec<String> = found.iter().map(|f| f.n_supported.to_string()).collect();
    format!(
        "| {n} | {frames} | {} % | {steps} | {} | {} | {} | {} | {} | {} of {} |",
        100.0 * noise,
        numbers.join(", "),
        percent(of(|f| Some(f.right))),
        percent(of(|f| f.attraction_error)),
        percent(of(|f| f.alignment_error)),
        supported.join(", "),
        count(|f| f.is_better),
        found.len(),
    )
}

/// The command, which cargo puts into the folder above that of the examples.
fn beside_the_examples() -> Outcome<PathBuf> {
    let example = std::env::current_exe()?;
    let folder = example.parent().and_then(Path::parent).ok_or("no folder above the examples'")?;
    Ok(folder.join("pairlaw").with_extension(std::env::consts::EXE_EXTENSION))
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let given = arguments.next();
    let n_seeds: usize = arguments.next().map_or(Ok(3), |n| n.parse())?;
    let command = match &given {
        Some(command) => PathBuf::from(command),
        None => beside_the_examples()?,
    };
    let command = command
        .canonicalize()
        .map_err(|error| format!("{}: {error}; cargo build -p pairlaw-cli", command.display()))?;
    let study = Study { command, folder: tempfile::tempdir()? };
    println!(
        "| individuals | frames | noise | step/noise | species found | assigned right | Δf a-r | \
         Δf align | interaction supported | beats constant velocity |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    if given.is_none() {
        let (n, frames, noise) = (SIZES[0], FRAMES[0], NOISES[0]);
        println!("{}", row(n, frames, noise, &[study.run(n, frames, noise, 1)?]));
        return Ok(());
    }
    for n in SIZES {
        for noise in NOISES {
            for frames in FRAMES {
                let runs = (1..=n_seeds).map(|seed| study.run(n, frames, noise, seed));
                println!("{}", row(n, frames, noise, &runs.collect::<Outcome<Vec<_>>>()?));
            }
        }
    }
    Ok(())
}
