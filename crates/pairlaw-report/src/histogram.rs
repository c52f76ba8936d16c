//! Histograms: counts between edges, given or counted from values.

use crate::axis::{Axis, AxisScale, widened};
use crate::error::{ReportError, at_least, drawable};
use crate::frame::Frame;
use crate::svg::{Area, Px, Svg};
use crate::{legend, style};

/// Bars between edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Name in the legend.
    pub label: String,
    /// Which colour and dash it has.
    pub class: usize,
    /// Edges of the bins in increasing order: one more than counts, or none for an empty histogram.
    pub edges: Vec<f64>,
    /// Count, or density, of each bin.
    pub counts: Vec<f64>,
}

impl Histogram {
    /// Counts values in bins of equal width from the lowest to the highest of them.
    ///
    /// ```text
    /// c_k = #{ i : e_k ≤ v_i < e_{k+1} },   e_k = min v + k (max v − min v) / n
    /// ```
    ///
    /// The last bin holds its upper edge too. Equal values stand in the middle of an interval of
    /// their own size. No values make an empty histogram.
    ///
    /// # Errors
    ///
    /// [`ReportError::NotDrawable`] for a value that is NaN, infinite or too large;
    /// [`ReportError::BadSetting`] for no bins.
    pub fn from_values(
        label: impl Into<String>,
        class: usize,
        values: &[f64],
        n_bins: usize,
    ) -> Result<Self, ReportError> {
        let label = label.into();
        at_least("number of bins", n_bins as f64, 1.0)?;
        for (index, &value) in values.iter().enumerate() {
            drawable(&label, index, value)?;
        }
        if values.is_empty() {
            return Ok(Self { label, class, ..Self::default() });
        }
        let [lo, hi] = values
            .iter()
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[lo, hi], &v| [lo.min(v), hi.max(v)]);
        let [lo, hi] = widened(lo, hi);
        let edge = |k: usize| lo + (hi - lo) * (k as f64 / n_bins as f64);
        let edges: Vec<f64> = (0..=n_bins).map(edge).collect();
        let mut counts = vec![0.0; n_bins];
        for value in values {
            let bin = edges[1..n_bins].partition_point(|edge| edge <= value);
            counts[bin] += 1.0;
        }
        Ok(Self { label, class, edges, counts })
    }

    pub(crate) fn check(&self, x: &Axis) -> Result<(), ReportError> {
        let Self { label, edges, counts, .. } = self;
        let (n_edges, n_counts) = (edges.len(), counts.len());
        if n_edges != n_counts + 1 && !(edges.is_empty() && counts.is_empty()) {
            return Err(ReportError::BadEdges { label: label.clone(), n_edges, n_counts });
        }
        for (index, &edge) in edges.iter().enumerate() {
            x.place(label, index, edge)?;
        }
        if let Some(k) = edges.windows(2).position(|pair| pair[0] >= pair[1]) {
            let label = label.clone();
            return Err(ReportError::EdgesNotIncreasing { label, index: k + 1 });
        }
        for (index, &value) in counts.iter().enumerate() {
            drawable(label, index, value)?;
            if value < 0.0 {
                return Err(ReportError::NegativeCount { label: label.clone(), index, value });
            }
        }
        Ok(())
    }

    /// One path with a box for each bin that counts something.
    pub(crate) fn draw(&self, svg: &mut Svg, frame: &Frame) {
        let base = match frame.y.scale {
            AxisScale::Linear => frame.at([frame.x.lo, 0.0])[1],
            AxisScale::Log10 => frame.area.bottom(),
        };
        let base = Px(base);
        let mut d = String::new();
        for (edges, &count) in self.edges.windows(2).zip(&self.counts) {
            if count > 0.0 {
                let [left, top] = frame.at([edges[0], count]);
                let [right, _] = frame.at([edges[1], count]);
                let [left, right, top] = [left, right, top].map(Px);
                d.push_str(&format!("M{left} {base}V{top}H{right}V{base}z"));
            }
        }
        svg.path(&d, &style::outlined(self.class));
    }

    pub(crate) fn entry(&self) -> legend::Entry {
        let mut svg = Svg::default();
        let area = Area { left: 4.0, top: -5.0, width: legend::SWATCH - 8.0, height: 10.0 };
        svg.rect(area, &style::outlined(self.class));
        legend::Entry::new(svg, &self.label, self.counts.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_half_open_bins() {
        let bars = Histogram::from_values("v", 0, &[0.0, 1.0, 1.5, 2.0, 4.0], 4).unwrap();
        assert_eq!(bars.edges, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(bars.counts, [1.0, 2.0, 1.0, 1.0]);
        let bars = Histogram::from_values("v", 0, &[2.0, 2.0], 3).unwrap();
        assert_eq!(bars.counts, [0.0, 2.0, 0.0]);
    }

    #[test]
    fn bad_values_and_bins_are_refused() {
        let error = Histogram::from_values("v", 0, &[0.0, f64::NAN], 2).unwrap_err();
        assert!(matches!(error, ReportError::NotDrawable { index: 1, .. }), "{error}");
        let error = Histogram::from_values("v", 0, &[0.0], 0).unwrap_err();
        assert!(matches!(error, ReportError::BadSetting { .. }), "{error}");
        let bars = |edges: &[f64], counts: &[f64]| {
            let (edges, counts) = (edges.to_vec(), counts.to_vec());
            Histogram { label: "v".into(), class: 0, edges, counts }.check(&Axis::default())
        };
        let label = || "v".to_owned();
        assert_eq!(
            bars(&[0.0, 1.0], &[1.0, 2.0]),
            Err(ReportError::BadEdges { label: label(), n_edges: 2, n_counts: 2 })
        );
        assert_eq!(
            bars(&[0.0, 1.0, 1.0], &[1.0, 2.0]),
            Err(ReportError::EdgesNotIncreasing { label: label(), index: 2 })
        );
        assert_eq!(
            bars(&[0.0, 1.0], &[-1.0]),
            Err(ReportError::NegativeCount { label: label(), index: 0, value: -1.0 })
        );
        assert_eq!(bars(&[], &[]), Ok(()));
    }
}
