//! The command line as people type it.

use std::io::{Write as _, stderr};

use clap::{Parser, Subcommand};
use jiff::Timestamp;

use crate::certificate::CertificateArguments;
use crate::clients::ClientArguments;
use crate::csr::CsrArguments;
use crate::error::{Error, Verdict};
use crate::orders::OrderArguments;
use crate::organizations::OrganizationArguments;
use crate::output::Output;
use crate::people::PersonArguments;
use crate::registers::RegisterArguments;
use crate::seal::SealArguments;
use crate::tasks::TaskArguments;
use crate::verify::VerifyArguments;
use crate::webhooks::WebhookArguments;

/// Told at the end of every long help text.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done; for `verify`: every signature and document time-stamp is intact,
     valid and trusted
  1  `verify`: at least one is not, or there is no signature;
     `register check`: something is wrong with the registers
  2  the command line is wrong, or a setting is missing
  3  what was given cannot be used: a document, key or certificate that is
     refused, a file that cannot be read or written, a request that the
     service refuses
  4  the service did not answer; try again
  5  `seal` only: sealed, but at a lower level than was asked for";

/// Seals and verifies PDF documents, and manages a Segl service.
///
/// `seal` and `verify` work on files of this machine and need no service. The other commands work on the table and the bucket of a
/// service, directly and with your AWS credentials: AWS_REGION, AWS_ACCESS_KEY_ID and its companions, or AWS_PROFILE. For a service on
/// this machine, `set -a; . .local/env` sets all that they need.
#[derive(Debug, Parser)]
#[command(name = "segl", version, after_long_help = EXIT_CODES)]
pub struct Arguments {
    /// Print JSON instead of text, errors included
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What `segl` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Seal a PDF document with a key in a file
    Seal(SealArguments),
    /// Judge the signatures of a PDF document
    #[command(long_about = crate::verify::ABOUT)]
    Verify(VerifyArguments),
    /// Manage API clients
    Client(ClientArguments),
    /// Manage the webhooks of a client
    Webhook(WebhookArguments),
    /// Manage the user directory, in which orders look people up
    Person(PersonArguments),
    /// Manage the certificate of the service's seal
    Certificate(CertificateArguments),
    /// Ask a certificate authority for a certificate: make a PKCS #10 request
    Csr(CsrArguments),
    /// Look at signing orders, and keep them from removal
    Order(OrderArguments),
    /// Look after what is owed and does not come about: list, retry, drop
    Tasks(TaskArguments),
    /// Manage the registers of case systems (ZGW)
    #[command(long_about = crate::registers::ABOUT)]
    Register(RegisterArguments),
    /// Settle what counts for a whole organization
    Organization(OrganizationArguments),
}

