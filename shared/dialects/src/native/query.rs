//! Parameters of queries.

use segl_core::id::OrderId;

use crate::problem::{FieldError, Problem};

/// The most orders or events on one page.
pub const MAX_LIMIT: usize = 100;
/// How many where the query does not say.
pub const DEFAULT_LIMIT: usize = 25;

/// Which page of the list of orders is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListQuery {
    /// How many at most.
    pub limit: usize,
    /// Only those that were created before this one. To callers, this is an opaque cursor.
    pub before: Option<OrderId>,
}

/// Which part of an audit trail is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventsQuery {
    /// How many at most.
    pub limit: usize,
    /// Only those after this one; 0 for the beginning.
    pub after: u64,
}

/// Which part of the organization's feed is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedQuery {
    /// How many at most.
    pub limit: usize,
    /// Only those after this position; 0 for the beginning.
    pub after: u64,
    /// Only those of this order.
    pub order: Option<OrderId>,
}

/// Which page of a webhook's log is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogQuery {
    /// How many at most.
    pub limit: usize,
    /// Only those before this position.
    pub before: Option<u64>,
}

/// Reads the query of `GET /v1/orders` from its decoded pairs.
pub fn list<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<ListQuery, Problem> {
    let mut query = ListQuery { limit: DEFAULT_LIMIT, before: None };
    for (name, value) in pairs {
        match name {
            "limit" => query.limit = limit(value)?,
            "cursor" => query.before = Some(value.parse().map_err(|_| wrong("cursor", "must be the next_cursor of an earlier answer"))?),
            _ => return Err(wrong(name, "is not known; known are limit and cursor")),
        }
    }
    Ok(query)
}

/// Reads the query of `GET /v1/orders/{order_id}/events` from its decoded pairs.
pub fn events<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<EventsQuery, Problem> {
    let mut query = EventsQuery { limit: MAX_LIMIT, after: 0 };
    for (name, value) in pairs {
        match name {
            "limit" => query.limit = limit(value)?,
            "after" => query.after = value.parse().map_err(|_| wrong("after", "must be the next_after of an earlier answer"))?,
            _ => return Err(wrong(name, "is not known; known are limit and after")),
        }
    }
    Ok(query)
}

/// Reads the query of `GET /v1/events` from its decoded pairs.
pub fn feed<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<FeedQuery, Problem> {
    let mut query = FeedQuery { limit: MAX_LIMIT, after: 0, order: None };
    for (name, value) in pairs {
        match name {
            "limit" => query.limit = limit(value)?,
            "after" => query.after = value.parse().map_err(|_| wrong("after", "must be the next_after of an earlier answer"))?,
            "order" => query.order = Some(value.parse().map_err(|_| wrong("order", "must be the id of an order"))?),
            _ => return Err(wrong(name, "is not known; known are limit, after and order")),
        }
    }
    Ok(query)
}

/// Reads the query of `GET /v1/webhooks/{webhook_id}/deliveries` from its decoded pairs.
pub fn log<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<LogQuery, Problem> {
    let mut query = LogQuery { limit: DEFAULT_LIMIT, before: None };
    for (name, value) in pairs {
        match name {
            "limit" => query.limit = limit(value)?,
            "before" => query.before = Some(value.parse().map_err(|_| wrong("before", "must be the next_before of an earlier answer"))?),
            _ => return Err(wrong(name, "is not known; known are limit and before")),
        }
    }
    Ok(query)
}

fn limit(raw: &str) -> Result<usize, Problem> {
    let limit = raw.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| wrong("limit", &format!("must be 1 to {MAX_LIMIT}")))
}

fn wrong(name: &str, detail: &str) -> Problem {
    Problem::invalid(vec![FieldError::parameter(name, detail)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_bounded_and_strict() {
        assert_eq!(list([]), Ok(ListQuery { limit: 25, before: None }));
        let id = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";
        assert_eq!(list([("limit", "2"), ("cursor", id)]), Ok(ListQuery { limit: 2, before: id.parse().ok() }));
        for (name, value) in [("limit", "0"), ("limit", "101"), ("limit", "x"), ("cursor", "x"), ("page", "2")] {
            let problem = list([(name, value)]).unwrap_err();
            assert_eq!(problem.errors[0].place(), name);
        }
        assert_eq!(events([("after", "7")]), Ok(EventsQuery { limit: 100, after: 7 }));
        assert!(events([("after", "-1")]).is_err() && events([("cursor", id)]).is_err());
    }
}
