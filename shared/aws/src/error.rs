//! Errors of the SDK as errors of the ports. The cause goes along whole.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use segl_core::ports::{Cause, PortError};

/// Codes of answers with a status below 500 after which trying again may help.
const PASSING: [&str; 17] = [
    "BandwidthLimitExceeded",
    "ExpiredToken",
    "ExpiredTokenException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// An error without a meaning of its own for the call: the other side did not answer, or refused.
pub(crate) fn port_error<E>(service: &'static str, error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if may_pass(&error) { unavailable(service, error) } else { rejected(service, error) }
}

pub(crate) fn unavailable(service: &'static str, cause: impl Into<Cause>) -> PortError {
    PortError::Unavailable { service, source: cause.into() }
}

pub(crate) fn rejected(service: &'static str, cause: impl Into<Cause>) -> PortError {
    PortError::Rejected { service, source: cause.into() }
}

/// The status of an answer that tells of an error, where there was an answer.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// The code of an answer that tells of an error.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(|error| error.code())
}

fn may_pass<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ServiceError(_) => {
            status(error).is_some_and(|status| status >= 500 || status == 429) || code(error).is_some_and(|code| PASSING.contains(&code))
        }
        // What cannot be built now cannot be built later.
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    }
}
