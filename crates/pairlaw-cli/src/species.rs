//! `pairlaw species`: species that nobody labelled, and the law of each.

mod evidence;
mod learn;
mod page;
mod pictures;
mod result;
mod scales;

pub(crate) use learn::one_body;
pub(crate) use page::page;
pub(crate) use pictures::Pictures;
pub(crate) use result::{SpeciesFound, SpeciesResult};
pub(crate) use scales::given_or_centred;

use crate::head::Head;
use crate::law_json::{Certainty, StoredLaw, Verdict};
use crate::learner::{Job, Learn, fingerprint};
use crate::options::{LawOrder, SpeciesOptions};
use crate::output::{Output, short};
use evidence::{Comparison, Evidence, Part, Weighed};
use learn::{Draws, Found, Learner};
use pairlaw::species::{ObservedRange, describe_law_of_order};
use pairlaw_data::Tracks;
use pairlaw_law::{Law, Order};
use pairlaw_run::{Failure, Key};
use result::{Check, Prepared, Support, verdict};
use std::fmt::Write;

/// The header of individuals.csv.
const INDIVIDUALS: &str =
    "id,species,residual,margin,velocity_error,constant_velocity_error,rows,information,weakness\n";

/// The learner of species.
pub(crate) struct Species;

impl Learn for Species {
    type Options = SpeciesOptions;
    type Found = SpeciesResult;

    fn learn<const D: usize>(
        job: &Job<'_, SpeciesOptions>,
        tracks: &Tracks<D>,
        output: &Output,
    ) -> Result<SpeciesResult, Failure> {
        if tracks.n_individuals() < 2 {
            let nothing = nothing(job, tracks);
            write(output, &nothing, &Pictures::default(), INDIVIDUALS)?;
            return Ok(nothing);
        }
        let Learned { learner, key, found, evidence } = learned(job, tracks, output)?;
        let draws = learner.draws(output, &key, &found)?;
        let straight = learner.constant_velocity()?;
        let laws: Vec<Law> =
            found.species.iter().map(|(w, _)| learner.law(w)).collect::<Result<_, _>>()?;
        let species = species(&learner, &found, &evidence, &laws, &draws, &straight)?;
        let speeds: Vec<f64> = species.iter().map(|s| s.largest_speed).collect();
        let pictures = Pictures::new(&learner, &found, &laws, &draws, &speeds)?;
        let labels = labels(&found, tracks.n_individuals());
        let of_none = labels.iter().zip(tracks.ids()).filter(|(label, _)| label.is_none());
        let undetermined: Vec<String> = of_none.map(|(_, id)| id.clone()).collect();
        let order = learner.config.order;
        let told = verdict(&species, undetermined.len(), &evidence.species, order);
        let result = SpeciesResult {
            head: Head::new(job, told),
            preparation: Some(prepared(&learner, tracks)),
            support: support(&evidence.species, species.is_empty()),
            checks: checks(&learner, &found, &undetermined),
            species,
            undetermined,
            curve: found.curve.clone(),
        };
        write(
            output,
            &result,
            &pictures,
            &table(&learner, &found, &evidence, &labels, &straight)?,
        )?;
        Ok(result)
    }
}

/// What one order of law gave.
struct Learned<const D: usize> {
    learner: Learner<D>,
    key: Key,
    found: Found,
    evidence: Evidence,
}

/// Learns laws of the order asked for; with `auto` those of second order, and where they tell next to
/// nothing those of first order, if these tell more.
fn learned<const D: usize>(
    job: &Job<'_, SpeciesOptions>,
    tracks: &Tracks<D>,
    output: &Output,
) -> Result<Learned<D>, Failure> {
    let table = fingerprint(job.table, job.read);
    let of_order = |order: Order| {
        let learner = Learner::new(tracks, job.options, order, &job.table.walls, job.run.seed)?;
        let key = learner.key(output, &table);
        let found = learner.classify(output, &key)?;
        let evidence = learner.evidence(output, &key, &found)?;
        Ok::<_, Failure>(Learned { learner, key, found, evidence })
    };
    match job.options.order {
        LawOrder::First => of_order(Order::First),
        LawOrder::Second => of_order(Order::Second),
        LawOrder::Auto => {
            let second = of_order(Order::Second)?;
            let tells = |l: &Learned<D>| !l.found.species.is_empty() && l.evidence.tells();
            if tells(&second) {
                return Ok(second);
            }
            let first = of_order(Order::First)?;
            Ok(if tells(&first) { first } else { second })
        }
    }
}

/// The result for somebody who is alone.
fn nothing<const D: usize>(job: &Job<'_, SpeciesOptions>, tracks: &Tracks<D>) -> SpeciesResult {
    SpeciesResult {
        head: Head::new(
            job,
            "No interaction can be supported: the file holds one individual, and a pair needs two."
                .to_owned(),
        ),
        preparation: None,
        species: Vec::new(),
        undetermined: tracks.ids().to_vec(),
        support: Vec::new(),
        checks: Vec::new(),
        curve: Vec::new(),
    }
}

