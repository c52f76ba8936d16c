//! What a page carries within itself: pictures, and files to be saved.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::document::Part;
use crate::error::ReportError;
use crate::figure::Figure;

/// Figures wider than this get a second picture for phones.
const WIDE: f64 = 480.0;

/// Width in px of the picture for phones.
const NARROW: f64 = 340.0;

/// What the pictures of this crate consist of.
const ELEMENTS: [&str; 8] = ["svg", "title", "desc", "g", "rect", "circle", "path", "text"];

/// Attributes that run, load, style or could clash with those of the page.
const REFUSED: [&str; 5] = ["id", "class", "style", "href", "src"];

/// A figure within a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbeddedFigure {
    /// Where links lead.
    pub id: String,
    /// Its name, shown below it and in the table of contents.
    pub title: String,
    /// What is to be seen.
    pub caption: String,
    /// The picture, as [`Figure::to_svg`] writes it.
    pub svg: String,
    /// The same for narrow screens; without it, a wide picture is scrolled sideways there.
    pub narrow_svg: Option<String>,
    /// The numbers behind it, to be saved.
    pub data: Option<DataLink>,
}

/// A file that the page carries and the reader can save.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataLink {
    /// Name under which it is saved.
    pub file_name: String,
    /// What it is, such as `text/csv` or `application/json`.
    pub media_type: String,
    /// Its bytes.
    pub contents: Vec<u8>,
}

impl EmbeddedFigure {
    /// A figure with its own title and caption, drawn a second time for phones if it is wide.
    ///
    /// # Errors
    ///
    /// As [`Figure::to_svg`].
    pub fn new(id: impl Into<String>, figure: &Figure) -> Result<Self, ReportError> {
        let Figure { title, caption, .. } = figure.clone();
        let svg = figure.to_svg()?;
        let narrow = Figure { width: NARROW, columns: 1, ..figure.clone() };
        let narrow_svg = if figure.width > WIDE { Some(narrow.to_svg()?) } else { None };
        Ok(Self { id: id.into(), title, caption, svg, narrow_svg, data: None })
    }

    pub(crate) fn part(&self) -> Part<'_> {
        Part { kind: "figure", id: &self.id, title: &self.title }
    }

    /// The pictures stand in the page as they are, so they must be what they are said to be.
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        for svg in std::iter::once(&self.svg).chain(&self.narrow_svg) {
            check_svg(svg)
                .map_err(|found| ReportError::BadPicture { figure: self.id.clone(), found })?;
        }
        self.data.as_ref().map_or(Ok(()), DataLink::check)
    }
}

/// Says what a picture of this crate would not hold.
fn check_svg(svg: &str) -> Result<(), String> {
    // An HTML parser reads these otherwise than an XML parser does.
    if let Some(begin) = ["<!", "<?"].into_iter().find(|begin| svg.contains(begin)) {
        return Err(begin.to_owned());
    }
    let tree = roxmltree::Document::parse(svg).map_err(|error| error.to_string())?;
    for element in tree.descendants().filter(roxmltree::Node::is_element) {
        let name = element.tag_name().name();
        let foreign = element.tag_name().namespace() != Some("http://www.w3.org/2000/svg");
        if foreign || !ELEMENTS.contains(&name) {
            return Err(format!("<{name}>"));
        }
        for attribute in element.attributes() {
            let name = attribute.name();
            if REFUSED.contains(&name)
                || name.starts_with("on")
                || attribute.value().contains("url(")
            {
                return Err(format!("{name}={:?}", attribute.value()));
            }
        }
    }
    let root = tree.root_element();
    let is_sized = root.tag_name().name() == "svg" && natural_width(svg).is_some();
    if is_sized { Ok(()) } else { Err("no width in px".to_owned()) }
}

/// Width in px that the picture's root gives.
pub(crate) fn natural_width(svg: &str) -> Option<f64> {
    let (root, _) = svg.split_once('>')?;
    let (_, after) = root.split_once(" width=\"")?;
    let width: f64 = after.split_once('"')?.0.parse().ok()?;
    (width.is_finite() && width > 0.0).then_some(width)
}

