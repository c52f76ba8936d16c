//! The report of the kernel learner.

use super::{MeanfieldResult, TermFound};
use crate::output::short;
use crate::page::{facts, input_section, picture, table, unit};
use pairlaw_law::PairKernel;
use pairlaw_report::{Axis, Chart, Document, Panel, Section, Series, TableCell};
use pairlaw_run::Failure;

const N_POINTS: usize = 200;

/// The text of report.html.
pub(crate) fn page(result: &MeanfieldResult) -> Result<String, Failure> {
    let chosen = facts(&[
        ("particles in all frames", result.n_particles.to_string()),
        ("individuals left out", result.n_dropped.to_string()),
        ("frames", result.n_frames.to_string()),
        ("largest distance of a pair", short(result.largest_distance)),
        ("σ²", short(result.kernel.noise_variance)),
    ]);
    let document = Document {
        title: format!("pairlaw meanfield: {}", result.head.input.name()),
        lead: vec![result.head.verdict.clone()],
        summary: None,
        sections: vec![kernel(result)?, input_section(&result.head.input, &chosen)],
    };
    Ok(document.to_html()?)
}

fn kernel(result: &MeanfieldResult) -> Result<Section, Failure> {
    let kernel = &result.kernel;
    let row = |term: &TermFound| -> Vec<TableCell> {
        let error = term.standard_error.map_or(String::new(), short);
        let ratio = term.standard_error.filter(|error| *error > 0.0);
        let ratio = ratio.map_or(String::new(), |error| short(term.weight / error));
        vec![term.formula.as_str().into(), short(term.weight).into(), error.into(), ratio.into()]
    };
    let header = ["term", "weight", "standard error", "weight over error"];
    let terms = table("terms", "Terms of φ", &header, kernel.terms.iter().map(row).collect());
    let told = |x: Option<f64>| x.map_or("unknown".to_owned(), short);
    let fit = [
        ("χ² with the kernel", short(kernel.chi_square)),
        ("χ² without", short(kernel.chi_square_without)),
        ("rows", kernel.n_rows.to_string()),
        ("χ² per degree of freedom (1 is a perfect fit)", told(kernel.reduced_chi_square)),
        ("condition number of the terms kept", short(kernel.condition)),
    ];
    let row = |(name, value): &(&str, String)| -> Vec<TableCell> {
        vec![(*name).into(), value.as_str().into()]
    };
    let fit =
        table("fit", "Goodness of fit", &["quantity", "value"], fit.iter().map(row).collect());
    let caption = "Positive values attract. Beyond the distances that occur often, the curve is known \
                   from few pairs.";
    let chart =
        picture("kernel-figure", "The kernel", caption, vec![Panel::new("", chart(result)?)])?;
    Ok(Section {
        id: "data-support".into(),
        title: "What the data support".into(),
        lead: vec![format!("φ(r) = {}", kernel.formula)],
        blocks: vec![chart, terms, fit],
    })
}

fn chart(result: &MeanfieldResult) -> Result<Chart, Failure> {
    let terms = result.kernel.terms.iter().map(|term| (term.term, term.weight));
    let (terms, weights): (Vec<_>, Vec<_>) = terms.unzip();
    let kernel = PairKernel::new(terms, weights)?;
    let end = result.largest_distance;
    let point = |k: usize| {
        let r = end * k as f64 / N_POINTS as f64;
        (r, kernel.value(r))
    };
    let points = (1..=N_POINTS).map(point).filter(|(_, y)| y.abs() < 1e99);
    Ok(Chart {
        x: Axis::linear("distance r", unit(&result.head.input.length_unit)),
        y: Axis::linear("φ(r)", ""),
        series: vec![Series::line("learned", 0, points)],
        ..Chart::default()
    })
}
