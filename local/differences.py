"""Where the laptop run differs from AWS: shown in the documentation, a sentence each."""

DIFFERENCES = (
    "Nothing survives a stop: tables, buckets, queues and secrets are in memory and start empty.",
    "Permissions of roles and buckets are not enforced; the policies of queues and functions are.",
    "At the cap of environments a request waits for a free one, where Lambda would throttle it.",
    "An idle environment lives until the laptop run stops; Lambda ends it after some minutes.",
    "Memory is not limited, and the processor is the machine's own.",
    "A function runs on this machine's Python and architecture, with packages built for them.",
    "A function that is not ready ten seconds after its start has failed; Lambda starts it again.",
    "A rule's target is tried once: whatever fails goes to the rule's dead-letter queue at once.",
    "An archive is declared, but its replay is not offered.",
    "A batch from a queue is not cut at six megabytes.",
    "An invocation of type Event is tried once; Lambda tries it three times.",
    "An invocation tells no log, and there are no dry runs.",
    "Items past their time to live, and objects past their life cycle, are never deleted.",
    "Of two writes of a new object at once, one is answered 412; S3 may answer it 409.",
    "Logs are files, cut at each start; there are no metrics, alarms or traces.",
    "The access log does not know of the integration; the function's own log does.",
    "The door speaks plain HTTP/1.1, and its throttling is exact where API Gateway's is a target.",
    "An authorization server here plays the issuer of every authorizer, with a key of this run.",
    "Why a token is refused is said in API Gateway's words only where those are known.",
    "A route takes its path as sent; API Gateway decodes `%2F` before it looks for a route.",
)
