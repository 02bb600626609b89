//! Every seed and every past crash, on the stable compiler; and no target is forgotten anywhere.

use std::fs;
use std::path::{Path, PathBuf};

use tegata_fuzz::TARGETS;

fn files(folder: &str, target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_seed_and_regression_passes() {
    for (name, body) in TARGETS {
        let files: Vec<_> =
            ["seeds", "regressions"].iter().flat_map(|folder| files(folder, name)).collect();
        for file in files {
            println!("{}", file.display());
            body(&fs::read(file).unwrap());
        }
    }
}

#[test]
fn every_target_has_a_file_seeds_and_a_dictionary() {
    for (name, _) in TARGETS {
        assert!(!files("seeds", name).is_empty(), "{name} has no seeds");
        for file in [format!("fuzz_targets/{name}.rs"), format!("dictionaries/{name}.dict")] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
            assert!(path.is_file(), "{file} is missing");
        }
    }
    for (folder, count) in [("fuzz_targets", TARGETS.len()), ("seeds", TARGETS.len())] {
        assert_eq!(files(folder, "").len(), count, "{folder} holds something else");
    }
}

#[test]
fn targets_are_in_order_and_read_any_input() {
    assert!(TARGETS.is_sorted_by_key(|(name, _)| *name));
    for (_, body) in TARGETS {
        for input in [&b""[..], b"\0", b"\n\n\n", b"\xff\xfe", &[b'a'; 70_000]] {
            body(input);
        }
    }
}