impl DataLink {
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        let in_name = |c: char| !c.is_control() && !"/\\:".contains(c);
        let in_type = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let is_name = !self.file_name.trim().is_empty() && self.file_name.chars().all(in_name);
        let is_word = |word: &str| !word.is_empty() && word.chars().all(in_type);
        let is_type =
            self.media_type.split_once('/').is_some_and(|(a, b)| is_word(a) && is_word(b));
        if is_name && is_type {
            return Ok(());
        }
        let Self { file_name, media_type, .. } = self.clone();
        Err(ReportError::BadDataLink { file_name, media_type })
    }

    /// The file as an address.
    pub(crate) fn address(&self) -> String {
        format!("data:{};base64,{}", self.media_type, STANDARD.encode(&self.contents))
    }

    /// Its size for people.
    pub(crate) fn size(&self) -> String {
        let n_bytes = self.contents.len() as f64;
        match self.contents.len() {
            0..1000 => format!("{n_bytes} bytes"),
            1000..1_000_000 => format!("{:.0} kB", n_bytes / 1e3),
            _ => format!("{:.1} MB", n_bytes / 1e6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Chart, Panel, Series};

    const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\">BODY</svg>";

    fn figure(width: f64) -> Figure {
        let (x, y) = (Axis::linear("x", ""), Axis::linear("y", ""));
        let series = vec![Series::line("a", 0, [(0.0, 1.0)])];
        let panel = Panel::new("", Chart { x, y, series, ..Chart::default() });
        Figure {
            title: "Title".into(),
            caption: "All.".into(),
            width,
            columns: 2,
            panels: vec![panel],
        }
    }

    #[test]
    fn wide_figures_are_drawn_for_phones_too() {
        let wide = EmbeddedFigure::new("f", &figure(900.0)).unwrap();
        assert_eq!((&*wide.id, &*wide.title, &*wide.caption), ("f", "Title", "All."));
        let widths = [&wide.svg, wide.narrow_svg.as_ref().unwrap()].map(|svg| natural_width(svg));
        assert_eq!(widths, [Some(900.0), Some(NARROW)]);
        assert_eq!(wide.check(), Ok(()));
        assert_eq!(EmbeddedFigure::new("f", &figure(400.0)).unwrap().narrow_svg, None);
    }

    #[test]
    fn pictures_hold_nothing_that_runs_or_loads() {
        assert_eq!(check_svg(&SVG.replace("BODY", "<g fill=\"red\"/>")), Ok(()));
        for (body, found) in [
            ("<script>alert(1)</script>", "<script>"),
            ("<foreignObject/>", "<foreignObject>"),
            ("<p xmlns=\"http://www.w3.org/1999/xhtml\"/>", "<p>"),
            ("<g xmlns=\"\"/>", "<g>"),
            ("<g onclick=\"f()\"/>", "onclick=\"f()\""),
            ("<g style=\"x\"/>", "style=\"x\""),
            ("<g id=\"a\"/>", "id=\"a\""),
            ("<g fill=\"url(x)\"/>", "fill=\"url(x)\""),
            ("<title><![CDATA[<script>]]></title>", "<!"),
        ] {
            assert_eq!(check_svg(&SVG.replace("BODY", body)), Err(found.to_owned()));
        }
        assert!(check_svg("<svg").is_err() && check_svg("").is_err());
        assert_eq!(check_svg(&SVG.replace("width=\"9\"", "")), Err("no width in px".into()));
        let mut bad = EmbeddedFigure { svg: "<a/>".into(), ..EmbeddedFigure::default() };
        let refused = |bad: &EmbeddedFigure| matches!(bad.check(), Err(ReportError::BadPicture { found, .. }) if found == "<a>");
        assert!(refused(&bad));
        (bad.narrow_svg, bad.svg) = (Some(bad.svg.clone()), SVG.to_owned());
        assert!(refused(&bad));
    }

    #[test]
    fn files_have_a_name_and_a_type() {
        let link = |file_name: &str, media_type: &str| DataLink {
            file_name: file_name.into(),
            media_type: media_type.into(),
            contents: b"a,b".to_vec(),
        };
        assert_eq!(link("a.csv", "text/csv").check(), Ok(()));
        assert_eq!(link("a.csv", "text/csv").address(), "data:text/csv;base64,YSxi");
        let bad =
            [("", "text/csv"), ("a/b", "text/csv"), ("a", "csv"), ("a", "text/csv;x"), ("a", "/")];
        for (file_name, media_type) in bad {
            let (file_name, media_type) = (file_name.to_owned(), media_type.to_owned());
            let found = link(&file_name, &media_type).check();
            assert_eq!(found, Err(ReportError::BadDataLink { file_name, media_type }));
        }
    }

    #[test]
    fn sizes_are_rounded() {
        let size = |n: usize| DataLink { contents: vec![0; n], ..DataLink::default() }.size();
        assert_eq!([7, 12_345, 1_960_000].map(size), ["7 bytes", "12 kB", "2.0 MB"]);
    }
}