/// Does what was asked and shows the result.
///
/// # Errors
/// [`Error`], which tells who must act.
pub async fn run(command: Command, output: &mut Output<'_>) -> Result<Verdict, Error> {
    match command {
        Command::Seal(arguments) => {
            let report = arguments.run(Timestamp::now()).await?;
            output.show(&report)?;
            if let Some(shortfall) = report.shortfall() {
                // Nobody is left to be told when standard error is gone.
                let _ = writeln!(stderr(), "segl: {shortfall}");
                return Ok(Verdict::LevelNotReached);
            }
        }
        Command::Verify(arguments) => {
            let judgement = arguments.run(Timestamp::now())?;
            output.show(&judgement)?;
            return Ok(if judgement.good { Verdict::Good } else { Verdict::NotGood });
        }
        Command::Client(arguments) => arguments.run(output).await?,
        Command::Webhook(arguments) => arguments.run(output).await?,
        Command::Person(arguments) => arguments.run(output).await?,
        Command::Certificate(arguments) => arguments.run(Timestamp::now(), output).await?,
        Command::Csr(arguments) => arguments.run(output).await?,
        Command::Order(arguments) => arguments.run(output).await?,
        Command::Tasks(arguments) => arguments.run(output).await?,
        Command::Organization(arguments) => arguments.run(output).await?,
        Command::Register(arguments) => return arguments.run(output).await,
    }
    Ok(Verdict::Good)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_is_explained() {
        fn check(command: &clap::Command) {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} has no help");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name}: {} has no help", argument.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }

    #[test]
    fn what_is_wrong_is_refused_before_anything_happens() {
        let wrong = [
            "segl",
            "segl seal in.pdf",
            "segl seal in.pdf out.pdf --cert c.pem",
            "segl seal in.pdf out.pdf --key k.pem --cert c.pem --appearance stamp",
            "segl seal in.pdf out.pdf --key k.pem --cert c.pem --level B-X",
            "segl seal in.pdf out.pdf --key k.pem --cert c.pem --level B-T",
            "segl client create --organization DK01234567 --name N",
            "segl client create --organization DK01234567 --name N --all --privilege workflow:read",
            "segl client create --organization DK#1 --name N --all",
            "segl client create --organization DK01234567 --name N --all --id Upper",
            "segl client grant client-a workflow:everything",
            "segl client rotate-secret client-a --overlap soon",
            "segl client add-certificate client-a",
            "segl client add-certificate client-a --file client.pem --subject CN=a",
            "segl client remove-certificate client-a md5:00",
            "segl person put --organization DK01234567 --entry cborgstrom",
            "segl person put --organization DK01234567 --entry a=b --mail nobody",
            "segl csr",
            "segl csr --subject Seal",
            "segl csr --subject CN=",
            "segl order show 1",
            "segl tasks retry 0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d",
            "segl tasks drop 0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d everything",
            "segl order hold",
            "segl organization retention DK01234567 --days 0",
            "segl organization contact DK01234567 --mail nobody",
            "segl organization contact DK01234567 --language da",
            "segl person anonymize --organization DK01234567",
            "segl person anonymize --organization DK01234567 --mail a@example.org --mobile +4670000000",
            "segl verify in.pdf --checkpoint c.json",
            "segl verify in.pdf --inclusion i.json",
            "segl register add client-a --client-id segl",
            "segl register add client-a --documents zgw --cases https://z/api/v1 --notifications https://n/api/v1 --client-id segl",
            "segl register add client-a --documents https://d/v1 --cases https://c/v1 --notifications https://n/v1 --client-id segl --scope s",
            "segl register check",
        ];
        for line in wrong {
            assert!(Arguments::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
        let right = [
            "segl seal in.pdf out.pdf --key k.pem --cert c.pem --appearance page --title T --json",
            "segl seal in.pdf out.pdf --key k.pem --cert c.pem --appearance stamp --stamp-at bottom-right --stamp-page last",
            "segl --json verify in.pdf --trust a.pem --trust b.pem",
            "segl client create --organization DK01234567 --name N --privilege workflow:read --privilege workflow:write",
            "segl client create --organization DK01234567 --name N --id n-1 --all --table t --bucket b",
            "segl client rotate-secret client-a --overlap 24h",
            "segl client rotate-secret client-a --overlap 0s",
            "segl client rotate client-a",
            "segl tasks list",
            "segl tasks retry 0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d invite-0",
            "segl tasks drop 0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d tell-creator",
            "segl client show client-a",
            "segl client create --organization DK01234567 --name N --all --jwks keys.json",
            "segl client add-key client-a keys.json",
            "segl client remove-key client-a NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            "segl client add-certificate client-a --file client.pem",
            "segl client add-certificate client-a --subject CN=case-system,C=DK",
            "segl client remove-certificate client-a subject:CN=case-system,C=DK",
            "segl person put --organization DK01234567 --entry sAMAccountName=cborgstrom --mail c@example.org",
            "segl person anonymize --organization DK01234567 --national-id 198603052385",
            "segl organization retention DK01234567 --days 90",
            "segl organization contact DK01234567 --mail ops@example.org --language da",
            "segl register add client-a --documents https://d/v1 --cases https://c/v1 --notifications https://n/v1 --client-id segl",
            "segl register list",
            "segl register check client-a --private-host zgw.internal",
            "segl register remove client-a",
            "segl verify evidence.zip --keys k.json --checkpoint a.json --checkpoint b.json",
            "segl verify sealed.pdf --keys k.json --inclusion i.json",
        ];
        for line in right {
            assert!(Arguments::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }
}
