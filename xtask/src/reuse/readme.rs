//! The Rust blocks of a README as programs, wrapped as rustdoc wraps doc tests.

/// One program for each block that opens with a plain ` ```rust `.
pub(super) fn programs(readme: &str) -> impl Iterator<Item = String> {
    let mut lines = readme.lines();
    std::iter::from_fn(move || {
        lines.find(|&line| line == "```rust")?;
        let block: Vec<String> =
            lines.by_ref().take_while(|&line| line != "```").map(shown).collect();
        Some(program(&block.join("\n")))
    })
}

/// Readers do not see lines that open with `# `; the compiler does. `##` stands for one `#`.
fn shown(line: &str) -> String {
    let code = line.trim_start();
    match code.strip_prefix('#') {
        Some("") => String::new(),
        Some(hidden) if hidden.starts_with([' ', '#']) => hidden.trim_start().to_owned(),
        _ => line.to_owned(),
    }
}

fn program(code: &str) -> String {
    if code.contains("fn main(") {
        return format!("{code}\n");
    }
    if code.trim_end().ends_with("(())") {
        // An error ends the program.
        return format!(
            "fn main() {{\nfn block() -> Result<(), impl std::fmt::Debug> {{\n{code}\n}}\n\
             block().unwrap();\n}}\n"
        );
    }
    format!("fn main() {{\n{code}\n}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(readme: &str, expected: &[&str]) {
        assert_eq!(programs(readme).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn blocks_of_rust_are_found_and_others_are_not() {
        check("# Laws\n\nNo code.\n", &[]);
        check("```text\nx = 1\n```\n```rust,ignore\nlet x;\n```\n", &[]);
        let readme = "```text\nẍ\n```\nSo:\n```rust\nlet x = 1;\n```\nOr:\n```rust\nlet y;\n```\n";
        check(readme, &["fn main() {\nlet x = 1;\n}\n", "fn main() {\nlet y;\n}\n"]);
    }

    #[test]
    fn hidden_lines_are_compiled() {
        let readme = "```rust\n# let x = 1;\n#\n#[allow(unused)]\n## not hidden\nlet y = x;\n```\n";
        let code = "let x = 1;\n\n#[allow(unused)]\n# not hidden\nlet y = x;";
        check(readme, &[&format!("fn main() {{\n{code}\n}}\n")]);
    }

    #[test]
    fn a_block_with_a_result_fails_with_its_error() {
        let readme = "```rust\nrun()?;\n# Ok::<(), E>(())\n```\n";
        let expected = "fn main() {\nfn block() -> Result<(), impl std::fmt::Debug> {\nrun()?;\n\
                        Ok::<(), E>(())\n}\nblock().unwrap();\n}\n";
        check(readme, &[expected]);
    }

    #[test]
    fn a_block_with_a_main_is_a_program_already() {
        check("```rust\nfn main() {\n}\n```\n", &["fn main() {\n}\n"]);
    }
}
