//! Writes the golden tokens into `tests/golden`: `cargo run -p segl-tokens --example golden`.

use std::path::Path;

#[path = "../tests/golden_tokens/mod.rs"]
mod golden_tokens;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    std::fs::create_dir_all(&folder)?;
    for (name, content) in golden_tokens::files().await {
        std::fs::write(folder.join(name), content)?;
    }
    Ok(())
}
