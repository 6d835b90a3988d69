//! The `notify` function: woken by the table's stream.

use aws_lambda_events::event::dynamodb::Event;
use notify::{Post, notify};
use segl_aws::messages::{SesMailer, SnsTexter};
use segl_lambda::batch;
use segl_lambda::brand::Brand;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::environment;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, store, settings) = start::connect().await?;
    let variables = environment();
    let from = variables.required("SEGL_MAIL_FROM")?;
    let sender = variables.optional("SEGL_SMS_SENDER").unwrap_or_default();
    let base_url = variables.required("SEGL_BASE_URL")?.trim_end_matches('/').to_owned();
    let post = Post {
        mail: SesMailer::new(&aws, from),
        sms: SnsTexter::new(&aws, sender),
        base_url,
        zone: settings.zone,
        brand: Brand::read(&variables)?,
    };
    let (store, post) = (&store, &post);
    start::consume(|event: Event| async move { Ok(batch::tasks(event, |order, kind| notify(store, post, order, kind)).await) }).await
}
