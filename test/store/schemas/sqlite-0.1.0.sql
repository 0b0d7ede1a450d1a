-- Schema of version 0.1.0.
PRAGMA application_id = 1195930484;
CREATE TABLE schema_migration (id TEXT PRIMARY KEY, digest TEXT NOT NULL) STRICT;
INSERT INTO schema_migration VALUES ('inventory/001-apis', 'f1ca4b341109702f027bf7e61409dc3c856387a754b344aa884575ed90717c99');
INSERT INTO schema_migration VALUES ('posture/001-observations', 'c72c2f6903c07314df7fd55f41c296fc1467bbf88b1c5fa23b7ff6c43245cd4d');
CREATE TABLE inventory_api (
         name TEXT PRIMARY KEY, owner TEXT, body TEXT NOT NULL
       ) STRICT;
INSERT INTO inventory_api VALUES ('meadow', 'Meadow’s “team” 😀', '{"name":"meadow","owner":"Meadow’s “team” 😀","roles":["partner"],"dataClasses":[],"spec":{"source":{"file":"/tmp/gatehouse-test-pafdDp/s.yaml","sha256":"480a2a34afe1a5c9517007156494d07aa4fa7691b63906faffec5da0f6a34529","bytes":374,"format":"OpenAPI 3.0.3","title":"Meadow","version":"1.0.0"},"servers":["https://meadow.example/v2"],"basePath":"/v2","problems":[]}}');
CREATE TABLE inventory_operation (
         api TEXT NOT NULL REFERENCES inventory_api (name), position INTEGER NOT NULL, method TEXT NOT NULL,
         path TEXT NOT NULL, operation_id TEXT, role TEXT NOT NULL, unsound INTEGER NOT NULL, body TEXT NOT NULL,
         PRIMARY KEY (api, position)
       ) STRICT;
INSERT INTO inventory_operation VALUES ('meadow', 0, 'GET', '/pots', 'listPots', 'partner', 0, '{"method":"GET","path":"/pots","operationId":"listPots","pointer":"/paths/~1pots/get","line":6,"summary":null,"tags":[],"deprecated":false,"security":null,"parameters":[],"requestBody":null,"responses":[{"status":"200","headers":[],"content":[{"mediaType":"application/json","schema":"/paths/~1pots/get/responses/200/content/application~1json/schema"}]}],"unsound":false,"role":"partner","roleReason":"no clue in path, tag, scope or data","dataClasses":[]}');
INSERT INTO inventory_operation VALUES ('meadow', 1, 'POST', '/pots', 'makePot', 'partner', 0, '{"method":"POST","path":"/pots","operationId":"makePot","pointer":"/paths/~1pots/post","line":7,"summary":null,"tags":[],"deprecated":false,"security":null,"parameters":[],"requestBody":null,"responses":[{"status":"201","headers":[],"content":[]}],"unsound":false,"role":"partner","roleReason":"no clue in path, tag, scope or data","dataClasses":[]}');
CREATE TABLE observation (
         api TEXT NOT NULL, control TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, outcome TEXT NOT NULL,
         value TEXT NOT NULL, population INTEGER NOT NULL, collected_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
         reproduce TEXT NOT NULL,
         PRIMARY KEY (api, control, kind, source, outcome)
       ) STRICT;
INSERT INTO observation VALUES ('meadow', 'authn-token', 'traffic', 'traffic@1', 'pass', '41 of 41', 41, 1764000000000, 1764086400000, 'gatehouse events tail');
CREATE TABLE traffic_tally (
         api TEXT NOT NULL, control TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (api, control)
       ) STRICT;
CREATE TABLE traffic_offset (partition INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX inventory_operation_at ON inventory_operation (api, method, path);
