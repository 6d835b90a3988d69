//! What `template.yaml` promises: who may use which key, who may touch what, where failures go, and
//! that template, crates and routes name the same things.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use segl_local::template::{Function, Template};
use serde_json::Value;

/// The statements that may name all resources, with the reason.
const WITHOUT_RESOURCE: [(&str, &str); 4] = [
    ("xray:PutTraceSegments", "X-Ray has no resources"),
    ("xray:PutTelemetryRecords", "X-Ray has no resources"),
    ("dynamodb:ListStreams", "a list has no resource"),
    ("sns:Publish", "a phone number is no resource; topics are excluded"),
];

/// Each key that signs, and the functions that may sign with it.
const SIGNERS: [(&str, &[&str]); 3] =
    [("SealKey", &["seal"]), ("AccessTokenKey", &["token"]), ("WorkflowTokenKey", &["expire", "manage", "seal", "sender", "status"])];

#[test]
fn each_signing_key_has_its_functions_that_sign_with_it() {
    let template = template();
    for (name, binaries) in SIGNERS {
        let key = &template.json()["Resources"][name];
        assert_eq!(key["Properties"]["KeyUsage"], "SIGN_VERIFY", "{name}");

        // The key's own policy: signing for one role, and nothing that delegates it to IAM.
        let mut signers = Vec::new();
        for statement in statements(&key["Properties"]["KeyPolicy"]) {
            let actions = strings(&statement["Action"]);
            assert!(statement.get("NotAction").is_none() && statement["Effect"] == "Allow", "{name}: {statement}");
            for action in &actions {
                assert!(!action.contains('*'), "{name}: {action} may include kms:Sign");
                assert!(*action != "kms:CreateGrant", "{name}: a grant would hand signing on");
            }
            if actions.contains(&"kms:Sign") {
                let principals = &statement["Principal"]["AWS"];
                let several = principals.as_array().cloned().unwrap_or_else(|| vec![principals.clone()]);
                signers.extend(several.iter().map(|one| one["Fn::GetAtt"][0].clone()));
            }
        }

        // And only those functions run as those roles.
        let users: BTreeSet<_> = template
            .functions()
            .into_iter()
            .filter(|function| signers.contains(&role(&template, function).into()))
            .map(|function| function.binary)
            .collect();
        let expected: BTreeSet<_> = binaries.iter().map(|binary| (*binary).to_owned()).collect();
        assert_eq!((signers.len(), users), (expected.len(), expected), "{name}");
    }
    let signing = template.resources("AWS::KMS::Key").filter(|(_, key)| key["Properties"]["KeyUsage"] == "SIGN_VERIFY");
    assert_eq!(signing.map(|(name, _)| name).collect::<BTreeSet<_>>(), SIGNERS.map(|(name, _)| name).into(), "every key is in the table");

    // No identity policy reaches for them, not even in vain.
    for (role, statement) in role_statements(&template) {
        for action in strings(&statement["Action"]) {
            assert!(!matches!(action, "*" | "kms:*" | "kms:Sign"), "{role}: {action}");
        }
        for (name, _) in SIGNERS {
            assert!(!statement.to_string().contains(name), "{role} names {name}");
        }
    }
}

