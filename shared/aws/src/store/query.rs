//! Several rows at a time.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use segl_core::ports::Answer;

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{ItemKey, Row, text};

impl Store {
    /// At most `limit` rows of one partition, from `first` to `last`, both included.
    pub(super) async fn rows_between(&self, first: &ItemKey, last: &ItemKey, limit: usize) -> Answer<Vec<Row>> {
        let query = self
            .dynamo
            .query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", text(&first.pk))
            .expression_attribute_values(":first", text(&first.sk))
            .expression_attribute_values(":last", text(&last.sk));
        self.query(query, limit).await
    }

    /// At most `limit` rows of the table, as of every write that was answered before.
    pub(super) async fn query(&self, query: QueryFluentBuilder, limit: usize) -> Answer<Vec<Row>> {
        self.query_index(query.consistent_read(true), limit).await
    }

    /// At most `limit` rows. One answer of the table holds at most 1 MB, so there may be several.
    pub(super) async fn query_index(&self, query: QueryFluentBuilder, limit: usize) -> Answer<Vec<Row>> {
        let mut rows = Vec::new();
        let mut start = None;
        while rows.len() < limit {
            let wanted = i32::try_from(limit - rows.len()).unwrap_or(i32::MAX);
            let answer = query.clone().table_name(&self.table).limit(wanted).set_exclusive_start_key(start).send().await;
            let answer = answer.map_err(|error| port_error(DYNAMODB, error))?;
            for item in answer.items.unwrap_or_default() {
                rows.push(Row::new(item)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        rows.truncate(limit);
        Ok(rows)
    }
}
