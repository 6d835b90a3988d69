//! The arrows between crates: who may depend on whom. A crate that is not in the table fails.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Each crate's dependencies within the workspace, for building and not for tests.
const MAY_USE: &[(&str, &[&str])] = &[
    ("segl-core", &[]),
    ("segl-sealing", &[]),
    ("segl-dialects", &["segl-core"]),
    ("segl-aws", &["segl-core"]),
    ("segl-openid", &["segl-core", "segl-outbound", "segl-tokens"]),
    ("segl-outbound", &["segl-core", "segl-registers", "segl-sealing"]),
    ("segl-lambda", &["segl-core", "segl-dialects", "segl-tokens", "segl-aws"]),
    ("segl-pages", &["segl-core", "segl-lambda"]),
    ("segl-preview", &[]),
    ("segl-tokens", &["segl-core"]),
    ("segl-registers", &["segl-core"]),
    ("segl-wording", &["segl-core"]),
    ("segl-testkit", &["segl-core"]),
    ("segl-cli", &["segl-core", "segl-sealing", "segl-tokens", "segl-aws", "segl-lambda", "segl-outbound", "segl-registers"]),
    ("segl-local", &["segl-core", "segl-aws", "segl-lambda"]),
    ("segl-tests", &[]),
];
/// What any function may use.
const FUNCTION: &[&str] = &[
    "segl-lambda",
    "segl-aws",
    "segl-openid",
    "segl-outbound",
    "segl-dialects",
    "segl-core",
    "segl-sealing",
    "segl-tokens",
    "segl-pages",
    "segl-preview",
    "segl-registers",
    "segl-wording",
];
/// Crates that the core must not know, however indirectly: clouds, runtimes, networks.
const NOT_IN_CORE: &[&str] = &["aws", "tokio", "hyper", "reqwest", "rustls", "lambda", "getrandom", "rand"];

fn metadata() -> Value {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1"]).current_dir(root).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

#[test]
fn crates_depend_on_each_other_as_planned() {
    let metadata = metadata();
    let table: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let packages = metadata["packages"].as_array().expect("packages");
    let ours: Vec<_> = packages.iter().filter(|package| package["source"].is_null()).collect();
    assert!(ours.len() > 10, "the whole workspace is seen");
    for package in &ours {
        let name = package["name"].as_str().expect("a name");
        let is_function = package["manifest_path"].as_str().is_some_and(|path| path.contains("/functions/"));
        let allowed = if is_function { FUNCTION } else { table.get(name).unwrap_or_else(|| panic!("{name} is not in the table")) };
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let used = dependency["name"].as_str().expect("a name");
            let for_building = dependency["kind"].is_null();
            let ours = dependency["path"].is_string();
            assert!(!(for_building && ours) || allowed.contains(&used), "{name} must not depend on {used}");
            assert!(!for_building || used != "segl-testkit", "{name}: fakes are for tests");
        }
    }
}

#[test]
fn the_core_knows_no_cloud_no_runtime_and_no_chance() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    // By itself: in the whole workspace, others switch features of shared crates on.
    let arguments = ["tree", "--package", "segl-core", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("names of crates are ASCII");
    let names: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"segl-core") && names.contains(&"serde"), "{names:?}");
    for name in names {
        let is = |banned: &&str| name == *banned || name.starts_with(&format!("{banned}-")) || name.starts_with(&format!("{banned}_"));
        assert!(!NOT_IN_CORE.iter().any(is), "segl-core depends on {name}");
    }
}
