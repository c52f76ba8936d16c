//! What can be wrong with the values of a figure or the parts of a document.

/// Largest magnitude that can be drawn; beyond it differences would overflow.
pub(crate) const LARGEST: f64 = 1e100;

/// Why a figure cannot be drawn or a document not be written.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReportError {
    /// The figure has no title.
    #[error("the figure has no title: a screen reader needs one to name it")]
    NoTitle,
    /// The figure has no panel.
    #[error("the figure {title:?} has no panel: give at least one")]
    NoPanels {
        /// Title of the figure.
        title: String,
    },
    /// A number of a series is NaN, infinite or too large.
    #[error(
        "{series:?} has the value {value} at index {index}: only numbers between -1e100 and 1e100 \
         can be drawn; leave a gap for what is missing"
    )]
    NotDrawable {
        /// Label of the series, the ring of a polar map or the row of a heat map.
        series: String,
        /// Index within the series.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A number has no place on a logarithmic axis.
    #[error(
        "{series:?} has the value {value} at index {index} on a logarithmic axis, which begins \
         at 1e-100: leave a gap or take a linear axis"
    )]
    NotPositive {
        /// Label of the series.
        series: String,
        /// Index within the series.
        index: usize,
        /// The value.
        value: f64,
    },
    /// The lower bound of a band is above the upper.
    #[error("the band of {series:?} runs from {low} to {high} at index {index}: exchange them")]
    BandReversed {
        /// Label of the series.
        series: String,
        /// Index within the band.
        index: usize,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// A range cannot be shown on its axis.
    #[error(
        "the axis {label:?} cannot show {low} to {high}: the bounds must be finite and increase, \
         by more than 1e-12 of the larger, and be positive if the axis is logarithmic"
    )]
    BadRange {
        /// Label of the axis.
        label: String,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// An axis of a heat map is logarithmic or has a range besides that of the grid.
    #[error(
        "the axis {label:?} of a heat map is logarithmic or has a range of its own: cells are equal \
         and fill the range of the grid, so take `Axis::linear` as it is"
    )]
    NotOfGrid {
        /// Label of the axis.
        label: String,
    },
    /// The rows of a heat map differ in length.
    #[error(
        "row {row} of the heat map of {label:?} has {n_cells} cells, the first has {expected}: give \
         all the same number, with `None` for what is missing"
    )]
    RaggedRows {
        /// Label of the values.
        label: String,
        /// Index of the row.
        row: usize,
        /// Its number of cells.
        n_cells: usize,
        /// Number of cells of the first row.
        expected: usize,
    },
    /// A histogram's bins are not bounded by one edge more than there are counts.
    #[error("the histogram {label:?} has {n_edges} edges for {n_counts} counts: give one more")]
    BadEdges {
        /// Label of the histogram.
        label: String,
        /// Number of edges.
        n_edges: usize,
        /// Number of counts.
        n_counts: usize,
    },
    /// The edges of a histogram do not increase.
    #[error("the edges of the histogram {label:?} do not increase at index {index}: sort them")]
    EdgesNotIncreasing {
        /// Label of the histogram.
        label: String,
        /// Index of the edge that is not above the one before.
        index: usize,
    },
    /// A histogram counts less than nothing.
    #[error("the histogram {label:?} has the count {value} at index {index}: counts are >= 0")]
    NegativeCount {
        /// Label of the histogram.
        label: String,
        /// Index of the bin.
        index: usize,
        /// The count.
        value: f64,
    },
    /// A size or a scale is no positive number.
    #[error("the {setting} is {value}: give a finite number >= {least}")]
    BadSetting {
        /// What was set.
        setting: &'static str,
        /// Its value.
        value: f64,
        /// The least that makes sense.
        least: f64,
    },
    /// The document has no title.
    #[error("the document has no title: the browser's tab and its heading need one")]
    UntitledDocument,
    /// A part of the document has no title.
    #[error("the {part} {id:?} has no title: links and screen readers need one to name it")]
    Untitled {
        /// Section, heading, table or figure.
        part: &'static str,
        /// Its id.
        id: String,
    },
    /// An id cannot stand in a link.
    #[error(
        "a {part} has the id {id:?}: begin with an ASCII letter and go on with letters, digits, \
         '-', '_' and '.', so that links find it"
    )]
    BadId {
        /// Section, heading, table or figure.
        part: &'static str,
        /// The id.
        id: String,
    },
    /// Two parts have one id.
    #[error(
        "two parts of the document have the id {id:?}: rename one, or links find only the first"
    )]
    SharedId {
        /// The id.
        id: String,
    },
    /// A table has no columns.
    #[error("the table {table:?} has no columns: give its header at least one")]
    NoColumns {
        /// Id of the table.
        table: String,
    },
    /// A row of a table is not as long as its header.
    #[error(
        "row {row} of the table {table:?} has {n_cells} cells, the header has {expected}: give all \
         the same number, with empty cells for what is missing"
    )]
    RaggedTable {
        /// Id of the table.
        table: String,
        /// Index of the row.
        row: usize,
        /// Its number of cells.
        n_cells: usize,
        /// Number of columns of the header.
        expected: usize,
    },
    /// A picture is not what `Figure::to_svg` writes.
    #[error(
        "the picture of the figure {figure:?} cannot stand in a page ({found}): embed the text of \
         `Figure::to_svg`, which neither runs nor loads anything"
    )]
    BadPicture {
        /// Id of the figure.
        figure: String,
        /// What it should not hold, or why it is no SVG.
        found: String,
    },
    /// A file to save has no proper name or type.
    #[error(
        "a file cannot be offered as {file_name:?} of type {media_type:?}: give a name without \
         '/', '\\' and ':', and a type such as text/csv"
    )]
    BadDataLink {
        /// Name under which it would be saved.
        file_name: String,
        /// What it is said to be.
        media_type: String,
    },
}

/// Refuses numbers that are NaN, infinite or beyond [`LARGEST`].
pub(crate) fn drawable(series: &str, index: usize, value: f64) -> Result<(), ReportError> {
    if value.abs() <= LARGEST {
        return Ok(());
    }
    Err(ReportError::NotDrawable { series: series.to_owned(), index, value })
}

/// Refuses a setting below `least`, NaN or beyond [`LARGEST`].
pub(crate) fn at_least(setting: &'static str, value: f64, least: f64) -> Result<(), ReportError> {
    if (least..=LARGEST).contains(&value) {
        return Ok(());
    }
    Err(ReportError::BadSetting { setting, value, least })
}
