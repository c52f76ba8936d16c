//! What comments tell of times: `# framerate: 25 fps`, `# dt: 0.01`.

/// The time between frames, where a comment tells it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimeStep {
    pub(crate) line: u32,
    pub(crate) comment: String,
    pub(crate) dt: f64,
    /// Empty if the comment does not tell.
    pub(crate) unit: String,
}

impl TimeStep {
    /// That of the first comment that tells one.
    pub(crate) fn of(comments: &[(u32, String)]) -> Option<Self> {
        comments.iter().find_map(|(line, comment)| {
            let (dt, unit) = told(&comment.to_lowercase())?;
            let sound = dt.is_finite() && dt > 0.0;
            sound.then(|| Self { line: *line, comment: comment.clone(), dt, unit: unit.to_owned() })
        })
    }
}

/// Time between frames and its unit, from a comment in lower case.
fn told(comment: &str) -> Option<(f64, &'static str)> {
    for key in ["framerate", "frame rate", "frame_rate", "fps"] {
        if let Some(rest) = after(comment, key) {
            return first_number(rest).map(|rate| (1.0 / rate, "s"));
        }
    }
    for key in ["dt", "frame interval", "frame_interval", "time step"] {
        if let Some(rest) = after(comment, key) {
            return first_number(rest).map(|dt| (dt, unit(rest)));
        }
    }
    None
}

/// What follows a key at the start of a comment and its `:` or `=`.
fn after<'a>(comment: &'a str, key: &str) -> Option<&'a str> {
    let rest = comment.strip_prefix(key)?.trim_start();
    rest.strip_prefix([':', '=']).map(str::trim_start)
}

fn first_number(text: &str) -> Option<f64> {
    text.split(|c: char| c.is_whitespace() || c == ',').next()?.parse().ok()
}

fn unit(rest: &str) -> &'static str {
    match rest.split_whitespace().nth(1) {
        Some("s" | "sec" | "seconds" | "second") => "s",
        Some("min" | "minutes" | "minute") => "min",
        Some("ms") => "ms",
        Some("h" | "hours" | "hour") => "h",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(comment: &str) -> Option<(f64, String)> {
        let comments = [(3, "made by hand".to_owned()), (4, comment.to_owned())];
        TimeStep::of(&comments).map(|step| {
            assert_eq!((step.line, step.comment.as_str()), (4, comment));
            (step.dt, step.unit)
        })
    }

    #[test]
    fn steps_of_time_in_comments() {
        assert_eq!(step("framerate: 25 fps"), Some((0.04, "s".into())));
        assert_eq!(step("FPS = 50"), Some((0.02, "s".into())));
        assert_eq!(step("dt: 0.01"), Some((0.01, String::new())));
        assert_eq!(step("frame interval: 5 min"), Some((5.0, "min".into())));
        for comment in ["framerate: ?", "framerate: 0", "dt: -1", "dt 5", "width: 3", "dtx: 1", ""]
        {
            assert_eq!(step(comment), None, "{comment}");
        }
    }
}
