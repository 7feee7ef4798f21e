-- Patterns published since a log began, and the bound of each era by itself.
CREATE TABLE published (
    era SERIAL NOT NULL,
    recorded BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (era)
);

ALTER TABLE weight ADD COLUMN era INTEGER NOT NULL DEFAULT 0;
ALTER TABLE weight ALTER COLUMN era DROP DEFAULT;
ALTER TABLE weight DROP CONSTRAINT weight_pkey;
ALTER TABLE weight ADD PRIMARY KEY (era, ground, pattern, role);

ALTER TABLE passed ADD COLUMN era INTEGER NOT NULL DEFAULT 0;
ALTER TABLE passed ALTER COLUMN era DROP DEFAULT;
ALTER TABLE passed DROP CONSTRAINT passed_pkey;
ALTER TABLE passed ADD PRIMARY KEY (ground, era, pattern);
