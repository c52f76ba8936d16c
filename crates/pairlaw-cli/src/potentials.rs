//! `pairlaw potentials`: pair potentials of few frames, and whether they predict later ones.

mod page;

pub(crate) use page::page;

use crate::error::CliError;
use crate::head::Head;
use crate::learner::{Job, Learn, fingerprint, window};
use crate::options::{PotentialsOptions, Sharing};
use crate::output::{Output, short};
use pairlaw::potentials::rollout::{Rate, Role, Scheme};
use pairlaw::potentials::{FrameErrors, Prediction, TrackFit, TracksConfig, fit_tracks};
use pairlaw_data::Tracks;
use pairlaw_run::Failure;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The learner of potentials.
pub(crate) struct Potentials;

/// `result.json` of the learner of potentials, in the units of the input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PotentialsResult {
    #[serde(flatten)]
    pub(crate) head: Head<PotentialsOptions>,
    pub(crate) fit: PotentialsFound,
}

/// What was fitted and how it predicts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PotentialsFound {
    pub(crate) ids: Vec<String>,
    /// Individuals left out, because they are missing in a frame.
    pub(crate) n_dropped: usize,
    pub(crate) n_fitted: usize,
    pub(crate) parameters: Vec<PairParameters>,
    /// Mean distances between predicted and recorded positions, frame by frame.
    pub(crate) errors: Vec<FrameErrors>,
    pub(crate) prediction: Prediction,
    /// How training ended.
    pub(crate) status: String,
    /// Positions in the plane, a list an individual: recorded and simulated.
    pub(crate) recorded: Vec<Vec<[f64; 2]>>,
    pub(crate) simulated: Vec<Vec<[f64; 2]>>,
}

/// `P(d) = R e^{−d/r} − A e^{−d/a}` of one individual or one pair.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PairParameters {
    /// Who moves in the potential; none where it is the same for all.
    pub(crate) receiver: Option<String>,
    /// Whose potential it is.
    pub(crate) sender: String,
    /// R, length²/time.
    pub(crate) repulsion: f64,
    /// r, length.
    pub(crate) repulsion_range: f64,
    /// A, length²/time.
    pub(crate) attraction: f64,
    /// a, length.
    pub(crate) attraction_range: f64,
}

impl Learn for Potentials {
    type Options = PotentialsOptions;
    type Found = PotentialsResult;

    fn learn<const D: usize>(
        job: &Job<'_, PotentialsOptions>,
        tracks: &Tracks<D>,
        output: &Output,
    ) -> Result<PotentialsResult, Failure> {
        let config = config(job.options, tracks.n_frames(), job.run.seed)?;
        let key = output.key("potentials", &(fingerprint(job.table, job.read), &config));
        let fit = output.store.product(&key, || {
            let tell = |done| output.progress.tell("training", done, config.epochs);
            Ok(found(&fit_tracks(tracks, &config, &mut |epoch| tell(epoch.epoch + 1))?))
        })?;
        let result = PotentialsResult { head: Head::new(job, verdict(&fit.prediction)), fit };
        output.write("report.html", &page(&result)?)?;
        output.write_json("result.json", &result)?;
        Ok(result)
    }
}

fn config(
    options: &PotentialsOptions,
    n_frames: usize,
    seed: u64,
) -> Result<TracksConfig, CliError> {
    let bad = |option, value: String, needed| Err(CliError::BadOption { option, value, needed });
    let share = options.fitted_share;
    if !(share > 0.0 && share <= 1.0) {
        return bad("fitted-share", share.to_string(), "in (0, 1]");
    }
    let [r, a] = options.ranges[..] else {
        return bad("ranges", format!("{:?}", options.ranges), "two numbers, such as .3,.6");
    };
    let scheme = match options.scheme {
        Sharing::Individual => Scheme::Individual(Role::Sender),
        Sharing::Mutual => Scheme::Mutual,
    };
    let frames = window(n_frames, options.first_frame, options.frames)?;
    let n_frames = frames.len();
    let n_fitted = ((share * n_frames as f64).round() as usize).clamp(2.min(n_frames), n_frames);
    let (epochs, rate) = (options.epochs, Rate::Cosine(options.rate));
    let config = TracksConfig::new(scheme, n_frames, n_fitted);
    Ok(TracksConfig { frames: frames.collect(), ranges: [r, a], epochs, rate, seed, ..config })
}

