//! The `ceremony` function: called over HTTP.

use ceremony::{Desk, handle};
use segl_aws::messages::{SesMailer, SnsTexter};
use segl_lambda::brand::Brand;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::environment;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, service) = start::connect_with_root_key().await?;
    let variables = environment();
    let mail = SesMailer::new(&aws, variables.required("SEGL_MAIL_FROM")?);
    let sms = SnsTexter::new(&aws, variables.optional("SEGL_SMS_SENDER").unwrap_or_default());
    let desk = Desk::new(mail, sms, Brand::read(&variables)?);
    let (service, desk) = (&service, &desk);
    start::serve(|call| handle(service, desk, call)).await
}