fn write(
    output: &Output,
    result: &SpeciesResult,
    pictures: &Pictures,
    individuals: &str,
) -> Result<(), Failure> {
    // Laws of an earlier run that found more species.
    for k in result.species.len().. {
        match std::fs::remove_file(output.folder.join(format!("law-{}.json", k + 1))) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
            removed => removed?,
        }
    }
    for (k, species) in result.species.iter().enumerate() {
        output.write_json(&format!("law-{}.json", k + 1), &species.law)?;
    }
    output.write("individuals.csv", individuals)?;
    output.write_json("figures.json", pictures)?;
    output.write("report.html", &page(result, pictures)?)?;
    // Last: who finds it finds all.
    output.write_json("result.json", result)
}

fn labels(found: &Found, n: usize) -> Vec<Option<usize>> {
    let mut labels = vec![None; n];
    for (k, (_, members)) in found.species.iter().enumerate() {
        members.iter().for_each(|cell| labels[*cell] = Some(k));
    }
    labels
}

fn species<const D: usize>(
    learner: &Learner<D>,
    found: &Found,
    evidence: &Evidence,
    laws: &[Law],
    draws: &[Option<Draws>],
    straight: &[Option<f64>],
) -> Result<Vec<SpeciesFound>, Failure> {
    let order = learner.config.order;
    let ids = learner.preparation.systems.tracks().ids();
    let scales = learner.scales;
    let each = found.species.iter().zip(laws).enumerate();
    each.map(|(k, ((_, members), law))| {
        let observed = match members.is_empty() {
            true => ObservedRange { distance: learner.preparation.distances.largest, speed: 0.0 },
            false => ObservedRange::new(&learner.preparation, members)?,
        };
        let observed = ObservedRange {
            distance: observed.distance * scales.length,
            speed: observed.speed * scales.length / scales.time,
        };
        let draws = draws.get(k).and_then(Option::as_ref);
        let bootstrap = draws.map(|draws| learner.bootstrap(law, draws)).transpose()?;
        let intervals =
            bootstrap.map(|b| b.terms.iter().map(|t| [t.low, t.high, t.inclusion]).collect());
        let certainty = Certainty {
            intervals: intervals.unwrap_or_default(),
            verdicts: evidence.species[k].terms.clone(),
        };
        let of = |errors: &[Option<f64>]| members.iter().filter_map(|c| errors[*c]).collect();
        let pairs = members.iter().filter_map(|c| found.velocity_errors[*c].zip(straight[*c]));
        let (better, n) = pairs.fold((0.0, 0.0), |(better, n), (law, straight)| {
            (better + f64::from(u8::from(law < straight)), n + 1.0)
        });
        let residuals = members.iter().filter_map(|c| found.memberships[*c]).map(|m| m.0);
        let n_reference = learner.preparation.systems.n_reference();
        Ok(SpeciesFound {
            members: members.iter().map(|cell| ids[*cell].clone()).collect(),
            law: StoredLaw::new(law, order, n_reference, &certainty),
            description: describe_law_of_order(law, order, &observed),
            residual: median(residuals.collect()),
            velocity_error: median(of(&found.velocity_errors)),
            constant_velocity_error: median(of(straight)),
            share_better: (n > 0.0).then_some(better / n),
            largest_speed: observed.speed,
        })
    })
    .collect()
}

/// The middle of finite and infinite numbers, or the mean of the two; none of none, or where it is
/// infinite.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(0.5 * (lower + upper)).filter(|middle| middle.is_finite())
}

fn prepared<const D: usize>(learner: &Learner<D>, tracks: &Tracks<D>) -> Prepared {
    let (preparation, length) = (&learner.preparation, learner.scales.length);
    let test_function = preparation.systems.test_function();
    let has_rows = |cell: &usize| !preparation.systems.centres(*cell).is_empty();
    Prepared {
        length_scale: length,
        time_scale: learner.scales.time,
        dt: tracks.dt(),
        n_frames: tracks.n_frames(),
        velocity: format!("{:?}", learner.config.velocity),
        noise: learner.config.noise * length,
        half_width: test_function.half_width,
        degree: test_function.degree,
        near_field: preparation.distances.near_field * length,
        far_field: preparation.far_field * length,
        largest_distance: preparation.distances.largest * length,
        n_with_rows: (0..tracks.n_individuals()).filter(has_rows).count(),
    }
}

