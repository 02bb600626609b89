//! The layer rule, on a value and on a copy of the real workspace.

use std::env;
use std::path::Path;

use serde_json::json;

use super::*;

fn with_dependency(package: &str, dependency: &str, kind: Value) -> Vec<String> {
    let dependencies = json!([{ "name": dependency, "kind": kind }]);
    check(&json!({ "packages": [
        { "name": package, "dependencies": dependencies },
        { "name": "tegata-core", "dependencies": [] },
        { "name": "tegata-testkit", "dependencies": [] },
        { "name": "tegata-ureq", "dependencies": [] },
    ]}))
}

#[test]
fn a_pure_crate_must_not_depend_on_a_backend() {
    for pure in LAYERS.iter().filter(|layer| layer.pure) {
        let complaints = with_dependency(pure.name, "tegata-ureq", Value::Null);
        assert_eq!(complaints, [format!("{} must not depend on tegata-ureq", pure.name)]);
    }
}

#[test]
fn a_pure_crate_must_not_name_an_http_client_even_for_tests() {
    let complaints = with_dependency("tegata-oidc", "reqwest", json!("dev"));
    assert_eq!(complaints, ["tegata-oidc must not depend on reqwest"]);
}

#[test]
fn the_test_kit_is_for_tests_only() {
    assert!(with_dependency("tegata-oidc", "tegata-testkit", json!("dev")).is_empty());
    assert!(!with_dependency("tegata-oidc", "tegata-testkit", Value::Null).is_empty());
    assert!(!with_dependency("tegata-oidc", "tegata-testkit", json!("build")).is_empty());
}

#[test]
fn what_lies_below_may_be_used() {
    assert!(with_dependency("tegata-ureq", "tegata-core", Value::Null).is_empty());
    assert!(with_dependency("tegata-store-sqlite", "tegata-core", Value::Null).is_empty());
    assert!(with_dependency("tegata-ureq", "ureq", Value::Null).is_empty());
}

#[test]
fn a_crate_without_a_place_is_refused() {
    let complaints = with_dependency("tegata-surprise", "tegata-core", Value::Null);
    assert_eq!(complaints, ["tegata-surprise has no place in xtask/src/layers.rs"]);
}

#[test]
fn the_real_core_made_to_depend_on_a_backend_fails() {
    let scratch = env::temp_dir().join(format!("tegata-layers-{}", std::process::id()));
    copy_workspace(&scratch);
    let workspace = Workspace::at(&scratch);
    assert_eq!(check(&workspace.metadata().unwrap()), Vec::<String>::new());

    let manifest = scratch.join("crates/core/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let spoilt = "[dependencies]\ntegata-reqwest = { path = \"../reqwest\" }\n";
    fs::write(&manifest, text.replacen("[dependencies]\n", spoilt, 1)).unwrap();
    let complaints = check(&workspace.metadata().unwrap());
    fs::remove_dir_all(&scratch).unwrap();
    assert_eq!(complaints, ["tegata-core must not depend on tegata-reqwest"]);
}

/// Copies manifests and sources, and adds the backend when the workspace has none yet.
fn copy_workspace(scratch: &Path) {
    for file in Workspace::here().files().unwrap() {
        if file.is(".rs") || file.is("Cargo.toml") {
            write(&scratch.join(&file.path), &file.text);
        }
    }
    let backend = scratch.join("crates/reqwest");
    if !backend.exists() {
        write(&backend.join("Cargo.toml"), "[package]\nname = \"tegata-reqwest\"\n");
        write(&backend.join("src/lib.rs"), "");
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
