-- Schema of version 0.1.0.
CREATE TABLE public.inventory_api (
    name text NOT NULL COLLATE pg_catalog."C",
    owner text COLLATE pg_catalog."C",
    body text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.inventory_operation (
    api text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    method text NOT NULL COLLATE pg_catalog."C",
    path text NOT NULL COLLATE pg_catalog."C",
    operation_id text COLLATE pg_catalog."C",
    role text NOT NULL COLLATE pg_catalog."C",
    unsound bigint NOT NULL,
    body text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.observation (
    api text NOT NULL COLLATE pg_catalog."C",
    control text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL COLLATE pg_catalog."C",
    outcome text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    population bigint NOT NULL,
    collected_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    reproduce text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.schema_migration (
    id text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.traffic_offset (
    partition bigint NOT NULL,
    seq bigint NOT NULL
);
CREATE TABLE public.traffic_tally (
    api text NOT NULL COLLATE pg_catalog."C",
    control text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C"
);
INSERT INTO public.inventory_api VALUES ('meadow', 'Meadow’s “team” 😀', '{"name":"meadow","owner":"Meadow’s “team” 😀","roles":["partner"],"dataClasses":[],"spec":{"source":{"file":"/tmp/gatehouse-test-pafdDp/s.yaml","sha256":"480a2a34afe1a5c9517007156494d07aa4fa7691b63906faffec5da0f6a34529","bytes":374,"format":"OpenAPI 3.0.3","title":"Meadow","version":"1.0.0"},"servers":["https://meadow.example/v2"],"basePath":"/v2","problems":[]}}');
INSERT INTO public.inventory_operation VALUES ('meadow', 0, 'GET', '/pots', 'listPots', 'partner', 0, '{"method":"GET","path":"/pots","operationId":"listPots","pointer":"/paths/~1pots/get","line":6,"summary":null,"tags":[],"deprecated":false,"security":null,"parameters":[],"requestBody":null,"responses":[{"status":"200","headers":[],"content":[{"mediaType":"application/json","schema":"/paths/~1pots/get/responses/200/content/application~1json/schema"}]}],"unsound":false,"role":"partner","roleReason":"no clue in path, tag, scope or data","dataClasses":[]}');
INSERT INTO public.inventory_operation VALUES ('meadow', 1, 'POST', '/pots', 'makePot', 'partner', 0, '{"method":"POST","path":"/pots","operationId":"makePot","pointer":"/paths/~1pots/post","line":7,"summary":null,"tags":[],"deprecated":false,"security":null,"parameters":[],"requestBody":null,"responses":[{"status":"201","headers":[],"content":[]}],"unsound":false,"role":"partner","roleReason":"no clue in path, tag, scope or data","dataClasses":[]}');
INSERT INTO public.observation VALUES ('meadow', 'authn-token', 'traffic', 'traffic@1', 'pass', '41 of 41', 41, 1764000000000, 1764086400000, 'gatehouse events tail');
INSERT INTO public.schema_migration VALUES ('inventory/001-apis', 'f1ca4b341109702f027bf7e61409dc3c856387a754b344aa884575ed90717c99');
INSERT INTO public.schema_migration VALUES ('posture/001-observations', 'c72c2f6903c07314df7fd55f41c296fc1467bbf88b1c5fa23b7ff6c43245cd4d');
ALTER TABLE ONLY public.inventory_api
    ADD CONSTRAINT inventory_api_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.inventory_operation
    ADD CONSTRAINT inventory_operation_pkey PRIMARY KEY (api, "position");
ALTER TABLE ONLY public.observation
    ADD CONSTRAINT observation_pkey PRIMARY KEY (api, control, kind, source, outcome);
ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.traffic_offset
    ADD CONSTRAINT traffic_offset_pkey PRIMARY KEY (partition);
ALTER TABLE ONLY public.traffic_tally
    ADD CONSTRAINT traffic_tally_pkey PRIMARY KEY (api, control);
CREATE UNIQUE INDEX inventory_operation_at ON public.inventory_operation USING btree (api, method, path);
ALTER TABLE ONLY public.inventory_operation
    ADD CONSTRAINT inventory_operation_api_fkey FOREIGN KEY (api) REFERENCES public.inventory_api(name);
