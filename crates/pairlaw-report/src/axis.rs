//! Axes: what they measure, their scale, and the span of values they show.

use crate::error::{LARGEST, ReportError, drawable};
use crate::ticks::{Tick, linear_ticks, log_ticks};

/// Least width of a span relative to its bounds, so that ticks remain distinct doubles.
const NARROWEST: f64 = 1e-12;

/// What an axis or a colour measures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantity {
    /// Name, such as `distance`.
    pub label: String,
    /// Unit, such as `µm`; empty for a pure number.
    pub unit: String,
}

impl Quantity {
    /// A quantity with its unit; an empty unit is a pure number.
    pub fn new(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { label: label.into(), unit: unit.into() }
    }

    /// `label (unit)`.
    pub(crate) fn text(&self) -> String {
        match self.unit.as_str() {
            "" => self.label.clone(),
            unit => format!("{} ({unit})", self.label),
        }
    }
}

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AxisScale {
    /// Evenly.
    #[default]
    Linear,
    /// By their decimal logarithm; values are at least 1e-100.
    Log10,
}

/// An axis of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it measures.
    pub quantity: Quantity,
    /// Linear or logarithmic.
    pub scale: AxisScale,
    /// Lowest and highest value shown; those of the data, with a margin, where `None`.
    pub range: Option<[f64; 2]>,
}

impl Axis {
    /// A linear axis over the range of the data.
    pub fn linear(label: impl Into<String>, unit: impl Into<String>) -> Self {
        let quantity = Quantity::new(label, unit);
        Self { quantity, scale: AxisScale::Linear, range: None }
    }

    /// A logarithmic axis over the range of the data.
    pub fn log10(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { scale: AxisScale::Log10, ..Self::linear(label, unit) }
    }

    /// Checks the range that was asked for.
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        let Some([low, high]) = self.range else { return Ok(()) };
        let wide = high - low > NARROWEST * low.abs().max(high.abs()) && high - low > 1.0 / LARGEST;
        let bounded = low.abs() <= LARGEST && high.abs() <= LARGEST;
        let placed = self.scale == AxisScale::Linear || low >= 1.0 / LARGEST;
        if wide && bounded && placed {
            return Ok(());
        }
        Err(ReportError::BadRange { label: self.quantity.label.clone(), low, high })
    }

    /// Checks that a value of a series has a place on this axis.
    pub(crate) fn place(&self, series: &str, index: usize, value: f64) -> Result<(), ReportError> {
        drawable(series, index, value)?;
        if self.scale == AxisScale::Log10 && value < 1.0 / LARGEST {
            return Err(ReportError::NotPositive { series: series.to_owned(), index, value });
        }
        Ok(())
    }

    /// The span to show for these values: the range asked for, or theirs with a margin.
    pub(crate) fn span(&self, values: impl Iterator<Item = f64>) -> Span {
        let scale = self.scale;
        if let Some([lo, hi]) = self.range {
            return Span { lo, hi, scale, empty: false };
        }
        let [lo, hi] =
            values.fold([f64::INFINITY, f64::NEG_INFINITY], |[lo, hi], v| [lo.min(v), hi.max(v)]);
        match scale {
            // Without values any span will do; it shows no ticks, which would be invented.
            _ if lo > hi => Span { lo: 1.0, hi: 2.0, scale, empty: true },
            AxisScale::Linear => {
                let [lo, hi] = widened(lo, hi);
                let margin = 0.04 * (hi - lo);
                Span { lo: lo - margin, hi: hi + margin, scale, empty: false }
            }
            AxisScale::Log10 => {
                let factor = if hi > 1.001 * lo { (hi / lo).powf(0.04) } else { 2.0 };
                Span { lo: lo / factor, hi: hi * factor, scale, empty: false }
            }
        }
    }
}

/// Bounds that differ: a single value is put into the middle of an interval of its own size.
pub(crate) fn widened(lo: f64, hi: f64) -> [f64; 2] {
    let size = lo.abs().max(hi.abs());
    match hi - lo > (NARROWEST * size).max(1.0 / LARGEST) {
        true => [lo, hi],
        false if size > 1.0 / LARGEST => [lo - 0.5 * size, hi + 0.5 * size],
        false => [-0.5, 0.5],
    }
}

/// The values shown along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) lo: f64,
    pub(crate) hi: f64,
    pub(crate) scale: AxisScale,
    /// Whether there was nothing to show.
    pub(crate) empty: bool,
}

impl Span {
    /// Place of a value along the axis: 0 at its begin, 1 at its end.
    pub(crate) fn fraction(&self, value: f64) -> f64 {
        match self.scale {
            AxisScale::Linear => (value - self.lo) / (self.hi - self.lo),
            AxisScale::Log10 => (value / self.lo).log10() / (self.hi / self.lo).log10(),
        }
    }

    /// At most about `n_steps` + 1 labelled ticks.
    pub(crate) fn ticks(&self, n_steps: usize) -> Vec<Tick> {
        match self.scale {
            _ if self.empty => Vec::new(),
            AxisScale::Linear => linear_ticks(self.lo, self.hi, n_steps),
            AxisScale::Log10 => log_ticks(self.lo, self.hi, n_steps),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_spans(axis: &Axis, values: &[f64], [lo, hi]: [f64; 2]) {
        let span = axis.span(values.iter().copied());
        // Rounding.
        let near = (span.lo - lo).abs() < 1e-12 * hi && (span.hi - hi).abs() < 1e-12 * hi;
        assert!(near, "{span:?} {lo} {hi}");
    }

    #[test]
    fn spans_have_a_margin_unless_given() {
        assert_spans(&Axis::linear("x", ""), &[5.0, 0.0, 100.0], [-4.0, 104.0]);
        assert_spans(&Axis::log10("x", ""), &[1.0, 1e25], [0.1, 1e26]);
        let axis = Axis { range: Some([1.0, 2.0]), ..Axis::linear("x", "") };
        assert_spans(&axis, &[-7.0], [1.0, 2.0]);
    }

    #[test]
    fn a_single_value_is_in_the_middle() {
        assert_spans(&Axis::linear("x", ""), &[2.0, 2.0], [0.92, 3.08]);
        assert_spans(&Axis::log10("x", ""), &[3.0], [1.5, 6.0]);
        assert_spans(&Axis::linear("x", ""), &[0.0], [-0.54, 0.54]);
    }

    #[test]
    fn units_stand_in_brackets() {
        assert_eq!(Quantity::new("speed", "µm/h").text(), "speed (µm/h)");
        assert_eq!(Quantity::new("ratio", "").text(), "ratio");
    }
}
