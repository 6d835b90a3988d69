//! How many orders a second the functions themselves manage on this machine, with storage and keys in memory.
//!
//! ```sh
//! cargo build --release --workspace --example throughput
//! target/release/examples/throughput [orders] [at once]
//! ```

#[path = "../functions/identities.rs"]
mod identities;
#[path = "../functions/identity.rs"]
mod identity;
#[path = "../functions/load.rs"]
#[allow(dead_code, reason = "its test runs elsewhere")]
mod load;
#[path = "../functions/world.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod world;

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse().expect("two numbers: orders, and how many at once"));
    let (orders, at_once) = (numbers.next().unwrap_or(1000), numbers.next().unwrap_or(50));
    let elapsed = load::run(orders, at_once).await.as_secs_f64();
    eprintln!("{orders} orders, {at_once} at once: {elapsed:.2} s, {:.0} orders a second, none lost", orders as f64 / elapsed);
}
