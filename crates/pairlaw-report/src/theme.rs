//! Colours and layout of a page, and what becomes of its pictures on a dark screen.

use std::fmt::Write;

use crate::style;

/// Layout, and the colours of both modes.
const PAGE: &str = include_str!("page.css");

/// What pictures are drawn on where the screen is dark; their white is written as this.
const DARK_PAPER: &str = "#14161a";

/// Selectors of a picture's parts other than classes, and what they are on a dark screen.
///
/// What lies on the colours of a map stays as it is: dots, crosses, circles, outlines and points.
const PARTS: [[&str; 3]; 8] = [
    [" > svg", "fill", "#e4e6eb"],
    [" [fill=\"#fff\"]", "fill", DARK_PAPER],
    [
        " [stroke=\"#fff\"]:not([data-part=\"outlines\"], [data-part=\"points\"])",
        "stroke",
        DARK_PAPER,
    ],
    [" [fill=\"#555\"]", "fill", "#b4bac4"],
    [" [stroke=\"#444\"]:not(circle)", "stroke", "#9aa0aa"],
    [" circle[data-part=\"rim\"]", "stroke", "#9aa0aa"],
    [" [stroke=\"#ddd\"]", "stroke", "#3c424d"],
    [" [stroke=\"#eee\"]", "stroke", "#2a2f37"],
];

/// The style sheet of a page.
pub(crate) fn style_sheet() -> String {
    format!("\n{PAGE}\n{}", recolouring())
}

/// Pictures have their colours as attributes, over which rules of a style sheet win.
fn recolouring() -> String {
    let mut rules = String::from("@media screen and (prefers-color-scheme: dark) {\n");
    let mut rule = |selector: &str, property: &str, colour: &str| {
        writeln!(rules, "  .picture{selector} {{ {property}: {colour}; }}")
            .expect("a String takes any text");
    };
    for [selector, property, colour] in PARTS {
        rule(selector, property, colour);
    }
    for [light, dark] in style::colours_on_dark() {
        for property in ["fill", "stroke"] {
            rule(&format!(" [{property}=\"{light}\"]"), property, dark);
        }
    }
    rules.push_str("}\n");
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Relative luminance of WCAG 2.2.
    fn luminance(colour: &str) -> f64 {
        let linear = |k: usize| {
            let c = f64::from(u8::from_str_radix(&colour[k..k + 2], 16).unwrap()) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(1) + 0.7152 * linear(3) + 0.0722 * linear(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Colours of a mode by name: those of the first or the second `:root` with a `--paper`.
    fn palette(mode: usize) -> BTreeMap<&'static str, &'static str> {
        let blocks = PAGE.split(":root {").skip(1).map(|block| block.split_once('}').unwrap().0);
        let block = blocks.filter(|block| block.contains("--paper")).nth(mode).unwrap();
        let colours = block.split(';').filter_map(|line| line.trim().split_once(": #"));
        colours
            .map(|(name, _)| {
                (name, &block[block.find(&format!("{name}: #")).unwrap() + name.len() + 2..][..7])
            })
            .collect()
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        // Rounding; #767676 is the standard's example of 4.54 on white.
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-12);
        assert!((contrast("#767676", "#ffffff") - 4.54).abs() < 0.01);
    }

    #[test]
    fn texts_stand_out_in_both_modes() {
        for mode in [0, 1] {
            let palette = palette(mode);
            assert_eq!(palette.len(), 12, "{palette:?}");
            for text in ["ink", "soft", "link", "met", "missed", "better", "worse"] {
                for ground in ["paper", "shade"] {
                    let [a, b] = [text, ground].map(|name| palette[&*format!("--{name}")]);
                    assert!(contrast(a, b) >= 4.5, "{text} on {ground}: {}", contrast(a, b));
                }
            }
            let ratio = contrast(palette["--missed"], palette["--missed-shade"]);
            assert!(ratio >= 4.5, "missed on its shade: {ratio}");
            assert!(contrast(palette["--focus"], palette["--paper"]) >= 3.0);
        }
        assert_eq!(palette(1)["--paper"], DARK_PAPER);
    }

    #[test]
    fn pictures_stand_out_on_dark_screens() {
        for [light, dark] in style::colours_on_dark() {
            // 3 : 1 is the standard's bound for graphics, 4.5 : 1 that for text.
            assert!(contrast(dark, DARK_PAPER) >= 4.5, "{light} as {dark}");
        }
        for [selector, property, colour] in PARTS {
            let is_text = property == "fill" && colour != DARK_PAPER;
            assert!(!is_text || contrast(colour, DARK_PAPER) >= 4.5, "{selector}");
            let is_line = selector.contains("#444") || selector.contains("rim");
            assert!(!is_line || contrast(colour, DARK_PAPER) >= 3.0, "{selector}");
        }
    }

    #[test]
    fn rules_select_by_attribute_and_hold_no_markup() {
        let sheet = style_sheet();
        assert!(sheet.contains("  .picture [stroke=\"#0072B2\"] { stroke: #4C9FE6; }\n"));
        assert!(!sheet.contains('<') && !sheet.contains('&') && !sheet.contains("//"));
        assert!(!sheet.contains("url(") && !sheet.contains("@import"));
    }
}
