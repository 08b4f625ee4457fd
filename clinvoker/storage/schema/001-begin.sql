-- `record` and `messages` hold values of clinvoker.records, in MessagePack; what is searched, counted or
-- changed by itself has a column.  A column holds over the same field of the record.
-- `owner` is the process that has the thing under way; `hidden` things are deleted and still needed.

CREATE TABLE sessions (
    principal TEXT NOT NULL,
    id TEXT NOT NULL,
    backend TEXT NOT NULL,
    model TEXT NOT NULL,
    workdir TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT NOT NULL,
    tags TEXT NOT NULL,  -- a JSON array
    sought TEXT NOT NULL,  -- title and first prompt, case folded
    updated REAL NOT NULL,
    input INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost REAL NOT NULL,
    owner TEXT NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0,
    record BLOB NOT NULL,
    PRIMARY KEY (principal, id)
);

-- What is listed and counted most needs nothing but this.
CREATE INDEX sessions_by_use ON sessions (principal, updated DESC, id DESC) WHERE hidden = 0;
CREATE INDEX sessions_under_way ON sessions (owner) WHERE owner != '';

CREATE TABLE turns (
    principal TEXT NOT NULL,
    session TEXT NOT NULL,
    number INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (principal, session, number),
    FOREIGN KEY (principal, session) REFERENCES sessions (principal, id) ON DELETE CASCADE
);

CREATE TABLE responses (
    principal TEXT NOT NULL,
    id TEXT NOT NULL,
    previous TEXT NOT NULL,
    status TEXT NOT NULL,
    created REAL NOT NULL,
    owner TEXT NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0,
    messages BLOB NOT NULL,
    record BLOB NOT NULL,  -- without the messages; empty once it is hidden
    PRIMARY KEY (principal, id)
);

CREATE INDEX responses_by_age ON responses (principal, created DESC, id DESC);
CREATE INDEX responses_by_previous ON responses (principal, previous);
CREATE INDEX responses_under_way ON responses (owner) WHERE owner != '';

CREATE TABLE conversations (
    principal TEXT NOT NULL,
    id TEXT NOT NULL,
    updated REAL NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (principal, id)
);

CREATE INDEX conversations_by_use ON conversations (principal, updated DESC, id DESC);

CREATE TABLE items (
    principal TEXT NOT NULL,
    conversation TEXT NOT NULL,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (principal, conversation, id),
    FOREIGN KEY (principal, conversation) REFERENCES conversations (principal, id) ON DELETE CASCADE
);

CREATE INDEX items_in_order ON items (principal, conversation, position);

CREATE TABLE usage (
    principal TEXT NOT NULL,
    day TEXT NOT NULL,
    backend TEXT NOT NULL,
    model TEXT NOT NULL,
    requests INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost REAL NOT NULL,
    PRIMARY KEY (principal, day, backend, model)
) WITHOUT ROWID;

-- The number of the last change of each process that is carried out; see clinvoker.storage.pending.
CREATE TABLE owners (
    owner TEXT PRIMARY KEY,
    applied INTEGER NOT NULL
) WITHOUT ROWID;
