//! `pairlaw meanfield` and `pairlaw potentials`.

use crate::command::{json, made, printed, text};

#[test]
fn a_kernel_is_found_with_its_standard_errors() {
    let (folder, path) = made(&["plane-two-gaussians", "--n-cells", "600", "--n-frames", "41"]);
    let out = folder.path().join("out");
    let summary = printed(&["meanfield", text(&path), "--out", text(&out)]);
    assert!(summary.starts_with("A kernel is supported"), "{summary}");
    let result = json(&out.join("result.json"));
    let terms = result["kernel"]["terms"].as_array().unwrap();
    let kept: Vec<usize> =
        (0..terms.len()).filter(|k| terms[*k]["weight"].as_f64() != Some(0.0)).collect();
    assert_eq!(kept, [2], "{result}");
    let number = |key: &str| terms[2][key].as_f64().unwrap();
    // The truth is φ = 3 r²; statistical, one seed, 4 standard errors.
    assert!((number("weight") - 3.0).abs() < 4.0 * number("standard_error").max(0.02), "{terms:?}");
    let variance = result["kernel"]["noise_variance"].as_f64().unwrap();
    assert!((variance / 2.0 - 1.0).abs() < 0.05, "{variance}"); // statistical: 600 · 40 increments
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("Goodness of fit") && !page.contains("<script"));
    printed(&["report", text(&out)]);
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap() == page);
}

#[test]
fn potentials_say_first_whether_they_predict() {
    let (folder, path) = made(&["two-populations", "--n-cells", "20"]);
    let out = folder.path().join("out");
    let arguments = ["potentials", text(&path), "--epochs", "100", "--out", text(&out)];
    let summary = printed(&arguments);
    let first = summary.lines().next().unwrap();
    assert!(first.contains("constant velocity"), "{first}");
    let result = json(&out.join("result.json"));
    let fit = &result["fit"];
    assert_eq!(fit["parameters"].as_array().unwrap().len(), 20);
    assert_eq!((&fit["n_fitted"], fit["errors"].as_array().unwrap().len()), (&7.into(), 9));
    assert!(fit["errors"][8]["constant_velocity"].as_f64().unwrap() > 0.0);
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("Prediction") && page.contains(first.split(':').next().unwrap()));
    printed(&["report", text(&out)]);
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap() == page);
}
