//! Prism, a mock that judges each request by a description before it makes up an answer.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Once;

use segl_testkit::registers::{Asked, CASES, DOCUMENTS, NOTIFICATIONS};
use segl_tests::judge;

/// A mock for each register.
pub struct Mocks(Vec<Mock>);

struct Mock {
    /// What the addresses of the register begin with.
    register: &'static str,
    process: Child,
    port: u16,
}

impl Mocks {
    /// Starts them. They end when this is dropped.
    pub fn start() -> Self {
        static INSTALLED: Once = Once::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi");
        INSTALLED.call_once(|| judge::install_node_modules(&folder));
        let registers = [(DOCUMENTS, "documents.json"), (CASES, "cases.json"), (NOTIFICATIONS, "notifications.json")];
        Self(registers.map(|(register, description)| Mock::start(&folder, register, description)).into())
    }

    /// What is wrong with a request: `good`, or the mock's status and reasons.
    pub fn judge(&self, agent: &ureq::Agent, asked: &Asked) -> String {
        let mock = self.0.iter().find(|mock| asked.url.starts_with(mock.register)).expect("it goes to a register");
        // The mock serves the paths of the description, without what a server puts before them.
        let path = &asked.url[mock.register.len()..];
        let mut request = ureq::http::Request::builder().method(&*asked.method).uri(format!("http://127.0.0.1:{}/{path}", mock.port));
        for (name, value) in &asked.fields {
            request = request.header(name, value);
        }
        let answer = agent.run(request.body(&*asked.body).expect("a request that was sent")).expect("the mock answers");
        let reasons = answer.headers().get("sl-violations").map(|reasons| String::from_utf8_lossy(reasons.as_bytes()));
        match (answer.status().as_u16(), reasons) {
            (200..300, None) => "good".to_owned(),
            (status, reasons) => format!("{status} {}", reasons.unwrap_or_default()),
        }
    }
}

impl Mock {
    fn start(folder: &Path, register: &'static str, description: &str) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr()).expect("a free port").port();
        let mut process = Command::new(folder.join("node_modules/.bin/prism"))
            .args(["mock", description, "--host", "127.0.0.1", "--port", &port.to_string(), "--errors"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("apt-get install nodejs npm");
        let mut said = BufReader::new(process.stdout.take().expect("piped")).lines();
        let is_ready = said.by_ref().map_while(Result::ok).any(|line| line.contains("Prism is listening"));
        // It goes on telling of each request, and must find a reader.
        std::thread::spawn(move || said.map_while(Result::ok).for_each(drop));
        let mock = Self { register, process, port };
        assert!(is_ready, "the mock of {description} did not start");
        mock
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
