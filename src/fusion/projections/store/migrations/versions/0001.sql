-- The first tables. What stands here is for ever: a change is another file.
CREATE TABLE bearing (
    profile BIGINT NOT NULL,
    event BIGINT NOT NULL,
    part SMALLINT NOT NULL,
    PRIMARY KEY (profile, event, part)
);

CREATE TABLE cell (
    ground TEXT COLLATE "C" NOT NULL,
    event BIGINT NOT NULL,
    part SMALLINT NOT NULL,
    PRIMARY KEY (ground, event, part)
);

CREATE TABLE claim (
    name TEXT COLLATE "C" NOT NULL,
    a TEXT COLLATE "C" NOT NULL,
    b TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (name)
);

CREATE INDEX claim_target ON claim (target);

CREATE TABLE community (
    epoch INTEGER NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (epoch)
);

CREATE TABLE event (
    number BIGINT NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    recorded BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    until_recorded BIGINT,
    until_name TEXT COLLATE "C",
    gone_by TEXT COLLATE "C",
    epoch INTEGER NOT NULL,
    fault TEXT COLLATE "C",
    publisher TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (source, id)
);

CREATE INDEX event_publisher ON event (publisher, number);

CREATE INDEX event_recorded ON event (recorded);

CREATE TABLE hot (
    key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key)
);

CREATE TABLE identifier (
    identifier TEXT COLLATE "C" NOT NULL,
    mention TEXT COLLATE "C" NOT NULL,
    event BIGINT NOT NULL,
    part SMALLINT NOT NULL,
    marking BIGINT NOT NULL,
    PRIMARY KEY (identifier, mention)
);

CREATE TABLE judgement (
    ordinal BIGINT NOT NULL,
    a TEXT COLLATE "C" NOT NULL,
    b TEXT COLLATE "C" NOT NULL,
    recorded BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (ordinal)
);

CREATE INDEX judgement_a ON judgement (a);

CREATE INDEX judgement_b ON judgement (b);

CREATE TABLE lend (
    cell TEXT COLLATE "C" NOT NULL,
    ground TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (cell, ground)
);

CREATE INDEX lend_ground ON lend (ground);

CREATE TABLE link (
    a BIGINT NOT NULL,
    b BIGINT NOT NULL,
    PRIMARY KEY (a, b)
);

CREATE TABLE marking (
    number BIGSERIAL NOT NULL,
    digest BYTEA NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (digest)
);

CREATE TABLE naming (
    entity TEXT COLLATE "C" NOT NULL,
    mention TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (entity, mention)
);

CREATE TABLE passed (
    ground TEXT COLLATE "C" NOT NULL,
    pattern TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ground, pattern)
);

CREATE TABLE posting (
    key TEXT COLLATE "C" NOT NULL,
    profile BIGINT NOT NULL,
    PRIMARY KEY (key, profile)
);

CREATE TABLE profile (
    number BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    schema TEXT COLLATE "C" NOT NULL,
    properties BYTEA NOT NULL,
    component BIGINT NOT NULL,
    is_specific SMALLINT NOT NULL,
    agencies TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (digest)
);

CREATE INDEX profile_component ON profile (component);

CREATE TABLE progress (
    id INTEGER NOT NULL,
    position TEXT COLLATE "C" NOT NULL,
    recorded BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    day INTEGER NOT NULL,
    writer BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE relay (
    target TEXT COLLATE "C" NOT NULL,
    relay TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (target, relay)
);

CREATE TABLE remark (
    alert TEXT COLLATE "C" NOT NULL,
    recorded BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (alert, recorded, name)
);

CREATE INDEX remark_recorded ON remark (recorded);

CREATE TABLE request (
    request TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    recorded BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (request, kind)
);

CREATE INDEX request_recorded ON request (recorded);

CREATE TABLE retraction (
    target TEXT COLLATE "C" NOT NULL,
    recorded BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    gone_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (target)
);

CREATE TABLE signal (
    number BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    event BIGINT NOT NULL,
    part SMALLINT NOT NULL,
    marking BIGINT NOT NULL,
    reported BIGINT NOT NULL,
    agency TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (name)
);

CREATE INDEX signal_event ON signal (event);

CREATE INDEX signal_reported ON signal (reported DESC, name);

CREATE TABLE standalone (
    mention TEXT COLLATE "C" NOT NULL,
    component BIGINT NOT NULL,
    PRIMARY KEY (mention)
);

CREATE INDEX standalone_component ON standalone (component);

CREATE TABLE touch (
    number BIGINT NOT NULL,
    recorded BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (number)
);

CREATE INDEX touch_recorded ON touch (recorded);

CREATE TABLE weight (
    ground TEXT COLLATE "C" NOT NULL,
    pattern TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    millibits BIGINT NOT NULL,
    PRIMARY KEY (ground, pattern, role)
);

-- SQLite's name for it, which the store's statements use.
CREATE FUNCTION instr(said text, sought text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS 'SELECT strpos(said, sought)';
