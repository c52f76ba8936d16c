//! Options from flags and files.

use crate::command::{FAST, cells, printed, refused, text};
use std::fs;

#[test]
fn a_file_does_what_flags_do() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("pairlaw.toml");
    let printed_config =
        printed(&[&["species", cells(), "--print-config", "--seed", "3"], &FAST[..]].concat());
    assert!(printed_config.contains("most-species = 2\n") && printed_config.contains("seed = 3\n"));
    fs::write(&config, &printed_config).unwrap();
    let again = printed(&["species", cells(), "--config", text(&config), "--print-config"]);
    assert_eq!(again, printed_config);
    let [by_file, by_flags] = ["file", "flags"].map(|name| folder.path().join(name));
    let file = ["species", cells(), "--config", text(&config), "--out", text(&by_file)];
    let flags = ["species", cells(), "--seed", "3", "--out", text(&by_flags)];
    printed(&file);
    printed(&[&flags[..], &FAST].concat());
    let result = |out: &std::path::Path| fs::read(out.join("result.json")).unwrap();
    assert!(result(&by_file) == result(&by_flags));
}

#[test]
fn keys_that_do_not_exist_are_named_with_line_and_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("pairlaw.toml");
    fs::write(&config, "[read]\nformat = \"generic\"\n\n[species]\nmost-specis = 3\n").unwrap();
    let (code, told) = refused(&["species", cells(), "--config", text(&config)]);
    assert_eq!(code, Some(2));
    assert!(told.contains("pairlaw.toml:5: unknown key \"most-specis\""), "{told}");
    assert!(told.contains("\"most-species\""), "{told}");
}

#[test]
fn the_reference_of_all_options_is_the_page_of_the_documentation() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let page = fs::read_to_string(page).unwrap();
    assert_eq!(
        page,
        printed(&["reference"]),
        "write it anew: pairlaw reference > docs/configuration.md"
    );
}

#[test]
fn help_leads_a_new_user_to_the_report() {
    let help = printed(&["--help"]);
    for step in ["1. pairlaw inspect", "2. pairlaw species", "3. open", "report.html", "--format"] {
        assert!(help.contains(step), "{step}");
    }
    let species = printed(&["species", "--help"]);
    for flag in ["--pixel-size", "--frame-interval", "--config", "--resume", "--threads", "--json"]
    {
        assert!(species.contains(flag), "{flag}");
    }
}