/// What held-out time, neighbours of another time and constant velocity say, claim by claim.
fn support(weighed: &[Weighed], is_nobody: bool) -> Vec<Support> {
    let claims = |(k, weighed): (usize, &Weighed)| {
        let who = if is_nobody { "everybody".to_owned() } else { format!("species {}", k + 1) };
        let part = |claim: String, part: &Part| Support {
            claim,
            verdict: part.verdict,
            reason: reason(part),
        };
        let mut claims = vec![
            part(format!("{who}: neighbours act"), &weighed.interaction),
            part(format!("{who}: the law explains held-out time"), &weighed.law),
        ];
        let forces = weighed.forces.iter();
        claims.extend(forces.map(|(name, p)| part(format!("{who}: {name} acts"), p)));
        if !is_nobody {
            claims.push(Support {
                claim: format!("{who}: the law predicts better than constant velocity"),
                verdict: match weighed.baseline.is_better {
                    Some(true) => Verdict::Supported,
                    Some(false) => Verdict::NotSupported,
                    None => Verdict::Undetermined,
                },
                reason: compared(&weighed.baseline),
            });
        }
        claims
    };
    weighed.iter().enumerate().flat_map(claims).collect()
}

/// The numbers behind a verdict.
fn reason(part: &Part) -> String {
    let error = part.standard_error.map_or(String::new(), |error| format!(" ± {}", short(error)));
    let gain = format!("gain in held-out time {}{error}", short(part.gain));
    let of = |pick: fn(f64, f64) -> f64| part.shifted.iter().copied().reduce(pick);
    match (of(f64::min), of(f64::max)) {
        (Some(least), Some(most)) => {
            let (least, most) = (short(least), short(most));
            format!("{gain}; with neighbours of another time {least} to {most}")
        }
        _ => gain,
    }
}

fn compared(baseline: &Comparison) -> String {
    let told = |x: Option<f64>| x.map_or("unknown".to_owned(), short);
    format!(
        "better in {} of {} simulations over held-out time; median relative error of velocities {}, at \
         constant velocity {}",
        baseline.n_better,
        baseline.n,
        told(baseline.law),
        told(baseline.constant_velocity),
    )
}

fn checks<const D: usize>(
    learner: &Learner<D>,
    found: &Found,
    undetermined: &[String],
) -> Vec<Check> {
    let n = learner.preparation.n_cells();
    let share = |k: usize| k as f64 / n as f64;
    let systems = &learner.preparation.systems;
    let n_rows = (0..n).filter(|cell| !systems.centres(*cell).is_empty()).count();
    let dt = systems.tracks().dt();
    let speed = pairlaw_validate::speed_quantile(systems.tracks(), 0.5).unwrap_or(0.0);
    let noise_per_step = learner.config.noise / (speed * dt);
    let residuals: Vec<f64> = found.memberships.iter().flatten().map(|m| m.0).collect();
    let residual = median(residuals);
    let check = |name: &str, value: String, is_good, advice: &str| Check {
        name: name.to_owned(),
        value,
        is_good,
        advice: if is_good { String::new() } else { advice.to_owned() },
    };
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let mut checks = vec![
        check(
            "share of individuals with enough samples in a row",
            percent(share(n_rows)),
            share(n_rows) >= 0.5,
            "Most tracks are short or full of gaps: link them better, or take a smaller --half-width.",
        ),
        check(
            "share of individuals in a species",
            percent(1.0 - share(undetermined.len())),
            share(undetermined.len()) < 0.25,
            "Many are explained by no law: look at individuals.csv; perhaps the motion is not driven by \
             neighbours.",
        ),
        check(
            "error of positions over the way of a frame",
            if noise_per_step.is_finite() { short(noise_per_step) } else { "unknown".to_owned() },
            noise_per_step < 0.3,
            "Errors are as large as motion: record faster motion in longer steps, or smooth less noisy \
             data.",
        ),
    ];
    if let Some(residual) = residual {
        checks.push(check(
            "median weak residual",
            short(residual),
            residual < 0.5,
            "The laws leave more than half of the typical acceleration: forces are missing in the model, \
             or noise dominates.",
        ));
    }
    checks
}

/// The table of individuals as CSV.
fn table<const D: usize>(
    learner: &Learner<D>,
    found: &Found,
    evidence: &Evidence,
    labels: &[Option<usize>],
    straight: &[Option<f64>],
) -> Result<String, Failure> {
    let mut text = INDIVIDUALS.to_owned();
    let told = |x: Option<f64>| x.map_or(String::new(), |x| x.to_string());
    let systems = &learner.preparation.systems;
    for (cell, label) in labels.iter().enumerate() {
        let membership = found.memberships[cell];
        let information = evidence.information[cell].as_ref();
        writeln!(
            text,
            "{},{},{},{},{},{},{},{},{}",
            quoted(&systems.tracks().ids()[cell]),
            label.map_or(String::new(), |k| (k + 1).to_string()),
            told(membership.map(|m| m.0)),
            told(membership.map(|m| m.1)),
            told(found.velocity_errors[cell]),
            told(straight[cell]),
            D * systems.centres(cell).len(),
            information.map_or(0.0, |(score, _)| *score),
            information.map_or("no rows", |(_, weakness)| weakness),
        )?;
    }
    Ok(text)
}

/// A field of CSV.
pub(crate) fn quoted(field: &str) -> String {
    match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_fields_by_hand() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![1.0, f64::INFINITY, f64::INFINITY]), None);
        assert_eq!(median(Vec::new()), None);
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("cell 7"), "cell 7");
    }
}
