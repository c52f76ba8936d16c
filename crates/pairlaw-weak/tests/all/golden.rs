//! Change points against ruptures (Dynp, l2) on stored series.

use pairlaw_weak::change_point;
use serde_json::Value;

#[test]
fn change_points_are_those_of_ruptures() {
    let stored = include_str!("../../../../fixtures/pairlaw-weak/change_points.json");
    let cases: Vec<Value> = serde_json::from_str(stored).unwrap();
    assert_eq!(cases.len(), 19);
    for (idx, case) in cases.iter().enumerate() {
        let values = case["values"].as_array().unwrap().iter();
        let values: Vec<f64> = values.map(|x| x.as_f64().unwrap()).collect();
        let expected = case["change_point"].as_u64().unwrap();
        assert_eq!(change_point(&values) as u64, expected, "series {idx}");
    }
}