fn found<const D: usize>(fit: &TrackFit<D>) -> PotentialsFound {
    let learned = &fit.fit.parameters[0];
    let ids = fit.tracks.ids.clone();
    let is_mutual = learned.scheme == Scheme::Mutual;
    let scale = fit.normalisation.scale;
    let receivers = if is_mutual { ids.len() } else { 1 };
    let pairs = (0..receivers).flat_map(|i| (0..ids.len()).map(move |j| (i, j)));
    let pair = |(i, j): (usize, usize)| {
        // Strengths are lengths squared over time, ranges lengths; both are stored as logarithms.
        let [repulsion, r, attraction, a] = learned.pair(i, j).map(f64::exp);
        PairParameters {
            receiver: is_mutual.then(|| ids[i].clone()),
            sender: ids[j].clone(),
            repulsion: repulsion * scale * scale,
            repulsion_range: r * scale,
            attraction: attraction * scale * scale,
            attraction_range: a * scale,
        }
    };
    let parameters = pairs.filter(|(i, j)| !is_mutual || i != j).map(pair).collect();
    PotentialsFound {
        n_dropped: fit.tracks.n_dropped,
        n_fitted: fit.n_fitted,
        parameters,
        errors: fit.errors.clone(),
        prediction: fit.prediction,
        status: fit.fit.status.to_string(),
        recorded: paths(&fit.tracks.positions, ids.len()),
        simulated: paths(&fit.simulated, ids.len()),
        ids,
    }
}

/// Paths of individuals in the plane of the first two coordinates; of a line over the frames.
fn paths<const D: usize>(frames: &[Vec<[f64; D]>], n: usize) -> Vec<Vec<[f64; 2]>> {
    let point = |(k, x): (usize, [f64; D])| match x.get(1) {
        Some(y) => [x[0], *y],
        None => [k as f64, x[0]],
    };
    (0..n).map(|i| frames.iter().map(|x| x[i]).enumerate().map(point).collect()).collect()
}

/// First of all whether the potentials beat constant velocity.
fn verdict(prediction: &Prediction) -> String {
    let supported = match (prediction, prediction.is_better()) {
        (Prediction::NothingHeldOut, _) => "Undetermined",
        (_, Some(true)) => "Supported",
        (_, Some(false)) => "Not supported",
        (_, None) => "Undetermined",
    };
    format!("{supported}: {prediction}.")
}

impl fmt::Display for PotentialsResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.head.verdict)?;
        let fit = &self.fit;
        writeln!(
            f,
            "\n{} individuals present in all frames, {} left out; {} frames fitted, {} held out",
            fit.ids.len(),
            fit.n_dropped,
            fit.n_fitted,
            fit.errors.len() + 1 - fit.n_fitted
        )?;
        writeln!(f, "training: {}", fit.status)?;
        if let Some(last) = fit.errors.last() {
            writeln!(
                f,
                "mean error in the last frame: potentials {}, constant velocity {}, at rest {}",
                short(last.restarted),
                short(last.constant_velocity),
                short(last.still)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::defaults;

    #[test]
    fn the_verdict_begins_with_the_comparison() {
        let compared = |simulated, constant_velocity| Prediction::Compared {
            simulated,
            constant_velocity,
            standard_error: 0.1,
        };
        assert!(verdict(&compared(1.0, 2.0)).starts_with("Supported: the potentials predict"));
        assert!(verdict(&compared(2.0, 1.0)).starts_with("Not supported"));
        assert!(verdict(&compared(1.0, 1.1)).starts_with("Undetermined"));
        assert!(verdict(&Prediction::NothingHeldOut).starts_with("Undetermined"));
    }

    #[test]
    fn frames_and_ranges_are_checked() {
        let options: PotentialsOptions = defaults().unwrap();
        let found = config(&options, 10, 3).unwrap();
        assert_eq!((found.frames.len(), found.n_fitted, found.seed), (10, 7, 3));
        assert_eq!(config(&options, 2, 1).unwrap().n_fitted, 2);
        let told = |options: PotentialsOptions| config(&options, 9, 1).unwrap_err().to_string();
        let bad = PotentialsOptions { fitted_share: 0.0, ..options.clone() };
        assert!(told(bad).contains("--fitted-share is 0"));
        let bad = PotentialsOptions { ranges: vec![1.0], ..options };
        assert!(told(bad).contains("--ranges is [1.0]"));
    }
}
