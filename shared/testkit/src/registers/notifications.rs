//! The Notificaties API.

use serde_json::json;

use super::{Asked, State, Told, only, text};

impl State {
    pub(super) fn notifications(&mut self, asked: &Asked, path: &str, query: &[(String, String)]) -> Result<Told, Told> {
        match (asked.method.as_str(), path) {
            ("GET", "kanaal") => {
                only(query, &["naam"])?;
                let asked_for = |name: &String| query.iter().all(|(_, value)| value == name);
                let channels: Vec<_> = self.channels.iter().filter(|name| asked_for(name)).map(|name| json!({ "naam": name })).collect();
                Ok(Told::json(200, &json!(channels)))
            }
            ("POST", "kanaal") => {
                let object = asked.object()?;
                let name = text(&object, "naam")?.to_owned();
                if self.channels.contains(&name) {
                    return Err(Told::invalid("naam", "unique"));
                }
                self.channels.push(name);
                Ok(Told::json(201, &object))
            }
            ("POST", "notificaties") => {
                let object = asked.object()?;
                for name in ["hoofdObject", "resource", "resourceUrl", "actie", "aanmaakdatum"] {
                    text(&object, name)?;
                }
                if !self.channels.iter().any(|name| object["kanaal"] == *name) {
                    return Err(Told::invalid("kanaal", "message_kanaal"));
                }
                // Seen so: it is not refused, the register breaks.
                let Some(characteristics) = object["kenmerken"].as_object() else { return Err(Told::fault(500, "error")) };
                let fits = |value: &str| (1..=1000).contains(&value.chars().count());
                if !characteristics.values().all(|value| value.as_str().is_some_and(fits)) {
                    return Err(Told::invalid("kenmerken", "max_length"));
                }
                self.notifications.push(object.clone());
                Ok(Told::json(201, &object))
            }
            _ => Err(Told::fault(404, "not_found")),
        }
    }
}
