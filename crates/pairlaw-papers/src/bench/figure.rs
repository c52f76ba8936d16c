//! One figure: the median of several runs, their spread, its target and its peer.

use serde::{Deserialize, Serialize};

/// What was measured; less of it is better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Figure {
    pub(super) name: String,
    /// Median of the runs.
    pub(super) value: f64,
    pub(super) unit: String,
    /// Most that is good; `None` for what is only told.
    pub(super) target: Option<f64>,
    /// Least and most of the runs; `None` for what was measured once.
    pub(super) spread: Option<[f64; 2]>,
    pub(super) peer: Option<Peer>,
}

/// Another program that did the same work on one core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Peer {
    pub(super) name: String,
    pub(super) version: String,
    /// In the unit of the figure.
    pub(super) value: f64,
    /// Peer by ours: above 1 where ours is the faster one.
    pub(super) ratio: f64,
}

impl Figure {
    /// From one run or more, in the unit.
    pub(super) fn new(
        name: impl Into<String>,
        unit: &str,
        target: Option<f64>,
        runs: &[f64],
    ) -> Self {
        let least = runs.iter().copied().fold(f64::INFINITY, f64::min);
        let most = runs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self {
            name: name.into(),
            value: median(runs),
            unit: unit.to_owned(),
            target,
            spread: (runs.len() > 1).then_some([least, most]),
            peer: None,
        }
    }

    /// Least and most; both the value where it was measured once.
    pub(super) fn range(&self) -> [f64; 2] {
        self.spread.unwrap_or([self.value; 2])
    }

    pub(super) fn spread_words(&self) -> String {
        self.spread.map_or("once".to_owned(), |[least, most]| {
            format!("{} … {}", number(least), number(most))
        })
    }

    /// How it stands to its target; empty without one.
    pub(super) fn verdict(&self) -> &'static str {
        match self.target {
            Some(target) if self.value <= target => "met",
            Some(_) => "missed",
            None => "",
        }
    }
}

/// The middle value; of an even number, the upper one.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A number in four digits.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size > 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{value:.1e}");
    }
    let power = if size > 0.0 { size.log10().floor() as i32 } else { 0 };
    format!("{value:.*}", usize::try_from(3 - power).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_the_median_and_the_spread_of_its_runs() {
        let figure = Figure::new("x", "ms", Some(2.0), &[3.0, 1.0, 2.0]);
        assert_eq!((figure.value, figure.spread), (2.0, Some([1.0, 3.0])));
        assert_eq!((figure.verdict(), figure.spread_words().as_str()), ("met", "1.000 … 3.000"));
        let once = Figure::new("x", "ms", Some(2.0), &[2.5]);
        assert_eq!((once.spread, once.range()), (None, [2.5; 2]));
        assert_eq!((once.verdict(), once.spread_words().as_str()), ("missed", "once"));
        assert_eq!(Figure { target: None, ..once }.verdict(), "");
    }

    #[test]
    fn numbers_keep_four_digits() {
        let values = [0.0, 0.5, 0.012_34, 43.21, 999.96, 4_321.4, 1.2e-4, 3.4e7];
        let words = ["0.000", "0.5000", "0.01234", "43.21", "1000.0", "4321", "1.2e-4", "3.4e7"];
        assert_eq!(values.map(number), words);
    }
}
