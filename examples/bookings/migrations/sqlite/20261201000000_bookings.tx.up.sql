CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL,
    email         TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('user', 'admin'))
);
CREATE TABLE keys (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    hash    TEXT NOT NULL UNIQUE,
    scopes  TEXT NOT NULL
);
CREATE TABLE orgs (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL
);
CREATE TABLE members (
    org_id  BIGINT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role    TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    PRIMARY KEY (org_id, user_id)
);
CREATE INDEX members_of_user ON members (user_id);
CREATE TABLE rooms (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id   BIGINT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    name     TEXT NOT NULL,
    capacity INTEGER NOT NULL
);
CREATE INDEX rooms_of_org ON rooms (org_id);
CREATE TABLE photos (
    room_id BIGINT PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    type    TEXT NOT NULL,
    data    BLOB NOT NULL
);
-- Times are in UTC.
CREATE TABLE bookings (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id       BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id       BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title         TEXT NOT NULL,
    starts_at     TIMESTAMP NOT NULL,
    ends_at       TIMESTAMP NOT NULL,
    checked_in_at TIMESTAMP
);
CREATE INDEX bookings_of_room ON bookings (room_id, starts_at);
CREATE TABLE changes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id  BIGINT NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    action  TEXT NOT NULL,
    at      TIMESTAMP NOT NULL
);
CREATE INDEX changes_of_org ON changes (org_id, id);
-- As on Postgres, ON CONFLICT DO NOTHING inserts nothing where another booking is.
CREATE TRIGGER bookings_without_overlap BEFORE INSERT ON bookings
WHEN EXISTS (
    SELECT 1 FROM bookings
    WHERE room_id = NEW.room_id AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at
)
BEGIN
    SELECT RAISE(IGNORE);
END;