/// What those who only read, or only give out tokens, may write all the same.
#[test]
fn who_only_lets_in_writes_nothing_but_that() {
    for (role, statement) in role_statements(&template()) {
        let writes = strings(&statement["Action"]).into_iter().any(|action| matches!(action, "dynamodb:PutItem" | "dynamodb:UpdateItem"));
        let expected = match role.as_str() {
            "StatusRole" => serde_json::json!(["ATTEMPTS#*"]),
            "TokenRole" => serde_json::json!(["ATTEMPTS#*", "USED#*"]),
            _ => continue,
        };
        if writes {
            assert_eq!(statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"], expected, "{role}");
        }
    }
}

#[test]
fn whoever_lets_clients_in_may_read_the_keys_of_access_tokens() {
    let template = template();
    let policy = &template.json()["Resources"]["AccessTokenKey"]["Properties"]["KeyPolicy"];
    let verify = statements(policy).into_iter().find(|statement| statement["Sid"] == "Verify").expect("a statement for reading the key");
    let readers: BTreeSet<_> =
        verify["Principal"]["AWS"].as_array().into_iter().flatten().filter_map(|role| role["Fn::GetAtt"][0].as_str()).collect();
    let lets_in = |function: &Function| {
        let environment = &template.json()["Resources"][&function.logical_id]["Properties"]["Environment"]["Variables"];
        environment.get("SEGL_ACCESS_TOKEN_KEYS").is_some()
    };
    let functions = template.functions();
    let roles: BTreeSet<_> = functions.iter().filter(|function| lets_in(function)).map(|function| role(&template, function)).collect();
    assert_eq!(readers, roles.iter().map(String::as_str).collect());
    // Personal links and providers let people in; every other route is for clients.
    let for_people = |function: &&Function| matches!(function.binary.as_str(), "ceremony" | "sender");
    for function in functions.iter().filter(|function| !function.routes.is_empty() && !for_people(function)) {
        assert!(lets_in(function), "{} cannot verify access tokens", function.binary);
    }
}

#[test]
fn every_function_has_a_role_of_its_own() {
    let template = template();
    let functions = template.functions();
    let roles: BTreeSet<_> = functions.iter().map(|function| role(&template, function)).collect();
    assert_eq!(roles.len(), functions.len());
    for (name, resource) in template.resources("AWS::IAM::Role") {
        assert!(roles.contains(name), "{name} belongs to no function");
        let properties = &resource["Properties"];
        assert!(properties.get("ManagedPolicyArns").is_none(), "{name} takes more from a managed policy than it needs");
        let trusted = &properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"];
        assert_eq!(trusted, "lambda.amazonaws.com", "{name}");
    }
    for (name, function) in template.resources("AWS::Serverless::Function") {
        assert!(function["Properties"].get("Policies").is_none(), "{name}: policies stand in its role");
    }
}

#[test]
fn roles_name_actions_and_resources() {
    for (role, statement) in role_statements(&template()) {
        let actions = strings(&statement["Action"]);
        assert!(!actions.is_empty() && statement.get("NotAction").is_none(), "{role}: {statement}");
        for action in &actions {
            assert!(!action.contains('*'), "{role} may do {action}");
        }
        let resources = match &statement["Resource"] {
            Value::Array(several) => several.iter().collect(),
            one => vec![one],
        };
        if statement.get("NotResource").is_some() || resources.iter().any(|resource| *resource == "*") {
            for action in actions {
                let known = WITHOUT_RESOURCE.iter().any(|(known, _)| *known == action);
                assert!(known, "{role}: {action} on every resource");
            }
        }
        // In the bucket every permission on objects ends in a prefix.
        for resource in resources.iter().map(ToString::to_string).filter(|resource| resource.contains("${Bucket.Arn}")) {
            let prefixes = ["originals", "plans", "previews", "sealed", "evidence", "checkpoints", "configuration"];
            assert!(prefixes.iter().any(|prefix| resource.contains(&format!("/{prefix}/*"))), "{role}: {resource}");
        }
    }
}

#[test]
fn what_fails_ends_in_a_queue_that_raises_an_alarm() {
    let template = template();
    let mut queues = BTreeSet::new();
    for (name, resource) in template.resources("AWS::Serverless::Function") {
        let properties = &resource["Properties"];
        for (event, source) in properties["Events"].as_object().into_iter().flatten() {
            let whole = format!("{name}.{event}");
            let asynchronous = || queue(&properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]);
            let found = match source["Type"].as_str().unwrap_or_default() {
                // The caller waits and sees the failure.
                "HttpApi" => continue,
                "DynamoDB" => {
                    let properties = &source["Properties"];
                    assert_eq!(properties["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{whole}");
                    assert!(properties["MaximumRecordAgeInSeconds"].as_u64().is_some_and(|age| age < 24 * 3600), "{whole}");
                    assert!(properties["MaximumRetryAttempts"].as_u64().is_some(), "{whole} blocks its shard for ever");
                    vec![queue(&properties["DestinationConfig"]["OnFailure"]["Destination"])]
                }
                "S3" => vec![asynchronous()],
                "ScheduleV2" => vec![asynchronous(), queue(&source["Properties"]["DeadLetterConfig"]["Arn"])],
                kind => panic!("{whole} is of type {kind}, which this test does not know"),
            };
            for queue in found {
                queues.insert(queue.unwrap_or_else(|| panic!("{whole} loses what fails")));
            }
        }
    }
    let watched: BTreeSet<_> = template
        .resources("AWS::CloudWatch::Alarm")
        .filter(|(_, alarm)| alarm["Properties"]["MetricName"] == "ApproximateNumberOfMessagesVisible")
        .filter_map(|(_, alarm)| alarm["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0].as_str())
        .map(str::to_owned)
        .collect();
    assert_eq!(queues, watched);
    let existing: BTreeSet<_> = template.resources("AWS::SQS::Queue").map(|(name, _)| name.to_owned()).collect();
    assert_eq!(queues, existing);
}

#[test]
fn the_dashboard_shows_every_state_and_level_of_the_metrics() {
    let template = template();
    let (_, dashboard) = template.resources("AWS::CloudWatch::Dashboard").next().expect("a dashboard");
    let body = dashboard["Properties"]["DashboardBody"]["Fn::Sub"].as_str().expect("a text with placeholders");
    let body: Value = serde_json::from_str(body).expect("the placeholders stand within strings");
    let metrics = body["widgets"].as_array().expect("widgets").iter().flat_map(|widget| widget["properties"]["metrics"].as_array());
    let own = metrics.flatten().map(strings).filter(|metric| metric[0].starts_with("Segl/"));
    let shown: BTreeSet<String> = own.map(|metric| metric[1..].join(" ")).collect();
    let states = ["drafting", "pending", "sealing", "accepted", "rejected", "cancelled", "expired", "failed"];
    let series = |name: &'static str, values: &'static [&str]| values.iter().map(move |value| format!("{name} {value}"));
    let expected: BTreeSet<String> = states
        .iter()
        .map(|state| format!("Orders State {state}"))
        .chain(series("SealTime Level", &["B-B", "B-T", "B-LT", "B-LTA"]))
        .chain(series("Deliveries Outcome", &["delivered", "put-off", "given-up"]))
        .chain(["OldestTask".to_owned()])
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn the_streams_wake_exactly_the_consumers_of_ready_tasks() {
    let template = template();
    for (function, event, consumer) in [
        ("Seal", "Tasks", "seal"),
        ("Notify", "Tasks", "notify"),
        ("Notify", "Deliveries", "webhooks"),
        ("Registers", "Tasks", "registers"),
    ] {
        let filters = &template.json()["Resources"][function]["Properties"]["Events"][event]["Properties"]["FilterCriteria"];
        let pattern: Value = serde_json::from_str(filters["Filters"][0]["Pattern"].as_str().expect(function)).expect(function);
        let image = serde_json::json!({"consumer": {"S": [consumer]}, "status": {"S": ["ready"]}});
        assert_eq!(pattern, serde_json::json!({"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": image}}));
    }
    let stream = &template.json()["Resources"]["Table"]["Properties"]["StreamSpecification"]["StreamViewType"];
    assert_eq!(stream, "NEW_IMAGE", "the filters look at the new image");
}

#[test]
fn every_function_has_a_crate_and_every_crate_a_function() {
    let declared: BTreeMap<_, _> =
        template().functions().into_iter().map(|function| (function.binary, root().join(function.folder))).collect();
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("functions")).expect("functions/") {
        let folder = entry.expect("functions/").path();
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a crate");
        let name = manifest.lines().find_map(|line| line.strip_prefix("name = ")).expect("a name").trim_matches('"');
        found.insert(name.to_owned(), folder);
    }
    let normal = |all: BTreeMap<String, PathBuf>| -> Vec<_> {
        all.into_iter().map(|(name, folder)| (name, folder.components().collect::<PathBuf>())).collect()
    };
    assert_eq!(normal(declared), normal(found));
}

#[test]
fn the_api_has_these_routes() {
    let expected: BTreeSet<_> = [
        "create-order POST /v1/orders",
        "create-order POST /orders",
        "create-order POST /v1/orders:batch",
        "create-order POST /zgw/ondertekentransacties",
        "status GET /zgw/ondertekentransacties/{id}",
        "status GET /zgw/openapi.json",
        "create-order POST /transactionsigning/api/workflows/{cvr}",
        "status GET /v1/orders/{id}/workflow-token",
        "status GET /transactionsigning/api/workflows/{cvr}",
        "status GET /transactionsigning/api/workflows/{cvr}/{id}",
        "status GET /transactionsigning/api/workflows/{cvr}/{id}/workflowtoken",
        "status GET /transactionsigning/api/workflows/{cvr}/{id}/events",
        "status GET /transactionsigning/api/openapi.json",
        "manage POST /transactionsigning/api/workflows/{cvr}/signtextid",
        "manage POST /transactionsigning/api/workflows/{cvr}/{id}/close",
        "manage POST /transactionsigning/api/workflows/{cvr}/{id}/cancel",
        "manage POST /transactionsigning/api/workflows/{cvr}/{id}/pades",
        "system-sign GET /transactionsigning/api/systemsignatures/{handle}",
        "system-sign GET /transactionsigning/api/systemsignatures/{handle}/digests",
        "system-sign GET /transactionsigning/api/systemsignatures/{handle}/documents/{n}",
        "system-sign POST /transactionsigning/api/systemsignatures/{handle}/sign",
        "system-sign POST /transactionsigning/api/systemsignatures/{handle}/decline",
        "status GET /v1/orders",
        "status GET /v1/orders/{id}",
        "status GET /v1/orders/{id}/events",
        "status GET /v1/events",
        "status GET /v1/webhooks",
        "status GET /v1/webhooks/{id}",
        "status GET /v1/webhooks/{id}/deliveries",
        "status GET /v1/orders/{id}/documents/{n}",
        "status GET /v1/orders/{id}/documents/{n}/sealed",
        "status GET /v1/openapi.json",
        "status GET /orders/{id}",
        "status GET /orders/{id}/state",
        "status GET /orders/{id}/document",
        "status $default",
        "system-sign GET /v1/orders/{id}/signature-request",
        "system-sign GET /v1/orders/{id}/signature-request/documents/{n}",
        "system-sign POST /v1/orders/{id}/signatures",
        "ceremony GET /sign/{link}",
        "ceremony GET /sign/{link}/documents/{n}",
        "ceremony GET /sign/{link}/documents/{n}/pages/{page}",
        "ceremony POST /sign/{link}",
        "ceremony GET /proof/{order}/{token}",
        "ceremony GET /portal",
        "ceremony GET /portal/log-in/{provider}",
        "ceremony GET /portal/logged-in",
        "ceremony POST /portal/log-out",
        "ceremony GET /portal/logged-out",
        "ceremony GET /portal/logged-out/{provider}",
        "ceremony GET /portal/orders/{id}/{n}",
        "ceremony POST /portal/orders/{id}/{n}",
        "ceremony GET /portal/orders/{id}/{n}/documents/{document}",
        "ceremony GET /portal/orders/{id}/{n}/documents/{document}/pages/{page}",
        "ceremony GET /portal/orders/{id}/{n}/log-in/{provider}",
        "ceremony GET /sign/{link}/log-in/{provider}",
        "sender GET /sender",
        "sender GET /sender/new",
        "sender GET /sender/upload.js",
        "sender GET /sender/log-in/{provider}",
        "sender GET /sender/logged-in",
        "sender POST /sender/log-out",
        "sender POST /sender/orders",
        "sender GET /sender/orders/{id}",
        "sender POST /sender/orders/{id}",
        "sender GET /sender/orders/{id}/documents/{n}",
        "sender GET /sender/orders/{id}/events",
        "sender GET /sender/orders/{id}/evidence.pdf",
        "sender GET /sender/orders/{id}/evidence.zip",
        "sender GET /sender/orders/{id}/workflow-token",
        "sender GET /sender/logged-out",
        "sender GET /sender/logged-out/{provider}",
        "manage POST /v1/orders/{id}/cancel",
        "manage POST /v1/webhooks",
        "manage PATCH /v1/webhooks/{id}",
        "manage DELETE /v1/webhooks/{id}",
        "manage POST /v1/webhooks/{id}/rotate-secret",
        "manage POST /v1/webhooks/{id}/test",
        "manage POST /v1/webhooks/{id}/replay",
        "manage GET /v1/orders/{id}/evidence",
        "manage GET /v1/orders/{id}/evidence.pdf",
        "manage GET /v1/orders/{id}/evidence.zip",
        "manage GET /orders/{id}/evidence",
        "manage GET /transactionsigning/api/workflows/{cvr}/{id}/evidence",
        "manage POST /v1/orders/{id}/hold",
        "manage POST /v1/orders/{id}/release",
        "manage POST /v1/people:anonymize",
        "manage POST /anonymize",
        "status GET /v1/checkpoints/{day}",
        "status GET /v1/orders/{id}/inclusion",
        "manage POST /v1/orders/{id}/extend",
        "manage POST /v1/orders/{id}/remind",
        "manage POST /v1/orders/{id}/signers/{n}/correct",
        "manage POST /v1/orders/{id}/signers/{n}/redirect",
        "manage POST /v1/orders/{id}/signers/{n}/remind",
        "manage POST /v1/orders/{id}/signers/{n}/unblock",
        "manage DELETE /v1/orders/{id}",
        "manage DELETE /orders/{id}",
        "token POST /oauth2/token",
        "token GET /.well-known/jwks.json",
        "token GET /.well-known/oauth-authorization-server",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    let found: BTreeSet<_> = template()
        .functions()
        .into_iter()
        .flat_map(|Function { binary, routes, .. }| routes.into_iter().map(move |route| format!("{binary} {route}")))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn secrets_in_paths_are_not_logged() {
    let format = template().json()["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"].to_string();
    for secret in ["$context.path", "$context.authorizer", "querystring", "header"] {
        assert!(!format.contains(secret), "{secret} in {format}");
    }
}

#[test]
fn what_is_kept_survives_the_stack() {
    let template = template();
    for name in ["Table", "Bucket", "SealKey", "AccessTokenKey", "WorkflowTokenKey", "RootKey"] {
        let resource = &template.json()["Resources"][name];
        assert_eq!(resource["DeletionPolicy"], "Retain", "{name}");
        assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{name}");
    }
}

#[test]
fn cfn_lint_finds_nothing() {
    passes("cfn-lint", &["template.yaml"]);
}

#[test]
fn sam_finds_nothing() {
    passes("sam", &["validate", "--lint", "--template-file", "template.yaml", "--region", "eu-north-1"]);
}

fn passes(tool: &str, arguments: &[&str]) {
    let output = Command::new(tool)
        .args(arguments)
        .current_dir(root())
        .env("SAM_CLI_TELEMETRY", "0")
        .output()
        .unwrap_or_else(|error| panic!("{tool} cannot be started ({error}); run the tests with: cargo local test"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{tool}:\n{}{}", text(&output.stdout), text(&output.stderr));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace")
}

fn template() -> Template {
    Template::read(&root().join("template.yaml")).expect("template.yaml")
}

fn role(template: &Template, function: &Function) -> String {
    let role = &template.json()["Resources"][&function.logical_id]["Properties"]["Role"]["Fn::GetAtt"][0];
    role.as_str().unwrap_or_else(|| panic!("{} has no role", function.logical_id)).to_owned()
}

/// Every statement of every identity policy, with the name of what carries it.
fn role_statements(template: &Template) -> Vec<(String, Value)> {
    let inline = template.resources("AWS::IAM::Role").flat_map(|(name, role)| {
        let policies = role["Properties"]["Policies"].as_array().cloned().unwrap_or_default();
        policies.into_iter().map(move |policy| (name.to_owned(), policy["PolicyDocument"].clone()))
    });
    let managed = ["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"]
        .into_iter()
        .flat_map(|kind| template.resources(kind).map(|(name, policy)| (name.to_owned(), policy["Properties"]["PolicyDocument"].clone())));
    let all: Vec<_> = inline
        .chain(managed)
        .flat_map(|(name, document)| statements(&document).into_iter().map(move |statement| (name.clone(), statement)))
        .collect();
    assert!(!all.is_empty());
    all
}

fn statements(document: &Value) -> Vec<Value> {
    document["Statement"].as_array().cloned().unwrap_or_default()
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn queue(destination: &Value) -> Option<String> {
    destination["Fn::GetAtt"][0].as_str().map(str::to_owned)
}
