//! Each bomb is examined in a process of its own, whose memory is then known: whatever the file, it stays bounded.
//!
//! `cargo test -p segl-sealing --test bombs -- --times` prints what each one took.
#![allow(clippy::print_stdout, reason = "this program has no test harness and reports itself")]

mod support;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use segl_sealing::*;
use support::bombs;
use support::judges::scratch;

/// The most memory that a process may ever have had, in KB; the program itself takes a fifth of it.
const MOST: u64 = 64 * 1024;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [command, path] if command == "examine" => println!("{}", examine(Path::new(path))),
        rest => all(rest.iter().any(|argument| argument == "--times")),
    }
}

/// What the child does: everything that is ever done with a document that arrives.
fn examine(path: &Path) -> String {
    let file = File::open(path).expect("the bomb can be opened");
    let mut hasher = PrefixHasher::new();
    let mut piece = vec![0; 1 << 16];
    let mut at = 0;
    while let Ok(count @ 1..) = file.read_at(at, &mut piece) {
        hasher.update(&piece[..count]);
        at += count as u64;
    }
    let limits = Limits::default();
    let outcome = match inspect_or_repair(&file, hasher, &limits) {
        Ok(Examined { repair, inspection, .. }) => {
            serde_json::to_vec(&inspection.plan).expect("serializes");
            if repair.is_some() { "repaired" } else { "accepted" }
        }
        Err(refusal) => refusal.code(),
    };
    let _ = repair(&file, &limits);
    let _ = repaired_from(&file, &limits);
    let _ = verify(&file, &Policy { limits, ..Policy::new(jiff::Timestamp::UNIX_EPOCH, &[]) });
    let _ = embedded_files(&file, "evidence.json", &limits);
    outcome.to_owned()
}

fn all(tells_times: bool) {
    let mut files = Vec::new();
    for (index, (name, bytes)) in bombs::all().into_iter().enumerate() {
        let path = scratch().join(format!("{index:02}.pdf"));
        std::fs::write(&path, bytes).expect("writes");
        files.push((name, path));
    }
    // Three hundred megabytes, of which the disk holds but the beginning and the end.
    let path = scratch().join("large.pdf");
    let mut large = File::create(&path).expect("creates");
    large.write_all(&support::documents::Builder::simple().build()).expect("writes");
    large.set_len(300_000_000).expect("grows");
    files.push(("300 MB, to be mended", path));

    let mut failures = Vec::new();
    for (name, path) in files {
        let start = Instant::now();
        let (outcome, memory) = run(&path);
        if tells_times {
            println!("{name:45}{:8} ms{:8} KB  {outcome}", start.elapsed().as_millis(), memory);
        }
        if memory > MOST {
            failures.push(format!("{name}: {memory} KB"));
        }
        let is_known =
            outcome == "accepted" || outcome == "repaired" || outcome.contains("-") || outcome == "truncated" || outcome == "ambiguous";
        if !is_known && !["unsupported", "xfa", "encrypted"].contains(&outcome.as_str()) {
            failures.push(format!("{name}: ended with {outcome:?}"));
        }
        std::fs::remove_file(&path).expect("removes");
    }
    assert!(failures.is_empty(), "{failures:#?}");
    println!("every bomb was refused or accepted within {MOST} KB");
}

/// What the child said, and the most memory it ever had: the kernel keeps the greatest of all children that were waited for, so each
/// child has a parent of its own.
fn run(path: &Path) -> (String, u64) {
    let program = std::env::current_exe().expect("this program has a path");
    let code = "import resource, subprocess, sys\n\
                done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)\n\
                print(done.stdout.decode().strip() or f'exit {done.returncode}')\n\
                print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let mut command = Command::new("python3");
    command.args(["-c", code]).arg(program).arg("examine").arg(path);
    let said = support::judges::run(command, "apt-get install python3");
    let mut lines = said.lines().rev().filter(|line| !line.is_empty());
    let memory = lines.next().and_then(|line| line.parse().ok()).expect("the memory is told");
    (lines.next().unwrap_or_default().to_owned(), memory)
}
