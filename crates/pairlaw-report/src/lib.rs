//! Figures as SVG and documents as HTML, deterministic and accessible, from plain values.
#![doc = include_str!("../README.md")]

mod error;
mod figure;

mod document;
mod embedded;
mod table;

mod html;
mod theme;

mod axis;
mod ticks;

mod chart;
mod histogram;

mod trajectories;

mod colour_bar;
mod colour_scale;
mod heat_map;
mod polar_map;

mod frame;
mod legend;
mod style;
mod svg;
mod text;

pub use axis::{Axis, AxisScale, Quantity};
pub use chart::{Chart, Mark, Series, VerticalLine};
pub use colour_scale::ColourScale;
pub use document::{Block, Document, Section};
pub use embedded::{DataLink, EmbeddedFigure};
pub use error::ReportError;
pub use figure::{Figure, Panel, Plot};
pub use heat_map::HeatMap;
pub use histogram::Histogram;
pub use polar_map::{Angles, PolarMap};
pub use table::{CellMark, Table, TableCell};
pub use trajectories::{Trajectories, TrajectoryGroup};
