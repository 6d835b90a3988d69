//! The `notify` function: woken by the table's stream.

use aws_lambda_events::event::dynamodb::Event;
use notify::courier::HttpCourier;
use notify::{Post, deliver, notify};
use segl_aws::messages::{SesMailer, SnsTexter};
use segl_lambda::batch;
use segl_lambda::brand::Brand;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::environment;
use segl_outbound::Client;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, service) = start::connect_with_root_key().await?;
    let variables = environment();
    let from = variables.required("SEGL_MAIL_FROM")?;
    let sender = variables.optional("SEGL_SMS_SENDER").unwrap_or_default();
    let base_url = variables.required("SEGL_BASE_URL")?.trim_end_matches('/').to_owned();
    let post = Post {
        mail: SesMailer::new(&aws, from),
        sms: SnsTexter::new(&aws, sender),
        base_url,
        zone: service.settings.zone.clone(),
        brand: Brand::read(&variables)?,
    };
    let courier = HttpCourier::new(Client::new(service.settings.webhook_private_hosts.iter().collect()));
    let (service, post, courier) = (&service, &post, &courier);
    start::consume(|event: Event| async move {
        if batch::has_deliveries(&event) {
            return Ok(batch::deliveries(event, |key| async move { deliver(service, post, courier, &key).await }).await);
        }
        Ok(batch::tasks(event, |order, kind| notify(&service.ports, post, order, kind)).await)
    })
    .await
}
