//! The pages in a real browser: Debian's Chromium, driven by the scripts in `tests/browser`.

use std::path::Path;
use std::sync::Arc;

use lambda_http::http::{HeaderName, HeaderValue, Method};
use segl_lambda::call::Call;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::cases::create_another;
use crate::people::{newest_code, people, person};
use crate::platform::{Delivery, Platform};
use crate::world::{World, call, json_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_read_sign_and_decline_in_chromium() {
    let (listener, base) = listen().await;
    let mut platform = Platform::around(World::at(&base).await, Delivery::Prompt);
    platform.draws = true;
    let scenes = scenes(&platform, &base).await;
    drive("pages.mjs", scenes, listener, platform.world).await;
}

/// A free port, and the address of the pages there.
pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    (listener, base)
}

/// Serves the world's pages while a script visits them.
pub async fn drive(script: &str, scenes: Value, listener: TcpListener, world: World) {
    let server = tokio::spawn(serve(listener, Arc::new(world)));
    let mut script = segl_tests::browser::script(script);
    script.env("SEGL_PAGES", scenes.to_string());
    script.env("SEGL_SCREENSHOTS", Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages"));
    let output = tokio::task::spawn_blocking(move || script.output()).await.expect("no panic").expect("apt-get install nodejs npm");
    server.abort();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

/// An order for each page, and where the page is.
async fn scenes(platform: &Platform, base: &str) -> Value {
    let world = &platform.world;
    let long = "Agreement about the lease of the flat on the third floor, with a garage_that_has_a_very_long_name_without_any_blank_in_it_to_break_at";
    let mut rich = people(json!([person("none"), {"type": "person", "name": long, "email": "b@example.org"}]));
    rich["title"] = json!(long);
    rich["description"] = json!("Please read this with care.\n\nIt is about the flat.");
    let (_, open) = order(platform, &rich).await;
    let (_, code) = order(platform, &people(json!([person("sms-code")]))).await;
    let (_, sign) = order(platform, &people(json!([person("sms-code")]))).await;
    let (_, decline) = order(platform, &people(json!([person("none")]))).await;
    let (cancelled, taken_back) = order(platform, &people(json!([person("none")]))).await;
    world.answer(world.ours.call("POST", &format!("/v1/orders/{cancelled}/cancel"))).await;
    let (erased, removed) = order(platform, &people(json!([person("none")]))).await;
    world.answer(world.ours.call("DELETE", &format!("/v1/orders/{erased}"))).await;
    let mut direct = people(json!([person("none")]));
    direct["direct"] = json!({
        "completion_url": format!("{base}/_exit/done?case=7"),
        "rejection_url": format!("{base}/_exit/declined"),
        "error_url": format!("{base}/_exit/error"),
    });
    let id = create_another(platform, &direct).await;
    platform.wait_for(id, "pending").await;
    let redirect = json_of(&world.answer(world.ours.call("POST", &format!("/v1/orders/{id}/signers/0/redirect"))).await);
    let mut short = people(json!([person("none")]));
    short["signers"][0]["language"] = json!("nl");
    let (_, dutch) = order(platform, &short).await;
    let sealed = create_another(platform, &crate::cases::order()).await;
    platform.wait_for(sealed, "pending").await;
    crate::cases::sign(platform, &world.ours, sealed).await;
    platform.wait_for(sealed, "accepted").await;
    let proof = format!("/proof/{sealed}/{}", world.service.root_key.proof_token(sealed));
    let url = |link: &str| format!("{base}{link}");
    let page = |link: &str, status: u16, text: &str| json!({"url": url(link), "status": status, "text": text});
    json!({
        "code": format!("{base}/_test/code"),
        "sign": url(&sign),
        "decline": url(&decline),
        "direct": redirect["url"],
        "pages": {
            "order": page(&open, 200, "Who signs"),
            "dutch": page(&dutch, 200, "vraagt u om te ondertekenen"),
            "code": page(&code, 200, "Is it you?"),
            "cancelled": page(&taken_back, 200, "The sender has taken this back"),
            "removed": page(&removed, 410, "The documents are gone"),
            "proof": page(&proof, 200, "Sealed by"),
            "unknown": page("/sign/none", 404, "This link leads nowhere"),
        },
    })
}

async fn order(platform: &Platform, body: &Value) -> (segl_core::id::OrderId, String) {
    let id = create_another(platform, body).await;
    platform.wait_for(id, "pending").await;
    platform.settle().await;
    (id, platform.link_for(crate::people::MAIL).await)
}

/// A gateway of the plainest kind: one request a connection.
async fn serve(listener: TcpListener, world: Arc<World>) {
    while let Ok((stream, _)) = listener.accept().await {
        let world = world.clone();
        tokio::spawn(async move {
            // A browser that hangs up is none of our concern.
            let _ = answer(stream, &world).await;
        });
    }
}

async fn answer(mut stream: TcpStream, world: &World) -> std::io::Result<()> {
    let mut received = Vec::new();
    let head = loop {
        if let Some(at) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    };
    let text = String::from_utf8_lossy(&received[..head]).into_owned();
    let mut lines = text.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or("/"));
    let mut request = Call { method: method.parse().unwrap_or(Method::GET), ..call("GET", target) };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if let (Ok(name), Ok(value)) = (name.trim().parse::<HeaderName>(), HeaderValue::from_str(value.trim())) {
            request.headers.append(name, value);
        }
    }
    let length = request.header("content-length").and_then(|raw| raw.parse().ok()).unwrap_or(0);
    while received.len() < head + 4 + length {
        if stream.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
    request.body = received[head + 4..].to_vec();
    let (status, headers, body) = match request.path.first().map(String::as_str) {
        Some("_exit" | "favicon.ico") => (200, String::new(), b"Back at the sender.".to_vec()),
        Some("_test") => (200, String::new(), newest_code(world).into_bytes()),
        _ => {
            let reply = world.answer(request).await;
            let lines = reply.headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
            (reply.status.as_u16(), lines.collect(), reply.body)
        }
    };
    let head = format!("HTTP/1.1 {status} -\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}
