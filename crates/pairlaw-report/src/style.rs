//! What a class looks like: colour, dash and marker, so that it is known without colour too.

use crate::svg::Px;

/// Okabe and Ito's colours without yellow, which is lost on white.
const COLOURS: [&str; 7] =
    ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

/// The same on a dark background: lighter, so that none is lost.
const ON_DARK: [&str; 7] =
    ["#4C9FE6", "#F5803E", "#2BC59A", "#E39CC2", "#F0B429", "#9AD4F5", "#F2F2F2"];

/// Five dashes for seven colours: only class 35 looks like class 0 again.
const DASHES: [&str; 5] = ["none", "7 4", "1.5 3.5", "9 4 1.5 4", "14 5"];

/// Circle, square, triangle, diamond, cross and triangle upside down, about their centre.
const MARKERS: [&str; 6] = [
    "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
    "m-3 -3h6v6h-6z",
    "m0 -4l4 7h-8z",
    "m0 -4.5l3.5 4.5l-3.5 4.5l-3.5 -4.5z",
    "m-1.4 -4h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6v-2.8h2.6z",
    "m0 4l4 -7h-8z",
];

/// Colour of a class.
pub(crate) fn colour(class: usize) -> &'static str {
    COLOURS[class % COLOURS.len()]
}

/// Colour of every class, and what it is on a dark background.
pub(crate) fn colours_on_dark() -> impl Iterator<Item = [&'static str; 2]> {
    COLOURS.into_iter().zip(ON_DARK).map(|(light, dark)| [light, dark])
}

/// Attributes of a line of a class, with its dash.
pub(crate) fn line(class: usize) -> String {
    stroke(class, 1.8, 1.0, DASHES[class % DASHES.len()])
}

/// Attributes of an unfilled line: width in px, opacity, dash.
pub(crate) fn stroke(class: usize, width: f64, opacity: f64, dash: &str) -> String {
    let colour = colour(class);
    format!(
        "fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-opacity=\"{opacity}\" \
         stroke-dasharray=\"{dash}\" stroke-linecap=\"round\" stroke-linejoin=\"round\""
    )
}

/// Attributes of an area of a class.
pub(crate) fn fill(class: usize, opacity: f64) -> String {
    format!("fill=\"{}\" fill-opacity=\"{opacity}\"", colour(class))
}

/// Attributes of the bars of a class.
pub(crate) fn outlined(class: usize) -> String {
    let (fill, dash) = (fill(class, 0.3), DASHES[class % DASHES.len()]);
    let colour = colour(class);
    format!("data-part=\"bars\" {fill} stroke=\"{colour}\" stroke-dasharray=\"{dash}\"")
}

/// Attributes of markers of a class: a white rim parts those that touch.
pub(crate) fn marker_fill(class: usize) -> String {
    format!("fill=\"{}\" stroke=\"#fff\" stroke-width=\"0.7\"", colour(class))
}

/// Path data of a class's markers at points.
pub(crate) fn markers(class: usize, points: impl IntoIterator<Item = [f64; 2]>) -> String {
    let shape = MARKERS[class % MARKERS.len()];
    points.into_iter().map(|[x, y]| format!("M{} {}{shape}", Px(x), Px(y))).collect()
}
